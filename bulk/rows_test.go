package bulk_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// everything has a column of each type.
const everything = `ID DECIMAL(18,0), BIG DECIMAL(36,0), PRICE DECIMAL(18,2), SCORE DOUBLE, ACTIVE BOOLEAN, NAME VARCHAR(2000) UTF8, CODE CHAR(3) ASCII,
	DAY DATE, AT TIMESTAMP(3), FINE TIMESTAMP(9), LOCAL TIMESTAMP(6) WITH LOCAL TIME ZONE, YM INTERVAL YEAR(2) TO MONTH, DS INTERVAL DAY(2) TO SECOND(3),
	HASH HASHTYPE(16 BYTE), SHAPE GEOMETRY`

type thing struct {
	ID     int64
	Big    *exawire.Decimal
	Price  *exawire.Decimal
	Score  *float64
	Active *bool
	Name   *string
	Code   *string
	Day    *time.Time
	At     *time.Time
	Fine   *time.Time
	Local  *time.Time
	YM     *exawire.YearMonth
	DS     *exawire.DaySecond
	Hash   *string
	Shape  *string
}

func ptr[T any](v T) *T { return &v }

func decimal(t testing.TB, text string) *exawire.Decimal {
	t.Helper()
	d, err := exawire.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

func things(t testing.TB) []thing {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return []thing{
		{ID: 1},
		{
			ID: -999_999_999_999_999_999, Big: decimal(t, "-123456789012345678901234567890123456"), Price: decimal(t, "1234567890123456.25"), Score: ptr(-0.1), Active: ptr(true),
			Name: ptr(`say "yes", größe`), Code: ptr("abc"), Day: ptr(time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC)),
			At: ptr(time.Date(2001, 2, 3, 14, 5, 6, 789e6, time.UTC)), Fine: ptr(time.Date(1, 1, 1, 0, 0, 0, 123456789, time.UTC)),
			Local: ptr(time.Date(2020, 7, 1, 12, 0, 0, 1000, berlin)), YM: &exawire.YearMonth{Months: 63}, DS: ptr(resultset.NewDaySecond(2*24*time.Hour + 12*time.Hour + 50*time.Minute + 10*time.Second + 123*time.Millisecond)),
			Hash: ptr("00112233445566778899aabbccddeeff"), Shape: ptr("LINESTRING (1 2, 3 4)"),
		},
		{ID: 0, Price: decimal(t, "-0.5"), Score: ptr(1e300), Active: ptr(false), Name: ptr(" blank "), Day: ptr(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))},
		{ID: 3, Score: ptr(2.0), Name: ptr("tab\tcr\rback\\slash\x01")},
	}
}

// newTyped makes a door with a table T. It is not encrypted, which is quicker; those with options are.
func newTyped(t *testing.T, columns string, opts ...exatest.Option) *door {
	t.Helper()
	if len(opts) == 0 {
		opts = append(opts, exatest.WithPlaintext())
	}
	d := newDoor(t, opts...)
	d.HandleSQL("SELECT * FROM t", exatest.Rows(exatest.Columns(columns)))
	return d
}

