package exapool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// onPool runs an example with a pool for a test server, and prints its error, which no example expects, and what the server
// saw of violations of the protocol.
func onPool(example func(ctx context.Context, srv *exatest.Server, pool *exapool.Pool) error) {
	srv, err := exatest.Start()
	if err != nil {
		fmt.Println("start:", err)
		return
	}
	defer srv.Close()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		fmt.Println("DSN:", err)
		return
	}
	pool, err := exapool.New(cfg, exapool.Options{MaxSessions: 4})
	if err != nil {
		fmt.Println("pool:", err)
		return
	}
	ctx := context.Background()
	if err := errors.Join(example(ctx, srv, pool), pool.Close(ctx)); err != nil {
		fmt.Println("error:", err)
	}
	for _, v := range srv.Violations() {
		fmt.Println("violation:", v)
	}
}

type product struct {
	ID   int64
	Name string
}

func Example() {
	onPool(func(ctx context.Context, srv *exatest.Server, pool *exapool.Pool) error {
		srv.HandleSQL("SELECT id, name FROM products", exatest.RowsOf([]product{{1, "bolt"}, {2, "nut"}}))
		srv.HandleSQL("DELETE FROM products WHERE id = ?", exatest.RowCount(1).Params(exatest.Columns("ID DECIMAL(18,0)")...))

		products, err := exapool.Collect[product](ctx, pool, "SELECT id, name FROM products")
		if err != nil {
			return err
		}
		n, err := pool.Exec(ctx, "DELETE FROM products WHERE id = ?", 1)
		fmt.Println(products, n)
		return err
	})
	// Output: [{1 bolt} {2 nut}] 1
}

func ExampleEach() {
	onPool(func(ctx context.Context, srv *exatest.Server, pool *exapool.Pool) error {
		srv.HandleSQL("SELECT id, name FROM products", exatest.RowsOf([]product{{1, "bolt"}, {2, "nut"}}))
		for p, err := range exapool.Each[product](ctx, pool, "SELECT id, name FROM products") {
			if err != nil {
				return err
			}
			fmt.Println(p.ID, p.Name)
		}
		return nil
	})
	// Output:
	// 1 bolt
	// 2 nut
}

// Several statements on one session.
func ExamplePool_Do() {
	onPool(func(ctx context.Context, srv *exatest.Server, pool *exapool.Pool) error {
		srv.HandleSQL("SELECT id, name FROM products", exatest.RowsOf([]product{{1, "bolt"}}))
		return pool.Do(ctx, func(ctx context.Context, sess *exawire.Session) error {
			if err := sess.SetAttributes(ctx, exawire.CurrentSchema("SHOP")); err != nil {
				return err
			}
			rows, err := sess.Query(ctx, "SELECT id, name FROM products")
			if err != nil {
				return err
			}
			p, err := exawire.One[product](rows)
			fmt.Println(p.Name, "in", sess.Attributes().CurrentSchema)
			return err
		}) // the next user of the session has the schema of the configuration again
	})
	// Output: bolt in SHOP
}

func ExamplePool_Acquire() {
	onPool(func(ctx context.Context, _ *exatest.Server, pool *exapool.Pool) error {
		sess, err := pool.Acquire(ctx)
		if err != nil {
			return err
		}
		defer sess.Release()
		fmt.Println(sess.Info().ReleaseVersion, pool.Stats().InUse)
		return sess.Ping(ctx)
	})
	// Output: 8.32.0 1
}

func ExamplePool_RunTx() {
	onPool(func(ctx context.Context, srv *exatest.Server, pool *exapool.Pool) error {
		srv.HandleSQL("UPDATE accounts SET balance = balance - 5 WHERE id = 1", exatest.RowCount(1))
		srv.HandleSQL("UPDATE accounts SET balance = balance + 5 WHERE id = 2", exatest.RowCount(1))
		err := pool.RunTx(ctx, func(tx *exawire.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE accounts SET balance = balance - 5 WHERE id = 1"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE accounts SET balance = balance + 5 WHERE id = 2")
			return err
		})
		fmt.Println(srv.Statements()[2])
		return err
	})
	// Output: COMMIT
}
