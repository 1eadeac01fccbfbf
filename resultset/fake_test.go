package resultset_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// table is a result set as a server has it: for each row the JSON of its values.
type table struct {
	cols []commands.ColumnInfo
	rows [][]string
}

// json returns the column-major data of some rows.
func (t table) json(from, to int) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for c := range t.cols {
		if c > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('[')
		for r := from; r < to; r++ {
			if r > from {
				b.WriteByte(',')
			}
			b.WriteString(t.rows[r][c])
		}
		b.WriteByte(']')
	}
	b.WriteByte(']')
	return b.Bytes()
}

// numbered returns a table of n rows: K is the row's number, S the same in words.
func numbered(n int) table {
	t := table{cols: []commands.ColumnInfo{column("K", decimalType(18, 0)), column("S", varchar(20))}}
	for i := range n {
		t.rows = append(t.rows, []string{fmt.Sprint(i), fmt.Sprintf(`"row %d"`, i)})
	}
	return t
}

func column(name string, t commands.DataType) commands.ColumnInfo {
	return commands.ColumnInfo{Name: name, DataType: t}
}

func typed(t commands.TypeName) commands.DataType { return commands.DataType{Type: t} }

func decimalType(precision, scale int) commands.DataType {
	return commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &scale}
}

func varchar(size int) commands.DataType {
	return commands.DataType{Type: commands.Varchar, Size: &size, CharacterSet: "UTF8"}
}

// fake is a Source that serves a table in chunks and keeps a log of what was asked of it.
type fake struct {
	tb    testing.TB
	table table
	step  int // rows per chunk

	// Hooks, all optional, set before the rows are opened.
	onFetch func(ctx context.Context, n int) error             // n counts the fetches from 0
	answer  func(n int, c resultset.Message) resultset.Message // changes an answer
	onClose func(ctx context.Context) error                    // of the handle
	atEnd   func(ctx context.Context) error                    // OnClose
	late    bool                                               // the handle may be closed after its time
	onData  func(n int)                                        // when a chunk was decoded
	onFail  func(err error) error

	mu       sync.Mutex
	busy     bool
	fetches  int
	asked    []int64 // numBytes
	closes   int
	failures []error
	open     int // messages not released
	messages int
	onCloses int
}

const fakeHandle = 7

var errFailed = errors.New("connection closed because of an earlier failure")

// enter notes that a call is running and fails the test if there is another.
func (f *fake) enter() func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy {
		f.tb.Error("two calls of the source at once")
	}
	f.busy = true
	return func() {
		f.mu.Lock()
		f.busy = false
		f.mu.Unlock()
	}
}

func (f *fake) FetchMessage(ctx context.Context, handle int, start, numBytes int64) (resultset.Message, error) {
	defer f.enter()()
	f.mu.Lock()
	n := f.fetches
	f.fetches++
	f.asked = append(f.asked, numBytes)
	closes, failures := f.closes, len(f.failures)
	f.mu.Unlock()
	if handle != fakeHandle {
		f.tb.Errorf("fetch with handle %d", handle)
	}
	if closes > 0 {
		f.tb.Error("fetch after close")
	}
	if failures > 0 {
		return resultset.Message{}, errFailed
	}
	if start < 0 || start >= int64(len(f.table.rows)) {
		f.tb.Errorf("fetch from row %d of %d", start, len(f.table.rows))
		return resultset.Message{}, fmt.Errorf("no row %d", start)
	}
	if numBytes < 1 || numBytes > commands.MaxFetchBytes {
		f.tb.Errorf("fetch of %d bytes", numBytes)
	}
	if f.onFetch != nil {
		if err := f.onFetch(ctx, n); err != nil {
			return resultset.Message{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return resultset.Message{}, err
	}
	end := min(int(start)+f.step, len(f.table.rows))
	const rest = `},"status":"ok"}`
	data := f.table.json(int(start), end)
	size := len(data)
	c := resultset.Message{
		NumRows: int64(end) - start,
		Data:    append(data, rest...),
		Finish: func(consumed int) error {
			if consumed != size {
				f.tb.Errorf("%d bytes consumed, want %d", consumed, size)
			}
			if f.onData != nil {
				f.onData(n)
			}
			return nil
		},
	}
	if f.answer != nil {
		c = f.answer(n, c)
	}
	c.Release = f.message(c.Data)
	return c, nil
}

// message counts a message as in use and returns the function that gives it back.
func (f *fake) message(data []byte) func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.open++
	f.messages++
	released := false
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if released {
			f.tb.Error("message released twice")
		}
		released = true
		f.open--
		for i := range data {
			data[i] = 0xDB
		}
	}
}

func (f *fake) CloseHandle(ctx context.Context, handle int) error {
	defer f.enter()()
	f.mu.Lock()
	f.closes++
	f.mu.Unlock()
	if handle != fakeHandle {
		f.tb.Errorf("close of handle %d", handle)
	}
	if err := ctx.Err(); err != nil && !f.late {
		f.tb.Errorf("handle closed with a context that has ended: %v", err)
	}
	if _, ok := ctx.Deadline(); !ok {
		f.tb.Error("handle closed without a deadline")
	}
	if f.onClose != nil {
		return f.onClose(ctx)
	}
	return nil
}

func (f *fake) Fail(err error) error {
	f.mu.Lock()
	f.failures = append(f.failures, err)
	f.mu.Unlock()
	if f.onFail != nil {
		return f.onFail(err)
	}
	return err
}

