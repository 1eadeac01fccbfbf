package exasqlite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
)

// TestMetadata asks each metadata command, with and without its filters.
func TestMetadata(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	for _, sql := range []string{
		"CREATE SCHEMA s COMMENT IS 'one'",
		"CREATE TABLE t (id INT IDENTITY PRIMARY KEY, name VARCHAR(20) DEFAULT 'x', ts TIMESTAMP, f DOUBLE, DISTRIBUTE BY id) COMMENT IS 'tab'",
		"CREATE VIEW v AS SELECT name FROM t",
		"CREATE LUA SCALAR SCRIPT f (a INT) RETURNS INT AS return 1",
		"CREATE SCHEMA a_b",
		"CREATE SCRIPT job AS x = 1",
		"CREATE TABLE axb (b INT NOT NULL, a INT, CONSTRAINT pk PRIMARY KEY (b, a))",
	} {
		run(t, s, sql)
	}
	tests := []struct {
		command string
		filter  map[string]any
		want    string
	}{
		{"getSchemas", nil, "A_B | SYS | false | NULL; EXA_STATISTICS | SYS | false | NULL; S | SYS | false | one; SYS | SYS | false | NULL"},
		{"getSchemas", map[string]any{"schema": `A\_%`}, "A_B | SYS | false | NULL"},
		{"getSchemas", map[string]any{"schema": ""}, ""},
		{"getSchemas", map[string]any{"schema": nil}, "A_B | SYS | false | NULL; EXA_STATISTICS | SYS | false | NULL; S | SYS | false | one; SYS | SYS | false | NULL"},
		{
			"getTables",
			map[string]any{"tableTypes": []any{"TABLE", "VIEW"}},
			"A_B | AXB | SYS | TABLE | false | false | false | NULL; S | T | SYS | TABLE | false | true | false | tab; S | V | SYS | VIEW | false | false | false | NULL",
		},
		{"getTables", map[string]any{"table": "V", "schema": "_"}, "S | V | SYS | VIEW | false | false | false | NULL"},
		{"getTables", map[string]any{"table": "DUAL"}, "SYS | DUAL | SYS | SYSTEM TABLE | false | false | false | NULL"},
		{"getTables", map[string]any{"table": "v"}, ""},
		{
			"getTables",
			map[string]any{"table": "EXA_USER_SESSIONS%"},
			"EXA_STATISTICS | EXA_USER_SESSIONS_LAST_DAY | SYS | SYSTEM TABLE | false | false | false | NULL; " +
				"SYS | EXA_USER_SESSIONS | SYS | SYSTEM TABLE | false | false | false | NULL",
		},
		{
			"getColumns",
			map[string]any{"schema": "S"},
			"S | T | ID | TABLE | DECIMAL(18,0) | 3 | 18 | 18 | 0 | 1 | false | false | true | NULL | NULL | true | SYS | NULL; " +
				"S | T | NAME | TABLE | VARCHAR(20) UTF8 | 12 | 20 | NULL | NULL | 2 | false | true | false | NULL | 'x' | false | SYS | NULL; " +
				"S | T | TS | TABLE | TIMESTAMP(3) | 93 | 29 | 3 | NULL | 3 | false | true | false | NULL | NULL | false | SYS | NULL; " +
				"S | T | F | TABLE | DOUBLE | 8 | 64 | 64 | NULL | 4 | false | true | false | NULL | NULL | false | SYS | NULL; " +
				"S | V | NAME | VIEW | VARCHAR(20) UTF8 | 12 | 20 | NULL | NULL | 1 | false | NULL | false | NULL | NULL | false | SYS | NULL",
		},
		{"getPrimaryKeys", map[string]any{"schema": "A_B"}, "A_B | AXB | PK | SYS | 2 | A; A_B | AXB | PK | SYS | 1 | B"},
		{"getPrimaryKeys", map[string]any{"schema": "a_b"}, ""},
		{"getTableTypes", nil, "SYSTEM TABLE; TABLE; VIEW"},
		{"getUsers", map[string]any{"name": "SYS"}, "SYS | NULL | NULL | NULL"},
		{"getScripts", nil, "A_B | JOB | SYS | SCRIPTING | LUA | NULL | ROWCOUNT | NULL; S | F | SYS | UDF | LUA | SCALAR | RETURNS | NULL"},
		{"getScripts", map[string]any{"schema": `A\_%`, "script": "J%"}, "A_B | JOB | SYS | SCRIPTING | LUA | NULL | ROWCOUNT | NULL"},
		{"getScripts", map[string]any{"script": ""}, ""},
		{"getColumnPrivileges", nil, ""},
	}
	for _, test := range tests {
		res, err := s.Metadata(context.Background(), test.command, test.filter)
		if err != nil {
			t.Errorf("%s: %v", test.command, err)
			continue
		}
		var rows []string
		for i := range res.Data[0].Len() {
			rows = append(rows, showRow(res.Data, i))
		}
		if diff := cmp.Diff(test.want, strings.Join(rows, "; ")); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", test.command, test.filter, diff)
		}
	}
	if _, err := s.Metadata(context.Background(), "getNothing", nil); err == nil {
		t.Error("an unknown command has an answer")
	}
}

