package commands

import (
	"database/sql/driver"
	"encoding"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/exawire/exawire/internal/errtext"
)

// planMethods serves types that are known by name or by what they implement. ok is false if typ is neither; write is
// nil if it is, but cannot become the SQL type.
func (t *paramTarget) planMethods(typ reflect.Type) (write valueFunc, ok bool) {
	switch {
	case typ == typeTime:
		if t.instant != nil {
			write = func(dst []byte, v reflect.Value) ([]byte, error) { return t.instant(dst, *methodsOf(v).(*time.Time)) }
		}
	case typ == typeDuration:
		if t.duration != nil {
			write = func(dst []byte, v reflect.Value) ([]byte, error) { return t.duration(dst, time.Duration(v.Int())) }
		}
	case typ == typeInt, typ == typeRat, typ == typeFloat:
		if t.number != nil {
			write = func(dst []byte, v reflect.Value) ([]byte, error) { return t.bigNumber(dst, methodsOf(v)) }
		}
	case t.raw != nil && isBytes(typ):
		write = t.writeRaw
	case typ.PkgPath() == ownTypes && implements(typ, typeTextAppender):
		write = t.writeTextAppender
	case t.exponents && implements(typ, typeDecomposer):
		write = t.writeDecomposer
	case implements(typ, typeValuer):
		write = t.writeValuer
	case implements(typ, typeTextAppender):
		write = t.writeTextAppender
	case implements(typ, typeTextMarshaler):
		write = t.writeTextMarshaler
	default:
		return nil, false
	}
	return write, true
}

func implements(typ, iface reflect.Type) bool {
	return typ.Implements(iface) || reflect.PointerTo(typ).Implements(iface)
}

// methodsOf returns a pointer to v, which has all of its methods. Elements of slices and what pointers point to are not
// copied.
func methodsOf(v reflect.Value) any {
	if !v.CanAddr() {
		addressable := reflect.New(v.Type())
		addressable.Elem().Set(v)
		return addressable.Interface()
	}
	return v.Addr().Interface()
}

func isBytes(typ reflect.Type) bool {
	kind := typ.Kind()
	return (kind == reflect.Slice || kind == reflect.Array) && typ.Elem().Kind() == reflect.Uint8
}

func (t *paramTarget) writeRaw(dst []byte, v reflect.Value) ([]byte, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return appendNull(dst), nil
	}
	if v.Kind() == reflect.Array && !v.CanAddr() {
		v = reflect.ValueOf(methodsOf(v)).Elem()
	}
	return t.raw(dst, v.Bytes())
}

func (t *paramTarget) writeTextAppender(dst []byte, v reflect.Value) ([]byte, error) {
	text, err := methodsOf(v).(encoding.TextAppender).AppendText(t.scratch[:0])
	if err != nil {
		return dst, errtext.Quiet(v.Type(), "its AppendText method refuses the value", err)
	}
	t.scratch = text
	return t.text(dst, text)
}

// bindPlaces is bind for pointers to places that stay the same, whatever their values.
func (t *paramTarget) bindPlaces(places any) (rowsFunc, error) {
	typ := reflect.TypeOf(places).Elem().Elem()
	if typ.PkgPath() != ownTypes || !reflect.PointerTo(typ).Implements(typeTextAppender) {
		return t.bind(places)
	}
	v := reflect.ValueOf(places)
	appenders := make([]encoding.TextAppender, v.Len())
	for i := range appenders {
		appenders[i] = v.Index(i).Interface().(encoding.TextAppender)
	}
	return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
		return appendRows(dst, ends, appenders[lo:hi], lo, t.appender)
	}, nil
}

// appender writes a value of one of our types.
func (t *paramTarget) appender(dst []byte, v encoding.TextAppender) ([]byte, error) {
	if t.exact != nil {
		start := len(dst)
		if out, err := v.AppendText(append(dst, '"')); err == nil {
			if n := t.exact(out[start+1:]); n > 0 {
				return append(out[:start+1+n], '"'), nil
			}
		}
	}
	text, err := v.AppendText(t.scratch[:0])
	if err != nil {
		return dst, errtext.Quiet(reflect.TypeOf(v).Elem(), "its AppendText method refuses the value", err)
	}
	t.scratch = text
	return t.text(dst, text)
}

func (t *paramTarget) writeTextMarshaler(dst []byte, v reflect.Value) ([]byte, error) {
	text, err := methodsOf(v).(encoding.TextMarshaler).MarshalText()
	if err != nil {
		return dst, errtext.Quiet(v.Type(), "its MarshalText method refuses the value", err)
	}
	return t.text(dst, text)
}

func (t *paramTarget) writeValuer(dst []byte, v reflect.Value) ([]byte, error) {
	if t.depth == maxDepth {
		return dst, fmt.Errorf("%w: its Value method keeps giving other Valuers", ErrParamType)
	}
	value, err := methodsOf(v).(driver.Valuer).Value()
	if err != nil {
		return dst, errtext.Quiet(v.Type(), "its Value method refuses the value", err)
	}
	t.depth++
	defer func() { t.depth-- }()
	dst, err = t.mixed(dst, value)
	if errors.Is(err, ErrParamType) {
		err = fmt.Errorf("its Value method gave %s: %w", errtext.NameOfType(value), err)
	}
	return dst, err
}

func (t *paramTarget) writeDecomposer(dst []byte, v reflect.Value) ([]byte, error) {
	form, negative, coefficient, exponent := methodsOf(v).(decomposer).Decompose(t.coefficient[:])
	if form != 0 {
		return dst, errNotFinite
	}
	text := t.scratch[:0]
	if negative {
		text = append(text, '-')
	}
	text = appendCoefficient(text, coefficient)
	text = append(text, 'e')
	text = strconv.AppendInt(text, int64(exponent), 10)
	t.scratch = text
	return t.number(dst, text)
}

// appendCoefficient appends a big-endian integer in decimal.
func appendCoefficient(dst, coefficient []byte) []byte {
	for len(coefficient) > 0 && coefficient[0] == 0 {
		coefficient = coefficient[1:]
	}
	if len(coefficient) > 8 {
		return new(big.Int).SetBytes(coefficient).Append(dst, 10)
	}
	var n uint64
	for _, b := range coefficient {
		n = n<<8 | uint64(b)
	}
	return strconv.AppendUint(dst, n, 10)
}