// header returns the answer to the statement with the first rows in it.
func (f *fake) header(inline int, handle bool) *commands.ResultSet {
	rs := &commands.ResultSet{
		Handle: commands.NoHandle, NumRows: int64(len(f.table.rows)), NumRowsInMessage: int64(inline), Columns: f.table.cols,
	}
	if handle {
		rs.Handle = fakeHandle
	}
	if inline > 0 {
		rs.Data = f.table.json(0, inline)
	}
	return rs
}

// rows opens the rows of a header.
func (f *fake) rows(ctx context.Context, rs *commands.ResultSet, o resultset.Options) *resultset.Rows {
	if f.step == 0 {
		f.step = 10
	}
	o.Release = f.message(rs.Data)
	o.OnClose = func(ctx context.Context) error {
		f.mu.Lock()
		f.onCloses++
		f.mu.Unlock()
		if f.atEnd != nil {
			return f.atEnd(ctx)
		}
		return ctx.Err()
	}
	return resultset.Open(ctx, f, rs, o)
}

// atMostOne is for checkClosed: whether the handle was closed depends on how far ahead the worker was.
const atMostOne = -1

// checkClosed fails the test unless everything was given back: handle, messages, OnClose.
func (f *fake) checkClosed(closes int) {
	f.tb.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if closes == atMostOne {
		if f.closes > 1 {
			f.tb.Errorf("handle closed %d times, want at most once", f.closes)
		}
	} else if f.closes != closes {
		f.tb.Errorf("handle closed %d times, want %d", f.closes, closes)
	}
	if f.open != 0 {
		f.tb.Errorf("%d of %d messages not released", f.open, f.messages)
	}
	if f.onCloses != 1 {
		f.tb.Errorf("OnClose called %d times, want 1", f.onCloses)
	}
}

// record is a row of numbered.
type record struct {
	K int64
	S string
}

func records(from, to int) []record {
	all := []record{}
	for i := from; i < to; i++ {
		all = append(all, record{int64(i), fmt.Sprintf("row %d", i)})
	}
	return all
}

// ways are the ways to read all rows. They return the rows before an error, and the error.
var ways = map[string]func(*resultset.Rows) ([]record, error){
	"batches": func(r *resultset.Rows) ([]record, error) {
		all := []record{}
		for b, err := range r.Batches() {
			if err != nil {
				if b != nil {
					err = fmt.Errorf("a batch beside the error %w", err)
				}
				return all, err
			}
			if b.Start() != int64(len(all)) {
				return all, fmt.Errorf("batch starts at row %d, want %d", b.Start(), len(all))
			}
			k, err := b.Int64(0)
			if err != nil {
				return all, err
			}
			s, err := b.Text(1)
			if err != nil {
				return all, err
			}
			for i := range b.Len() {
				all = append(all, record{k.Values[i], s.String(i)})
			}
		}
		return all, r.Err()
	},
	"all": func(r *resultset.Rows) ([]record, error) {
		all := []record{}
		for row, err := range r.All() {
			if err != nil {
				return all, err
			}
			if row.Number() != int64(len(all)) {
				return all, fmt.Errorf("row number %d, want %d", row.Number(), len(all))
			}
			var rec record
			if err := row.Scan(&rec.K, &rec.S); err != nil {
				return all, err
			}
			all = append(all, rec)
		}
		return all, r.Err()
	},
	"each": func(r *resultset.Rows) ([]record, error) {
		all := []record{}
		for rec, err := range resultset.Each[record](r) {
			if err != nil {
				return all, err
			}
			all = append(all, rec)
		}
		return all, r.Err()
	},
	"scan": func(r *resultset.Rows) ([]record, error) {
		all := []record{}
		for row, err := range r.All() {
			if err != nil {
				return all, err
			}
			rec, err := resultset.Scan[record](row)
			if err != nil {
				return all, err
			}
			all = append(all, rec)
		}
		return all, r.Err()
	},
	"next": func(r *resultset.Rows) ([]record, error) {
		all := []record{}
		for r.Next() {
			var rec record
			if err := r.Scan(&rec.K, &rec.S); err != nil {
				return all, err
			}
			all = append(all, rec)
		}
		return all, r.Err()
	},
	"values": func(r *resultset.Rows) ([]record, error) {
		all := []record{}
		for r.Next() {
			vals, err := r.Values()
			if err != nil {
				return all, err
			}
			all = append(all, record{vals[0].(int64), vals[1].(string)})
		}
		return all, r.Err()
	},
}

// wayNames returns the names of ways in a fixed order.
func wayNames() []string {
	names := []string{}
	for name := range ways {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// literals turns Go values into the JSON of a column.
func literals[T any](vals ...T) []string {
	var out []string
	for _, v := range vals {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		out = append(out, string(b))
	}
	return out
}

// within runs fn and fails the test if that takes too long in the time of the test's bubble.
func within(tb testing.TB, d time.Duration, what string, fn func()) {
	tb.Helper()
	began := time.Now()
	fn()
	if took := time.Since(began); took > d {
		tb.Errorf("%s took %v, want at most %v", what, took, d)
	}
}

func contains(tb testing.TB, err error, parts ...string) {
	tb.Helper()
	if err == nil {
		tb.Errorf("no error, want one that mentions %q", parts)
		return
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			tb.Errorf("error %q does not mention %q", err, p)
		}
	}
}
