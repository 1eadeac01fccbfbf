package resultset_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Types of a user.
type (
	myInt    int64
	myByte   uint8
	myString string
	myFloat  float64
	myBool   bool
	myBytes  []byte
	myTime   time.Time
)

// upper is a Scanner that notes what it got.
type upper struct{ got any }

func (u *upper) Scan(src any) error {
	if s, ok := src.(string); ok && s == "refuse" {
		return errRefused
	}
	u.got = src
	return nil
}

var errRefused = errors.New("refused")

// lower is a TextUnmarshaler that notes what it got.
type lower struct{ text string }

func (l *lower) UnmarshalText(text []byte) error {
	if string(text) == "refuse" {
		return errRefused
	}
	l.text = strings.ToLower(string(text))
	return nil
}

func rowsOf(tb testing.TB, col commands.ColumnInfo, values ...string) *resultset.Rows {
	tb.Helper()
	rs := &commands.ResultSet{
		Handle: commands.NoHandle, NumRows: int64(len(values)), NumRowsInMessage: int64(len(values)),
		Columns: []commands.ColumnInfo{col}, Data: []byte("[[" + strings.Join(values, ",") + "]]"),
	}
	berlin := time.FixedZone("BERLIN", 7200)
	return resultset.Open(context.Background(), nil, rs, resultset.Options{Formats: resultset.Formats{Location: berlin}})
}

func ptr[T any](v T) *T { return &v }

func exactly(s string) resultset.Decimal {
	d, err := resultset.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

func wholeNumber(s string) big.Int {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		panic(s)
	}
	return *n
}

func fraction(s string) big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return *r
}

var (
	small    = column("N", decimalType(18, 0))
	large    = column("N", decimalType(36, 0))
	price    = column("N", decimalType(18, 2))
	precise  = column("N", decimalType(36, 20))
	double   = column("N", typed(commands.Double))
	boolean  = column("N", typed(commands.Boolean))
	text     = column("N", varchar(100))
	geometry = column("N", typed(commands.Geometry))
	hash     = column("N", typed(commands.Hashtype))
	date     = column("N", typed(commands.Date))
	stamp    = column("N", typed(commands.Timestamp))
	local    = column("N", typed(commands.TimestampLTZ))
	months   = column("N", typed(commands.IntervalYearToMonth))
	seconds  = column("N", typed(commands.IntervalDayToSecond))
	unknown  = column("N", typed("QUATERNION"))
)

