// Command quickstart goes once through what exawire does: it connects, writes 100,000 rows, reads them back and checks
// each value, reads a million rows by columns, looks at the catalog, aborts a long query and rolls a transaction back.
//
// It starts a test server with real SQL in the same process. With EXAWIRE_DSN set it uses that database instead, in a
// schema of its own that it drops at the end.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/exawire/exawire"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dsn := os.Getenv("EXAWIRE_DSN")
	if dsn == "" {
		server, err := startServer()
		if err != nil {
			return err
		}
		defer server.Close()
		dsn = server.DSN("compression=1")
	}

	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer sess.Close(ctx)
	info := sess.Info()
	fmt.Printf("connected to %s %s, protocol %s, compressed: %v\n\n",
		info.ProductName, info.ReleaseVersion, info.ProtocolVersion, sess.Attributes().CompressionEnabled)

	schema := fmt.Sprintf("QUICKSTART_%d", os.Getpid())
	if _, err := sess.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return err
	}
	defer func() {
		// An interrupt must not leave the schema behind.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if _, dropErr := sess.Exec(ctx, "DROP SCHEMA "+schema+" CASCADE"); err == nil {
			err = dropErr
		}
	}()

	var r report
	for _, step := range []func(context.Context, *exawire.Session, *report) error{
		insert, readStructs, readColumns, catalog, abort, rollback,
	} {
		if err := step(ctx, sess, &r); err != nil {
			return err
		}
	}
	r.print()
	return nil
}
