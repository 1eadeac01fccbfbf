package resultset

import (
	"fmt"
	"math"
	"reflect"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/jsonscan"
)

// Decoder turns the data of a result set, which is column-major JSON, into batches. It decides once per column how to
// read its values. A Decoder is for one goroutine at a time; meanwhile other goroutines may use the batches.
type Decoder struct {
	formats *columnFormats
}

// NewDecoder returns a decoder for rows with these columns, written in the formats f. It keeps cols, which must not
// change. A column of an unknown type is kept as text, or as raw JSON where its values are not strings.
func NewDecoder(cols []commands.ColumnInfo, f Formats) *Decoder {
	return &Decoder{formats: newColumnFormats(cols, f)}
}

// SetFormats changes the formats for the batches that are decoded from now on.
func (d *Decoder) SetFormats(f Formats) {
	if d.formats.Formats != f {
		d.formats = newColumnFormats(d.formats.cols, f)
	}
}

// Decode reads the array of columns at the beginning of data into b and returns the number of bytes of the array. It
// ignores what follows the array. The rows are those with the numbers start to start+numRows-1 in the result set.
//
// b takes over data. Its texts point into data, and Decode undoes escapes in place: data is changed, and must stay
// untouched until b is no longer used. Decode drops what b held before and uses its memory again, so decoding message
// after message into one batch allocates nothing once the largest has been seen. Memory is bounded by a small multiple
// of len(data), whatever numRows is.
//
// If data is not what the columns and numRows promise, Decode returns a [*DataError] and b is empty. If data is sound
// but one value in it cannot be read, Decode returns no error: the methods of b return a [*ValueError] for that value
// and for its column as a whole.
func (d *Decoder) Decode(b *Batch, data []byte, start, numRows int64) (consumed int, err error) {
	return d.decode(b, data, nil, start, numRows)
}

// decode is Decode for a message with texts, see [Message].
func (d *Decoder) decode(b *Batch, data []byte, texts [][]uint32, start, numRows int64) (consumed int, err error) {
	b.clear()
	switch {
	case numRows < 0 || start < 0 || start > math.MaxInt64-numRows:
		return 0, d.formats.broken(-1, -1, "number of rows out of range")
	case int64(len(data)) > math.MaxUint32:
		return 0, d.formats.broken(-1, -1, "message too large")
	case len(data) == 0 && numRows == 0:
		b.prepare(d.formats, nil, 0)
		b.start = start
		return 0, nil
	case len(d.formats.cols) == 0 && numRows > 0:
		return 0, d.formats.broken(-1, -1, "rows without columns")
	}
	if reason := misfit(numRows, len(d.formats.cols), len(data), texts); reason != "" {
		return 0, d.formats.broken(-1, -1, reason)
	}
	b.prepare(d.formats, data, int(numRows))
	if consumed, err = d.columns(b, data, texts, start); err != nil {
		b.clear()
		return 0, err
	}
	b.start = start
	return consumed, nil
}

// misfit says why there cannot be so many rows in so many bytes. It is empty if there can.
func misfit(numRows int64, columns, bytes int, texts [][]uint32) string {
	if texts != nil && len(texts) != columns {
		return "places of texts for another number of columns"
	}
	for _, ends := range texts {
		if ends == nil {
			continue
		}
		columns--
		if int64(len(ends)) != numRows {
			return fmt.Sprintf("%d rows announced, but %d places of texts", numRows, len(ends))
		}
	}
	// The shortest value, one digit and a comma, has two bytes.
	if columns > 0 && numRows > int64(bytes/(2*columns)) {
		return fmt.Sprintf("%d rows announced, but the message is too short for them", numRows)
	}
	return ""
}

