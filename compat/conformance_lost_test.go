package compat

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// counted answers INSERT and counts how often it was run.
func counted(srv *exatest.Server) (runs func() int) {
	var mu sync.Mutex
	n := 0
	count := exatest.Func(func(r *exatest.Request) exatest.Response {
		if r.Command != "createPreparedStatement" {
			mu.Lock()
			n++
			mu.Unlock()
		}
		return exatest.RowCount(1)
	})
	srv.HandleSQL("INSERT", count)
	srv.HandleSQL("INSERT ?", count)
	srv.HandleSQL("QUICK", exatest.RowCount(1))
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// insertCalls are the ways to run one INSERT on some connection of the pool.
func insertCalls(t *testing.T, db *sql.DB) map[string]func() error {
	t.Helper()
	ctx := context.Background()
	stmt, err := db.PrepareContext(ctx, "INSERT ?")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stmt.Close() })
	return map[string]func() error{
		"Exec":             func() error { return second(db.ExecContext(ctx, "INSERT")) },
		"Exec, arguments":  func() error { return second(db.ExecContext(ctx, "INSERT ?", 1)) },
		"Exec, columns":    func() error { return second(db.ExecContext(ctx, "INSERT ?", exawire.Values([]string{"a"}))) },
		"Stmt.Exec":        func() error { return second(stmt.ExecContext(ctx, 1)) },
		"Query":            func() error { return queryAll(db.QueryContext(ctx, "INSERT")) },
		"Query, arguments": func() error { return queryAll(db.QueryContext(ctx, "INSERT ?", 1)) },
		"Stmt.Query":       func() error { return queryAll(stmt.QueryContext(ctx, 1)) },
		"in a Tx": func() error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "INSERT"); err != nil {
				return errors.Join(err, tx.Rollback())
			}
			return tx.Commit()
		},
	}
}

// queryAll reads rows to their end. That an INSERT has none may be an error.
func queryAll(rows *sql.Rows, err error) error {
	if err != nil {
		var e *exawire.Error
		if errors.As(err, &e) || errors.Is(err, exawire.ErrSessionClosed) {
			return err
		}
		return nil
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}

// Sessions that were killed while they were idle are noticed: the next statement works, and arrives exactly once.
func TestConformanceKilledIdle(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxIdleConns(5)
		runs := counted(srv)
		for name, call := range insertCalls(t, db) {
			var conns []*sql.Conn // so that all connections of the pool are dead
			for range 5 {
				conn, err := db.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				conns = append(conns, conn)
			}
			for _, conn := range conns {
				_ = conn.Close()
			}
			srv.KillSessions()
			synctest.Wait()
			before := runs()
			if err := call(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if n := runs() - before; n != 1 {
				t.Errorf("%s: run %d times", name, n)
			}
		}
	})
}

// A session that dies while it is reset for its next statement is replaced, and the statement arrives once.
func TestConformanceKilledDuringReset(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		runs := counted(srv)
		for name, call := range insertCalls(t, db) {
			before := runs()
			exec(t, db, "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'")
			cut := srv.Inject(fault.CutAnswer().On("execute").Once()) // the ALTER SESSION of the reset
			err := call()
			cut.Remove()
			if cut.Count() != 1 {
				t.Errorf("%s: the reset was not disturbed", name)
			}
			n := runs() - before
			if (err != nil || n != 1) && (name != "in a Tx" || err == nil || n != 0) { // there it may be Begin that breaks off
				t.Errorf("%s: run %d times, error %v", name, n, err)
			}
			exec(t, db, "QUICK")
		}
	})
}

// The connection is cut at every moment of a statement's life. The statement is run at most once; if it was run, or may have
// been, the call is an error; and the next one works.
func TestConformanceCutDuringStatement(t *testing.T) {
	cuts := map[string]struct {
		fault fault.Fault
		most  int
	}{
		"before it runs":        {fault.CutRequest(), 0},
		"before the answer":     {fault.CutAnswer(), 1},
		"in the answer":         {fault.CutMiddle(), 1},
		"after a fragment":      {fault.CutFragment(), 1},
		"garbage":               {fault.Garbage(), 1},
		"half an answer":        {fault.TruncateJSON(), 1},
		"an answer too many":    {fault.ExtraAnswer(), 1},
		"right after an answer": {fault.CutAfter(), 1},
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				runs := counted(srv)
				for name, call := range insertCalls(t, db) {
					exec(t, db, "QUICK")
					before := runs()
					injected := srv.Inject(cut.fault.On("execute", "executePreparedStatement").Once())
					err := call()
					synctest.Wait()
					if injected.Count() != 1 {
						t.Errorf("%s: the fault struck %d times", name, injected.Count())
					}
					injected.Remove()
					n := runs() - before
					if n > 1 || n > cut.most {
						t.Errorf("%s: run %d times, error %v", name, n, err)
					}
					if err == nil && n != 1 {
						t.Errorf("%s: no error, and run %d times", name, n)
					}
					if errors.Is(err, driver.ErrBadConn) {
						t.Errorf("%s: %v asks for a repetition", name, err)
					}
					if err != nil && exawire.SafeToRetry(err) && name != "in a Tx" { // there it is said of COMMIT
						t.Errorf("%s: %v claims that nothing was sent", name, err)
					}
					exec(t, db, "QUICK")
					synctest.Wait()
					if stats := db.Stats(); stats.InUse != 0 || len(srv.Sessions()) != stats.OpenConnections {
						t.Errorf("%s: %d in use, %d open, %d sessions", name, stats.InUse, stats.OpenConnections, len(srv.Sessions()))
					}
				}
			}, exatest.WithLeniency())
		})
	}
}

