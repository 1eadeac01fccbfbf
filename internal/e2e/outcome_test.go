package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// matchAll is an error that claims to be every other one.
type matchAll struct{}

func (matchAll) Error() string   { return "everything" }
func (matchAll) Is(error) bool   { return true }
func (matchAll) As(any) bool     { return false }
func (matchAll) Timeout() bool   { return true }
func (matchAll) Temporary() bool { return true }

// notSentElsewhere and sentElsewhere are errors of commands of another session, of which nothing and all has left.
var notSentElsewhere, sentElsewhere = func() (notSent, sent error) {
	ctx := context.Background()
	srv, err := exatest.Start()
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	srv.HandleSQL("another command", exatest.Exception("42000", "no"))
	sess, err := exawire.Connect(ctx, srv.DSN())
	if err != nil {
		panic(err)
	}
	_, sent = sess.Exec(ctx, "another command")
	if err := sess.Close(ctx); err != nil {
		panic(err)
	}
	_, notSent = sess.Exec(ctx, "another command")
	return notSent, sent
}()

// foreignErrors are what a program may give a context as its cause: errors of other sessions, of which each would mean
// something if it were one of this command.
func foreignErrors() map[string]error {
	return map[string]error{
		"ConnectError":      &exawire.ConnectError{Addr: "other:8563", Op: "dial", Err: errTest},
		"command not sent":  notSentElsewhere,
		"command sent":      sentElsewhere,
		"closed":            fmt.Errorf("other session: %w", exawire.ErrSessionClosed),
		"aborted elsewhere": &exawire.Error{SQLCode: "R0003", Text: "Client requested execution abort.", Command: "execute"},
		"collision":         &exawire.Error{SQLCode: "40001", Text: "Transaction collision: automatic transaction rollback.", Command: "execute"},
		"gone":              &exawire.Error{SQLCode: "40004", Text: "connection lost", Command: "execute"},
		"handle": &exawire.Error{
			SQLCode: "00000", Text: "Statement handle not found: 1", Command: "executePreparedStatement",
		},
		"statement closed": exawire.ErrStmtClosed,
		"transaction over": exawire.ErrTxDone,
		"unsupported":      &exawire.UnsupportedError{What: "x"},
		"config":           &exawire.ConfigError{Field: "x"},
		"protocol":         &exawire.ProtocolError{Command: "x", Reason: "y"},
		"everything":       matchAll{},
	}
}

// eachForeign runs a test in a bubble of its own for each foreign error. ctx ends with that cause after testDeadline.
func eachForeign(t *testing.T, faults []fault.Fault, test func(t *testing.T, ctx context.Context, srv *exatest.Server, sess *exawire.Session)) {
	t.Helper()
	for name, cause := range foreignErrors() {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, nil,
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					for _, f := range faults {
						srv.Inject(f)
					}
					srv.ForgetRequests()
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					time.AfterFunc(testDeadline, func() { cancel(cause) })
					test(t, ctx, srv, sess)
				})
		})
	}
}

// What a caller's context ends with says nothing of the command: it was sent, it ran, and the session goes on.
func TestCauseDecidesNothing(t *testing.T) {
	ids := make([]int, 3000) // more than fit the answer
	rows := exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(ids)).After(2 * time.Second)
	for name, run := range map[string]func(context.Context, *exawire.Session) error{
		"query": func(ctx context.Context, sess *exawire.Session) error {
			_, err := sess.Query(ctx, "SELECT")
			return err
		},
		"query with arguments": func(ctx context.Context, sess *exawire.Session) error {
			_, err := sess.Query(ctx, "SELECT ?", 1)
			return err
		},
		"in a transaction": func(ctx context.Context, sess *exawire.Session) error {
			tx, err := sess.Begin(ctx)
			if err != nil {
				return err
			}
			_, err = tx.Query(ctx, "SELECT ?", 1)
			return errors.Join(err, tx.Rollback(ctx))
		},
		"batch": func(ctx context.Context, sess *exawire.Session) error {
			_, err := sess.ExecuteBatch(ctx, []string{"SELECT", "SELECT"})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachForeign(t, []fault.Fault{fault.AbortIgnored()}, func(t *testing.T, ctx context.Context, srv *exatest.Server, sess *exawire.Session) {
				srv.HandleSQL("SELECT...", rows)
				err := run(ctx, sess)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, context.Cause(ctx)) {
					t.Errorf("error %v does not match the context's", err)
				}
				if exawire.SafeToRetry(err) {
					t.Errorf("%v is taken for unsent", err)
				}
				checkUsable(t, sess)
				if open := srv.Sessions()[0].ResultSets; len(open) > 0 {
					t.Errorf("results %v are open", open)
				}
			})
		})
	}
}

