package bench

import (
	"fmt"
	"sync"

	"github.com/exawire/exawire/internal/benchdata"
)

// tableBytes is about how much JSON the rows of a table have.
const tableBytes = 16 << 20

// zlibBytes is how much JSON a compressed message has, about.
const zlibBytes = 2 << 20

// table has the values of some rows, column by column, and where each row ends. A result with more rows repeats them.
type table struct {
	rows    int
	perRow  int // bytes of JSON, about
	columns [][]byte
	ends    [][]uint32

	mu     sync.Mutex
	frames map[piece][]byte // compressed messages
}

type piece struct{ lo, hi int }

// tables are made once for all servers of a process.
var tables struct {
	sync.Mutex
	made map[tableKey]*table
}

type tableKey struct {
	shape string
	rows  int
}

// tableOf returns the table for results of this many rows.
func tableOf(shape benchdata.Shape, rows int) *table {
	perRow := len(shape.Data(1000)) / 1000
	rows = min(rows, max(1, tableBytes/perRow))
	tables.Lock()
	defer tables.Unlock()
	key := tableKey{shape.Name, rows}
	if t := tables.made[key]; t != nil {
		return t
	}
	t := &table{rows: rows, perRow: perRow, frames: map[piece][]byte{}}
	t.columns, t.ends = shape.Columns(rows)
	if tables.made == nil {
		tables.made = map[tableKey]*table{}
	}
	tables.made[key] = t
	return t
}

// piece returns which rows a message has that starts with row start of a result of total rows: at most this many.
func (t *table) piece(start, total, rows int) piece {
	lo := start % t.rows
	return piece{lo, lo + max(0, min(rows, total-start, t.rows-lo))}
}

const (
	messageHead = `{"status":"ok","responseData":{"numRows":%d,"data":`
	messageTail = `}}`
)

// appendFrame appends the frame of a fetch answer.
func (t *table) appendFrame(dst []byte, p piece) []byte {
	head := fmt.Appendf(nil, messageHead, p.hi-p.lo)
	dst = appendHead(dst, len(head)+t.dataSize(p)+len(messageTail), false)
	dst = append(dst, head...)
	dst = t.appendData(dst, p)
	return append(dst, messageTail...)
}

// dataSize returns how many bytes appendData appends.
func (t *table) dataSize(p piece) int {
	size := len(`[]`) + len(t.columns) - 1
	for c := range t.columns {
		size += len(t.values(c, p)) + len(`[]`)
	}
	return size
}

// appendData appends the array of the columns.
func (t *table) appendData(dst []byte, p piece) []byte {
	for c := range t.columns {
		separator := byte(',')
		if c == 0 {
			separator = '['
		}
		dst = append(dst, separator, '[')
		dst = append(dst, t.values(c, p)...)
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// values returns the values of a column, with commas between them.
func (t *table) values(c int, p piece) []byte {
	if p.lo >= p.hi {
		return nil
	}
	from := uint32(0)
	if p.lo > 0 {
		from = t.ends[c][p.lo-1] + 1 // after the comma
	}
	return t.columns[c][from:t.ends[c][p.hi-1]]
}

// message returns a fetch answer without its frame.
func (t *table) message(p piece) []byte {
	frame := t.appendFrame(nil, p)
	return frame[len(frame)-payload(frame):]
}

// compressed returns the compressed frame of a fetch answer. Compressing takes far longer than reading, so each is made once,
// and has the size that clients near the server ask for, whatever this one does.
func (t *table) compressed(start, total int) []byte {
	p := t.piece(start, total, max(1, zlibBytes/t.perRow))
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.frames[p]
	if f == nil {
		f = appendFrame(nil, t.message(p), true)
		t.frames[p] = f
	}
	return f
}

// compressedMessages returns the messages of a result of total rows as they are sent compressed, one after the other.
func (t *table) compressedMessages(total int) (messages [][]byte) {
	for pos := 0; pos < total; {
		frame := t.compressed(pos, total)
		messages = append(messages, frame[len(frame)-payload(frame):])
		p := t.piece(pos, total, max(1, zlibBytes/t.perRow))
		pos += p.hi - p.lo
	}
	return messages
}
