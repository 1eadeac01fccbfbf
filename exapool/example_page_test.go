package exapool_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// What docs/pool.md shows.

// User is a row of the table USERS.
type User struct {
	ID   int64
	Name string
}

func Example_team() {
	srv, err := exatest.Start()
	if err != nil {
		fmt.Println("start:", err)
		return
	}
	defer srv.Close()
	srv.HandleSQL("SELECT id, name FROM users WHERE team = ?",
		exatest.RowsOf([]User{{1, "ann"}, {2, "bob"}}).Params(exatest.Columns("TEAM VARCHAR(40)")...))
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		fmt.Println("DSN:", err)
		return
	}
	fmt.Println(usersOf(context.Background(), cfg, "blue"))
	// Output: [{1 ann} {2 bob}] <nil>
}

func usersOf(ctx context.Context, cfg *exawire.Config, team string) ([]User, error) {
	pool, err := exapool.New(cfg, exapool.Options{MaxSessions: 20})
	if err != nil {
		return nil, err
	}
	defer pool.Close(ctx)

	users, err := exapool.Collect[User](ctx, pool, "SELECT id, name FROM users WHERE team = ?", team)
	if err != nil {
		return nil, err
	}
	return users, nil
}
