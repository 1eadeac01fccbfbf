// Command protocol uses the protocol by hand, command by command, as you might do to explore a server: a connection
// without login, the login, attributes, several statements at once, a prepared statement by its handle, rows of a
// result from the last to the first, and the end of the session. Each method sends one command; a tracer prints them.
package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/examples/internal/demo"
	"github.com/exawire/exawire/exatest"
)

// The server in this process keeps even small results until they are fetched, as databases do with large ones.
func main() { demo.Main(run, exatest.WithInlineRows(0)) }

// printer is a Tracer.
type printer struct{}

func (printer) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	return ctx, nil
}

func (printer) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	return ctx, func(end exawire.CommandEnd) {
		outcome := "ok"
		if end.Err != nil {
			outcome = end.Err.Error()
		}
		fmt.Printf("    %-26s %4d bytes, answer %4d bytes: %s\n", start.Command, start.Bytes, end.Bytes, outcome)
	}
}

func (printer) TraceClose(exawire.SessionEnd) {}

func run(ctx context.Context, dsn string) error {
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return err
	}
	cfg.Tracer = printer{}
	client, err := exawire.New(cfg)
	if err != nil {
		return err
	}
	sess, err := client.Dial(ctx) // only a connection, without login
	if err != nil {
		return err
	}
	defer sess.Close(ctx)

	info, err := sess.Login(ctx, commands.Login{Username: cfg.User, Password: cfg.Password, ProtocolVersion: commands.V3})
	if err != nil {
		return err
	}
	fmt.Printf("logged in to %s, protocol %s was agreed on\n", info.ReleaseVersion, info.ProtocolVersion)

	for _, step := range []func(context.Context, *exawire.Session) error{attributes, prepared, backwards, unknown} {
		if err := step(ctx, sess); err != nil {
			return err
		}
	}
	return sess.Disconnect(ctx)
}

// attributes sends attributes together with a command: here with the statements that they are for.
func attributes(ctx context.Context, sess *exawire.Session) error {
	results, err := sess.ExecuteBatch(ctx, []string{"SELECT 1 FROM DUAL", "SELECT 2 FROM DUAL"},
		exawire.Autocommit(false), exawire.FeedbackInterval(5*time.Second))
	if err != nil {
		return err
	}
	for _, r := range results {
		if err := r.Close(); err != nil {
			return err
		}
	}
	now, err := sess.GetAttributes(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d results; autocommit is %v, dates are written as %s\n", len(results), now.Autocommit, now.DateFormat)
	if len(results) != 2 || now.Autocommit {
		return errors.New("the batch did not do what it should")
	}
	return sess.SetAttributes(ctx, exawire.Autocommit(true))
}

// prepared prepares a statement, runs it by its handle and forgets it.
func prepared(ctx context.Context, sess *exawire.Session) error {
	desc, err := sess.CreatePreparedStatement(ctx, "SELECT COUNT(*) FROM VALUES BETWEEN 1 AND 10 AS v(n) WHERE n > ?")
	if err != nil {
		return err
	}
	fmt.Printf("statement %d has a parameter of type %s\n", desc.Handle, desc.Params[0].DataType)
	result, err := sess.ExecutePreparedStatement(ctx, desc.Handle, desc.Params, []exawire.ParamColumn{exawire.Values([]int{7})})
	if err != nil {
		return err
	}
	rows, _ := result.Rows()
	for row, err := range rows.All() {
		if err != nil {
			return err
		}
		var n int
		if err := row.Scan(&n); err != nil {
			return err
		}
		fmt.Println("it counts", n)
		if n != 3 {
			return fmt.Errorf("%d instead of 3", n)
		}
	}
	return sess.ClosePreparedStatement(ctx, desc.Handle)
}

// backwards reads three rows of a result that is open on the server, from the last to the first. Do sends any command
// as JSON.
func backwards(ctx context.Context, sess *exawire.Session) error {
	payload, err := sess.Do(ctx, commands.Raw{Name: "execute", Fields: map[string]any{
		"sqlText": "SELECT n FROM VALUES BETWEEN 1 AND 2000 AS v(n) ORDER BY n",
	}})
	if err != nil {
		return err
	}
	results, err := commands.ParseResults(payload)
	if err != nil {
		return err
	}
	rs := results[0].ResultSet
	if rs == nil || rs.Handle == commands.NoHandle {
		return errors.New("the query left no open result set")
	}
	for _, position := range []int64{rs.NumRows - 1, rs.NumRows / 2, 0} {
		batch, err := sess.Fetch(ctx, rs, position, 1) // at least one row is sent
		if err != nil {
			return err
		}
		v, err := batch.Value(0, 0)
		if err != nil {
			return err
		}
		fmt.Printf("row %d is %v\n", batch.Start(), v)
		if v != position+1 {
			return fmt.Errorf("row %d is %v", position, v)
		}
	}
	return sess.CloseResultSet(ctx, []int{rs.Handle})
}

// unknown sends a command that no server has. The session goes on all the same.
func unknown(ctx context.Context, sess *exawire.Session) error {
	_, err := sess.Do(ctx, commands.Raw{Name: "makeCoffee", Fields: map[string]any{"cups": 2}})
	var refused *exawire.Error
	if !errors.As(err, &refused) {
		return fmt.Errorf("an unknown command gave %w", err)
	}
	fmt.Println("refused with code", refused.SQLCode)
	return sess.Err()
}
