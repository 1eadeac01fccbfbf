package stdlib_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// allTypes is a result with a column of each type: two rows and one of NULLs.
var allTypes = exatest.Rows(exatest.Columns(`I DECIMAL(18,0), D DECIMAL(12,2), L DECIMAL(36,0), F DOUBLE, B BOOLEAN,
	DAY DATE, AT TIMESTAMP, HERE TIMESTAMP WITH LOCAL TIME ZONE, C CHAR(3), V VARCHAR(100) UTF8,
	YM INTERVAL YEAR(2) TO MONTH, DS INTERVAL DAY(2) TO SECOND(3), G GEOMETRY(4326), H HASHTYPE(16 BYTE)`),
	exatest.TextValues("999999999999999999", "-7"),
	exatest.TextValues("0.50", "-12345.67"),
	exatest.TextValues("123456789012345678901234567890123456", "-1"),
	exatest.TextValues("0.1", "-1e300"),
	exatest.TextValues("true", "false"),
	exatest.TextValues("2024-02-29", "0001-01-01"),
	exatest.TextValues("2024-02-29 12:30:00.123", "1999-12-31 23:59:59"),
	exatest.TextValues("2024-02-29 12:30:00.123", "1999-12-31 23:59:59"),
	exatest.TextValues("ab ", "xyz"),
	exatest.TextValues("grün\n\"", "b"),
	exatest.TextValues("+05-03", "-00-11"),
	exatest.TextValues("+02 12:50:10.123", "-00 00:00:01.000"),
	exatest.TextValues("POINT (1 2)", "POINT (3 4)"),
	exatest.TextValues("550e8400e29b11d4a716446655440000", "00000000000000000000000000000001"),
)

