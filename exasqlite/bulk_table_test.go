package exasqlite_test

import (
	"bytes"
	"database/sql"
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

// inSchema returns a session in a schema of its own.
func inSchema(t *testing.T) *exawire.Session {
	t.Helper()
	_, sessions := connected(t, 1)
	if _, err := sessions[0].Exec(t.Context(), "CREATE SCHEMA s"); err != nil {
		t.Fatal(err)
	}
	return sessions[0]
}

// The table that fits a struct holds the least and the greatest values of each of its fields; of intervals, those in
// milliseconds.
func TestTableForHoldsEveryValue(t *testing.T) {
	type extremes struct {
		ID    int
		Yes   bool
		I8    int8
		I16   int16
		I32   int32
		I64   int64
		U8    uint8
		U16   uint16
		U32   uint32
		U64   uint64
		F32   float32
		F64   float64
		Text  string
		At    time.Time
		Wait  time.Duration
		Age   exawire.YearMonth
		Rest  exawire.DaySecond
		Doc   exawire.JSON[[]int]
		Maybe *int64
		Null  sql.Null[string]
		Price exawire.Decimal `exatype:"DECIMAL(36,2)"`
	}
	price, err := exawire.ParseDecimal("-9999999999999999999999999999999999.99")
	if err != nil {
		t.Fatal(err)
	}
	most := int64(math.MaxInt64)
	want := []extremes{
		{
			1, true, math.MinInt8, math.MinInt16, math.MinInt32, math.MinInt64, 0, 0, 0, 0, math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat64,
			"ä, \"b\"\r\n", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), math.MinInt64 / 1_000_000 * 1_000_000,
			exawire.YearMonth{Months: -11_999_999_999},
			exawire.DaySecond{Days: -999_999_999, Nanos: -1e6},
			exawire.JSON[[]int]{V: []int{1}},
			nil,
			sql.Null[string]{},
			price,
		},
		{
			2, false, math.MaxInt8, math.MaxInt16, math.MaxInt32, math.MaxInt64, math.MaxUint8, math.MaxUint16, math.MaxUint32, math.MaxUint64, math.MaxFloat32, math.MaxFloat64,
			strings.Repeat("x", 2_000_000), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), math.MaxInt64 / 1_000_000 * 1_000_000,
			exawire.YearMonth{Months: 11_999_999_999},
			exawire.DaySecond{Days: 999_999_999, Nanos: 1e6},
			exawire.JSON[[]int]{V: []int{}},
			&most,
			sql.Null[string]{V: "x", Valid: true},
			price,
		},
	}
	sess := inSchema(t)
	table, err := bulk.TableFor[extremes]("EXTREMES")
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Create(t.Context(), sess); err != nil {
		t.Fatal(err)
	}
	if _, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9'"); err != nil {
		t.Fatal(err)
	}
	if _, err := bulk.ImportRows(t.Context(), sess, "EXTREMES", exawire.WithoutErrors(slices.Values(want))); err != nil {
		t.Fatal(err)
	}
	rows, err := sess.Query(t.Context(), "SELECT * FROM EXTREMES ORDER BY ID")
	if err != nil {
		t.Fatal(err)
	}
	got, err := exawire.Collect[extremes](rows)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i].At = got[i].At.UTC()
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b exawire.Decimal) bool { return a.Cmp(b) == 0 })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Each value of a file is in the table that its sample gives, whatever the formats of the session are.
func TestSampledFileComesBack(t *testing.T) {
	const file = `id,code,big,price,ratio,day,at,at9,ok,note,empty
1,007,999999999999999999999999999999999999,12.50,1e-3,2024-02-29,2024-06-18 12:00:00,2024-06-18 12:00:00.123456789,true,"a, ""b"" ä",
-999999999999999999,A1,0,-0.25,2.5E10,0001-01-01,9999-12-31 23:59:59.5,0001-01-01 00:00:00.000000001,FALSE,,
3,,,,,,,,,x,
`
	sess := inSchema(t)
	for _, statement := range []string{
		"ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'", "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'DD.MM.YYYY HH24:MI:SS'",
	} {
		if _, err := sess.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	table, again, err := bulk.TableFromCSV("SAMPLED", strings.NewReader(file), bulk.CSV{Header: true})
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, c := range table.Columns {
		types = append(types, c.Name+" "+c.Type)
	}
	wantTypes := []string{
		"ID DECIMAL(18,0)", "CODE VARCHAR(100) UTF8", "BIG DECIMAL(36,0)", "PRICE DECIMAL(18,2)", "RATIO DOUBLE PRECISION", "DAY DATE",
		"AT TIMESTAMP", "AT9 TIMESTAMP(9)", "OK BOOLEAN", "NOTE VARCHAR(100) UTF8", "EMPTY VARCHAR(2000000) UTF8",
	}
	if diff := cmp.Diff(wantTypes, types); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	if err := table.Create(t.Context(), sess); err != nil {
		t.Fatal(err)
	}
	if _, err := bulk.Import(t.Context(), sess, "SAMPLED", bulk.FromReader(again), bulk.Format(table.CSV)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	const query = `SELECT id, code, big, price, CAST(ratio AS DECIMAL(36,3)), TO_CHAR("DAY", 'YYYY-MM-DD'), TO_CHAR("AT", 'YYYY-MM-DD HH24:MI:SS.FF3'),
		TO_CHAR(at9, 'YYYY-MM-DD HH24:MI:SS.FF9'), ok, note, "EMPTY" FROM SAMPLED ORDER BY code`
	if _, err := bulk.Export(t.Context(), sess, query, bulk.ToWriter(&out), bulk.Format(bulk.CSV{Boolean: "true/false"})); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(io.Reader(&out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"1", "007", strings.Repeat("9", 36), "12.5", "0.001", "2024-02-29", "2024-06-18 12:00:00.000", "2024-06-18 12:00:00.123456789", "true", `a, "b" ä`, ""},
		{"-999999999999999999", "A1", "0", "-0.25", "25000000000", "0001-01-01", "9999-12-31 23:59:59.500", "0001-01-01 00:00:00.000000001", "false", "", ""},
		{"3", "", "", "", "", "", "", "", "", "x", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
