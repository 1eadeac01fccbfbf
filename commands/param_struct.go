package commands

import (
	"database/sql"
	"fmt"
	"reflect"

	"github.com/exawire/exawire/internal/errtext"
)

// StructBuffer turns structs into the columns of parameters that the protocol wants: a column is made of pointers to a
// field in each of the structs, so no value is boxed and nothing is allocated per value. It has room for a fixed number of
// structs, which is used again after Reset. It is not safe for concurrent use.
type StructBuffer[T any] struct {
	block []T
	n     int
	bytes int
	cols  []fieldColumn
	texts []func(i int) int // length of the text in struct i, for each field that holds text
}

// NewStructBuffer returns an empty buffer for this many structs, 1 at least. fields has the place of each column in T, as
// [reflect.Value.FieldByIndex] wants it; an empty one is the whole T.
func NewStructBuffer[T any](fields [][]int, rows int) *StructBuffer[T] {
	b := &StructBuffer[T]{block: make([]T, max(rows, 1)), cols: make([]fieldColumn, len(fields))}
	block := reflect.ValueOf(b.block)
	for c, index := range fields {
		typ := reflect.TypeFor[T]()
		if len(index) > 0 {
			typ = typ.FieldByIndex(index).Type
		}
		places := reflect.MakeSlice(reflect.SliceOf(reflect.PointerTo(typ)), len(b.block), len(b.block))
		for i := range b.block {
			place := block.Index(i)
			if len(index) > 0 {
				place = place.FieldByIndex(index)
			}
			places.Index(i).Set(place.Addr())
		}
		b.cols[c] = fieldColumn{places: places.Interface(), typ: typ, n: &b.n}
		if size := textSize(places); size != nil {
			b.texts = append(b.texts, size)
		}
	}
	return b
}

// Append adds a copy of v. What its fields refer to must stay unchanged until Reset. It panics if the buffer is full.
func (b *StructBuffer[T]) Append(v T) {
	b.block[b.n] = v
	for _, size := range b.texts {
		b.bytes += size(b.n)
	}
	b.n++
}

// Len returns the number of structs.
func (b *StructBuffer[T]) Len() int { return b.n }

// Cap returns how many structs there is room for.
func (b *StructBuffer[T]) Cap() int { return len(b.block) }

// Bytes returns the length of all text in the fields, as far as it can be told without calling methods of theirs.
func (b *StructBuffer[T]) Bytes() int { return b.bytes }

// Reset drops the structs and keeps the room. The columns that Columns gave are then empty, too.
func (b *StructBuffer[T]) Reset() {
	clear(b.block[:b.n])
	b.n, b.bytes = 0, 0
}

// Columns returns the fields as columns, see [Values]. They see structs that are appended later, so that encoders that
// are bound to them serve all batches.
func (b *StructBuffer[T]) Columns() []ParamColumn {
	cols := make([]ParamColumn, len(b.cols))
	for i := range b.cols {
		cols[i] = &b.cols[i]
	}
	return cols
}

// fieldColumn is a column of a StructBuffer.
type fieldColumn struct {
	places any // slice of pointers to the fields
	typ    reflect.Type
	n      *int
}

func (c *fieldColumn) Len() int { return *c.n }

func (c *fieldColumn) rows(t *paramTarget) (rowsFunc, error) {
	write, err := t.bindPlaces(c.places)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
		if hi > *c.n {
			panic(fmt.Sprintf("rows %d to %d of %d", lo, hi, *c.n))
		}
		return write(dst, ends, lo, hi)
	}, nil
}

func (c *fieldColumn) goType(i int) string {
	if places, ok := c.places.([]*any); ok && i >= 0 {
		return errtext.NameOfType(*places[i])
	}
	return errtext.TypeName(c.typ)
}

// textSize returns a function for the length of the text at places[i], nil if the places hold no text.
func textSize(places reflect.Value) func(i int) int {
	switch p := places.Interface().(type) {
	case []*string, []**string, []*sql.Null[string]:
		return lengthAt[string](p)
	case []*[]byte, []**[]byte, []*sql.Null[[]byte]:
		return lengthAt[[]byte](p)
	case []*sql.NullString:
		return func(i int) int { return len(p[i].String) }
	}
	elem := places.Type().Elem().Elem()
	if elem.Kind() == reflect.String || elem.Kind() == reflect.Slice && elem.Elem().Kind() == reflect.Uint8 {
		return func(i int) int { return places.Index(i).Elem().Len() }
	}
	return nil
}

func lengthAt[B string | []byte](places any) func(i int) int {
	switch p := places.(type) {
	case []*B:
		return func(i int) int { return len(*p[i]) }
	case []**B:
		return func(i int) int {
			if *p[i] == nil {
				return 0
			}
			return len(**p[i])
		}
	case []*sql.Null[B]:
		return func(i int) int { return len(p[i].V) }
	}
	return nil
}
