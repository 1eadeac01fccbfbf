package commands

import (
	"fmt"
	"math/big"
	"reflect"
	"time"
)

// paramTarget writes Go values as JSON values of one SQL type. It has one function for each kind of Go value; a kind
// whose function is nil cannot become the SQL type. Every SQL type takes text. What the functions return with an error
// is of no use.
type paramTarget struct {
	integer  func(dst []byte, v int64) ([]byte, error)
	unsigned func(dst []byte, v uint64) ([]byte, error)
	float    func(dst []byte, v float64, bits int) ([]byte, error)
	boolean  func(dst []byte, v bool) ([]byte, error)
	str      func(dst []byte, v string) ([]byte, error)
	text     func(dst, v []byte) ([]byte, error) // the same as str
	number   func(dst, v []byte) ([]byte, error) // text that spells a number
	rational func(dst []byte, v *big.Rat) ([]byte, error)
	raw      func(dst, v []byte) ([]byte, error) // bytes that are not text
	instant  func(dst []byte, v time.Time) ([]byte, error)
	duration func(dst []byte, v time.Duration) ([]byte, error)

	exact       func(text []byte) int // how much of text stands in quotes as it is, 0 if it is to go through text
	document    bool                  // the SQL type holds text of any kind
	exponents   bool                  // number understands 1e3
	scratch     []byte                // text on its way into str, text and number
	coefficient [16]byte              // room for a decimal's digits
	plans       map[reflect.Type]valueFunc
	depth       int // of values that give other values
}

func newParamTarget(dt DataType, f ParamFormats) (*paramTarget, error) {
	if err := dt.checkBounds(); err != nil {
		return nil, err
	}
	t := &paramTarget{}
	switch dt.Type {
	case Boolean:
		booleanTarget(t)
	case Decimal:
		decimalTarget(t, dt, f)
	case Double:
		doubleTarget(t)
	case Char, Varchar:
		textTarget(t, dt, f)
		t.document = true
	case Date:
		dateTarget(t, f)
	case Timestamp:
		timestampTarget(t, dt, f)
	case TimestampLTZ:
		localTimestampTarget(t, dt, f)
	case IntervalYearToMonth:
		yearToMonthTarget(t, dt)
	case IntervalDayToSecond:
		dayToSecondTarget(t, dt, f.Truncate)
	case Hashtype:
		hashtypeTarget(t, dt)
	default: // GEOMETRY, and types that newer servers may have
		quoted := &quotedText{max: -1}
		t.str, t.text = quoted.appendString, quoted.append
	}
	if t.str == nil {
		t.parseText()
	}
	return t, nil
}

// parseText completes a target that takes text apart. Empty text is NULL, as everywhere in Exasol.
func (t *paramTarget) parseText() {
	parse := t.text
	t.text = func(dst, v []byte) ([]byte, error) {
		if len(v) == 0 {
			return appendNull(dst), nil
		}
		return parse(dst, v)
	}
	t.str = func(dst []byte, v string) ([]byte, error) {
		t.scratch = append(t.scratch[:0], v...)
		return t.text(dst, t.scratch)
	}
}

// checkBounds refuses the properties of a type that would break the arithmetic with them. They come from the server.
func (t DataType) checkBounds() error {
	for _, p := range []struct {
		name  string
		value *int
		most  int
	}{
		{"precision", t.Precision, MaxPrecision},
		{"scale", t.Scale, MaxPrecision},
		{"fraction", t.Fraction, 9},
		{"size", t.Size, 1 << 30},
	} {
		if p.value != nil && (*p.value < 0 || *p.value > p.most) {
			return fmt.Errorf("%w: %s %d of the SQL type is out of bounds", ErrParamType, p.name, *p.value)
		}
	}
	if t.Precision != nil && t.Scale != nil && *t.Scale > *t.Precision {
		return fmt.Errorf("%w: scale %d of the SQL type is above its precision %d", ErrParamType, *t.Scale, *t.Precision)
	}
	return nil
}

// orElse returns *p, or otherwise if p is nil.
func orElse(p *int, otherwise int) int {
	if p == nil {
		return otherwise
	}
	return *p
}

func appendNull(dst []byte) []byte { return append(dst, "null"...) }
