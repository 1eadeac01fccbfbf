package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// untraced is a Tracer that sees nothing, for others to embed.
type untraced struct{}

func (untraced) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	return ctx, nil
}

func (untraced) TraceCommand(ctx context.Context, _ exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	return ctx, nil
}

func (untraced) TraceClose(exawire.SessionEnd) {}

// bubbleTrace is bubble with a session and what its tracer has seen since the login.
func bubbleTrace(t *testing.T, test func(t *testing.T, srv *exatest.Server, sess *exawire.Session, trace *recorder)) {
	t.Helper()
	trace := &recorder{}
	bubble(t, func(c *exawire.Config) { c.Tracer = trace; c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			scriptSteps(srv)
			trace.starts, trace.ends = nil, nil
			test(t, srv, sess, trace)
		})
}

// names returns the commands that were traced, with their handles.
func (r *recorder) names() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, s := range r.starts {
		if s.Handle >= 0 {
			names = append(names, fmt.Sprint(s.Command, " ", s.Handle))
		} else {
			names = append(names, s.Command)
		}
	}
	return names
}

// What is sent for its caller is traced, once and in order, and what the session sends for its own sake is not.
func TestTraceShowsCommands(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *exatest.Server, *exawire.Session) error
		want []string
	}{
		{"a statement that is not kept", func(t *testing.T, _ *exatest.Server, s *exawire.Session) error {
			_, err := s.Exec(t.Context(), "CREATE ?", 1)
			return err
		}, []string{"createPreparedStatement", "executePreparedStatement 1", "closePreparedStatement 1"}},
		{"a prepared statement", func(t *testing.T, _ *exatest.Server, s *exawire.Session) error {
			stmt, err := s.Prepare(t.Context(), "INSERT ?")
			if err != nil {
				return err
			}
			return stmt.Close(t.Context())
		}, []string{"createPreparedStatement", "closePreparedStatement 1"}},
		{"rows", func(t *testing.T, _ *exatest.Server, s *exawire.Session) error {
			_, err := resultset.Collect[int64](openRows(t, s, "SELECT BIG"))
			return err
		}, []string{"execute", "fetch 1", "fetch 1", "fetch 1", "closeResultSet 1"}},
		{"rows that are closed", func(t *testing.T, _ *exatest.Server, s *exawire.Session) error {
			return openRows(t, s, "SELECT BIG").Close()
		}, []string{"execute", "closeResultSet 1"}},
		{"attributes", func(t *testing.T, _ *exatest.Server, s *exawire.Session) error {
			return s.SetAttributes(t.Context(), exawire.QueryTimeout(time.Second))
		}, []string{"setAttributes"}},
		{"behind a late abort", func(t *testing.T, srv *exatest.Server, s *exawire.Session) error {
			abortTooLate(t, srv, s)
			return closeResult(s.Execute(t.Context(), "INSERT 1"))
		}, []string{"execute", "execute"}},
		{"by handle", func(t *testing.T, _ *exatest.Server, s *exawire.Session) error {
			rows := openRows(t, s, "SELECT BIG")
			_, err := s.GetResultSetHeader(t.Context(), []int{rows.Handle()})
			return errors.Join(err, s.CloseResultSet(t.Context(), []int{rows.Handle()}))
		}, []string{"execute", "getResultSetHeader 1", "closeResultSet 1"}},
		{"the end", func(t *testing.T, _ *exatest.Server, s *exawire.Session) error { return s.Close(t.Context()) }, []string{"disconnect"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubbleTrace(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, trace *recorder) {
				if err := test.run(t, srv, sess); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(test.want, trace.names()); diff != "" {
					t.Errorf("traced (-want +got):\n%s", diff)
				}
				if len(trace.ends) != len(trace.starts) {
					t.Errorf("%d ends of %d commands", len(trace.ends), len(trace.starts))
				}
				for i, start := range trace.starts {
					if start.SessionID != sess.Info().SessionID || start.Bytes == 0 || start.Time.IsZero() {
						t.Errorf("command %d: %+v", i, start)
					}
				}
				for i, end := range trace.ends {
					if end.Err != nil || end.Bytes == 0 {
						t.Errorf("end %d: %+v", i, end)
					}
				}
			})
		})
	}
}

// The end of a command tells what its caller hears, how long it took with waiting for the session, and whether it was
// aborted.
func TestTraceShowsOutcomes(t *testing.T) {
	bubbleTrace(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, trace *recorder) {
		ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
		defer cancel()
		srv.HandleSQL("X", exatest.Hang())
		_, err := sess.Exec(ctx, "X")
		check := func(want exawire.CommandEnd) {
			t.Helper()
			got := trace.last()
			if got.Aborted != want.Aborted || got.Duration != want.Duration || fmt.Sprint(got.Err) != fmt.Sprint(want.Err) ||
				exawire.SafeToRetry(got.Err) != exawire.SafeToRetry(want.Err) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		check(exawire.CommandEnd{Aborted: true, Duration: testDeadline, Err: err})

		srv.HandleSQL("SLOW", exatest.RowCount(1).After(3*time.Second))
		done := make(chan error, 1)
		go func() {
			_, err := sess.Exec(t.Context(), "SLOW")
			done <- err
		}()
		synctest.Wait()
		short, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err = sess.Prepare(short, "INSERT ?")
		check(exawire.CommandEnd{Duration: 2 * time.Second, Err: err})
		if err := sess.SetAttributes(t.Context(), exawire.QueryTimeout(time.Second)); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		rows := openRows(t, sess, "SELECT BIG")
		if err := sess.CloseResultSet(t.Context(), []int{rows.Handle()}); err != nil {
			t.Error(err)
		}
		var server *exawire.Error
		if err := rows.Close(); !errors.As(err, &server) || !errors.As(trace.last().Err, &server) {
			t.Errorf("close: %v, traced %v", err, trace.last().Err)
		}
	})
}

// hasty is a Tracer that gives every command a second.
type hasty struct{ untraced }

func (hasty) TraceCommand(ctx context.Context, _ exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	return ctx, func(exawire.CommandEnd) { cancel() }
}

// The context that a Tracer returns is that of the command, also while the command waits for the session.
func TestTraceContext(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.Tracer = hasty{} }, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.HandleSQL("X", exatest.Hang())
		start := time.Now()
		if _, err := sess.Exec(t.Context(), "X"); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, exawire.ErrQueryAborted) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v", took)
		}
		checkUsable(t, sess)
	})
}
