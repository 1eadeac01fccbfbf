package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// tracedSteps are calls that send commands, some of them several. The session is as good as new before each, or holds what
// prepare returns.
var tracedSteps = map[string]func(ctx context.Context, sess *exawire.Session) error{
	"Exec": func(ctx context.Context, sess *exawire.Session) error { _, err := sess.Exec(ctx, "INSERT"); return err },
	"Exec with an argument": func(ctx context.Context, sess *exawire.Session) error {
		_, err := sess.Exec(ctx, "INSERT ?", 1)
		return err
	},
	"Query": func(ctx context.Context, sess *exawire.Session) error {
		rows, err := sess.Query(ctx, "SELECT")
		if err != nil {
			return err
		}
		defer rows.Close()
		_, err = exawire.Collect[int](rows)
		return err
	},
	"Rows.Close": func(ctx context.Context, sess *exawire.Session) error {
		rows, err := sess.Query(ctx, "SELECT")
		if err != nil {
			return err
		}
		return rows.Close()
	},
	"Prepare": func(ctx context.Context, sess *exawire.Session) error {
		st, err := sess.Prepare(ctx, "INSERT ?")
		if err != nil {
			return err
		}
		defer st.Close(ctx)
		_, err = st.Exec(ctx, 1)
		return err
	},
	"SetAttributes": func(ctx context.Context, sess *exawire.Session) error {
		return sess.SetAttributes(ctx, exawire.QueryTimeout(testDeadline))
	},
	"Commit": func(ctx context.Context, sess *exawire.Session) error {
		tx, err := sess.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx) //nolint:errcheck // after Commit it does nothing
		if _, err := tx.Exec(ctx, "INSERT"); err != nil {
			return err
		}
		return tx.Commit(ctx)
	},
	"Rollback": func(ctx context.Context, sess *exawire.Session) error {
		tx, err := sess.Begin(ctx)
		if err != nil {
			return err
		}
		defer tx.Rollback(ctx) //nolint:errcheck // the second time it does nothing
		if _, err := tx.Exec(ctx, "INSERT"); err != nil {
			return err
		}
		return tx.Rollback(ctx)
	},
	"RunTx": func(ctx context.Context, sess *exawire.Session) error {
		return sess.RunTx(ctx, func(tx *exawire.Tx) error { _, err := tx.Exec(ctx, "INSERT"); return err })
	},
	"Atomic": func(ctx context.Context, sess *exawire.Session) error {
		st, err := sess.Prepare(ctx, "INSERT ?")
		if err != nil {
			return err
		}
		defer st.Close(ctx)
		_, err = st.With(exawire.Atomic(), exawire.ChunkRows(2)).ExecColumns(ctx, exawire.Values([]int{1, 2, 3, 4, 5}))
		return err
	},
	"Reset": func(ctx context.Context, sess *exawire.Session) error {
		if _, err := sess.Begin(ctx); err != nil {
			return err
		}
		return sess.Reset(ctx)
	},
	"Close": func(ctx context.Context, sess *exawire.Session) error { return sess.Close(ctx) },
}

// A tracer may panic at any moment. What the session does after that is what it says: either it is closed, or a statement
// commits by itself, and the next transaction can begin.
func TestTracerPanicsAnywhere(t *testing.T) {
	for name, step := range tracedSteps {
		for _, prefetch := range []int{-1, 1} {
			t.Run(fmt.Sprint(name, " ", prefetch), func(t *testing.T) {
				moment := 1
				for panicAt(t, prefetch, moment, step) {
					moment++
				}
				if moment < 3 {
					t.Errorf("only %d events", moment-1)
				}
			})
		}
	}
}

