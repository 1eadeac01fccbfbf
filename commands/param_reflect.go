package commands

import (
	"database/sql"
	"database/sql/driver"
	"encoding"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"
)

// valueFunc writes one value of the type that it was made for.
type valueFunc func(dst []byte, v reflect.Value) ([]byte, error)

// decomposer is the decimal interface of database/sql.
type decomposer interface {
	Decompose(buf []byte) (form byte, negative bool, coefficient []byte, exponent int32)
}

var (
	typeTime     = reflect.TypeFor[time.Time]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeInt      = reflect.TypeFor[big.Int]()
	typeRat      = reflect.TypeFor[big.Rat]()
	typeFloat    = reflect.TypeFor[big.Float]()
	typeNamedArg = reflect.TypeFor[sql.NamedArg]()

	typeValuer        = reflect.TypeFor[driver.Valuer]()
	typeDecomposer    = reflect.TypeFor[decomposer]()
	typeTextAppender  = reflect.TypeFor[encoding.TextAppender]()
	typeTextMarshaler = reflect.TypeFor[encoding.TextMarshaler]()

	// ownTypes is the package of Decimal, YearMonth and DaySecond. They are Valuers, but their AppendText gives the
	// same text without allocating. Of other packages' types one cannot know that it does.
	ownTypes = strings.TrimSuffix(reflect.TypeFor[ColumnInfo]().PkgPath(), "commands") + "resultset"
)

// maxDepth bounds pointers to pointers and Valuers that give Valuers.
const maxDepth = 8

// bindReflected returns the loop over a slice of any other type.
func (t *paramTarget) bindReflected(slice any) (rowsFunc, error) {
	v := reflect.ValueOf(slice)
	write, err := t.plan(v.Type().Elem(), 0)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, ends []int, lo, hi int) ([]byte, int, error) {
		v := v.Slice(lo, hi)
		var err error
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = write(dst, v.Index(i)); err != nil {
				return dst, lo + i, err
			}
			if ends != nil {
				ends[i] = len(dst)
			}
		}
		return dst, 0, nil
	}, nil
}

// appendMixed writes values of mixed types, the first of which is that of row first.
func (t *paramTarget) appendMixed(dst []byte, ends []int, v []any, first int) ([]byte, int, error) {
	return appendRows(dst, ends, v, first, t.mixed)
}

// mixed writes a value by its dynamic type.
func (t *paramTarget) mixed(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return appendNull(dst), nil
	case string:
		return t.str(dst, v)
	case int:
		if t.integer != nil {
			return t.integer(dst, int64(v))
		}
	case int64:
		if t.integer != nil {
			return t.integer(dst, v)
		}
	case float64:
		if t.float != nil {
			return t.float(dst, v, 64)
		}
	case bool:
		if t.boolean != nil {
			return t.boolean(dst, v)
		}
	case time.Time:
		if t.instant != nil {
			return t.instant(dst, v)
		}
	case []byte:
		return t.byteSlice(dst, v)
	default:
		return t.other(dst, v)
	}
	return dst, ErrParamType
}

// other writes a value by a plan for its type, which is made once.
func (t *paramTarget) other(dst []byte, v any) ([]byte, error) {
	rv := reflect.ValueOf(v)
	write, ok := t.plans[rv.Type()]
	if !ok {
		var err error
		if write, err = t.plan(rv.Type(), 0); err != nil {
			return dst, err
		}
		if t.plans == nil {
			t.plans = make(map[reflect.Type]valueFunc)
		}
		t.plans[rv.Type()] = write
	}
	return write(dst, rv)
}

// plan decides how values of a type are written. The order matters: a type that says how it wants to be stored is asked
// before its kind is looked at.
func (t *paramTarget) plan(typ reflect.Type, depth int) (valueFunc, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: more than %d pointers deep", ErrParamType, maxDepth)
	}
	switch {
	case typ.Kind() == reflect.Interface:
		return func(dst []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return appendNull(dst), nil
			}
			return t.mixed(dst, v.Interface())
		}, nil
	case typ.Kind() == reflect.Pointer:
		elem, err := t.plan(typ.Elem(), depth+1)
		if err != nil {
			return nil, err
		}
		return func(dst []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return appendNull(dst), nil
			}
			return elem(dst, v.Elem())
		}, nil
	case isSQLNull(typ):
		field, err := t.plan(typ.Field(0).Type, depth+1)
		if err != nil {
			return nil, err
		}
		return func(dst []byte, v reflect.Value) ([]byte, error) {
			if !v.Field(1).Bool() {
				return appendNull(dst), nil
			}
			return field(dst, v.Field(0))
		}, nil
	}
	if write, ok := t.planMethods(typ); ok {
		if write == nil {
			return nil, ErrParamType
		}
		return write, nil
	}
	if write := t.planKind(typ); write != nil {
		return write, nil
	}
	return nil, t.misfit(typ)
}

// misfit returns why values of a type cannot become the SQL type, with what to write instead.
func (t *paramTarget) misfit(typ reflect.Type) error {
	switch kind := typ.Kind(); {
	case typ == typeNamedArg:
		return errNamedArg
	case isBytes(typ):
		return ErrParamType
	case t.document && (kind == reflect.Struct || kind == reflect.Map):
		return errDocument
	case kind == reflect.Slice || kind == reflect.Array:
		return errList
	}
	return ErrParamType
}

var (
	errNamedArg = fmt.Errorf("%w: there are no named parameters: write ? for each, and give the arguments in their order", ErrParamType)
	errDocument = fmt.Errorf("%w: use exawire.JSON[T] to write it as JSON", ErrParamType)
	errList     = fmt.Errorf("%w: it is not a list of arguments: write one ? for each value, and give them one by one", ErrParamType)
)

// isSQLNull recognizes sql.Null[T] and sql.NullString and its kin: a value, and whether there is one.
func isSQLNull(typ reflect.Type) bool {
	return typ.Kind() == reflect.Struct && typ.PkgPath() == "database/sql" && typ.NumField() == 2 &&
		strings.HasPrefix(typ.Name(), "Null") && typ.Field(1).Name == "Valid"
}

// planKind serves types defined from the basic ones.
func (t *paramTarget) planKind(typ reflect.Type) valueFunc {
	kind := typ.Kind()
	switch {
	case kind == reflect.String:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return t.str(dst, v.String()) }
	case kind == reflect.Bool && t.boolean != nil:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return t.boolean(dst, v.Bool()) }
	case kind >= reflect.Int && kind <= reflect.Int64 && t.integer != nil:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return t.integer(dst, v.Int()) }
	case kind >= reflect.Uint && kind <= reflect.Uint64 && t.unsigned != nil:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return t.unsigned(dst, v.Uint()) }
	case (kind == reflect.Float32 || kind == reflect.Float64) && t.float != nil:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return t.float(dst, v.Float(), typ.Bits()) }
	case kind == reflect.Slice && typ.Elem().Kind() == reflect.Uint8:
		return func(dst []byte, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return appendNull(dst), nil
			}
			return t.text(dst, v.Bytes())
		}
	}
	return nil
}
