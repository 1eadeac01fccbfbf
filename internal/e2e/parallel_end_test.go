package e2e_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// groupBubble runs a test in virtual time with a session on a cluster of three nodes, whose INSERT succeeds. change, if not
// nil, adapts the configuration.
func groupBubble(t *testing.T, change func(*exawire.Config), test func(t *testing.T, srv *exatest.Server, sess *exawire.Session)) {
	t.Helper()
	bubble(t, func(c *exawire.Config) {
		c.CancelGrace = testGrace
		if change != nil {
			change(c)
		}
	}, []exatest.Option{exatest.WithNodes("exa1", "exa2", "exa3"), exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			srv.HandleSQL("INSERT", exatest.RowCount(1))
			srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(exatest.Columns("A DECIMAL(18,0)")...))
			srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf([]int{1})))
			sess := connect(t, client)
			srv.ForgetRequests()
			test(t, srv, sess)
		})
}

// openGroup opens a group of two subconnections.
func openGroup(t *testing.T, sess *exawire.Session) *exawire.Parallel {
	t.Helper()
	group, err := sess.Parallel(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	return group
}

// insertOnSubs inserts a row by a prepared statement of each subconnection.
func insertOnSubs(ctx context.Context, group *exawire.Parallel) error {
	return group.Each(ctx, func(ctx context.Context, _ int, sub *exawire.Session) error {
		st, err := sub.Prepare(ctx, "INSERT ?")
		if err != nil {
			return err
		}
		_, err = st.Exec(ctx, 1)
		return errors.Join(err, st.Close(ctx))
	})
}

func insertOnSession(ctx context.Context, group *exawire.Parallel, sess *exawire.Session) error {
	_, err := sess.Exec(ctx, "INSERT")
	return err
}

// What was written is committed by Commit alone, and Close says so if it takes something back.
func TestParallelKeepsWhatWasCommitted(t *testing.T) {
	type step = func(context.Context, *exawire.Parallel, *exawire.Session) error
	onSubs := func(ctx context.Context, group *exawire.Parallel, _ *exawire.Session) error {
		return insertOnSubs(ctx, group)
	}
	commit := func(ctx context.Context, group *exawire.Parallel, _ *exawire.Session) error { return group.Commit(ctx) }
	query := func(ctx context.Context, _ *exawire.Parallel, sess *exawire.Session) error {
		_, err := sess.Exec(ctx, "SELECT")
		return err
	}
	readOnSubs := func(ctx context.Context, group *exawire.Parallel, _ *exawire.Session) error {
		return group.Each(ctx, func(ctx context.Context, _ int, sub *exawire.Session) error {
			st, err := sub.Prepare(ctx, "SELECT")
			if err != nil {
				return err
			}
			_, err = st.Exec(ctx)
			return errors.Join(err, st.Close(ctx))
		})
	}
	byHand := func(sql string) step {
		return func(ctx context.Context, _ *exawire.Parallel, sess *exawire.Session) error {
			_, err := sess.Exec(ctx, sql)
			return err
		}
	}
	failingBatch := func(ctx context.Context, _ *exawire.Parallel, sess *exawire.Session) error {
		if _, err := sess.ExecuteBatch(ctx, []string{"INSERT", "WRONG"}); codeOf(err) != "0A000" {
			return errors.Join(errTest, err)
		}
		return nil
	}
	refused := func(ctx context.Context, _ *exawire.Parallel, sess *exawire.Session) error {
		if _, err := sess.Exec(ctx, "UPDATE nothing"); codeOf(err) != "0A000" {
			return errors.Join(errTest, err)
		}
		return nil
	}
	for name, tt := range map[string]struct {
		steps []step
		want  error
	}{
		"nothing":                             {nil, nil},
		"reading":                             {[]step{query, readOnSubs}, nil},
		"the session writes":                  {[]step{insertOnSession}, exawire.ErrNotCommitted},
		"the subconnections write":            {[]step{onSubs}, exawire.ErrNotCommitted},
		"committed":                           {[]step{insertOnSession, onSubs, commit}, nil},
		"committed twice":                     {[]step{onSubs, commit, commit}, nil},
		"committed, and more written":         {[]step{onSubs, commit, insertOnSession}, exawire.ErrNotCommitted},
		"committed after more was written":    {[]step{onSubs, commit, onSubs, commit}, nil},
		"committed by hand":                   {[]step{insertOnSession, byHand("COMMIT")}, nil},
		"committed by hand, and more written": {[]step{insertOnSession, byHand("COMMIT"), onSubs}, exawire.ErrNotCommitted},
		"rolled back by hand":                 {[]step{insertOnSession, byHand("ROLLBACK")}, nil},
		"the first of a batch that fails":     {[]step{failingBatch}, exawire.ErrNotCommitted},
		"refused":                             {[]step{refused}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
				group := openGroup(t, sess)
				for i, step := range tt.steps {
					if err := step(t.Context(), group, sess); err != nil {
						t.Fatalf("step %d: %v", i, err)
					}
				}
				srv.ForgetRequests()
				if err := group.Close(t.Context()); !errors.Is(err, tt.want) || exawire.SafeToRetry(err) {
					t.Errorf("close: %v", err)
				}
				if diff := cmp.Diff([]string{"ROLLBACK", autocommitOn}, statements(srv)); diff != "" {
					t.Errorf("statements of Close (-want +got):\n%s", diff)
				}
				if !srv.Sessions()[0].Attributes.Autocommit || !sess.Attributes().Autocommit {
					t.Errorf("autocommit is off")
				}
				checkUsable(t, sess)
			})
		})
	}
}

