// Package demo gives the example programs a database to run against, so that their code is only about what they show.
package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// Main runs an example program with the DSN in EXAWIRE_DSN or, without one, with that of a server in this
// process: TLS with a certificate of its own, whose fingerprint is in the string, and SQL on SQLite. An error ends the
// program with exit code 1, and an interrupt ends the context. opts are options of the server in this process.
func Main(run func(ctx context.Context, dsn string) error, opts ...exatest.Option) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := serve(ctx, run, opts)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name(), err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, run func(context.Context, string) error, opts []exatest.Option) (err error) {
	if dsn := os.Getenv("EXAWIRE_DSN"); dsn != "" {
		return run(ctx, dsn)
	}
	backend, err := exasqlite.New()
	if err != nil {
		return err
	}
	srv, err := exatest.Start(append(opts, exatest.WithBackend(backend))...)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, srv.Close())
		if v := srv.Violations(); err == nil && len(v) > 0 {
			err = fmt.Errorf("the test server saw: %s", strings.Join(v, "; "))
		}
	}()
	return run(ctx, srv.DSN())
}

// Schema creates and opens a schema of the program's own. The function that it returns drops the schema, even after ctx
// has ended.
func Schema(ctx context.Context, sess *exawire.Session) (drop func() error, err error) {
	schema := fmt.Sprintf("EXAMPLE_%s_%d", strings.ToUpper(strings.ReplaceAll(name(), "-", "_")), os.Getpid())
	if _, err := sess.Exec(ctx, "CREATE SCHEMA "+schema); err != nil {
		return nil, err
	}
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, err := sess.Exec(ctx, "DROP SCHEMA "+schema+" CASCADE")
		return err
	}, nil
}

// name returns the name of the program.
func name() string {
	return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")
}
