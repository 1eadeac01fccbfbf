package resultset

import (
	"database/sql"
	"errors"
	"time"
)

// parser is a column whose values are texts that are parsed when somebody asks.
type parser[T any] interface {
	nullRows() Bitmap
	parse(row int) (T, error)          // of a row that is not NULL
	badValue(row int, err error) error // completes an error of parse
}

// parsed reads a column whose values are parsed, each when its row is read: a bad one does no harm to the rows before it, and
// rows that nobody reads cost nothing.
type parsed[D any] struct {
	col    int
	parser func(*Batch, int) (parser[D], error)
	from   parser[D]
	nulls  Bitmap
}

// readParsed is for types that only columns of one kind go into, which have to be parsed.
func readParsed[C parser[D], D any](k kind, get func(*Batch, int) (C, error)) func(column) reader[D] {
	return func(c column) reader[D] {
		if c.kind != k {
			return nil
		}
		return &parsed[D]{col: c.index, parser: func(b *Batch, col int) (parser[D], error) { return get(b, col) }}
	}
}

func (r *parsed[D]) bind(b *Batch) (err error) {
	if r.from, err = r.parser(b, r.col); err != nil {
		return err
	}
	r.nulls = r.from.nullRows()
	return nil
}

func (r *parsed[D]) null(row int) bool { return r.nulls.Any() && r.nulls.Get(row) }

func (r *parsed[D]) read(dst *D, row int) error {
	if r.null(row) {
		return ErrNull
	}
	v, err := r.from.parse(row)
	if err != nil {
		return r.from.badValue(row, err)
	}
	*dst = v
	return nil
}

func (r *parsed[D]) fill(dst []*D, row int) (int, error) {
	n := good(row, len(dst), r.nulls, nil)
	for i, d := range dst[:n] {
		v, err := r.from.parse(row + i)
		if err != nil {
			return i, r.from.badValue(row+i, err)
		}
		*d = v
	}
	return n, failedAt(row, n, len(dst), nil)
}

func (r *parsed[D]) fillNullable(dst []*sql.Null[D], row int) (int, error) {
	nulls := r.nulls.Any()
	for i, d := range dst {
		*d = sql.Null[D]{}
		if nulls && r.nulls.Get(row+i) {
			continue
		}
		v, err := r.from.parse(row + i)
		if err != nil {
			return i, r.from.badValue(row+i, err)
		}
		d.V, d.Valid = v, true
	}
	return len(dst), nil
}

func (r *parsed[D]) fillPointers(dst []**D, row int) (int, error) {
	nulls := r.nulls.Any()
	var values shared[D]
	for i, d := range dst {
		if nulls && r.nulls.Get(row+i) {
			*d = nil
			continue
		}
		v, err := r.from.parse(row + i)
		if err != nil {
			return i, r.from.badValue(row+i, err)
		}
		own := values.next(len(dst) - i)
		*own = v
		*d = own
	}
	return len(dst), nil
}

// durations are the values of a column of intervals that are not too long.
type durations struct{ *intervalColumn[DaySecond] }

func (b *Batch) durations(col int) (durations, error) {
	c, err := b.daySeconds(col)
	return durations{c}, err
}

func (d durations) parse(row int) (time.Duration, error) {
	v, err := d.intervalColumn.parse(row)
	if err != nil {
		return 0, err
	}
	return durationFromDaySecond(v)
}

func (d durations) badValue(row int, err error) error {
	if errors.Is(err, errRange) {
		return err // of an interval that is as it should be
	}
	return d.intervalColumn.badValue(row, err)
}
