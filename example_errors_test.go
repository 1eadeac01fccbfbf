package exawire_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// What the server says about a statement has a code, and the code a class that says what to do.
func ExampleError() {
	onSession(func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
		srv.HandleSQL("DELETE...", exatest.Exception(exawire.CodeCollision, "GlobalTransactionRollback msg: Transaction collision"))

		_, err := sess.Exec(ctx, "DELETE FROM orders")
		var exaErr *exawire.Error
		if !errors.As(err, &exaErr) {
			return err
		}
		fmt.Println(exaErr.Command, exaErr.SQLCode)
		switch exaErr.Class() {
		case exawire.ClassRetry:
			fmt.Println("rolled back: run the whole transaction again")
		case exawire.ClassGone:
			fmt.Println("connect again")
		default:
			fmt.Println("the statement is wrong:", exaErr.Text)
		}
		return sess.Err() // nil: the session goes on
	})
	// Output:
	// execute 40001
	// rolled back: run the whole transaction again
}

// A connection that broke is replaced. The statement is sent again only if it is certain that it never left.
func ExampleSafeToRetry() {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		srv.HandleSQL("INSERT...", exatest.RowCount(1))
		sess, err := exawire.Connect(ctx, srv.DSN())
		if err != nil {
			return err
		}
		defer func() { sess.Close(ctx) }()

		insert := func() error {
			_, err := sess.Exec(ctx, "INSERT INTO log VALUES ('done')")
			if sess.Err() == nil {
				return err
			}
			again, connectErr := exawire.Connect(ctx, srv.DSN())
			if connectErr != nil {
				return errors.Join(err, connectErr)
			}
			sess = again
			if exawire.SafeToRetry(err) {
				_, err = sess.Exec(ctx, "INSERT INTO log VALUES ('done')")
			}
			return err
		}

		srv.Inject(fault.CutRequest().On("execute").Once())
		err = insert()
		fmt.Println("cut while it ran: closed", errors.Is(err, exawire.ErrSessionClosed), "safe", exawire.SafeToRetry(err))

		if err := sess.Close(ctx); err != nil {
			return err
		}
		fmt.Println("closed before:", insert(), "with", len(srv.Requests("execute")), "statements sent")
		return nil
	})
	// Output:
	// cut while it ran: closed true safe false
	// closed before: <nil> with 2 statements sent
}

// commandLog is a Tracer that prints each command with its outcome.
type commandLog struct{}

func (commandLog) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	return ctx, nil
}

func (commandLog) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	return ctx, func(end exawire.CommandEnd) {
		outcome := "ok"
		if end.Err != nil {
			outcome = "failed"
		}
		fmt.Println(start.Command, start.SQL, outcome) // SQL text can hold secrets; end.Duration and end.Bytes cannot
	}
}

func (commandLog) TraceClose(exawire.SessionEnd) {}

// A tracer sees every command, with the statement and the outcome.
func ExampleTracer() {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		srv.HandleSQL("SELECT 1", exatest.Rows(exatest.Columns(`"1" DECIMAL(1,0)`), exatest.ValuesOf([]int{1})))

		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			return err
		}
		cfg.Tracer = commandLog{}
		client, err := exawire.New(cfg)
		if err != nil {
			return err
		}
		sess, err := client.Connect(ctx)
		if err != nil {
			return err
		}
		rows, err := sess.Query(ctx, "SELECT 1")
		if err != nil {
			return err
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if _, err := sess.Exec(ctx, "SELECT FROM"); err == nil {
			return errors.New("the statement should have failed")
		}
		return sess.Close(ctx)
	})
	// Output:
	// login [] ok
	// execute [SELECT 1] ok
	// execute [SELECT FROM] failed
	// disconnect [] ok
}
