package exawire_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// connectPatiently opens a session, however long the database is away. It gives up on what only a person can mend.
func connectPatiently(ctx context.Context, client *exawire.Client) (*exawire.Session, error) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		sess, err := client.Connect(ctx)
		if err == nil {
			return sess, nil
		}
		var rejected *exawire.Error
		switch {
		case errors.As(err, &rejected) && rejected.Class() == exawire.ClassLogin:
			return nil, err // for a person
		case !exawire.SafeToRetry(err):
			wait = max(wait, 10*time.Second)
		}
		select {
		case <-time.After(wait/2 + rand.N(wait/2)):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

// runJob does a job, or finds that it is done.
func runJob(ctx context.Context, sess *exawire.Session, job int) error {
	return sess.RunTx(ctx, func(tx *exawire.Tx) error {
		n, err := tx.Exec(ctx, "UPDATE jobs SET done = TRUE WHERE id = ? AND done = FALSE", job)
		if err != nil || n == 0 {
			return err // 0 if it was done before the connection was lost
		}
		_, err = tx.Exec(ctx, "INSERT INTO results SELECT id, SUM(amount) FROM input WHERE job = ? GROUP BY id", job)
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
	for job := range jobs {
		for {
			limited, cancel := context.WithTimeout(ctx, time.Hour)
			err := runJob(limited, sess, job)
			cancel()
			if sess.Err() == nil {
				if err != nil {
					return fmt.Errorf("job %d: %w", job, err)
				}
				break
			}
			next, err := connectPatiently(ctx, client)
			if err != nil {
				return err
			}
			sess = next // and the same job again
		}
	}
	return nil
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
