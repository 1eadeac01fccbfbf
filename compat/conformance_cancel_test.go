package compat

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// slowCalls are the calls of database/sql that wait for the server while the statement SLOW hangs. prepare is run before the
// context is there.
func slowCalls(t *testing.T, db *sql.DB) map[string]func(ctx context.Context) error {
	t.Helper()
	stmt, err := db.PrepareContext(context.Background(), "SLOW ?")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stmt.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]func(ctx context.Context) error{
		"Exec":            func(ctx context.Context) error { return second(db.ExecContext(ctx, "SLOW")) },
		"Exec, arguments": func(ctx context.Context) error { return second(db.ExecContext(ctx, "SLOW ?", 1)) },
		"Query":           func(ctx context.Context) error { return second(db.QueryContext(ctx, "SLOW")) },
		"Query, arguments": func(ctx context.Context) error {
			return second(db.QueryContext(ctx, "SLOW ?", 1))
		},
		"QueryRow":   func(ctx context.Context) error { return db.QueryRowContext(ctx, "SLOW").Scan(new(int)) },
		"Stmt.Exec":  func(ctx context.Context) error { return second(stmt.ExecContext(ctx, 1)) },
		"Stmt.Query": func(ctx context.Context) error { return second(stmt.QueryContext(ctx, 1)) },
	}
}

func slowServer(srv *exatest.Server) {
	srv.HandleSQL("QUICK", exatest.RowCount(1))
	srv.HandleSQL("SLOW", exatest.Hang())
	srv.HandleSQL("SLOW ?", exatest.Func(func(r *exatest.Request) exatest.Response {
		if r.Command == "executePreparedStatement" {
			return exatest.Hang()
		}
		return exatest.RowCount(1)
	}))
}

// wantSame runs a statement and makes sure that it is the same session as before, and the only one.
func wantSame(t *testing.T, srv *exatest.Server, db *sql.DB, before uint64) {
	t.Helper()
	exec(t, db, "QUICK")
	synctest.Wait()
	sessions := srv.Sessions()
	if len(sessions) != 1 || sessions[0].ID != before {
		t.Errorf("%d sessions; there was one, %d", len(sessions), before)
	}
	if n := db.Stats().InUse; n != 0 {
		t.Errorf("%d connections are in use", n)
	}
}

// The context of a statement ends while it runs, however it ends and whatever its cause is: the statement is aborted, the
// error is the context's, the session is the same afterwards, and the statement has arrived once.
func TestConformanceCancel(t *testing.T) {
	own := errors.New("own cause")
	ends := map[string]struct {
		cause error // nil for a deadline
		want  error
	}{
		"deadline":                {nil, context.DeadlineExceeded},
		"cancelled":               {context.Canceled, context.Canceled},
		"cause":                   {own, context.Canceled},
		"cause ErrBadConn":        {driver.ErrBadConn, context.Canceled},
		"cause ErrSkip":           {driver.ErrSkip, context.Canceled},
		"cause io.EOF":            {io.EOF, context.Canceled},
		"cause ErrTxDone":         {sql.ErrTxDone, context.Canceled},
		"cause ErrSessionClosed":  {exawire.ErrSessionClosed, context.Canceled},
		"cause an unsent command": {&exawire.UnsupportedError{}, context.Canceled},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				db.SetMaxOpenConns(1)
				slowServer(srv)
				exec(t, db, "QUICK")
				before := srv.Sessions()[0].ID
				for name, call := range slowCalls(t, db) {
					srv.ForgetRequests()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					if end.cause != nil {
						withCause, cancelCause := context.WithCancelCause(t.Context())
						time.AfterFunc(time.Second, func() { cancelCause(end.cause) })
						ctx = withCause
					}
					start := time.Now()
					err := call(ctx)
					if took := time.Since(start); took != time.Second {
						t.Errorf("%s returned after %v", name, took)
					}
					cancel()
					wantError(t, err, end.want)
					if errors.Is(err, driver.ErrBadConn) {
						t.Errorf("%s: %v asks for a repetition", name, err)
					}
					if n := len(srv.Statements()); n != 1 {
						t.Errorf("%s: %d statements have arrived: %v", name, n, srv.Statements())
					}
					if n := len(srv.Requests("abortQuery")); n != 1 {
						t.Errorf("%s: %d aborts", name, n)
					}
					wantSame(t, srv, db, before)
				}
			})
		})
	}
}

// A context that has ended before the call sends nothing.
func TestConformanceCancelBefore(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		slowServer(srv)
		exec(t, db, "QUICK")
		before := srv.Sessions()[0].ID
		calls := slowCalls(t, db)
		calls["Begin"] = func(ctx context.Context) error { return second(db.BeginTx(ctx, nil)) }
		calls["Ping"] = db.PingContext
		calls["Conn"] = func(ctx context.Context) error { return second(db.Conn(ctx)) }
		calls["Prepare"] = func(ctx context.Context) error { return second(db.PrepareContext(ctx, "SLOW ?")) }
		for name, call := range calls {
			srv.ForgetRequests()
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(driver.ErrBadConn)
			wantError(t, call(ctx), context.Canceled)
			synctest.Wait()
			if n := len(srv.Requests("")); n != 0 {
				t.Errorf("%s: %d requests", name, n)
			}
		}
		wantSame(t, srv, db, before)
	})
}

