package exasqlite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// TestNUL checks that a text keeps its characters beyond U+0000, which ends a text in C, wherever SQLite or a function
// sees it. In the statements and in what is wanted, ~ stands for that character.
func TestNUL(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA q")
	run(t, s, "CREATE TABLE t (id INT, v VARCHAR(20), c CHAR(6), PRIMARY KEY (id))")
	nul := func(text string) string { return strings.ReplaceAll(text, "~", "\x00") }
	run(t, s, nul("INSERT INTO t VALUES (1, 'a~b', 'a~b'), (2, 'a~c', '~'), (3, 'a', 'a'), (4, '~', 'b'), (5, 'a~b', NULL)"))
	for _, tt := range []struct{ sql, want string }{
		{"SELECT v FROM t ORDER BY id", "a~b; a~c; a; ~; a~b"},
		{"SELECT c FROM t WHERE id < 3 ORDER BY id", "a~b   ; ~     "},
		{"SELECT UPPER(v) FROM t WHERE id = 1", "A~B"},
		{"SELECT REVERSE(v) || LPAD(v, 5, '~') || REPLACE(v, '~', '-') FROM t WHERE id = 2", "c~a~~a~ca-c"},
		{"SELECT SUBSTR(v, 2) || TRIM(v, 'a') || TRANSLATE(v, '~', 'x') FROM t WHERE id = 1", "~b~baxb"},
		{"SELECT LENGTH(v) FROM t ORDER BY id", "3; 3; 1; 1; 3"},
		{"SELECT INSTR(v, 'b') FROM t WHERE id = 1", "3"},
		{"SELECT OCTET_LENGTH(v || '~') FROM t WHERE id = 3", "2"},
		{"SELECT ASCII(v) FROM t WHERE id = 4", "0"},
		{"SELECT HASH_MD5(v) = HASH_MD5('a') FROM t WHERE id = 1", "false"},
		{"SELECT CAST(v AS VARCHAR(3)) FROM t WHERE id = 1", "a~b"},
		{"SELECT CAST(v AS CHAR(4)) FROM t WHERE id = 1", "a~b "},
		{"SELECT CAST(v AS VARCHAR(1)) FROM t WHERE id = 1", "error 22001 data exception - string data, right truncation"},
		{"SELECT CAST(v AS INT) FROM t WHERE id = 1", "error 22018 data exception - invalid character value for cast; Value: 'a~b'"},
		{"SELECT CAST(CAST('1~2' AS VARCHAR(20)) AS DOUBLE)", "error 22018 data exception - invalid character value for cast; Value: '1~2'"},
		{"SELECT CAST(v || '' AS BOOLEAN) FROM t WHERE id = 1", "error 22018 data exception - invalid character value for cast; Value: 'a~b'"},
		{"SELECT TO_DATE(v) FROM t WHERE id = 2", "error 22007 data exception - invalid date value; Value: 'a~c' Format: 'YYYY-MM-DD'"},
		{"SELECT id FROM t WHERE v LIKE 'a_b' ORDER BY id", "1; 5"},
		{"SELECT id FROM t WHERE v LIKE 'a~%' ORDER BY id", "1; 2; 5"},
		{"SELECT id FROM t WHERE v LIKE '%b' ORDER BY id", "1; 5"},
		{"SELECT id FROM t WHERE v NOT LIKE 'a' ORDER BY id", "1; 2; 4; 5"},
		{"SELECT id FROM t WHERE v LIKE 'a~~b' ESCAPE '~' ORDER BY id", "1; 5"},
		{"SELECT id FROM t WHERE v REGEXP_LIKE 'a.b' ORDER BY id", "1; 5"},
		{"SELECT REGEXP_REPLACE(v, '[^a-z]', '~~') FROM t WHERE id = 1", "a~~b"},
		{"SELECT v || v || '|' FROM t WHERE id = 1", "a~ba~b|"},
		{"SELECT '~' || id || '~' FROM t WHERE id = 1", "~1~"},
		{"SELECT id FROM t WHERE v = 'a'", "3"},
		{"SELECT id FROM t WHERE v = 'a~b' ORDER BY id", "1; 5"},
		{"SELECT id FROM t WHERE v > 'a' ORDER BY id", "1; 2; 5"},
		{"SELECT id FROM t WHERE v BETWEEN 'a' AND 'a~b' ORDER BY id", "1; 3; 5"},
		{"SELECT id FROM t WHERE v IN ('a', '~') ORDER BY id", "3; 4"},
		{"SELECT id FROM t WHERE c = 'a~b'", "1"},
		{"SELECT id FROM t WHERE c = v", ""},
		{"SELECT DECODE(v, 'a', 'cut', 'a~b', 'whole') FROM t WHERE id = 1", "whole"},
		{"SELECT GREATEST(v, 'a') FROM t WHERE id = 1", "a~b"},
		{"SELECT COALESCE(NULL, v) FROM t WHERE id = 1", "a~b"},
		{"SELECT NULLIF(v, 'a') FROM t WHERE id = 1", "a~b"},
		{"SELECT CASE v WHEN 'a' THEN 'cut' ELSE v END FROM t WHERE id = 1", "a~b"},
		{"SELECT MIN(v) FROM t WHERE id < 4", "a"},
		{"SELECT MAX(v) FROM t", "a~c"},
		{"SELECT GROUP_CONCAT(v ORDER BY id SEPARATOR '~') FROM t", "a~b~a~c~a~~~a~b"},
		{"SELECT GROUP_CONCAT(DISTINCT v) FROM t WHERE id IN (1, 5)", "a~b"},
		{"SELECT COUNT(DISTINCT v) FROM t", "4"},
		{"SELECT v FROM t GROUP BY v ORDER BY v", "~; a; a~b; a~c"},
		{"SELECT DISTINCT v FROM t ORDER BY v DESC", "a~c; a~b; a; ~"},
		{"SELECT v FROM t UNION SELECT 'a~b' ORDER BY 1", "~; a; a~b; a~c"},
		{"SELECT LAG(v) OVER (ORDER BY id) FROM t WHERE id IN (1, 3) ORDER BY id", "NULL; a~b"},
		{"SELECT (SELECT v FROM t WHERE id = 1 AND v = x.v) FROM t AS x WHERE id = 1", "a~b"},
		{"SELECT COUNT(*) FROM t AS x JOIN t AS y ON x.v = y.v", "7"},
		{"SELECT COLUMN_COMMENT FROM EXA_ALL_COLUMNS WHERE COLUMN_NAME = 'V'", "co~mment"},
	} {
		if strings.Contains(tt.sql, "COMMENT") {
			run(t, s, nul("COMMENT ON COLUMN t.v IS 'co~mment'"))
		}
		res, err := s.Execute(context.Background(), nul(tt.sql))
		got := show(res, err)
		if err == nil {
			got = rowsOf(res)
		}
		if diff := cmp.Diff(nul(tt.want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.sql, diff)
		}
	}
}

// TestNULParameters checks texts with U+0000 as parameters.
func TestNULParameters(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA q")
	run(t, s, "CREATE TABLE t (v VARCHAR(20))")
	execute := func(sql string, values ...any) string {
		t.Helper()
		st, err := s.Prepare(context.Background(), sql)
		if err != nil {
			t.Fatal(err)
		}
		params := make([]exatest.Values, len(values))
		for i, v := range values {
			params[i] = text{v}
		}
		res, err := st.Execute(context.Background(), params)
		if err != nil {
			return err.Error()
		}
		if res.Columns == nil {
			return ""
		}
		return rowsOf(res)
	}
	execute("INSERT INTO t VALUES (?)", "a\x00b")
	if diff := cmp.Diff("3 | A\x00B\x00", execute("SELECT LENGTH(v), UPPER(v || ?) FROM t WHERE v LIKE ?", "\x00", "%b")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// rowsOf writes the rows of a result, separated by semicolons.
func rowsOf(res *exatest.Result) string {
	var rows []string
	for i := range res.Data[0].Len() {
		rows = append(rows, showRow(res.Data, i))
	}
	return strings.Join(rows, "; ")
}
