package commands

import (
	"database/sql"
	"time"
)

// bind chooses how the values of a slice are written. Slices of the everyday types get a loop of their own; all others
// go through reflection, decided once per column. Neither allocates per value.
func (t *paramTarget) bind(slice any) (rowsFunc, error) {
	switch v := slice.(type) {
	case []any:
		return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
			return t.appendMixed(dst, ends, v[lo:hi], lo)
		}, nil
	case []string, []*string, []**string, []sql.Null[string], []*sql.Null[string]:
		return bindAs(slice, t.str)
	case [][]byte, []*[]byte, []**[]byte, []sql.Null[[]byte], []*sql.Null[[]byte]:
		return bindAs(slice, t.byteSlice)
	case []bool, []*bool, []**bool, []sql.Null[bool], []*sql.Null[bool]:
		return bindAs(slice, t.boolean)
	case []float64, []*float64, []**float64, []sql.Null[float64], []*sql.Null[float64]:
		return bindFloat[float64](t, slice, 64)
	case []float32, []*float32, []**float32, []sql.Null[float32], []*sql.Null[float32]:
		return bindFloat[float32](t, slice, 32)
	case []time.Time, []*time.Time, []**time.Time, []sql.Null[time.Time], []*sql.Null[time.Time]:
		return bindAs(slice, t.instant)
	case []time.Duration, []*time.Duration, []**time.Duration, []sql.Null[time.Duration], []*sql.Null[time.Duration]:
		return bindAs(slice, t.duration)
	case []int, []*int, []**int, []sql.Null[int], []*sql.Null[int]:
		return bindSigned[int](t, slice)
	case []int64, []*int64, []**int64, []sql.Null[int64], []*sql.Null[int64]:
		return bindAs(slice, t.integer)
	case []int32, []*int32, []**int32, []sql.Null[int32], []*sql.Null[int32]:
		return bindSigned[int32](t, slice)
	case []int16, []*int16, []**int16, []sql.Null[int16], []*sql.Null[int16]:
		return bindSigned[int16](t, slice)
	case []int8, []*int8, []**int8, []sql.Null[int8], []*sql.Null[int8]:
		return bindSigned[int8](t, slice)
	case []uint, []*uint, []**uint, []sql.Null[uint], []*sql.Null[uint]:
		return bindUnsigned[uint](t, slice)
	case []uint64, []*uint64, []**uint64, []sql.Null[uint64], []*sql.Null[uint64]:
		return bindAs(slice, t.unsigned)
	case []uint32, []*uint32, []**uint32, []sql.Null[uint32], []*sql.Null[uint32]:
		return bindUnsigned[uint32](t, slice)
	case []uint16, []*uint16, []**uint16, []sql.Null[uint16], []*sql.Null[uint16]:
		return bindUnsigned[uint16](t, slice)
	case []uint8, []*uint8, []**uint8, []sql.Null[uint8], []*sql.Null[uint8]:
		return bindUnsigned[uint8](t, slice)
	}
	return t.bindReflected(slice)
}

// byteSlice writes a byte slice as text, or as bytes where that is what the SQL type wants.
func (t *paramTarget) byteSlice(dst, v []byte) ([]byte, error) {
	switch {
	case v == nil:
		return appendNull(dst), nil
	case t.raw != nil:
		return t.raw(dst, v)
	}
	return t.text(dst, v)
}

func bindSigned[B int | int8 | int16 | int32](t *paramTarget, slice any) (rowsFunc, error) {
	write := t.integer
	if write == nil {
		return nil, ErrParamType
	}
	return bindAs(slice, func(dst []byte, v B) ([]byte, error) { return write(dst, int64(v)) })
}

func bindUnsigned[B uint | uint8 | uint16 | uint32](t *paramTarget, slice any) (rowsFunc, error) {
	write := t.unsigned
	if write == nil {
		return nil, ErrParamType
	}
	return bindAs(slice, func(dst []byte, v B) ([]byte, error) { return write(dst, uint64(v)) })
}

func bindFloat[B float32 | float64](t *paramTarget, slice any, bits int) (rowsFunc, error) {
	write := t.float
	if write == nil {
		return nil, ErrParamType
	}
	return bindAs(slice, func(dst []byte, v B) ([]byte, error) { return write(dst, float64(v), bits) })
}

// bindAs returns the loop over a slice of B, of *B or of sql.Null[B], or of pointers to the latter two, which is what a
// [StructBuffer] has of such fields. write is nil if a B cannot become the SQL type. There is one indirect call per value.
func bindAs[B any](slice any, write func([]byte, B) ([]byte, error)) (rowsFunc, error) {
	if write == nil {
		return nil, ErrParamType
	}
	switch v := slice.(type) {
	case []B:
		return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
			return appendRows(dst, ends, v[lo:hi], lo, write)
		}, nil
	case []*B:
		return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
			return appendPointers(dst, ends, v[lo:hi], lo, write)
		}, nil
	case []**B:
		return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
			return appendIndirect(dst, ends, v[lo:hi], lo, write)
		}, nil
	case []sql.Null[B]:
		return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
			return appendNullable(dst, ends, v[lo:hi], lo, write)
		}, nil
	case []*sql.Null[B]:
		return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
			return appendNullables(dst, ends, v[lo:hi], lo, write)
		}, nil
	}
	return nil, ErrParamType
}

// The functions below write all of v, whose first value is that of row first. If ends is not nil, it gets the length of dst
// after each value.

func appendRows[B any](dst []byte, ends []int, v []B, first int, write func([]byte, B) ([]byte, error)) ([]byte, int, error) {
	var err error
	for i := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = write(dst, v[i]); err != nil {
			return dst, first + i, err
		}
		if ends != nil {
			ends[i] = len(dst)
		}
	}
	return dst, 0, nil
}

func appendPointers[B any](dst []byte, ends []int, v []*B, first int, write func([]byte, B) ([]byte, error)) ([]byte, int, error) {
	var err error
	for i, p := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		if p == nil {
			dst = appendNull(dst)
		} else if dst, err = write(dst, *p); err != nil {
			return dst, first + i, err
		}
		if ends != nil {
			ends[i] = len(dst)
		}
	}
	return dst, 0, nil
}

func appendIndirect[B any](dst []byte, ends []int, v []**B, first int, write func([]byte, B) ([]byte, error)) ([]byte, int, error) {
	var err error
	for i, p := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		if p == nil || *p == nil {
			dst = appendNull(dst)
		} else if dst, err = write(dst, **p); err != nil {
			return dst, first + i, err
		}
		if ends != nil {
			ends[i] = len(dst)
		}
	}
	return dst, 0, nil
}

func appendNullable[B any](dst []byte, ends []int, v []sql.Null[B], first int, write func([]byte, B) ([]byte, error)) ([]byte, int, error) {
	var err error
	for i := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !v[i].Valid {
			dst = appendNull(dst)
		} else if dst, err = write(dst, v[i].V); err != nil {
			return dst, first + i, err
		}
		if ends != nil {
			ends[i] = len(dst)
		}
	}
	return dst, 0, nil
}

func appendNullables[B any](dst []byte, ends []int, v []*sql.Null[B], first int, write func([]byte, B) ([]byte, error)) ([]byte, int, error) {
	var err error
	for i, p := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		if p == nil || !p.Valid {
			dst = appendNull(dst)
		} else if dst, err = write(dst, p.V); err != nil {
			return dst, first + i, err
		}
		if ends != nil {
			ends[i] = len(dst)
		}
	}
	return dst, 0, nil
}
