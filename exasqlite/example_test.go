package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
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
		Two  exawire.Decimal
	}
	for p, err := range exawire.Each[product](rows) {
		fmt.Println(p.Name, p.Two, err)
	}
	// Output:
	// pen 3.00 <nil>
	// ink 39.90 <nil>
}

// A file keeps the database: the seed runs only when it is new.
func ExampleWithFile() {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	seed := `
		CREATE SCHEMA shop;
		CREATE TABLE visits (id INT IDENTITY, who VARCHAR(20));
		INSERT INTO visits (who) VALUES ('the seed');`
	for range 3 {
		b, err := exasqlite.New(exasqlite.WithFile(filepath.Join(dir, "shop.db")), exasqlite.WithSQL(seed))
		if err != nil {
			fmt.Println(err)
			return
		}
		srv, err := exatest.Start(exatest.WithBackend(b))
		if err != nil {
			fmt.Println(err)
			return
		}
		ctx := context.Background()
		if sess, err := exawire.Connect(ctx, srv.DSN("schema=SHOP")); err != nil {
			fmt.Println(err)
		} else {
			_, err = sess.Exec(ctx, "INSERT INTO visits (who) VALUES (CURRENT_USER)")
			rows, queryErr := sess.Query(ctx, "SELECT MAX(id) FROM visits")
			if err := errors.Join(err, queryErr); err != nil {
				fmt.Println(err)
				return
			}
			last, err := exawire.One[int](rows)
			fmt.Println(last, err, sess.Close(ctx))
		}
		srv.Close() // and the backend
	}
	// Output:
	// 2 <nil> <nil>
	// 3 <nil> <nil>
	// 4 <nil> <nil>
}
