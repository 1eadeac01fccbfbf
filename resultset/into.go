package resultset

import (
	"reflect"
	"slices"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/fields"
)

// into turns rows into values of T, a block at a time and within a block column by column. The places of a block are
// found by reflection once; then they are filled again and again and the values copied out of them.
type into[T any] struct {
	mapping fields.Mapping
	targets []fields.Target
	columns []column // of the targets
	cells   []cell
	block   []T
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
	if t == rowType {
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
		in.columns[i].ColumnInfo = cols[to.Column] // of the same kind as before, but perhaps not of the same size
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
	clear(in.block[:min(in.filled, len(in.block))])
	in.filled, in.batch = 0, nil
	in.home.spare.Put(in)
}

// newInto plans how rows become values of T.
func newInto[T any](cols []commands.ColumnInfo, m fields.Mapping) (*into[T], error) {
	t := reflect.TypeFor[T]()
	if t == rowType {
		in := &into[T]{mapping: m, columns: []column{{index: 0}}, targets: []fields.Target{{}}, cells: []cell{&wholeRow{cols: cols}}}
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
	in := &into[T]{mapping: m, targets: of.targets}
	for _, to := range in.targets {
		c := newColumn(cols[to.Column], to.Column)
		dst := t
		if len(to.Index) > 0 {
			dst = t.FieldByIndex(to.Index).Type
		}
		planned, err := planCell(c, reflect.PointerTo(dst))
		if err != nil {
			return nil, c.error(-1, dst, err)
		}
		in.columns = append(in.columns, c)
		in.cells = append(in.cells, planned)
	}
	in.grow(1)
	return in, nil
}

// grow makes the block as large as n values.
func (in *into[T]) grow(n int) {
	in.block = make([]T, n)
	in.filled = 0
	block := reflect.ValueOf(in.block)
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
		limit := min(maxBlockRows, max(1, maxBlockBytes/max(1, int(reflect.TypeFor[T]().Size()))))
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
	return n, failed
}

// error says which column and which Go type an error is about.
func (in *into[T]) error(i int, row int64, err error) error {
	t := reflect.TypeFor[T]()
	if index := in.targets[i].Index; len(index) > 0 {
		t = t.FieldByIndex(index).Type
	}
	return in.columns[i].error(row, t, err)
}

// wholeRow stores all values of a row, in their natural types, into a []any.
type wholeRow struct {
	cols  []commands.ColumnInfo
	batch *Batch
	dst   []*[]any
}

func (c *wholeRow) bind(b *Batch) error         { c.batch = b; return nil }
func (c *wholeRow) null(int) bool               { return false }
func (c *wholeRow) scan(any, int) (bool, error) { return false, nil }
func (c *wholeRow) attach(dst []reflect.Value)  { c.dst = pointers[[]any](dst) }

func (c *wholeRow) fill(row, n int) (int, error) {
	for i, d := range c.dst[:n] {
		vals := make([]any, len(c.cols))
		for j := range vals {
			v, err := c.batch.Value(j, row+i)
			if err != nil {
				return i, newColumn(c.cols[j], j).error(c.batch.Start()+int64(row+i), rowType.Elem(), err)
			}
			vals[j] = v
		}
		*d = vals
	}
	return n, nil
}
