package exasqlite

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/exawire/exawire/exatest"
)

// The metadata commands of the protocol, which came with its version 2. They answer from the catalog like the system
// tables, but have columns of their own.

// metadataColumns are the columns of the answers, and with them the commands that there are. Those that metadataRows
// does not fill have no rows here.
var metadataColumns = map[string]string{
	"getColumnPrivileges": "SCHEMA:s TABLE:s COLUMN:s NAME:s GRANTOR:s GRANTEE:s OWNER:s",
	"getColumns": "SCHEMA:s TABLE:s NAME:s TABLE_TYPE:s TYPE:s TYPE_ID:n MAXSIZE:n NUM_PREC:n NUM_SCALE:n ORDINAL_POSITION:n IS_VIRTUAL:b " +
		"IS_NULLABLE:b IS_DISTRIBUTION_KEY:b PARTITION_KEY_ORDINAL_POSITION:n DEFAULT:t IS_IDENTITY:b OWNER:s COMMENT:t",
	"getConnections":     "NAME:s CREATED:s COMMENT:t",
	"getFunctions":       "SCHEMA:s NAME:s OWNER:s COMMENT:t",
	"getKeywords":        "KEYWORD:s RESERVED:b",
	"getPrimaryKeys":     "SCHEMA:s TABLE:s NAME:s OWNER:s ORDINAL_POSITION:n COLUMN_NAME:s",
	"getProperties":      "NAME:s VALUE:t",
	"getRoles":           "NAME:s CREATED:s CONSUMER_GROUP:s COMMENT:t",
	"getSchemas":         "NAME:s OWNER:s IS_VIRTUAL:b COMMENT:t",
	"getScripts":         "SCHEMA:s NAME:s OWNER:s TYPE:s LANGUAGE:s INPUT_TYPE:s RESULT_TYPE:s COMMENT:t",
	"getTablePrivileges": "SCHEMA:s TABLE:s NAME:s GRANTOR:s GRANTEE:s OWNER:s",
	"getTables":          "SCHEMA:s NAME:s OWNER:s TABLE_TYPE:s IS_VIRTUAL:b HAS_DISTRIBUTION_KEY:b HAS_PARTITION_KEY:b COMMENT:t",
	"getTableTypes":      "TABLE_TYPE:s",
	"getTypeInfo": "NAME:s TYPE_ID:n PRECISION:n LITERAL_PREFIX:s LITERAL_SUFFIX:s CREATE_PARAMS:s IS_NULLABLE:b CASE_SENSITIVE:b SEARCHABLE:n " +
		"UNSIGNED_ATTRIBUTE:b FIXED_PREC_SCALE:b AUTO_INCREMENT:b LOCAL_TYPE_NAME:s MINIMUM_SCALE:n MAXIMUM_SCALE:n SQL_DATA_TYPE:n " +
		"SQL_DATETIME_SUB:n NUM_PREC_RADIX:n INTERVAL_PRECISION:n",
	"getUsers": "NAME:s CREATED:s CONSUMER_GROUP:s COMMENT:t",
}

// Metadata answers a metadata command from the catalog. It neither begins nor ends a transaction that the client sees.
func (s *session) Metadata(ctx context.Context, command string, filter map[string]any) (*exatest.Result, error) {
	list, ok := metadataColumns[command]
	if !ok {
		return nil, errorf("00000", "unknown metadata command %s", command)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// A read of the catalog needs a snapshot, and must not leave a transaction open that the client did not begin.
	if !s.open {
		if _, err := s.exec(context.Background(), "BEGIN"); err != nil {
			return nil, translate(err, nil)
		}
		defer func() { _, _ = s.exec(context.Background(), "ROLLBACK") }()
	}
	cat, err := s.loadCatalog()
	if err != nil {
		return nil, err
	}
	r := &relationData{cols: columnsOf(list)}
	s.metadataRows(r, cat, command, filter)
	return r.result(s), nil
}

// metadataFilter is what a metadata command asks for.
type metadataFilter struct {
	values map[string]any
	like   func(key, name string) bool // by a pattern
	exact  func(key, name string) bool // by the name itself
}

// metadataRows adds the rows of a command to r, in the order in which a server gives them.
func (s *session) metadataRows(r *relationData, cat *catalog, command string, filter map[string]any) {
	f := metadataFilter{filter, s.likeFilter(filter), exactFilter(filter)}
	switch command {
	case "getSchemas":
		cat.describeSchemas(r, f)
	case "getTables":
		cat.describeTables(r, f)
	case "getColumns":
		for _, t := range cat.sorted() {
			if f.tableType(t.objectType()) && f.like("schema", t.Schema) && f.like("table", t.Name) {
				t.describe(r, func(column string) bool { return f.like("column", column) })
			}
		}
	case "getPrimaryKeys":
		cat.describeKeys(r, f)
	case "getScripts":
		cat.describeScripts(r, f)
	case "getKeywords":
		r.rows = keywordData(s.info.Release).rows
	case "getTableTypes":
		r.add("SYSTEM TABLE")
		r.add("TABLE")
		r.add("VIEW")
	case "getTypeInfo":
		addTypeInfo(r)
	case "getUsers":
		describeNames(r, f, "SYS", s.user())
	case "getRoles":
		describeNames(r, f, "DBA", "PUBLIC")
	}
}

// describeNames adds the rows of getUsers and getRoles, which have no more than a name here.
func describeNames(r *relationData, f metadataFilter, names ...string) {
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if f.exact("name", name) {
			r.add(name, "", "", "")
		}
	}
}

