package commands_test

import (
	"database/sql"
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