// TestScan scans one value of every type into variables of every type that it goes into. The wanted value's type is the
// type of the variable.
func TestScan(t *testing.T) {
	const nines = "999999999999999999999999999999999999"
	day := time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)
	moment := time.Date(2024, 6, 18, 17, 22, 13, 123456000, time.UTC)
	zoned := time.Date(2024, 6, 18, 17, 22, 13, 123456000, time.FixedZone("BERLIN", 7200))
	tests := []struct {
		col  commands.ColumnInfo
		json string
		want []any
	}{
		{small, `42`, []any{
			int(42), int8(42), int16(42), int32(42), int64(42), uint(42), uint8(42), uint16(42), uint32(42), uint64(42),
			float32(42), float64(42), "42", []byte("42"), exactly("42"), wholeNumber("42"), fraction("42"), ptr(int64(42)),
			ptr(ptr(int16(42))), myInt(42), myByte(42), myString("42"), myFloat(42), ptr(myInt(42)), myBytes("42"),
			sql.Null[int64]{V: 42, Valid: true},
			sql.Null[uint8]{V: 42, Valid: true},
			sql.Null[myInt]{V: 42, Valid: true},
			sql.NullInt64{Int64: 42, Valid: true},
			sql.NullString{String: "42", Valid: true},
			upper{int64(42)},
			lower{"42"},
			ptr(upper{int64(42)}), ptr(lower{"42"}), ptr(big.NewInt(42)), ptr(exactly("42")), json.RawMessage("42"),
		}},
		{precise, `"0"`, []any{float64(0), float32(0), int8(0), uint64(0), wholeNumber("0"), fraction("0"), "0." + strings.Repeat("0", 20), myFloat(0), sql.Null[float64]{Valid: true}}},
		{price, `"0.00"`, []any{float64(0), float32(0), int(0), exactly("0.00")}},
		{small, `-128`, []any{int8(-128), int64(-128), float32(-128), "-128", exactly("-128"), sql.Null[int8]{V: -128, Valid: true}}},
		{small, `999999999999999999`, []any{int64(999999999999999999), uint64(999999999999999999), "999999999999999999"}},
		{small, `9007199254740992`, []any{float64(1 << 53)}},
		{small, `576460752303423488`, []any{float64(1 << 59), float32(1 << 59)}},
		{large, `"` + nines + `"`, []any{nines, exactly(nines), wholeNumber(nines), fraction(nines), upper{nines}, lower{nines}}},
		{large, `"9223372036854775807"`, []any{int64(math.MaxInt64), uint64(math.MaxInt64)}},
		{large, `"-9223372036854775808"`, []any{int64(math.MinInt64), float64(math.MinInt64), float32(math.MinInt64)}},
		{large, `"18446744073709551615"`, []any{uint64(math.MaxUint64), "18446744073709551615"}},
		{large, `7`, []any{7, uint8(7), exactly("7"), float64(7), sql.Null[int]{V: 7, Valid: true}}},
		{price, `"12.5"`, []any{
			"12.50", []byte("12.50"), exactly("12.50"), fraction("25/2"), float64(12.5), float32(12.5),
			upper{"12.50"},
			lower{"12.50"},
			myString("12.50"),
			sql.Null[resultset.Decimal]{V: exactly("12.50"), Valid: true},
			sql.NullFloat64{Float64: 12.5, Valid: true},
		}},
		{price, `"12"`, []any{12, uint8(12), float64(12), wholeNumber("12"), "12.00", myInt(12)}},
		{price, `"0.1"`, []any{0.1, float32(0.1), "0.10"}},
		{price, `"1234567890123456.78"`, []any{exactly("1234567890123456.78")}},
		{price, `"-9999999999999.99"`, []any{-9999999999999.99, exactly("-9999999999999.99")}},
		{precise, `"0.3"`, []any{exactly("0.30000000000000000000"), fraction("3/10")}},
		{precise, `"0.25"`, []any{0.25, float32(0.25)}},
		{double, `1.5`, []any{1.5, float32(1.5), "1.5", []byte("1.5"), fraction("3/2"), ptr(1.5), upper{1.5}, lower{"1.5"}}},
		{double, `-3`, []any{-3.0, -3, int8(-3), float32(-3), wholeNumber("-3"), "-3"}},
		{double, `0.1`, []any{0.1, "0.1", sql.Null[float64]{V: 0.1, Valid: true}, myFloat(0.1)}},
		{double, `1.8446744073709550e+19`, []any{uint64(18446744073709549568), wholeNumber("18446744073709549568")}},
		{double, `-9.2233720368547758e+18`, []any{int64(math.MinInt64)}},
		{double, `1e22`, []any{wholeNumber("10000000000000000000000"), "1e+22"}},
		{boolean, `true`, []any{true, "true", []byte("true"), ptr(true), myBool(true), sql.Null[bool]{V: true, Valid: true}, upper{true}, lower{"true"}}},
		{text, `"Gr\u00fc\u00dfe \ud83d\ude00"`, []any{
			"Gr\u00fc\u00dfe \U0001F600", []byte("Gr\u00fc\u00dfe \U0001F600"), myString("Gr\u00fc\u00dfe \U0001F600"),
			ptr("Gr\u00fc\u00dfe \U0001F600"),
			upper{"Gr\u00fc\u00dfe \U0001F600"},
			lower{"gr\u00fc\u00dfe \U0001F600"},
			sql.Null[string]{V: "Gr\u00fc\u00dfe \U0001F600", Valid: true},
		}},
		{text, `"10.0.0.1"`, []any{netip.MustParseAddr("10.0.0.1"), ptr(netip.MustParseAddr("10.0.0.1"))}},
		{geometry, `"POINT (1 2)"`, []any{"POINT (1 2)", []byte("POINT (1 2)")}},
		{hash, `"00ff"`, []any{"00ff", myBytes("00ff")}},
		{unknown, `"i"`, []any{"i"}},
		{date, `"2024-06-18"`, []any{day, "2024-06-18", ptr(day), myTime(day), lower{"2024-06-18"}, upper{day}, sql.NullTime{Time: day, Valid: true}}},
		{stamp, `"2024-06-18 17:22:13.123456"`, []any{moment, "2024-06-18 17:22:13.123456", sql.Null[time.Time]{V: moment, Valid: true}}},
		{local, `"2024-06-18 17:22:13.123456"`, []any{zoned}},
		{months, `"+05-03"`, []any{resultset.YearMonth{Months: 63}, "+05-03", ptr(resultset.YearMonth{Months: 63})}},
		{seconds, `"-00 00:00:01.000"`, []any{-time.Second, resultset.NewDaySecond(-time.Second), "-00 00:00:01.000", ptr(-time.Second)}},
	}
	for _, tt := range tests {
		for _, want := range tt.want {
			t.Run(fmt.Sprintf("%s %s into %T", tt.col.DataType, tt.json, want), func(t *testing.T) {
				// Once by Scan, once as a field, with rows of NULL around if the type can have them.
				dst := reflect.New(reflect.TypeOf(want))
				r := rowsOf(t, tt.col, tt.json)
				if !r.Next() {
					t.Fatal(r.Err())
				}
				if err := r.Scan(dst.Interface()); err != nil {
					t.Fatal(err)
				}
				same(t, want, dst.Elem().Interface())
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				for i, field := range collectField(t, rowsOf(t, tt.col, tt.json, tt.json, tt.json), reflect.TypeOf(want)) {
					if i > 2 {
						t.Error("more rows than there are")
					}
					same(t, want, field)
				}
			})
		}
	}
}