// The context of Query governs its rows: when it ends, reading ends with its error, and the connection is free.
func TestConformanceCancelRows(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		slowServer(srv)
		srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf(make([]int, 200000))))
		exec(t, db, "QUICK")
		before := srv.Sessions()[0].ID
		for _, read := range []int{0, 1, 1500} {
			ctx, cancel := context.WithCancel(t.Context())
			rows, err := db.QueryContext(ctx, "ROWS")
			if err != nil {
				t.Fatal(err)
			}
			for range read {
				if !rows.Next() {
					t.Fatal(rows.Err())
				}
			}
			cancel()
			synctest.Wait()
			n := read
			for rows.Next() {
				n++
			}
			if n == 200000 {
				t.Error("all rows were read after the end of the context")
			}
			wantError(t, rows.Err(), context.Canceled)
			if err := rows.Close(); err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("close: %v", err)
			}
			wantSame(t, srv, db, before)
			if s := srv.Sessions(); len(s[0].ResultSets) > 0 {
				t.Errorf("result sets %v are open", s[0].ResultSets)
			}
		}
	})
}

// The context ends while a fetch is under way: the rows end with its error, what was read is right, and the connection is
// the same. (In virtual time this cannot be tested: package sql waits for a lock meanwhile.)
func TestConformanceCancelFetch(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		id := sessionID(t, db)
		srv.Inject(fault.FetchRows(1000))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		fetches := 0
		srv.Handle("fetch", func(*exatest.Request) exatest.Response {
			if fetches++; fetches == 3 {
				cancel()
			}
			return exatest.Pass()
		})
		numbers := make([]int, 20000)
		for i := range numbers {
			numbers[i] = i
		}
		srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N INT"), exatest.ValuesOf(numbers)))
		rows, err := db.QueryContext(ctx, "ROWS")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rows.Next() {
			var got int
			if err := rows.Scan(&got); err != nil {
				break // the context may end between Next and Scan
			}
			if got != n {
				t.Fatalf("row %d is %d", n, got)
			}
			n++
		}
		wantError(t, rows.Err(), context.Canceled)
		if n >= len(numbers) {
			t.Error("all rows were read")
		}
		if err := rows.Close(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("close: %v", err)
		}
		if now := sessionID(t, db); now != id {
			t.Errorf("session %s instead of %s", now, id)
		}
		if s := srv.Sessions(); len(s[0].ResultSets) > 0 {
			t.Errorf("result sets %v are open", s[0].ResultSets)
		}
	})
}

// A statement that was done before the abort arrived counts as done: no error, and the number of rows.
func TestConformanceCancelTooLate(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		slowServer(srv)
		srv.Inject(fault.AbortIgnored())
		srv.HandleSQL("WRITE", exatest.RowCount(3).After(2*time.Second))
		exec(t, db, "QUICK")
		before := srv.Sessions()[0].ID
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		result, err := db.ExecContext(ctx, "WRITE")
		if err != nil {
			t.Fatalf("a statement that was done: %v", err)
		}
		if n, err := result.RowsAffected(); n != 3 || err != nil {
			t.Errorf("%d rows, %v", n, err)
		}
		wantSame(t, srv, db, before)
	})
}

// A server that does not answer the abort costs the connection, after the grace; the next statement has another one.
func TestConformanceCancelUnanswered(t *testing.T) {
	for name, f := range map[string]fault.Fault{"ignored": fault.AbortIgnored(), "dropped": fault.AbortDrops()} {
		t.Run(name, func(t *testing.T) {
			eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				slowServer(srv)
				srv.Inject(f)
				for name, call := range slowCalls(t, db) {
					srv.ForgetRequests()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					start := time.Now()
					err := call(ctx)
					cancel()
					wantError(t, err, context.DeadlineExceeded)
					wantError(t, err, exawire.ErrSessionClosed)
					if errors.Is(err, driver.ErrBadConn) {
						t.Errorf("%s: %v asks for a repetition", name, err)
					}
					if took := time.Since(start); took > 7*time.Second {
						t.Errorf("%s took %v", name, took)
					}
					if n := len(srv.Statements()); n != 1 {
						t.Errorf("%s: statements %v", name, srv.Statements())
					}
					exec(t, db, "QUICK")
					synctest.Wait()
					if n := len(srv.Sessions()); n != 1 {
						t.Errorf("%s: %d sessions", name, n)
					}
				}
			})
		})
	}
}
