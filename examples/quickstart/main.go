// Command quickstart shows everything that exawire does once: it connects, writes 100,000 rows, reads them back and
// checks each value, reads a million rows by columns, looks at the catalog, aborts a long query and rolls back a
// transaction. At the end it measures how fast the client reads.
//
// It starts a test server with real SQL in the same process. If EXAWIRE_DSN is set, it uses that database instead, in a
// schema of its own, which it drops at the end. The measurement needs no database either way.
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

func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dsn, whose := os.Getenv("EXAWIRE_DSN"), "your database"
	if dsn == "" {
		server, err := startServer()
		if err != nil {
			return err
		}
		defer server.Close()
		dsn, whose = server.DSN("compression=1"), "a test server with SQL on SQLite"
	}
	var steps report
	if err := runSteps(ctx, dsn, &steps); err != nil {
		return err
	}
	var reading report
	if err := measureReading(ctx, &reading); err != nil {
		return err
	}

	fmt.Printf("\nHow fast the client reads %d rows of four columns, from answers prepared in advance (no database):\n\n", scriptedRows)
	reading.printRates()
	fmt.Printf("\nThe steps above, against %s. The times are mostly those of the server:\n\n", whose)
	steps.printTimes()
	fmt.Println()
	steps.printNotes()
	return nil
}

// runSteps connects and goes through the steps, in a schema of their own.
func runSteps(ctx context.Context, dsn string, r *report) (err error) {
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
	for _, step := range []func(context.Context, *exawire.Session, *report) error{
		insert, readStructs, readColumns, catalog, abort, rollback,
	} {
		if err := step(ctx, sess, r); err != nil {
			return err
		}
	}
	return nil
}
