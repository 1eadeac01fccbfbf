package commands_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
)

func of(name commands.TypeName) commands.DataType { return commands.DataType{Type: name} }

func char(size int) commands.DataType {
	return commands.DataType{Type: commands.Char, Size: &size, CharacterSet: "ASCII"}
}

func timestamp(precision int) commands.DataType {
	return commands.DataType{Type: commands.Timestamp, Precision: &precision}
}

func daySecond(precision, fraction int) commands.DataType {
	return commands.DataType{Type: commands.IntervalDayToSecond, Precision: &precision, Fraction: &fraction}
}

func yearMonth(precision int) commands.DataType {
	return commands.DataType{Type: commands.IntervalYearToMonth, Precision: &precision}
}

func hashtype(size int) commands.DataType {
	return commands.DataType{Type: commands.Hashtype, Size: &size}
}

// encode returns all values of a column as they are sent. It checks that they are JSON, which no input may break.
func encode(tb testing.TB, col commands.ParamColumn, dt commands.DataType, f commands.ParamFormats) (string, error) {
	tb.Helper()
	e, err := commands.NewParamEncoder(col, 0, commands.ColumnInfo{DataType: dt}, f)
	if err != nil {
		return "", err
	}
	out, err := e.Append([]byte("["), 0, col.Len())
	if err != nil {
		if string(out) != "[" {
			tb.Errorf("after an error dst came back as %q", out)
		}
		return "", err
	}
	if !json.Valid(append(out, ']')) {
		tb.Errorf("not JSON: %q", out)
	}
	checkEnds(tb, e, col.Len(), out)
	return string(out[1:]), nil
}

// checkEnds compares the values between the ends with those that are written one by one. all is all of them behind a byte.
func checkEnds(tb testing.TB, e *commands.ParamEncoder, n int, all []byte) {
	tb.Helper()
	ends := make([]int, n)
	again, err := e.AppendEnds([]byte("["), ends, 0, n)
	if err != nil || string(again) != string(all) {
		tb.Errorf("with ends it is %q, error %v, without %q", again, err, all)
		return
	}
	start := 1
	for i, end := range ends {
		value, err := e.Append(nil, i, i+1)
		if err != nil || start > end || end > len(all) || string(value) != string(all[start:end]) {
			tb.Errorf("value %d of %s from %d to %d is %s, error %v", i, all, start, end, value, err)
			return
		}
		start = end + 1
	}
}

type (
	myInt    int32
	myUint   uint16
	myFloat  float32
	myString string
	myBytes  []byte
	myBool   bool
	uuid     [16]byte
)

func (u uuid) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%x-%x", u[:4], u[4:]), nil }

var someUUID = uuid{0x55, 0x0e, 0x84, 0x00, 0xe2, 0x9b, 0x11, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0x00, 0x00}

var berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()

func rat(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

func integer(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 0)
	return n
}

var ymd = time.Date(2024, 6, 18, 0, 0, 0, 0, berlin)

