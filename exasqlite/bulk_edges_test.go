package exasqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// TestBulkTextAlone moves tables with one column, and with texts in the first one: NULL is an empty row there, and some
// characters mean something at the beginning of a row or of a file.
func TestBulkTextAlone(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "8.32.0")
	sess := s.sessions[0]
	for _, columns := range []string{"v VARCHAR(2000000)", "v VARCHAR(2000000), w VARCHAR(10)"} {
		for _, table := range []string{"TA", "TB"} {
			mustExec(t, s.check, fmt.Sprintf("CREATE OR REPLACE TABLE %s (%s)", table, columns))
		}
		firsts := []string{"\ufeff", "#", "", "\ufeffa", "#a", " ", "\n", "\"", "a"}
		for _, first := range firsts[:len(firsts)/min(slowdown, 3)] {
			rows := []*string{&first, nil}
			for _, text := range append(anyText.texts(), "", first) {
				rows = append(rows, &text, nil)
			}
			mustExec(t, s.check, "TRUNCATE TABLE ta")
			opts := bulk.Columns("V")
			result, err := bulk.ImportRows(t.Context(), sess, "TA", exawire.WithoutErrors(slices.Values(rows)), opts)
			if err != nil || result.Rows != int64(len(rows)) {
				t.Fatalf("%d rows of %d, %v", result.Rows, len(rows), err)
			}
			for i, p := range rows {
				if p != nil && *p == "" {
					rows[i] = nil // which is the same to Exasol
				}
			}
			selected, err := bulk.Query(t.Context(), sess, "SELECT v FROM ta")
			if err != nil {
				t.Fatal(err)
			}
			got, err := exawire.Collect[*string](selected)
			if diff := cmp.Diff(rows, got); diff != "" || err != nil {
				t.Errorf("%s, %q: %v (-want +got):\n%.3000s", columns, first, err, diff)
			}
			for _, csv := range []bulk.CSV{{}, {RowSeparator: bulk.CRLF, ColumnSeparator: ";", ColumnDelimiter: "'"}, {Header: true, RowSeparator: bulk.CR, Null: "a"}, {Null: "NULL"}} {
				mustExec(t, s.check, "TRUNCATE TABLE tb")
				var b bytes.Buffer
				if _, err := bulk.Export(t.Context(), sess, "TA", bulk.ToWriter(&b), bulk.Format(csv)); err != nil {
					t.Fatal(err)
				}
				if result, err := bulk.Import(t.Context(), sess, "TB", bulk.FromReader(&b), bulk.Format(csv)); err != nil || result.Rows != int64(len(rows)) {
					t.Errorf("%s, %q, %+v: %d rows of %d, %v", columns, first, csv, result.Rows, len(rows), err)
				}
				s.equal(t, "TA", "TB")
			}
		}
	}
}

// TestBulkEmpty moves no rows.
func TestBulkEmpty(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "2025.1.11")
	sess := s.sessions[0]
	mustExec(t, s.check, "CREATE TABLE t (id DECIMAL(18,0), v VARCHAR(10))")
	for doors := range 6 {
		for _, header := range []bool{false, true} {
			for _, compress := range [][]bulk.Option{nil, {bulk.Compress()}} {
				d := doorsFor(t, doors)
				opts := slices.Concat(compress, d.opts, []bulk.Option{bulk.Format(bulk.CSV{Header: header})})
				if result, err := bulk.Export(t.Context(), sess, "T", d.to, opts...); err != nil || result.Rows != 0 {
					t.Errorf("export, doors %d: %d rows, %v", doors, result.Rows, err)
				}
				if result, err := bulk.Import(t.Context(), sess, "T", d.from(), opts...); err != nil || result.Rows != 0 {
					t.Errorf("import, doors %d: %d rows, %v", doors, result.Rows, err)
				}
			}
		}
	}
	for _, parallel := range []int{1, 4} {
		rows, err := bulk.Query(t.Context(), sess, "T", bulk.Parallel(parallel))
		if err != nil {
			t.Fatal(err)
		}
		got, err := exawire.Collect[struct {
			ID int64
			V  *string
		}](rows)
		if len(got) != 0 || err != nil || rows.NumRows() != 0 {
			t.Errorf("%d rows, %d, %v", len(got), rows.NumRows(), err)
		}
	}
}