// While there is a group nobody else can begin a transaction, and when it is closed everybody can.
func TestParallelIsATransaction(t *testing.T) {
	for name, autocommit := range map[string]bool{"with autocommit": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			groupBubble(t, func(c *exawire.Config) { c.Attributes = []exawire.Attribute{exawire.Autocommit(autocommit)} },
				func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
					group := openGroup(t, sess)
					srv.ForgetRequests()
					for i, s := range append(group.Sessions(), sess) {
						if _, err := s.Begin(t.Context()); !errors.Is(err, exawire.ErrTxOpen) || !exawire.SafeToRetry(err) {
							t.Errorf("begin on session %d: %v", i, err)
						}
					}
					if err := sess.RunTx(t.Context(), func(*exawire.Tx) error { return errTest }); !errors.Is(err, exawire.ErrTxOpen) {
						t.Errorf("RunTx: %v", err)
					}
					if n := len(srv.Requests("")); n != 0 {
						t.Errorf("%d commands were sent", n)
					}
					if err := group.Close(t.Context()); err != nil {
						t.Errorf("close: %v", err)
					}
					tx, err := sess.Begin(t.Context())
					if err != nil {
						t.Fatalf("begin after the group: %v", err)
					}
					if err := tx.Rollback(t.Context()); err != nil {
						t.Errorf("rollback: %v", err)
					}
				})
		})
	}
}

// A group inside a transaction leaves its end to the transaction.
func TestParallelInsideTx(t *testing.T) {
	groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		tx, err := sess.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		srv.ForgetRequests()
		group := openGroup(t, sess)
		if err := insertOnSubs(t.Context(), group); err != nil {
			t.Fatal(err)
		}
		if err := group.Commit(t.Context()); !errors.Is(err, exawire.ErrTxOpen) || !exawire.SafeToRetry(err) {
			t.Errorf("commit: %v", err)
		}
		if err := group.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		if got := statements(srv); len(got) != 0 {
			t.Errorf("the group sent %v", got)
		}
		if sess.Attributes().Autocommit || srv.Sessions()[0].Attributes.Autocommit {
			t.Errorf("the group switched autocommit on")
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Errorf("commit of the transaction: %v", err)
		}
	})
}

// One that cannot be closed takes the session with it, and says so.
func TestParallelInsideTxCloseFails(t *testing.T) {
	groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		tx, err := sess.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		group := openGroup(t, sess)
		srv.Inject(fault.Delay(time.Hour))
		start := time.Now()
		if err := group.Close(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
			t.Errorf("close: %v, the session's error is %v", err, sess.Err())
		}
		if took := time.Since(start); took > testGrace {
			t.Errorf("it took %v", took)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Errorf("rollback: %v", err)
		}
	})
}

