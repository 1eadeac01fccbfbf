package e2e_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// sameHandle makes the server give every prepared statement the handle 7.
func sameHandle(srv *exatest.Server) {
	srv.Handle("createPreparedStatement", func(*exatest.Request) exatest.Response {
		return exatest.Raw(`{"status":"ok","responseData":{"statementHandle":7,"parameterData":{"numColumns":1,"columns":` +
			`[{"name":"","dataType":{"type":"DECIMAL","precision":18,"scale":0}}]},"numResults":1,` +
			`"results":[{"resultType":"rowCount","rowCount":0}]}}`)
	})
	for _, command := range []string{"executePreparedStatement", "closePreparedStatement"} {
		srv.Handle(command, func(*exatest.Request) exatest.Response { return exatest.RowCount(1) })
	}
}

// A statement that is closed while a run of it waits for the session is not run, least of all by a handle that is another
// statement's by then.
func TestStmtClosedWhileItsRunWaits(t *testing.T) {
	for name, run := range map[string]func(*exawire.Stmt) error{
		"exec":  func(st *exawire.Stmt) error { _, err := st.Exec(context.Background(), 1); return err },
		"query": func(st *exawire.Stmt) error { _, err := st.Query(context.Background(), 1); return err },
		"columns": func(st *exawire.Stmt) error {
			_, err := st.ExecColumns(context.Background(), exawire.Values([]int{1}))
			return err
		},
		"rows": func(st *exawire.Stmt) error {
			_, err := st.ExecRows(context.Background(), exawire.WithoutErrors(func(yield func([]any) bool) { yield([]any{1}) }))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sameHandle(srv)
				srv.HandleSQL("SLOW", exatest.OK().After(time.Minute))
				sess := connect(t, client)
				old, err := sess.Prepare(t.Context(), "INSERT ?")
				if err != nil {
					t.Fatal(err)
				}
				var wg sync.WaitGroup
				begin := func(fn func()) {
					wg.Go(fn)
					synctest.Wait()
				}
				begin(func() { do(t, sess, "SLOW") })
				begin(func() {
					if _, err := sess.Prepare(context.Background(), "DELETE ?"); err != nil {
						t.Error(err)
					}
				})
				begin(func() {
					if err := run(old); !errors.Is(err, exawire.ErrStmtClosed) || !exawire.SafeToRetry(err) {
						t.Errorf("error is %v", err)
					}
				})
				begin(func() {
					if err := old.Close(context.Background()); err != nil {
						t.Error(err)
					}
				})
				wg.Wait()
				if n := len(srv.Requests("executePreparedStatement")); n != 0 {
					t.Errorf("%d statements were run", n)
				}
			})
		})
	}
}

// A handle that the server gives out again is the new statement's: neither a run nor the Close of the old one touches it.
func TestHandleGivenOutAgain(t *testing.T) {
	bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sameHandle(srv)
		sess := connect(t, client)
		prepare := func() *exawire.Stmt {
			st, err := sess.Prepare(t.Context(), "INSERT ?")
			if err != nil {
				t.Fatal(err)
			}
			return st
		}
		old := prepare()
		st := prepare()
		srv.ForgetRequests()
		if _, err := old.Exec(t.Context(), 1); !errors.Is(err, exawire.ErrStmtClosed) || !exawire.SafeToRetry(err) {
			t.Errorf("run of the old statement: %v", err)
		}
		if err := old.Close(t.Context()); err != nil {
			t.Errorf("close of the old statement: %v", err)
		}
		if n := len(srv.Requests("")); n != 0 {
			t.Errorf("%v was sent", names(srv))
		}
		if _, err := st.Exec(t.Context(), 1); err != nil {
			t.Errorf("run of the new statement: %v", err)
		}
		if err := st.Close(t.Context()); err != nil || len(srv.Requests("closePreparedStatement")) != 1 {
			t.Errorf("close of the new statement: %v, sent %v", err, names(srv))
		}
	})
}

