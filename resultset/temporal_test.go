package resultset_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/exawire/exawire/resultset"
)

func TestYearMonth(t *testing.T) {
	for text, months := range map[string]int64{"+05-03": 63, "-00-11": -11, "+1000-05": 12005, "+00-00": 0} {
		v, err := resultset.ParseYearMonth(text)
		if err != nil || v.Months != months || v.String() != text {
			t.Errorf("ParseYearMonth(%q) = %+v, %v", text, v, err)
		}
	}
	if _, err := resultset.ParseYearMonth("5"); !errors.Is(err, resultset.ErrIntervalSyntax) {
		t.Errorf("error = %v, want ErrIntervalSyntax", err)
	}
	huge := resultset.YearMonth{Months: math.MinInt64}
	if _, err := huge.Value(); !errors.Is(err, resultset.ErrIntervalRange) {
		t.Errorf("Value of %v: %v", huge, err)
	}
	if got := huge.String(); got != "-9223372036854775808 months" {
		t.Errorf("String = %s", got)
	}
	text, err := json.Marshal(resultset.YearMonth{Months: 13})
	if err != nil || string(text) != `"+01-01"` {
		t.Errorf("JSON = %s, %v", text, err)
	}
}

func TestDaySecond(t *testing.T) {
	for text, want := range map[string]resultset.DaySecond{
		"+02 12:50:10.123":              {Days: 2, Nanos: 46210_123_000_000},
		"-00 00:00:01.000":              {Nanos: -1_000_000_000},
		"+03 10:59:59.123456":           {Days: 3, Nanos: 39599_123_456_000},
		"-999999999 23:59:59.999999999": {Days: -999999999, Nanos: -86399_999_999_999},
	} {
		v, err := resultset.ParseDaySecond(text)
		if err != nil || v != want || v.String() != text {
			t.Errorf("ParseDaySecond(%q) = %+v %v, %v", text, v, v, err)
		}
	}
	if _, err := resultset.ParseDaySecond("1 25:00:00"); !errors.Is(err, resultset.ErrIntervalRange) {
		t.Errorf("error = %v, want ErrIntervalRange", err)
	}
	if got := (resultset.DaySecond{Days: math.MaxInt64}).String(); got != "9223372036854775807 days 0 ns" {
		t.Errorf("String = %s", got)
	}
}

func TestDaySecondDuration(t *testing.T) {
	for _, d := range []time.Duration{0, 1, -1, time.Hour, -36 * time.Hour, math.MaxInt64, math.MinInt64} {
		v := resultset.NewDaySecond(d)
		if got, ok := v.Duration(); got != d || !ok {
			t.Errorf("%d ns comes back as %d, %v", d, got, ok)
		}
		if v.Days > 0 && v.Nanos < 0 || v.Days < 0 && v.Nanos > 0 {
			t.Errorf("%d ns has parts of different signs: %+v", d, v)
		}
	}
	for _, v := range []resultset.DaySecond{
		{Days: 106751, Nanos: 85636854775808}, {Days: -106751, Nanos: -85636854775809}, {Days: 106752}, {Days: -106752}, {Days: 999999999}, {Days: math.MaxInt64}, {Days: math.MinInt64, Nanos: math.MinInt64},
	} {
		if d, ok := v.Duration(); ok {
			t.Errorf("%+v is %d ns", v, d)
		}
	}
	if d, ok := (resultset.DaySecond{Days: 1, Nanos: -1}).Duration(); d != 24*time.Hour-1 || !ok {
		t.Errorf("parts of different signs: %v, %v", d, ok)
	}
}

func TestIntervalScan(t *testing.T) {
	var ym resultset.YearMonth
	var ds resultset.DaySecond
	for _, src := range []any{"1-2", []byte("1-2"), resultset.YearMonth{Months: 14}} {
		if err := ym.Scan(src); err != nil || ym.Months != 14 {
			t.Errorf("Scan(%v) = %v, %v", src, ym, err)
		}
	}
	for _, src := range []any{"0 00:00:02", []byte("0 00:00:02"), 2 * time.Second, resultset.DaySecond{Nanos: 2e9}} {
		if err := ds.Scan(src); err != nil || ds.Nanos != 2e9 {
			t.Errorf("Scan(%v) = %v, %v", src, ds, err)
		}
	}
	for _, src := range []any{nil, 1, "x"} {
		if err := ym.Scan(src); err == nil {
			t.Errorf("YearMonth.Scan(%v) passed", src)
		}
		if err := ds.Scan(src); err == nil {
			t.Errorf("DaySecond.Scan(%v) passed", src)
		}
	}
}

func ExampleDaySecond() {
	v, err := resultset.ParseDaySecond("-00 00:00:01.500")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, ok := v.Duration()
	fmt.Println(v, d, ok)
	fmt.Println(resultset.NewDaySecond(36 * time.Hour))
	// Output:
	// -00 00:00:01.500 -1.5s true
	// +01 12:00:00.000
}
