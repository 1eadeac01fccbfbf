// Command stdlib uses exawire through database/sql: transactions, prepared statements, many rows in one call, a script of
// several statements, exact decimals, a deadline, and the session below a connection.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/examples/internal/demo"
	"github.com/exawire/exawire/stdlib"
)

func main() { demo.Main(run) }

func run(ctx context.Context, dsn string) (err error) {
	db, err := sql.Open(stdlib.DriverName, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(4)

	// This session creates a schema for the example. The connections of the pool use the table by its full name.
	sess, err := exawire.Connect(ctx, dsn)
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
	for _, step := range []func(context.Context, *sql.DB, string) error{insert, list, columns, script, deadline, session} {
		if err := step(ctx, db, table); err != nil {
			return err
		}
	}
	return nil
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

// list reads the rows of the first transaction. Decimals are exact.
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
			name  sql.Null[string]
			price exawire.Decimal
			added time.Time
		)
		if err := rows.Scan(&id, &name, &price, &added); err != nil {
			return err
		}
		fmt.Println(id, name.V, price, added.Format(time.DateOnly))
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

// columns writes many rows with one statement.
func columns(ctx context.Context, db *sql.DB, table string) error {
	const n = 10_000
	ids, names := make([]int64, n), make([]string, n)
	for i := range n {
		ids[i], names[i] = int64(100+i), fmt.Sprint("product ", i)
	}
	result, err := db.ExecContext(ctx, "INSERT INTO "+table+" (id, name) VALUES (?, ?)", exawire.Values(ids), exawire.Values(names))
	if err != nil {
		return err
	}
	rows, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if rows != n {
		return fmt.Errorf("%d rows were written", rows)
	}
	fmt.Println(rows, "rows written")
	return nil
}

// script sends several statements at once and reads the results of those that have rows.
func script(ctx context.Context, db *sql.DB, table string) error {
	text := "UPDATE " + table + " SET price = 1 WHERE price IS NULL; SELECT COUNT(*) FROM " + table + "; SELECT SUM(price) FROM " + table
	rows, err := db.QueryContext(ctx, text, stdlib.Script)
	if err != nil {
		return err
	}
	defer rows.Close()
	var got []string
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			var value string
			if err := rows.Scan(&value); err != nil {
				return err
			}
			got = append(got, value)
		}
	}
	fmt.Println("count and sum:", got)
	if err := rows.Err(); err != nil {
		return err
	}
	if len(got) != 2 || got[0] != "10003" || got[1] != "10052.50" {
		return fmt.Errorf("the results are %q", got)
	}
	return nil
}

// deadline lets a statement be aborted on the server, and the pool keeps the connection.
func deadline(ctx context.Context, db *sql.DB, _ string) error {
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	open := db.Stats().OpenConnections
	_, err := db.ExecContext(short, `SELECT "$SLEEP"(60)`)
	if !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the deadline gave %w", err)
	}
	if n := db.Stats().OpenConnections; n != open {
		return fmt.Errorf("%d connections are open, not %d", n, open)
	}
	fmt.Println("aborted; the connection is still open")
	return db.PingContext(ctx)
}

// session does what database/sql has no words for: it reads a result column by column.
func session(ctx context.Context, db *sql.DB, table string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driverConn any) error {
		sess, err := stdlib.SessionOf(driverConn)
		if err != nil {
			return err
		}
		rows, err := sess.Query(ctx, "SELECT id FROM "+table)
		if err != nil {
			return err
		}
		sum := int64(0)
		for batch, err := range rows.Batches() {
			if err != nil {
				return err
			}
			ids, err := batch.Int64(0)
			if err != nil {
				return err
			}
			for _, id := range ids.Values {
				sum += id
			}
		}
		fmt.Println("sum of ids by columns:", sum)
		return nil
	})
}
