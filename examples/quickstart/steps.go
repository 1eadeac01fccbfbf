package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
)

// Order is a row of the table ORDERS. Pointers are columns that can be NULL.
type Order struct {
	ID       int64           `exa:"ID"`
	Customer string          `exa:"CUSTOMER"`
	Amount   exawire.Decimal `exa:"AMOUNT"`
	Weight   *float64        `exa:"WEIGHT"`
	Day      time.Time       `exa:"ORDERED"`
	Seen     time.Time       `exa:"SEEN"`
	Paid     bool            `exa:"PAID"`
}

const createOrders = `CREATE TABLE orders (
	id       DECIMAL(18,0) NOT NULL,
	customer VARCHAR(100),
	amount   DECIMAL(12,2),
	weight   DOUBLE,
	ordered  DATE,
	seen     TIMESTAMP(3),
	paid     BOOLEAN)`

const orderCount = 100_000

// order returns what row i of the table holds.
func order(i int) Order {
	o := Order{
		ID:       10_000_000_000_000_000 + int64(i),
		Customer: fmt.Sprintf("customer %d \u20ac \U0001F600", i%977),
		Amount:   cents(int64(i*37 - 1_000_000)),
		Day:      time.Date(2024, 1, 1+i%366, 0, 0, 0, 0, time.UTC),
		Seen:     time.Date(2024, 1, 1, 0, 0, i, i%1000*1_000_000, time.UTC),
		Paid:     i%3 == 0,
	}
	if i%10 != 0 {
		weight := float64(i) / 7
		o.Weight = &weight
	}
	return o
}

// cents returns n / 100 with two digits after the point.
func cents(n int64) exawire.Decimal {
	d, err := exawire.NewDecimal(n, 2)
	if err != nil {
		panic(err) // only for a scale that no DECIMAL has
	}
	return d
}

// insert creates the table and writes its rows, column by column, through a prepared statement.
func insert(ctx context.Context, sess *exawire.Session, r *report) error {
	if _, err := sess.Exec(ctx, createOrders); err != nil {
		return err
	}
	var (
		ids       = make([]int64, orderCount)
		customers = make([]string, orderCount)
		amounts   = make([]exawire.Decimal, orderCount)
		weights   = make([]*float64, orderCount)
		days      = make([]time.Time, orderCount)
		seen      = make([]time.Time, orderCount)
		paid      = make([]bool, orderCount)
	)
	for i := range orderCount {
		o := order(i)
		ids[i], customers[i], amounts[i], weights[i], days[i], seen[i], paid[i] =
			o.ID, o.Customer, o.Amount, o.Weight, o.Day, o.Seen, o.Paid
	}

	stmt, err := sess.Prepare(ctx, "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer stmt.Close(ctx)
	done := r.begin("insert from Go slices")
	n, err := stmt.ExecColumns(ctx,
		exawire.Values(ids), exawire.Values(customers), exawire.Values(amounts), exawire.Values(weights),
		exawire.Values(days), exawire.Values(seen), exawire.Values(paid))
	if err != nil {
		return err
	}
	done(n)
	if n != orderCount {
		return fmt.Errorf("%d rows were inserted instead of %d", n, orderCount)
	}
	return nil
}

// readStructs reads the table as structs and compares each value with what was written.
func readStructs(ctx context.Context, sess *exawire.Session, r *report) error {
	done := r.begin("read as structs, every value checked")
	rows, err := sess.Query(ctx, "SELECT * FROM orders ORDER BY id")
	if err != nil {
		return err
	}
	n := 0
	for got, err := range exawire.Each[Order](rows) {
		if err != nil {
			return err
		}
		if want := order(n); !equal(got, want) {
			return fmt.Errorf("row %d is %+v instead of %+v", n, got, want)
		}
		n++
	}
	done(int64(n))
	if n != orderCount {
		return fmt.Errorf("%d rows were read instead of %d", n, orderCount)
	}
	return nil
}

func equal(a, b Order) bool {
	if (a.Weight == nil) != (b.Weight == nil) || a.Weight != nil && *a.Weight != *b.Weight {
		return false
	}
	a.Weight, b.Weight = nil, nil
	return a == b
}

// readColumns adds up a result of a million rows without ever building a row.
func readColumns(ctx context.Context, sess *exawire.Session, r *report) error {
	const count = 1_000_000
	done := r.begin("read by columns")
	rows, err := sess.Query(ctx, fmt.Sprintf("SELECT range_value AS n FROM VALUES BETWEEN 1 AND %d", count))
	if err != nil {
		return err
	}
	n, sum, err := addUp(rows)
	if err != nil {
		return err
	}
	done(n)
	if n != count || sum != count*(count+1)/2 {
		return fmt.Errorf("%d rows add up to %d", n, sum)
	}
	return nil
}

// addUp returns the number of rows and the sum of their first column.
func addUp(rows *exawire.Rows) (n, sum int64, err error) {
	for batch, err := range rows.Batches() {
		if err != nil {
			return 0, 0, err
		}
		column, err := batch.Int64(0)
		if err != nil {
			return 0, 0, err
		}
		for _, v := range column.Values {
			sum += v
		}
		n += int64(batch.Len())
	}
	return n, sum, nil
}

// catalog lists the table and its columns with the metadata commands, which take no locks.
func catalog(ctx context.Context, sess *exawire.Session, r *report) error {
	attributes := sess.Attributes()
	schema := attributes.EscapeLike(attributes.CurrentSchema)
	done := r.begin("list tables and columns")
	var listed int64
	for table, err := range sess.GetTables(ctx, commands.TablesFilter{Schema: &schema}) {
		if err != nil {
			return err
		}
		listed++
		r.note("table %s.%s", table.Schema, table.Name)
	}
	for column, err := range sess.GetColumns(ctx, commands.ColumnsFilter{Schema: &schema}) {
		if err != nil {
			return err
		}
		listed++
		r.note("  %-10s %s", column.Name, column.Type)
	}
	done(listed)
	return nil
}

// abort lets a deadline end a query that would take a minute, and goes on with the same session.
func abort(ctx context.Context, sess *exawire.Session, r *report) error {
	done := r.begin("abort a long query")
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	_, err := sess.Exec(short, `SELECT "$SLEEP"(60)`)
	if !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the deadline did not end the query: %w", err)
	}
	r.note("the query ended with: %v", err)
	one, err := sess.Query(ctx, "SELECT 1 FROM DUAL")
	if err != nil {
		return err
	}
	v, err := exawire.One[int64](one)
	if err != nil {
		return err
	}
	r.note("the same session goes on: SELECT 1 gives %d", v)
	done(0)
	return nil
}

// rollback deletes all rows inside a transaction and rolls it back.
func rollback(ctx context.Context, sess *exawire.Session, r *report) error {
	done := r.begin("delete and roll back")
	tx, err := sess.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx)
	deleted, err := sess.Exec(ctx, "DELETE FROM orders")
	if err != nil {
		return err
	}
	if err := tx.Rollback(ctx); err != nil {
		return err
	}
	rows, err := sess.Query(ctx, "SELECT COUNT(*) FROM orders")
	if err != nil {
		return err
	}
	left, err := exawire.One[int64](rows)
	if err != nil {
		return err
	}
	done(deleted)
	if left != orderCount {
		return fmt.Errorf("%d rows are left after the rollback", left)
	}
	r.note("%d rows were deleted; after the rollback there are %d", deleted, left)
	return nil
}
