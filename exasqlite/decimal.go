package exasqlite

import (
	"database/sql/driver"
	"strconv"
	"strings"
)

// DECIMALs as they are stored: a whole number, which the type's scale moves the point of.

// decimalOf returns the unscaled value of a stored DECIMAL.
func decimalOf(v driver.Value) int128 {
	switch v := v.(type) {
	case int64:
		return int128From(v)
	case []byte:
		if len(v) == wideLen {
			return decodeWide(v)
		}
	}
	return int128{}
}

// decimalValue is how a DECIMAL of type t is stored.
func decimalValue(x int128, t typ) driver.Value {
	if t.wide() {
		return x.wide()
	}
	v, _ := x.int64()
	return v
}

// toDecimal converts a number or a truth value. A DOUBLE is taken for the shortest number that reads as it, not for its
// binary value: 0.1 becomes 0.1.
func toDecimal(v driver.Value, from, to typ) (driver.Value, error) {
	switch from.kind {
	case kindBoolean:
		from = decimalType(1, 0)
		fallthrough
	case kindDecimal:
		// More digits than the type has are rounded after the point and an error before it.
		x, ok := decimalOf(v).rescale(from.s, to.s, to.p)
		if !ok {
			return nil, errRange()
		}
		return decimalValue(x, to), nil
	case kindDouble:
		x, err := parseDecimalText(strconv.FormatFloat(v.(float64), 'f', -1, 64), to)
		if err != nil {
			return nil, err
		}
		return decimalValue(x, to), nil
	}
	return nil, errConversion(from, to)
}

// decimalToDouble rounds once: a division by a power of ten would round twice.
func decimalToDouble(x int128, scale int) float64 {
	f, _ := strconv.ParseFloat(string(x.appendDecimal(nil, scale)), 64)
	return f
}

// plainDecimal is a number as it is written: digits * 10^exponent.
type plainDecimal struct {
	negative bool
	digits   string // without zeros in front; empty for 0
	exponent int
}

// scanDecimal takes a number apart; ok is false for what is none.
func scanDecimal(text string) (d plainDecimal, ok bool) {
	mantissa := strings.TrimSpace(text)
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		n, err := strconv.Atoi(mantissa[i+1:])
		if err != nil {
			return d, false
		}
		mantissa, d.exponent = mantissa[:i], n
	}
	d.negative = strings.HasPrefix(mantissa, "-")
	if d.negative || strings.HasPrefix(mantissa, "+") {
		mantissa = mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.digits = whole + fraction
	if d.digits == "" {
		return d, false
	}
	for i := 0; i < len(d.digits); i++ {
		if !isDigit(d.digits[i]) {
			return d, false
		}
	}
	d.digits = strings.TrimLeft(d.digits, "0")
	d.exponent -= len(fraction)
	return d, true
}

// parseDecimalText reads a number and brings it to the scale of t, rounded half away from zero.
func parseDecimalText(text string, t typ) (int128, error) { return parseDecimal(text, t, true) }

// parseDecimal is parseDecimalText, or cuts what is beyond the scale instead of rounding.
func parseDecimal(text string, t typ, round bool) (int128, error) {
	d, ok := scanDecimal(text)
	switch {
	case !ok:
		return int128{}, errCast(text)
	case d.digits == "":
		return int128{}, nil
	}
	// The value is digits * 10^shift in units of the type's scale. An exponent can be anything, so the number of digits is
	// looked at before they are multiplied.
	digits, shift := d.digits, d.exponent+t.s
	if len(digits)+shift > t.p+1 {
		return int128{}, errRange()
	}
	if len(digits)+shift < 0 {
		return int128{}, nil
	}
	up := false
	if shift < 0 {
		cut := len(digits) + shift
		up = round && digits[cut] >= '5'
		digits = digits[:cut]
	}
	var x int128
	for i := 0; i < len(digits); i++ {
		x = x.times10().add(int128From(int64(digits[i] - '0')))
	}
	for ; shift > 0; shift-- {
		x = x.times10()
	}
	if up {
		x = x.add(int128From(1))
	}
	if !x.fits(t.p) {
		return int128{}, errRange()
	}
	if d.negative {
		x = x.neg()
	}
	return x, nil
}

// times10 is 8x + 2x.
func (x int128) times10() int128 {
	y := x.add(x)
	z := y.add(y)
	return z.add(z).add(y)
}
