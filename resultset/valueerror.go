package resultset

import (
	"slices"
	"sort"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
)

// ValueError says that one value of a result cannot be read as the type of its column: a date that does not exist, or a
// text that is not valid Unicode. The message that it came in is sound, so the session goes on, the rows stay open
// unless something else is said, and all other values can be read. The text of the error never contains data; the field
// Text does.
type ValueError struct {
	Column  int               // zero-based index of the column
	Name    string            // name of the column
	Columns int               // number of columns, 0 if it is not known
	Row     int64             // zero-based row of the result set
	Type    commands.DataType // type of the column

	// Text is the value as the server sent it, with escapes undone. U+FFFD stands for anything that is not valid Unicode.
	Text string

	Reason string // what is wrong, without data
}

// Error names the column, the row and the reason, counting from 1.
func (e *ValueError) Error() string {
	return errtext.Sprintf("value of %s, row %d: %s: %s", columnName(e.Column, e.Columns, e.Name), e.Row+1, e.Type, e.Reason)
}

// badValues are the values of a column in one message that cannot be read although the message is sound. The zero value
// has none.
type badValues struct {
	buf     []byte     // of the texts
	list    []badValue // in the order of the rows
	reasons []string   // each once; they have no data, so there are few
}

// badValue is small, since a message can consist of them.
type badValue struct {
	row    uint32
	text   span
	reason uint32 // index in reasons
}

func (v *badValues) reset() { v.buf, v.list, v.reasons = nil, v.list[:0], v.reasons[:0] }

// add notes the value of a row, after all that were noted before. text is its place in buf, which is the same for all
// values.
func (v *badValues) add(buf []byte, row int, text span, reason string) {
	v.buf = buf
	i := slices.Index(v.reasons, reason)
	if i < 0 {
		i = len(v.reasons)
		v.reasons = append(v.reasons, reason)
	}
	v.list = append(v.list, badValue{uint32(row), text, uint32(i)})
}

// any returns v, or nil if there are no bad values: readers test that once for a run of values.
func (v *badValues) any() *badValues {
	if len(v.list) == 0 {
		return nil
	}
	return v
}

// search returns where in the list the first bad value from row on is.
func (v *badValues) search(row int) int {
	return sort.Search(len(v.list), func(i int) bool { return int(v.list[i].row) >= row })
}

// next returns the first row of [from, to) whose value is bad, to if there is none. v may be nil.
func (v *badValues) next(from, to int) int {
	if v == nil {
		return to
	}
	if i := v.search(from); i < len(v.list) {
		return min(int(v.list[i].row), to)
	}
	return to
}

// at returns a [*ValueError] that does not say where it is, nil if the value of the row is good. v may be nil.
func (v *badValues) at(row int) error {
	if v == nil || v.next(row, row+1) != row {
		return nil
	}
	bad := v.list[v.search(row)]
	return &ValueError{Text: unicodeText(v.buf[bad.text.start:bad.text.end]), Reason: v.reasons[bad.reason]}
}

// clone returns a copy that points into no message.
func (v *badValues) clone() (c badValues) {
	c.reasons = slices.Clone(v.reasons)
	for _, bad := range v.list {
		start := uint32(len(c.buf))
		c.buf = append(c.buf, v.buf[bad.text.start:bad.text.end]...)
		c.list = append(c.list, badValue{bad.row, span{start, uint32(len(c.buf))}, bad.reason})
	}
	return c
}

// unicodeText returns a copy of text with U+FFFD for each byte that is not UTF-8.
func unicodeText(text []byte) string { return string([]rune(string(text))) }

// values is a column whose values can be bad, as readers of single values see it.
type values[T any] struct {
	Column[T]
	bad *badValues // nil if there are none
}

// whole returns the column if all values are good, else the error of the first that is not.
func whole[T any](b *Batch, col int, v values[T], err error) (Column[T], error) {
	if err == nil {
		err = b.firstBad(col, v.bad)
	}
	if err != nil {
		return Column[T]{}, err
	}
	return v.Column, nil
}

// firstBad returns the error of the first bad value of a column, nil if there is none.
func (b *Batch) firstBad(col int, bad *badValues) error {
	if bad == nil {
		return nil
	}
	row := int(bad.list[0].row)
	return b.valueError(col, row, bad.at(row))
}

// valueError adds the place of the value to err, a [*ValueError] of badValues.
func (b *Batch) valueError(col, row int, err error) error {
	return locate(err, newColumn(b.formats.cols, col), b.start+int64(row))
}

// locate completes a [*ValueError] of badValues. Other errors are returned as they are.
func locate(err error, c column, row int64) error {
	if bad, ok := err.(*ValueError); ok { //nolint:errorlint // the one of badValues, not one in a tree of somebody else
		bad.Column, bad.Name, bad.Columns, bad.Row, bad.Type = c.index, c.Name, c.of, row, c.DataType
	}
	return err
}
