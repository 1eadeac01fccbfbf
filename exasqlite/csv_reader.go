package exasqlite

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// Reading CSV. Rows are found in a buffer that holds whole rows; fields are pieces of it. All text is UTF-8 here.

// csvField is a field of a row, valid until the next row is read.
type csvField struct {
	text     []byte
	enclosed bool // in delimiters
}

// csvRow is what is known of a row of a file.
type csvRow struct {
	number int64  // from 0, without what is skipped
	raw    []byte // as it is in the file, without its end
	fields []csvField
	fault  *csvFault // why fields has not all of it
}

// csvFault is a mistake in the form of a row.
type csvFault struct {
	number int // of the ETL error
	at     int // bytes into the row
	text   string
}

// csvReader reads the rows of one file.
type csvReader struct {
	from    io.Reader
	options *csvOptions
	special [256]bool // bytes that can begin something other than data
	remarks bool      // rows that begin with # are no data
	buf     []byte
	at, end int // of what is unread in buf
	eof     bool
	started bool
	skip    int // rows that are still to be skipped
	next    int64
	fields  []csvField
	scratch []byte // of fields that had doubled delimiters
}

// maxRow is how long a row of a file may be: enough for more text than a row of a table can hold in most tests, and an end
// to a file whose delimiter is never closed.
const maxRow = 256 << 20

var errRowTooLong = errors.New("the row is too long")

func newCSVReader(from io.Reader, options *csvOptions) *csvReader {
	r := &csvReader{from: from, options: options, skip: options.skip, buf: make([]byte, 128<<10)}
	// A # that separates or delimits fields cannot begin a remark as well.
	r.remarks = !strings.HasPrefix(options.separator, "#") && !strings.HasPrefix(options.delimiter, "#")
	for _, symbol := range []string{options.rowEnd, options.separator, options.delimiter} {
		if symbol != "" {
			r.special[symbol[0]] = true
		}
	}
	return r
}

// read returns the next row. The error is io.EOF at the end, and otherwise that of the file.
func (r *csvReader) read() (csvRow, error) {
	for {
		for r.at == r.end && !r.eof || !r.started {
			if err := r.fill(); err != nil {
				return csvRow{}, err
			}
		}
		if r.at == r.end {
			return csvRow{}, io.EOF
		}
		data := r.buf[r.at:r.end]
		skipping, remark := r.skip > 0, r.remarks && data[0] == '#'
		var row csvRow
		var length int
		var ok bool
		if skipping || remark {
			length, ok = r.rowLen(data)
		} else {
			row, length, ok = r.parse(data)
		}
		if !ok {
			if err := r.fill(); err != nil {
				return csvRow{}, err
			}
			continue
		}
		// SKIP counts the ends of rows, whatever stands around them.
		r.at += length
		switch {
		case skipping:
			r.skip--
		case !remark:
			row.number = r.next
			r.next++
			return row, nil
		}
	}
}

// fill reads on until there is twice as much as before or the file ends: a row that does not fit is looked at again from its
// beginning.
func (r *csvReader) fill() error {
	if r.at > 0 {
		r.end = copy(r.buf, r.buf[r.at:r.end])
		r.at = 0
	}
	want := max(2*r.end, 1)
	if want > maxRow {
		return errRowTooLong
	}
	for idle := 0; r.end < want && !r.eof; {
		if r.end == len(r.buf) {
			r.buf = append(r.buf, make([]byte, len(r.buf))...)
		}
		n, err := r.from.Read(r.buf[r.end:])
		r.end += n
		switch {
		case errors.Is(err, io.EOF):
			r.eof = true
		case err != nil:
			return err
		case n > 0:
			idle = 0
		default:
			if idle++; idle == 100 {
				return io.ErrNoProgress
			}
		}
		// A mark at the beginning says that the file is UTF-8, and is no part of its first field.
		if !r.started && (r.end >= len(byteOrderMark) || r.eof) {
			r.started = true
			if r.options.encoding == encodingUTF8 && bytes.HasPrefix(r.buf[:r.end], []byte(byteOrderMark)) {
				r.at = len(byteOrderMark)
			}
		} else if !r.started {
			want = len(byteOrderMark)
		}
	}
	return nil
}

const byteOrderMark = "\ufeff"

// rowLen is how long the row at the beginning of data is with its end, whatever is in it.
func (r *csvReader) rowLen(data []byte) (length int, ok bool) {
	if n := bytes.Index(data, []byte(r.options.rowEnd)); n >= 0 {
		return n + len(r.options.rowEnd), true
	}
	return len(data), r.eof
}

// parse takes apart the row at the beginning of data. ok is false if more of the file is needed to know where it ends.
func (r *csvReader) parse(data []byte) (row csvRow, length int, ok bool) {
	o := r.options
	r.fields, r.scratch = r.fields[:0], r.scratch[:0]
	for i := 0; ; {
		f, n, fault := r.field(data, i)
		if fault != nil {
			// The rest of the row is passed over, and the next one may be fine.
			rest, ok := r.rowLen(data[n:])
			raw := data[:n+len(bytes.TrimSuffix(data[n:n+rest], []byte(o.rowEnd)))]
			return csvRow{raw: raw, fault: fault}, n + rest, ok
		}
		i = n
		r.fields = append(r.fields, f)
		switch {
		case i == len(data):
			return csvRow{raw: data, fields: r.fields}, len(data), r.eof
		case hasSymbol(data[i:], o.rowEnd):
			return csvRow{raw: data[:i], fields: r.fields}, i + len(o.rowEnd), true
		case hasSymbol(data[i:], o.separator):
			i += len(o.separator)
		default: // the beginning of a symbol at the end of the buffer
			return csvRow{}, 0, false
		}
	}
}

// err is the exception for a row with a mistake in its form.
func (row *csvRow) err() error {
	f := row.fault
	from := " (starting with 0 at the beginning of the row)"
	if f.number == 2107 {
		from = ""
	}
	return errorf(codeTransfer, "ETL-%d: Error while parsing row=%d (starting from 0) [CSV Parser found at byte %d%s of %d %s]",
		f.number, row.number, f.at, from, len(row.raw), f.text)
}
