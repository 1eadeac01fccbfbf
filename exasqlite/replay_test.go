package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/record"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// program uses the client in all ways and returns what it saw. The server is where its requests arrive in the end.
func program(t *testing.T, srv *exatest.Server, dsn string, v commands.Version) []string {
	t.Helper()
	ctx := t.Context()
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	cfg.ProtocolVersion = v
	cfg.FetchBytes = 4096 // many fetches
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sess, err := client.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	note := func(what string, v any, err error) {
		t.Helper()
		var exception *exawire.Error
		if err != nil && !errors.As(err, &exception) {
			t.Fatalf("%s: %v", what, err)
		}
		seen = append(seen, fmt.Sprintf("%s: %v %v", what, v, err))
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		n, err := sess.Exec(ctx, sql, args...)
		note(sql, n, err)
	}
	collect := func(sql string, args ...any) {
		t.Helper()
		rows, err := sess.Query(ctx, sql, args...)
		if err != nil {
			note(sql, nil, err)
			return
		}
		list, err := resultset.Collect[int64](rows)
		note(sql, list, err)
	}
	exec("CREATE SCHEMA s")
	exec("CREATE TABLE t (id DECIMAL(18,0), name VARCHAR(100))")
	exec("INSERT INTO t SELECT v, 'name ' || v FROM VALUES BETWEEN 1 AND 3000 AS b(v)")
	collect("SELECT id FROM t ORDER BY id")
	collect("SELECT id FROM t WHERE id < ? ORDER BY id", 5)
	exec("INSERT INTO nowhere VALUES 1")

	stmt, err := sess.Prepare(ctx, "INSERT INTO t VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	n, err := stmt.ExecColumns(ctx, exawire.Values([]int64{5000, 5001}), exawire.Values([]string{"ü", ""}))
	note("insert", n, err)
	if err := stmt.Close(ctx); err != nil {
		t.Fatal(err)
	}
	tx, err := sess.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	exec("DELETE FROM t WHERE id > 4999")
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	collect("SELECT COUNT(*) FROM t")
	if v >= commands.V2 {
		schema := "S"
		for table, err := range sess.GetTables(ctx, commands.TablesFilter{Schema: &schema}) {
			note("table", table.Name, err)
		}
	}
	const slow = `SELECT "$SLEEP"(60)`
	_, err = sess.Exec(whileRuns(t, srv, slow), slow)
	if !errors.Is(err, context.Canceled) || sess.Err() != nil {
		t.Fatalf("cancelled: %v, session %v", err, sess.Err())
	}
	exec("DROP SCHEMA s CASCADE")
	if err := sess.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return seen
}

// What the client sees of a database it sees again in the transcript, by every version, and compressed or not.
func TestRecordReplay(t *testing.T) {
	for v := commands.V1; v <= commands.Latest; v++ {
		if slowdown > 1 && v != commands.Latest {
			continue
		}
		t.Run(fmt.Sprint(v), func(t *testing.T) {
			backend, err := exasqlite.New()
			if err != nil {
				t.Fatal(err)
			}
			srv := exatest.NewServer(t, exatest.WithBackend(backend))
			path := filepath.Join(t.TempDir(), "t.jsonl")
			rec := record.New(t, path, record.Upstream{Addr: srv.Addr(), Fingerprint: srv.Fingerprint()})
			want := program(t, srv, rec.DSN("sys", "exasol"), v)
			if err := rec.Close(); err != nil {
				t.Fatal(err)
			}
			for _, params := range []string{"compression=0", "compression=1"} {
				replay := record.Replay(t, path, record.WithAllRequests())
				got := program(t, replay, replay.DSN(params), v)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-recorded +replayed):\n%s", params, diff)
				}
			}
		})
	}
}