// describeSchemas adds the rows of getSchemas, those of the system among them.
func (c *catalog) describeSchemas(r *relationData, f metadataFilter) {
	names := append(sortedKeys(c.schemas), sortedKeys(systemSchemas)...)
	slices.Sort(names)
	for _, name := range names {
		if !f.like("schema", name) {
			continue
		}
		sc := c.schemas[name]
		if sc == nil {
			sc = &schema{Name: name, Owner: "SYS"}
		}
		r.add(sc.Name, sc.Owner, false, sc.Comment)
	}
}

// describeTables adds the rows of getTables, sorted by the type first: SYSTEM TABLE, TABLE, VIEW.
func (c *catalog) describeTables(r *relationData, f metadataFilter) {
	tables := c.sorted()
	slices.SortStableFunc(tables, func(a, b *table) int { return cmp.Compare(a.objectType(), b.objectType()) })
	for _, name := range sortedSystemTables() {
		if f.tableType("SYSTEM TABLE") && f.like("schema", systemSchema(name)) && f.like("table", name) {
			r.add(systemSchema(name), name, "SYS", "SYSTEM TABLE", false, false, false, "")
		}
	}
	for _, t := range tables {
		if f.tableType(t.objectType()) && f.like("schema", t.Schema) && f.like("table", t.Name) {
			r.add(t.Schema, t.Name, t.Owner, t.objectType(), false, len(t.Distribution) > 0, len(t.Partition) > 0, t.Comment)
		}
	}
}

// describeKeys adds the rows of getPrimaryKeys, sorted by the name of the column, as JDBC wants it.
func (c *catalog) describeKeys(r *relationData, f metadataFilter) {
	var found [][]any
	for _, t := range c.sorted() {
		if f.exact("schema", t.Schema) && f.exact("table", t.Name) {
			for i, name := range t.Key {
				found = append(found, []any{t.Schema, t.Name, t.KeyName, t.Owner, i + 1, name})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b []any) int { return cmp.Compare(a[5].(string), b[5].(string)) })
	for _, row := range found {
		r.add(row...)
	}
}

// describe adds the rows of getColumns for one table.
func (t *table) describe(r *relationData, wanted func(column string) bool) {
	for i, c := range t.Columns {
		if !wanted(c.Name) {
			continue
		}
		// The same numbers as in EXA_ALL_COLUMNS.
		id, size, prec, scale := c.Type.catalogNumbers()
		// A view's columns say nothing about NULL, as the database's do not.
		var nullable, partition any
		if !t.IsView {
			nullable = !c.NotNull
		}
		if n := slices.Index(t.Partition, c.Name); n >= 0 {
			partition = n + 1
		}
		r.add(t.Schema, t.Name, c.Name, t.objectType(), c.Type.String(), id, size, prec, scale, i+1, false, nullable,
			slices.Contains(t.Distribution, c.Name), partition, c.Default, c.Identity, t.Owner, c.Comment)
	}
}

// sortedKeys makes the order of a map's keys certain: rows come in the same order in each run of a test.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// likeFilter tests a name against a pattern; no pattern lets everything pass, the empty one nothing.
func (s *session) likeFilter(filter map[string]any) func(key, name string) bool {
	cache := map[string]*regexp.Regexp{}
	return func(key, name string) bool {
		v, ok := filter[key]
		if !ok || v == nil {
			return true
		}
		pattern := fmt.Sprint(v)
		// Patterns of metadata go by the session's escape character as well.
		re, err := likePattern(pattern, s.set.likeEscape, false, cache)
		return pattern != "" && err == nil && re.MatchString(name)
	}
}

// exactFilter tests a name against another one; no name lets everything pass.
func exactFilter(filter map[string]any) func(key, name string) bool {
	return func(key, name string) bool {
		v, ok := filter[key]
		return !ok || v == nil || v == any(name)
	}
}

// tableType tests the filter tableTypes, which the server decodes to a []string or a []any.
func (f metadataFilter) tableType(want string) bool {
	switch types := f.values["tableTypes"].(type) {
	case []string:
		return slices.Contains(types, want)
	case []any:
		return slices.Contains(types, any(want))
	}
	return true
}
