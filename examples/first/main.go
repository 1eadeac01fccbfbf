// First connects to the database of EXAWIRE_DSN, inserts rows, runs a transaction, and queries into structs and maps.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"

	"github.com/exawire/exawire"
)

type product struct {
	ProductID int64 // the column PRODUCT_ID
	Name      string
	Stock     int
}

func main() {
	if err := run(context.Background(), os.Getenv("EXAWIRE_DSN")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, dsn string) error {
	if dsn == "" {
		return errors.New("EXAWIRE_DSN is not set: it says which database, as in exa://user:password@host/SCHEMA")
	}
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	const table = "CREATE TABLE demo.products (product_id DECIMAL(18,0), name VARCHAR(100), stock DECIMAL(9,0))"
	if _, err := sess.ExecuteBatch(ctx, []string{"CREATE SCHEMA demo", table}); err != nil {
		return err
	}
	defer sess.Exec(ctx, "DROP SCHEMA demo CASCADE")
	if _, err := exawire.Insert(ctx, sess, "demo.products", slices.Values([]product{{1, "pen", 10}, {2, "ink", 3}})); err != nil {
		return err
	}
	err = sess.RunTx(ctx, func(tx *exawire.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE demo.products SET stock = stock - ? WHERE product_id = ?", 1, 1)
		return err
	})
	return errors.Join(err, show[product](ctx, sess), show[map[string]any](ctx, sess))
}

func show[T any](ctx context.Context, sess *exawire.Session) error {
	rows, err := sess.Query(ctx, "SELECT * FROM demo.products WHERE stock > ? ORDER BY product_id", 5)
	if err != nil {
		return err
	}
	all, err := exawire.Collect[T](rows)
	fmt.Printf("%+v\n", all)
	return err
}
