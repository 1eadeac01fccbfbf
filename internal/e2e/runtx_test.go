package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

var collision = exatest.Exception("40001", "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback.")

// runTxBubble runs a test in virtual time with a session whose INSERT succeeds.
func runTxBubble(t *testing.T, test func(t *testing.T, srv *exatest.Server, sess *exawire.Session)) {
	t.Helper()
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			srv.HandleSQL("INSERT", exatest.RowCount(1))
			sess := connect(t, client)
			srv.ForgetRequests()
			test(t, srv, sess)
		})
}

// insert is a function for RunTx that inserts a row and counts its runs.
func insert(ctx context.Context, runs *int) func(*exawire.Tx) error {
	return func(tx *exawire.Tx) error {
		*runs++
		_, err := tx.Session().Exec(ctx, "INSERT")
		return err
	}
}

func TestRunTx(t *testing.T) {
	runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		runs := 0
		if err := sess.RunTx(t.Context(), insert(t.Context(), &runs)); err != nil || runs != 1 {
			t.Errorf("%d runs, %v", runs, err)
		}
		errMine := errors.New("mine")
		err := sess.RunTx(t.Context(), func(*exawire.Tx) error { return errMine })
		if err != errMine { //nolint:errorlint // as it is
			t.Errorf("error is %v", err)
		}
		want := []string{autocommitOff, "INSERT", "COMMIT", autocommitOn, autocommitOff, "ROLLBACK", autocommitOn}
		if diff := cmp.Diff(want, statements(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}

// What is tried again, and what is not. In each case the first INSERT, COMMIT or ROLLBACK is answered otherwise.
func TestRunTxRetries(t *testing.T) {
	vague := exatest.Exception("40001", "Transaction collision")
	other := exatest.Exception("27001", "constraint violation")
	for name, tt := range map[string]struct {
		sql    string
		answer exatest.Response
		fn     func(context.Context, *exawire.Session, error) error // after the INSERT, whose error it gets
		off    bool                                                 // autocommit
		runs   int
		code   string // of the error
		closed bool
	}{
		"collision":                          {sql: "INSERT", answer: collision, runs: 2},
		"collision in the commit":            {sql: "COMMIT", answer: collision, runs: 2},
		"collision that fn swallows":         {sql: "INSERT", answer: collision, fn: swallow, runs: 2},
		"collision that fn wraps":            {sql: "INSERT", answer: collision, fn: wrap, runs: 2},
		"collision that fn replaces":         {sql: "INSERT", answer: collision, fn: replace, runs: 1},
		"collision without a word":           {sql: "INSERT", answer: vague, runs: 1, code: "40001"},
		"swallowed collision without a word": {sql: "INSERT", answer: vague, fn: swallow, runs: 1, code: "40001"},
		"commit without a word":              {sql: "COMMIT", answer: vague, runs: 1, code: "40001"},
		"collision, and rollback fails":      {sql: "INSERT", answer: collision, fn: failRollback, runs: 1, code: "40001", closed: true},
		"collision while autocommit is off":  {sql: "INSERT", answer: collision, off: true, runs: 1, code: "40001"},
		"collision after a commit by hand":   {sql: "INSERT", answer: collision, fn: commitByHand, runs: 1, code: "40001"},
		"collision after a prepared commit":  {sql: "INSERT", answer: collision, fn: commitPrepared, runs: 1, code: "40001"},
		"collision, autocommit is refused":   {sql: "INSERT", answer: collision, fn: autocommitByHand, runs: 2},
		"collision after an unknown command": {sql: "INSERT", answer: collision, fn: doByHand, runs: 1, code: "40001"},
		"another error":                      {sql: "INSERT", answer: other, runs: 1, code: "27001"},
		"another error in the commit":        {sql: "COMMIT", answer: other, runs: 1, code: "27001"},
		"rolled back for another reason":     {sql: "INSERT", answer: exatest.Exception("40005", "x"), runs: 1, code: "40005"},
		"swallowed, rolled back for another": {sql: "INSERT", answer: exatest.Exception("40005", "x"), fn: swallow, runs: 1, code: "40005"},
		"internal error that rolled back":    {sql: "INSERT", answer: exatest.Exception("42000", "Internal server error. Transaction has been rolled back."), fn: swallow, runs: 1, code: "42000"},
		"error that fn swallows":             {sql: "INSERT", answer: other, fn: swallow, runs: 1},
		"commit without an answer":           {sql: "COMMIT", answer: exatest.Drop(), runs: 1, closed: true},
		"insert without an answer":           {sql: "INSERT", answer: exatest.Drop(), runs: 1, closed: true},
		"session lost":                       {sql: "INSERT", answer: exatest.Exception("40004", "connection lost"), runs: 1, code: "40004", closed: true},
		"session lost during the commit":     {sql: "COMMIT", answer: exatest.Exception("40009", "connection lost"), runs: 1, code: "40009", closed: true},
	} {
		t.Run(name, func(t *testing.T) {
			runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
				if tt.off {
					if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
						t.Fatal(err)
					}
				}
				srv.HandleSQL(tt.sql, tt.answer).Once()
				runs := 0
				err := sess.RunTx(t.Context(), func(tx *exawire.Tx) error {
					err := insert(t.Context(), &runs)(tx)
					if tt.fn != nil {
						ctx := context.WithValue(t.Context(), serverKey{}, srv)
						err = tt.fn(ctx, tx.Session(), err)
					}
					return err
				})
				if runs != tt.runs {
					t.Errorf("%d runs", runs)
				}
				if codeOf(err) != tt.code {
					t.Errorf("error is %v", err)
				}
				if tt.closed != (sess.Err() != nil) {
					t.Errorf("the session's error is %v", sess.Err())
				}
				if !tt.closed && sess.Attributes().Autocommit == tt.off {
					t.Errorf("autocommit is not what it was")
				}
				if exawire.SafeToRetry(err) {
					t.Errorf("%v is taken for unsent", err)
				}
			})
		})
	}
}