var collectors = map[reflect.Type]func(*resultset.Rows) ([]any, error){}

func collector[T any]() {
	collectors[reflect.TypeFor[T]()] = func(r *resultset.Rows) ([]any, error) {
		type row struct{ N T }
		all, err := resultset.Collect[row](r)
		var out []any
		for _, v := range all {
			out = append(out, v.N)
		}
		return out, err
	}
}

func init() {
	collector[int]()
	collector[int8]()
	collector[uint64]()
	collector[float64]()
	collector[float32]()
	collector[string]()
	collector[[]byte]()
	collector[bool]()
	collector[time.Time]()
	collector[time.Duration]()
	collector[resultset.Decimal]()
	collector[resultset.YearMonth]()
	collector[resultset.DaySecond]()
	collector[big.Int]()
	collector[big.Rat]()
	collector[myInt]()
	collector[myString]()
	collector[myBytes]()
	collector[myTime]()
	collector[*int64]()
	collector[**int16]()
	collector[*myInt]()
	collector[**big.Int]()
	collector[*time.Time]()
	collector[sql.Null[int64]]()
	collector[sql.Null[string]]()
	collector[sql.Null[myInt]]()
	collector[sql.NullInt64]()
	collector[sql.NullTime]()
	collector[upper]()
	collector[*upper]()
	collector[lower]()
	collector[*lower]()
	collector[netip.Addr]()
	collector[*netip.Addr]()
	collector[any]()
}

