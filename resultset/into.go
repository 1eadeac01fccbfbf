package resultset

import (
	"reflect"
	"slices"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/fields"
)

// into turns rows into values of T, a block at a time and within a block column by column. The places of a block are
// found by reflection once; then they are filled again and again and the values copied out of them.
//
// If T is a pointer to a struct, the places are in structs of the into's own, and each row gets a new one for its values.
type into[T any] struct {
	mapping fields.Mapping
	value   reflect.Type // what the targets are in: T, or what it points to
	targets []fields.Target
	columns []column // of the targets
	cells   []cell
	block   []T
	structs reflect.Value // a slice of the structs that have the places, invalid if the block has them
	batch   *Batch
	filled  int    // values since the block got its size
	fixed   bool   // the block does not grow
	turn    int    // of Rows, for Scan
	home    *known // where it can be used again, nil if nowhere
}

const (
	maxBlockRows  = 128
	maxBlockBytes = 64 << 10
)

// takeInto is newInto for callers that release what they get. Finding the places of a block costs as much as filling it
// many times, so blocks are used again.
func takeInto[T any](cols []commands.ColumnInfo, m fields.Mapping) (*into[T], error) {
	t := reflect.TypeFor[T]()
	if t == rowType || t == mapType {
		return newInto[T](cols, m)
	}
	home, err := knownOf(t, cols, m)
	if err != nil {
		return nil, err
	}
	in, ok := home.spare.Get().(*into[T])
	if !ok {
		if in, err = newIntoOf[T](home, cols, m); err != nil {
			return nil, err
		}
		in.home = home
	}
	for i, to := range in.targets {
		// Of the same kind as before, but perhaps not of the same size, nor one of as many.
		in.columns[i].ColumnInfo, in.columns[i].of = cols[to.Column], len(cols)
	}
	return in, nil
}

// release ends the use of in.
func (in *into[T]) release() {
	if in.home == nil {
		return
	}
	// No value outlives its last user. The columns of the last batch, and the Rows that it is a part of, may stay for as
	// long as the pool keeps in, which is two collections.
	used := min(in.filled, len(in.block))
	clear(in.block[:used])
	if in.structs.IsValid() {
		in.structs.Slice(0, used).Clear()
	}
	in.filled, in.batch = 0, nil
	in.home.spare.Put(in)
}

// newInto finds out how rows become values of T.
func newInto[T any](cols []commands.ColumnInfo, m fields.Mapping) (*into[T], error) {
	t := reflect.TypeFor[T]()
	switch whole, err := wholeRowOf(t, cols); {
	case err != nil:
		return nil, err
	case whole != nil:
		in := &into[T]{mapping: m, value: t, columns: []column{{index: 0}}, targets: []fields.Target{{}}, cells: []cell{whole}}
		in.grow(1)
		return in, nil
	}
	of, err := knownOf(t, cols, m)
	if err != nil {
		return nil, err
	}
	return newIntoOf[T](of, cols, m)
}

// newIntoOf is newInto with what is known of T.
func newIntoOf[T any](of *known, cols []commands.ColumnInfo, m fields.Mapping) (*into[T], error) {
	t := reflect.TypeFor[T]()
	if isStructPointer(t) {
		t = t.Elem()
	}
	in := &into[T]{mapping: m, value: t, targets: of.targets}
	for _, to := range in.targets {
		c := newColumn(cols, to.Column)
		dst := t
		if len(to.Index) > 0 {
			dst = t.FieldByIndex(to.Index).Type
		}
		chosen, err := newCell(c, reflect.PointerTo(dst))
		if err != nil {
			return nil, c.error(-1, dst, err)
		}
		in.columns = append(in.columns, c)
		in.cells = append(in.cells, chosen)
	}
	in.grow(1)
	return in, nil
}

// grow makes the block as large as n values.
func (in *into[T]) grow(n int) {
	in.block = make([]T, n)
	in.filled = 0
	block := reflect.ValueOf(in.block)
	if isStructPointer(reflect.TypeFor[T]()) {
		in.structs = reflect.MakeSlice(reflect.SliceOf(in.value), n, n)
		block = in.structs
	}
	places := make([]reflect.Value, n)
	for i, to := range in.targets {
		for j := range places {
			place := block.Index(j)
			if len(to.Index) > 0 {
				place = place.FieldByIndex(to.Index)
			}
			places[j] = place.Addr()
		}
		own := places
		if i < len(in.targets)-1 {
			own = slices.Clone(places)
		}
		in.cells[i].attach(own)
	}
}

// bind makes b the batch that fill reads.
func (in *into[T]) bind(b *Batch) error {
	in.batch = b
	for i, c := range in.cells {
		if err := c.bind(b); err != nil {
			return in.error(i, -1, err)
		}
	}
	return nil
}

// fill puts the rows from row on, at most n of them, into the block. It returns how many it put there, and the error of
// the next row if that cannot be had.
func (in *into[T]) fill(row, n int) (int, error) {
	// A block costs time to set up, so it grows with the number of rows.
	if size := len(in.block); in.filled >= 4*size && !in.fixed {
		limit := min(maxBlockRows, max(1, maxBlockBytes/max(1, int(in.value.Size()))))
		if size < limit {
			in.grow(min(4*size, limit))
		}
	}
	n = min(n, len(in.block))
	in.filled += n
	var failed error
	for i, c := range in.cells {
		done, err := c.fill(row, n)
		if err != nil {
			n, failed = done, in.error(i, in.batch.Start()+int64(row+done), err)
		}
	}
	if in.structs.IsValid() {
		for i := range n {
			own := reflect.New(in.value)
			own.Elem().Set(in.structs.Index(i))
			in.block[i] = own.Interface().(T)
		}
	}
	return n, failed
}

// error says which column and which Go type an error is about.
func (in *into[T]) error(i int, row int64, err error) error {
	t := in.value
	if index := in.targets[i].Index; len(index) > 0 {
		t = t.FieldByIndex(index).Type
	}
	return in.columns[i].error(row, t, err)
}
