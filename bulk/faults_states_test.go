package bulk_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// What a transfer begins in: a context that has ended, a session that is closed, a transaction of the caller's.
func TestFaultsOfStates(t *testing.T) {
	failing := func() io.Reader { return after(100_000, func([]byte) (int, error) { return 0, errDisk }) }
	importing := func(from func() io.Reader) func(context.Context, *exawire.Session) (bulk.Result, error) {
		return func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			return bulk.Import(ctx, s, "T", bulk.FromReader(from()))
		}
	}
	exporting := func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
		return bulk.Export(ctx, s, "T", bulk.ToWriter(io.Discard))
	}
	ended := func(do func(context.Context, *exawire.Session) (bulk.Result, error)) func(context.Context, *exawire.Session) (bulk.Result, error) {
		return func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(errEnd)
			return do(ctx, s)
		}
	}
	closed := func(do func(context.Context, *exawire.Session) (bulk.Result, error)) func(context.Context, *exawire.Session) (bulk.Result, error) {
		return func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			_ = s.Close(ctx)
			return do(ctx, s)
		}
	}
	absent := func(do func(context.Context, *exawire.Session) (bulk.Result, error)) func(context.Context, *exawire.Session) (bulk.Result, error) {
		return func(ctx context.Context, _ *exawire.Session) (bulk.Result, error) { return do(ctx, nil) }
	}
	inTx := func(do func(context.Context, *exawire.Session) (bulk.Result, error)) func(context.Context, *exawire.Session) (bulk.Result, error) {
		return func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			tx, err := s.Begin(ctx)
			if err != nil {
				return bulk.Result{}, err
			}
			defer tx.Rollback(context.WithoutCancel(ctx))
			return do(ctx, s)
		}
	}
	off := func(do func(context.Context, *exawire.Session) (bulk.Result, error)) func(context.Context, *exawire.Session) (bulk.Result, error) {
		return func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			if err := s.SetAttributes(ctx, exawire.Autocommit(false)); err != nil {
				return bulk.Result{}, err
			}
			return do(ctx, s)
		}
	}
	const open = "; the transaction is still open: roll it back"
	for name, test := range map[string]struct {
		do     func(context.Context, *exawire.Session) (bulk.Result, error)
		faults []fault.Fault
		op     string
		want   string
		seen   []string
		safe   bool
	}{
		"ended context, import":  {do: ended(importing(rows3000)), op: "import", want: "waiting for the session: context canceled: enough", safe: true},
		"ended context, export":  {do: ended(exporting), op: "export", want: "context canceled: enough", safe: true},
		"closed session, import": {do: closed(importing(rows3000)), op: "import", want: "session is closed: closed by Close", safe: true},
		"closed session, export": {do: closed(exporting), op: "export", want: "session is closed: closed by Close", safe: true},
		"no session, import":     {do: absent(importing(rows3000)), op: "import", want: "session is closed: it was never opened: look at the error of Connect", safe: true},
		"no session, export":     {do: absent(exporting), op: "export", want: "session is closed: it was never opened: look at the error of Connect", safe: true},
		"transaction":            {do: inTx(importing(rows3000)), op: "import", seen: []string{"transaction", "IMPORT", "ROLLBACK", "autocommit"}},
		"transaction, a reader that fails": {
			do: inTx(importing(failing)), op: "import", want: cutOff + "; read: the disk is gone" + open,
			seen: []string{"transaction", "IMPORT", "ROLLBACK", "autocommit"},
		},
		"transaction, a statement that fails": {
			do: inTx(importing(rows3000)), faults: one(fault.TunnelIgnored()), op: "import", want: "ETL 000: Couldn't connect to server (7)" + open,
			seen: []string{"transaction", "IMPORT", "ROLLBACK", "autocommit"},
		},
		"transaction, a tunnel that fails": {
			do: inTx(importing(rows3000)), faults: one(fault.TunnelOpening(fault.HangUp)), op: "import", safe: true,
			want: "tunnel: exatest:8563: the server hung up when it was asked for a tunnel", seen: []string{"transaction", "ROLLBACK", "autocommit"},
		},
		"autocommit off":                      {do: off(importing(rows3000)), op: "import", seen: []string{"transaction", "IMPORT"}},
		"autocommit off, a reader that fails": {do: off(importing(failing)), op: "import", want: cutOff + "; read: the disk is gone" + open, seen: []string{"transaction", "IMPORT"}},
		"autocommit off, the session is lost": {
			do: off(importing(rows3000)), faults: one(fault.CutAnswer().On("execute").Skip(1)), op: "import",
			want: "session is closed: execute: server closed the connection without notice: EOF", seen: []string{"transaction", "IMPORT"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.inject(test.faults)
				c := w.run(byItself, test.do)
				differ(t, "error", test.want, textOf(test.op, c.err))
				differ(t, "statements", test.seen, w.seen())
				differ(t, "safe to retry", test.safe, exawire.SafeToRetry(c.err))
				var own *bulk.Error
				if errors.As(c.err, &own) && own.Open != strings.HasSuffix(test.want, open) {
					t.Errorf("open: %t", own.Open)
				}
				differ(t, "rows that are committed", 0, w.table)
			})
		})
	}
}

