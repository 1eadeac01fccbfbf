package resultset_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// everyType is one column of each type, three rows, the second of which is NULL.
var everyType = []struct {
	col   commands.ColumnInfo
	data  string
	forms string // of those below that the column has
}{
	{decimalCol("I", 18, 0), `[1,null,-3]`, "int64 decimal"},
	{decimalCol("L", 36, 0), `["1",null,"-3"]`, "int64 decimal"},
	{decimalCol("S", 18, 2), `["1",null,"-0.03"]`, "decimal"},
	{typedCol("F", commands.Double), `[1.5,null,-3]`, "float64"},
	{typedCol("B", commands.Boolean), `[true,null,false]`, "bool"},
	{textCol("T", 10), `["a",null,"\u00e9"]`, "text"},
	{typedCol("C", commands.Char), `["a ",null,"b "]`, "text"},
	{typedCol("G", commands.Geometry), `["POINT (1 2)",null,"POINT EMPTY"]`, "text"},
	{typedCol("H", commands.Hashtype), `["00ff",null,"ff00"]`, "text"},
	{typedCol("D", commands.Date), `["2024-06-18",null,"0001-01-01"]`, "time text"},
	{typedCol("TS", commands.Timestamp), `["2024-06-18 17:22:13.123000",null,"0001-01-01 00:00:00.000000"]`, "time text"},
	{typedCol("TZ", commands.TimestampLTZ), `["2024-06-18 17:22:13.123000",null,"0001-01-01 00:00:00.000000"]`, "time text"},
	{typedCol("YM", commands.IntervalYearToMonth), `["+05-03",null,"-00-11"]`, "yearmonth text"},
	{typedCol("DS", commands.IntervalDayToSecond), `["+02 12:50:10.123",null,"-00 00:00:01.000"]`, "daysecond text"},
	{typedCol("X", "NEW TYPE"), `["a",null,[1]]`, "text"},
}

// forms asks for a column in each form and returns its length and its bitmap.
var forms = map[string]func(b *resultset.Batch, col int) (int, resultset.Bitmap, error){
	"int64":     form((*resultset.Batch).Int64),
	"decimal":   form((*resultset.Batch).Decimal),
	"float64":   form((*resultset.Batch).Float64),
	"bool":      form((*resultset.Batch).Bool),
	"time":      form((*resultset.Batch).Time),
	"yearmonth": form((*resultset.Batch).YearMonth),
	"daysecond": form((*resultset.Batch).DaySecond),
	"text": func(b *resultset.Batch, col int) (int, resultset.Bitmap, error) {
		c, err := b.Text(col)
		return c.Len(), c.Nulls(), err
	},
}

func form[T comparable](get func(*resultset.Batch, int) (resultset.Column[T], error)) func(*resultset.Batch, int) (int, resultset.Bitmap, error) {
	return func(b *resultset.Batch, col int) (int, resultset.Bitmap, error) {
		c, err := get(b, col)
		var zero T
		for row := range c.Values {
			if v, ok := c.Get(row); ok == c.IsNull(row) || !ok && v != zero {
				return 0, resultset.Bitmap{}, fmt.Errorf("row %d: %v, %v", row, v, ok)
			}
		}
		return c.Len(), c.Nulls, err
	}
}

func decodeEveryType(t *testing.T) (b *resultset.Batch, message []byte) {
	t.Helper()
	message = []byte("[")
	var cols []commands.ColumnInfo
	for i, tt := range everyType {
		if i > 0 {
			message = append(message, ',')
		}
		message = append(message, tt.data...)
		cols = append(cols, tt.col)
	}
	message = append(message, ']')
	b = new(resultset.Batch)
	if _, err := resultset.NewDecoder(cols, resultset.Formats{Location: time.FixedZone("ZONE", 7200)}).Decode(b, message, 1000, 3); err != nil {
		t.Fatal(err)
	}
	return b, message
}

