package exasqlite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

// TestBulkLocal moves files by statements with LOCAL: the list of fields is that of each file.
func TestBulkLocal(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "8.32.0")
	sess := s.sessions[0]
	s.fill(t, 5, latinText)
	mustExec(t, s.check, typesTable("B", s.digits))
	const fields = "(1..12, 13 FORMAT = 'DD.MM.YYYY', 14..18 FORMAT = 'DD.MM.YYYY HH24:MI:SS.FF9', 19..24)"
	for i, options := range []string{"", " COLUMN SEPARATOR = ';' ROW SEPARATOR = 'CRLF' ENCODING = 'ISO-8859-1'", " NULL = 'NULL' COLUMN DELIMITER = ''''"} {
		dir := t.TempDir()
		var files string
		for k := range 3 {
			files += fmt.Sprintf(" FILE '%s'", filepath.Join(dir, fmt.Sprintf("it''s %d.csv%s", k, []string{"", ".gz"}[i%2])))
		}
		want := int64(len(s.rows[latinText]))
		for _, sql := range []string{"EXPORT a1 INTO LOCAL CSV" + files + " " + fields + options, "IMPORT INTO b FROM LOCAL CSV" + files + fields + options} {
			result, err := bulk.Exec(t.Context(), sess, sql, bulk.Parallel(2))
			if err != nil || result.Rows != want {
				t.Fatalf("%s: %d rows of %d, %v", sql, result.Rows, want, err)
			}
		}
		s.equal(t, "A1", "B")
		mustExec(t, s.check, "TRUNCATE TABLE b")
	}
}

// TestBulkRejected leaves out rows that the table does not take, of files and of rows.
func TestBulkRejected(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "2025.1.11")
	sess := s.sessions[0]
	mustExec(t, s.check, "CREATE TABLE t (id DECIMAL(3,0), v VARCHAR(3) NOT NULL)")
	stored := func() []string {
		t.Helper()
		_, got, err := columnTexts(s.check.Query(t.Context(), "SELECT id, v FROM t ORDER BY id"))
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, s.check, "TRUNCATE TABLE t")
		return got
	}
	const file = "1,a\n2,long\nx,b\n4,d\n1000,e\n"
	for limit, want := range map[int][]string{0: nil, 2: nil, 3: {"int64 1, string a", "int64 4, string d"}, bulk.Unlimited: {"int64 1, string a", "int64 4, string d"}} {
		_, err := bulk.Import(t.Context(), sess, "T", bulk.FromReader(strings.NewReader(file)), bulk.Rejected(bulk.Reject{Limit: limit, Into: "T_ERRORS", Tag: "it's"}))
		if diff := cmp.Diff(want, stored()); diff != "" || (err == nil) != (want != nil) {
			t.Errorf("limit %d: %v (-want +got):\n%s", limit, err, diff)
		}
	}
	type row struct {
		ID int64
		V  *string
	}
	rows := []row{{1, ptr("a")}, {2, nil}, {3, ptr("c")}}
	result, err := bulk.ImportRows(t.Context(), sess, "T", exawire.WithoutErrors(slices.Values(rows)), bulk.Rejected(bulk.Reject{Limit: 1}))
	if diff := cmp.Diff([]string{"int64 1, string a", "int64 3, string c"}, stored()); diff != "" || err != nil || result.Rows != 2 {
		t.Errorf("%d rows, %v (-want +got):\n%s", result.Rows, err, diff)
	}
	_, err = bulk.ImportRows(t.Context(), sess, "T", exawire.WithoutErrors(slices.Values(rows)))
	if diff := cmp.Diff([]string(nil), stored()); diff != "" || err == nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestBulkMapping finds columns as Insert does: by name in any order, by position, and without those that no field has, which
// get their defaults.
func TestBulkMapping(t *testing.T) {
	t.Parallel()
	s := newBulkServer(t, "8.32.0")
	sess := s.sessions[0]
	columns := "(id DECIMAL(18,0) IDENTITY, product_name VARCHAR(20), price DECIMAL(9,2) DEFAULT 1.5, \"Mixed\" BOOLEAN)"
	for _, name := range []string{"A", "B"} {
		mustExec(t, s.check, "CREATE TABLE "+name+columns)
	}
	type product struct {
		Mixed       bool
		ProductName string
		Unknown     int
	}
	type positioned struct {
		Number int
		Text   string
		Amount float64
		Yes    bool
	}
	products := []product{{true, "x", 1}, {false, "y", 2}}
	insert := func(opts ...exawire.MapOption) (a, b error) {
		_, a = exawire.Insert(t.Context(), s.check, "A", slices.Values(products), exawire.Mapping(opts...))
		_, b = bulk.ImportRows(t.Context(), sess, "B", exawire.WithoutErrors(slices.Values(products)), bulk.Mapping(opts...))
		return a, b
	}
	if a, b := insert(); a == nil || b == nil {
		t.Errorf("a column without a field: %v, %v", a, b)
	}
	if a, b := insert(exawire.Lax()); a != nil || b != nil {
		t.Errorf("lax: %v, %v", a, b)
	}
	more := []positioned{{10, "z", 2.5, true}}
	_, a := exawire.Insert(t.Context(), s.check, "A", slices.Values(more), exawire.Mapping(exawire.ByPosition()))
	_, b := bulk.ImportRows(t.Context(), sess, "B", exawire.WithoutErrors(slices.Values(more)), bulk.Mapping(exawire.ByPosition()))
	if a != nil || b != nil {
		t.Errorf("by position: %v, %v", a, b)
	}
	s.equal(t, "A", "B")
	var got []positioned
	for row, err := range bulk.ExportRows[positioned](t.Context(), sess, "SELECT * FROM b ORDER BY id DESC", bulk.Mapping(exawire.ByPosition())) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
		break
	}
	if diff := cmp.Diff(more, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}
