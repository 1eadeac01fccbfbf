package resultset

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"time"
)

// What goes into what. The rule is exact or error: a conversion succeeds if the SQL value can be had back from the Go
// value. Floats hold a DECIMAL when they print as the same number at its scale, which they do up to 15 digits (float32:
// 6), although few of them are equal to it in binary.

var (
	errRange    = errors.New("value out of range")
	errFraction = errors.New("value has a fraction")
	errDigits   = errors.New("value has more digits than the type holds")
)

type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

func intFromInt[D integer](v int64) (D, error) {
	d := D(v)
	if int64(d) != v || (d < 0) != (v < 0) {
		return 0, errRange
	}
	return d, nil
}

func intFromUint[D integer](v uint64) (D, error) {
	d := D(v)
	if uint64(d) != v || d < 0 {
		return 0, errRange
	}
	return d, nil
}

func intFromDecimal[D integer](v Decimal) (D, error) {
	if n, ok := v.Int64(); ok {
		return intFromInt[D](n)
	}
	rat := v.Rat()
	switch {
	case !rat.IsInt():
		return 0, errFraction
	case !rat.Num().IsUint64():
		return 0, errRange
	}
	return intFromUint[D](rat.Num().Uint64())
}

func intFromFloat[D integer](v float64) (D, error) {
	switch {
	case v != math.Trunc(v):
		return 0, errFraction
	case v >= -1<<63 && v < 1<<63:
		return intFromInt[D](int64(v))
	case v >= 1<<63 && v < 1<<64:
		return intFromUint[D](uint64(v))
	}
	return 0, errRange
}

func float64FromInt(v int64) (float64, error) {
	f := float64(v)
	if f >= 1<<63 || int64(f) != v {
		return 0, errDigits
	}
	return f, nil
}

func float32FromInt(v int64) (float32, error) {
	f := float32(v)
	if f >= 1<<63 || int64(f) != v {
		return 0, errDigits
	}
	return f, nil
}

func float32FromFloat(v float64) (float32, error) {
	f := float32(v)
	if float64(f) != v {
		return 0, errDigits
	}
	return f, nil
}

func float64FromDecimal(v Decimal) (float64, error) {
	f := v.Float64()
	if !printsAs(f, 64, v) {
		return 0, errDigits
	}
	return f, nil
}

func float32FromDecimal(v Decimal) (float32, error) {
	// By way of the text, because rounding twice may end at the wrong float32.
	f, err := strconv.ParseFloat(v.String(), 32)
	if err != nil {
		return 0, errRange
	}
	if !printsAs(f, 32, v) {
		return 0, errDigits
	}
	return float32(f), nil
}

// printsAs reports whether f, written with as many digits after the point as v has, is v.
func printsAs(f float64, bits int, v Decimal) bool {
	const certain64, certain32 = 1e15, 1e6 // every number of fewer digits survives
	if v.hi == 0 && (v.lo < certain32 || bits == 64 && v.lo < certain64) {
		return true
	}
	var a, b [64]byte
	want, err := v.AppendText(a[:0])
	return err == nil && string(strconv.AppendFloat(b[:0], f, 'f', v.Scale(), bits)) == string(want)
}

func bigIntFromInt(v int64) (big.Int, error) { return *big.NewInt(v), nil }

func bigIntFromDecimal(v Decimal) (big.Int, error) {
	rat := v.Rat()
	if !rat.IsInt() {
		return big.Int{}, errFraction
	}
	return *rat.Num(), nil
}

func bigIntFromFloat(v float64) (big.Int, error) {
	if v != math.Trunc(v) || math.IsInf(v, 0) {
		return big.Int{}, errFraction
	}
	n, _ := big.NewFloat(v).Int(nil)
	return *n, nil
}

func bigRatFromInt(v int64) (big.Rat, error)       { return *new(big.Rat).SetInt64(v), nil }
func bigRatFromDecimal(v Decimal) (big.Rat, error) { return *v.Rat(), nil }

func bigRatFromFloat(v float64) (big.Rat, error) {
	rat := new(big.Rat).SetFloat64(v)
	if rat == nil {
		return big.Rat{}, errRange
	}
	return *rat, nil
}

func decimalFromInt(v int64) (Decimal, error) { return NewDecimal(v, 0) }

func durationFromDaySecond(v DaySecond) (time.Duration, error) {
	d, ok := v.Duration()
	if !ok {
		return 0, errRange
	}
	return d, nil
}

// textOf returns a function that makes a D from the text of a value: an append function writes the text into memory
// that is used again, copy takes it out.
func textOf[S, D any](appendText func([]byte, S) []byte, copy func([]byte) D) func(S) (D, error) {
	var scratch []byte
	return func(v S) (D, error) {
		scratch = appendText(scratch[:0], v)
		return copy(scratch), nil
	}
}

func appendInt(b []byte, v int64) []byte     { return strconv.AppendInt(b, v, 10) }
func appendFloat(b []byte, v float64) []byte { return strconv.AppendFloat(b, v, 'g', -1, 64) }
func appendBool(b []byte, v bool) []byte     { return strconv.AppendBool(b, v) }

func appendDecimal(b []byte, v Decimal) []byte {
	text, err := v.AppendText(b)
	if err != nil {
		return b // no Decimal from a column has no text
	}
	return text
}
