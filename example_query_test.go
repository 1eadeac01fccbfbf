package exawire_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// Connect, query, a struct per row.
func Example() {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		srv.HandleSQL("SELECT id, name, price FROM products WHERE price > ?", exatest.Rows(
			exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(100), PRICE DECIMAL(10,2)"),
			exatest.ValuesOf([]int64{1, 2}), exatest.TextValues("desk", "lamp"), exatest.TextValues("129.00", "17.50")))

		sess, err := exawire.Connect(ctx, srv.DSN("compression=1"))
		if err != nil {
			return err
		}
		defer sess.Close(ctx)

		type Product struct {
			ID    int64           `exa:"ID"`
			Name  *string         `exa:"NAME"` // nil is NULL
			Price exawire.Decimal `exa:"PRICE"`
		}
		rows, err := sess.Query(ctx, `SELECT id, name, price FROM products WHERE price > ?`, 10)
		if err != nil {
			return err
		}
		for p, err := range exawire.Each[Product](rows) {
			if err != nil {
				return err
			}
			fmt.Println(p.ID, p.Price)
		}
		return nil
	})
	// Output:
	// 1 129.00
	// 2 17.50
}

// What the server told at login is at hand without asking again. A connection that cannot be made says at which step.
func ExampleConnect() {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		sess, err := exawire.Connect(ctx, srv.DSN("compression=1"))
		if err != nil {
			return err
		}
		defer sess.Close(ctx)
		info := sess.Info()
		fmt.Println("release", info.ReleaseVersion, "speaks", info.ProtocolVersion)
		fmt.Println("compressed:", sess.Attributes().CompressionEnabled)

		_, err = exawire.Connect(ctx, fmt.Sprintf("exa://sys:guess@%s?fingerprint=%s", srv.Addr(), srv.Fingerprint()))
		var connectErr *exawire.ConnectError
		var exaErr *exawire.Error
		if errors.As(err, &connectErr) && errors.As(err, &exaErr) {
			fmt.Println(connectErr.Op, "ended with", exaErr.SQLCode)
		}
		return nil
	})
	// Output:
	// release 8.32.0 speaks V5
	// compressed: true
	// login ended with 08004
}

// One row of one column goes into a plain Go type.
func ExampleSession_Query() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("SELECT COUNT(*) FROM orders WHERE paid = ? AND city = ?", exatest.Rows(
			exatest.Columns(`"COUNT(*)" DECIMAL(18,0)`), exatest.ValuesOf([]int64{42})))

		rows, err := sess.Query(ctx, "SELECT COUNT(*) FROM orders WHERE paid = ? AND city = ?", true, "Berlin")
		if err != nil {
			return err
		}
		count, err := exawire.One[int64](rows)
		if err != nil {
			return err
		}
		fmt.Println(count, "orders")
		return nil
	})
	// Output:
	// 42 orders
}

// Columns, without ever making a row.
func ExampleSession_Query_columns() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("SELECT amount FROM huge_table", exatest.Rows(
			exatest.Columns("AMOUNT DECIMAL(18,0)"), exatest.TextValues("20", "-8", "30")))

		var sum int64
		rows, err := sess.Query(ctx, `SELECT amount FROM huge_table`)
		if err != nil {
			return err
		}
		for batch, err := range rows.Batches() {
			if err != nil {
				return err
			}
			amount, err := batch.Int64(0)
			if err != nil {
				return err
			}
			for _, v := range amount.Values { // NULLs are 0 here; amount.Nulls tells them apart
				sum += v
			}
		}
		fmt.Println(rows.NumRows(), "rows,", sum)
		return nil
	})
	// Output:
	// 3 rows, 42
}

// All reads rows whose columns are not known beforehand. Values gives each value in its natural Go type.
func ExampleSession_Query_values() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		null := (*string)(nil)
		name := "desk"
		srv.HandleSQL("SELECT * FROM t", exatest.Rows(
			exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(20), SIZE_M DOUBLE, BOUGHT DATE"),
			exatest.ValuesOf([]int64{1, 2}), exatest.ValuesOf([]*string{&name, null}),
			exatest.ValuesOf([]float64{1.5, 0.25}), exatest.TextValues("2024-02-29", "2024-03-01")))

		rows, err := sess.Query(ctx, "SELECT * FROM t")
		if err != nil {
			return err
		}
		for _, c := range rows.Columns() {
			fmt.Println(c.Name, c.DataType)
		}
		for row, err := range rows.All() {
			if err != nil {
				return err
			}
			values, err := row.Values()
			if err != nil {
				return err
			}
			fmt.Println(values...)
		}
		return nil
	})
	// Output:
	// ID DECIMAL(18,0)
	// NAME VARCHAR(20) UTF8
	// SIZE_M DOUBLE PRECISION
	// BOUGHT DATE
	// 1 desk 1.5 2024-02-29 00:00:00 +0000 UTC
	// 2 <nil> 0.25 2024-03-01 00:00:00 +0000 UTC
}

// Fetch reads an open result set from any position: here its last row, before any other.
func ExampleSession_Fetch() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("SELECT n FROM numbers", exatest.Rows(
			exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf([]int64{10, 20, 30})))

		rs, err := openResultSet(ctx, sess, "SELECT n FROM numbers")
		if err != nil {
			return err
		}
		batch, err := sess.Fetch(ctx, rs, rs.NumRows-1, 1<<20)
		if err != nil {
			return err
		}
		last, err := batch.Value(0, 0)
		if err != nil {
			return err
		}
		fmt.Printf("row %d of %d is %v\n", batch.Start(), rs.NumRows, last)
		return sess.CloseResultSet(ctx, []int{rs.Handle})
	}, exatest.WithInlineRows(0))
	// Output:
	// row 2 of 3 is 30
}