type serverKey struct{}

func swallow(context.Context, *exawire.Session, error) error { return nil }

func wrap(_ context.Context, _ *exawire.Session, err error) error {
	if err != nil {
		err = fmt.Errorf("insert: %w", errors.Join(errors.New("beside"), err))
	}
	return err
}

func replace(context.Context, *exawire.Session, error) error { return errors.New("mine") }

func failRollback(ctx context.Context, _ *exawire.Session, err error) error {
	ctx.Value(serverKey{}).(*exatest.Server).HandleSQL("ROLLBACK", exatest.Exception("42000", "no"))
	return err
}

// before runs something before a second INSERT that collides, as the first one did.
func before(ctx context.Context, sess *exawire.Session, first error, run func() error) error {
	ctx.Value(serverKey{}).(*exatest.Server).HandleSQL("INSERT", collision).Once()
	if err := run(); err != nil {
		return err
	}
	_, err := sess.Exec(ctx, "INSERT")
	return errors.Join(first, err)
}

func commitByHand(ctx context.Context, sess *exawire.Session, err error) error {
	return before(ctx, sess, err, func() error {
		_, err := sess.ExecuteBatch(ctx, []string{"INSERT", "/* now */ commit"})
		if codeOf(err) == "40001" {
			_, err = sess.Exec(ctx, "/* now */ commit")
		}
		return err
	})
}

func commitPrepared(ctx context.Context, sess *exawire.Session, err error) error {
	return before(ctx, sess, err, func() error {
		stmt, err := sess.Prepare(ctx, "COMMIT")
		if err != nil {
			return err
		}
		_, err = stmt.Exec(ctx)
		return errors.Join(err, stmt.Close(ctx))
	})
}

func autocommitByHand(ctx context.Context, sess *exawire.Session, err error) error {
	if refused := sess.SetAttributes(ctx, exawire.Autocommit(true)); !errors.Is(refused, exawire.ErrTxOpen) {
		return refused
	}
	return err
}

func doByHand(ctx context.Context, sess *exawire.Session, err error) error {
	return before(ctx, sess, err, func() error {
		_, err := sess.Do(ctx, commands.Raw{Name: "getAttributes"})
		return err
	})
}

// fn is never run again unless the server has said that it rolled back and ROLLBACK succeeded in between, whatever fails.
func TestRunTxProperty(t *testing.T) {
	answers := []exatest.Response{
		exatest.OK(), exatest.OK(), exatest.OK(), collision, collision, exatest.Exception("40001", "x"), exatest.Exception("40005", "x"),
		exatest.Exception("42000", "x"), exatest.Exception("R0003", "x"), exatest.Drop(), exatest.Hang(), exatest.Exception("40004", "x"),
	}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
			type event struct {
				sql      string
				ok, said bool
			}
			var events []event
			pick := func(sql string) {
				srv.HandleSQL(sql, exatest.Func(func(*exatest.Request) exatest.Response {
					i := rng.IntN(len(answers))
					if sql == "ROLLBACK" && rng.IntN(3) > 0 {
						i = 0
					}
					events = append(events, event{sql, i < 3, i == 3 || i == 4})
					return answers[i]
				}))
			}
			for _, sql := range []string{"INSERT", "COMMIT", "ROLLBACK"} {
				pick(sql)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+rng.IntN(10))*time.Second)
			defer cancel()
			runs := 0
			err := sess.RunTx(ctx, func(tx *exawire.Tx) error {
				if runs++; runs > 1 {
					said := false
					for _, e := range events {
						said = said || e.said
					}
					if last := events[len(events)-1]; !said || last.sql != "ROLLBACK" || !last.ok {
						t.Errorf("seed %d: run %d after %v", seed, runs, events)
					}
				}
				for _, e := range events {
					if e.sql == "COMMIT" && e.ok {
						t.Errorf("seed %d: run %d after a commit", seed, runs)
					}
				}
				events = nil
				_, err := sess.Exec(ctx, "INSERT")
				if err == nil || rng.IntN(4) == 0 {
					_, err = sess.Exec(ctx, "INSERT")
				}
				return err
			}, exawire.TxAttempts(20), exawire.TxBackoff(time.Millisecond, 10*time.Millisecond))
			synctest.Wait() // a session that was closed does not wait for its server
			committed := false
			for _, e := range events {
				committed = committed || e.sql == "COMMIT" && e.ok
			}
			if err == nil && !committed {
				t.Errorf("seed %d: success after %v", seed, events)
			}
			if committed && err != nil && sess.Err() == nil {
				t.Errorf("seed %d: %v after %v", seed, err, events)
			}
		})
	}
}

