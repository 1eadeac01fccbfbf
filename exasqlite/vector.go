package exasqlite

import (
	"database/sql/driver"

	"github.com/exawire/exawire/exatest"
)

// Columns of results. A result is read from SQLite as a whole before the first row is sent, since the server may be
// asked for it in any number of pieces later, when the transaction is over.

// vector is one column of a result: numbers as they are, everything else one after the other in a byte slice.
type vector struct {
	t     typ
	env   env      // for the text of times
	n     int      // rows
	nulls []uint64 // a bit for each row
	ints  []int64
	reals []float64
	bytes []byte
	ends  []int // of each value in bytes
}

var _ exatest.Values = (*vector)(nil)

// add appends a value as SQLite gave it. Bytes are copied: SQLite uses its buffer again for the next row.
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
	// What is stored as text is mostly the canonical text already.
	b := v.bytes[start:v.ends[i]]
	switch v.t.kind {
	case kindDecimal:
		return decodeWide(b).appendDecimal(dst, v.t.s), false
	case kindTimestamp, kindTimestampLTZ:
		return appendCanonical(dst, string(b), v.t, v.env), false
	}
	return append(dst, b...), false
}