func TestBatchForms(t *testing.T) {
	b, _ := decodeEveryType(t)
	for col, tt := range everyType {
		for name, get := range forms {
			for range 2 { // the second time comes from what the first has kept
				n, nulls, err := get(b, col)
				if !slices.Contains(strings.Fields(tt.forms), name) {
					var wrong *resultset.TypeError
					if !errors.As(err, &wrong) {
						t.Errorf("%s of %s: %v, want a TypeError", name, tt.col.DataType, err)
					} else if wrong.Column != tt.col.Name || wrong.Index != col || wrong.Type.Type != tt.col.DataType.Type || wrong.Want == "" {
						t.Errorf("%s of %s: %+v", name, tt.col.DataType, wrong)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s of %s: %v", name, tt.col.DataType, err)
					continue
				}
				if n != 3 || nulls.Len() != 3 || nulls.Count() != 1 || !nulls.Any() || nulls.Get(0) || !nulls.Get(1) {
					t.Errorf("%s of %s: %d values, NULLs %v", name, tt.col.DataType, n, slices.Collect(nulls.All()))
				}
			}
		}
	}
}

func TestBatchIndexOutOfRange(t *testing.T) {
	b, _ := decodeEveryType(t)
	var empty resultset.Batch
	for name, get := range forms {
		for _, col := range []int{-1, len(everyType), 1 << 30} {
			for _, batch := range []*resultset.Batch{b, &empty} {
				var wrong *resultset.TypeError
				if _, _, err := get(batch, col); !errors.As(err, &wrong) || wrong.Index != col {
					t.Errorf("%s of column %d: %v", name, col, err)
				}
				if v, err := batch.Value(col, 0); !errors.As(err, &wrong) {
					t.Errorf("value of column %d: %v, %v", col, v, err)
				}
			}
		}
	}
	for _, row := range []int{-1, 3, 1 << 30} {
		var wrong *resultset.TypeError
		if v, err := b.Value(0, row); !errors.As(err, &wrong) {
			t.Errorf("value of row %d: %v, %v", row, v, err)
		}
	}
	if empty.Len() != 0 || empty.NumColumns() != 0 || empty.Columns() != nil || empty.Start() != 0 || empty.Clone().Len() != 0 {
		t.Error("the zero batch is not empty")
	}
}

func TestBatchClone(t *testing.T) {
	b, message := decodeEveryType(t)
	want := contents(b)
	clone := b.Clone()
	for i := range message { // as the pool does in tests
		message[i] = 0xDB
	}
	for col := range everyType { // what the next message does to the old columns
		if c, err := b.Int64(col); err == nil {
			clear(c.Values)
		}
		if c, err := b.Decimal(col); err == nil {
			clear(c.Values)
		}
	}
	if diff := cmp.Diff(want, contents(clone)); diff != "" {
		t.Errorf("the clone has changed with its origin (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(b.Columns(), clone.Columns()); diff != "" || clone.Start() != 1000 {
		t.Errorf("columns or start differ: %s", diff)
	}
	if diff := cmp.Diff(want, contents(clone.Clone())); diff != "" {
		t.Errorf("the clone of the clone (-want +got):\n%s", diff)
	}
}

func TestBatchInt64OfLargeDecimal(t *testing.T) {
	var b resultset.Batch
	cols := []commands.ColumnInfo{decimalCol("L", 36, 0)}
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(`[["-9223372036854775808",9223372036854775807,"9223372036854775808"]]`), 40, 3); err != nil {
		t.Fatal(err)
	}
	var wrong *resultset.TypeError
	if _, err := b.Int64(0); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "row 43") {
		t.Errorf("error = %v, want a TypeError that names row 43", err)
	}
}

// TestBatchBadText has values that pass for strings and fail when they are asked for.
func TestBatchBadText(t *testing.T) {
	cols := []commands.ColumnInfo{typedCol("T", commands.Timestamp), typedCol("Y", commands.IntervalYearToMonth), typedCol("D", commands.IntervalDayToSecond)}
	var b resultset.Batch
	data := `[["2024-06-18 17:22:13.123000","2024-13-01 00:00:00.000000"],["+05-03","5"],["+02 12:50:10.123","2"]]`
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&b, []byte(data), 10, 2); err != nil {
		t.Fatal(err)
	}
	for col, name := range []string{"time", "yearmonth", "daysecond"} {
		for range 2 {
			var broken *resultset.ValueError
			if _, _, err := forms[name](&b, col); !errors.As(err, &broken) || broken.Column != col || broken.Row != 11 {
				t.Errorf("%s: %v, want a ValueError of row 11", name, err)
			}
			if v, err := b.Value(col, 1); !errors.As(err, &broken) || broken.Row != 11 {
				t.Errorf("value as %s: %v, %v", name, v, err)
			}
		}
		if v, err := b.Value(col, 0); err != nil || v == nil {
			t.Errorf("the good value: %v, %v", v, err)
		}
		if text, err := b.Text(col); err != nil || text.Len() != 2 {
			t.Errorf("text: %v", err)
		}
	}
}

func TestBitmap(t *testing.T) {
	var zero resultset.Bitmap
	if zero.Any() || zero.Count() != 0 || zero.Len() != 0 || len(slices.Collect(zero.All())) != 0 {
		t.Error("the zero bitmap is not empty")
	}
	var want []int
	data := []byte("[[")
	const rows = 200
	for row := range rows {
		if row > 0 {
			data = append(data, ',')
		}
		if row%7 == 0 || row == 63 || row == 64 || row == 199 {
			want = append(want, row)
			data = append(data, "null"...)
		} else {
			data = append(data, "1"...)
		}
	}
	var b resultset.Batch
	if _, err := resultset.NewDecoder([]commands.ColumnInfo{decimalCol("A", 9, 0)}, resultset.Formats{}).Decode(&b, append(data, "]]"...), 0, rows); err != nil {
		t.Fatal(err)
	}
	c, err := b.Int64(0)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, slices.Collect(c.Nulls.All())); diff != "" || c.Nulls.Count() != len(want) {
		t.Errorf("%d NULLs (-want +got):\n%s", c.Nulls.Count(), diff)
	}
	for row := range c.Nulls.All() {
		if row != 0 {
			t.Errorf("the loop went on to %d", row)
		}
		break
	}
}

func ExampleBatch() {
	cols := []commands.ColumnInfo{decimalCol("AMOUNT", 18, 0), decimalCol("PRICE", 18, 2), textCol("NAME", 20)}
	message := []byte(`[[17,null,-4],["0.7","12.25","3"],["pen","ink","paper"]]`)

	var batch resultset.Batch
	if _, err := resultset.NewDecoder(cols, resultset.Formats{}).Decode(&batch, message, 0, 3); err != nil {
		fmt.Println(err)
		return
	}
	amount, err := batch.Int64(0)
	if err != nil {
		fmt.Println(err)
		return
	}
	sum := int64(0)
	for _, v := range amount.Values { // NULLs are 0 here
		sum += v
	}
	fmt.Println(sum, "and", amount.Nulls.Count(), "NULL")

	price, err := batch.Decimal(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	name, err := batch.Text(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, p := range price.Values {
		fmt.Println(name.String(i), p)
	}
	_, err = batch.Int64(2)
	fmt.Println(err)
	// Output:
	// 13 and 1 NULL
	// pen 0.70
	// ink 12.25
	// paper 3.00
	// exawire: column 3 of 3 "NAME" is VARCHAR(20) UTF8, not available as int64
}
