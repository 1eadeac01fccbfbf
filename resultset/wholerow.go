package resultset

import (
	"fmt"
	"reflect"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/sqlword"
)

// The types that hold all values of a row.
var (
	rowType = reflect.TypeFor[[]any]()
	mapType = reflect.TypeFor[map[string]any]()
)

// wholeRow stores all values of a row, in their natural types, into a C: a []any or a map[string]any. Every row gets one
// of its own, for the caller to keep.
type wholeRow[C any] struct {
	boxes *rowBoxes
	next  func(row int) (c C, col int, err error) // the error is about a column
	batch *Batch
	dst   []*C
}

// wholeRowOf returns the cell for rows of type t, which stores all columns at once; nil if t takes columns one by one.
func wholeRowOf(t reflect.Type, cols []commands.ColumnInfo) (cell, error) {
	switch t {
	case rowType:
		c := &wholeRow[[]any]{boxes: newRowBoxes(cols, boxNatural)}
		c.next = func(row int) ([]any, int, error) { return c.boxes.row(row, c.batch.Len()-row) }
		return c, nil
	case mapType:
		if err := uniqueNames(cols); err != nil {
			return nil, &ScanError{Index: -1, Row: -1, Go: errtext.TypeName(t), Err: err}
		}
		c := &wholeRow[map[string]any]{boxes: newRowBoxes(cols, boxNatural)}
		vals := make([]any, len(cols))
		c.next = func(row int) (map[string]any, int, error) {
			if _, col, err := c.boxes.read(vals, row); err != nil {
				return nil, col, err
			}
			m := make(map[string]any, len(cols))
			for i, v := range vals {
				m[cols[i].Name] = v
			}
			return m, 0, nil
		}
		return c, nil
	}
	return nil, nil
}

// uniqueNames returns an error if two columns have the same name, since a map would hold only one of them.
func uniqueNames(cols []commands.ColumnInfo) error {
	seen := make(map[string]int, len(cols))
	for i, c := range cols {
		if first, ok := seen[c.Name]; ok {
			return fmt.Errorf("columns %d and %d have the same name %q: give one another with AS, or read into []any", first+1, i+1, sqlword.BriefColumn(c.Name))
		}
		seen[c.Name] = i
	}
	return nil
}

func (c *wholeRow[C]) bind(b *Batch) error {
	c.batch = b
	return c.boxes.bind(b)
}

func (c *wholeRow[C]) null(int) bool               { return false }
func (c *wholeRow[C]) scan(any, int) (bool, error) { return false, nil }
func (c *wholeRow[C]) attach(dst []reflect.Value)  { c.dst = pointers[C](dst) }

func (c *wholeRow[C]) fill(row, n int) (int, error) {
	for i, d := range c.dst[:n] {
		next, col, err := c.next(row + i)
		if err != nil {
			return i, placedError{c.boxes.cols[col].error(c.batch.Start()+int64(row+i), rowType.Elem(), err)}
		}
		*d = next
	}
	return n, nil
}
