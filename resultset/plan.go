package resultset

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/exawire/exawire/commands"
)

// Option changes how columns find the fields of a struct.
type Option func(*mapping)

// mapping is the sum of the options.
type mapping struct{ byPosition, lax bool }

// ByPosition stores the first column in the first field and so on; names and tags do not matter, except that a field
// tagged "-" is left out. The default is by name.
func ByPosition() Option { return func(m *mapping) { m.byPosition = true } }

// Lax ignores columns without a field and fields without a column, which keep their zero value. By default both are
// errors. With Lax a T that is not a struct gets the first column.
func Lax() Option { return func(m *mapping) { m.lax = true } }

func newMapping(opts []Option) (m mapping) {
	for _, o := range opts {
		o(&m)
	}
	return m
}

// target says where the values of one column go: into a field of a struct, or into the whole value if index is empty.
type target struct {
	column int
	index  []int
}

// knownStruct is what is kept of a struct type that rows went into.
type knownStruct struct {
	targets []target
	spare   sync.Pool // of *into of the type
}

// targetsKey is what a knownStruct depends on.
type targetsKey struct {
	typ     reflect.Type
	columns string // the kind and the name of each, with the length of the name before it
	mapping mapping
}

// knownTargets has the structs that are known: programs run the same queries again and again. It is emptied when it gets
// large, because column names are data.
var knownTargets struct {
	sync.Mutex
	m map[targetsKey]*knownStruct
}

const maxKnownTargets = 1000

// structOf returns what is known of a struct type.
func structOf(t reflect.Type, cols []commands.Column, m mapping) (*knownStruct, error) {
	var columns []byte
	for _, c := range cols {
		columns = append(columns, 'a'+byte(kindOf(c.DataType)))
		columns = strconv.AppendInt(columns, int64(len(c.Name)), 10)
		columns = append(columns, ' ')
		columns = append(columns, c.Name...)
	}
	key := targetsKey{t, string(columns), m}
	knownTargets.Lock()
	known, ok := knownTargets.m[key]
	knownTargets.Unlock()
	if ok {
		return known, nil
	}
	targets, err := mapColumns(t, cols, m)
	if err != nil {
		return nil, &ScanError{Index: -1, Row: -1, Go: t.String(), Err: err}
	}
	knownTargets.Lock()
	defer knownTargets.Unlock()
	if len(knownTargets.m) >= maxKnownTargets {
		clear(knownTargets.m)
	} else if knownTargets.m == nil {
		knownTargets.m = make(map[targetsKey]*knownStruct)
	}
	known = &knownStruct{targets: targets}
	knownTargets.m[key] = known
	return known, nil
}

// mapColumns finds the field of each column.
func mapColumns(t reflect.Type, cols []commands.Column, m mapping) ([]target, error) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	if m.byPosition {
		if len(fields) != len(cols) && !m.lax {
			return nil, fmt.Errorf("%d fields for %d columns", len(fields), len(cols))
		}
		var targets []target
		for i := range min(len(fields), len(cols)) {
			targets = append(targets, target{i, fields[i].index})
		}
		return targets, nil
	}
	owner := make([]*field, len(cols))
	for i := range fields {
		f := &fields[i]
		col, err := findColumn(f.name, cols)
		switch {
		case err != nil:
			return nil, fmt.Errorf("field %s: %w", f.goName, err)
		case col < 0 && m.lax:
			continue
		case col < 0:
			return nil, fmt.Errorf("field %s: no column %q", f.goName, f.name)
		case owner[col] != nil:
			return nil, fmt.Errorf("column %d %q belongs to the fields %s and %s", col, cols[col].Name, owner[col].goName, f.goName)
		}
		owner[col] = f
	}
	var targets []target
	for i, f := range owner {
		switch {
		case f != nil:
			targets = append(targets, target{i, f.index})
		case !m.lax:
			return nil, fmt.Errorf("column %d %q: no field", i, cols[i].Name)
		}
	}
	return targets, nil
}

// findColumn returns the column with this name, -1 if there is none. Names that differ only in case are told apart if
// one of them matches exactly: quoted identifiers may differ in case alone.
func findColumn(name string, cols []commands.Column) (int, error) {
	for _, equal := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		found := -1
		for i, c := range cols {
			if !equal(c.Name, name) {
				continue
			}
			if found >= 0 {
				return -1, fmt.Errorf("columns %d %q and %d %q both match", found, cols[found].Name, i, c.Name)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return -1, nil
}

// field is a field of a struct that a column can go into.
type field struct {
	name   string // tag, or else the field's own name
	goName string // with the embedded structs it is in
	index  []int
}

// fieldsOf returns the fields of a struct and of the structs embedded in it, in the order of the source.
func fieldsOf(t reflect.Type) ([]field, error) {
	fields, err := appendFields(nil, t, nil, "")
	if err != nil {
		return nil, err
	}
	// As in Go itself, a field hides those of the same name that are embedded more deeply.
	shallow := make(map[string]int, len(fields))
	for _, f := range fields {
		if depth, ok := shallow[f.name]; !ok || len(f.index) < depth {
			shallow[f.name] = len(f.index)
		}
	}
	visible := fields[:0]
	seen := make(map[string]field, len(fields))
	for _, f := range fields {
		if len(f.index) > shallow[f.name] {
			continue
		}
		if other, ok := seen[f.name]; ok {
			return nil, fmt.Errorf("fields %s and %s have the same name %q", other.goName, f.goName, f.name)
		}
		seen[f.name] = f
		visible = append(visible, f)
	}
	if len(visible) == 0 {
		return nil, errors.New("the struct has no exported fields")
	}
	return visible, nil
}

func appendFields(fields []field, t reflect.Type, index []int, prefix string) ([]field, error) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("exa")
		if tag == "-" {
			continue
		}
		goName := prefix + f.Name
		at := slices.Concat(index, []int{i})
		embedded := f.Anonymous && !tagged
		switch {
		case embedded && f.Type.Kind() == reflect.Struct && !isScalar(f.Type):
			var err error
			if fields, err = appendFields(fields, f.Type, at, goName+"."); err != nil {
				return nil, err
			}
			continue
		case embedded && f.Type.Kind() == reflect.Pointer && !isScalar(f.Type):
			return nil, fmt.Errorf("field %s: embedded pointers are not supported", goName)
		case !f.IsExported() && tagged:
			return nil, fmt.Errorf("field %s has a tag but is not exported", goName)
		case !f.IsExported():
			continue
		}
		name := tag
		if name == "" {
			name = f.Name
		}
		fields = append(fields, field{name, goName, at})
	}
	return fields, nil
}
