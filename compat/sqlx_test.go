package compat

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/jmoiron/sqlx"
)

// product is a row whose tags have the names of the columns as the database stores them, in upper case.
type product struct {
	ID     int64               `db:"ID"`
	Name   *string             `db:"NAME"`
	Price  exawire.Decimal     `db:"PRICE"`
	Weight sql.NullFloat64     `db:"WEIGHT"`
	Exact  sql.Null[string]    `db:"EXACT"` // a DECIMAL as text
	Active sql.NullBool        `db:"ACTIVE"`
	Added  sql.NullTime        `db:"ADDED"` // a DATE
	Seen   sql.Null[time.Time] `db:"SEEN"`
}

const createProducts = `CREATE TABLE products (id DECIMAL(18,0), name VARCHAR(200), price DECIMAL(12,2), weight DOUBLE,
	exact DECIMAL(36,6), active BOOLEAN, added DATE, seen TIMESTAMP)`

const insertProduct = `INSERT INTO products (id, name, price, weight, exact, active, added, seen)
	VALUES (:ID, :NAME, :PRICE, :WEIGHT, :EXACT, :ACTIVE, :ADDED, :SEEN)`

func products() []product {
	return []product{
		{
			ID: beyond, Name: ptr(nasty), Price: decimal("-12.50"), Weight: sql.NullFloat64{Float64: 0.1, Valid: true},
			Exact:  sql.Null[string]{V: "123456789012345678901234567890.000001", Valid: true},
			Active: sql.NullBool{Bool: true, Valid: true}, Added: sql.NullTime{Time: day(1999, 12, 31), Valid: true},
			Seen: sql.Null[time.Time]{V: moment, Valid: true},
		},
		{ID: -7, Price: decimal("0.00")},
		{ID: 0, Name: ptr("lamp"), Price: decimal("9999999999.99"), Active: sql.NullBool{Valid: true}, Exact: sql.Null[string]{V: "0.700000", Valid: true}},
	}
}

// openProducts gives a test a table with three rows, which NamedExec wrote in one statement.
func openProducts(t *testing.T, plain *sql.DB) *sqlx.DB {
	t.Helper()
	db := sqlx.NewDb(plain, "exawire")
	_, err := db.ExecContext(t.Context(), createProducts)
	must(t, err)
	result, err := db.NamedExecContext(t.Context(), insertProduct, products())
	must(t, err)
	n, err := result.RowsAffected()
	check(t, "NamedExec with a slice", err, int64(3), n)
	return db
}

func TestSQLXReads(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openProducts(t, plain)
		ctx := t.Context()
		all := products()

		var one product
		err := db.GetContext(ctx, &one, "SELECT * FROM products WHERE id = ?", int64(beyond))
		check(t, "Get", err, all[0], one)
		var none product
		if err := db.GetContext(ctx, &none, "SELECT * FROM products WHERE id = ?", 1); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("Get without a row: %v", err)
		}
		var many []product
		err = db.SelectContext(ctx, &many, "SELECT * FROM products ORDER BY id DESC")
		check(t, "Select", err, []product{all[0], all[2], all[1]}, many)
		var names []sql.NullString
		err = db.SelectContext(ctx, &names, "SELECT name FROM products ORDER BY id")
		check(t, "Select of one column", err, []sql.NullString{{}, {String: "lamp", Valid: true}, {String: nasty, Valid: true}}, names)

		// Values as text, and by themselves: nothing is a float64 that is not a DOUBLE.
		var texts struct{ ID, Price, Exact, Added string }
		lower := sqlx.NewDb(plain, "exawire")
		lower.MapperFunc(strings.ToUpper) // fields without a tag
		err = lower.GetContext(ctx, &texts, "SELECT id, price, exact, added FROM products WHERE id = ?", int64(beyond))
		check(t, "text", err, struct{ ID, Price, Exact, Added string }{
			"9007199254740993", "-12.50", "123456789012345678901234567890.000001",
			"1999-12-31T00:00:00Z", // a time.Time that database/sql writes, whatever the driver
		}, texts)
	})
}

func TestSQLXRows(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openProducts(t, plain)
		all := products()
		rows, err := db.NamedQueryContext(t.Context(), "SELECT * FROM products WHERE id < :max AND name = :name", map[string]any{"max": int64(beyond), "name": "lamp"})
		must(t, err)
		var got []product
		for rows.Next() {
			var p product
			must(t, rows.StructScan(&p))
			got = append(got, p)
		}
		check(t, "NamedQuery", rows.Err(), []product{all[2]}, got)
		must(t, rows.Close())

		query, args, err := sqlx.In("SELECT * FROM products WHERE id IN (?) AND price < ? ORDER BY id", []int64{beyond, -7, 5}, decimal("1.00"))
		must(t, err)
		var found []product
		err = db.SelectContext(t.Context(), &found, db.Rebind(query), args...)
		check(t, "In", err, []product{all[1], all[0]}, found)

		values, err := db.QueryRowxContext(t.Context(), "SELECT id, price, weight, active, added, seen, name FROM products WHERE id = ?", int64(beyond)).SliceScan()
		check(t, "SliceScan", err, []any{int64(beyond), "-12.50", 0.1, true, day(1999, 12, 31), moment, nasty}, values)
		row := map[string]any{}
		err = db.QueryRowxContext(t.Context(), "SELECT id, name, added FROM products WHERE id = ?", -7).MapScan(row)
		check(t, "MapScan", err, map[string]any{"ID": int64(-7), "NAME": nil, "ADDED": nil}, row)
	})
}

func TestSQLXStatements(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openProducts(t, plain)
		ctx := t.Context()
		stmt, err := db.PreparexContext(ctx, "SELECT price FROM products WHERE id = ?")
		must(t, err)
		for _, p := range products() {
			var price exawire.Decimal
			err := stmt.GetContext(ctx, &price, p.ID)
			check(t, "prepared", err, p.Price, price)
		}
		must(t, stmt.Close())

		named, err := db.PrepareNamedContext(ctx, insertProduct)
		must(t, err)
		added := products()[0]
		added.ID, added.Name = 42, ptr("ß'")
		_, err = named.ExecContext(ctx, added)
		must(t, err, named.Close())
		var got product
		err = db.GetContext(ctx, &got, "SELECT * FROM products WHERE name = ?", "ß'")
		check(t, "prepared with names", err, added, got)
	})
}

func TestSQLXTransactions(t *testing.T) {
	everywhere(t, func(t *testing.T, plain *sql.DB) {
		db := openProducts(t, plain)
		ctx := t.Context()
		count := func(q sqlx.QueryerContext) (n int64) {
			t.Helper()
			must(t, sqlx.GetContext(ctx, q, &n, "SELECT COUNT(*) FROM products"))
			return n
		}
		remove := func(tx *sqlx.Tx) {
			t.Helper()
			result, err := tx.NamedExecContext(ctx, "DELETE FROM products WHERE id <= :ID", product{ID: 0})
			must(t, err)
			n, err := result.RowsAffected()
			check(t, "rows deleted", err, int64(2), n)
			check(t, "rows seen by the transaction", nil, int64(1), count(tx))
		}
		tx, err := db.BeginTxx(ctx, nil)
		must(t, err)
		remove(tx)
		must(t, tx.Rollback())
		check(t, "rows after the rollback", nil, int64(3), count(db))
		tx, err = db.BeginTxx(ctx, nil)
		must(t, err)
		remove(tx)
		must(t, tx.Commit())
		check(t, "rows after the commit", nil, int64(1), count(db))
	})
}