// A session that is killed while its statement runs is an error of that statement, which is not repeated.
func TestConformanceKilledDuringStatement(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		slowServer(srv)
		for name, call := range slowCalls(t, db) {
			srv.ForgetRequests()
			exec(t, db, "QUICK")
			time.AfterFunc(time.Second, srv.KillSessions)
			err := call(t.Context())
			wantError(t, err, exawire.ErrSessionClosed)
			if errors.Is(err, driver.ErrBadConn) || exawire.SafeToRetry(err) {
				t.Errorf("%s: %v asks for a repetition", name, err)
			}
			if n := len(srv.Statements()); n != 2 {
				t.Errorf("%s: statements %v", name, srv.Statements())
			}
		}
	})
}

// A connection is cut while rows are read: the rows end with an error, and what was read is right.
func TestConformanceKilledDuringRows(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		numbers := make([]int, 20000)
		for i := range numbers {
			numbers[i] = i
		}
		srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf(numbers)))
		srv.HandleSQL("QUICK", exatest.RowCount(0))
		srv.Inject(fault.FetchRows(500))
		srv.Inject(fault.CutMiddle().On("fetch").Skip(3).Once())
		rows, err := db.QueryContext(t.Context(), "ROWS")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rows.Next() {
			var got int
			if err := rows.Scan(&got); err != nil || got != n {
				t.Fatalf("row %d is %d, %v", n, got, err)
			}
			n++
		}
		wantError(t, rows.Err(), exawire.ErrSessionClosed)
		if errors.Is(rows.Err(), driver.ErrBadConn) || n == 0 || n >= 20000 {
			t.Errorf("%d rows, %v", n, rows.Err())
		}
		_ = rows.Close()
		exec(t, db, "QUICK")
		synctest.Wait()
		if n := len(srv.Sessions()); n != 1 {
			t.Errorf("%d sessions", n)
		}
	})
}

// A connection on which something came that nobody has asked for is not used again.
func TestConformanceUnasked(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		runs := counted(srv)
		exec(t, db, "QUICK")
		srv.Inject(fault.ExtraAnswer().On("execute").Once())
		if _, err := db.ExecContext(t.Context(), "INSERT"); err != nil {
			t.Logf("the statement with two answers: %v", err)
		}
		for range 3 {
			if _, err := db.ExecContext(t.Context(), "INSERT"); err != nil {
				t.Error(err)
			}
		}
		if n := runs(); n != 4 {
			t.Errorf("%d runs of 4", n)
		}
	})
}

// The silence of a server ends a statement after Config.PeerTimeout, once.
func TestConformanceSilence(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		runs := counted(srv)
		exec(t, db, "QUICK")
		srv.Inject(fault.Delay(time.Hour).On("execute").Once())
		_, err := db.ExecContext(t.Context(), "INSERT")
		wantError(t, err, exawire.ErrSessionClosed)
		if n := runs(); n > 1 {
			t.Errorf("%d runs", n)
		}
		exec(t, db, "QUICK")
	})
}

// While the database is down every statement fails, and as soon as it is up again statements work, without a new pool.
func TestConformanceDatabaseRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(vn))
		db := openServer(t, srv, func(cfg *exawire.Config) { cfg.DialContext = vn.DialContext })
		runs := counted(srv)
		exec(t, db, "INSERT")
		vn.SetDown("exatest", true)
		srv.KillSessions()
		synctest.Wait()
		for range 3 {
			var e *exawire.ConnectError
			if _, err := db.ExecContext(t.Context(), "INSERT"); !errors.As(err, &e) {
				t.Errorf("error %v", err)
			}
			_, err := db.BeginTx(t.Context(), nil)
			wantError(t, err, nil, "exawire: ")
		}
		vn.SetDown("exatest", false)
		exec(t, db, "INSERT")
		if n := runs(); n != 2 {
			t.Errorf("%d runs instead of 2", n)
		}
	})
}
