package bulk_test

import (
	"compress/gzip"
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
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

var sameThing = cmp.Options{
	cmp.Comparer(func(a, b exawire.Decimal) bool { return a.Cmp(b) == 0 }),
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
}

// exportedCSV is how a database exports what was imported: all timestamps in one format.
var exportedCSV = strings.NewReplacer("14:05:06.789", "14:05:06.789000000", "12:00:00.000001", "12:00:00.000001000").Replace(thingsCSV)

func TestQueryOfEveryType(t *testing.T) {
	for _, numbers := range []string{".,", ",."} {
		d := newTyped(t, everything, exatest.WithSessionAttribute("timezone", "EUROPE/BERLIN"), exatest.WithSessionAttribute("dateFormat", "DD.MM.YYYY"))
		if err := d.sess.SetAttributes(t.Context(), exawire.NumericCharacters(numbers)); err != nil {
			t.Fatal(err)
		}
		text := exportedCSV
		if numbers == ",." {
			text = strings.NewReplacer("1234567890123456.25", `"1234567890123456,25"`, "-0.1", `"-0,1"`, "-0.5", `"-0,5"`, ",2.0", `,2`).Replace(text)
		}
		d.sends = []string{text}
		var got []thing
		for v, err := range bulk.ExportRows[thing](t.Context(), d.sess, "SELECT * FROM t") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, v)
		}
		if diff := cmp.Diff(things(t), got, sameThing); diff != "" {
			t.Errorf("%s (-want +got):\n%s", numbers, diff)
		}
		want := "EXPORT (SELECT * FROM t\n) INTO CSV AT ... (1..7, 8 FORMAT = 'YYYY-MM-DD', 9..11 FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9', 12..15) " +
			`ENCODING = 'UTF-8' ROW SEPARATOR = 'LF' COLUMN SEPARATOR = ',' COLUMN DELIMITER = '"'`
		if diff := cmp.Diff(want, d.withoutPlaces("EXPORT")); diff != "" {
			t.Errorf("statement (-want +got):\n%s", diff)
		}
	}
}

// itemsCSV is n items as a file.
func itemsCSV(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,the name of number %d is a text of some length\n", i, i)
	}
	return b.String()
}

func query(t *testing.T, d *door, opts ...bulk.Option) *exawire.Rows {
	t.Helper()
	rows, err := bulk.Query(t.Context(), d.sess, "t", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestQueryIsRead reads the same rows in all ways.
func TestQueryIsRead(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000, manyItems} {
		d := newTyped(t, itemColumns)
		d.sends = slices.Repeat([]string{itemsCSV(n)}, 5)
		rows := query(t, d)
		if diff := cmp.Diff(int64(-1), rows.NumRows()); diff != "" && n > 0 {
			t.Errorf("number of rows before (-want +got):\n%s", diff)
		}
		all, err := exawire.Collect[item](rows)
		if err != nil || len(all) != n || rows.NumRows() != int64(n) {
			t.Fatalf("%d rows, NumRows %d, %v, want %d", len(all), rows.NumRows(), err, n)
		}
		for i, v := range all {
			if v.ID != int64(i) || v.Name != fmt.Sprintf("the name of number %d is a text of some length", i) {
				t.Fatalf("row %d is %v", i, v)
			}
		}
		rows = query(t, d)
		i := 0
		for ; rows.Next(); i++ {
			var id int64
			var name string
			if err := rows.Scan(&id, &name); err != nil || id != int64(i) {
				t.Fatalf("row %d: %d, %v", i, id, err)
			}
		}
		if rows.Err() != nil || i != n || rows.Close() != nil {
			t.Errorf("%d rows, %v, %v", i, rows.Err(), rows.Close())
		}
		i = 0
		for batch, err := range query(t, d).Batches() {
			if err != nil {
				t.Fatal(err)
			}
			ids, err := batch.Int64(0)
			if err != nil || ids.Values[0] != int64(i) {
				t.Fatalf("row %d: %v", i, err)
			}
			i += batch.Len()
		}
		if i != n {
			t.Errorf("%d rows, not %d", i, n)
		}
		one, err := exawire.One[item](query(t, d))
		want := map[int]error{0: exawire.ErrNoRows, 1: nil}[n]
		if n > 1 {
			want = exawire.ErrTooManyRows
		}
		if !errors.Is(err, want) || n == 1 && one.ID != 0 {
			t.Errorf("one of %d: %v, %v", n, one, err)
		}
		for v, err := range bulk.ExportRows[item](t.Context(), d.sess, "t") {
			if err != nil || v.ID != 0 {
				t.Errorf("%v, %v", v, err)
			}
			break
		}
		if err := d.sess.Ping(t.Context()); err != nil {
			t.Errorf("the session does not go on: %v", err)
		}
	}
}

// TestQueryBatchByBatch: blocks end anywhere, and rows longer than a block come whole.
func TestQueryLongRows(t *testing.T) {
	d := newTyped(t, "A VARCHAR(2000000) UTF8, B VARCHAR(2000000) UTF8")
	var text strings.Builder
	var want [][2]string
	for _, n := range []int{1, 100_000, 2_000_000, 3, 500_000, 0, 1_999_999} {
		a, b := strings.Repeat("x", n), strings.Repeat("\"\n", n/2)
		want = append(want, [2]string{a, b})
		text.WriteString(`"` + a + `","` + strings.ReplaceAll(b, `"`, `""`) + "\"\n")
	}
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, text.String())
		return int64(len(want)), err
	}))
	var got [][2]string
	for v, err := range bulk.ExportRows[struct{ A, B *string }](t.Context(), d.sess, "t") {
		if err != nil {
			t.Fatal(err)
		}
		row := [2]string{}
		for i, s := range []*string{v.A, v.B} {
			if s != nil {
				row[i] = *s
			}
		}
		got = append(got, row)
	}
	if !slices.Equal(want, got) {
		t.Errorf("%d rows of %d, or other ones", len(got), len(want))
	}
}