func importThings(t *testing.T, d *door, opts ...bulk.Option) string {
	t.Helper()
	result, err := bulk.ImportRows(t.Context(), d.sess, "t", exawire.WithoutErrors(slices.Values(things(t))), opts...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(int64(4), result.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	return d.files["000.csv"]
}

const (
	thingsCSV = "1,,,,,,,,,,,,,,\n" +
		`-999999999999999999,-123456789012345678901234567890123456,1234567890123456.25,-0.1,1,"say ""yes"", größe","abc","2001-02-03","2001-02-03 14:05:06.789",` +
		`"0001-01-01 00:00:00.123456789","2020-07-01 12:00:00.000001","+05-03","+02 12:50:10.123","00112233445566778899aabbccddeeff","LINESTRING (1 2, 3 4)"` + "\n" +
		`0,,-0.5,1e+300,0," blank ",,"9999-12-31",,,,,,,` + "\n" +
		"3,,,2.0,,\"tab\tcr\rback\\slash\x01\",,,,,,,,,\n"

	thingsSQL = `IMPORT INTO t ("ID", "BIG", "PRICE", "SCORE", "ACTIVE", "NAME", "CODE", "DAY", "AT", "FINE", "LOCAL", "YM", "DS", "HASH", "SHAPE") FROM CSV AT ... ` +
		`(1..7, 8 FORMAT = 'YYYY-MM-DD', 9 FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF3', 10 FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9', 11 FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF6', 12..15) ` +
		`ENCODING = 'UTF-8' ROW SEPARATOR = 'LF' COLUMN SEPARATOR = ',' COLUMN DELIMITER = '"'`
)

// withoutPlaces returns the statement of a kind with dots for what comes behind AT.
func (d *door) withoutPlaces(kind string) string {
	for _, r := range d.Requests("execute") {
		if !strings.HasPrefix(r.SQL, kind) {
			continue
		}
		before, after, _ := strings.Cut(r.SQL, " AT ")
		if i := strings.Index(after, ".csv"); i >= 0 {
			_, after, _ = strings.Cut(after[i:], "' ")
		}
		return before + " AT ... " + after
	}
	return ""
}

func TestImportRowsOfEveryType(t *testing.T) {
	d := newTyped(t, everything, exatest.WithSessionAttribute("timezone", "EUROPE/BERLIN"))
	if diff := cmp.Diff(thingsCSV, importThings(t, d)); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(thingsSQL, d.withoutPlaces("IMPORT")); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"IMPORT", "COMMIT"}, d.statements()); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

// TestImportRowsInOtherFormats: numbers follow the session, and dates and timestamps do not.
func TestImportRowsInOtherFormats(t *testing.T) {
	d := newTyped(
		t, everything, exatest.WithSessionAttribute("timezone", "EUROPE/BERLIN"),
		exatest.WithSessionAttribute("dateFormat", "DD.MM.YYYY"), exatest.WithSessionAttribute("datetimeFormat", "DD.MM.YYYY HH24:MI:SS"),
	)
	if err := d.sess.SetAttributes(t.Context(), exawire.NumericCharacters(",.")); err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("1234567890123456.25", `"1234567890123456,25"`, "-0.1", `"-0,1"`, "-0.5", `"-0,5"`, ",2.0", `,"2,0"`).Replace(thingsCSV)
	if diff := cmp.Diff(want, importThings(t, d)); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(thingsSQL, d.withoutPlaces("IMPORT")); diff != "" {
		t.Errorf("statement (-want +got):\n%s", diff)
	}
}

type item struct {
	ID   int64
	Name string
}

const itemColumns = "ID DECIMAL(18,0), NAME VARCHAR(100) UTF8"

// items yields n items, and then the error if there is one.
func items(n int, last error) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for i := range n {
			if !yield(item{int64(i), fmt.Sprintf("the name of number %d is a text of some length", i)}, nil) {
				return
			}
		}
		if last != nil {
			yield(item{}, last)
		}
	}
}

// manyItems are more than fit into a few blocks.
const manyItems = 20_000

func TestImportRowsInBlocks(t *testing.T) {
	for _, n := range []int{1, 127, 128, 129, manyItems} {
		for _, opts := range [][]bulk.Option{nil, {bulk.Parallel(3)}, {bulk.Compress()}} {
			d := newTyped(t, itemColumns)
			var progress bulk.Progress
			result, err := bulk.ImportRows(t.Context(), d.sess, "t", items(n, nil), append(opts, bulk.OnProgress(func(p bulk.Progress) { progress = p }))...)
			if err != nil {
				t.Fatal(err)
			}
			seen := make([]bool, n)
			for name, text := range d.files {
				if strings.HasSuffix(name, ".gz") {
					z, err := gzip.NewReader(strings.NewReader(text))
					if err != nil {
						t.Fatal(err)
					}
					plain, err := io.ReadAll(z)
					if err != nil {
						t.Fatal(err)
					}
					text = string(plain)
				}
				records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
				if err != nil {
					t.Fatal(err)
				}
				for _, record := range records {
					id, err := strconv.Atoi(record[0])
					if err != nil || seen[id] || record[1] != fmt.Sprintf("the name of number %d is a text of some length", id) {
						t.Fatalf("%q: %v, seen before: %t", record, err, seen[id])
					}
					seen[id] = true
				}
			}
			if i := slices.Index(seen, false); i >= 0 {
				t.Errorf("%d rows: row %d is missing", n, i)
			}
			if len(opts) == 0 && result.Rows != int64(n) {
				t.Errorf("%d rows, not %d", result.Rows, n)
			}
			if d.files["000.csv"] != "" && (!progress.Done || progress.Rows != int64(n)) {
				t.Errorf("%d rows: progress is %+v", n, progress)
			}
		}
	}
}

