package exasqlite

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// systemSchemas exist without being created.
var systemSchemas = map[string]bool{"SYS": true, "EXA_STATISTICS": true}

// relationData is a small table made from the catalog: a system table, or the answer to a metadata command.
type relationData struct {
	cols []outCol
	rows [][]driver.Value
}

var (
	sysName   = varcharType(128, false)
	sysText   = varcharType(maxVarchar, false)
	sysNumber = typeInt
)

// columnsOf reads a list of column names with a type letter each: s for text, n for a number, b for a BOOLEAN.
func columnsOf(list string) []outCol {
	var cols []outCol
	for _, f := range strings.Fields(list) {
		name, letter, _ := strings.Cut(f, ":")
		t := map[string]typ{"s": sysName, "t": sysText, "n": sysNumber, "b": typeBoolean}[letter]
		cols = append(cols, outCol{name, t})
	}
	return cols
}

// add appends a row. Text is NULL if empty.
func (r *relationData) add(values ...any) {
	row := make([]driver.Value, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case string:
			row[i] = orNull(v)
		case int:
			row[i] = int64(v)
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
	if len(name) > 1 && name[0].name != "SYS" {
		return "", nil, false
	}
	build, ok := systemTables[name.last().name]
	if !ok {
		return "", nil, false
	}
	data := build(b)
	return data.sql(), data.cols, true
}

var systemTables map[string]func(b *binder) *relationData

func init() {
	all := func(kind string, fn func(b *binder) *relationData) {
		for _, scope := range []string{"ALL", "USER", "DBA"} {
			systemTables["EXA_"+scope+"_"+kind] = fn
		}
	}
	systemTables = map[string]func(b *binder) *relationData{
		"DUAL": func(*binder) *relationData {
			r := &relationData{cols: columnsOf("DUMMY:s")}
			r.add("")
			return r
		},
		"EXA_METADATA": func(b *binder) *relationData {
			r := &relationData{cols: columnsOf("PARAM_NAME:s PARAM_VALUE:t IS_STATIC:b")}
			release := b.s.info.Release
			parts := append(strings.Split(release, "."), "0", "0")
			r.add("databaseMajorVersion", parts[0], true)
			r.add("databaseMinorVersion", parts[1], true)
			r.add("databaseName", "DB1", true)
			r.add("databaseProductName", "EXASolution", true)
			r.add("databaseProductVersion", release, true)
			r.add("maxColumnNameLength", "128", true)
			return r
		},
		"EXA_PARAMETERS": func(b *binder) *relationData {
			r := &relationData{cols: columnsOf("PARAMETER_NAME:s SESSION_VALUE:t SYSTEM_VALUE:t")}
			set, byDefault := b.s.set, b.s.begunDefaults()
			r.add("DEFAULT_LIKE_ESCAPE_CHARACTER", set.likeEscape, byDefault.likeEscape)
			r.add("HASHTYPE_FORMAT", set.hashFormat, byDefault.hashFormat)
			r.add("NLS_DATE_FORMAT", set.dateFormat, byDefault.dateFormat)
			r.add("NLS_DATE_LANGUAGE", set.dateLanguage, byDefault.dateLanguage)
			r.add("NLS_NUMERIC_CHARACTERS", set.numeric, byDefault.numeric)
			r.add("NLS_TIMESTAMP_FORMAT", set.datetimeFormat, byDefault.datetimeFormat)
			r.add("QUERY_TIMEOUT", "0", "0")
			r.add("SNAPSHOT_MODE", "SYSTEM TABLES", "SYSTEM TABLES")
			r.add("TIME_ZONE", set.zoneName, byDefault.zoneName)
			r.add("TIME_ZONE_BEHAVIOR", set.zoneBehavior, byDefault.zoneBehavior)
			return r
		},
		"EXA_SQL_KEYWORDS": func(*binder) *relationData {
			r := keywordData()
			r.cols = columnsOf("KEYWORD:s RESERVED:b")
			return r
		},
		"EXA_SCHEMAS": schemaData,
	}
	systemTables["EXA_ALL_SCHEMAS"] = schemaData
	all("TABLES", func(b *binder) *relationData {
		r := &relationData{cols: columnsOf("TABLE_SCHEMA:s TABLE_NAME:s TABLE_OWNER:s TABLE_IS_VIRTUAL:b TABLE_HAS_DISTRIBUTION_KEY:b TABLE_HAS_PARTITION_KEY:b TABLE_COMMENT:t")}
		for _, t := range b.cat.sorted() {
			if !t.IsView {
				r.add(t.Schema, t.Name, t.Owner, false, len(t.Distribution) > 0, len(t.Partition) > 0, t.Comment)
			}
		}
		return r
	})
	all("VIEWS", func(b *binder) *relationData {
		r := &relationData{cols: columnsOf("VIEW_SCHEMA:s VIEW_NAME:s SCOPE_SCHEMA:s VIEW_OWNER:s VIEW_TEXT:t VIEW_COMMENT:t")}
		for _, t := range b.cat.sorted() {
			if t.IsView {
				r.add(t.Schema, t.Name, t.ViewSchema, t.Owner, t.ViewText, t.Comment)
			}
		}
		return r
	})
	all("COLUMNS", func(b *binder) *relationData {
		r := &relationData{cols: columnsOf("COLUMN_SCHEMA:s COLUMN_TABLE:s COLUMN_OBJECT_TYPE:s COLUMN_NAME:s COLUMN_TYPE:s COLUMN_TYPE_ID:n " +
			"COLUMN_MAXSIZE:n COLUMN_NUM_PREC:n COLUMN_NUM_SCALE:n COLUMN_ORDINAL_POSITION:n COLUMN_IS_VIRTUAL:b COLUMN_IS_NULLABLE:b " +
			"COLUMN_IS_DISTRIBUTION_KEY:b COLUMN_DEFAULT:t COLUMN_IDENTITY:n COLUMN_OWNER:s COLUMN_COMMENT:t")}
		for _, t := range b.cat.sorted() {
			for i, c := range t.Columns {
				id, size, prec, scale := c.Type.catalogNumbers()
				var nullable, identity any
				if !t.IsView {
					nullable = !c.NotNull
				}
				if c.Identity {
					identity = int(c.Start)
				}
				r.add(t.Schema, t.Name, t.objectType(), c.Name, c.Type.String(), id, size, prec, scale, i+1, false, nullable,
					slices.Contains(t.Distribution, c.Name), c.Default, identity, t.Owner, c.Comment)
			}
		}
		return r
	})
}

func schemaData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("SCHEMA_NAME:s SCHEMA_OWNER:s SCHEMA_IS_VIRTUAL:b SCHEMA_COMMENT:t")}
	for _, name := range sortedKeys(b.cat.schemas) {
		sc := b.cat.schemas[name]
		r.add(sc.Name, sc.Owner, false, sc.Comment)
	}
	return r
}

func (s *session) begunDefaults() settings { return defaultSettings(s.info.Attributes) }

func (t *table) objectType() string {
	if t.IsView {
		return "VIEW"
	}
	return "TABLE"
}