func TestQueryParallel(t *testing.T) {
	d := newTyped(t, itemColumns)
	d.sends = []string{itemsCSV(10_000), "", itemsCSV(20_000)}
	count := map[int64]int{}
	for v, err := range bulk.ExportRows[item](t.Context(), d.sess, "t", bulk.Parallel(3)) {
		if err != nil {
			t.Fatal(err)
		}
		count[v.ID]++
	}
	for i := range int64(20_000) {
		want := 2
		if i >= 10_000 {
			want = 1
		}
		if count[i] != want {
			t.Fatalf("row %d came %d times", i, count[i])
		}
	}
}

func TestQueryCompressed(t *testing.T) {
	d := newTyped(t, itemColumns)
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		z := gzip.NewWriter(content)
		_, err := io.WriteString(z, itemsCSV(5000))
		return 5000, errors.Join(err, z.Close())
	}))
	all, err := exawire.Collect[item](query(t, d, bulk.Compress()))
	if err != nil || len(all) != 5000 {
		t.Errorf("%d rows, %v", len(all), err)
	}
	if !strings.Contains(d.Requests("execute")[0].SQL, "'000.csv.gz'") {
		t.Error(d.Requests("execute")[0].SQL)
	}
}

func TestQueryRefused(t *testing.T) {
	d := newTyped(t, itemColumns)
	for _, c := range []struct {
		query string
		opts  []bulk.Option
		want  string
	}{
		{"DELETE FROM t", nil, "bulk: export: DELETE FROM t: neither the name of a table"},
		{"SELECT * FROM t WHERE id = ?", nil, "bulk: export: the query has parameters (?)"},
		{"t", []bulk.Option{bulk.Columns("X")}, `bulk: export: columns: the table has no column "X"`},
		{"t", []bulk.Option{bulk.Compressed(bulk.Gzip)}, "bulk: export: compressed: it is for files"},
		{"t", []bulk.Option{bulk.Format(bulk.CSV{Header: true})}, "bulk: export: format: it is for files"},
		{"t", []bulk.Option{bulk.Mapping(exawire.Lax())}, "bulk: export: mapping: it is for ExportRows"},
		{"t", []bulk.Option{bulk.Truncate()}, "bulk: export: truncate: it is for ImportRows"},
	} {
		_, err := bulk.Query(t.Context(), d.sess, c.query, c.opts...)
		if !strings.HasPrefix(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v", c.query, err)
		}
	}
	if diff := cmp.Diff([]string(nil), d.statements()); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

// TestQueryColumns: of a table only some columns may be wanted.
func TestQueryColumns(t *testing.T) {
	d := newTyped(t, itemColumns)
	d.sends = []string{"\"a\nb\"\n"}
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "\"a\nb\"\n")
		return 1, err
	}))
	for _, table := range []string{"t", " t\n"} {
		rows, err := bulk.Query(t.Context(), d.sess, table, bulk.Columns("NAME"))
		if err != nil {
			t.Fatal(err)
		}
		name, err := exawire.One[string](rows)
		if err != nil || name != "a\nb" {
			t.Errorf("%q: %q, %v", table, name, err)
		}
	}
	if got := d.withoutPlaces("EXPORT"); !strings.HasPrefix(got, `EXPORT t ("NAME") INTO CSV`) {
		t.Error(got)
	}
}

// TestQueryText: text that is not Unicode is an error of its value alone.
func TestQueryText(t *testing.T) {
	d := newTyped(t, itemColumns)
	d.sends = []string{"1,\xff\n2,\"nul\x00\"\n"}
	rows := query(t, d)
	var bad *resultset.ValueError
	var names []string
	for row, err := range rows.All() {
		if err != nil {
			t.Fatal(err)
		}
		v, err := row.Value(1)
		if err != nil && !errors.As(err, &bad) {
			t.Error(err)
		}
		if err == nil {
			names = append(names, fmt.Sprint(v))
		}
	}
	if diff := cmp.Diff([]string{"nul\x00"}, names); bad == nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", bad, diff)
	}
}
