package commands_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// TestParamResultTypes: what comes out of a result goes back in, without allocating.
func TestParamResultTypes(t *testing.T) {
	price, err := resultset.ParseDecimal("-12.50")
	if err != nil {
		t.Fatal(err)
	}
	var months resultset.YearMonth
	if err := months.UnmarshalText([]byte("-00-11")); err != nil {
		t.Fatal(err)
	}
	var pause resultset.DaySecond
	if err := pause.UnmarshalText([]byte("-01 00:00:01.500")); err != nil {
		t.Fatal(err)
	}
	shapes(t, decimal(18, 2), price, `"-12.5"`)
	shapes(t, of(commands.Double), price, `-12.5`)
	shapes(t, varchar(10), price, `"-12.50"`)
	shapes(t, yearMonth(2), months, `"-00-11"`)
	shapes(t, daySecond(2, 3), pause, `"-01 00:00:01.500"`)

	prices := make([]resultset.Decimal, 100)
	nulls := make([]sql.Null[resultset.Decimal], 100)
	all := make([]resultset.YearMonth, 100)
	pauses := make([]*resultset.DaySecond, 100)
	boxed := make([]any, 100)
	for i := range prices {
		prices[i], nulls[i], all[i], pauses[i] = price, sql.Null[resultset.Decimal]{V: price, Valid: true}, months, &pause
		boxed[i] = &price
	}
	checkNoAllocations(t, "decimals", commands.Values(prices), decimal(18, 2))
	checkNoAllocations(t, "decimals to double", commands.Values(prices), of(commands.Double))
	checkNoAllocations(t, "nullable decimals", commands.Values(nulls), decimal(18, 2))
	checkNoAllocations(t, "months", commands.Values(all), yearMonth(2))
	checkNoAllocations(t, "pauses", commands.Values(pauses), daySecond(2, 3))
	checkNoAllocations(t, "boxed", commands.Values(boxed), decimal(18, 2))
}

// FuzzParamDecimalField compares decimals in structs, which are written in one go, with their text on the long way.
func FuzzParamDecimalField(f *testing.F) {
	for _, text := range []string{"0", "-0.00", "1", "-1.5", "10", "100.00", "12.50", "0.05", "123456789012345678.90", "99999999999999999999.9", "0.000"} {
		f.Add(text, uint8(18), uint8(2), byte('.'), false)
		f.Add(text, uint8(4), uint8(4), byte(','), true)
	}
	f.Fuzz(func(t *testing.T, text string, precision, scale uint8, point byte, truncate bool) {
		d, err := resultset.ParseDecimal(text)
		if err != nil {
			return
		}
		formats := commands.ParamFormats{DecimalPoint: point, Truncate: truncate}
		for _, typ := range []commands.DataType{decimal(int(precision%37), int(scale%37)), of(commands.Double), varchar(20)} {
			b := commands.NewStructBuffer[struct{ D resultset.Decimal }]([][]int{{0}}, 2)
			b.Append(struct{ D resultset.Decimal }{d})
			b.Append(struct{ D resultset.Decimal }{d})
			got, gotErr := encode(t, b.Columns()[0], typ, formats)
			want, wantErr := encode(t, commands.Values([]*resultset.Decimal{&d, &d}), typ, formats)
			if got != want || (gotErr == nil) != (wantErr == nil) {
				t.Fatalf("%s to %s: %s, %v; want %s, %v", text, typ, got, gotErr, want, wantErr)
			}
			var gotParam, wantParam *commands.ParamError
			if errors.As(gotErr, &gotParam) && errors.As(wantErr, &wantParam) && fmt.Sprint(gotParam.Err) != fmt.Sprint(wantParam.Err) {
				t.Fatalf("%s to %s: %v, want %v", text, typ, gotErr, wantErr)
			}
		}
	})
}
