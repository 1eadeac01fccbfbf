package exawire_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// Rows become structs, pointers to structs, maps, or values of one column.
func ExampleCollect() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("SELECT product_id, unit_price FROM products", exatest.Rows(
			exatest.Columns("PRODUCT_ID DECIMAL(18,0), UNIT_PRICE DECIMAL(9,2)"),
			exatest.ValuesOf([]int64{1, 2}), exatest.ValuesOf([]string{"19.90", "0.50"})))
		query := func() (*exawire.Rows, error) { return sess.Query(ctx, "SELECT product_id, unit_price FROM products") }

		type Product struct {
			ProductID int64           // PRODUCT_ID
			Price     exawire.Decimal `exa:"UNIT_PRICE"`
		}
		rows, err := query()
		if err != nil {
			return err
		}
		products, err := exawire.Collect[Product](rows)
		if err != nil {
			return err
		}
		fmt.Println(products[0].ProductID, products[0].Price)

		if rows, err = query(); err != nil {
			return err
		}
		maps, err := exawire.Collect[map[string]any](rows)
		if err != nil {
			return err
		}
		fmt.Println(maps[1])
		return nil
	})
	// Output:
	// 1 19.90
	// map[PRODUCT_ID:2 UNIT_PRICE:0.50]
}

// A column of JSON goes into any type that JSON can be decoded into, and comes from it. The value is the field V.
func ExampleJSON() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("SELECT id, settings FROM users", exatest.Rows(
			exatest.Columns("ID DECIMAL(18,0), SETTINGS VARCHAR(2000)"),
			exatest.ValuesOf([]int64{1, 2}), exatest.ValuesOf([]any{`{"theme":"dark","limits":[10,20]}`, nil})))

		type Settings struct {
			Theme  string `json:"theme"`
			Limits []int  `json:"limits"`
		}
		type User struct {
			ID       int64
			Settings *exawire.JSON[Settings] // nil is NULL
		}
		rows, err := sess.Query(ctx, "SELECT id, settings FROM users")
		if err != nil {
			return err
		}
		for u, err := range exawire.Each[User](rows) {
			if err != nil {
				return err
			}
			if u.Settings == nil {
				fmt.Println(u.ID, "has none")
				continue
			}
			fmt.Println(u.ID, u.Settings.V.Theme, u.Settings.V.Limits)
		}

		srv.HandleSQL("UPDATE users...", exatest.RowCount(1))
		light := exawire.JSON[Settings]{V: Settings{Theme: "light"}}
		if _, err := sess.Exec(ctx, "UPDATE users SET settings = ? WHERE id = ?", light, 2); err != nil {
			return err
		}
		fmt.Println(srv.Requests("executePreparedStatement")[0].ParamRows()[0]...)
		return nil
	})
	// Output:
	// 1 dark [10 20]
	// 2 has none
	// {"theme":"light","limits":null} 2
}

// Run is for statements of which nothing is known, such as those that somebody types.
func ExampleSession_Run() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("DELETE FROM t", exatest.RowCount(3))
		srv.HandleSQL("SELECT 1", exatest.Rows(exatest.Columns("N DECIMAL(1,0)"), exatest.ValuesOf([]int64{1})))

		for _, sql := range []string{"DELETE FROM t", "SELECT 1"} {
			result, err := sess.Run(ctx, sql)
			if err != nil {
				return err
			}
			rows, ok := result.Rows()
			if !ok {
				fmt.Println(result.RowCount(), "rows changed")
				continue
			}
			all, err := exawire.Collect[[]any](rows)
			if err != nil {
				return err
			}
			fmt.Println(all)
		}
		return nil
	})
	// Output:
	// 3 rows changed
	// [[1]]
}
