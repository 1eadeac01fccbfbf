package stdlib_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
)

// What docs/database-sql.md shows.

func Example_opening() {
	srv := exampleServer()
	defer srv.Close()
	for _, open := range []func(dsn string) (*sql.DB, error){openByDSN, openByConfig, openByClient} {
		db, err := open(srv.DSN())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(db.PingContext(context.Background()), db.Close())
	}
	// Output:
	// <nil> <nil>
	// <nil> <nil>
	// <nil> <nil>
}

func openByDSN(dsn string) (*sql.DB, error) {
	db, err := sql.Open("exawire", dsn)
	if err != nil {
		return nil, err
	}
	return db, nil
}

func openByConfig(dsn string) (*sql.DB, error) {
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	logger := slog.New(slog.DiscardHandler)
	cfg.Tracer = exawire.SlogTracer(logger, exawire.SlogOptions{})
	db, err := stdlib.OpenDB(cfg)
	if err != nil {
		return nil, err
	}
	return db, nil
}

func openByClient(dsn string) (*sql.DB, error) {
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	client, err := exawire.New(cfg)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(stdlib.NewConnector(client))
	return db, nil
}

func Example_manyRows() {
	srv := exampleServer()
	defer srv.Close()
	db := exampleDB(srv)
	defer db.Close()
	ctx := context.Background()
	ids, names := []int64{1, 2, 3}, []string{"desk", "lamp", "chair"}

	n, err := func() (int64, error) {
		result, err := db.ExecContext(ctx, "INSERT INTO products VALUES (?, ?)", exawire.Values(ids), exawire.Values(names))
		if err != nil {
			return 0, err
		}
		return result.RowsAffected() // of all rows
	}()
	fmt.Println(n, err)
	// Output: 3 <nil>
}

func Example_localFiles() {
	srv := exampleServer()
	defer srv.Close()
	srv.HandleSQL("IMPORT INTO products FROM CSV ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		return int64(strings.Count(string(text), "\n")) - 1, err
	}))
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		fmt.Println(err)
		return
	}
	leave := enterWith("products.csv", "ID;NAME\n1;desk\n2;lamp\n")
	defer leave()
	fmt.Println(importProducts(context.Background(), cfg))
	// Output: 2 <nil>
}

func importProducts(ctx context.Context, cfg *exawire.Config) (int64, error) {
	db, err := stdlib.OpenDB(cfg, stdlib.LocalFiles())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	result, err := db.ExecContext(ctx, "IMPORT INTO products FROM LOCAL CSV FILE 'products.csv' COLUMN SEPARATOR = ';' SKIP = 1")
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// enterWith goes to a directory with one file, for as long as the example takes.
func enterWith(name, text string) (leave func()) {
	before, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "exawire")
	if err == nil {
		err = os.Chdir(dir)
	}
	if err == nil {
		err = os.WriteFile(name, []byte(text), 0o600)
	}
	if err != nil {
		panic(err)
	}
	return func() {
		_ = os.Chdir(before)
		_ = os.RemoveAll(dir)
	}
}

func Example_script() {
	srv := exampleServer()
	defer srv.Close()
	srv.HandleSQL("UPDATE t SET a = 1", exatest.RowCount(2))
	srv.HandleSQL("SELECT * FROM t", exatest.Rows(exatest.Columns("A DECIMAL(9,0)"), exatest.ValuesOf([]int{1, 1})))
	srv.HandleSQL("SELECT * FROM u", exatest.Rows(exatest.Columns("B DECIMAL(9,0)"), exatest.ValuesOf([]int{7})))
	db := exampleDB(srv)
	defer db.Close()
	fmt.Println(printResults(context.Background(), db))
	// Output:
	// [A] 1
	// [A] 1
	// [B] 7
	// <nil>
}

func printResults(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, "UPDATE t SET a = 1; SELECT * FROM t; SELECT * FROM u", stdlib.Script)
	if err != nil {
		return err
	}
	defer rows.Close()
	for more := true; more; more = rows.NextResultSet() {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		for rows.Next() {
			var n int64
			if err := rows.Scan(&n); err != nil {
				return err
			}
			fmt.Println(columns, n)
		}
	}
	return rows.Err()
}

type pageProduct struct {
	ID   int64
	Name string
}

func Example_session() {
	srv := exampleServer()
	defer srv.Close()
	srv.HandleSQL("SELECT amount FROM t", exatest.Rows(exatest.Columns("AMOUNT DECIMAL(18,0)"), exatest.ValuesOf([]int{3, 4})))
	srv.HandleSQL("SELECT * FROM products", exatest.Rows(exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(40)")))
	srv.HandleSQL("INSERT INTO products (\"ID\", \"NAME\") VALUES (?, ?)", exatest.RowCount(2).Params(exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(40)")...))
	db := exampleDB(srv)
	defer db.Close()
	fmt.Println(sumAndInsert(context.Background(), db, []pageProduct{{1, "desk"}, {2, "lamp"}}))
	// Output: 7 <nil>
}

func sumAndInsert(ctx context.Context, db *sql.DB, products []pageProduct) (sum int64, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	err = conn.Raw(func(driverConn any) error {
		sess, err := stdlib.SessionOf(driverConn)
		if err != nil {
			return err
		}
		rows, err := sess.Query(ctx, "SELECT amount FROM t")
		if err != nil {
			return err
		}
		for batch, err := range rows.Batches() {
			if err != nil {
				return err
			}
			amounts, err := batch.Int64(0)
			if err != nil {
				return err
			}
			for _, amount := range amounts.Values {
				sum += amount
			}
		}
		_, err = exawire.Insert(ctx, sess, "products", slices.Values(products))
		return err
	})
	return sum, err
}
