package exasqlite_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

func Example() {
	b, err := exasqlite.New(exasqlite.WithSQL(
		"CREATE SCHEMA shop",
		"CREATE TABLE products (id INT, name VARCHAR(20), price DECIMAL(10,2))",
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	srv, err := exatest.Start(exatest.WithBackend(b)) // in a test: exatest.NewServer(t, ...)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	ctx := context.Background()
	sess, err := exawire.Connect(ctx, srv.DSN("schema=SHOP"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sess.Close(ctx)
	if _, err := sess.Exec(ctx, "INSERT INTO products VALUES (1, 'pen', 1.50), (2, 'ink', 19.95)"); err != nil {
		fmt.Println(err)
		return
	}
	rows, err := sess.Query(ctx, "SELECT name, price * 2 AS two FROM products WHERE price > ? ORDER BY price", "1.49")
	if err != nil {
		fmt.Println(err)
		return
	}
	type product struct {
		Name string
		Two  resultset.Decimal
	}
	for p, err := range resultset.Each[product](rows) {
		fmt.Println(p.Name, p.Two, err)
	}
	// Output:
	// pen 3.00 <nil>
	// ink 39.90 <nil>
}
