package resultset_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// products is a result set as a session would pass it to Open: two rows came with the answer to the statement, the other
// two wait on the server under handle 3.
func products() *resultset.Rows {
	precision, scale, zero, size := 18, 2, 0, 20
	header := &commands.ResultSet{
		Handle:           3,
		NumRows:          4,
		NumRowsInMessage: 2,
		Columns: []commands.ColumnInfo{
			{Name: "ID", DataType: commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &zero}},
			{Name: "NAME", DataType: commands.DataType{Type: commands.Varchar, Size: &size}},
			{Name: "UNIT_PRICE", DataType: commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &scale}},
			{Name: "ADDED", DataType: commands.DataType{Type: commands.Date}},
		},
		Data: []byte(`[[1,2],["bolt","nut"],["0.1","0.07"],["2024-06-18","2024-06-19"]]`),
	}
	return resultset.Open(context.Background(), shelf{}, header, resultset.Options{})
}

// shelf is a Source with one result set.
type shelf struct{}

func (shelf) FetchMessage(_ context.Context, handle int, start, _ int64) (resultset.Message, error) {
	if handle != 3 || start != 2 {
		return resultset.Message{}, errors.New("no such rows")
	}
	return resultset.Message{NumRows: 2, Data: []byte(`[[3,4],["screw",null],["12",null],["2024-07-01",null]]`)}, nil
}

func (shelf) CloseHandle(context.Context, int) error { return nil }
func (shelf) Fail(err error) error                   { return err }

// Rows as values of a struct, one by one.
func ExampleEach() {
	type Product struct {
		ID    int64
		Name  *string            // nil is NULL
		Price *resultset.Decimal `exa:"UNIT_PRICE"`
		Added *time.Time
	}
	for p, err := range resultset.Each[Product](products()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if p.Name == nil {
			fmt.Println(p.ID, "has no name")
			continue
		}
		fmt.Println(p.ID, *p.Name, p.Price, p.Added.Weekday())
	}
	// Output:
	// 1 bolt 0.10 Tuesday
	// 2 nut 0.07 Wednesday
	// 3 screw 12.00 Monday
	// 4 has no name
}

// All rows at once. Lax leaves out the columns that the struct does not have.
func ExampleCollect() {
	type Product struct {
		ID   int
		Name string
	}
	all, err := resultset.Collect[Product](products(), resultset.Lax())
	fmt.Println(all)

	// A NULL needs a place to go.
	var scanErr *resultset.ScanError
	if errors.Is(err, resultset.ErrNull) && errors.As(err, &scanErr) {
		fmt.Printf("row %d, column %s\n", scanErr.Row, scanErr.Column)
	}
	// Output:
	// []
	// row 3, column NAME
}

// The only row of a result.
func ExampleOne() {
	_, err := resultset.One[[]any](products())
	fmt.Println(errors.Is(err, resultset.ErrTooManyRows))
	// Output:
	// true
}

// Columns as slices: the fastest way to read.
func ExampleRows_Batches() {
	var sum int64
	for batch, err := range products().Batches() {
		if err != nil {
			fmt.Println(err)
			return
		}
		id, err := batch.Int64(0)
		if err != nil {
			fmt.Println(err)
			return
		}
		name, err := batch.Text(1)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, v := range id.Values {
			sum += v
		}
		fmt.Printf("%d rows from row %d on, %d without a name\n", batch.Len(), batch.Start(), name.Nulls().Count())
	}
	fmt.Println("sum", sum)
	// Output:
	// 2 rows from row 0 on, 0 without a name
	// 2 rows from row 2 on, 1 without a name
	// sum 10
}

// Rows of any shape: Values has every value in its natural Go type.
func ExampleRows_All() {
	rows := products()
	for row, err := range rows.All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		if row.Number() == 2 {
			break // closes the result set on the server
		}
		vals, err := row.Values()
		if err != nil {
			fmt.Println(err)
			return
		}
		for i, c := range row.Columns() {
			fmt.Printf("%s=%v;", c.Name, vals[i])
		}
		fmt.Println()
	}
	// Output:
	// ID=1;NAME=bolt;UNIT_PRICE=0.10;ADDED=2024-06-18 00:00:00 +0000 UTC;
	// ID=2;NAME=nut;UNIT_PRICE=0.07;ADDED=2024-06-19 00:00:00 +0000 UTC;
}

// The cursor that adapters build on.
func ExampleRows_Scan() {
	rows := products()
	defer rows.Close()
	for rows.Next() {
		var (
			id    int
			name  *string
			price *float64
			added any
		)
		if err := rows.Scan(&id, &name, &price, &added); err != nil {
			fmt.Println(err)
			return
		}
		if price != nil {
			fmt.Println(id, *price)
		}
	}
	if err := rows.Err(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1 0.1
	// 2 0.07
	// 3 12
}

// Rows that go into different types.
func ExampleScan() {
	type Nameless struct {
		ID int
	}
	type Product struct {
		ID   int
		Name string
	}
	for row, err := range products().All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		name, err := row.Value(1)
		if err != nil {
			fmt.Println(err)
			return
		}
		if name == nil {
			v, err := resultset.Scan[Nameless](row, resultset.Lax())
			fmt.Printf("%+v %v\n", v, err)
		} else {
			v, err := resultset.Scan[Product](row, resultset.Lax())
			fmt.Printf("%+v %v\n", v, err)
		}
	}
	// Output:
	// {ID:1 Name:bolt} <nil>
	// {ID:2 Name:nut} <nil>
	// {ID:3 Name:screw} <nil>
	// {ID:4} <nil>
}
