package exawire_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A deadline aborts on the server, and the session survives.
func ExampleSession_Exec_deadline() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("MERGE...", exatest.Hang()) // until it is aborted
		const bigMerge = "MERGE INTO sales USING staging ..."

		merge := func() error {
			ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
			defer cancel()
			_, err := sess.Exec(ctx, bigMerge)

			var exaErr *exawire.Error
			switch {
			case errors.Is(err, exawire.ErrSessionClosed): // no answer to the abort: connect again
				fmt.Println("closed:", sess.Err())
			case errors.Is(err, context.DeadlineExceeded): // aborted; sess is ready for the next command
				fmt.Println("aborted:", errors.Is(err, exawire.ErrQueryAborted))
			case errors.As(err, &exaErr): // exaErr.SQLCode, exaErr.Text
				fmt.Println("refused:", exaErr.SQLCode)
			}
			return sess.Err()
		}
		if err := merge(); err != nil {
			return err
		}
		fmt.Println("the session answers:", sess.Ping(ctx) == nil)
		return nil
	})
	// Output:
	// aborted: true
	// the session answers: true
}

// AbortQuery comes from another goroutine and ends the call that is running, whatever its context.
func ExampleSession_AbortQuery() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		running := make(chan struct{})
		srv.HandleSQL("SELECT...", exatest.Func(func(*exatest.Request) exatest.Response {
			close(running)
			return exatest.Hang() // until it is aborted
		}))

		aborted := make(chan error)
		go func() {
			<-running // in a program: when the user has pressed the button
			aborted <- sess.AbortQuery(ctx)
		}()
		_, err := sess.Query(ctx, "SELECT * FROM a, b, c, d")
		if err := <-aborted; err != nil {
			return err
		}
		fmt.Println("aborted:", errors.Is(err, exawire.ErrQueryAborted))

		err = sess.AbortQuery(ctx)
		fmt.Println("nothing to abort:", errors.Is(err, exawire.ErrNothingToAbort))
		return nil
	})
	// Output:
	// aborted: true
	// nothing to abort: true
}
