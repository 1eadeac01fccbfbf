package exawire_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// The log of a session: when it came and went, what went wrong and what was slow. The handler of this example leaves out what
// is different each time.
func ExampleSlogTracer() {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		srv.HandleSQL("SELECT A FROM T...", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf([]int{1, 2})))
		srv.HandleSQL("INSERT INTO T...", exatest.Exception("27001", "constraint violation: A of 'Schmidt'"))

		logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: steady}))
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			return err
		}
		cfg.Tracer = exawire.SlogTracer(logger, exawire.SlogOptions{SlowAfter: time.Minute, Statement: true})
		client, err := exawire.New(cfg)
		if err != nil {
			return err
		}
		sess, err := client.Connect(ctx)
		if err != nil {
			return err
		}
		rows, err := sess.Query(ctx, "SELECT A FROM T WHERE NAME = 'Schmidt'")
		if err != nil {
			return err
		}
		if _, err := exawire.Collect[int](rows); err != nil {
			return err
		}
		if _, err := sess.Exec(ctx, "INSERT INTO T VALUES (NULL, 'Schmidt')"); err == nil {
			return errors.New("the statement should have failed")
		}
		return sess.Close(ctx)
	})
	// Output:
	// level=DEBUG msg="exawire command" command=login number=1
	// level=INFO msg="exawire connect" attempt=1
	// level=DEBUG msg="exawire command" command=execute number=2 rows=2 statement="SELECT A FROM T WHERE NAME = ..."
	// level=WARN msg="exawire command" command=execute number=3 statement="INSERT INTO T VALUES (NULL, ..." class=statement sql_code=27001
	// level=DEBUG msg="exawire command" command=disconnect number=4
	// level=INFO msg="exawire close" commands=4
}

// steady leaves out what is different each time.
func steady(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey, "session", "node", "duration", "sent", "received":
		return slog.Attr{}
	}
	return a
}