// collectField collects the only column into a struct with a field of this type, if that was prepared.
func collectField(tb testing.TB, r *resultset.Rows, typ reflect.Type) []any {
	tb.Helper()
	collect, ok := collectors[typ]
	if !ok {
		_ = r.Close()
		return nil
	}
	all, err := collect(r)
	if err != nil {
		tb.Error(err)
	}
	return all
}

func same(tb testing.TB, want, got any) {
	tb.Helper()
	opts := cmp.Options{
		cmp.Comparer(func(a, b big.Int) bool { return a.Cmp(&b) == 0 }),
		cmp.Comparer(func(a, b big.Rat) bool { return a.Cmp(&b) == 0 }),
		cmp.Comparer(func(a, b resultset.Decimal) bool { return a == b }),
		cmp.Comparer(func(a, b myTime) bool { return time.Time(a).Equal(time.Time(b)) }),
		cmp.AllowUnexported(upper{}, lower{}),
		cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	}
	if diff := cmp.Diff(want, got, opts); diff != "" {
		tb.Errorf("value (-want +got):\n%s", diff)
	}
	if want, ok := want.(time.Time); ok && want.Format(time.RFC3339Nano) != got.(time.Time).Format(time.RFC3339Nano) {
		tb.Errorf("time is %v, want %v", got, want)
	}
}

