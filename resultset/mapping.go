package resultset

import (
	"errors"
	"reflect"
	"strconv"
	"sync"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/fields"
)

// MapOption changes how columns find the fields of a struct.
type MapOption func(*fields.Mapping)

// ByPosition stores the first column in the first field and so on. Names and tags do not matter, except that a field
// tagged "-" is left out. By default columns find their fields by name.
func ByPosition() MapOption { return func(m *fields.Mapping) { m.ByPosition = true } }

// Lax ignores columns without a field and fields without a column, which keep their zero value. By default both are
// errors. With Lax, a T that takes one column gets the first one.
func Lax() MapOption { return func(m *fields.Mapping) { m.Lax = true } }

func newMapping(opts []MapOption) (m fields.Mapping) {
	for _, o := range opts {
		o(&m)
	}
	return m
}

// known is what is kept of a type that rows went into.
type known struct {
	targets []fields.Target
	spare   sync.Pool // of *into of the type
}

// Both by the type and by the kinds of the columns, structs also by their names.
var knownStructs, knownScalars fields.Cache[*known]

// knownOf returns what is known of a type that does not take whole rows.
func knownOf(t reflect.Type, cols []commands.ColumnInfo, m fields.Mapping) (*known, error) {
	switch {
	case t.Kind() == reflect.Struct && !fields.IsScalar(t):
		return structOf(t, t, cols, m)
	case isStructPointer(t):
		return structOf(t, t.Elem(), cols, m)
	}
	return scalarOf(t, cols, m)
}

// isStructPointer reports whether t points to a struct whose fields take the columns.
func isStructPointer(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Name() == "" && t.Elem().Kind() == reflect.Struct && !fields.IsScalar(t)
}

// scalarOf returns what is known of a type that takes the value of one column.
func scalarOf(t reflect.Type, cols []commands.ColumnInfo, m fields.Mapping) (*known, error) {
	if len(cols) != 1 && (len(cols) == 0 || !m.Lax) {
		return newScalar(t, len(cols))
	}
	k := kindOf(cols[0].DataType)
	return knownScalars.Get(fields.Key{Type: t, Columns: kindKeys[k : k+1], Mapping: m}, func() (*known, error) { return newScalar(t, 1) })
}

// newScalar is scalarOf for a type that comes for the first time, or for a wrong number of columns.
func newScalar(t reflect.Type, columns int) (*known, error) {
	var err error
	switch {
	case !fields.IsScalar(t):
		err = errors.New("rows go into structs, pointers to structs, map[string]any, []any, and types of one column")
	case columns != 1:
		err = fields.CountError(t, columns)
	default:
		return &known{targets: []fields.Target{{}}}, nil
	}
	return nil, &ScanError{Index: -1, Row: -1, Go: errtext.TypeName(t), Err: err}
}

// kindKeys has a letter for each kind.
const kindKeys = "abcdefgh"

// structOf returns what is known of t, a struct type or a pointer to one.
func structOf(t, structType reflect.Type, cols []commands.ColumnInfo, m fields.Mapping) (*known, error) {
	var columns []byte // the kind and the name of each, with the length of the name before it
	for _, c := range cols {
		columns = append(columns, kindKeys[kindOf(c.DataType)])
		columns = strconv.AppendInt(columns, int64(len(c.Name)), 10)
		columns = append(columns, ' ')
		columns = append(columns, c.Name...)
	}
	return knownStructs.Get(fields.Key{Type: t, Columns: string(columns), Mapping: m}, func() (*known, error) {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.Name
		}
		targets, err := fields.Map(structType, names, m)
		if err != nil {
			return nil, &ScanError{Index: -1, Row: -1, Go: errtext.TypeName(t), Err: err}
		}
		return &known{targets: targets}, nil
	})
}
