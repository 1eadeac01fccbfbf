package exasqlite

import (
	"database/sql/driver"

	"github.com/exawire/exawire/exatest"
)

// vector is one column of a result: numbers as they are, everything else one after the other in a byte slice.
type vector struct {
	t     typ
	env   env
	n     int
	nulls []uint64
	ints  []int64
	reals []float64
	bytes []byte
	ends  []int
}

var _ exatest.Values = (*vector)(nil)

func (v *vector) add(x driver.Value) {
	if v.n%64 == 0 {
		v.nulls = append(v.nulls, 0)
	}
	if x == nil {
		v.nulls[v.n/64] |= 1 << (v.n % 64)
	}
	v.n++
	switch v.class() {
	case 'i':
		n, _ := x.(int64)
		v.ints = append(v.ints, n)
	case 'f':
		f, _ := x.(float64)
		v.reals = append(v.reals, f)
	default:
		switch x := x.(type) {
		case string:
			v.bytes = append(v.bytes, x...)
		case []byte:
			v.bytes = append(v.bytes, x...)
		}
		v.ends = append(v.ends, len(v.bytes))
	}
}

// class says which slice holds the values.
func (v *vector) class() byte {
	switch v.t.kind {
	case kindBoolean, kindDaySecond, kindYearMonth:
		return 'i'
	case kindDouble:
		return 'f'
	case kindDecimal:
		if !v.t.wide() {
			return 'i'
		}
	}
	return 'b'
}

// Len returns the number of rows.
func (v *vector) Len() int { return v.n }

// AppendText appends the canonical text of a row.
func (v *vector) AppendText(dst []byte, i int) (text []byte, null bool) {
	if v.nulls[i/64]&(1<<(i%64)) != 0 {
		return dst, true
	}
	switch v.class() {
	case 'i':
		return appendCanonical(dst, v.ints[i], v.t, v.env), false
	case 'f':
		return appendCanonical(dst, v.reals[i], v.t, v.env), false
	}
	start := 0
	if i > 0 {
		start = v.ends[i-1]
	}
	b := v.bytes[start:v.ends[i]]
	switch v.t.kind {
	case kindDecimal:
		return decodeWide(b).appendDecimal(dst, v.t.s), false
	case kindTimestamp, kindTimestampLTZ:
		return appendCanonical(dst, string(b), v.t, v.env), false
	}
	return append(dst, b...), false
}
