package commands_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
)

func TestParamValueErrors(t *testing.T) {
	day := time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		typ  commands.DataType
		v    any
		want error
	}{
		{of(commands.Boolean), 1, commands.ErrParamType},
		{of(commands.Boolean), 1.0, commands.ErrParamType},
		{of(commands.Boolean), day, commands.ErrParamType},
		{of(commands.Boolean), "yes", commands.ErrParamText},

		{decimal(18, 0), true, commands.ErrParamType},
		{decimal(18, 0), day, commands.ErrParamType},
		{decimal(18, 0), time.Second, commands.ErrParamType},
		{decimal(18, 0), struct{}{}, commands.ErrParamType},
		{decimal(18, 0), map[string]int{}, commands.ErrParamType},
		{decimal(18, 0), []int{1}, commands.ErrParamType},
		{decimal(18, 0), func() {}, commands.ErrParamType},
		{decimal(18, 0), complex(1, 1), commands.ErrParamType},
		{decimal(3, 0), 1000, commands.ErrParamRange},
		{decimal(3, 0), -1000, commands.ErrParamRange},
		{decimal(3, 0), uint(1000), commands.ErrParamRange},
		{decimal(3, 2), 10, commands.ErrParamRange},
		{decimal(3, 2), "10", commands.ErrParamRange},
		{decimal(2, 2), 1, commands.ErrParamRange},
		{decimal(2, 2), "1", commands.ErrParamRange},
		{decimal(18, 0), int64(math.MinInt64), commands.ErrParamRange},
		{decimal(19, 0), uint64(1e19), commands.ErrParamRange},
		{decimal(36, 0), strings.Repeat("9", 37), commands.ErrParamRange},
		{decimal(36, 0), "1e36", commands.ErrParamRange},
		{decimal(36, 0), "1e99999999999999999999", commands.ErrParamRange},
		{decimal(36, 0), 1e36, commands.ErrParamRange},
		{decimal(36, 0), math.NaN(), commands.ErrParamRange},
		{decimal(36, 0), math.Inf(-1), commands.ErrParamRange},
		{of(commands.Decimal), strings.Repeat("9", 20) + "." + strings.Repeat("9", 20), commands.ErrParamRange},
		{decimal(36, 0), new(big.Int).Lsh(big.NewInt(1), 120), commands.ErrParamRange},
		{decimal(36, 0), new(big.Float).SetInf(true), commands.ErrParamRange},
		{decimal(36, 0), new(big.Float).SetMantExp(big.NewFloat(1), 1<<30), commands.ErrParamRange},
		{decimal(36, 0), new(big.Float).SetMantExp(big.NewFloat(1), -1<<30), commands.ErrParamRange},
		{decimal(36, 0), new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 10_000_000)), commands.ErrParamRange},
		{decimal(18, 2), "1.005", commands.ErrParamInexact},
		{decimal(18, 2), 0.125, commands.ErrParamInexact},
		{decimal(18, 2), rat("1/3"), commands.ErrParamInexact},
		{decimal(18, 2), "1.5x", commands.ErrParamText},
		{decimal(18, 2), "0x10", commands.ErrParamText},
		{decimal(18, 2), "1_000", commands.ErrParamText},
		{decimal(18, 2), " 1", commands.ErrParamText},
		{decimal(18, 2), "-", commands.ErrParamText},
		{decimal(18, 2), ".", commands.ErrParamText},
		{decimal(18, 2), "1e", commands.ErrParamText},
		{decimal(18, 2), "1e+", commands.ErrParamText},
		{decimal(18, 2), "1.2.3", commands.ErrParamText},
		{decimal(18, 2), "12,5", commands.ErrParamText},
		{decimal(18, 2), "NaN", commands.ErrParamText},
		{decimal(18, 0), "1\"", commands.ErrParamText},
		{decimal(18, 0), []byte("a"), commands.ErrParamText},

		{of(commands.Double), true, commands.ErrParamType},
		{of(commands.Double), int64(1<<53 + 1), commands.ErrParamInexact},
		{of(commands.Double), int64(math.MaxInt64), commands.ErrParamInexact},
		{of(commands.Double), uint64(math.MaxUint64), commands.ErrParamInexact},
		{of(commands.Double), uint64(1<<53 + 1), commands.ErrParamInexact},
		{of(commands.Double), "9007199254740993", commands.ErrParamInexact},
		{of(commands.Double), "100000000000000000000001", commands.ErrParamInexact},
		{of(commands.Double), new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 80), big.NewInt(1)), commands.ErrParamInexact},
		{of(commands.Double), math.NaN(), commands.ErrParamRange},
		{of(commands.Double), math.Inf(1), commands.ErrParamRange},
		{of(commands.Double), "1e400", commands.ErrParamRange},
		{of(commands.Double), "1e-400", commands.ErrParamRange},
		{of(commands.Double), "Inf", commands.ErrParamText},
		{of(commands.Double), "0x1p4", commands.ErrParamText},

		{varchar(3), "abcd", commands.ErrParamRange},
		{varchar(3), "äöüß", commands.ErrParamRange},
		{varchar(3), 1234, commands.ErrParamRange},
		{varchar(3), day, commands.ErrParamRange},
		{varchar(3), "a\n\"bc", commands.ErrParamRange},
		{varchar(9), "a\xff", commands.ErrParamText},
		{varchar(9), "\"\xff", commands.ErrParamText},
		{varchar(9), "a\xed\xa0\x80", commands.ErrParamText},
		{varchar(9), []byte("12345678\xc3"), commands.ErrParamText},
		{varchar(9), math.NaN(), commands.ErrParamRange},
		{varchar(99), [3]byte{}, commands.ErrParamType},
		{varchar(99), rat("1/3"), commands.ErrParamInexact},
		{varchar(99), day.Add(1), commands.ErrParamInexact},
		{varchar(99), day.AddDate(9999, 0, 0), commands.ErrParamRange},
		{char(3), "ä", commands.ErrParamText},
		{char(9), "\"ä", commands.ErrParamText},
		{char(3), "abcd", commands.ErrParamRange},

		{of(commands.Date), 1, commands.ErrParamType},
		{of(commands.Date), time.Second, commands.ErrParamType},
		{of(commands.Date), day.Add(time.Second), commands.ErrParamInexact},
		{of(commands.Date), day.Add(time.Nanosecond), commands.ErrParamInexact},
		{of(commands.Date), "2024-06-18 00:00:01", commands.ErrParamInexact},
		{of(commands.Date), time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC), commands.ErrParamRange},
		{of(commands.Date), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), commands.ErrParamRange},
		{of(commands.Date), time.Unix(math.MaxInt64, 0), commands.ErrParamRange},
		{of(commands.Date), "2024-02-30", commands.ErrParamRange},
		{of(commands.Date), "18.06.2024", commands.ErrParamText},
		{of(commands.Date), "2024-06-18T00:00:00Z", commands.ErrParamText},
		{of(commands.Date), "2024-06-18 ", commands.ErrParamText},

		{of(commands.Timestamp), 1.5, commands.ErrParamType},
		{of(commands.Timestamp), day.Add(1), commands.ErrParamInexact},
		{timestamp(3), day.Add(time.Microsecond), commands.ErrParamInexact},
		{of(commands.Timestamp), "2024-06-18 00:00:00.0000001", commands.ErrParamInexact},
		{of(commands.Timestamp), "2024-06-18T10:00:00+02:00", commands.ErrParamText},
		{of(commands.Timestamp), "2024-06-18T10:00:00.1234567890", commands.ErrParamText},
		{of(commands.Timestamp), "2024-06-18 24:00:00", commands.ErrParamText},
		{of(commands.Timestamp), "2024-06-18 24:00:00.000000", commands.ErrParamRange},
		{of(commands.TimestampLTZ), day, commands.ErrParamType}, // without Location
		{of(commands.TimestampLTZ), "2024-06-18T10:00:00Z", commands.ErrParamType},

		{daySecond(2, 3), 1, commands.ErrParamType},
		{daySecond(2, 3), day, commands.ErrParamType},
		{daySecond(2, 3), 100 * 24 * time.Hour, commands.ErrParamRange},
		{daySecond(2, 3), -100 * 24 * time.Hour, commands.ErrParamRange},
		{daySecond(2, 3), time.Microsecond, commands.ErrParamInexact},
		{daySecond(2, 3), "1 25:00:00", commands.ErrParamRange},
		{daySecond(2, 3), "1s", commands.ErrParamText},
		{yearMonth(2), 5, commands.ErrParamType},
		{yearMonth(2), time.Second, commands.ErrParamType},
		{yearMonth(2), "100-00", commands.ErrParamRange},
		{yearMonth(2), "-100-00", commands.ErrParamRange},
		{yearMonth(2), "1-12", commands.ErrParamRange},
		{yearMonth(2), "1", commands.ErrParamText},

		{of(commands.Geometry), 1, commands.ErrParamType},
		{of(commands.Geometry), "\xff", commands.ErrParamText},
		{hashtype(32), 1, commands.ErrParamType},
		{hashtype(32), []byte{}, commands.ErrParamRange},
		{hashtype(32), make([]byte, 15), commands.ErrParamRange},
		{hashtype(32), make([]byte, 1025), commands.ErrParamRange},
		{hashtype(36), make([]byte, 15), commands.ErrParamRange},
		{hashtype(32), "abc", commands.ErrParamText},
		{hashtype(32), "xyz0", commands.ErrParamText},
		{hashtype(32), "ab{}", commands.ErrParamText},
		{hashtype(32), "{}", commands.ErrParamText},
		{hashtype(32), "-", commands.ErrParamRange},
		{hashtype(32), "abcd", commands.ErrParamRange},
	} {
		_, err := encode(t, commands.Values([]any{nil, tt.v}), tt.typ, commands.ParamFormats{})
		if !errors.Is(err, tt.want) {
			t.Errorf("%T to %s: got error %v, want %v", tt.v, tt.typ, err, tt.want)
			continue
		}
		var paramErr *commands.ParamError
		if !errors.As(err, &paramErr) || paramErr.Row != 1 || paramErr.GoType != errtext.NameOfType(tt.v) {
			t.Errorf("%T to %s: the error does not name the value: %#v", tt.v, tt.typ, paramErr)
		}
	}
}