// The pauses double up to the limit, are spread, and the number of attempts is bounded.
func TestRunTxBackoff(t *testing.T) {
	runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		srv.HandleSQL("INSERT", collision)
		var at []time.Time
		err := sess.RunTx(t.Context(), func(*exawire.Tx) error {
			at = append(at, time.Now())
			_, err := sess.Exec(t.Context(), "INSERT")
			return err
		}, exawire.TxAttempts(6), exawire.TxBackoff(100*time.Millisecond, 500*time.Millisecond))
		if codeOf(err) != "40001" || len(at) != 6 {
			t.Fatalf("%d attempts, %v", len(at), err)
		}
		for i, most := range []time.Duration{100, 200, 400, 500, 500} {
			most *= time.Millisecond
			if pause := at[i+1].Sub(at[i]); pause < most/2 || pause > most {
				t.Errorf("pause %d is %v", i, pause)
			}
		}
		for _, n := range []int{1, 0, -1} {
			runs := 0
			if err := sess.RunTx(t.Context(), insert(t.Context(), &runs), exawire.TxAttempts(n)); codeOf(err) != "40001" || runs != 1 {
				t.Errorf("%d attempts: %d runs, %v", n, runs, err)
			}
		}
		runs := 0
		if err := sess.RunTx(t.Context(), insert(t.Context(), &runs), exawire.TxBackoff(-1, -1)); err == nil || runs != exawire.DefaultTxAttempts {
			t.Errorf("%d runs, %v", runs, err)
		}
	})
}

// A context that ends during a pause ends it.
func TestRunTxContextEndsInPause(t *testing.T) {
	runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		srv.HandleSQL("INSERT", collision)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		runs := 0
		start := time.Now()
		err := sess.RunTx(ctx, insert(t.Context(), &runs), exawire.TxBackoff(time.Hour, time.Hour))
		if !errors.Is(err, context.DeadlineExceeded) || codeOf(err) != "40001" || runs != 1 || time.Since(start) != time.Second {
			t.Errorf("%d runs in %v, %v", runs, time.Since(start), err)
		}
		if !sess.Attributes().Autocommit {
			t.Errorf("autocommit is off")
		}
	})
}

// A panic, or the end of the goroutine, rolls back and goes on.
func TestRunTxPanics(t *testing.T) {
	for name, leave := range map[string]func(){"panic": func() { panic("mine") }, "Goexit": runtime.Goexit} {
		runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
			ended := make(chan any)
			go func() {
				defer func() { ended <- recover() }()
				_ = sess.RunTx(t.Context(), func(*exawire.Tx) error {
					leave()
					return nil
				})
			}()
			if got := <-ended; name == "panic" && got != "mine" {
				t.Errorf("recovered %v", got)
			}
			if diff := cmp.Diff([]string{autocommitOff, "ROLLBACK", autocommitOn}, statements(srv)); diff != "" {
				t.Errorf("%s: statements (-want +got):\n%s", name, diff)
			}
			if _, err := sess.Begin(t.Context()); err != nil {
				t.Errorf("%s: the next transaction: %v", name, err)
			}
		})
	}
}

// A function that ends the transaction itself gets no second run, and no success for what may be half of it.
func TestRunTxEndedByFunction(t *testing.T) {
	for name, end := range map[string]func(*exawire.Tx, context.Context) error{"commit": (*exawire.Tx).Commit, "rollback": (*exawire.Tx).Rollback} {
		runTxBubble(t, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) {
			err := sess.RunTx(t.Context(), func(tx *exawire.Tx) error { return end(tx, t.Context()) })
			if !errors.Is(err, exawire.ErrTxDone) || exawire.SafeToRetry(err) {
				t.Errorf("%s: %v", name, err)
			}
			err = sess.RunTx(t.Context(), func(*exawire.Tx) error {
				return sess.RunTx(t.Context(), func(*exawire.Tx) error { return nil })
			})
			if !errors.Is(err, exawire.ErrTxOpen) {
				t.Errorf("one inside the other: %v", err)
			}
		})
	}
}
