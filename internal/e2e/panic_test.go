package e2e_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// panicked returns what fn panicked with, nil if it returned.
func panicked(fn func()) (value any) {
	defer func() { value = recover() }()
	fn()
	return nil
}

type valuerPanics struct{ value any }

func (v valuerPanics) Value() (driver.Value, error) { panic(v.value) }

type textPanics struct{ value any }

func (v textPanics) MarshalText() ([]byte, error) { panic(v.value) }

// checkNothingLeft fails the test unless the session can be used, and has nothing open on the server after its next
// command but the statements that it may keep.
func checkNothingLeft(t *testing.T, srv *exatest.Server, sess *exawire.Session, kept int) {
	t.Helper()
	checkUsable(t, sess)
	if open := srv.Sessions()[0].Statements; len(open) > kept {
		t.Errorf("statements %v are open", open)
	}
}

// A panic of an argument goes on to the caller, and leaves nothing behind.
func TestPanicInArguments(t *testing.T) {
	const sql = "INSERT INTO t VALUES (?)"
	ctx := context.Background()
	rows := func(args ...any) iter.Seq2[[]any, error] {
		return func(yield func([]any, error) bool) {
			for _, a := range args {
				if !yield([]any{a}, nil) {
					return
				}
			}
		}
	}
	prepared := func(run func(*exawire.Stmt, any)) func(*testing.T, *exawire.Session, any) {
		return func(t *testing.T, sess *exawire.Session, arg any) {
			t.Helper()
			st, err := sess.Prepare(ctx, sql)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close(ctx)
			run(st, arg)
		}
	}
	for name, tt := range map[string]struct {
		cache int
		run   func(*testing.T, *exawire.Session, any)
	}{
		"exec, kept": {4, func(_ *testing.T, sess *exawire.Session, arg any) { _, _ = sess.Exec(ctx, sql, arg) }},
		"exec, kept before": {4, func(t *testing.T, sess *exawire.Session, arg any) {
			t.Helper()
			if _, err := sess.Exec(ctx, sql, 1); err != nil {
				t.Error(err)
			}
			_, _ = sess.Exec(ctx, sql, arg)
		}},
		"exec, not kept": {-1, func(_ *testing.T, sess *exawire.Session, arg any) { _, _ = sess.Exec(ctx, sql, arg) }},
		"query":          {4, func(_ *testing.T, sess *exawire.Session, arg any) { _, _ = sess.Query(ctx, sql, arg) }},
		"in a transaction": {4, func(_ *testing.T, sess *exawire.Session, arg any) {
			_ = sess.RunTx(ctx, func(tx *exawire.Tx) error {
				_, err := tx.Exec(ctx, sql, arg)
				return err
			})
		}},
		"statement": {4, prepared(func(st *exawire.Stmt, arg any) { _, _ = st.Exec(ctx, arg) })},
		"columns":   {4, prepared(func(st *exawire.Stmt, arg any) { _, _ = st.ExecColumns(ctx, exawire.Values([]any{1, arg})) })},
		"rows":      {4, prepared(func(st *exawire.Stmt, arg any) { _, _ = st.ExecRows(ctx, rows(1, arg)) })},
		"atomic rows": {4, prepared(func(st *exawire.Stmt, arg any) {
			_, _ = st.With(exawire.Atomic(), exawire.ChunkRows(1)).ExecRows(ctx, rows(1, 2, 3, arg))
		})},
		"insert": {4, func(_ *testing.T, sess *exawire.Session, arg any) {
			_, _ = exawire.Insert(ctx, sess, "t", slices.Values([]any{1, arg}), exawire.Mapping(resultset.ByPosition()))
		}},
	} {
		for _, arg := range []any{valuerPanics{"boom"}, textPanics{"boom"}} {
			t.Run(name, func(t *testing.T) {
				bubble(t, func(c *exawire.Config) { c.StatementCache = tt.cache }, nil,
					func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
						for _, text := range []string{sql, "INSERT..."} {
							srv.HandleSQL(text, exatest.RowCount(1).Params(exatest.Columns(`"" VARCHAR(100)`)...))
						}
						srv.HandleSQL("SELECT * FROM t", exatest.Rows(exatest.Columns("A VARCHAR(100)")))
						sess := connect(t, client)
						if got := panicked(func() { tt.run(t, sess, arg) }); got != "boom" {
							t.Errorf("panicked with %v", got)
						}
						if !sess.Attributes().Autocommit {
							t.Errorf("autocommit is off")
						}
						checkNothingLeft(t, srv, sess, 0)
					})
			})
		}
	}
}