// TestScanErrors has values that do not go into types: lossy, out of range, or of another kind.
func TestScanErrors(t *testing.T) {
	const nines = `"999999999999999999999999999999999999"`
	tests := []struct {
		col  commands.ColumnInfo
		json string
		dst  []any
		want string
	}{
		{small, `128`, []any{new(int8)}, "out of range"},
		{small, `256`, []any{new(uint8), new(myByte), new(*uint8), new(sql.Null[uint8])}, "out of range"},
		{small, `-1`, []any{new(uint), new(uint8), new(uint16), new(uint32), new(uint64)}, "out of range"},
		{small, `2147483648`, []any{new(int32)}, "out of range"},
		{small, `9007199254740993`, []any{new(float64), new(float32), new(myFloat)}, "more digits"},
		{small, `16777217`, []any{new(float32)}, "more digits"},
		{small, `1`, []any{
			new(bool), new(time.Time), new(time.Duration), new(resultset.YearMonth), new(resultset.DaySecond), new(chan int),
			new(map[string]int), new([]string), new([2]byte), new(struct{ A int }), new(func()), new(complex128), new(error), new(uintptr),
		}, "the Go type does not fit the column"},
		{large, nines, []any{new(int64), new(uint64), new(int)}, "out of range"},
		{large, nines, []any{new(float64), new(float32)}, "more digits"},
		{large, `"-1"`, []any{new(uint64)}, "out of range"},
		{large, `"9223372036854775808"`, []any{new(int64)}, "out of range"},
		{large, `"18446744073709551616"`, []any{new(uint64)}, "out of range"},
		{price, `"12.5"`, []any{new(int), new(uint8), new(big.Int), new(*int)}, "fraction"},
		{price, `"1234567890123456.78"`, []any{new(float64), new(float32)}, "more digits"},
		{price, `"1234567.89"`, []any{new(float32)}, "more digits"},
		{price, `"1"`, []any{new(bool), new(time.Time)}, "the Go type does not fit the column"},
		{precise, `"0.3"`, []any{new(float32)}, "more digits"},
		{double, `1.5`, []any{new(int), new(uint64), new(big.Int)}, "fraction"},
		{double, `0.1`, []any{new(float32)}, "more digits"},
		{double, `1e300`, []any{new(int64), new(uint64)}, "out of range"},
		{double, `1e300`, []any{new(float32)}, "more digits"},
		{double, `-1`, []any{new(uint64), new(uint8)}, "out of range"},
		{double, `9.2233720368547758e+18`, []any{new(int64)}, "out of range"},
		{double, `1.8446744073709552e+19`, []any{new(uint64)}, "out of range"},
		{double, `1`, []any{new(resultset.Decimal), new(bool)}, "the Go type does not fit the column"},
		{boolean, `true`, []any{new(int), new(float64), new(resultset.Decimal)}, "the Go type does not fit the column"},
		{text, `"1"`, []any{new(int), new(float64), new(bool), new(time.Time), new(resultset.Decimal), new(big.Rat)}, "the Go type does not fit the column"},
		{text, `"x"`, []any{new(netip.Addr)}, "its UnmarshalText method refuses the value"},
		{text, `"refuse"`, []any{new(upper), new(lower), new(*upper), new(*lower)}, errRefused.Error()},
		{date, `"2024-06-18"`, []any{new(int64), new(time.Duration), new(bool)}, "the Go type does not fit the column"},
		{months, `"+05-03"`, []any{new(int64), new(time.Duration), new(resultset.DaySecond)}, "the Go type does not fit the column"},
		{seconds, `"+999999999 00:00:00.000"`, []any{new(time.Duration)}, "out of range"},
		{seconds, `"+00 00:00:00.000"`, []any{new(int64), new(resultset.YearMonth)}, "the Go type does not fit the column"},
		{unknown, `"1"`, []any{new(int)}, "the Go type does not fit the column"},
		{small, `1`, []any{nil, 5, "x", struct{}{}, upper{}}, "not a pointer"},
		{small, `1`, []any{(*int)(nil), (*string)(nil), (*myInt)(nil), (**int)(nil), (*sql.Null[int])(nil), (*upper)(nil), (*lower)(nil), (**upper)(nil), (*any)(nil)}, "nil pointer"},
	}
	for _, tt := range tests {
		for _, dst := range tt.dst {
			t.Run(fmt.Sprintf("%s %s into %T", tt.col.DataType, tt.json, dst), func(t *testing.T) {
				r := rowsOf(t, tt.col, "null", tt.json)
				defer r.Close()
				r.Next()
				r.Next()
				for range 2 { // the second time with a cell
					err := r.Scan(dst)
					contains(t, err, tt.want)
					scanErr := (*resultset.ScanError)(nil)
					if !errors.As(err, &scanErr) {
						t.Fatalf("error %v is no ScanError", err)
					}
					if scanErr.Column != "N" || scanErr.Index != 0 || scanErr.Row != 1 || scanErr.Type.Type != tt.col.DataType.Type {
						t.Errorf("error names the wrong place: %+v", scanErr)
					}
					if rt := reflect.TypeOf(dst); rt != nil && rt.Kind() == reflect.Pointer && scanErr.Go != strings.NewReplacer("resultset.", "exawire.", "interface {}", "any").Replace(rt.Elem().String()) {
						t.Errorf("error names the Go type %s, want %s", scanErr.Go, rt.Elem())
					}
				}
				if r.Err() != nil {
					t.Errorf("an error of Scan ended the rows: %v", r.Err())
				}
			})
		}
	}
}

