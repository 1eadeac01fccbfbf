package compat

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
)

// eachVersion runs a test against exasqlite by every version of the protocol, with the race detector too, and against the
// database of EXAWIRE_TEST_DSN. Each run has an empty schema of its own.
func eachVersion(t *testing.T, test func(t *testing.T, db *sql.DB)) {
	t.Helper()
	for v := commands.V1; v <= commands.Latest; v++ {
		t.Run(v.String(), func(t *testing.T) {
			_, db := serve(t, nil, exatest.WithProtocolVersion(int(v)))
			test(t, db)
		})
	}
	if dsn := os.Getenv("EXAWIRE_TEST_DSN"); dsn != "" {
		t.Run("database", func(t *testing.T) { test(t, openSchema(t, dsn)) })
	}
}

// onDatabase reports whether a test of eachVersion runs against EXAWIRE_TEST_DSN.
func onDatabase(t testing.TB) bool { return strings.Contains(t.Name(), "/database") }

// openSchema returns a pool of connections to a database, in a schema that is dropped when the test ends.
func openSchema(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Schema = makeSchema(t, cfg)
	return openClient(t, cfg)
}

// eachServer is eachVersion for tests that have to see or to disturb the server.
func eachServer(t *testing.T, test func(t *testing.T, srv *exatest.Server, db *sql.DB), opts ...exatest.Option) {
	t.Helper()
	for v := commands.V1; v <= commands.Latest; v++ {
		t.Run(v.String(), func(t *testing.T) {
			srv, db := serve(t, nil, append([]exatest.Option{exatest.WithProtocolVersion(int(v))}, opts...)...)
			test(t, srv, db)
		})
	}
}

// eachBubble is eachServer in virtual time, on a network in memory. There is no SQL but that of the test's handlers.
func eachBubble(t *testing.T, test func(t *testing.T, srv *exatest.Server, db *sql.DB), opts ...exatest.Option) {
	t.Helper()
	for v := commands.V1; v <= commands.Latest; v++ {
		t.Run(v.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vn := exatest.NewVirtualNetwork()
				all := append([]exatest.Option{exatest.WithNetwork(vn), exatest.WithProtocolVersion(int(v))}, opts...)
				srv := exatest.NewServer(t, all...)
				db := openServer(t, srv, func(cfg *exawire.Config) { cfg.DialContext = vn.DialContext })
				test(t, srv, db)
			})
		})
	}
}

// serve starts a server with SQL and opens a pool for it, in an empty schema.
func serve(t testing.TB, change func(*exawire.Config), opts ...exatest.Option) (*exatest.Server, *sql.DB) {
	t.Helper()
	backend, err := exasqlite.New(exasqlite.WithSQL("CREATE SCHEMA s"))
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithBackend(backend)}, opts...)...)
	return srv, openServer(t, srv, func(cfg *exawire.Config) {
		cfg.Schema = "S"
		if change != nil {
			change(cfg)
		}
	})
}

// openServer opens a pool for a server and closes it when the test ends.
func openServer(t testing.TB, srv *exatest.Server, change func(*exawire.Config)) *sql.DB {
	t.Helper()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	change(cfg)
	return openClient(t, cfg)
}

// openClient opens a pool for a configuration and closes it when the test ends.
func openClient(t testing.TB, cfg *exawire.Config) *sql.DB {
	t.Helper()
	db, err := stdlib.OpenDB(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the pool: %v", err)
		}
	})
	return db
}

// exec runs statements that must work.
func exec(t testing.TB, db interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, query string, args ...any,
) sql.Result {
	t.Helper()
	result, err := db.ExecContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return result
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// texts returns all rows of a query, each with its values side by side; NULL is <nil>.
func texts(t testing.TB, db queryer, query string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return drain(t, rows)
}

// drain reads all rows of this result set, and closes rows if it was the last one.
func drain(t testing.TB, rows *sql.Rows) (lines []string) {
	t.Helper()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(names))
	for i := range values {
		values[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, v := range values {
			words = append(words, fmt.Sprint(*v.(*any)))
		}
		lines = append(lines, strings.Join(words, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// wantTexts compares all rows of a query.
func wantTexts(t testing.TB, db queryer, query string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, texts(t, db, query)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", query, diff)
	}
}

// sessionID returns the number of the session that runs a statement.
func sessionID(t testing.TB, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
},
) (id string) {
	t.Helper()
	if err := db.QueryRowContext(context.Background(), "SELECT CURRENT_SESSION FROM DUAL").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// hasHashtype reports whether the protocol of a pool's sessions knows the type HASHTYPE. Version 1 shows it as CHAR.
func hasHashtype(t testing.TB, db *sql.DB) (has bool) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Raw(func(c any) error {
		sess, err := stdlib.SessionOf(c)
		has = err == nil && sess.Info().ProtocolVersion >= commands.V2
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return has
}

// wantError fails unless err matches a target, or all of the texts stand in it.
func wantError(t testing.TB, err, target error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	if target != nil && !errors.Is(err, target) {
		t.Errorf("error %v does not match %v", err, target)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}
