package fields

import (
	"fmt"
	"reflect"
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

// Map finds the fields of a struct type that belong to the columns with these names. A field has the name in its tag
// "exa", which is compared regardless of case, or else its own name, in which underscores do not count either. A name that
// is the same letter for letter comes before all others, and a tag before a field's own name; after them it is an error
// if a field could have two columns, or a column two fields. The targets are in the order of the columns.
func Map(t reflect.Type, columns []string, m Mapping) ([]Target, error) {
	fields, err := fieldsOf(t)
	if err != nil {
		return nil, err
	}
	if len(columns) == 0 && !m.Lax {
		return nil, errNoColumns
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
	p := pairing{fields: fields, columns: columns, owners: make([]*field, len(columns)), found: make([]bool, len(fields))}
	for _, w := range ways {
		if err := p.pair(w); err != nil {
			return nil, err
		}
	}
	if !m.Lax {
		if err := p.complete(); err != nil {
			return nil, err
		}
	}
	var targets []Target
	for i, f := range p.owners {
		if f != nil {
			targets = append(targets, Target{i, f.index})
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
