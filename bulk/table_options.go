package bulk

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/exawire/exawire/internal/errtext"
)

// existing says what becomes of a table that is there already.
type existing string

const (
	keepExisting    existing = "CREATE TABLE IF NOT EXISTS "
	replaceExisting existing = "CREATE OR REPLACE TABLE "
)

// TableOption changes how a [TableDef] is made.
type TableOption func(*tableOptions)

type tableOptions struct {
	names    []string
	types    map[string]string
	rows     int
	existing []existing
}

// ColumnTypes states the SQL types of columns, by their names regardless of case. They come before the tag exatype and
// before what follows from Go types or samples. A name that no column has is an error.
func ColumnTypes(types map[string]string) TableOption {
	return func(o *tableOptions) { o.types = types }
}

// ColumnNames states the names of all columns in their order, instead of those in the header of a file or of the fields of a
// struct. They are the names that the database has, as they are.
func ColumnNames(names ...string) TableOption { return func(o *tableOptions) { o.names = names } }

// SampleRows says how many rows of a file are looked at. The default is 10,000. [AllRows] looks at the whole file, which is
// the only way to be sure of its types: see [TableFromFile].
func SampleRows(n int) TableOption { return func(o *tableOptions) { o.rows = n } }

// IfNotExists leaves a table alone that is there already, whatever its columns are.
func IfNotExists() TableOption {
	return func(o *tableOptions) { o.existing = append(o.existing, keepExisting) }
}

// OrReplace drops a table that is there already, with its rows.
func OrReplace() TableOption {
	return func(o *tableOptions) { o.existing = append(o.existing, replaceExisting) }
}

func newTableOptions(opts []TableOption) (*tableOptions, error) {
	o := &tableOptions{}
	for _, set := range opts {
		if set != nil {
			set(o)
		}
	}
	for _, e := range o.existing {
		if e != o.existing[0] {
			return nil, errors.New("IfNotExists and OrReplace exclude each other")
		}
	}
	return o, nil
}

// finish gives the definition what options state, and checks it.
func (o *tableOptions) finish(d *TableDef) error {
	if len(o.existing) > 0 {
		d.existing = o.existing[0]
	}
	return d.check()
}

// named puts the names of ColumnNames in the place of others.
func (o *tableOptions) named(names []string) ([]string, error) {
	switch {
	case o.names == nil:
		return names, nil
	case len(o.names) != len(names):
		return nil, fmt.Errorf("ColumnNames has %s for %s", errtext.Count(len(o.names), "name"), errtext.Count(len(names), "column"))
	}
	return o.names, nil
}

// statedTypes returns the types of ColumnTypes in the order of the columns, "" for those that have none.
func (o *tableOptions) statedTypes(names []string) ([]string, error) {
	stated := make([]string, len(names))
	for name, typ := range o.types {
		at := slices.Index(names, name)
		for i, column := range names {
			if at >= 0 && names[at] == name || !strings.EqualFold(column, name) {
				continue
			}
			if at >= 0 {
				return nil, fmt.Errorf("ColumnTypes: %q could be column %q or %q", name, names[at], column)
			}
			at = i
		}
		switch {
		case at < 0:
			return nil, fmt.Errorf("ColumnTypes: there is no column %q; the columns are %s", name, someNames(names))
		case stated[at] != "":
			return nil, fmt.Errorf("ColumnTypes states two types for column %q", names[at])
		}
		stated[at] = typ
	}
	return stated, nil
}

// someNames returns the first of some names.
func someNames(names []string) string {
	const most = 12
	var b []byte
	for i, name := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", b, len(names)-i)
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendQuote(b, name)
	}
	return string(b)
}
