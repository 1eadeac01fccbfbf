package stdlib_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
)

// exampleServer stands for a database.
func exampleServer() *exatest.Server {
	srv, err := exatest.Start()
	if err != nil {
		panic(err)
	}
	srv.HandleSQL("SELECT id, name, price FROM products WHERE price > ?", exatest.Rows(
		exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(40), PRICE DECIMAL(10,2)"),
		exatest.ValuesOf([]int{1, 2}), exatest.ValuesOf([]any{"desk", nil}), exatest.TextValues("99.50", "17.00")))
	srv.HandleSQL("INSERT INTO products VALUES (?, ?)", exatest.Func(func(r *exatest.Request) exatest.Response {
		return exatest.RowCount(int64(len(r.ParamRows())))
	}))
	srv.HandleSQL("CREATE TABLE t (n INT)", exatest.RowCount(0))
	srv.HandleSQL("INSERT INTO t VALUES (1), (2)", exatest.RowCount(2))
	srv.HandleSQL("SELECT n FROM t", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf([]int{1, 2})))
	return srv
}

func exampleDB(srv *exatest.Server) *sql.DB {
	db, err := sql.Open(stdlib.DriverName, srv.DSN())
	if err != nil {
		panic(err)
	}
	return db
}

func Example() {
	srv := exampleServer()
	defer srv.Close()
	db, err := sql.Open("exawire", srv.DSN()) // exa://user:password@host:8563/SCHEMA
	if err != nil {
		panic(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(context.Background(), "SELECT id, name, price FROM products WHERE price > ?", 10)
	if err != nil {
		panic(err)
	}
	defer rows.Close()
	for rows.Next() {
		var (
			id    int64
			name  sql.Null[string]
			price exawire.Decimal
		)
		if err := rows.Scan(&id, &name, &price); err != nil {
			panic(err)
		}
		fmt.Println(id, name.V, price)
	}
	fmt.Println(rows.Err())
	// Output:
	// 1 desk 99.50
	// 2  17.00
	// <nil>
}

// A Config says more than a DSN can, such as a Tracer or a network.
func ExampleOpenDB() {
	srv := exampleServer()
	defer srv.Close()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		panic(err)
	}
	cfg.ClientName = "reports"
	db, err := stdlib.OpenDB(cfg)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	fmt.Println(db.Ping())
	// Output:
	// <nil>
}

func ExampleNewConnector() {
	srv := exampleServer()
	defer srv.Close()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		panic(err)
	}
	client, err := exawire.New(cfg)
	if err != nil {
		panic(err)
	}
	db := sql.OpenDB(stdlib.NewConnector(client))
	defer db.Close()
	fmt.Println(db.Ping())
	// Output:
	// <nil>
}

// The session of a connection does what database/sql has no words for. Here it writes structs.
func ExampleSessionOf() {
	srv := exampleServer()
	defer srv.Close()
	db := exampleDB(srv)
	defer db.Close()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	err = conn.Raw(func(driverConn any) error {
		sess, err := stdlib.SessionOf(driverConn)
		if err != nil {
			return err
		}
		rows, err := sess.Query(ctx, "SELECT n FROM t")
		if err != nil {
			return err
		}
		n, err := exawire.Collect[int64](rows)
		fmt.Println(n, sess.Info().ProtocolVersion > 0)
		return err
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// [1 2] true
}

// Columns as arguments are many rows in one statement.
func Example_columns() {
	srv := exampleServer()
	defer srv.Close()
	db := exampleDB(srv)
	defer db.Close()
	result, err := db.Exec("INSERT INTO products VALUES (?, ?)",
		exawire.Values([]int{1, 2, 3}), exawire.Values([]string{"desk", "lamp", "chair"}))
	if err != nil {
		panic(err)
	}
	fmt.Println(result.RowsAffected())
	// Output:
	// 3 <nil>
}

func ExampleScript() {
	srv := exampleServer()
	defer srv.Close()
	db := exampleDB(srv)
	defer db.Close()
	rows, err := db.Query("CREATE TABLE t (n INT); INSERT INTO t VALUES (1), (2); SELECT n FROM t; SELECT n FROM t", stdlib.Script)
	if err != nil {
		panic(err)
	}
	defer rows.Close()
	for more := true; more; more = rows.NextResultSet() {
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				panic(err)
			}
			fmt.Print(n, " ")
		}
		fmt.Println("end")
	}
	// Output:
	// 1 2 end
	// 1 2 end
}

// What an argument does that panics is an error, and the connection is not lost.
func ExamplePanicError() {
	srv := exampleServer()
	defer srv.Close()
	db := exampleDB(srv)
	defer db.Close()
	_, err := db.Exec("INSERT INTO products VALUES (?, ?)", 1, panics{})
	var e *stdlib.PanicError
	if errors.As(err, &e) {
		fmt.Println(err)
		fmt.Println(strings.Contains(string(e.Stack), "panics.Value"))
	}
	// Output:
	// stdlib: an argument or a callback panicked: see PanicError.Value
	// true
}
