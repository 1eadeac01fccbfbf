package fields

import (
	"database/sql"
	"encoding"
	"reflect"
	"time"
)

var (
	scannerType     = reflect.TypeFor[sql.Scanner]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	anyType         = reflect.TypeFor[any]()
)

// kindTypes are the types that named types of the same kind are stored like.
var kindTypes = map[reflect.Kind]reflect.Type{
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int8: reflect.TypeFor[int8](), reflect.Int16: reflect.TypeFor[int16](),
	reflect.Int32: reflect.TypeFor[int32](), reflect.Int64: reflect.TypeFor[int64](),
	reflect.Uint: reflect.TypeFor[uint](), reflect.Uint8: reflect.TypeFor[uint8](), reflect.Uint16: reflect.TypeFor[uint16](),
	reflect.Uint32: reflect.TypeFor[uint32](), reflect.Uint64: reflect.TypeFor[uint64](),
	reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
	reflect.Slice: reflect.TypeFor[[]byte](), reflect.Struct: reflect.TypeFor[time.Time](),
}

// Base returns the type without methods of its own, or time.Time, that values of t are stored like. ok is false if there
// is none.
func Base(t reflect.Type) (base reflect.Type, ok bool) {
	base, ok = kindTypes[t.Kind()]
	return base, ok && reflect.PointerTo(t).ConvertibleTo(reflect.PointerTo(base))
}

// IsScalar reports whether a value of t belongs to one column, so that an embedded t is a field and not a list of fields:
// the types that [Base] knows, any, what has methods for it, and pointers to these.
func IsScalar(t reflect.Type) bool {
	ptr := reflect.PointerTo(t)
	if t == anyType || ptr.Implements(scannerType) || ptr.Implements(unmarshalerType) {
		return true
	}
	if t.Kind() == reflect.Pointer {
		return IsScalar(t.Elem())
	}
	_, ok := Base(t)
	return ok
}
