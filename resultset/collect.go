package resultset

import (
	"iter"
	"slices"
)

// Each returns an iterator over the rows as values of T; see the package documentation for what T can be. Strings and
// byte slices are copied, so the values may be kept. (Strings of neighbouring rows share allocations of up to 16 KiB, which
// live as long as any of them; use [strings.Clone] to keep a few short strings of many. What pointers and values of type any
// in neighbouring rows hold shares allocations of up to 1 KiB.)
//
// An error is yielded as the last pair, with a zero T, after all rows that come before the one in error. Leaving the
// loop closes the rows. The iterator can be used once; a second loop yields [ErrUsed].
func Each[T any](r *Rows, opts ...MapOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		if err := r.claim(); err != nil {
			yield(zero, err)
			return
		}
		defer r.finish()
		in, err := takeInto[T](r.feed.cols, newMapping(opts))
		if err == nil {
			defer in.release()
		} else if r.err == nil {
			r.err = err
		}
		for r.advance() {
			if r.err = in.bind(r.batch); r.err != nil {
				break
			}
			for row, end := 0, r.batch.Len(); row < end && r.err == nil; {
				n, err := in.fill(row, end-row)
				for i := range n {
					if r.ended() {
						break
					}
					if !yield(in.block[i], nil) || r.closed {
						return
					}
				}
				row += n
				if r.err == nil {
					r.err = err
				}
			}
		}
		if r.err != nil {
			yield(zero, r.err)
		}
	}
}

// Collect reads all rows as values of T and closes r; see the package documentation for what T can be. If there are no
// rows, the slice is empty and not nil. After an error it is nil.
//
// The slice ends with room for [Rows.NumRows] values, and what was allocated on the way to it is less than a tenth more. Until
// then it has room for at most 16 times the rows that have come, or for 64: a server that announces rows that never come gets
// no memory for them. If the number of rows is not known, the slice grows like one that is appended to. Strings and pointers
// share memory as those of [Each] do.
func Collect[T any](r *Rows, opts ...MapOption) ([]T, error) {
	if err := r.claim(); err != nil {
		return nil, err
	}
	defer r.finish()
	in, err := takeInto[T](r.feed.cols, newMapping(opts))
	if err == nil {
		defer in.release()
	} else if r.err == nil {
		r.err = err
	}
	all := []T{}
	for r.advance() {
		if r.err = in.bind(r.batch); r.err != nil {
			break
		}
		all = makeRoom(all, r.batch.Len(), r.NumRows())
		for row, end := 0, r.batch.Len(); row < end && r.err == nil && !r.ended(); {
			n, err := in.fill(row, end-row)
			all = append(all, in.block[:n]...)
			row += n
			r.err = err
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return all, nil
}

const (
	roomFactor = 16 // of the room for all rows and the room for those that have come
	fewRooms   = 64 // rows that are given room in any case
)

// makeRoom makes room for n more rows, if it has to, and for as many of numRows, the rows in all, as can be believed in. It
// returns rows in the new memory.
//
// The capacities are those that lead back from numRows in steps of roomFactor. So the memory that is given up on the way is
// a small part of the last, and no capacity is more than roomFactor times the rows that come with it.
func makeRoom[T any](rows []T, n int, numRows int64) []T {
	need := int64(len(rows) + n)
	switch {
	case need <= int64(cap(rows)):
		return rows
	case need > numRows: // which is not known
		return slices.Grow(rows, n)
	}
	room := numRows
	for room > fewRooms && room/roomFactor >= need {
		room /= roomFactor
	}
	return append(make([]T, 0, room), rows...)
}

// One reads the only row as a value of T and closes r; see the package documentation for what T can be. It returns
// [ErrNoRows] or [ErrTooManyRows] if there is not exactly one row.
func One[T any](r *Rows, opts ...MapOption) (T, error) {
	var zero T
	if err := r.claim(); err != nil {
		return zero, err
	}
	defer r.finish()
	in, err := takeInto[T](r.feed.cols, newMapping(opts))
	if err == nil {
		defer in.release()
	} else if r.err == nil {
		r.err = err
	}
	switch {
	case r.err != nil:
	case r.NumRows() > 1:
		r.err = ErrTooManyRows
	case r.advance():
		r.err = in.only(r)
	case r.err == nil:
		r.err = ErrNoRows
	}
	if r.err != nil {
		return zero, r.err
	}
	return in.block[0], nil
}

// only reads the first row of a batch, which must be the only one of r.
func (in *into[T]) only(r *Rows) error {
	if r.batch.Len() > 1 {
		return ErrTooManyRows
	}
	if err := in.bind(r.batch); err != nil {
		return err
	}
	if _, err := in.fill(0, 1); err != nil {
		return err
	}
	if r.feed.untilEOF && r.advance() { // only the end shows that there is no other row, and that none is missing
		return ErrTooManyRows
	}
	return r.err
}

// Scan returns a row as a value of T; see the package documentation for what T can be. It is for results whose rows go
// into different types; otherwise [Each] is faster.
func Scan[T any](row Row, opts ...MapOption) (T, error) {
	var zero T
	r := row.rows
	if !row.valid() {
		return zero, errRowOver
	}
	m := newMapping(opts)
	in, ok := r.typed.(*into[T])
	if !ok || in.mapping != m {
		var err error
		if in, err = newInto[T](r.feed.cols, m); err != nil {
			return zero, err
		}
		r.typed = in
	}
	if in.turn != r.turn {
		if err := in.bind(r.batch); err != nil {
			return zero, err
		}
		in.turn = r.turn
	}
	in.fixed = true
	if _, err := in.fill(row.index, 1); err != nil {
		return zero, err
	}
	return in.block[0], nil
}