func TestParamColumnErrors(t *testing.T) {
	bad := decimal // of sizes that no server should send
	for _, tt := range []struct {
		col commands.ParamColumn
		typ commands.DataType
	}{
		{commands.Values([]bool{}), decimal(1, 0)},
		{commands.Values([]time.Time{}), decimal(1, 0)},
		{commands.Values([]time.Duration{}), decimal(1, 0)},
		{commands.Values([]*time.Duration{}), of(commands.Date)},
		{commands.Values([]*int{}), of(commands.Date)},
		{commands.Values([]uint8{1}), of(commands.Date)},
		{commands.Values([]float64{}), of(commands.Boolean)},
		{commands.Values([]*big.Int{}), of(commands.Timestamp)},
		{commands.Values([]struct{ A int }{}), varchar(1)},
		{commands.Values([][][]byte{}), varchar(1)},
		{commands.Values([]chan int{}), varchar(1)},
		{commands.Values([][4]byte{}), varchar(1)},
		{commands.Values([]deepPointer{}), varchar(1)},
		{commands.Values([]int{}), bad(40, 0)},
		{commands.Values([]int{}), bad(5, 6)},
		{commands.Values([]int{}), bad(5, -1)},
		{commands.Values([]int{}), bad(-5, 0)},
		{commands.Values([]string{}), daySecond(2, 10)},
	} {
		_, err := commands.NewParamEncoder(tt.col, 3, commands.ColumnInfo{Name: "P", DataType: tt.typ}, commands.ParamFormats{})
		var paramErr *commands.ParamError
		if !errors.Is(err, commands.ErrParamType) || !errors.As(err, &paramErr) {
			t.Errorf("%T to %s: got error %v, want ErrParamType", tt.col, tt.typ, err)
			continue
		}
		if paramErr.Column != 3 || paramErr.Name != "P" || paramErr.Row != -1 {
			t.Errorf("%T to %s: the error does not name the column: %#v", tt.col, tt.typ, paramErr)
		}
	}
}

