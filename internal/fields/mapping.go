package fields

import (
	"fmt"
	"reflect"
	"strings"
)

// Mapping says how columns find their fields. The zero value is by name, and nothing may be left over on either side.
type Mapping struct {
	ByPosition bool // the first column belongs to the first field and so on
	Lax        bool // columns without a field and fields without a column are ignored
}

// Target says which field belongs to a column: where it is in the struct, as [reflect.Value.FieldByIndex] wants it.
type Target struct {
	Column int
	Index  []int
}

// Map finds the fields of a struct type that belong to the columns with these names. Names are the field's tag "exa", or
// else its own name, and are compared regardless of case. The targets are in the order of the columns.
func Map(t reflect.Type, columns []string, m Mapping) ([]Target, error) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	if m.ByPosition {
		if len(fields) != len(columns) && !m.Lax {
			return nil, fmt.Errorf("%d fields for %d columns", len(fields), len(columns))
		}
		var targets []Target
		for i := range min(len(fields), len(columns)) {
			targets = append(targets, Target{i, fields[i].index})
		}
		return targets, nil
	}
	owner := make([]*field, len(columns))
	for i := range fields {
		f := &fields[i]
		col, err := find(f.name, columns)
		switch {
		case err != nil:
			return nil, fmt.Errorf("field %s: %w", f.goName, err)
		case col < 0 && m.Lax:
			continue
		case col < 0:
			return nil, fmt.Errorf("field %s: no column %q", f.goName, f.name)
		case owner[col] != nil:
			return nil, fmt.Errorf("column %d %q belongs to the fields %s and %s", col, columns[col], owner[col].goName, f.goName)
		}
		owner[col] = f
	}
	var targets []Target
	for i, f := range owner {
		switch {
		case f != nil:
			targets = append(targets, Target{i, f.index})
		case !m.Lax:
			return nil, fmt.Errorf("column %d %q: no field", i, columns[i])
		}
	}
	return targets, nil
}

// InOrder returns the targets of all fields of a struct type, the first field for the first column and so on.
func InOrder(t reflect.Type) ([]Target, error) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	targets := make([]Target, len(fields))
	for i, f := range fields {
		targets[i] = Target{i, f.index}
	}
	return targets, nil
}

// find returns the column with this name, -1 if there is none. Names that differ only in case are told apart if one of
// them matches exactly: quoted identifiers may differ in case alone.
func find(name string, columns []string) (int, error) {
	for _, equal := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		found := -1
		for i, c := range columns {
			if !equal(c, name) {
				continue
			}
			if found >= 0 {
				return -1, fmt.Errorf("columns %d %q and %d %q both match", found, columns[found], i, c)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return -1, nil
}