// panicAt runs a step whose tracer panics at the given event. It returns false if there are not so many.
func panicAt(t *testing.T, prefetch, moment int, step func(context.Context, *exawire.Session) error) (reached bool) {
	t.Helper()
	t.Run(fmt.Sprint(moment), func(t *testing.T) {
		w := &witness{}
		bubble(t, func(c *exawire.Config) { c.Tracer, c.Prefetch, c.FetchBytes = w, prefetch, 1<<10 },
			[]exatest.Option{exatest.WithLeniency(), exatest.WithInlineRows(0)},
			func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(exatest.Columns("N DECIMAL(18,0)")...))
				srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(make([]int, 2000))))
				sess, err := client.Connect(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				where := breakAt(t, w, moment, func() error { return step(t.Context(), sess) })
				reached = where != ""
				if sess.Err() == nil {
					checkFree(t, srv, sess, where)
				}
				if err := sess.Close(context.Background()); err != nil {
					t.Errorf("close: %v", err)
				}
				synctest.Wait()
				if n := srv.Connections(); n != 0 {
					t.Errorf("%d connections are open", n)
				}
			})
		w.balanced(t, 1)
	})
	return reached
}

// breakAt calls fn with a tracer that panics at the given event, and returns that, "" if there are not so many. The caller
// must get the panic.
func breakAt(t *testing.T, w *witness, moment int, fn func() error) (where string) {
	t.Helper()
	var mu sync.Mutex
	n := 0
	w.onEvent = func(event string) {
		mu.Lock()
		defer mu.Unlock()
		if n++; n == moment {
			where = event
			panic(event)
		}
	}
	value := panicking(func() {
		if err := fn(); err != nil {
			t.Errorf("an error instead of a panic at %q: %v", where, err)
		}
	})
	w.onEvent = nil
	if where != "" && value != where {
		t.Errorf("the tracer panicked at %q, and the caller got %v", where, value)
	}
	return where
}

// checkFree fails the test unless a statement of the session commits by itself, and a transaction can begin.
func checkFree(t *testing.T, srv *exatest.Server, sess *exawire.Session, where string) {
	t.Helper()
	if _, err := sess.Exec(t.Context(), "INSERT"); err != nil {
		t.Errorf("after a panic at %q a statement says %v", where, err)
	}
	for _, s := range srv.Sessions() {
		if !s.Attributes.Autocommit || s.Attributes.OpenTransaction {
			t.Errorf("after a panic at %q: autocommit %t, open transaction %t", where, s.Attributes.Autocommit, s.Attributes.OpenTransaction)
		}
	}
	tx, err := sess.Begin(t.Context())
	if err == nil {
		err = tx.Rollback(t.Context())
	}
	if err != nil {
		t.Errorf("after a panic at %q a transaction says %v", where, err)
	}
}

// A tracer may call the session that it is told of, whatever that is doing. Closing it from there takes a grace at most.
func TestTracerCallsSession(t *testing.T) {
	calls := map[string]func(ctx context.Context, sess *exawire.Session, event string){
		"questions": func(context.Context, *exawire.Session, string) {},
		"AbortQuery": func(ctx context.Context, sess *exawire.Session, _ string) {
			_ = sess.AbortQuery(ctx)
		},
		"Close": func(ctx context.Context, sess *exawire.Session, event string) {
			if !strings.HasPrefix(event, "close ") { // which Close waits for
				_ = sess.Close(ctx)
			}
		},
	}
	for what, call := range calls {
		for name, step := range tracedSteps {
			t.Run(what+"/"+name, func(t *testing.T) {
				w := &witness{}
				bubble(t, func(c *exawire.Config) { c.Tracer, c.FetchBytes, c.CancelGrace = w, 1<<10, testGrace },
					[]exatest.Option{exatest.WithLeniency(), exatest.WithInlineRows(0)},
					func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
						srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(exatest.Columns("N DECIMAL(18,0)")...))
						srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(make([]int, 2000))))
						sess, err := client.Connect(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						w.onEvent = func(event string) {
							_, _, _, _ = sess.Info(), sess.Err(), sess.Attributes(), sess.Leftovers()
							call(t.Context(), sess, event)
						}
						began := time.Now()
						if err := step(t.Context(), sess); err != nil && what == "questions" {
							t.Error(err)
						}
						if took := time.Since(began); took > testGrace || took > 0 && what != "Close" {
							t.Errorf("it took %v", took)
						}
						if err := sess.Close(context.Background()); err != nil {
							t.Error(err)
						}
					})
				w.balanced(t, 1)
			})
		}
	}
}
