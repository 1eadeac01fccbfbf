package e2e_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// bubbleGroup is bubbleNodes with a group of three subconnections, each with a statement prepared that writes and one that
// gives rows.
func bubbleGroup(t *testing.T, test func(t *testing.T, srv *exatest.Server, main *exawire.Session, subs []*exawire.Session, writes, reads []*exawire.Stmt)) {
	t.Helper()
	bubbleNodes(t, func(t *testing.T, _ *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
		cfg.CancelGrace = testGrace
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sess := connect(t, client)
		scriptSteps(srv)
		group, err := sess.Parallel(t.Context(), 3)
		if err != nil {
			t.Fatal(err)
		}
		writes, reads := make([]*exawire.Stmt, 3), make([]*exawire.Stmt, 3)
		err = group.Each(t.Context(), func(ctx context.Context, i int, sub *exawire.Session) error {
			var err, err2 error
			writes[i], err = sub.Prepare(ctx, "INSERT ?")
			reads[i], err2 = sub.Prepare(ctx, "SELECT BIG ?")
			return errors.Join(err, err2)
		})
		if err != nil {
			t.Fatal(err)
		}
		srv.ForgetRequests()
		test(t, srv, sess, group.Sessions(), writes, reads)
		_ = group.Close(t.Context())
	}, exatest.WithLeniency())
}

// checkNoCollective fails the test if a command was sent that all subconnections have to send together.
func checkNoCollective(t *testing.T, srv *exatest.Server) {
	t.Helper()
	for _, r := range srv.Requests("") {
		if !slices.Contains([]string{"executePreparedStatement", "fetch", "abortQuery", "disconnect"}, r.Command) {
			t.Errorf("%s was sent", r.Command)
		}
	}
}

// An abort that may hit the next command ends the one subconnection that it was sent on, since no other command may be sent
// there alone. The others and the session go on.
func TestLateAbortOnSubconnection(t *testing.T) {
	for name, pick := range map[string]func(writes, reads []*exawire.Stmt) *exawire.Stmt{
		"a count": func(writes, _ []*exawire.Stmt) *exawire.Stmt { return writes[1] },
		"rows":    func(_, reads []*exawire.Stmt) *exawire.Stmt { return reads[1] },
	} {
		for how, end := range map[string]func(ctx context.Context, sub *exawire.Session) (context.Context, context.CancelFunc){
			"the context ends": func(ctx context.Context, _ *exawire.Session) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, testDeadline)
			},
			"AbortQuery": func(ctx context.Context, sub *exawire.Session) (context.Context, context.CancelFunc) {
				timer := time.AfterFunc(testDeadline, func() { _ = sub.AbortQuery(context.Background()) })
				return ctx, func() { timer.Stop() }
			},
		} {
			t.Run(name+", "+how, func(t *testing.T) {
				bubbleGroup(t, func(t *testing.T, srv *exatest.Server, main *exawire.Session, subs []*exawire.Session, writes, reads []*exawire.Stmt) {
					srv.Inject(fault.AbortIgnored())
					slow := srv.Inject(fault.Delay(2 * time.Second).On("executePreparedStatement"))
					ctx, cancel := end(t.Context(), subs[1])
					defer cancel()
					_, err := pick(writes, reads).Exec(ctx, 1)
					if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, exawire.ErrSessionClosed) {
						t.Errorf("error is %v", err)
					}
					slow.Remove()
					if err := subs[1].Err(); !errors.Is(err, exawire.ErrSessionClosed) || !strings.Contains(err.Error(), "abort") {
						t.Errorf("the subconnection's error is %v", err)
					}
					if _, err := writes[1].Exec(t.Context(), 1); !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
						t.Errorf("its next command: %v", err)
					}
					for _, i := range []int{0, 2} {
						if n, err := writes[i].Exec(t.Context(), 1); n != 1 || err != nil {
							t.Errorf("another one: %d, %v", n, err)
						}
					}
					checkNoCollective(t, srv)
					checkUsable(t, main)
				})
			})
		}
	}
}

// Rows that nobody fetches in time leave nothing behind on a subconnection: the next command is sent as it is.
func TestLateFetchOnSubconnection(t *testing.T) {
	bubbleGroup(t, func(t *testing.T, srv *exatest.Server, main *exawire.Session, subs []*exawire.Session, writes, reads []*exawire.Stmt) {
		rows, err := reads[1].Query(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		srv.Inject(fault.Delay(2 * time.Second).On("fetch").Once())
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		rs := resultSetOf(rows)
		if _, err := subs[1].Fetch(ctx, rs, 0, 1<<20); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error is %v", err)
		}
		if batch, err := subs[1].Fetch(t.Context(), rs, 0, 1<<20); err != nil || batch.Len() == 0 {
			t.Errorf("the next fetch: %v", err)
		}
		if _, err := writes[1].Exec(t.Context(), 1); err != nil {
			t.Errorf("the next statement: %v", err)
		}
		checkNoCollective(t, srv)
		checkUsable(t, main)
	})
}

// What its owner closes on one subconnection alone is given up after one grace.
func TestCloseOnOneSubconnectionAlone(t *testing.T) {
	for name, open := range map[string]func(t *testing.T, reads []*exawire.Stmt) func() error{
		"statement": func(t *testing.T, reads []*exawire.Stmt) func() error {
			return func() error { return reads[1].Close(canceled(t)) }
		},
		"rows": func(t *testing.T, reads []*exawire.Stmt) func() error {
			rows, err := reads[1].Query(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			return rows.Close
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubbleGroup(t, func(t *testing.T, _ *exatest.Server, main *exawire.Session, subs []*exawire.Session, _, reads []*exawire.Stmt) {
				fn := open(t, reads)
				start := time.Now()
				if err := fn(); !errors.Is(err, exawire.ErrSessionClosed) {
					t.Errorf("error is %v", err)
				}
				if took := time.Since(start); took != testGrace {
					t.Errorf("it took %v", took)
				}
				if subs[1].Err() == nil || subs[0].Err() != nil {
					t.Errorf("the errors are %v and %v", subs[1].Err(), subs[0].Err())
				}
				checkUsable(t, main)
			})
		})
	}
}

// A result set that nobody has asked for stays open on a subconnection until its end.
func TestSurplusResultOnSubconnection(t *testing.T) {
	bubbleGroup(t, func(t *testing.T, srv *exatest.Server, main *exawire.Session, subs []*exawire.Session, writes, _ []*exawire.Stmt) {
		srv.Handle("executePreparedStatement", func(*exatest.Request) exatest.Response {
			return exatest.Raw(`{"status":"ok","responseData":{"numResults":2,"results":[{"resultType":"rowCount","rowCount":5},{"resultType":"resultSet","resultSet":{"resultSetHandle":99,"numColumns":1,"numRows":9,"numRowsInMessage":0,"columns":[{"name":"A","dataType":{"type":"DECIMAL","precision":18,"scale":0}}]}}]}}`)
		}).Once()
		for _, want := range []int64{5, 1} {
			if n, err := writes[1].Exec(t.Context(), 1); n != want || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
		checkNoCollective(t, srv)
		checkUsable(t, main)
		if err := subs[1].Err(); err != nil {
			t.Error(err)
		}
	})
}