func TestScanNull(t *testing.T) {
	forbidden := []struct {
		col commands.ColumnInfo
		dst []any
	}{
		{small, []any{new(int), new(uint8), new(float64), new(float32), new(string), new(resultset.Decimal), new(big.Int), new(big.Rat), new(myInt), new(lower)}},
		{large, []any{new(int), new(resultset.Decimal), new(string)}},
		{double, []any{new(float64), new(int), new(string)}},
		{boolean, []any{new(bool), new(myBool), new(string)}},
		{text, []any{new(string), new(myString), new(netip.Addr), new(lower)}},
		{date, []any{new(time.Time), new(string), new(myTime)}},
		{months, []any{new(resultset.YearMonth), new(string)}},
		{seconds, []any{new(resultset.DaySecond), new(time.Duration)}},
	}
	for _, tt := range forbidden {
		for _, dst := range tt.dst {
			r := rowsOf(t, tt.col, "null")
			r.Next()
			if err := r.Scan(dst); !errors.Is(err, resultset.ErrNull) {
				t.Errorf("NULL of %s into %T: error %v, want ErrNull", tt.col.DataType, dst, err)
			}
			_ = r.Close()
		}
	}
	for _, col := range []commands.ColumnInfo{small, large, price, double, boolean, text, date, stamp, local, months, seconds, hash, unknown} {
		// All of them set before, to see that NULL does something.
		dst := []any{
			ptr(any(1)), ptr(ptr("x")), ptr([]byte("x")), ptr(sql.Null[string]{V: "x", Valid: true}), ptr(sql.NullString{String: "x", Valid: true}),
			&upper{"x"}, ptr(&upper{"x"}), ptr(&lower{"x"}), ptr(ptr(any(1))), ptr(myBytes("x")),
		}
		want := []any{
			any(nil), (*string)(nil), []byte(nil), sql.Null[string]{}, sql.NullString{}, upper{}, (*upper)(nil), (*lower)(nil), (*any)(nil), myBytes(nil),
		}
		for i, d := range dst {
			r := rowsOf(t, col, "null")
			r.Next()
			if err := r.Scan(d); err != nil {
				t.Errorf("NULL of %s into %T: %v", col.DataType, d, err)
			}
			if diff := cmp.Diff(want[i], reflect.ValueOf(d).Elem().Interface(), cmp.AllowUnexported(upper{}, lower{})); diff != "" {
				t.Errorf("NULL of %s into %T (-want +got):\n%s", col.DataType, d, diff)
			}
			_ = r.Close()
		}
	}
}

func TestScanAny(t *testing.T) {
	tests := []struct {
		col  commands.ColumnInfo
		json string
		want any
	}{
		{small, `42`, int64(42)},
		{large, `42`, exactly("42")},
		{price, `"1.5"`, exactly("1.50")},
		{double, `1`, 1.0},
		{boolean, `false`, false},
		{text, `"x"`, "x"},
		{date, `"2024-06-18"`, time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)},
		{months, `"-00-01"`, resultset.YearMonth{Months: -1}},
		{seconds, `"+01 00:00:00.000"`, resultset.NewDaySecond(24 * time.Hour)},
	}
	for _, tt := range tests {
		r := rowsOf(t, tt.col, tt.json, "null")
		var got any
		r.Next()
		if err := r.Scan(&got); err != nil {
			t.Error(err)
		}
		same(t, tt.want, got)
		vals, err := r.Values()
		if err != nil || len(vals) != 1 {
			t.Fatal(vals, err)
		}
		same(t, tt.want, vals[0])
		r.Next()
		if err := r.Scan(&got); err != nil || got != nil {
			t.Errorf("NULL of %s: %v, %v", tt.col.DataType, got, err)
		}
		_ = r.Close()
	}
}

// TestScanChangesDestinations scans with other types from row to row: the cells must follow.
func TestScanChangesDestinations(t *testing.T) {
	r := rowsOf(t, small, "1", "2", "3", "4", "5", "6")
	var (
		i  int
		s  string
		p  *int
		m  myInt
		u  upper
		np *myInt
	)
	for n, dst := range []any{&i, &s, &p, &m, &u, &np} {
		if !r.Next() {
			t.Fatal(r.Err())
		}
		if err := r.Scan(dst); err != nil {
			t.Errorf("row %d: %v", n, err)
		}
	}
	same(t, []any{1, "2", ptr(3), myInt(4), upper{int64(5)}, ptr(myInt(6))}, []any{i, s, p, m, u, np})
	_ = r.Close()
}

func TestScanCount(t *testing.T) {
	r := rowsOf(t, small, "1")
	if err := r.Scan(new(int)); err == nil {
		t.Error("scan before Next")
	}
	if _, err := r.Values(); err == nil {
		t.Error("values before Next")
	}
	r.Next()
	contains(t, r.Scan(), "0 destinations for 1 column")
	contains(t, r.Scan(new(int), new(int)), "2 destinations for 1 column")
	r.Next()
	if err := r.Scan(new(int)); err == nil {
		t.Error("scan after the last row")
	}
}

