package exawire_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	exatls "github.com/exawire/exawire/tls"
)

// connectPatiently opens a session, however long the database is away. It gives up on what only a person can mend.
func connectPatiently(ctx context.Context, client *exawire.Client) (*exawire.Session, error) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		sess, err := client.Connect(ctx)
		if err == nil || needsPerson(err) {
			return sess, err
		}
		log.Printf("no session: %v", err)
		if !exawire.SafeToRetry(err) {
			wait = max(wait, 10*time.Second)
		}
		if ended := pause(ctx, wait); ended != nil {
			return nil, fmt.Errorf("%w: %w", ended, err)
		}
	}
}

// needsPerson reports whether a login was rejected, or a certificate was not the right one.
func needsPerson(err error) bool {
	var rejected *exawire.Error
	var untrusted *exatls.VerifyError
	var otherPin *exatls.FingerprintError
	return errors.As(err, &rejected) && rejected.Class() == exawire.ClassLogin ||
		errors.As(err, &untrusted) || errors.As(err, &otherPin)
}

// pause waits for d or less, but at least half of it: many workers shall not come back all at once.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d/2 + rand.N(d/2)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runJob does a job, or finds that it is done.
func runJob(ctx context.Context, sess *exawire.Session, job int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	return sess.RunTx(ctx, func(tx *exawire.Tx) error {
		n, err := tx.Exec(ctx, "UPDATE jobs SET done = TRUE WHERE id = ? AND done = FALSE", job)
		if err != nil || n == 0 {
			return err // 0 if it was done before the connection was lost
		}
		_, err = tx.Exec(ctx, "INSERT INTO results SELECT id, SUM(amount) FROM inputs WHERE job = ? GROUP BY id", job)
		return err
	})
}

// workOn does jobs until there are none or ctx ends, across restarts of the database.
func workOn(ctx context.Context, client *exawire.Client, jobs <-chan int) error {
	sess, err := connectPatiently(ctx, client)
	if err != nil {
		return err
	}
	defer func() { sess.Close(ctx) }()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case job, more := <-jobs:
			if !more {
				return nil
			}
			if sess, err = finish(ctx, client, sess, job); err != nil {
				return fmt.Errorf("job %d: %w", job, err)
			}
		}
	}
}

// finish runs a job until it is done, and returns the session that is open then.
func finish(ctx context.Context, client *exawire.Client, sess *exawire.Session, job int) (*exawire.Session, error) {
	for run := 1; ; run++ {
		err := runJob(ctx, sess, job)
		if err == nil || sess.Err() == nil || run == 5 { // five lost sessions: the job itself may be the cause
			return sess, err
		}
		log.Printf("job %d, run %d: %v", job, run, err)
		if run > 1 {
			if ended := pause(ctx, time.Minute); ended != nil {
				return sess, fmt.Errorf("%w: %w", ended, err)
			}
		}
		if sess, err = connectPatiently(ctx, client); err != nil {
			return sess, err
		}
	}
}

// A worker that survives restarts of the database. The answer to its first COMMIT is lost: it connects again and finds the
// job done.
func ExampleSession_RunTx_worker() {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		number := exatest.Columns(`"" DECIMAL(18,0)`)
		srv.HandleSQL("UPDATE jobs...", exatest.Sequence(
			exatest.RowCount(1).Params(number...), exatest.RowCount(0).Params(number...)))
		srv.HandleSQL("INSERT INTO results...", exatest.RowCount(1).Params(number...))
		srv.HandleSQL("COMMIT", exatest.Drop()).Once()
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			return err
		}
		client, err := exawire.New(cfg)
		if err != nil {
			return err
		}

		jobs := make(chan int, 1)
		jobs <- 7
		close(jobs)
		err = workOn(ctx, client, jobs)
		fmt.Println("sessions:", len(srv.Requests("login")), "error:", err)
		return nil
	})
	// Output:
	// sessions: 2 error: <nil>
}

// The order of the cases matters: an aborted statement can have closed its session.
func ExampleError_kinds() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("DELETE...", exatest.Exception(exawire.CodeCollision, "Transaction collision: automatic transaction rollback."))
		_, err := sess.Exec(ctx, "DELETE FROM orders")

		var exaErr *exawire.Error
		switch {
		case err == nil:
		case errors.Is(err, exawire.ErrSessionClosed): // sess is of no more use: connect again
			fmt.Println("closed")
		case errors.Is(err, context.DeadlineExceeded): // aborted; sess goes on
			fmt.Println("too slow")
		case errors.As(err, &exaErr) && exaErr.Class() == exawire.ClassRetry: // rolled back: run the transaction again
			fmt.Println("again")
		case errors.As(err, &exaErr): // the server says no: exaErr.SQLCode, exaErr.Text
			fmt.Println(exaErr.SQLCode)
		}
		return nil
	})
	// Output:
	// again
}
