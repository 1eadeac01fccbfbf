package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// closes returns what was closed since the last call, one text for each command.
func closes(srv *exatest.Server) []string {
	var list []string
	for _, r := range srv.Requests("") {
		switch r.Command {
		case "closeResultSet":
			list = append(list, "results "+string(r.Field("resultSetHandles")))
		case "closePreparedStatement":
			list = append(list, "statement "+string(r.Field("statementHandle")))
		}
	}
	srv.ForgetRequests()
	return list
}

func checkCloses(t *testing.T, srv *exatest.Server, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, closes(srv)); diff != "" {
		t.Errorf("closed (-want +got):\n%s", diff)
	}
}

// bubbleDebts is bubble with a session whose results of BIG have to be fetched, and a function that keeps the session busy
// for a time and returns when it is.
func bubbleDebts(t *testing.T, change func(*exawire.Config), test func(t *testing.T, srv *exatest.Server, sess *exawire.Session, busy func(time.Duration))) {
	t.Helper()
	bubble(t, func(c *exawire.Config) {
		c.CancelGrace = testGrace
		if change != nil {
			change(c)
		}
	}, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		number := exatest.Columns(`"" DECIMAL(18,0)`)
		srv.HandleSQL("BIG...", exatest.Rows(number, exatest.ValuesOf(make([]int64, 3000))).Params(number...))
		srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(number...))
		srv.ForgetRequests()
		test(t, srv, sess, func(d time.Duration) {
			t.Helper()
			srv.HandleSQL("MERGE", exatest.RowCount(1).After(d))
			go func() {
				if _, err := sess.Exec(context.Background(), "MERGE"); err != nil {
					t.Errorf("merge: %v", err)
				}
			}()
			synctest.Wait()
		})
	})
}

