// Command driver shows a driver for database/sql on top of a Session. The driver is in driver.go; this file uses it
// like any other driver.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/examples/internal/demo"
)

func main() { demo.Main(run) }

func run(ctx context.Context, dsn string) (err error) {
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return err
	}
	client, err := exawire.New(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector{client})
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return err
	}

	// This session creates a schema for the example. The sessions of the pool use the table by its full name.
	sess, err := client.Connect(ctx)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	drop, err := demo.Schema(ctx, sess)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	table := sess.Attributes().CurrentSchema + ".products"

	if _, err := db.ExecContext(ctx, "CREATE TABLE "+table+" (id DECIMAL(18,0), name VARCHAR(40), price DECIMAL(10,2), added DATE)"); err != nil {
		return err
	}
	if err := insert(ctx, db, table); err != nil {
		return err
	}
	if err := list(ctx, db, table); err != nil {
		return err
	}
	return deadline(ctx, db)
}

// insert writes rows in a transaction with a prepared statement. A second transaction is rolled back.
func insert(ctx context.Context, db *sql.DB, table string) error {
	for i, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		stmt, err := tx.PrepareContext(ctx, "INSERT INTO "+table+" VALUES (?, ?, ?, ?)")
		if err != nil {
			return err
		}
		for n, name := range []any{"desk", "lamp", nil} {
			if _, err := stmt.ExecContext(ctx, 10*i+n, name, "17.50", time.Date(2024, 2, 28+n, 0, 0, 0, 0, time.UTC)); err != nil {
				return err
			}
		}
		if err := errors.Join(stmt.Close(), end(tx)); err != nil {
			return err
		}
	}
	return nil
}

func list(ctx context.Context, db *sql.DB, table string) error {
	rows, err := db.QueryContext(ctx, "SELECT id, name, price, added FROM "+table+" WHERE price > ? ORDER BY id", 10)
	if err != nil {
		return err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	for _, t := range types {
		fmt.Printf("%s %s  ", t.Name(), t.DatabaseTypeName())
	}
	fmt.Println()
	n := 0
	for rows.Next() {
		var (
			id    int64
			name  sql.NullString
			price exawire.Decimal
			added time.Time
		)
		if err := rows.Scan(&id, &name, &price, &added); err != nil {
			return err
		}
		fmt.Println(id, name.String, price, added.Format(time.DateOnly))
		if id != int64(n) || name.Valid != (n < 2) || price.String() != "17.50" {
			return fmt.Errorf("row %d is wrong", n)
		}
		n++
	}
	if n != 3 {
		return fmt.Errorf("%d rows instead of 3", n)
	}
	return rows.Err()
}

// deadline lets a statement be aborted on the server, and the pool keeps the connection.
func deadline(ctx context.Context, db *sql.DB) error {
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err := db.ExecContext(short, `SELECT "$SLEEP"(60)`)
	if !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the deadline gave %w", err)
	}
	open := db.Stats().OpenConnections
	fmt.Println("aborted;", open, "connection is still open")
	if open != 1 {
		return fmt.Errorf("%d connections are open", open)
	}
	return db.PingContext(ctx)
}
