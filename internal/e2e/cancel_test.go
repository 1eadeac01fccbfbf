package e2e_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// A context that has ended before anything was sent sends nothing.
func TestCancelBeforeSend(t *testing.T) {
	forEachCommand(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info, call func(context.Context, *exawire.Session) error) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := call(ctx, sess)
		if !errors.Is(err, context.Canceled) || !exawire.SafeToRetry(err) {
			t.Errorf("error %v does not match the context, or is not safe to retry", err)
		}
		if n := len(srv.Requests(info.Name)); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
		checkUsable(t, sess)
	})
}

// A command that waits for the session gives up with its context, and nothing of it is sent.
func TestCancelWhileWaitingForSession(t *testing.T) {
	forEachCommand(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info, call func(context.Context, *exawire.Session) error) {
		srv.HandleSQL("SLOW", exatest.OK().After(10*time.Second))
		done := make(chan error, 1)
		go func() {
			_, err := sess.Exec(context.Background(), "SLOW")
			done <- err
		}()
		synctest.Wait()
		before := len(srv.Requests(info.Name))
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		err := call(ctx, sess)
		if !errors.Is(err, context.DeadlineExceeded) || !exawire.SafeToRetry(err) {
			t.Errorf("error %v does not match the context, or is not safe to retry", err)
		}
		if err := <-done; err != nil {
			t.Errorf("the command that had the session: %v", err)
		}
		if n := len(srv.Requests(info.Name)) - before; n != 0 {
			t.Errorf("%d requests were sent", n)
		}
		checkUsable(t, sess)
	})
}

// The server answers the abort: the error says both why and what the server said, and the session goes on. Commands
// that are not aborted are waited for until the grace is over; then the session is closed and says so.
func TestCancelWhileRunning(t *testing.T) {
	forEachCommand(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info, call func(context.Context, *exawire.Session) error) {
		srv.Handle(info.Name, func(*exatest.Request) exatest.Response { return exatest.Hang() }).Once()
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		start := time.Now()
		err := call(ctx, sess)
		took := time.Since(start)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v does not match the context's", err)
		}
		if exawire.SafeToRetry(err) {
			t.Errorf("error %v claims that nothing was sent", err)
		}
		aborts := len(srv.Requests("abortQuery"))
		if !info.Abortable {
			if aborts != 0 {
				t.Errorf("%d aborts were sent for a command that is not aborted", aborts)
			}
			if !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
				t.Errorf("error %v does not say that the session is closed", err)
			}
			if took != testDeadline+testGrace {
				t.Errorf("returned after %v instead of %v", took, testDeadline+testGrace)
			}
			return
		}
		var server *exawire.Error
		if !errors.Is(err, exawire.ErrQueryAborted) || !errors.As(err, &server) || server.SQLCode != "R0003" {
			t.Errorf("error %v does not hold what the server said", err)
		}
		if errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error %v claims that the session is closed", err)
		}
		if aborts != 1 {
			t.Errorf("%d aborts were sent instead of 1", aborts)
		}
		if took != testDeadline {
			t.Errorf("returned after %v instead of %v", took, testDeadline)
		}
		checkUsable(t, sess)
	})
}

// The server does not react: when the grace is over the session is closed and says so.
func TestCancelWithoutAnswer(t *testing.T) {
	forEachCommand(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info, call func(context.Context, *exawire.Session) error) {
		srv.Inject(fault.AbortIgnored())
		srv.Handle(info.Name, func(*exatest.Request) exatest.Response { return exatest.Hang() }).Once()
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		start := time.Now()
		err := call(ctx, sess)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error %v does not say that the session is closed", err)
		}
		if took := time.Since(start); took != testDeadline+testGrace {
			t.Errorf("returned after %v instead of %v", took, testDeadline+testGrace)
		}
		if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
			t.Errorf("the next command returned %v", err)
		}
	})
}

// The server ends the connection instead of answering the abort.
func TestCancelDropsConnection(t *testing.T) {
	forEachCommand(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info, call func(context.Context, *exawire.Session) error) {
		if !info.Abortable {
			t.Skip("is not aborted")
		}
		srv.Inject(fault.AbortDrops())
		srv.Handle(info.Name, func(*exatest.Request) exatest.Response { return exatest.Hang() }).Once()
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		err := call(ctx, sess)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
			t.Errorf("error %v does not say that the session is closed", err)
		}
	})
}

// lateAnswers are answers that arrive after the caller gave up, without rows.
func lateAnswer(info commands.Info) exatest.Response {
	switch info.Name {
	case "createPreparedStatement":
		return exatest.Raw(`{"status":"ok","responseData":{"statementHandle":9,"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}}`)
	case "execute", "executeBatch", "executePreparedStatement":
		return exatest.RowCount(3)
	case "fetch":
		return exatest.Raw(`{"status":"ok","responseData":{"numRows":1,"data":[[1]]}}`)
	case "getResultSetHeader":
		return exatest.Raw(`{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"numColumns":0,"numRows":0,"columns":[]}}]}}`)
	case "getOffset":
		return exatest.Data(map[string]any{"rowOffset": 0})
	case "getHosts":
		return exatest.Data(map[string]any{"numNodes": 1, "nodes": []string{"10.0.0.1"}})
	case "enterParallel", "requestParallelConnections":
		return exatest.Data(map[string]any{"numOpenConnections": 0, "token": 1})
	}
	if info.Family == commands.FamilyMetadata {
		return exatest.Raw(`{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"resultSetHandle":5,"numColumns":0,"numRows":0,"columns":[]}}]}}`)
	}
	return exatest.OK()
}