func TestParamValues(t *testing.T) {
	ftime := time.Date(2024, 6, 18, 17, 22, 13, 123456000, berlin)
	tests := []struct {
		name string
		typ  commands.DataType
		col  commands.ParamColumn
		want string
	}{
		{"bool", of(commands.Boolean), commands.Values([]bool{true, false}), `true,false`},
		{"named bool", of(commands.Boolean), commands.Values([]myBool{true, false}), `true,false`},
		{"text", of(commands.Boolean), commands.Values([]string{"TRUE", "f", "0", "T", ""}), `true,false,false,true,null`},

		{"int64", decimal(18, 0), commands.Values([]int64{0, -7, 999999999999999999}), `0,-7,999999999999999999`},
		{
			"int64 above 10^18", decimal(19, 0), commands.Values([]int64{1e18 - 1, 1e18, -1e18, math.MaxInt64, math.MinInt64}),
			`999999999999999999,"1000000000000000000","-1000000000000000000","9223372036854775807","-9223372036854775808"`,
		},
		{
			"uint64", decimal(36, 0), commands.Values([]uint64{7, 1e18 - 1, 1e18, math.MaxUint64}),
			`7,999999999999999999,"1000000000000000000","18446744073709551615"`,
		},
		{"integers with a scale", decimal(18, 2), commands.Values([]int{5, -1}), `"5","-1"`},
		{"small integers", decimal(3, 0), commands.Values([]int8{-128, 127}), `-128,127`},
		{"int16", decimal(5, 0), commands.Values([]int16{-32768}), `-32768`},
		{"int32", decimal(10, 0), commands.Values([]int32{-2147483648}), `-2147483648`},
		{"uint8", decimal(3, 0), commands.Values([]uint8{255}), `255`},
		{"uint16", decimal(5, 0), commands.Values([]uint16{65535}), `65535`},
		{"uint32", decimal(10, 0), commands.Values([]uint32{4294967295}), `4294967295`},
		{"uint", decimal(10, 0), commands.Values([]uint{1}), `1`},
		{"named integers", decimal(10, 0), commands.Values([]myInt{-5}), `-5`},
		{"named unsigned", decimal(10, 0), commands.Values([]myUint{5}), `5`},
		{"float64", decimal(18, 3), commands.Values([]float64{0.1, -2.5, 1e3, 0, math.Copysign(0, -1), 1.125}), `"0.1","-2.5","1000","0","0","1.125"`},
		{
			"large float64", decimal(36, 0), commands.Values([]float64{1e21, 1e35, 9007199254740993}),
			`"1000000000000000000000","100000000000000000000000000000000000",9007199254740992`,
		},
		{"float32", decimal(18, 3), commands.Values([]float32{0.1, 1.5}), `"0.1","1.5"`},
		{"named float32", decimal(18, 3), commands.Values([]myFloat{0.1}), `"0.1"`},
		{
			"text", decimal(18, 2), commands.Values([]string{"12.34", "-0.50", "00012", "+1.", ".5", "1.500", "-0", "-0.00", "1e2", "12345e-2", "0.0012e3", "00.5e1", "12.345e1", ""}),
			`"12.34","-0.5","12","1","0.5","1.5","0","0","100","123.45","1.2","5","123.45",null`,
		},
		{
			"text without a scale", decimal(36, 0), commands.Values([]string{"0", "-00", "12", "999999999999999999", "1000000000000000000", strings.Repeat("9", 36)}),
			`0,0,12,999999999999999999,"1000000000000000000","` + strings.Repeat("9", 36) + `"`,
		},
		{"text with nothing before the point", decimal(2, 2), commands.Values([]string{"0.75", "-.01", "0"}), `"0.75","-0.01","0"`},
		{
			"text for all digits", decimal(36, 36), commands.Values([]string{"1e-36", "0." + strings.Repeat("9", 36), "0e99999999999999999999"}),
			`"0.` + strings.Repeat("0", 35) + `1","0.` + strings.Repeat("9", 36) + `","0"`,
		},
		{"unknown precision", of(commands.Decimal), commands.Values([]any{1, "1.5", strings.Repeat("9", 19)}), `1,"1.5","9999999999999999999"`},
		{"bytes", decimal(5, 1), commands.Values([][]byte{[]byte("1.5"), nil}), `"1.5",null`},
		{"big.Int", decimal(36, 0), commands.Values([]*big.Int{integer("-5"), nil, integer("100000000000000000000")}), `-5,null,"100000000000000000000"`},
		{"big.Rat", decimal(10, 3), commands.Values([]*big.Rat{rat("1/8"), rat("-5"), rat("7/2")}), `"0.125","-5","3.5"`},
		{"big.Float", decimal(10, 3), commands.Values([]*big.Float{big.NewFloat(0.1), big.NewFloat(1e6), new(big.Float)}), `"0.1","1000000","0"`},
		{"values of big.Int", decimal(10, 0), commands.Values([]big.Int{*big.NewInt(3)}), `3`},

		{
			"float64", of(commands.Double), commands.Values([]float64{2, 0.1, 1e300, -1.5e-9, 5e-324, 123456789, 1e21, 0}),
			`2.0,0.1,1e+300,-1.5e-09,5e-324,1.23456789e+08,1e+21,0.0`,
		},
		{"float32", of(commands.Double), commands.Values([]float32{0.5, 0.1}), `0.5,0.10000000149011612`},
		{
			"integers", of(commands.Double), commands.Values([]int64{2, -9007199254740992, 1 << 62, math.MinInt64}),
			`2.0,-9007199254740992.0,4611686018427387904.0,-9223372036854775808.0`,
		},
		{"unsigned", of(commands.Double), commands.Values([]uint64{2, 1 << 63}), `2.0,9223372036854775808.0`},
		{
			"text", of(commands.Double), commands.Values([]string{"2", "0.1", "-1E3", "1e-300", "9007199254740992", "12345678901234567.5", ""}),
			`2.0,0.1,-1000.0,1e-300,9.007199254740992e+15,1.2345678901234568e+16,null`,
		},
		{"big numbers", of(commands.Double), commands.Values([]any{big.NewInt(5), rat("1/4"), big.NewFloat(0.5)}), `5.0,0.25,0.5`},

		{
			"text", varchar(20), commands.Values([]string{"a", "", "größe", `say "hi"`, "\x00\x1f\n\t\r\\/", "<&>\u2028", "\U0001F600"}),
			`"a","","größe","say \"hi\"","\u0000\u001f\n\t\r\\/","<&>` + "\u2028" + `","` + "\U0001F600" + `"`,
		},
		{"named text", varchar(20), commands.Values([]myString{"a"}), `"a"`},
		{"bytes", varchar(20), commands.Values([][]byte{[]byte(`b"`), nil, {}}), `"b\"",null,""`},
		{"named bytes", varchar(20), commands.Values([]myBytes{myBytes("b"), nil}), `"b",null`},
		{"counted in characters", varchar(5), commands.Values([]string{"äöüßé", "12345"}), `"äöüßé","12345"`},
		{"char", char(3), commands.Values([]string{"abc", "a"}), `"abc","a"`},
		{"integers", varchar(20), commands.Values([]int64{-5}), `"-5"`},
		{"unsigned", varchar(20), commands.Values([]uint64{math.MaxUint64}), `"18446744073709551615"`},
		{"floats", varchar(20), commands.Values([]float64{3, 0.1, 1e21, 1e-7, -2.5}), `"3","0.1","1e+21","1e-07","-2.5"`},
		{"float32", varchar(20), commands.Values([]float32{0.1}), `"0.1"`},
		{"bool", varchar(20), commands.Values([]bool{true, false}), `"TRUE","FALSE"`},
		{"time", varchar(30), commands.Values([]time.Time{ftime}), `"2024-06-18 17:22:13.123456"`},
		{
			"duration", varchar(30), commands.Values([]time.Duration{time.Second, -25 * time.Hour, 1}),
			`"+00 00:00:01.000","-01 01:00:00.000","+00 00:00:00.000000001"`,
		},
		{"big numbers", varchar(40), commands.Values([]any{big.NewInt(5), rat("1/8"), big.NewFloat(0.1)}), `"5","0.125","0.1"`},
		{"marshaler", varchar(40), commands.Values([]uuid{someUUID}), `"550e8400-e29b11d4a716446655440000"`},

		{
			"time", of(commands.Date), commands.Values([]time.Time{ymd, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}),
			`"2024-06-18","0001-01-01","9999-12-31"`,
		},
		{"text", of(commands.Date), commands.Values([]string{"2024-02-29", "2024-02-29T00:00:00", ""}), `"2024-02-29","2024-02-29",null`},

		{
			"time", of(commands.Timestamp), commands.Values([]time.Time{ftime, ftime.UTC(), time.Date(1969, 12, 31, 23, 59, 59, 1000, time.UTC)}),
			`"2024-06-18 17:22:13.123456","2024-06-18 15:22:13.123456","1969-12-31 23:59:59.000001"`,
		},
		{"time and precision", timestamp(3), commands.Values([]time.Time{ftime.Truncate(time.Millisecond)}), `"2024-06-18 17:22:13.123000"`},
		{
			"text", of(commands.Timestamp), commands.Values([]string{"2024-06-18 17:22:13.123456", "2024-06-18", "2024-06-18T17:22", "2024-06-18 17:22:13,5", ""}),
			`"2024-06-18 17:22:13.123456","2024-06-18 00:00:00.000000","2024-06-18 17:22:00.000000","2024-06-18 17:22:13.500000",null`,
		},

		{
			"duration", daySecond(2, 3), commands.Values([]time.Duration{0, 1500 * time.Millisecond, -26*time.Hour - time.Second}),
			`"+00 00:00:00.000","+00 00:00:01.500","-01 02:00:01.000"`,
		},
		{
			"longest durations", daySecond(9, 9), commands.Values([]time.Duration{math.MaxInt64, math.MinInt64}),
			`"+000106751 23:47:16.854775807","-000106751 23:47:16.854775808"`,
		},
		{"text", daySecond(2, 3), commands.Values([]string{"2 12:50:10.123", "-00 00:00:01", ""}), `"+02 12:50:10.123","-00 00:00:01.000",null`},
		{"no fraction", daySecond(2, 0), commands.Values([]time.Duration{time.Second}), `"+00 00:00:01"`},
		{"text", yearMonth(2), commands.Values([]string{"5-3", "-00-11", "+99-11", ""}), `"+05-03","-00-11","+99-11",null`},
		{"text", yearMonth(4), commands.Values([]string{"1000-5"}), `"+1000-05"`},

		{"text", of(commands.Geometry), commands.Values([]string{"POINT (1 2)", ""}), `"POINT (1 2)",""`},
		{"bytes", of(commands.Geometry), commands.Values([][]byte{[]byte("POINT EMPTY")}), `"POINT EMPTY"`},

		{"bytes", hashtype(4), commands.Values([][]byte{{0xab, 0x01}, nil}), `"ab01",null`},
		{"array", hashtype(32), commands.Values([][16]byte{someUUID}), `"550e8400e29b11d4a716446655440000"`},
		{"array with methods", hashtype(36), commands.Values([]uuid{someUUID}), `"550e8400e29b11d4a716446655440000"`},
		{"boxed array", hashtype(32), commands.Values([]any{someUUID, &someUUID}), `"550e8400e29b11d4a716446655440000","550e8400e29b11d4a716446655440000"`},
		{
			"text", hashtype(32), commands.Values([]string{"{550E8400-E29B-11D4-A716-446655440000}", "550e8400e29b11d4a716446655440000", ""}),
			`"550e8400e29b11d4a716446655440000","550e8400e29b11d4a716446655440000",null`,
		},
		{"text", of(commands.Hashtype), commands.Values([]string{"ab"}), `"ab"`},
		{"text", of("FUTURE"), commands.Values([]string{"x\n"}), `"x\n"`},
		{"empty", of(commands.Boolean), commands.Values([]bool{}), ``},
	}
	for _, tt := range tests {
		t.Run(tt.typ.String()+"/"+tt.name, func(t *testing.T) {
			got, err := encode(t, tt.col, tt.typ, commands.ParamFormats{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("values differ (-want +got):\n%s", diff)
			}
		})
	}
}

// shapes checks that values have the same text in every kind of column that can hold them.
func shapes[T any](t *testing.T, typ commands.DataType, v T, want string) {
	t.Helper()
	pointer := &v
	for _, col := range []commands.ParamColumn{
		commands.Values([]T{v}),
		commands.Values([]*T{&v}),
		commands.Values([]**T{&pointer}),
		commands.Values([]sql.Null[T]{{V: v, Valid: true}}),
		commands.Values([]*sql.Null[T]{{V: v, Valid: true}}),
		commands.Values([]sql.Null[*T]{{V: &v, Valid: true}}),
		commands.Values([]any{v}),
		commands.Values([]any{&v}),
		commands.Values([]any{sql.Null[T]{V: v, Valid: true}}),
	} {
		got, err := encode(t, col, typ, commands.ParamFormats{Location: berlin})
		if err != nil {
			t.Errorf("%T to %s: %v", col, typ, err)
		} else if got != want {
			t.Errorf("%T to %s: got %s, want %s", col, typ, got, want)
		}
	}
	for _, col := range []commands.ParamColumn{
		commands.Values([]*T{nil}),
		commands.Values([]**T{nil}),
		commands.Values([]**T{new(*T)}),
		commands.Values([]sql.Null[T]{{}}),
		commands.Values([]*sql.Null[T]{nil}),
		commands.Values([]*sql.Null[T]{{}}),
		commands.Values([]any{nil}),
		commands.Values([]any{(*T)(nil)}),
		commands.Values([]any{sql.Null[T]{}}),
	} {
		if got, err := encode(t, col, typ, commands.ParamFormats{}); err != nil || got != "null" {
			t.Errorf("%T to %s: NULL became %s, %v", col, typ, got, err)
		}
	}
}

func TestParamShapes(t *testing.T) {
	number := decimal(18, 0)
	shapes(t, number, int(1), `1`)
	shapes(t, number, int8(1), `1`)
	shapes(t, number, int16(1), `1`)
	shapes(t, number, int32(1), `1`)
	shapes(t, number, int64(1), `1`)
	shapes(t, number, uint(1), `1`)
	shapes(t, number, uint8(1), `1`)
	shapes(t, number, uint16(1), `1`)
	shapes(t, number, uint32(1), `1`)
	shapes(t, number, uint64(1), `1`)
	shapes(t, number, myInt(1), `1`)
	shapes(t, number, *big.NewInt(1), `1`)
	shapes(t, number, *rat("1"), `1`)
	shapes(t, number, *big.NewFloat(1), `1`)
	shapes(t, number, "1", `1`)
	shapes(t, of(commands.Double), float32(1), `1.0`)
	shapes(t, of(commands.Double), float64(1), `1.0`)
	shapes(t, of(commands.Double), myFloat(1), `1.0`)
	shapes(t, of(commands.Boolean), true, `true`)
	shapes(t, of(commands.Boolean), myBool(true), `true`)
	shapes(t, varchar(40), "1", `"1"`)
	shapes(t, varchar(40), myString("1"), `"1"`)
	shapes(t, varchar(40), []byte("1"), `"1"`)
	shapes(t, varchar(40), someUUID, `"550e8400-e29b11d4a716446655440000"`)
	shapes(t, of(commands.Hashtype), []byte{1}, `"01"`)
	shapes(t, of(commands.Hashtype), myBytes{1}, `"01"`)
	shapes(t, of(commands.Hashtype), someUUID, `"550e8400e29b11d4a716446655440000"`)
	shapes(t, of(commands.Date), ymd, `"2024-06-18"`)
	shapes(t, of(commands.Timestamp), ymd, `"2024-06-18 00:00:00.000000"`)
	shapes(t, of(commands.TimestampLTZ), ymd, `"2024-06-18 00:00:00.000000"`)
	shapes(t, daySecond(2, 3), time.Second, `"+00 00:00:01.000"`)
}

func TestParamOldNullTypes(t *testing.T) {
	for _, tt := range []struct {
		typ  commands.DataType
		col  commands.ParamColumn
		want string
	}{
		{decimal(18, 0), commands.Values([]sql.NullInt64{{Int64: 1, Valid: true}, {}}), `1,null`},
		{decimal(18, 0), commands.Values([]sql.NullInt32{{Int32: 1, Valid: true}, {}}), `1,null`},
		{decimal(18, 0), commands.Values([]sql.NullByte{{Byte: 1, Valid: true}, {}}), `1,null`},
		{of(commands.Double), commands.Values([]sql.NullFloat64{{Float64: 1, Valid: true}, {}}), `1.0,null`},
		{of(commands.Boolean), commands.Values([]sql.NullBool{{Bool: true, Valid: true}, {}}), `true,null`},
		{varchar(5), commands.Values([]sql.NullString{{String: "a", Valid: true}, {}}), `"a",null`},
		{of(commands.Date), commands.Values([]sql.NullTime{{Time: ymd, Valid: true}, {}}), `"2024-06-18",null`},
	} {
		got, err := encode(t, tt.col, tt.typ, commands.ParamFormats{})
		if err != nil || got != tt.want {
			t.Errorf("%T: got %s, %v, want %s", tt.col, got, err, tt.want)
		}
	}
}

func TestParamTruncate(t *testing.T) {
	moment := time.Date(2024, 6, 18, 17, 22, 13, 123456789, time.UTC)
	for _, tt := range []struct {
		typ  commands.DataType
		v    any
		want string
	}{
		{decimal(18, 2), "1.999", `"1.99"`},
		{decimal(18, 2), "-0.009", `"0"`},
		{decimal(18, 2), 1e-9, `"0"`},
		{decimal(18, 2), 2.675, `"2.67"`},
		{decimal(18, 0), "12.9", `12`},
		{decimal(18, 2), rat("-2/3"), `"-0.66"`},
		{decimal(18, 2), "1e-99999999999999999999", `"0"`},
		{of(commands.Date), moment, `"2024-06-18"`},
		{timestamp(3), moment, `"2024-06-18 17:22:13.123000"`},
		{timestamp(0), moment, `"2024-06-18 17:22:13.000000"`},
		{timestamp(9), moment, `"2024-06-18 17:22:13.123456"`},
		{of(commands.TimestampLTZ), moment, `"2024-06-18 19:22:13.123456"`},
		{daySecond(2, 3), -time.Second - time.Nanosecond, `"-00 00:00:01.000"`},
		{varchar(30), moment, `"2024-06-18 17:22:13.123456"`},
	} {
		got, err := encode(t, commands.Values([]any{tt.v}), tt.typ, commands.ParamFormats{Truncate: true, Location: berlin})
		if err != nil || got != tt.want {
			t.Errorf("%v to %s: got %s, %v, want %s", tt.v, tt.typ, got, err, tt.want)
		}
		if _, err := encode(t, commands.Values([]any{tt.v}), tt.typ, commands.ParamFormats{Location: berlin}); !errors.Is(err, commands.ErrParamInexact) {
			t.Errorf("%v to %s without Truncate: got %v, want ErrParamInexact", tt.v, tt.typ, err)
		}
	}
}