// A collision that a subconnection hears of has taken the transaction of all: it is not committed in part.
func TestParallelAfterCollision(t *testing.T) {
	for name, inside := range map[string]bool{"transaction of the group": false, "transaction around the group": true} {
		t.Run(name, func(t *testing.T) {
			groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
				var tx *exawire.Tx
				if inside {
					var err error
					if tx, err = sess.Begin(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				group := openGroup(t, sess)
				srv.HandleSQL("INSERT ?", collision).Once()
				if err := insertOnSubs(t.Context(), group); codeOf(err) != "40001" {
					t.Fatalf("insert: %v", err)
				}
				srv.ForgetRequests()
				commit := group.Commit
				if inside {
					commit = tx.Commit
				}
				if err := commit(t.Context()); !errors.Is(err, exawire.ErrTxLost) || exawire.SafeToRetry(err) {
					t.Errorf("commit: %v", err)
				}
				if got := statements(srv); len(got) != 0 {
					t.Errorf("%v was sent", got)
				}
				if err := group.Close(t.Context()); err != nil && !errors.Is(err, exawire.ErrNotCommitted) {
					t.Errorf("close: %v", err)
				}
				if inside {
					if err := tx.Rollback(t.Context()); err != nil {
						t.Errorf("rollback: %v", err)
					}
				}
				checkUsable(t, sess)
			})
		})
	}
}

// Whatever does not answer while a group is closed, it takes one grace in all, and the session has its autocommit again or
// is closed, which the error says.
func TestParallelCloseFails(t *testing.T) {
	slow := func(command string) func(*exatest.Server) {
		return func(srv *exatest.Server) { srv.Inject(fault.Delay(time.Hour).On(command)) }
	}
	refuse := func(command string, r exatest.Response) func(*exatest.Server) {
		return func(srv *exatest.Server) { srv.Handle(command, func(*exatest.Request) exatest.Response { return r }) }
	}
	no := exatest.Exception("42000", "no")
	for name, tt := range map[string]struct {
		fault  func(*exatest.Server)
		closed bool
	}{
		"a subconnection is silent":      {slow("disconnect"), false},
		"the end of the group is silent": {slow("requestParallelConnections"), true},
		"the rollback is silent":         {slow("execute"), true},
		"autocommit is silent":           {slow("setAttributes"), true},
		"reading it back is silent":      {slow("getAttributes"), true},
		"the rollback is refused":        {refuse("execute", no), true},
		"the rollback ends it":           {refuse("execute", exatest.Drop()), true},
		"autocommit is refused":          {refuse("setAttributes", no), true},
		"setting autocommit ends it":     {refuse("setAttributes", exatest.Drop()), true},
		"reading it back is refused":     {refuse("getAttributes", no), true},
		"autocommit is still off":        {refuse("getAttributes", exatest.OK().Attribute("autocommit", false)), true},
	} {
		for _, written := range []bool{false, true} {
			for _, ended := range []bool{false, true} {
				t.Run(name, func(t *testing.T) {
					groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
						group := openGroup(t, sess)
						if written {
							do(t, sess, "INSERT")
						}
						tt.fault(srv)
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						if ended {
							cancel()
						}
						start := time.Now()
						err := group.Close(ctx)
						if took := time.Since(start); took > testGrace {
							t.Errorf("it took %v", took)
						}
						if errors.Is(err, exawire.ErrSessionClosed) != tt.closed || (err != nil) != (tt.closed || written) || exawire.SafeToRetry(err) {
							t.Errorf("close: %v", err)
						}
						if written && !errors.Is(err, exawire.ErrNotCommitted) {
							t.Errorf("close does not tell that the rows are gone: %v", err)
						}
						if tt.closed != (sess.Err() != nil) {
							t.Fatalf("the session's error is %v", sess.Err())
						}
						if !tt.closed && (!sess.Attributes().Autocommit || !srv.Sessions()[0].Attributes.Autocommit) {
							t.Errorf("autocommit is off")
						}
					})
				})
			}
		}
	}
}

// A session that somebody else keeps busy is not waited for longer than the grace.
func TestParallelCloseOfABusySession(t *testing.T) {
	groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		group := openGroup(t, sess)
		srv.HandleSQL("SLOW", exatest.OK().After(time.Hour))
		go func() { _, _ = sess.Exec(context.Background(), "SLOW") }()
		time.Sleep(time.Second)
		start := time.Now()
		if err := group.Close(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
			t.Errorf("close: %v, the session's error is %v", err, sess.Err())
		}
		if took := time.Since(start); took > testGrace {
			t.Errorf("it took %v", took)
		}
	})
}

// A session that is gone has rolled back.
func TestParallelCloseOfALostSession(t *testing.T) {
	for _, written := range []bool{false, true} {
		groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
			group := openGroup(t, sess)
			want := error(nil)
			if written {
				do(t, sess, "INSERT")
				want = exawire.ErrNotCommitted
			}
			srv.KillSessions()
			if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) {
				t.Fatalf("ping: %v", err)
			}
			if err := group.Close(t.Context()); !errors.Is(err, want) || (err == nil) == written {
				t.Errorf("close: %v", err)
			}
		})
	}
}
