package fields

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/exawire/exawire/internal/sqlword"
)

// pairing is a list of fields and a list of columns that are being brought together by their names.
type pairing struct {
	fields  []field
	columns []string
	owners  []*field // of the columns, nil for those without
	found   []bool   // which fields have a column
}

// way is one way in which the name of a field can be that of a column: when both have the same key.
type way struct {
	of  func(f *field) bool // the fields that it is for
	key func(name string) string
}

// ways has the closest one first. What it finds is no candidate for the others.
var ways = []way{
	{func(*field) bool { return true }, func(name string) string { return name }},
	{func(f *field) bool { return f.tagged }, folded},
	{func(f *field) bool { return !f.tagged }, loose},
}

// folded returns the same text for all names that differ in nothing but case, as [strings.EqualFold] has it.
func folded(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, name)
}

// loose is folded without underscores, which the names of columns have and those of Go have not.
func loose(name string) string { return folded(strings.ReplaceAll(name, "_", "")) }

// pair finds columns for the fields that have none yet.
func (p *pairing) pair(w way) error {
	free := make(map[string][]int) // columns by their keys
	for i, name := range p.columns {
		if p.owners[i] == nil {
			free[w.key(name)] = append(free[w.key(name)], i)
		}
	}
	for i := range p.fields {
		f := &p.fields[i]
		if p.found[i] || !w.of(f) {
			continue
		}
		at := free[w.key(f.name)]
		switch {
		case len(at) == 0:
			continue
		case len(at) > 1:
			return fmt.Errorf("field %s: columns %s and %s both match", f.goName, p.column(at[0]), p.column(at[1]))
		case p.owners[at[0]] != nil:
			return fmt.Errorf("column %s belongs to the fields %s and %s", p.column(at[0]), p.owners[at[0]].goName, f.goName)
		}
		p.owners[at[0]], p.found[i] = f, true
	}
	return nil
}

// complete returns an error if there is a field without a column, or a column without a field.
func (p *pairing) complete() error {
	for i, f := range p.fields {
		if p.found[i] {
			continue
		}
		return fmt.Errorf("field %s: no column %q; the columns are %s; a tag `exa:\"NAME\"` says which of them a field has",
			f.goName, f.name, listed(p.columns))
	}
	var alone []string
	for i, f := range p.owners {
		if f == nil {
			alone = append(alone, p.columns[i])
		}
	}
	if len(alone) == 0 {
		return nil
	}
	if sqlword.BriefColumn(alone[0]) != alone[0] {
		return fmt.Errorf("no field for %s; give columns names with AS", listed(alone))
	}
	return fmt.Errorf("no field for %s; the tag `exa:%q` binds a field to a column", listed(alone), alone[0])
}

// column names a column, with its number, since names need not be unique.
func (p *pairing) column(i int) string {
	return fmt.Sprintf("%d %q", i+1, sqlword.BriefColumn(p.columns[i]))
}

// mostListed and mostListedBytes bound the list of columns in an error.
const (
	mostListed      = 12
	mostListedBytes = 300
)

// listed returns the first of the names, and how many others there are.
func listed(names []string) string {
	var b []byte
	for i, name := range names {
		name = sqlword.BriefColumn(name)
		switch {
		case i == 0:
		case i == mostListed || len(b)+len(name) > mostListedBytes:
			return fmt.Sprintf("%s and %d more", b, len(names)-i)
		case i == len(names)-1:
			b = append(b, " and "...)
		default:
			b = append(b, ", "...)
		}
		b = strconv.AppendQuote(b, name)
	}
	return string(b)
}
