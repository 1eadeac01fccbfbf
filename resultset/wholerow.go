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
	boxes rowBoxes
	empty func(columns int) C
	set   func(c C, column int, v any)
	batch *Batch
	dst   []*C
}

// wholeRowOf returns the cell for rows of type t, which stores all columns at once; nil if t takes columns one by one.
func wholeRowOf(t reflect.Type, cols []commands.ColumnInfo) (cell, error) {
	switch t {
	case rowType:
		return &wholeRow[[]any]{
			boxes: newRowBoxes(cols, boxNatural),
			empty: func(columns int) []any { return make([]any, columns) },
			set:   func(row []any, column int, v any) { row[column] = v },
		}, nil
	case mapType:
		if err := uniqueNames(cols); err != nil {
			return nil, &ScanError{Index: -1, Row: -1, Go: errtext.TypeName(t), Err: err}
		}
		return &wholeRow[map[string]any]{
			boxes: newRowBoxes(cols, boxNatural),
			empty: func(columns int) map[string]any { return make(map[string]any, columns) },
			set:   func(row map[string]any, column int, v any) { row[cols[column].Name] = v },
		}, nil
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
		all := c.empty(len(c.boxes))
		for j := range c.boxes {
			v, err := c.boxes[j].value(row + i)
			if err != nil {
				return i, placedError{c.boxes[j].error(c.batch.Start()+int64(row+i), rowType.Elem(), err)}
			}
			c.set(all, j, v)
		}
		*d = all
	}
	return n, nil
}