// Nothing has left of a command that waits for the session, whatever the cause claims.
func TestCauseOfUnsentCommand(t *testing.T) {
	eachForeign(t, nil, func(t *testing.T, ctx context.Context, srv *exatest.Server, sess *exawire.Session) {
		srv.HandleSQL("SLOW", exatest.OK().After(time.Minute))
		done := make(chan error, 1)
		go func() {
			_, err := sess.Exec(context.Background(), "SLOW")
			done <- err
		}()
		time.Sleep(testDeadline / 2)
		_, err := sess.Exec(ctx, "UPDATE")
		if !errors.Is(err, context.Cause(ctx)) || !exawire.SafeToRetry(err) {
			t.Errorf("error is %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("the statement that had the session: %v", err)
		}
		if n := len(srv.Requests("execute")); n != 1 {
			t.Errorf("%d statements were sent", n)
		}
		checkUsable(t, sess)
	})
}

// An abort that may still be under way is waited for, also if the caller's cause looks like the answer to it.
func TestCauseDoesNotHideALateAbort(t *testing.T) {
	eachForeign(t, []fault.Fault{fault.AbortLate()}, func(t *testing.T, ctx context.Context, srv *exatest.Server, sess *exawire.Session) {
		srv.HandleSQL("FIRST", exatest.RowCount(1).After(2*time.Second))
		srv.HandleSQL("UPDATE", exatest.RowCount(2).After(time.Second))
		if n, err := sess.Exec(ctx, "FIRST"); n != 1 || err != nil {
			t.Errorf("what was done is reported as %d, %v", n, err)
		}
		if n, err := sess.Exec(t.Context(), "UPDATE"); n != 2 || err != nil {
			t.Errorf("the next statement was hit: %d, %v", n, err)
		}
		if n := len(srv.Requests("getAttributes")); n != 1 {
			t.Errorf("%d commands went between", n)
		}
	})
}

// A cause that looks like a collision or an end does not make RunTx do anything but what happened.
func TestCauseInRunTx(t *testing.T) {
	eachForeign(t, []fault.Fault{fault.AbortIgnored()}, func(t *testing.T, ctx context.Context, srv *exatest.Server, sess *exawire.Session) {
		srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf([]int{1})).After(2*time.Second))
		runs := 0
		err := sess.RunTx(t.Context(), func(tx *exawire.Tx) error {
			runs++
			_, err := tx.Query(ctx, "SELECT")
			return err
		})
		if runs != 1 || !errors.Is(err, context.Cause(ctx)) || exawire.SafeToRetry(err) {
			t.Errorf("%d runs, %v", runs, err)
		}
		if !sess.Attributes().Autocommit {
			t.Errorf("autocommit is off")
		}
		checkUsable(t, sess)
	})
}

// A login that was rejected was sent, at whichever message. One whose servers could not be reached was not.
func TestSafeToRetryConnect(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*exatest.VirtualNetwork, *exatest.Server, *exawire.Config)
		safe    bool
	}{
		"wrong password": {func(_ *exatest.VirtualNetwork, _ *exatest.Server, c *exawire.Config) { c.Password = "wrong" }, false},
		"the first message is refused": {func(_ *exatest.VirtualNetwork, srv *exatest.Server, _ *exawire.Config) {
			srv.Handle("login", func(*exatest.Request) exatest.Response { return exatest.Exception("08004", "no") })
		}, false},
		"nobody is there": {func(vn *exatest.VirtualNetwork, _ *exatest.Server, _ *exawire.Config) {
			for _, host := range []string{"exa1", "exa2", "exa3"} {
				vn.SetDown(host, true)
			}
		}, true},
		"nobody answers the first message": {func(_ *exatest.VirtualNetwork, srv *exatest.Server, _ *exawire.Config) {
			srv.Inject(fault.CutRequest().On("login"))
		}, true},
		"the answer to the credentials is lost": {func(_ *exatest.VirtualNetwork, srv *exatest.Server, _ *exawire.Config) {
			srv.Inject(fault.CutAnswer().On(exatest.Credentials))
		}, false},
		"the attributes are lost": {func(_ *exatest.VirtualNetwork, srv *exatest.Server, _ *exawire.Config) {
			srv.Inject(fault.CutAnswer().On("getAttributes"))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
				tt.prepare(vn, srv, cfg)
				client, err := exawire.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := client.Connect(t.Context()); err == nil || exawire.SafeToRetry(err) != tt.safe {
					t.Errorf("connect: SafeToRetry is %t for %v", exawire.SafeToRetry(err), err)
				}
				if name == "nobody is there" {
					return
				}
				sess, err := client.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer sess.Close(context.Background())
				if _, err := sess.Login(t.Context(), loginOf(cfg)); err == nil || exawire.SafeToRetry(err) != tt.safe {
					t.Errorf("login: SafeToRetry is %t for %v", exawire.SafeToRetry(err), err)
				}
			})
		})
	}
}