// slowFile reads rows with pauses.
func slowFile(random *rand.Rand) io.Reader {
	pauses := make([]time.Duration, 10)
	for i := range pauses {
		pauses[i] = time.Duration(random.IntN(10)) * time.Millisecond
	}
	return readFunc(func(b []byte) (int, error) {
		if len(pauses) == 0 {
			return 0, io.EOF
		}
		time.Sleep(pauses[0])
		pauses = pauses[1:]
		return copy(b, exportedText[:100]), nil
	})
}

// slowLines yields 20 rows with pauses.
func slowLines(random *rand.Rand) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		for range 20 {
			time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
			if !yield(line{exportedText[:99]}, nil) {
				return
			}
		}
	}
}

// atAnyMoment imports 20 rows again and again, while something happens at some moment.
func atAnyMoment(t *testing.T, times uint64, test func(w *world, random *rand.Rand, moment time.Duration, run func(context.Context, *exawire.Session) (bulk.Result, error))) {
	t.Helper()
	for i := range times {
		random := rand.New(rand.NewPCG(1, i)) //nolint:gosec // moments of a test
		inWorld(t, func(t *testing.T, w *world) {
			w.srv.Inject(fault.Delay(time.Duration(random.IntN(20))*time.Millisecond).On("execute", "setAttributes"))
			moment := time.Duration(random.IntN(180_000)) * time.Microsecond
			w.describes()
			test(w, random, moment, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
				if i%4 == 3 {
					return bulk.ImportRows(ctx, s, "T", slowLines(random))
				}
				return bulk.Import(ctx, s, "T", bulk.FromReaders(slowFile(random), slowFile(random)))
			})
		})
	}
}

// A cancel at any moment leaves all rows or none, and the caller knows which.
func TestCancelAtAnyMoment(t *testing.T) {
	ends := map[string]int{}
	atAnyMoment(t, 120, func(w *world, random *rand.Rand, moment time.Duration, run func(context.Context, *exawire.Session) (bulk.Result, error)) {
		if random.IntN(3) == 0 {
			w.srv.Inject(fault.AbortLate())
		}
		slow := time.Duration(random.IntN(20)) * time.Millisecond
		w.srv.HandleSQL("COMMIT", exatest.Func(func(r *exatest.Request) exatest.Response {
			select {
			case <-time.After(slow):
				w.end(true)
				return exatest.OK()
			case <-r.Context().Done():
				return exatest.Hang()
			}
		}))
		c := w.run(byItself, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			ctx, cancel := context.WithTimeout(ctx, moment)
			defer cancel()
			return run(ctx, s)
		})
		seen := w.seen()
		switch {
		case c.err == nil && (w.table != 20 || c.result.Rows != 20):
			w.t.Errorf("%v: %d rows are in the table, although it has succeeded: %q", moment, w.table, seen)
		case c.err != nil && w.table != 0:
			w.t.Errorf("%v: %d rows are in the table, although it has failed: %v: %q", moment, w.table, c.err, seen)
		case c.err != nil && !errors.Is(c.err, context.DeadlineExceeded):
			w.t.Errorf("%v: %v", moment, c.err)
		case c.took > moment+grace:
			w.t.Errorf("it took %v of %v", c.took, moment)
		}
		w.usable(false)
		end := "before IMPORT"
		switch {
		case c.err == nil:
			end = "success"
		case slices.Contains(seen, "COMMIT"):
			end = "during COMMIT"
		case slices.Contains(seen, "IMPORT"):
			end = "during IMPORT"
		}
		ends[end]++
	})
	t.Log(ends)
	for _, end := range []string{"success", "before IMPORT", "during IMPORT", "during COMMIT"} {
		if ends[end] == 0 {
			t.Errorf("nothing ended by %s: %v", end, ends)
		}
	}
}

// So does a session that is killed, except that nobody may know.
func TestKillAtAnyMoment(t *testing.T) {
	ends := map[string]int{}
	atAnyMoment(t, 80, func(w *world, _ *rand.Rand, moment time.Duration, run func(context.Context, *exawire.Session) (bulk.Result, error)) {
		c := w.run(byItself, func(ctx context.Context, s *exawire.Session) (bulk.Result, error) {
			defer time.AfterFunc(moment, w.srv.KillSessions).Stop()
			return run(ctx, s)
		})
		var own *bulk.Error
		switch uncertain := errors.As(c.err, &own) && own.Uncertain; {
		case uncertain && !slices.Contains(w.seen(), "COMMIT"):
			w.t.Errorf("%v: uncertain without a COMMIT: %q", moment, w.seen())
		case uncertain:
			ends["uncertain"]++
		case (c.err == nil) != (w.table == 20) || w.table != 0 && w.table != 20:
			w.t.Errorf("%v: %d rows are in the table; %v: %q", moment, w.table, c.err, w.seen())
		case c.took > moment+grace:
			w.t.Errorf("it took %v of %v", c.took, moment)
		default:
			ends[map[bool]string{true: "success", false: "failure"}[c.err == nil]]++
		}
	})
	t.Log(ends)
	for _, end := range []string{"success", "failure", "uncertain"} {
		if ends[end] == 0 {
			t.Errorf("nothing ended by %s: %v", end, ends)
		}
	}
}