func openRows(t *testing.T, sess *exawire.Session, sql string, args ...any) *exawire.Rows {
	t.Helper()
	rows, err := sess.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A statement that has no room in the cache any more is closed by whoever uses the session next, if somebody is waiting for
// it already: its last user does not stand in line behind him.
func TestEvictionDoesNotWait(t *testing.T) {
	bubbleDebts(t, func(c *exawire.Config) { c.StatementCache = 1 },
		func(t *testing.T, srv *exatest.Server, sess *exawire.Session, busy func(time.Duration)) {
			exec(t, sess, "INSERT a")
			srv.HandleSQL("INSERT b", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(18,0)`)...).After(time.Second))
			done := make(chan error, 1)
			start := time.Now()
			go func() {
				_, err := sess.Exec(t.Context(), "INSERT b", 1)
				done <- err
			}()
			synctest.Wait()
			busy(time.Hour)
			if err := <-done; err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took != time.Second {
				t.Errorf("it took %v", took)
			}
			checkUsable(t, sess) // behind that command, if it did not close the statement before it began
			checkCloses(t, srv, "statement 1")
		})
}

// What others have left to be closed is not the business of one who runs a statement from the cache.
func TestEvictionClosesOneStatement(t *testing.T) {
	bubbleDebts(t, func(c *exawire.Config) { c.StatementCache = 1 },
		func(t *testing.T, srv *exatest.Server, sess *exawire.Session, busy func(time.Duration)) {
			var stmts []*exawire.Stmt
			for i := range 10 {
				stmt, err := sess.Prepare(t.Context(), fmt.Sprint("INSERT ", i))
				if err != nil {
					t.Fatal(err)
				}
				stmts = append(stmts, stmt)
			}
			exec(t, sess, "INSERT a") // 11
			busy(time.Hour)
			for _, stmt := range stmts {
				if err := stmt.Close(canceled(t)); err != nil {
					t.Errorf("close: %v", err)
				}
			}
			time.Sleep(time.Hour)
			srv.ForgetRequests()
			exec(t, sess, "INSERT b")
			if n := len(closes(srv)); n > 3 { // one behind each command, and one of its own
				t.Errorf("%d statements were closed", n)
			}
			for range 10 {
				checkUsable(t, sess)
			}
		})
}

// Callers who leave before their statement is done close nothing themselves, and still nothing piles up.
func TestEvictionBehindThoseWhoLeft(t *testing.T) {
	bubbleDebts(t, func(c *exawire.Config) { c.StatementCache = 1 },
		func(t *testing.T, srv *exatest.Server, sess *exawire.Session, _ func(time.Duration)) {
			srv.Inject(fault.AbortIgnored())
			srv.Inject(fault.Delay(time.Second).On("executePreparedStatement"))
			for i := range 10 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				if n, err := sess.Exec(ctx, fmt.Sprint("INSERT ", i), 1); n != 1 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
				cancel()
			}
			checkUsable(t, sess)
			if open := srv.Sessions()[0].Statements; len(open) > 2 {
				t.Errorf("statements %v are open", open)
			}
		})
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// Rows that cannot be closed because others use the session are closed by the next command, all of them at once.
func TestRowsClosedWhileBusy(t *testing.T) {
	bubbleDebts(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, busy func(time.Duration)) {
		var open []*exawire.Rows
		for range 3 {
			open = append(open, openRows(t, sess, "BIG"))
		}
		busy(time.Hour)
		for _, rows := range open {
			start := time.Now()
			if err := rows.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if took := time.Since(start); took > testGrace {
				t.Errorf("it took %v", took)
			}
		}
		checkCloses(t, srv)
		time.Sleep(time.Hour)
		checkUsable(t, sess)
		checkCloses(t, srv, "results [1,2,3]")
		checkUsable(t, sess)
		checkCloses(t, srv)
	})
}

// A handle that the server does not know keeps no other open, and is no error of somebody who has nothing to do with it.
func TestUnknownHandleAmongOthers(t *testing.T) {
	bubbleDebts(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, busy func(time.Duration)) {
		var open []*exawire.Rows
		for range 4 {
			open = append(open, openRows(t, sess, "BIG"))
		}
		if err := sess.CloseResultSet(t.Context(), []int{2}); err != nil { // behind the back of its rows
			t.Fatal(err)
		}
		busy(time.Hour)
		for _, rows := range open[:3] {
			if err := rows.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		time.Sleep(time.Hour)
		if err := open[3].Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		for range 3 {
			checkUsable(t, sess)
		}
		if left := srv.Sessions()[0].ResultSets; len(left) > 0 {
			t.Errorf("%v are open", left)
		}
		// Later ones go together again.
		open = open[:0]
		for range 2 {
			open = append(open, openRows(t, sess, "BIG"))
		}
		busy(time.Hour)
		for _, rows := range open {
			if err := rows.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		time.Sleep(time.Hour)
		srv.ForgetRequests()
		checkUsable(t, sess)
		checkCloses(t, srv, "results [5,6]")
	})
}

// The one whose own handle the server does not know hears of it, unless the session knows as much.
func TestUnknownHandle(t *testing.T) {
	bubbleDebts(t, nil, func(t *testing.T, _ *exatest.Server, sess *exawire.Session, _ func(time.Duration)) {
		rows := openRows(t, sess, "BIG")
		stmt, err := sess.Prepare(t.Context(), "INSERT x")
		if err != nil {
			t.Fatal(err)
		}
		if err := sess.CloseResultSet(t.Context(), []int{rows.Handle()}); err != nil {
			t.Fatal(err)
		}
		if err := sess.ClosePreparedStatement(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		var server *exawire.Error
		if err := rows.Close(); !errors.As(err, &server) || server.Command != "closeResultSet" || exawire.SafeToRetry(err) {
			t.Errorf("rows: %v", err)
		}
		// A statement whose handle was closed by hand is closed.
		if _, err := stmt.Exec(t.Context(), 1); !errors.Is(err, exawire.ErrStmtClosed) {
			t.Errorf("statement: %v", err)
		}
		if err := stmt.Close(t.Context()); err != nil {
			t.Errorf("statement: %v", err)
		}
		checkUsable(t, sess)
	})
}

// Handles that the server gives out again before they were closed belong to somebody else.
func TestHandleGivenOutAgainIsNotClosed(t *testing.T) {
	for _, command := range []string{"createPreparedStatement", "execute"} {
		t.Run(command, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					srv.Handle("createPreparedStatement", func(*exatest.Request) exatest.Response {
						return exatest.Raw(`{"status":"ok","responseData":{"statementHandle":1,"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}}`)
					})
					srv.HandleSQL("BIG", exatest.Raw(`{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"resultSetHandle":1,"numColumns":1,"numRows":9,"numRowsInMessage":0,"columns":[{"name":"A","dataType":{"type":"DECIMAL","precision":18,"scale":0}}]}}]}}`))
					use := func() func() error {
						if command == "execute" {
							return openRows(t, sess, "BIG").Close
						}
						stmt, err := sess.Prepare(t.Context(), "INSERT")
						if err != nil {
							t.Fatal(err)
						}
						return func() error { return stmt.Close(canceled(t)) }
					}
					first := use()
					srv.Inject(fault.Delay(2 * testGrace).On(command).Once())
					got := make(chan func() error)
					go func() { got <- use() }()
					synctest.Wait()
					if err := first(); err != nil {
						t.Errorf("close: %v", err)
					}
					second := <-got
					srv.ForgetRequests()
					checkUsable(t, sess)
					checkCloses(t, srv)
					_ = second()
					if n := len(closes(srv)); n != 1 {
						t.Errorf("%d commands closed it", n)
					}
				})
		})
	}
}

// A session that was ended by Disconnect sends nothing more, whatever is closed.
func TestNothingIsClosedAfterDisconnect(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 3000))))
	srv.HandleSQL("INSERT", exatest.RowCount(1))
	rows := openRows(t, sess, "BIG")
	stmt, err := sess.Prepare(t.Context(), "INSERT")
	if err != nil {
		t.Fatal(err)
	}
	if err := sess.Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv.ForgetRequests()
	if err := errors.Join(rows.Close(), stmt.Close(t.Context())); err != nil {
		t.Errorf("close: %v", err)
	}
	checkCloses(t, srv)
}

// What is closed for its caller is closed although there is much else to be closed, and first.
func TestOwnHandleFirst(t *testing.T) {
	bubbleDebts(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, busy func(time.Duration)) {
		var stmts []*exawire.Stmt
		for i := range 5 {
			stmt, err := sess.Prepare(t.Context(), fmt.Sprint("INSERT ", i))
			if err != nil {
				t.Fatal(err)
			}
			stmts = append(stmts, stmt)
		}
		busy(time.Hour)
		for _, stmt := range stmts[:4] {
			if err := stmt.Close(canceled(t)); err != nil {
				t.Errorf("close: %v", err)
			}
		}
		time.Sleep(time.Hour)
		srv.ForgetRequests()
		if err := stmts[4].Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		checkCloses(t, srv, "statement 5")
		for range 4 {
			checkUsable(t, sess)
		}
		got := closes(srv)
		slices.Sort(got)
		if diff := cmp.Diff([]string{"statement 1", "statement 2", "statement 3", "statement 4"}, got); diff != "" {
			t.Errorf("closed (-want +got):\n%s", diff)
		}
	})
}