// TestUnparsableTimes has a session format that cannot be parsed: text is all there is, and numbers beside it work.
func TestUnparsableTimes(t *testing.T) {
	open := func() *resultset.Rows {
		rs := &commands.ResultSet{
			Handle: commands.NoHandle, NumRows: 1, NumRowsInMessage: 1, Columns: []commands.ColumnInfo{date}, Data: []byte(`[["18-JUN-24"]]`),
		}
		return resultset.Open(t.Context(), nil, rs, resultset.Options{Formats: resultset.Formats{Date: "DD-MON-YY"}})
	}
	got, err := resultset.One[string](open())
	if err != nil || got != "18-JUN-24" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := resultset.One[time.Time](open()); err == nil {
		t.Error("a time from a format that cannot be parsed")
	} else if typeErr := (*resultset.TypeError)(nil); !errors.As(err, &typeErr) {
		t.Errorf("error %v does not wrap the TypeError", err)
	}
	r := open()
	r.Next()
	if err := r.Scan(new(time.Time)); err == nil {
		t.Error("a time from a format that cannot be parsed")
	}
	if err := r.Scan(new(string)); err != nil {
		t.Error(err)
	}
	_ = r.Close()
}

// TestStringsAreCopies keeps strings and bytes beyond their batch: the fake overwrites messages that were given back.
func TestStringsAreCopies(t *testing.T) {
	type row struct {
		S  string
		B  []byte
		P  *string
		N  sql.Null[string]
		M  myString
		U  upper
		A  any
		MB myBytes
	}
	const n = 1000
	long := strings.Repeat("long ", 150)
	tab := table{}
	for _, name := range []string{"S", "B", "P", "N", "M", "U", "A", "MB"} {
		tab.cols = append(tab.cols, column(name, varchar(2000)))
	}
	var want []row
	for i := range n {
		s := fmt.Sprintf("value %d %s", i, long[:i%len(long)])
		tab.rows = append(tab.rows, literals(s, s, s, s, s, s, s, s))
		want = append(want, row{s, []byte(s), &s, sql.Null[string]{V: s, Valid: true}, myString(s), upper{s}, s, myBytes(s)})
	}
	f := &fake{tb: t, table: tab, step: 400}
	got, err := resultset.Collect[row](f.rows(t.Context(), f.header(100, true), resultset.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != n {
		t.Fatalf("%d rows, want %d", len(got), n)
	}
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("row %d (-want +got):\n%s", i, cmp.Diff(want[i], got[i], cmp.AllowUnexported(upper{})))
		}
	}
	// Bytes are the caller's to append to.
	got[0].B = append(got[0].B, "xxxxxxxx"...)
	if string(got[1].B) != want[1].S {
		t.Error("byte slices share memory")
	}
	f.checkClosed(1)
}

// Scan, Each and Collect into structs allocate by the batch, not by the value: texts are cut from pieces of some KiB.
func TestRowsDoNotAllocatePerValue(t *testing.T) {
	batch := mixedBatch(t)
	var v mixed
	for name, read := range map[string]func(*resultset.Rows) error{
		"Scan": func(r *resultset.Rows) error {
			for r.Next() {
				if err := r.Scan(&v.ID, &v.Qty, &v.Price, &v.Score, &v.Created, &v.Day, &v.Name, &v.Status, &v.Active, &v.Comment); err != nil {
					return err
				}
			}
			return r.Err()
		},
		"Each": func(r *resultset.Rows) error {
			for _, err := range resultset.Each[mixed](r) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	} {
		n := testing.AllocsPerRun(2, func() {
			if err := read(resultset.RowsOver(batch)); err != nil {
				t.Fatal(err)
			}
		})
		if n > benchRows/20 {
			t.Errorf("%s: %v allocations for %d rows", name, n, benchRows)
		}
	}
}