type deepPointer *deepPointer

// TestParamErrorRows: rows are counted from the start of the column, not of the block.
func TestParamErrorRows(t *testing.T) {
	for _, col := range []commands.ParamColumn{
		commands.Values([]int{0, 1, 2, 99}), commands.Values([]myInt{0, 1, 2, 99}), commands.Values([]any{0, 1, 2, 99}),
		commands.Values([]*int{new(0), new(1), new(2), new(99)}),
	} {
		e, err := commands.NewParamEncoder(col, 0, params(decimal(1, 0))[0], commands.ParamFormats{})
		if err != nil {
			t.Fatal(err)
		}
		var paramErr *commands.ParamError
		if _, err := e.Append(nil, 2, 4); !errors.As(err, &paramErr) || paramErr.Row != 3 {
			t.Errorf("%T: got %v, want an error about row 3", col, err)
		}
	}
}

// TestParamErrorTexts is about the words: each prefix once, positions as people count them, and how to cut what is too much.
func TestParamErrorTexts(t *testing.T) {
	noon := time.Date(2024, 6, 18, 12, 0, 0, 123456789, time.UTC)
	short := commands.ParamFormats{Timestamp: "YYYY-MM-DD HH24:MI:SS.FF6", Date: "YYYY-MM-DD"}
	const inexact = "value does not fit exactly: "
	for _, tt := range []struct {
		name string
		v    any
		typ  commands.DataType
		f    commands.ParamFormats
		want string
	}{
		{"no number", "12.345secret", decimal(18, 2), short, "string to DECIMAL(18,2): malformed text: not a number"},
		{"wrong type", true, of(commands.Date), short, "bool to DATE: Go type does not fit the parameter"},
		{
			"TIMESTAMP(3)", noon, timestamp(3), short, "time.Time to TIMESTAMP(3): " + inexact +
				"it has more than the 3 digits of a second that the parameter holds: cut them with t.Truncate(time.Millisecond) or with the option Truncate",
		},
		{
			"TIMESTAMP(0)", noon, timestamp(0), short, "time.Time to TIMESTAMP(0): " + inexact +
				"it has more than the 0 digits of a second that the parameter holds: cut them with t.Truncate(time.Second) or with the option Truncate",
		},
		{
			"TIMESTAMP(4)", noon, timestamp(4), short, "time.Time to TIMESTAMP(4): " + inexact +
				"it has more than the 4 digits of a second that the parameter holds: cut them with t.Truncate(100*time.Microsecond) or with the option Truncate",
		},
		{
			"a format with fewer digits than TIMESTAMP(9)", noon, timestamp(9), short, "time.Time to TIMESTAMP(9): " + inexact +
				"it has more than the 6 digits of a second that the session's format has: cut them with t.Truncate(time.Microsecond) or with the option Truncate, " +
				"or ALTER SESSION to a format with FF9",
		},
		{
			"a format without a time of day", noon.Truncate(time.Second), timestamp(3),
			commands.ParamFormats{Timestamp: "YYYY-MM-DD"},
			"time.Time to TIMESTAMP(3): " + inexact + "the session's format has no place for the time of day: set it to midnight, " +
				"cut it with the option Truncate, or ALTER SESSION to another NLS_TIMESTAMP_FORMAT",
		},
		{
			"DATE", noon, of(commands.Date), short,
			"time.Time to DATE: " + inexact + "a DATE has no time of day: set it to midnight, or cut it with the option Truncate",
		},
		{
			"DECIMAL", "1.234", decimal(18, 2), short,
			"string to DECIMAL(18,2): " + inexact + "more than 2 digits behind the point: round the value, or cut it with the option Truncate",
		},
		{
			"INTERVAL", time.Microsecond, daySecond(2, 3), short, "time.Duration to INTERVAL DAY(2) TO SECOND(3): " + inexact +
				"more than 3 digits for the fraction of a second: cut them with the option Truncate",
		},
		{"a list", []int{1}, decimal(2, 0), short, "[]int to DECIMAL(2,0): Go type does not fit the parameter: " +
			"it is not a list of arguments: write one ? for each value, and give them one by one"},
		{"a struct", struct{ A int }{}, varchar(2), short, "struct { A int } to VARCHAR(2) UTF8: Go type does not fit the parameter: use exawire.JSON[T] to write it as JSON"},
		{"a map", &map[string]any{}, varchar(2), short, "*map[string]any to VARCHAR(2) UTF8: Go type does not fit the parameter: use exawire.JSON[T] to write it as JSON"},
		{"a struct into a number", struct{}{}, decimal(2, 0), short, "struct {} to DECIMAL(2,0): Go type does not fit the parameter"},
		{"a name", sql.Named("id", 7), decimal(2, 0), short, "sql.NamedArg to DECIMAL(2,0): Go type does not fit the parameter: " +
			"there are no named parameters: write ? for each, and give the arguments in their order"},
		{"an address that is none", net.IP("s3cret"), varchar(20), short, "net.IP to VARCHAR(20) UTF8: its AppendText method refuses the value"},
		{"a method's own words", valuer{errors.New("mine")}, varchar(20), short, "commands_test.valuer to VARCHAR(20) UTF8: mine"},
		{"an infinity as JSON", commands.JSON[float64]{V: math.Inf(1)}, varchar(20), short, "exawire.JSON[float64] to VARCHAR(20) UTF8: JSON of float64: a value in it has no form in JSON"},
		{"too large", 100, decimal(2, 0), short, "int to DECIMAL(2,0): value out of range: more than 2 digits before the point"},
		{"too long", "abc", varchar(2), short, "string to VARCHAR(2) UTF8: value out of range: more than 2 characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := commands.NewParamEncoder(commands.Values([]any{nil, tt.v}), 2, commands.ColumnInfo{Name: "PRICE", DataType: tt.typ}, tt.f)
			if err != nil {
				t.Fatal(err)
			}
			_, err = e.Append(nil, 0, 2)
			if diff := cmp.Diff(`exawire: parameter 3 "PRICE", row 2: `+tt.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("text differs (-want +got):\n%s", diff)
			}
		})
	}
	all := &commands.ParamError{Column: 2, Columns: 7, Row: 1000, GoType: "bool", SQLType: of(commands.Date), Err: commands.ErrParamType}
	if diff := cmp.Diff("exawire: parameter 3 of 7, row 1001: bool to DATE: Go type does not fit the parameter", all.Error()); diff != "" {
		t.Errorf("text differs (-want +got):\n%s", diff)
	}
	_, err := commands.NewParamEncoder(commands.Values([]bool{}), 0, commands.ColumnInfo{DataType: of(commands.Date)}, short)
	if diff := cmp.Diff("exawire: parameter 1: bool to DATE: Go type does not fit the parameter", fmt.Sprint(err)); diff != "" {
		t.Errorf("text differs (-want +got):\n%s", diff)
	}
}

// TestParamErrorsHideValues looks for the value in every error text that a value can cause.
func TestParamErrorsHideValues(t *testing.T) {
	for _, typ := range []commands.DataType{
		of(commands.Boolean), decimal(3, 1), of(commands.Double), varchar(2), char(2), of(commands.Date), timestamp(3),
		of(commands.TimestampLTZ), daySecond(2, 3), yearMonth(2), hashtype(32),
	} {
		for _, v := range []any{"s3cr3t", []byte("s3cr3t"), "73573577.5", 73573577, "7357-35-77", "7357-12-31 12:00:00.1234567", "735735-77", "7357 35:77:00"} {
			_, err := encode(t, commands.Values([]any{v}), typ, commands.ParamFormats{})
			if err != nil && (strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "7357")) {
				t.Errorf("%s: %v", typ, err)
			}
		}
	}
}
