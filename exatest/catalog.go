package exatest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/exawire/exawire/commands"
)

// The catalog of a server without a backend: the columns are those of a database, the rows are few.

// metaColumns spells columns as "NAME s, OTHER n": s is a text, n a number, b a boolean.
func metaColumns(spec string) []commands.ColumnInfo {
	types := map[string]string{"s": "VARCHAR(2000000)", "n": "DECIMAL(18,0)", "b": "BOOLEAN"}
	parts := strings.Split(spec, ", ")
	for i, part := range parts {
		name, kind, _ := strings.Cut(part, " ")
		parts[i] = `"` + name + `" ` + types[kind]
	}
	return Columns(strings.Join(parts, ", "))
}

var metadataCommands = map[string]metadataCommand{
	"getColumnPrivileges": {
		filters: map[string]filterKind{"schema": exact("SCHEMA"), "table": exact("TABLE"), "column": like("COLUMN")},
		columns: metaColumns("SCHEMA s, TABLE s, COLUMN s, NAME s, GRANTOR s, GRANTEE s, OWNER s"),
	},
	"getColumns": {
		filters: map[string]filterKind{
			"schema": like("SCHEMA"), "table": like("TABLE"), "column": like("NAME"), "tableTypes": oneOf("TABLE_TYPE"),
		},
		columns: metaColumns("SCHEMA s, TABLE s, NAME s, TABLE_TYPE s, TYPE s, TYPE_ID n, MAXSIZE n, NUM_PREC n, NUM_SCALE n, " +
			"ORDINAL_POSITION n, IS_VIRTUAL b, IS_NULLABLE b, IS_DISTRIBUTION_KEY b, PARTITION_KEY_ORDINAL_POSITION n, " +
			"DEFAULT s, IS_IDENTITY b, OWNER s, COMMENT s"),
		rows: [][]string{
			{"SYS", "DUAL", "DUMMY", "SYSTEM TABLE", "CHAR(1) ASCII", "1", "1", null, null, "1", "false", "true", "false", null, null, "false", "SYS", null},
			{"SYS", "EXA_METADATA", "PARAM_NAME", "SYSTEM TABLE", "VARCHAR(128) UTF8", "12", "128", null, null, "1", "false", "true", "false", null, null, "false", "SYS", null},
			{"SYS", "EXA_METADATA", "PARAM_VALUE", "SYSTEM TABLE", "VARCHAR(2000000) UTF8", "12", "2000000", null, null, "2", "false", "true", "false", null, null, "false", "SYS", null},
			{"SYS", "EXA_METADATA", "IS_STATIC", "SYSTEM TABLE", "BOOLEAN", "16", "1", null, null, "3", "false", "true", "false", null, null, "false", "SYS", null},
		},
	},
	"getConnections": {
		filters: map[string]filterKind{"name": exact("NAME")},
		columns: metaColumns("NAME s, CREATED s, COMMENT s"),
	},
	"getFunctions": {
		filters: map[string]filterKind{"schema": like("SCHEMA"), "function": like("NAME")},
		columns: metaColumns("SCHEMA s, NAME s, OWNER s, COMMENT s"),
	},
	"getKeywords": {columns: metaColumns("KEYWORD s, RESERVED b"), rows: keywordRows(), hidden: func(r release, row []string) bool { return !r.hasKeyword(row[0]) }},
	"getPrimaryKeys": {
		filters: map[string]filterKind{"schema": exact("SCHEMA"), "table": exact("TABLE")},
		columns: metaColumns("SCHEMA s, TABLE s, NAME s, OWNER s, ORDINAL_POSITION n, COLUMN_NAME s"),
	},
	"getProperties": {
		filters: map[string]filterKind{"name": exact("NAME")},
		columns: metaColumns("NAME s, VALUE s"),
		rows:    [][]string{{"databaseName", "DB1"}, {"databaseProductName", "EXASolution"}},
	},
	"getRoles": {
		filters: map[string]filterKind{"name": exact("NAME")},
		columns: metaColumns("NAME s, CREATED s, CONSUMER_GROUP s, COMMENT s"),
		rows: [][]string{
			{"DBA", "2000-01-01 00:00:00.000000", "SYS_CONSUMER_GROUP", "DBA stands for database administrator and has all possible privileges."},
			{"PUBLIC", "2000-01-01 00:00:00.000000", null, "Every user has this role."},
		},
	},
	"getSchemas": {
		filters: map[string]filterKind{"schema": like("NAME")},
		columns: metaColumns("NAME s, OWNER s, IS_VIRTUAL b, COMMENT s"),
		rows:    [][]string{{"EXA_STATISTICS", "SYS", "false", null}, {"SYS", "SYS", "false", null}},
	},
	"getScripts": {
		filters: map[string]filterKind{"schema": like("SCHEMA"), "script": like("NAME")},
		columns: metaColumns("SCHEMA s, NAME s, OWNER s, TYPE s, LANGUAGE s, INPUT_TYPE s, RESULT_TYPE s, COMMENT s"),
	},
	"getTablePrivileges": {
		filters: map[string]filterKind{"schema": like("SCHEMA"), "table": like("TABLE")},
		columns: metaColumns("SCHEMA s, TABLE s, NAME s, GRANTOR s, GRANTEE s, OWNER s"),
	},
	"getTables": {
		filters: map[string]filterKind{"schema": like("SCHEMA"), "table": like("NAME"), "tableTypes": oneOf("TABLE_TYPE")},
		columns: metaColumns("SCHEMA s, NAME s, OWNER s, TABLE_TYPE s, IS_VIRTUAL b, HAS_DISTRIBUTION_KEY b, HAS_PARTITION_KEY b, COMMENT s"),
		rows: [][]string{
			{"SYS", "DUAL", "SYS", "SYSTEM TABLE", "false", "false", "false", "A table with one row and one column."},
			{"SYS", "EXA_METADATA", "SYS", "SYSTEM TABLE", "false", "false", "false", "Facts about the database."},
		},
	},
	"getTableTypes": {columns: metaColumns("TABLE_TYPE s"), rows: [][]string{{"SYSTEM TABLE"}, {"TABLE"}, {"VIEW"}}},
	"getTypeInfo": {
		columns: metaColumns("NAME s, TYPE_ID n, PRECISION n, LITERAL_PREFIX s, LITERAL_SUFFIX s, CREATE_PARAMS s, IS_NULLABLE b, " +
			"CASE_SENSITIVE b, SEARCHABLE n, UNSIGNED_ATTRIBUTE b, FIXED_PREC_SCALE b, AUTO_INCREMENT b, LOCAL_TYPE_NAME s, " +
			"MINIMUM_SCALE n, MAXIMUM_SCALE n, SQL_DATA_TYPE n, SQL_DATETIME_SUB n, NUM_PREC_RADIX n, INTERVAL_PRECISION n"),
		rows: typeRows(),
	},
	"getUsers": {
		filters: map[string]filterKind{"name": exact("NAME")},
		columns: metaColumns("NAME s, CREATED s, CONSUMER_GROUP s, COMMENT s"),
		rows:    [][]string{{"SYS", "2000-01-01 00:00:00.000000", "SYS_CONSUMER_GROUP", null}},
	},
}