// Values are what the documentation says, whatever reads them.
func TestValues(t *testing.T) {
	for _, inline := range []int{1000, 0} {
		t.Run(fmt.Sprint(inline), func(t *testing.T) {
			srv, db := serve(t, exatest.WithInlineRows(inline), exatest.WithSessionAttribute("timezone", "UTC"))
			srv.HandleSQL("SELECT * FROM t", allTypes)
			rows, err := db.Query("SELECT * FROM t")
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			var got [][]any
			for rows.Next() {
				row := make([]any, 14)
				dest := make([]any, len(row))
				for i := range row {
					dest[i] = &row[i]
				}
				if err := rows.Scan(dest...); err != nil {
					t.Fatal(err)
				}
				got = append(got, row)
			}
			if rows.Err() != nil {
				t.Fatal(rows.Err())
			}
			at := func(s string) time.Time {
				v, err := time.Parse("2006-01-02 15:04:05.999999999", s)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			want := [][]any{
				{
					int64(999999999999999999), "0.50", "123456789012345678901234567890123456", 0.1, true, at("2024-02-29 00:00:00"),
					at("2024-02-29 12:30:00.123"), at("2024-02-29 12:30:00.123"), "ab ", "grün\n\"", "+05-03", "+02 12:50:10.123",
					"POINT (1 2)", "550e8400e29b11d4a716446655440000",
				},
				{
					int64(-7), "-12345.67", "-1", -1e300, false, at("0001-01-01 00:00:00"),
					at("1999-12-31 23:59:59"), at("1999-12-31 23:59:59"), "xyz", "b", "-00-11", "-00 00:00:01.000",
					"POINT (3 4)", "00000000000000000000000000000001",
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// rat is a Scanner of the kind that packages for decimals have.
type rat struct{ big.Rat }

func (r *rat) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("scan %T", src)
	}
	if _, ok := r.SetString(text); !ok {
		return errors.New("no number")
	}
	return nil
}

// Scan fills the types that there are for values, those of this module among them.
func TestScan(t *testing.T) {
	srv, db := serve(t)
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	type doc struct{ A int }
	tests := map[string]struct {
		typ, text string // no text is NULL
		dest      any
		want      any
	}{
		"int":                  {"DECIMAL(18,0)", "42", new(int), 42},
		"int32":                {"DECIMAL(18,0)", "42", new(int32), int32(42)},
		"string of an integer": {"DECIMAL(18,0)", "42", new(string), "42"},
		"Decimal of integer":   {"DECIMAL(18,0)", "42", new(exawire.Decimal), mustDecimal(t, "42")},
		"Decimal":              {"DECIMAL(12,2)", "0.50", new(exawire.Decimal), mustDecimal(t, "0.50")},
		"Decimal of 36":        {"DECIMAL(36,0)", "123456789012345678901234567890123456", new(exawire.Decimal), mustDecimal(t, "123456789012345678901234567890123456")},
		"Decimal of a double":  {"DOUBLE", "0.1", new(exawire.Decimal), mustDecimal(t, "0.1")},
		"Null[Decimal]":        {"DECIMAL(12,2)", "0.50", new(sql.Null[exawire.Decimal]), sql.Null[exawire.Decimal]{V: mustDecimal(t, "0.50"), Valid: true}},
		"Null[Decimal] NULL":   {"DECIMAL(12,2)", "", new(sql.Null[exawire.Decimal]), sql.Null[exawire.Decimal]{}},
		"*Decimal":             {"DECIMAL(12,2)", "0.50", new(*exawire.Decimal), ptr(mustDecimal(t, "0.50"))},
		"int64 of a DECIMAL":   {"DECIMAL(36,0)", "42", new(int64), int64(42)},
		"float64 of a DECIMAL": {"DECIMAL(12,2)", "0.50", new(float64), 0.5},
		"rat":                  {"DECIMAL(12,2)", "0.50", new(rat), rat{*big.NewRat(1, 2)}},
		"float64":              {"DOUBLE", "0.1", new(float64), 0.1},
		"bool":                 {"BOOLEAN", "true", new(bool), true},
		"NullBool":             {"BOOLEAN", "", new(sql.NullBool), sql.NullBool{}},
		"time of a DATE":       {"DATE", "2024-02-29", new(time.Time), day},
		"NullTime":             {"DATE", "2024-02-29", new(sql.NullTime), sql.NullTime{Time: day, Valid: true}},
		"string":               {"VARCHAR(10)", "a", new(string), "a"},
		"named string":         {"VARCHAR(10)", "a", new(name), name("a")},
		"[]byte":               {"VARCHAR(10)", "a", new([]byte), []byte("a")},
		"RawBytes":             {"VARCHAR(10)", "a", new(sql.RawBytes), sql.RawBytes("a")},
		"RawBytes of a number": {"DECIMAL(12,2)", "0.50", new(sql.RawBytes), sql.RawBytes("0.50")},
		"NullString":           {"VARCHAR(10)", "", new(sql.NullString), sql.NullString{}},
		"*string NULL":         {"VARCHAR(10)", "", new(*string), (*string)(nil)},
		"JSON":                 {"VARCHAR(10)", `{"A":1}`, new(exawire.JSON[doc]), exawire.JSON[doc]{V: doc{1}}},
		"Null[JSON]":           {"VARCHAR(10)", "", new(sql.Null[exawire.JSON[doc]]), sql.Null[exawire.JSON[doc]]{}},
		"YearMonth":            {"INTERVAL YEAR(2) TO MONTH", "-00-11", new(exawire.YearMonth), exawire.YearMonth{Months: -11}},
		"DaySecond":            {"INTERVAL DAY(2) TO SECOND(3)", "+02 00:00:01.000", new(exawire.DaySecond), exawire.DaySecond{Days: 2, Nanos: 1e9}},
		"Null[DaySecond]":      {"INTERVAL DAY(2) TO SECOND(3)", "", new(sql.Null[exawire.DaySecond]), sql.Null[exawire.DaySecond]{}},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			values := exatest.TextValues(test.text)
			if test.text == "" {
				values = exatest.ValuesOf([]*string{nil})
			}
			srv.HandleSQL("SELECT x", exatest.Rows(exatest.Columns("X "+test.typ), values))
			rows, err := db.Query("SELECT x")
			if err != nil {
				t.Fatal(err)
			}
			defer rows.Close()
			if !rows.Next() {
				t.Fatal(rows.Err())
			}
			if err := rows.Scan(test.dest); err != nil {
				t.Fatal(err)
			}
			equal := cmp.Comparer(func(a, b rat) bool { return a.Cmp(&b.Rat) == 0 })
			exact := cmp.Comparer(func(a, b exawire.Decimal) bool { return a == b })
			if diff := cmp.Diff(test.want, reflect.ValueOf(test.dest).Elem().Interface(), equal, exact); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestColumnTypes(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("SELECT * FROM t", allTypes)
	rows, err := db.Query("SELECT * FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	dest := make([]any, len(types))
	for i, c := range types {
		text := fmt.Sprint(c.Name(), " ", c.DatabaseTypeName(), " ", c.ScanType())
		if precision, scale, ok := c.DecimalSize(); ok {
			text += fmt.Sprintf(" (%d,%d)", precision, scale)
		}
		if length, ok := c.Length(); ok {
			text += fmt.Sprint(" ", length)
		}
		if _, ok := c.Nullable(); ok {
			text += " it is known whether it can be NULL"
		}
		got = append(got, text)
		dest[i] = reflect.New(c.ScanType()).Interface()
	}
	want := []string{
		"I DECIMAL int64 (18,0)",
		"D DECIMAL string (12,2)",
		"L DECIMAL string (36,0)",
		"F DOUBLE float64",
		"B BOOLEAN bool",
		"DAY DATE time.Time",
		"AT TIMESTAMP time.Time",
		"HERE TIMESTAMP WITH LOCAL TIME ZONE time.Time",
		"C CHAR string 3",
		"V VARCHAR string 100",
		"YM INTERVAL YEAR TO MONTH string",
		"DS INTERVAL DAY TO SECOND string",
		"G GEOMETRY string",
		"H HASHTYPE string 32",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	if err := rows.Scan(dest...); err != nil {
		t.Error(err)
	}
}

// Values that are kept do not change when other rows are read, whether they repeat or not.
func TestValuesAreOwned(t *testing.T) {
	const n = 20000
	srv, db := serve(t, exatest.WithInlineRows(0))
	texts, prices, floats, ints := make([]string, n), make([]string, n), make([]float64, n), make([]int, n)
	for i := range n {
		texts[i] = []string{"new", "paid", strings.Repeat("x", i%700+1), fmt.Sprint("order ", i)}[i%4]
		prices[i] = fmt.Sprintf("%d.%02d", i/7, i%3)
		floats[i] = []float64{0, math.Copysign(0, -1), float64(i)}[i%3]
		ints[i] = i / 5
	}
	srv.HandleSQL("SELECT * FROM t", exatest.Rows(exatest.Columns("T VARCHAR(1000), P DECIMAL(12,2), F DOUBLE, N DECIMAL(18,0)"),
		exatest.ValuesOf(texts), exatest.TextValues(prices...), exatest.ValuesOf(floats), exatest.ValuesOf(ints)))
	rows, err := db.Query("SELECT * FROM t")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := make([][4]any, 0, n)
	for rows.Next() {
		var v [4]any
		if err := rows.Scan(&v[0], &v[1], &v[2], &v[3]); err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	if rows.Err() != nil || len(got) != n {
		t.Fatal(len(got), rows.Err())
	}
	runtime.GC()
	for i, v := range got {
		f, _ := v[2].(float64)
		if v[0] != texts[i] || v[1] != prices[i] || math.Float64bits(f) != math.Float64bits(floats[i]) || v[3] != int64(ints[i]) {
			t.Fatalf("row %d: %v, not %q %s %v %d", i, v, texts[i], prices[i], floats[i], ints[i])
		}
	}
}

// A value that cannot be read ends the rows there; those before it have been read.
func TestUnreadableValue(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("SELECT ym", exatest.Rows(exatest.Columns("YM INTERVAL YEAR(2) TO MONTH, AT TIMESTAMP"),
		exatest.TextValues("+05-03", "+01-01", "+02-02"), exatest.TextValues("2024-01-01 00:00:00", "2024-01-02 00:00:00", "2024-01-03 00:00:00")))
	srv.Inject(fault.Replace("2024-01-02", "2024-13-02"))
	rows, err := db.Query("SELECT ym")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	var bad *exawire.ValueError
	if n != 1 || !errors.As(rows.Err(), &bad) {
		t.Errorf("%d rows, then %v", n, rows.Err())
	}
	checkHarmless(t, rows.Err())
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
}

// The context of the query governs the rows, also when it ends while somebody reads them: database/sql closes them then, from
// another goroutine. (Not in virtual time, which stands still while that goroutine waits for a mutex.)
func TestContextOfRows(t *testing.T) {
	srv, db := serve(t, exatest.WithInlineRows(0))
	srv.HandleSQL("SELECT n FROM t", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(make([]int, 100_000))))
	srv.Inject(fault.FetchRows(1000))
	for round := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := db.QueryContext(ctx, "SELECT n FROM t")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for ; rows.Next(); n++ {
			if n == round*517 {
				cancel()
			}
			if err := rows.Scan(new(sql.RawBytes)); err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Scan: %v", err)
			}
		}
		if !errors.Is(rows.Err(), context.Canceled) || n == 100_000 {
			t.Errorf("%d rows, then %v", n, rows.Err())
		}
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
		cancel()
	}
	if err := db.Ping(); err != nil {
		t.Fatal(err)
	}
	if n := len(srv.Requests(exatest.Credentials)); n > 2 { // the one before may still be on its way back to the pool
		t.Errorf("%d logins: the connection was not kept", n)
	}
	for _, s := range srv.Sessions() {
		if len(s.ResultSets) > 1 {
			t.Errorf("result sets %v are open", s.ResultSets)
		}
	}
}