func TestImportNoRows(t *testing.T) {
	d := newTyped(t, itemColumns)
	result, err := bulk.ImportRows(t.Context(), d.sess, "t", items(0, nil))
	if err != nil || result.Rows != 0 {
		t.Errorf("%d rows, %v", result.Rows, err)
	}
	if diff := cmp.Diff([]string(nil), d.statements()); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

func TestImportRowsMapping(t *testing.T) {
	type row struct {
		First  string
		Second int
		Third  bool
	}
	rows := func() iter.Seq2[row, error] {
		return exawire.WithoutErrors(slices.Values([]row{{"a", 2, true}}))
	}
	for _, c := range []struct {
		name string
		opts []bulk.Option
		want string // statement or error
		file string
	}{
		{"by name", nil, `bulk: import: into t: bulk_test.row: field Second: no column "Second"; the columns are "FIRST" and "THIRD"`, ""},
		{"by position", []bulk.Option{bulk.Mapping(exawire.ByPosition())}, `bulk: import: into t: bulk_test.row: 3 fields for 2 columns`, ""},
		{"columns", []bulk.Option{bulk.Mapping(exawire.Lax()), bulk.Columns("SECOND")}, `bulk: import: into t: columns: the table has no column "SECOND"`, ""},
		{"lax", []bulk.Option{bulk.Mapping(exawire.Lax()), bulk.Columns("THIRD", "FIRST")}, `IMPORT INTO t ("THIRD", "FIRST") FROM CSV`, "1,\"a\"\n"},
	} {
		d := newTyped(t, "FIRST VARCHAR(10) UTF8, THIRD BOOLEAN")
		_, err := bulk.ImportRows(t.Context(), d.sess, "t", rows(), c.opts...)
		got := fmt.Sprint(err)
		if err == nil {
			got, _, _ = strings.Cut(d.withoutPlaces("IMPORT"), " AT ")
		}
		if !strings.HasPrefix(got, c.want) || d.files["000.csv"] != c.file {
			t.Errorf("%s: %s, file %q", c.name, got, d.files["000.csv"])
		}
	}
}

func TestImportRowsRefused(t *testing.T) {
	d := newTyped(t, itemColumns)
	for _, c := range []struct {
		name string
		err  func() error
		want string
	}{
		{"name", func() error {
			_, err := bulk.ImportRows(t.Context(), d.sess, "no name", items(1, nil))
			return err
		}, `bulk: import: into "no name": not a name as in SQL`},
		{"nil", func() error {
			_, err := bulk.ImportRows[item](t.Context(), d.sess, "t", nil)
			return err
		}, `bulk: import: there is no sequence of rows`},
		{"slice", func() error {
			_, err := bulk.ImportRows(t.Context(), d.sess, "t", exawire.WithoutErrors(slices.Values([][]item{{}})))
			return err
		}, `bulk: import: into t: a row is one bulk_test.item, not a []bulk_test.item: write ImportRows(ctx, sess, table, exawire.WithoutErrors(slices.Values(rows)))`},
		{"format", func() error {
			_, err := bulk.ImportRows(t.Context(), d.sess, "t", items(1, nil), bulk.Format(bulk.CSV{Null: "x"}))
			return err
		}, `bulk: import: format: it is for files`},
		{"type", func() error {
			_, err := bulk.ImportRows(t.Context(), d.sess, "t", exawire.WithoutErrors(slices.Values([]struct {
				ID   bool
				Name string
			}{{}})))
			return err
		}, `bulk: import: read: parameter 1 of 2 "ID": bool to DECIMAL(18,0): Go type does not fit the parameter`},
	} {
		if err := c.err(); !strings.HasPrefix(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if diff := cmp.Diff([]string(nil), d.statements()); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

func TestImportRowsTruncate(t *testing.T) {
	type row struct{ Day time.Time }
	rows := exawire.WithoutErrors(slices.Values([]row{{time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)}}))
	d := newTyped(t, "DAY DATE")
	if _, err := bulk.ImportRows(t.Context(), d.sess, "t", rows); err == nil {
		t.Error("a time of day was lost")
	}
	if _, err := bulk.ImportRows(t.Context(), d.sess, "t", rows, bulk.Truncate()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff("\"2001-02-03\"\n", d.files["000.csv"]); diff != "" {
		t.Errorf("file (-want +got):\n%s", diff)
	}
}

// TestImportRowsWaitsForTheDatabase: not more than some blocks are taken while it does not read.
func TestImportRowsWaitsForTheDatabase(t *testing.T) {
	d := newTyped(t, itemColumns)
	var taken atomic.Int64
	goOn, reading := make(chan struct{}), make(chan struct{})
	d.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		if _, err := io.ReadFull(content, make([]byte, 10)); err != nil {
			return 0, err
		}
		close(reading)
		<-goOn
		text, err := io.ReadAll(content)
		return int64(bytes.Count(text, []byte("\n"))), err
	}))
	const n = 1_000_000
	go func() {
		<-reading
		for before := int64(-1); before != taken.Load(); time.Sleep(50 * time.Millisecond) {
			before = taken.Load()
		}
		if taken.Load() > n/4 { // of 60 MB
			t.Errorf("%d rows were taken although the database does not read", taken.Load())
		}
		close(goOn)
	}()
	result, err := bulk.ImportRows(t.Context(), d.sess, "t", func(yield func(item, error) bool) {
		for v, err := range items(n, nil) {
			taken.Add(1)
			if !yield(v, err) {
				return
			}
		}
	})
	if err != nil || result.Rows != n {
		t.Errorf("%d rows, %v", result.Rows, err)
	}
}