// typeRows describes the types of the dialect, ordered by their number.
func typeRows() [][]string {
	type info struct {
		name          string
		id, precision int
		prefix        string
		params        string
		caseSensitive bool
		scale         int // largest, -1 for none
		radix         string
	}
	types := []info{
		{"INTERVAL DAY TO SECOND", -104, 9, "INTERVAL '", "precision, fraction", false, 9, null},
		{"INTERVAL YEAR TO MONTH", -103, 9, "INTERVAL '", "precision", false, -1, null},
		{"BIGINT", -5, 36, null, null, false, 0, "10"},
		{"LONG VARCHAR", -1, maxVarchar, "'", null, true, -1, null},
		{"TINYINT", -6, 3, null, null, false, 0, "10"},
		{"CHAR", 1, 2000, "'", "length", true, -1, null},
		{"DECIMAL", 3, 36, null, "precision, scale", false, 36, "10"},
		{"INTEGER", 4, 18, null, null, false, 0, "10"},
		{"SMALLINT", 5, 9, null, null, false, 0, "10"},
		{"FLOAT", 6, 64, null, null, false, -1, "2"},
		{"DOUBLE PRECISION", 8, 64, null, null, false, -1, "2"},
		{"VARCHAR", 12, maxVarchar, "'", "max length", true, -1, null},
		{"BOOLEAN", 16, 1, null, null, false, -1, null},
		{"DATE", 91, 10, "DATE '", null, false, -1, null},
		{"TIMESTAMP", 93, 29, "TIMESTAMP '", "precision", false, 9, null},
		{"GEOMETRY", 123, maxVarchar, "'", "srid", true, -1, null},
		{"TIMESTAMP WITH LOCAL TIME ZONE", 124, 29, "TIMESTAMP '", "precision", false, 9, null},
		{"HASHTYPE", 126, 2048, "'", "bytes", false, -1, null},
	}
	slices.SortFunc(types, func(a, b info) int { return a.id - b.id })
	rows := make([][]string, len(types))
	for i, t := range types {
		suffix, low, high := null, null, null
		if t.prefix != null {
			suffix = "'"
		}
		if t.scale >= 0 {
			low, high = "0", strconv.Itoa(t.scale)
		}
		rows[i] = []string{
			t.name, strconv.Itoa(t.id), strconv.Itoa(t.precision), t.prefix, suffix, t.params, "true",
			strconv.FormatBool(t.caseSensitive), "3", "false", "false", "false", null, low, high, strconv.Itoa(t.id), null, t.radix, null,
		}
	}
	return rows
}