// The command succeeds although it was given up. What it did stays done, so a success without rows is reported as one; a
// result that nobody will read is closed, and the caller hears why there is none. Either way the next command gets its
// own answer.
func TestCancelTooLate(t *testing.T) {
	forEachCommand(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info, call func(context.Context, *exawire.Session) error) {
		srv.Inject(fault.AbortIgnored())
		srv.Handle(info.Name, func(*exatest.Request) exatest.Response { return lateAnswer(info).After(2 * time.Second) }).Once()
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		err := call(ctx, sess)
		switch {
		case info.Name == "fetch" || info.Name == "createPreparedStatement" || info.Family == commands.FamilyMetadata:
			if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, exawire.ErrSessionClosed) {
				t.Errorf("error is %v", err)
			}
		case err != nil:
			t.Errorf("what was done was reported as %v", err)
		}
		if info.Name == "createPreparedStatement" && len(srv.Requests("closePreparedStatement")) != 1 {
			t.Errorf("the statement that nobody has was not closed")
		}
		if info.Family == commands.FamilyMetadata && len(srv.Requests("closeResultSet")) != 1 {
			t.Errorf("the result that nobody reads was not closed")
		}
		if info.Name != "disconnect" {
			checkUsable(t, sess)
		}
	})
}

// Another error than that of the abort comes back: it is reported with the context's.
func TestCancelOtherError(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.Inject(fault.AbortIgnored())
		srv.HandleSQL("X", exatest.Exception("42000", "object X not found").After(2*time.Second))
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		_, err := sess.Exec(ctx, "X")
		var server *exawire.Error
		if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &server) || server.SQLCode != "42000" {
			t.Errorf("error is %v", err)
		}
		if errors.Is(err, exawire.ErrQueryAborted) {
			t.Errorf("error %v claims an abort", err)
		}
		checkUsable(t, sess)
	})
}

// Whether an abort that comes too late hits the next command is not known. Here it does, and still no statement of the
// user's is hit: a harmless command goes between.
func TestCancelLateAbortHitsNothing(t *testing.T) {
	for name, idle := range map[string]bool{"the answer overtakes the abort": false, "the abort arrives when idle": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				srv.Inject(fault.AbortLate())
				delay := 2 * time.Second
				if idle {
					delay = testDeadline // both at once
				}
				srv.HandleSQL("FIRST", exatest.RowCount(1).After(delay))
				srv.HandleSQL("SECOND", exatest.RowCount(2).After(time.Second))
				ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
				defer cancel()
				if _, err := sess.Exec(ctx, "FIRST"); err != nil {
					t.Errorf("first: %v", err)
				}
				n, err := sess.Exec(t.Context(), "SECOND")
				if err != nil || n != 2 {
					t.Errorf("the next statement was hit: %d, %v", n, err)
				}
				checkUsable(t, sess)
			})
		})
	}
}

// Some servers report an abort as 40007, when it took the transaction along.
func TestCancelRollsBack(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.Inject(fault.AbortRollsBack())
		srv.HandleSQL("X", exatest.Hang())
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		_, err := sess.Exec(ctx, "X")
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, exawire.ErrQueryAborted) {
			t.Errorf("error is %v", err)
		}
		checkUsable(t, sess)
	})
}

// The cause of a context is found in the error beside the context's own error.
func TestCancelCause(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.HandleSQL("X", exatest.Hang())
		cause := errors.New("user pressed stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		_, err := sess.Exec(ctx, "X")
		if !errors.Is(err, cause) || !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		checkUsable(t, sess)
	})
}

// AbortQuery ends the call of another goroutine, and sends nothing if there is none.
func TestAbortQuery(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		if err := sess.AbortQuery(t.Context()); !errors.Is(err, exawire.ErrNothingToAbort) {
			t.Errorf("abort of an idle session: %v", err)
		}
		srv.HandleSQL("X", exatest.Hang())
		done := make(chan error, 1)
		go func() {
			_, err := sess.Exec(context.Background(), "X")
			done <- err
		}()
		synctest.Wait()
		if err := sess.AbortQuery(t.Context()); err != nil {
			t.Errorf("abort: %v", err)
		}
		if err := <-done; !errors.Is(err, exawire.ErrQueryAborted) || errors.Is(err, context.Canceled) {
			t.Errorf("the aborted call returned %v", err)
		}
		if n := len(srv.Requests("abortQuery")); n != 1 {
			t.Errorf("%d aborts were sent", n)
		}
		checkUsable(t, sess)
	})
}

// What a server makes of an abort during a login is not defined: none is sent, and the login goes on.
func TestAbortQueryDuringLogin(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.Inject(fault.Delay(time.Second).On(exatest.Credentials))
		sess, err := client.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer sess.Close(context.Background())
		done := make(chan error, 1)
		go func() {
			_, err := sess.Login(context.Background(), commands.Login{Username: exatest.DefaultUser, Password: exatest.DefaultPassword})
			done <- err
		}()
		synctest.Wait()
		if err := sess.AbortQuery(t.Context()); !errors.Is(err, exawire.ErrNotLoggedIn) || !exawire.SafeToRetry(err) {
			t.Errorf("abort of a login: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("login: %v", err)
		}
		if n := len(srv.Requests("abortQuery")); n != 0 {
			t.Errorf("%d aborts were sent", n)
		}
		checkUsable(t, sess)
	})
}