// TestBulkQueryIsQuery reads queries whose columns are no columns of tables.
func TestBulkQueryIsQuery(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "8.32.0")
	mustExec(t, s.check, `CREATE TABLE "Mixed case" ("a b" DECIMAL(9,0), "c""d" VARCHAR(10))`)
	mustExec(t, s.check, `INSERT INTO "Mixed case" VALUES (1, 'x'), (2, NULL)`)
	for _, query := range []string{
		"SELECT NULL", "SELECT NULL, 1, NULL", "SELECT 1, 1", "SELECT 1.50, 1e0, 0.1, -0.10, 1e20, 12345678901234567890", "SELECT TRUE, FALSE, 1 = 2, NULL = 1",
		"SELECT 'x', '', 'x ' || NULL, CAST('ab' AS CHAR(4))", "SELECT DATE '2024-02-29', TIMESTAMP '2024-02-29 12:00:00', CAST(TIMESTAMP '2024-02-29 12:00:00.123456789' AS TIMESTAMP(9))",
		"SELECT CAST(TIMESTAMP '2024-02-29 12:00:00.12' AS TIMESTAMP(2)), CAST(TIMESTAMP '2024-02-29 12:00:00' AS TIMESTAMP(0))",
		"SELECT SUM(x), AVG(x), COUNT(*), MIN(x), 10/4 FROM VALUES BETWEEN 1 AND 10 AS v(x)", "SELECT INTERVAL '5' MONTH, INTERVAL '-1 02:03:04.567' DAY TO SECOND",
		"SELECT POWER(2, 100), SQRT(2), 1/3, CAST(1 AS DOUBLE), CAST(25000000000 AS DOUBLE), CAST(1e300 AS DOUBLE)", `SELECT * FROM "Mixed case" ORDER BY 1`,
		"WITH w AS (SELECT 1 AS a) SELECT a AS \"from\", a + 1 AS \"select\" FROM w", "VALUES (1, 'a'), (2, 'b')", "SELECT 1 -- remark", "SELECT 1;", "(SELECT 1) UNION ALL (SELECT 2)",
	} {
		columns, want, wantErr := columnTexts(s.check.Query(t.Context(), query))
		gotColumns, got, gotErr := columnTexts(bulk.Query(t.Context(), s.check, query))
		if diff := cmp.Diff(columns, gotColumns); diff != "" {
			t.Errorf("%s: columns (-SELECT +Query):\n%s", query, diff)
		}
		if diff := cmp.Diff(want, got); diff != "" || (wantErr == nil) != (gotErr == nil) {
			t.Errorf("%s: %v, %v (-SELECT +Query):\n%s", query, wantErr, gotErr, diff)
		}
	}
	_, got, err := columnTexts(bulk.Query(t.Context(), s.check, `r."Mixed case"`, bulk.Columns(`c"d`)))
	if diff := cmp.Diff([]string{"string x", "<nil> <nil>"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// columnTexts returns the columns of rows, and their values as Scan makes them.
func columnTexts(rows *exawire.Rows, err error) (columns, values []string, _ error) {
	if err != nil {
		return nil, nil, err
	}
	for _, c := range rows.Columns() {
		columns = append(columns, c.Name+" "+c.DataType.String())
	}
	for row, err := range rows.All() {
		if err != nil {
			return columns, values, err
		}
		line, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range line {
			dest[i] = &line[i]
		}
		if err := row.Scan(dest...); err != nil {
			return columns, values, err
		}
		text := ""
		for _, v := range line {
			text += fmt.Sprintf(", %T %v", v, v)
		}
		values = append(values, text[2:])
	}
	return columns, values, nil
}

// TestBulkOldProtocols moves timestamps whose precision the protocol does not say: all their digits come through, or a value
// is refused.
func TestBulkOldProtocols(t *testing.T) {
	t.Parallel()
	type moment struct {
		ID int64
		T  time.Time
		Z  time.Time
	}
	at := time.Date(2024, 6, 18, 10, 11, 12, 123456789, time.UTC)
	for v := 1; v <= 5; v++ {
		backend, err := exasqlite.New()
		if err != nil {
			t.Fatal(err)
		}
		srv := exatest.NewServer(t, exatest.WithBackend(backend), exatest.WithPlaintext(), exatest.WithProtocolVersion(v))
		sess, err := exawire.Connect(t.Context(), srv.DSN("pinformats=1"))
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, sess, "CREATE SCHEMA s")
		mustExec(t, sess, "CREATE TABLE t (id DECIMAL(18,0), t TIMESTAMP(9), z TIMESTAMP(9) WITH LOCAL TIME ZONE)")
		want := []moment{{1, at, at}}
		if _, err := bulk.ImportRows(t.Context(), sess, "T", exawire.WithoutErrors(slices.Values(want))); err != nil {
			t.Errorf("version %d: %v", v, err)
		}
		rows, err := bulk.Query(t.Context(), sess, "T")
		if err != nil {
			t.Fatal(err)
		}
		got, err := exawire.Collect[moment](rows)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("version %d: %v (-want +got):\n%s", v, err, diff)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Before 8.32 a timestamp keeps three digits. A value with more is refused, and not cut.
func TestBulkMilliseconds(t *testing.T) {
	t.Parallel()
	for _, release := range releases[:2] {
		s := newBulkServer(t, release)
		mustExec(t, s.check, "CREATE TABLE t (t TIMESTAMP)")
		at := time.Date(2024, 6, 18, 10, 11, 12, 123_000_000, time.UTC)
		for _, more := range []time.Duration{0, time.Microsecond} {
			v := at.Add(more)
			_, err := bulk.ImportRows(t.Context(), s.sessions[0], "T", exawire.WithoutErrors(slices.Values([]time.Time{v})))
			if more == 0 && err != nil || more > 0 && !strings.Contains(reasonOf(err), "more than the 3 digits of a second that the parameter holds") {
				t.Errorf("%s, %v: %v", release, v, err)
			}
		}
	}
}

// TestBulkColumnsAndFields takes some columns and some fields, in other orders.
func TestBulkColumnsAndFields(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "8.32.0")
	sess := s.sessions[0]
	mustExec(t, s.check, "CREATE TABLE t (id DECIMAL(18,0), v VARCHAR(10) DEFAULT 'none', d DATE, w VARCHAR(10))")
	export := func(from string, opts ...bulk.Option) string {
		t.Helper()
		var b bytes.Buffer
		if _, err := bulk.Export(t.Context(), sess, from, bulk.ToWriter(&b), opts...); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	file := "x,01/02/2024,1,a\ny,,2,b\n"
	csv := bulk.CSV{Fields: []bulk.Field{{From: 3}, {From: 2, Format: "DD/MM/YYYY"}, {From: 4}}}
	if _, err := bulk.Import(t.Context(), sess, "T", bulk.FromReaders(strings.NewReader(file), strings.NewReader(file)), bulk.Columns("ID", "D", "W"), bulk.Format(csv)); err != nil {
		t.Fatal(err)
	}
	want := "1,none,2024-02-01,a\n2,none,,b\n"
	if diff := cmp.Diff(want+want, export("T")); diff != "" {
		t.Errorf("imported (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("W,ID\na,1\nb,2\n", export("T", bulk.Columns("W", "ID"), bulk.Format(bulk.CSV{Header: true}))[:13]); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	got := export("SELECT * FROM t WHERE id = 1", bulk.Format(bulk.CSV{Fields: []bulk.Field{{From: 4, Delimit: bulk.DelimitAlways}, {From: 3, Format: "DD.MM.YY"}, {From: 1}}}))
	if diff := cmp.Diff(strings.Repeat("\"a\",01.02.24,1\n", 2), got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	// From one table into another, as rows.
	mustExec(t, s.check, "CREATE TABLE u LIKE t")
	type row struct {
		ID int64
		V  *string
		D  *time.Time
		W  *string
	}
	if _, err := bulk.ImportRows(t.Context(), s.sessions[1], "U", bulk.ExportRows[row](t.Context(), sess, "T"), bulk.Encrypt(bulk.EncryptionOff)); err != nil {
		t.Fatal(err)
	}
	s.equal(t, "T", "U")
	var discarded bytes.Buffer
	if _, err := bulk.Export(t.Context(), sess, "U", bulk.ToWriters(&discarded, io.Discard)); err != nil {
		t.Fatal(err)
	}
}

// What files cannot carry, as the documentation has it: an error where Exasol has one, and otherwise what it writes.
func TestBulkWhatFilesCannotCarry(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "8.32.0")
	mustExec(t, s.check, "CREATE TABLE t (v VARCHAR(10), n DECIMAL(3,1), t TIMESTAMP(9), z TIMESTAMP WITH LOCAL TIME ZONE)")
	mustExec(t, s.check, "INSERT INTO t VALUES ('a,€', 1.5, '2024-06-18 10:11:12.123456789', '2024-10-27 00:30:00')")
	sess := s.sessions[0]
	alter(t, sess, ",.", "EUROPE/BERLIN", dateFormats[0])
	for csv, want := range map[string]string{
		"": "\"a,€\",\"1,5\",\"2024-06-18 10:11:12.123456\",\"2024-10-27 02:30:00.000000\"\n", "NEVER": "a,€,1,5,2024-06-18 10:11:12.123456,2024-10-27 02:30:00.000000\n", "ISO-8859-1": "",
	} {
		var b bytes.Buffer
		format := bulk.CSV{Encoding: csv}
		if csv == "NEVER" {
			format = bulk.CSV{Delimit: bulk.DelimitNever}
		}
		_, err := bulk.Export(t.Context(), sess, "T", bulk.ToWriter(&b), bulk.Format(format))
		if diff := cmp.Diff(want, b.String()); diff != "" || (err != nil) != (want == "") {
			t.Errorf("%s: %v (-want +got):\n%s", csv, err, diff)
		}
		if csv == "NEVER" {
			if result, err := bulk.Import(t.Context(), sess, "T", bulk.FromReader(&b)); err == nil {
				t.Errorf("%d rows without delimiters were imported", result.Rows)
			}
		}
	}
	var server *exawire.Error
	_, err := bulk.Export(t.Context(), sess, "T", bulk.ToWriter(io.Discard), bulk.Format(bulk.CSV{Encoding: "ISO-8859-1"}))
	if !errors.As(err, &server) || server.SQLCode != "42636" {
		t.Errorf("%v", err)
	}
}
