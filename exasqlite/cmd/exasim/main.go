// Exasim is a simulator of an Exasol database for the development of programs in any language: the test server of
// package exatest with the SQL of package exasqlite, on a port.
//
//	go run ./exasqlite/cmd/exasim -seed schema.sql
//
// It prints how to connect and runs until it gets SIGINT or SIGTERM. With -replay it serves a transcript instead of
// SQL, and with -record and -upstream it writes one, as a proxy in front of a real database.
//
// The page docs/sql.md of the repository says which SQL it knows. It is a simulator: do not use it for data that
// matters, or on a port that others can reach.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/record"
)

// main turns signals into the end of a context, and errors into exit codes.
func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	var usage *usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	// The exit code of a mistake in the command line is 2, as for the go command.
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "exasim: %v\nexasim -help lists the flags\n", err)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "exasim: %v\n", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	if f.version {
		_, err := fmt.Fprintf(stdout, "exasim %s (%s, %s/%s)\n", moduleVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}
	if f.record != "" {
		return runRecorder(ctx, f, stdout)
	}
	srv, err := start(f, stderr)
	if err != nil {
		return err
	}
	err = printHowTo(stdout, f.howTo(srv.Addr(), srv.Fingerprint()))
	if err == nil {
		<-ctx.Done()
		fmt.Fprintf(stderr, "exasim: shutting down, %d sessions are open\n", len(srv.Sessions()))
	}
	const patience = 2 * time.Second
	leave, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(err, srv.Shutdown(leave))
}

// moduleVersion is the version of the module that the program was built from, or (devel) for a working copy.
func moduleVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// start makes the server that the flags ask for.
func start(f *flags, stderr io.Writer) (*exatest.Server, error) {
	opts, err := f.options()
	if err != nil {
		return nil, err
	}
	t := &trace{out: stderr}
	opts = append(opts, exatest.WithViolationObserver(t.violation))
	if f.trace {
		opts = append(opts, exatest.WithRequestObserver(t.request))
	}
	if f.replay != "" {
		return record.StartReplay(f.replay, record.WithServer(opts...), record.WithRepetition())
	}
	backend, err := newBackend(f)
	if err != nil {
		return nil, err
	}
	srv, err := exatest.Start(append(opts, exatest.WithBackend(backend))...)
	if err != nil {
		return nil, errors.Join(err, backend.Close())
	}
	if f.numericTx {
		srv.Inject(fault.OpenTransactionAsNumber())
	}
	return srv, nil
}

// newBackend makes the SQL behind the server.
func newBackend(f *flags) (*exasqlite.Backend, error) {
	// Other programs may hold a lock for as long as somebody debugs them.
	opts := []exasqlite.Option{exasqlite.WithLockTimeout(time.Minute)}
	if f.data != "" {
		opts = append(opts, exasqlite.WithFile(f.data))
	}
	if f.seed != "" {
		script, err := os.ReadFile(f.seed)
		if err != nil {
			return nil, fmt.Errorf("-seed: %w", err)
		}
		opts = append(opts, exasqlite.WithSQL(string(script)))
	}
	return exasqlite.New(opts...)
}

// runRecorder runs the proxy.
func runRecorder(ctx context.Context, f *flags, stdout io.Writer) error {
	rec, err := record.Start(f.record, record.Upstream{
		Addr: f.upstream, Fingerprint: f.upstreamFingerprint, Plaintext: f.upstreamPlaintext, Listen: f.listen,
	})
	if err != nil {
		return err
	}
	how := f.howTo(rec.Addr(), rec.Fingerprint())
	how.user, how.password = "USER", "PASSWORD" // those of the database
	if err := printHowTo(stdout, how); err != nil {
		return errors.Join(err, rec.Close())
	}
	<-ctx.Done()
	return rec.Close()
}
