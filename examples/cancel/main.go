// Command cancel ends statements before they are done: by a deadline, by AbortQuery from another goroutine, and by the
// server's own time limit. Each time the same session goes on working.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/examples/internal/demo"
)

func main() { demo.Main(run) }

// slow would take a minute.
const slow = `SELECT "$SLEEP"(60)`

func run(ctx context.Context, dsn string) error {
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	for _, step := range []func(context.Context, *exawire.Session) error{deadline, abort, serverTimeout, waiting} {
		if err := step(ctx, sess); err != nil {
			return err
		}
		if err := goesOn(ctx, sess); err != nil {
			return err
		}
	}
	return nil
}

// deadline gives a statement 100 ms. The statement is aborted on the server as well.
func deadline(ctx context.Context, sess *exawire.Session) error {
	ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := sess.Exec(ctx, slow)
	switch {
	case errors.Is(err, exawire.ErrSessionClosed):
		return fmt.Errorf("the server did not answer the abort: %w", err)
	case !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the deadline gave %w", err)
	}
	return report("deadline", began, err)
}

// abort ends the statement of another goroutine, whose call returns ErrQueryAborted.
func abort(ctx context.Context, sess *exawire.Session) error {
	began := time.Now()
	result := make(chan error, 1)
	go func() {
		_, err := sess.Exec(ctx, slow)
		result <- err
	}()
	time.Sleep(100 * time.Millisecond) // until somebody loses patience
	for {
		// The goroutine may not have sent the statement yet; then there is nothing to abort.
		err := sess.AbortQuery(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, exawire.ErrNothingToAbort) {
			return errors.Join(err, <-result)
		}
		time.Sleep(10 * time.Millisecond)
	}
	err := <-result
	if !errors.Is(err, exawire.ErrQueryAborted) {
		return fmt.Errorf("the abort gave %w", err)
	}
	return report("AbortQuery", began, err)
}

// serverTimeout lets the server watch the clock, in whole seconds. No abort is needed.
func serverTimeout(ctx context.Context, sess *exawire.Session) error {
	if err := sess.SetAttributes(ctx, exawire.QueryTimeout(time.Second)); err != nil {
		return err
	}
	began := time.Now()
	_, err := sess.Exec(ctx, slow)
	if !errors.Is(err, exawire.ErrQueryTimeout) {
		return fmt.Errorf("the server's limit gave %w", err)
	}
	if err := sess.SetAttributes(ctx, exawire.QueryTimeout(0)); err != nil {
		return err
	}
	return report("queryTimeout", began, err)
}

// waiting gives up on a session that is busy with another goroutine's statement. Nothing is sent and nothing is
// aborted.
func waiting(ctx context.Context, sess *exawire.Session) error {
	began := time.Now()
	result := make(chan error, 1)
	go func() {
		_, err := sess.Exec(ctx, `SELECT "$SLEEP"(1)`)
		result <- err
	}()
	time.Sleep(100 * time.Millisecond) // until the goroutine has the session
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err := sess.Exec(short, "SELECT 1")
	if !errors.Is(err, context.DeadlineExceeded) || !exawire.SafeToRetry(err) {
		return errors.Join(fmt.Errorf("waiting gave %w", err), <-result)
	}
	if err := <-result; err != nil {
		return fmt.Errorf("the other statement: %w", err)
	}
	return report("waiting", began, err)
}

func report(what string, began time.Time, err error) error {
	took := time.Since(began)
	fmt.Printf("%-12s after %4d ms: %v\n", what, took.Milliseconds(), err)
	if took > 20*time.Second {
		return fmt.Errorf("%s took %v", what, took)
	}
	return nil
}

// goesOn checks that the session is usable and that each statement gets its own answer.
func goesOn(ctx context.Context, sess *exawire.Session) error {
	for want := range int64(3) {
		rows, err := sess.Query(ctx, fmt.Sprintf("SELECT %d FROM DUAL", want))
		if err != nil {
			return err
		}
		got, err := exawire.One[int64](rows)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("SELECT %d gave %d", want, got)
		}
	}
	fmt.Println("             the session goes on")
	return nil
}
