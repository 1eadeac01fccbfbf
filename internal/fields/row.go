package fields

import (
	"database/sql/driver"
	"encoding"
	"fmt"
	"reflect"

	"github.com/exawire/exawire/internal/errtext"
)

// CheckRow returns an error that says what to write if values of t are no rows that can be written. all is how a slice of
// them, named rows, is written.
func CheckRow(t reflect.Type, all string) error {
	if IsScalar(t) || writesItself(t) {
		return nil
	}
	name := errtext.TypeName(t)
	switch t.Kind() {
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Struct {
			return fmt.Errorf("rows are %s, not pointers to it: yield *v for each v", errtext.TypeName(t.Elem()))
		}
	case reflect.Map:
		return fmt.Errorf("a row is a struct, not a %s: give the values in the order of the columns to Stmt.ExecRows, as []any", name)
	case reflect.Slice, reflect.Array:
		elem := t.Elem()
		if elem.Kind() == reflect.Pointer {
			elem = elem.Elem()
		}
		switch {
		case elem.Kind() == reflect.Uint8: // the value of a column
		case elem.Kind() == reflect.Struct && !IsScalar(elem):
			return fmt.Errorf("a row is one %s, not a %s: write %s if rows is a %s, and yield rows one by one if they come in several slices",
				errtext.TypeName(elem), name, all, name)
		default:
			return fmt.Errorf("a row is a struct, not a %s: write stmt.ExecRows(ctx, exawire.WithoutErrors(rows)) with a prepared INSERT, and rows of []any", name)
		}
	}
	return nil
}

// writesItself reports whether values of t say by methods how they are written, so that one is the value of a column.
func writesItself(t reflect.Type) bool {
	for _, by := range []reflect.Type{reflect.TypeFor[driver.Valuer](), reflect.TypeFor[encoding.TextAppender](), reflect.TypeFor[encoding.TextMarshaler]()} {
		if t.Implements(by) || reflect.PointerTo(t).Implements(by) {
			return true
		}
	}
	return false
}

// ForColumns returns the targets of the fields of a row type that [CheckRow] accepts: a struct, or one that is the value of
// the only column. columns is nil if they are not known, and then all fields have one, in their order.
func ForColumns(t reflect.Type, columns []string, m Mapping) ([]Target, error) {
	switch {
	case t.Kind() != reflect.Struct || IsScalar(t):
		if columns != nil && (len(columns) == 0 || len(columns) > 1 && !m.Lax) {
			return nil, CountError(t, len(columns))
		}
		return []Target{{}}, nil
	case columns == nil:
		return InOrder(t)
	}
	return Map(t, columns, m)
}