// A result that gets the handle of one that is still to be closed is not closed in its place.
func TestResultHandleGivenOutAgain(t *testing.T) {
	bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		const rows = `{"resultType":"resultSet","resultSet":{"resultSetHandle":5,"numColumns":1,"numRows":2,"numRowsInMessage":0,` +
			`"columns":[{"name":"A","dataType":{"type":"DECIMAL","precision":18,"scale":0}}]}}`
		answer := exatest.Raw(`{"status":"ok","responseData":{"numResults":1,"results":[` + rows + `]}}`)
		srv.HandleSQL("FIRST", answer)
		srv.HandleSQL("SECOND", answer.After(time.Second))
		srv.HandleSQL("INSERT", exatest.RowCount(1))
		srv.Handle("closeResultSet", func(*exatest.Request) exatest.Response { return exatest.OK() })
		sess := connect(t, client)
		first, err := sess.Query(t.Context(), "FIRST")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { // closed while the second statement runs
			time.Sleep(time.Second / 2)
			if err := first.Close(); err != nil {
				t.Error(err)
			}
		})
		second, err := sess.Query(t.Context(), "SECOND")
		if err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		do(t, sess, "INSERT")
		if n := len(srv.Requests("closeResultSet")); n != 0 {
			t.Errorf("the new result was closed before its owner did: %v", names(srv))
		}
		if err := second.Close(); err != nil || len(srv.Requests("closeResultSet")) != 1 {
			t.Errorf("close: %v, sent %v", err, names(srv))
		}
	})
}

// Runs and Close of one statement may come in any order. A run has either happened, or failed with ErrStmtClosed, or with
// what the server says of a handle that it has forgotten.
func TestStmtCloseRacesWithRuns(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(18,0)`)...))
	for range 50 {
		st, err := sess.Prepare(t.Context(), "INSERT ?")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.Exec(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		srv.ForgetRequests()
		var wg sync.WaitGroup
		var ran atomic.Int64
		for range 4 {
			wg.Go(func() {
				switch _, err := st.Exec(t.Context(), 1); {
				case err == nil:
					ran.Add(1)
				case !errors.Is(err, exawire.ErrStmtClosed) || !exawire.SafeToRetry(err):
					t.Errorf("error is %v", err)
				}
			})
			wg.Go(func() {
				if err := st.Close(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(srv.Requests("executePreparedStatement")); int64(n) != ran.Load() {
			t.Errorf("%d runs were sent, %d have succeeded", n, ran.Load())
		}
		if n := len(srv.Requests("closePreparedStatement")); n != 1 {
			t.Errorf("it was closed %d times: %s", n, strings.Join(names(srv), " "))
		}
	}
}

// Close of a statement on a session that was closed does nothing, also on a subconnection, where it is a command of its own.
func TestStmtCloseOnAClosedSession(t *testing.T) {
	groupBubble(t, nil, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) {
		group := openGroup(t, sess)
		var open []*exawire.Stmt
		var mu sync.Mutex
		err := group.Each(t.Context(), func(ctx context.Context, _ int, sub *exawire.Session) error {
			st, err := sub.Prepare(context.WithoutCancel(ctx), "INSERT ?")
			mu.Lock()
			defer mu.Unlock()
			open = append(open, st)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		st, err := sess.Prepare(t.Context(), "INSERT ?")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, st)
		if err := group.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
		for i, st := range open {
			if err := st.Close(t.Context()); err != nil {
				t.Errorf("statement %d: %v", i, err)
			}
			if err := st.Close(t.Context()); err != nil {
				t.Errorf("statement %d, again: %v", i, err)
			}
			if _, err := st.Exec(t.Context(), 1); err == nil || !exawire.SafeToRetry(err) {
				t.Errorf("statement %d was run: %v", i, err)
			}
		}
	})
}
