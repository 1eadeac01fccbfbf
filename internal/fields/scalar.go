package fields

import (
	"database/sql"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"time"
)

var (
	scannerType     = reflect.TypeFor[sql.Scanner]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	anyType         = reflect.TypeFor[any]()
	timeType        = reflect.TypeFor[time.Time]()
)

// kindTypes are the types that named types of the same kind are stored like.
var kindTypes = map[reflect.Kind]reflect.Type{
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int8](), reflect.Int16: reflect.TypeFor[int16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Int64: reflect.TypeFor[int64](),
	reflect.Uint: reflect.TypeFor[uint](), reflect.Uint8: reflect.TypeFor[uint8](), reflect.Uint16: reflect.TypeFor[uint16](),
	reflect.Uint32: reflect.TypeFor[uint32](), reflect.Uint64: reflect.TypeFor[uint64](),
	reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
	reflect.Slice: reflect.TypeFor[[]byte](), reflect.Struct: timeType,
}

// Base returns the type without methods of its own, or time.Time, that values of t are stored like. ok is false if there
// is none.
func Base(t reflect.Type) (base reflect.Type, ok bool) {
	base, ok = kindTypes[t.Kind()]
	return base, ok && reflect.PointerTo(t).ConvertibleTo(reflect.PointerTo(base))
}

// MaxDepth bounds pointers to pointers, and what else a type can wrap a type in: a type can be one that never ends.
const MaxDepth = 8

// IsScalar reports whether a value of t belongs to one column, so that an embedded t is a field and not a list of fields:
// the types that [Base] knows, any, what has methods for it, and pointers to these. What is more than [MaxDepth] pointers
// deep counts too, wherever it ends: the reader of a column says that it is too deep. The methods of an embedded field do
// not make a struct a value that has other fields for columns; only beside a Valid of type bool, as in types that can be
// NULL, they do.
func IsScalar(t reflect.Type) bool {
	for range MaxDepth + 1 {
		if t == anyType || hasMethods(t, scannerType) || hasMethods(t, unmarshalerType) {
			return true
		}
		if t.Kind() != reflect.Pointer {
			_, ok := Base(t)
			return ok
		}
		t = t.Elem()
	}
	return true
}

// hasMethods reports whether t reads a value by the methods of iface.
func hasMethods(t, iface reflect.Type) bool {
	if !reflect.PointerTo(t).Implements(iface) {
		return false
	}
	return t.Kind() != reflect.Struct || !borrowsMethods(t, iface)
}

// borrowsMethods reports whether a struct has the methods of iface from an embedded field, beside which there are others.
// A struct may have methods of its own in their place, which cannot be seen.
func borrowsMethods(t, iface reflect.Type) bool {
	lenders, others, valid := 0, 0, false
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case f.Anonymous && (f.Type.Implements(iface) || reflect.PointerTo(f.Type).Implements(iface)):
			lenders++
		case f.Tag.Get("exa") == "-":
		case f.IsExported() || f.Anonymous:
			others++
			valid = f.Name == "Valid" && f.Type.Kind() == reflect.Bool
		}
	}
	return lenders > 0 && others > 0 && (others > 1 || !valid)
}

var errNoColumns = errors.New("the statement gives no rows")

// CountError says that a number of columns cannot be the one of a value of t.
func CountError(t reflect.Type, columns int) error {
	if columns == 0 {
		return errNoColumns
	}
	if t.Kind() == reflect.Struct && t != timeType {
		return fmt.Errorf("%d columns for one value: a Scan or UnmarshalText method reads the whole struct", columns)
	}
	return fmt.Errorf("%d columns for one value", columns)
}