// TestMetadataColumns compares the columns of all commands with the list of the protocol.
func TestMetadataColumns(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	for command, want := range map[string]string{
		"getColumnPrivileges": "SCHEMA TABLE COLUMN NAME GRANTOR GRANTEE OWNER",
		"getColumns": "SCHEMA TABLE NAME TABLE_TYPE TYPE TYPE_ID MAXSIZE NUM_PREC NUM_SCALE ORDINAL_POSITION IS_VIRTUAL IS_NULLABLE " +
			"IS_DISTRIBUTION_KEY PARTITION_KEY_ORDINAL_POSITION DEFAULT IS_IDENTITY OWNER COMMENT",
		"getConnections": "NAME CREATED COMMENT", "getFunctions": "SCHEMA NAME OWNER COMMENT", "getKeywords": "KEYWORD RESERVED",
		"getPrimaryKeys": "SCHEMA TABLE NAME OWNER ORDINAL_POSITION COLUMN_NAME", "getProperties": "NAME VALUE",
		"getRoles": "NAME CREATED CONSUMER_GROUP COMMENT", "getSchemas": "NAME OWNER IS_VIRTUAL COMMENT",
		"getScripts":         "SCHEMA NAME OWNER TYPE LANGUAGE INPUT_TYPE RESULT_TYPE COMMENT",
		"getTablePrivileges": "SCHEMA TABLE NAME GRANTOR GRANTEE OWNER",
		"getTables":          "SCHEMA NAME OWNER TABLE_TYPE IS_VIRTUAL HAS_DISTRIBUTION_KEY HAS_PARTITION_KEY COMMENT",
		"getTableTypes":      "TABLE_TYPE",
		"getTypeInfo": "NAME TYPE_ID PRECISION LITERAL_PREFIX LITERAL_SUFFIX CREATE_PARAMS IS_NULLABLE CASE_SENSITIVE SEARCHABLE " +
			"UNSIGNED_ATTRIBUTE FIXED_PREC_SCALE AUTO_INCREMENT LOCAL_TYPE_NAME MINIMUM_SCALE MAXIMUM_SCALE SQL_DATA_TYPE " +
			"SQL_DATETIME_SUB NUM_PREC_RADIX INTERVAL_PRECISION",
		"getUsers": "NAME CREATED CONSUMER_GROUP COMMENT",
	} {
		res, err := s.Metadata(context.Background(), command, nil)
		if err != nil {
			t.Errorf("%s: %v", command, err)
			continue
		}
		var names []string
		for i, c := range res.Columns {
			names = append(names, c.Name)
			for row := range res.Data[i].Len() {
				res.Data[i].AppendText(nil, row)
			}
		}
		if diff := cmp.Diff(want, strings.Join(names, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", command, diff)
		}
		if command == "getKeywords" && res.Data[0].Len() < 400 {
			t.Errorf("%d keywords", res.Data[0].Len())
		}
		if command == "getTypeInfo" && res.Data[0].Len() != 18 {
			t.Errorf("%d types", res.Data[0].Len())
		}
	}
}

// TestVersions checks what a type looks like to older clients.
func TestVersions(t *testing.T) {
	b := newBackend(t)
	for version, want := range map[commands.Version]string{
		commands.V5: `{"type":"TIMESTAMP","precision":9,"withLocalTimeZone":false} {"type":"DATE"} {"type":"HASHTYPE","size":32}`,
		commands.V3: `{"type":"TIMESTAMP","size":16,"withLocalTimeZone":false} {"type":"DATE","size":4} {"type":"HASHTYPE","size":32}`,
		commands.V1: `{"type":"TIMESTAMP","size":16,"withLocalTimeZone":false} {"type":"DATE","size":4} {"type":"CHAR","size":32,"characterSet":"ASCII"}`,
	} {
		s := connect(t, b, version)
		res := run(t, s, "SELECT CAST(NULL AS TIMESTAMP(9)), CURRENT_DATE, HASHTYPE_MD5('x')")
		if got := marshal(t, res.Columns); got != want {
			t.Errorf("V%d:\ngot  %s\nwant %s", version, got, want)
		}
	}
}