// A source of credentials that panics while a session is opened leaves no connection behind.
func TestPanicInCredentials(t *testing.T) {
	for name, change := range credentialPanics(func() bool { return true }) {
		t.Run(name, func(t *testing.T) {
			bubble(t, change, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				if got := panicked(func() { _, _ = client.Connect(t.Context()) }); got != "boom" {
					t.Errorf("panicked with %v", got)
				}
				synctest.Wait()
				if n := srv.Connections(); n != 0 {
					t.Errorf("%d connections are open", n)
				}
			})
		})
	}
}

// credentialPanics returns configurations whose sources of credentials panic if now says so.
func credentialPanics(now func() bool) map[string]func(*exawire.Config) {
	return map[string]func(*exawire.Config){
		"password": func(c *exawire.Config) {
			c.Password = ""
			c.PasswordSource = func(context.Context) (string, error) {
				if now() {
					panic("boom")
				}
				return exatest.DefaultPassword, nil
			}
		},
		"token": func(c *exawire.Config) {
			c.User, c.Password = "", ""
			c.TokenSource = func(context.Context) (exawire.Token, error) {
				if now() {
					panic("boom")
				}
				return exawire.Token{Access: "access"}, nil
			}
		},
	}
}

// One that panics while subconnections are opened is heard of in the caller's goroutine. The session is what it was.
func TestPanicInParallel(t *testing.T) {
	for asked := range 3 { // the first, the second and the third subconnection
		count, armed := 0, false
		token := make(chan struct{}, 1)
		now := func() bool {
			token <- struct{}{}
			defer func() { <-token }()
			count++
			return armed && count == asked+1
		}
		for name, change := range credentialPanics(now) {
			t.Run(name, func(t *testing.T) {
				count, armed = 0, false
				bubble(t, change, []exatest.Option{
					exatest.WithLeniency(), exatest.WithNodes("exa1", "exa2", "exa3"), exatest.WithAccessToken("sys", "access"),
				}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					count, armed = 0, true
					if got := panicked(func() { _, _ = sess.Parallel(t.Context(), 3) }); got != "boom" {
						t.Errorf("panicked with %v", got)
					}
					armed = false
					checkAfterGroup(t, srv, sess)
				})
			})
		}
	}
}

// checkAfterGroup fails the test unless nothing of a group of subconnections is left.
func checkAfterGroup(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
	t.Helper()
	synctest.Wait()
	if n := srv.Connections(); n != 1 {
		t.Errorf("%d connections are open", n)
	}
	if !sess.Attributes().Autocommit || !srv.Sessions()[0].Attributes.Autocommit {
		t.Errorf("autocommit is off")
	}
	checkNothingLeft(t, srv, sess, 0)
	group, err := sess.Parallel(t.Context(), 3)
	if err != nil {
		t.Fatalf("the next group: %v", err)
	}
	if err := group.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// So is one in Each, once all others have ended. An argument can be what panics.
func TestPanicInEach(t *testing.T) {
	groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		group := openGroup(t, sess)
		others := 0
		got := panicked(func() {
			_ = group.Each(t.Context(), func(ctx context.Context, i int, sub *exawire.Session) error {
				st, err := sub.Prepare(context.Background(), "INSERT ?")
				if err != nil {
					return err
				}
				if i == 0 {
					_, err := st.Exec(ctx, valuerPanics{"boom"})
					return err
				}
				<-ctx.Done() // the panic ends it
				others++
				return ctx.Err()
			})
		})
		if got != "boom" || others != 1 {
			t.Errorf("panicked with %v, %d others have ended", got, others)
		}
		ended := make(chan bool)
		go func() { // a test that fails inside Each ends its goroutine
			returned := false
			defer func() { ended <- returned }()
			_ = group.Each(t.Context(), func(context.Context, int, *exawire.Session) error { runtime.Goexit(); return nil })
			returned = true
		}()
		if <-ended {
			t.Errorf("Each took the end of a goroutine for a success")
		}
		if err := group.Close(t.Context()); err != nil {
			t.Error(err)
		}
		checkAfterGroup(t, srv, sess)
	})
}

