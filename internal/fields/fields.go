package fields

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// field is a field of a struct that a column can belong to.
type field struct {
	name   string // tag, or else the field's own name
	tagged bool
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
		case embedded && f.Type.Kind() == reflect.Struct && !IsScalar(f.Type):
			var err error
			if fields, err = appendFields(fields, f.Type, at, goName+"."); err != nil {
				return nil, err
			}
			continue
		case embedded && f.Type.Kind() == reflect.Pointer && !IsScalar(f.Type):
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
		fields = append(fields, field{name, tag != "", goName, at})
	}
	return fields, nil
}

// Field is a field of a struct that a column can belong to.
type Field struct {
	Name   string // the tag "exa", or else the field's own name
	Tagged bool
	Path   string // the field's own name with the embedded structs that it is in, such as "Base.ID"
	Index  []int  // where it is, as [reflect.Value.FieldByIndex] wants it
}

// List returns the fields that [Map] finds columns for, in the order of the source. t is a struct.
func List(t reflect.Type) ([]Field, error) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	list := make([]Field, len(fields))
	for i, f := range fields {
		list[i] = Field{f.name, f.tagged, f.goName, f.index}
	}
	return list, nil
}
