package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// The command line. Flags that would have no effect are refused, since a typo in a test's set-up shows only much later.

// flags is the command line.
type flags struct {
	listen  string // host:port
	users   users
	release string
	cert    string // files; without them there is a certificate for each start
	key     string

	plaintext bool // also for releases that want TLS
	numericTx bool // openTransaction as a number
	maxMiB    int64
	trace     bool // all requests
	version   bool

	data   string // file that keeps the tables
	seed   string // file with statements
	replay string // transcript to serve

	record              string // transcript to write
	upstream            string
	upstreamFingerprint string
	upstreamPlaintext   bool
}

const defaultMaxMiB = 64

// usageError is a command line that makes no sense.
type usageError struct{ reason string }

func (e *usageError) Error() string { return e.reason }

// users are the values of -user.
type users []user

// user may log in with this password.
type user struct{ name, password string }

func (u *users) String() string { return "" }

// Set adds a user. It leaves complaints to check, because the flag package shows an error of Set together with the
// password.
func (u *users) Set(text string) error {
	name, password, _ := strings.Cut(text, ":")
	*u = append(*u, user{name, password})
	return nil
}

// parseFlags reads the command line. Its error is for the user's eyes and holds no password.
func parseFlags(args []string, stderr io.Writer) (*flags, error) {
	f := &flags{}
	set := flag.NewFlagSet("exasim", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&f.listen, "listen", "127.0.0.1:8563", "`address` to listen on; port 0 picks a free port")
	set.Var(&f.users, "user", "`name:password` of a user who may log in; may be given several times (default sys:exasol)")
	set.StringVar(&f.release, "release", "8.32.0", "`version` of Exasol to play, such as 6.2.15, 7.0.20, 7.1.30, 8.29.13, 8.32.0 or 2025.1.11; it decides the protocol and the details of answers")
	set.StringVar(&f.cert, "cert", "", "PEM `file` with the certificate and those that sign it; without it exasim makes a new one at every start")
	set.StringVar(&f.key, "key", "", "PEM `file` with the private key of -cert")
	set.BoolVar(&f.plaintext, "plaintext", false, "accept connections without TLS, whatever the release")
	set.BoolVar(&f.numericTx, "numeric-open-transaction", false, "send the attribute openTransaction as 1 or 0, for clients that read nothing else")
	set.Int64Var(&f.maxMiB, "max-request", defaultMaxMiB, "size limit of a client's message in `MiB`, for clients that ignore the 64 MiB that the login announces; a longer one gets an exception, up to 16 times the limit, and then costs the connection")
	set.BoolVar(&f.version, "version", false, "print the version of exasim and exit")
	set.StringVar(&f.data, "data", "", "`file` that keeps schemas and tables; without it they are lost at the end")
	set.StringVar(&f.seed, "seed", "", "`file` with SQL to run first; with -data only if that file is new")
	set.BoolVar(&f.trace, "trace", false, "write all requests to standard error, without secrets")
	set.StringVar(&f.replay, "replay", "", "serve the transcript in this `file` instead of SQL, as often as needed")
	set.StringVar(&f.record, "record", "", "write a transcript to this `file`, as a proxy in front of -upstream")
	set.StringVar(&f.upstream, "upstream", "", "`host:port` of the database to record")
	set.StringVar(&f.upstreamFingerprint, "upstream-fingerprint", "", "`SHA-256` of the certificate of -upstream; without it the certificate is verified")
	set.BoolVar(&f.upstreamPlaintext, "upstream-plaintext", false, "connect to -upstream without TLS")
	if err := set.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(stderr, "Exasim is a simulator of an Exasol database for programs in any language.\n\nFlags:\n")
			set.SetOutput(stderr)
			set.PrintDefaults()
			return nil, err
		}
		return nil, &usageError{err.Error()}
	}
	return f, f.check(set)
}

// check refuses combinations that would leave a flag without effect.
func (f *flags) check(set *flag.FlagSet) error {
	refuse := func(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }
	given := map[string]bool{}
	set.Visit(func(fl *flag.Flag) { given[fl.Name] = true })
	clash := func(with string, names ...string) error {
		for _, name := range names {
			if given[with] && given[name] {
				return refuse("-%s has no effect with -%s", name, with)
			}
		}
		return nil
	}
	host, port, err := net.SplitHostPort(f.listen)
	switch n, numErr := strconv.ParseUint(port, 10, 16); {
	case set.NArg() > 0:
		return refuse("%q is no flag", set.Arg(0))
	case err != nil:
		return refuse("-listen %s: write host:port", f.listen)
	case numErr != nil:
		return refuse("-listen %s: the port is not a number up to 65535", f.listen)
	case host == "":
		f.listen = net.JoinHostPort("0.0.0.0", strconv.FormatUint(n, 10))
	}
	for _, u := range f.users {
		if u.name == "" || u.password == "" {
			return refuse("-user: write name:password")
		}
	}
	switch {
	case exatest.CheckRelease(f.release) != nil:
		return refuse("-release: %v", exatest.CheckRelease(f.release))
	case f.maxMiB < 1 || f.maxMiB > 2048:
		return refuse("-max-request %d: write a number from 1 to 2048", f.maxMiB)
	case (f.cert == "") != (f.key == ""):
		return refuse("-cert and -key belong together")
	case (f.record == "") != (f.upstream == ""):
		return refuse("-record and -upstream belong together")
	case f.record == "" && (given["upstream-fingerprint"] || given["upstream-plaintext"]):
		return refuse("-upstream-fingerprint and -upstream-plaintext are for -record")
	}
	if err := clash("record", "user", "release", "cert", "key", "plaintext", "numeric-open-transaction", "max-request", "data", "seed", "trace", "replay"); err != nil {
		return err
	}
	return clash("replay", "release", "numeric-open-transaction", "data", "seed")
}

// options are those of the server.
func (f *flags) options() ([]exatest.Option, error) {
	host, port, err := net.SplitHostPort(f.listen)
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	opts := []exatest.Option{exatest.WithNodes(host), exatest.WithPort(n), exatest.WithRelease(f.release), exatest.WithoutRequestLog()}
	if f.maxMiB != defaultMaxMiB { // a transcript may have another
		opts = append(opts, exatest.WithMaxRequestSize(f.maxMiB<<20))
	}
	for _, u := range f.users {
		opts = append(opts, exatest.WithUser(u.name, u.password))
	}
	if f.plaintext {
		opts = append(opts, exatest.WithPlaintext())
	}
	if f.cert != "" {
		cert, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, fmt.Errorf("-cert, -key: %w", err)
		}
		return append(opts, exatest.WithCertificate(cert)), nil
	}
	// Clients in containers connect by the name of the machine.
	if name, err := os.Hostname(); err == nil {
		opts = append(opts, exatest.WithCertificateNames(name))
	}
	return opts, nil
}
