package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// How system tables are made: a function gives columns and rows, and the binder writes them into the statement as
// VALUES. They need no place in SQLite, and cannot be out of date.

// systemSchemas exist without being created.
var systemSchemas = map[string]bool{"SYS": true, "EXA_STATISTICS": true}

// relationData is a small table made from the catalog: a system table, or the answer to a metadata command.
type relationData struct {
	cols []outCol
	rows [][]driver.Value
}

// The types that columns of system tables have.
var (
	sysName   = varcharType(128, false)
	sysText   = varcharType(maxVarchar, false)
	sysNumber = typeInt
)

// columnsOf reads a list of column names with a type letter each: s for a name, t for text, n for a number, i for the ID
// of a session, b for a BOOLEAN, c for a TIMESTAMP.
func columnsOf(list string) []outCol {
	var cols []outCol
	for _, f := range strings.Fields(list) {
		name, letter, _ := strings.Cut(f, ":")
		t := map[string]typ{
			"s": sysName, "t": sysText, "n": sysNumber, "i": decimalType(20, 0), "b": typeBoolean, "c": typeTimestamp,
		}[letter]
		cols = append(cols, outCol{name, t})
	}
	return cols
}

// subselect is a value that SQLite looks up.
type subselect string

// add appends a row. Text is NULL if empty.
func (r *relationData) add(values ...any) {
	row := make([]driver.Value, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case string:
			row[i] = orNull(v)
		case int:
			row[i] = int64(v)
		case int64, subselect, []byte:
			row[i] = v
		case bool:
			row[i] = int64(0)
			if v {
				row[i] = int64(1)
			}
		}
	}
	r.rows = append(r.rows, row)
}

// sql writes the rows as a table source whose columns are called column1 and so on.
func (r *relationData) sql() string {
	if len(r.rows) == 0 {
		// SQLite has no VALUES of no rows.
		nulls := make([]string, len(r.cols))
		for i := range nulls {
			nulls[i] = fmt.Sprintf("NULL AS column%d", i+1)
		}
		return "(SELECT " + strings.Join(nulls, ", ") + " WHERE 0)"
	}
	var b strings.Builder
	b.WriteString("(VALUES ")
	for i, row := range r.rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j, v := range row {
			if j > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quoteValue(v))
		}
		b.WriteByte(')')
	}
	b.WriteByte(')')
	return b.String()
}

// result gives the rows to a client as the answer of a metadata command.
func (r *relationData) result(s *session) *exatest.Result {
	res := &exatest.Result{Columns: s.columns(r.cols), Data: make([]exatest.Values, len(r.cols))}
	for i, c := range r.cols {
		v := &vector{t: c.t}
		for _, row := range r.rows {
			v.add(row[i])
		}
		res.Data[i] = v
	}
	return res
}

// systemTable finds a table that the database brings along.
func (b *binder) systemTable(name path) (sql string, cols []outCol, ok bool) {
	// Without a schema they are found too, whichever is open.
	if len(name) > 1 && name[0].name != systemSchema(name.last().name) {
		return "", nil, false
	}
	build, ok := systemTables[name.last().name]
	if !ok {
		return "", nil, false
	}
	data := build(b)
	return data.sql(), data.cols, true
}

// systemTables are the tables of the schemas SYS and EXA_STATISTICS by name; the files sys_*.go fill it.
var systemTables = map[string]func(b *binder) *relationData{}

// begunDefaults are the settings that the session had at its beginning.
func (s *session) begunDefaults() settings { return defaultSettings(s.info.Attributes) }

// objectType is what the catalog calls the object.
func (t *table) objectType() string {
	if t.IsView {
		return "VIEW"
	}
	return "TABLE"
}
