package resultset

import (
	"reflect"
	"strconv"
	"sync"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/fields"
)

// Option changes how columns find the fields of a struct.
type Option func(*fields.Mapping)

// ByPosition stores the first column in the first field and so on; names and tags do not matter, except that a field
// tagged "-" is left out. The default is by name.
func ByPosition() Option { return func(m *fields.Mapping) { m.ByPosition = true } }

// Lax ignores columns without a field and fields without a column, which keep their zero value. By default both are
// errors. With Lax a T that is not a struct gets the first column.
func Lax() Option { return func(m *fields.Mapping) { m.Lax = true } }

func newMapping(opts []Option) (m fields.Mapping) {
	for _, o := range opts {
		o(&m)
	}
	return m
}

// knownStruct is what is kept of a struct type that rows went into.
type knownStruct struct {
	targets []fields.Target
	spare   sync.Pool // of *into of the type
}

var knownStructs fields.Cache[*knownStruct]

// structOf returns what is known of a struct type.
func structOf(t reflect.Type, cols []commands.Column, m fields.Mapping) (*knownStruct, error) {
	var columns []byte // the kind and the name of each, with the length of the name before it
	for _, c := range cols {
		columns = append(columns, 'a'+byte(kindOf(c.DataType)))
		columns = strconv.AppendInt(columns, int64(len(c.Name)), 10)
		columns = append(columns, ' ')
		columns = append(columns, c.Name...)
	}
	return knownStructs.Get(fields.Key{Type: t, Columns: string(columns), Mapping: m}, func() (*knownStruct, error) {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.Name
		}
		targets, err := fields.Map(t, names, m)
		if err != nil {
			return nil, &ScanError{Index: -1, Row: -1, Go: t.String(), Err: err}
		}
		return &knownStruct{targets: targets}, nil
	})
}