// A panic in the function of RunTx rolls back; so does one in a sequence of rows.
func TestPanicInSequence(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(exatest.Columns(`"" VARCHAR(100)`)...))
		sess := connect(t, client)
		boom := errors.New("boom")
		got := panicked(func() {
			_, _ = exawire.InsertEach(t.Context(), sess, "t", func(yield func(string, error) bool) {
				for range 5 {
					yield("x", nil)
				}
				panic(boom)
			}, exawire.Atomic(), exawire.ChunkRows(1), exawire.Mapping(resultset.ByPosition()))
		})
		if got != boom { //nolint:errorlint // as it is
			t.Errorf("panicked with %v", got)
		}
		if got := strings.Join(srv.Statements(), "; "); !strings.HasSuffix(got, "ROLLBACK") {
			t.Errorf("sent %s", got)
		}
		checkNothingLeft(t, srv, sess, 0)
	})
}

// A tracer that panics when it is told of an answer keeps it from the caller, who cannot close what it has opened.
func TestPanicOfTracerLeavesNothingOpen(t *testing.T) {
	const sql = "SELECT n FROM t"
	closed := func(rows *exawire.Rows, err error) {
		if err == nil {
			_ = rows.Close()
		}
	}
	for name, open := range map[string]func(context.Context, *exawire.Session){
		"query":     func(ctx context.Context, s *exawire.Session) { closed(s.Query(ctx, sql)) },
		"arguments": func(ctx context.Context, s *exawire.Session) { closed(s.Query(ctx, sql, 1)) },
		"batch": func(ctx context.Context, s *exawire.Session) {
			results, _ := s.ExecuteBatch(ctx, []string{sql, sql})
			for _, r := range results {
				defer r.Close() // each, also if closing another one panics
			}
		},
		"prepare": func(ctx context.Context, s *exawire.Session) {
			if st, err := s.Prepare(ctx, sql); err == nil {
				_ = st.Close(ctx)
			}
		},
		"by hand": func(ctx context.Context, s *exawire.Session) {
			if st, err := s.CreatePreparedStatement(ctx, sql); err == nil {
				_ = s.ClosePreparedStatement(ctx, st.Handle)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			tracer, kept := &lateTracer{}, map[string]int{"arguments": 1}
			bubble(t, func(c *exawire.Config) { c.Tracer = tracer }, []exatest.Option{exatest.WithInlineRows(0)},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					srv.HandleSQL(sql, exatest.Rows(exatest.Columns("N DECIMAL(9,0)"), exatest.ValuesOf([]int{1})).Params(exatest.Columns(`"" DECIMAL(9,0)`)...))
					sess := connect(t, client)
					for n := range 3 {
						tracer.after = n + 1
						if got := panicked(func() { open(t.Context(), sess) }); got == nil && n == 0 {
							t.Fatal("no panic")
						}
						tracer.after = 0
						checkNothingLeft(t, srv, sess, kept[name])
						if got := srv.Sessions()[0].ResultSets; len(got) > 0 {
							t.Errorf("results %v are open", got)
						}
						if left := sess.Leftovers(); left != (exawire.Leftovers{}) {
							t.Errorf("the session says %+v", left)
						}
					}
				})
		})
	}
}

// lateTracer panics when it is told of the answer to so many commands, 0 for never.
type lateTracer struct {
	exawire.Tracer
	after int
}

func (l *lateTracer) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	return ctx, nil
}

func (l *lateTracer) TraceCommand(ctx context.Context, _ exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	return ctx, func(exawire.CommandEnd) {
		if l.after--; l.after == 0 {
			panic("boom")
		}
	}
}

func (l *lateTracer) TraceClose(exawire.SessionEnd) {}
