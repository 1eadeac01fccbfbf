package exasqlite_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

const allTypes = `CREATE TABLE al (b BOOLEAN, c CHAR(5), v VARCHAR(10), d DATE, ts TIMESTAMP(6), tz TIMESTAMP WITH LOCAL TIME ZONE,
	f DOUBLE, ym INTERVAL YEAR TO MONTH, ds INTERVAL DAY TO SECOND, h HASHTYPE, g GEOMETRY, i INT, bi BIGINT, de DECIMAL(36,18))`

// TestParameterTypes checks which type a placeholder takes from what is around it.
func TestParameterTypes(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA p")
	run(t, s, allTypes)
	tests := []struct{ sql, params, columns string }{
		{
			"INSERT INTO al VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			"BOOLEAN, CHAR(5) UTF8, VARCHAR(10) UTF8, DATE, TIMESTAMP(6), TIMESTAMP(3) WITH LOCAL TIME ZONE, DOUBLE PRECISION, " +
				"INTERVAL YEAR(2) TO MONTH, INTERVAL DAY(2) TO SECOND(3), HASHTYPE(16 BYTE), VARCHAR(2000000) UTF8, DECIMAL(18,0), " +
				"DECIMAL(36,0), DECIMAL(36,18)", "",
		},
		{"INSERT INTO al (de, i) VALUES (?, ? + 1)", "DECIMAL(36,18), DECIMAL(36,0)", ""},
		{"UPDATE al SET v = ?, d = ? WHERE i = ? AND bi <> ?", "VARCHAR(10) UTF8, DATE, DECIMAL(18,0), DECIMAL(36,0)", ""},
		{"DELETE FROM al WHERE c LIKE ? OR f > ?", "VARCHAR(2000000) UTF8, DOUBLE PRECISION", ""},
		{"SELECT i FROM al WHERE d BETWEEN ? AND ? AND i IN (?, ?)", "DATE, DATE, DECIMAL(18,0), DECIMAL(18,0)", "I DECIMAL(18,0)"},
		{
			"SELECT ?, CAST(? AS DECIMAL(9,2)) AS x FROM DUAL LIMIT ?", "VARCHAR(2000000) UTF8, DECIMAL(9,2), DECIMAL(18,0)",
			"? VARCHAR(2000000) UTF8, X DECIMAL(9,2)",
		},
		{"SELECT v FROM al WHERE ? = ts", "TIMESTAMP(6)", "V VARCHAR(10) UTF8"},
		{
			"SELECT COALESCE(i, ?), CASE WHEN b THEN ? ELSE 'x' END c FROM al", "DECIMAL(18,0), CHAR(1) ASCII",
			"COALESCE(I, ?) DECIMAL(18,0), C CHAR(1) ASCII",
		},
		{"SELECT 1 FROM DUAL", "", "1 DECIMAL(1,0)"},
		{"CREATE TABLE x (i INT)", "", ""},
	}
	for _, test := range tests {
		st, err := s.Prepare(context.Background(), test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		got := []string{strings.ReplaceAll(strings.TrimPrefix(showColumns(st.Params()), " "), ",  ", ", "), showColumns(st.Columns())}
		if diff := cmp.Diff([]string{test.params, test.columns}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPrepareErrors checks that mistakes are found before a statement is run.
func TestPrepareErrors(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	tests := map[string]string{
		"SELECT FROM":                 "42000: syntax error, unexpected FROM_ [line 1, column 8]",
		"SELECT * FROM nope":          "42000: object NOPE not found [line 1, column 15]",
		"CREATE SCHEMA ?":             "42000: syntax error, unexpected '?' [line 1, column 15]",
		"":                            "42000: syntax error, unexpected ';' [line 1, column 1]",
		"SELECT 1\nFROM DUAL\nWHERE,": "42000: syntax error, unexpected ',' [line 3, column 6]",
	}
	for sql, want := range tests {
		if _, err := s.Prepare(context.Background(), sql); err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", sql, err, want)
		}
	}
}

func prepare(t testing.TB, s exatest.BackendSession, sql string) exatest.BackendStatement {
	t.Helper()
	st, err := s.Prepare(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return st
}

// TestPreparedExecute runs prepared statements with values of all types, with values that do not fit, and after the
// table was replaced.
func TestPreparedExecute(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA p")
	run(t, s, allTypes)
	insert := prepare(t, s, "INSERT INTO al VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
	res, err := insert.Execute(context.Background(), []exatest.Values{
		text{"true", nil},
		text{"ab", nil},
		text{"", nil},
		text{"2024-06-18", nil},
		text{"2024-06-18 17:22:13.123456", nil},
		text{"2024-06-18 17:22:13.5", nil},
		text{"1.5e300", nil},
		text{"-5-03", nil},
		text{"+2 12:50:10.123", nil},
		text{"550E8400-E29B-11D4-A716-446655440000", nil},
		text{"point(1 2)", nil},
		text{"-7", 8},
		text{"999999999999999999999999999999999999", nil},
		text{"123456789012345678.123456789012345678", nil},
	})
	if got := show(res, err); got != "count 2" {
		t.Fatal(got)
	}
	query := prepare(t, s, "SELECT * FROM al WHERE i = ?")
	res, err = query.Execute(context.Background(), []exatest.Values{text{"-7"}})
	want := "true | ab    | NULL | 2024-06-18 | 2024-06-18 17:22:13.123456 | 2024-06-18 17:22:13.500 | 1.5e+300 | -05-03 | " +
		"+02 12:50:10.123 | 550e8400e29b11d4a716446655440000 | POINT (1 2) | -7 | 999999999999999999999999999999999999 | " +
		"123456789012345678.123456789012345678"
	if _, got, _ := strings.Cut(show(res, err), "\n"); got != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
	if !cmp.Equal(showColumns(res.Columns), showColumns(query.Columns())) {
		t.Errorf("executed columns %s, prepared columns %s", showColumns(res.Columns), showColumns(query.Columns()))
	}
	for sql, param := range map[string]string{
		"INSERT INTO al (v) VALUES (?)":  "elevenchars|error 22001 data exception - string data, right truncation",
		"INSERT INTO al (i) VALUES (?)":  "abc|error 22018 data exception - invalid character value for cast; Value: 'abc'",
		"INSERT INTO al (d) VALUES (?)":  "18.06.2024|error 22007 data exception - invalid date value; Value: '18.06.2024' Format: 'YYYY-MM-DD'",
		"INSERT INTO al (bi) VALUES (?)": "1000000000000000000000000000000000000|error 22003 data exception - numeric value out of range",
	} {
		value, want, _ := strings.Cut(param, "|")
		res, err := prepare(t, s, sql).Execute(context.Background(), []exatest.Values{text{value}})
		if got := show(res, err); got != want {
			t.Errorf("%s with %s:\ngot  %s\nwant %s", sql, value, got, want)
		}
	}
	// What was prepared must still mean the same when it runs.
	run(t, s, "CREATE OR REPLACE TABLE al (i VARCHAR(5))")
	res, err = query.Execute(context.Background(), []exatest.Values{text{"1"}})
	if got := show(res, err); got != "error 42000 prepared statement is no longer valid: an object has changed" {
		t.Error(got)
	}
}

// TestRowsOfParameters runs a statement with many rows of parameters: all of them count, or none.
func TestRowsOfParameters(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA p")
	run(t, s, "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(100), amount DECIMAL(12,2))")
	insert := prepare(t, s, "INSERT INTO t VALUES (?, ?, ?)")
	const rows = 100_000 / slowdown
	sum := map[int]string{100_000: "4999999500", 1000: "499995"}[rows] // of i + (i % 100) / 100
	var ids, names, amounts text
	for i := range rows {
		ids, names, amounts = append(ids, i), append(names, fmt.Sprint("name ", i)), append(amounts, fmt.Sprintf("%d.%02d", i, i%100))
	}
	start := time.Now()
	res, err := insert.Execute(context.Background(), []exatest.Values{ids, names, amounts})
	if got := show(res, err); got != fmt.Sprint("count ", rows) {
		t.Fatal(got)
	}
	t.Logf("%d rows in %v", rows, time.Since(start))

	// All rows or none: the last row repeats a key.
	res, err = insert.Execute(context.Background(), []exatest.Values{
		text{rows, rows + 1, 0}, text{"a", "b", "c"}, text{nil, nil, nil},
	})
	if got := show(res, err); !strings.HasPrefix(got, "error 42X91") {
		t.Error(got)
	}
	if got := show(s.Execute(context.Background(), "SELECT COUNT(*), SUM(amount) FROM t")); !strings.HasSuffix(got, fmt.Sprintf("\n%d | %s", rows, sum)) {
		t.Error(got)
	}
	res, err = prepare(t, s, "UPDATE t SET name = ? WHERE id = ?").Execute(context.Background(), []exatest.Values{text{"x", "y"}, text{"1", "-1"}})
	if got := show(res, err); got != "count 1" {
		t.Error(got)
	}
}

// TestPreparedMerge runs MERGE for rows of parameters: each sees what the one before has done.
func TestPreparedMerge(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA p")
	run(t, s, "CREATE TABLE t (id INT PRIMARY KEY, amount DECIMAL(12,2), note VARCHAR(5))")
	merge := prepare(t, s, "MERGE INTO t USING (SELECT CAST(? AS INT) AS id, CAST(? AS DECIMAL(12,2)) AS amount FROM DUAL) s ON t.id = s.id "+
		"WHEN MATCHED THEN UPDATE SET amount = t.amount + s.amount WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.amount, ?)")
	if got, want := showColumns(merge.Params()), " DECIMAL(18,0),  DECIMAL(12,2),  VARCHAR(5) UTF8"; got != want {
		t.Errorf("parameters %s, want %s", got, want)
	}
	rows := func(notes ...any) []exatest.Values {
		return []exatest.Values{text{1, 2, 1}, text{"1.5", "2", "0.01"}, text(notes)}
	}
	res, err := merge.Execute(context.Background(), rows("a", nil, "c"))
	if got := show(res, err); got != "count 3" {
		t.Fatal(got)
	}
	if got := show(merge.Execute(context.Background(), rows("a", nil, "too long"))); !strings.HasPrefix(got, "error 22001") {
		t.Error(got)
	}
	want := "ID DECIMAL(18,0), AMOUNT DECIMAL(12,2), NOTE VARCHAR(5) UTF8\n1 | 1.51 | a\n2 | 2 | NULL"
	if got := show(s.Execute(context.Background(), "SELECT * FROM t ORDER BY id")); got != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}