// columns reads the outer array.
func (d *Decoder) columns(b *Batch, data []byte, texts [][]uint32, start int64) (end int, err error) {
	pos := skipSpace(data, 0)
	if pos >= len(data) || data[pos] != '[' {
		return 0, d.formats.broken(-1, -1, "expected an array of columns")
	}
	pos++
	if len(texts) == 0 || texts[0] == nil {
		pos = skipSpace(data, pos)
	}
	if pos < len(data) && data[pos] == ']' && b.rows == 0 {
		return pos + 1, nil // some servers send no columns at all if there are no rows
	}
	for i, column := range b.columns {
		if i > 0 {
			if pos >= len(data) || data[pos] != ',' {
				return 0, d.formats.broken(-1, -1, fmt.Sprintf("expected %d columns, data ends after %d", len(d.formats.cols), i))
			}
			pos++
			if texts == nil || texts[i] == nil {
				pos = skipSpace(data, pos)
			}
		}
		var row int
		var reason string
		if texts != nil && texts[i] != nil {
			pos, row, reason = placeTexts(column, data, pos, texts[i])
		} else {
			pos, row, reason = scanColumn(column, data, pos, b.rows)
		}
		if reason != "" {
			number := int64(-1)
			if row >= 0 {
				number = start + int64(row)
			}
			return 0, d.formats.broken(i, number, reason)
		}
		pos = skipSpace(data, pos)
	}
	if pos >= len(data) || data[pos] != ']' {
		return 0, d.formats.broken(-1, -1, fmt.Sprintf("expected the array of %d columns to end", len(d.formats.cols)))
	}
	return pos + 1, nil
}

// storage is the memory of one column and the decoder that fills it. There is one implementation per kind of value.
type storage interface {
	// reset makes room for the n values of a new message.
	reset(buf []byte, n int)

	// run reads values, separated by single commas, as long as they have the form that the server usually writes. The
	// first begins at pos and is that of the given row. It returns the index after the last value that it stored and
	// the row after it; reason is not empty if there can be no valid value. Nulls, white space, unusual forms and the
	// last bytes of a message are left to scanColumn and value, so that the loop has few branches.
	run(buf []byte, pos, row, rows int) (end, next int, reason string)

	// value reads one value, which is not null, in any form that is allowed. It returns the index after the value, or a
	// reason if the value is not of the column's kind. A value that is of the kind but cannot be read is noted as bad.
	value(buf []byte, pos, row int) (end int, reason string)

	// null stores a NULL.
	null(row int)

	// any returns the value of a row as its natural Go type. The row exists and is not NULL. The error is that of a bad
	// value, see badValues.
	any(row int) (any, error)

	// box stores the values of n rows, from row on, as their Go types in a new block: an array of boxedRows. apart has a bit
	// for each row whose value is not in the block: it is NULL, or cannot be read, or is better kept alone. n is at least
	// one and at most boxedRows, the rows exist, and b is bound to the batch.
	box(row, n int, b *boxes) (block reflect.Value, apart uint32)

	// nullRows returns which rows are NULL.
	nullRows() Bitmap

	// clone copies the column so that it points into no message.
	clone() storage
}

// scanColumn reads the array of one column, which must have exactly the given number of rows. On failure it returns the
// reason and the row, -1 if none is to blame.
func scanColumn(c storage, buf []byte, pos, rows int) (end, row int, reason string) {
	if pos >= len(buf) || buf[pos] != '[' {
		return pos, -1, "expected an array of values"
	}
	pos = skipSpace(buf, pos+1)
	for row < rows {
		switch {
		case pos >= len(buf):
			return pos, row, "data ends early"
		case buf[pos] == ']':
			return pos, -1, fmt.Sprintf("expected %d values, column has %d", rows, row)
		case buf[pos] == 'n':
			if pos, reason = scanNull(buf, pos); reason == "" {
				c.null(row)
				row++
			}
		default:
			first := row
			if pos, row, reason = c.run(buf, pos, row, rows); row == first && reason == "" {
				if pos, reason = c.value(buf, pos, row); reason == "" {
					row++
				}
			}
		}
		if reason != "" {
			return pos, row, reason
		}
		pos = skipSpace(buf, pos)
		switch {
		case row == rows:
		case pos < len(buf) && buf[pos] == ',':
			pos = skipSpace(buf, pos+1)
		case pos < len(buf) && buf[pos] == ']':
			return pos, -1, fmt.Sprintf("expected %d values, column has %d", rows, row)
		default:
			return pos, row - 1, "expected ',' after the value"
		}
	}
	switch {
	case pos >= len(buf):
		return pos, -1, "data ends early"
	case buf[pos] != ']':
		return pos, -1, fmt.Sprintf("expected the column to end after %d values", rows)
	}
	return pos + 1, -1, ""
}

func scanNull(buf []byte, pos int) (end int, reason string) {
	if len(buf)-pos < 4 || string(buf[pos:pos+4]) != "null" {
		return pos, "malformed value"
	}
	return pos + 4, ""
}

// skipSpace is jsonscan.SkipSpace, inlined for the usual case that there is no white space.
func skipSpace(buf []byte, pos int) int {
	if pos < len(buf) && buf[pos] > ' ' {
		return pos
	}
	return jsonscan.SkipSpace(buf, pos)
}
