package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// buffer is a bytes.Buffer for two goroutines.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// simulator is a run of exasim.
type simulator struct {
	t      *testing.T
	output string // what it printed before it served
	errors *buffer
	stop   context.CancelFunc
	ended  chan error
}

func startSim(t *testing.T, args ...string) *simulator {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &simulator{t: t, errors: &buffer{}, stop: stop, ended: make(chan error, 1)}
	out, in := io.Pipe()
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), in, s.errors)
		_ = in.CloseWithError(io.EOF)
		s.ended <- err
	}()
	for r := bufio.NewReader(out); !strings.Contains(s.output, "Ctrl-C"); {
		line, err := r.ReadString('\n')
		if s.output += line; err != nil {
			stop()
			t.Fatalf("exasim ended: %v, %v\n%s", err, <-s.ended, s.output)
		}
	}
	return s
}

// end stops the simulator as a signal does.
func (s *simulator) end() {
	s.t.Helper()
	s.stop()
	if err := <-s.ended; err != nil {
		s.t.Errorf("exasim ended with %v", err)
	}
}

// find returns what a pattern's group finds in the output.
func (s *simulator) find(pattern string) string {
	s.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(s.output)
	if m == nil {
		s.t.Fatalf("no %s in\n%s", pattern, s.output)
	}
	return m[1]
}

func connect(t *testing.T, dsn string) *exawire.Session {
	t.Helper()
	sess, err := exawire.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

func query(t *testing.T, sess *exawire.Session, sql string) []string {
	t.Helper()
	rows, err := sess.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	list, err := resultset.Collect[string](rows)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRun serves a seed and a data file, stops, and serves the file again.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	seed := filepath.Join(dir, "seed.sql")
	if err := os.WriteFile(seed, []byte("CREATE SCHEMA s;\nCREATE TABLE t (a VARCHAR(10)); -- the table\nINSERT INTO t VALUES 'x;y';"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-seed", seed, "-data", filepath.Join(dir, "db"), "-trace", "-release", "7.1.30"}
	sim := startSim(t, args...)
	// Both forms of the connection string that exawire reads.
	for _, dsn := range []string{sim.find(`exawire +(\S+)`), sim.find(`Go driver +(\S+)`)} {
		sess := connect(t, dsn)
		if diff := cmp.Diff([]string{"x;y"}, query(t, sess, "SELECT a FROM s.t")); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if got := sess.Info().ReleaseVersion; got != "7.1.30" {
			t.Errorf("release %s", got)
		}
		if _, err := sess.Exec(t.Context(), `CREATE USER x IDENTIFIED BY "s3cret"`); err == nil {
			t.Error("users are not simulated")
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	sess := connect(t, sim.find(`exawire +(\S+)`))
	if _, err := sess.Exec(t.Context(), "INSERT INTO s.t VALUES 'z'"); err != nil {
		t.Fatal(err)
	}
	sim.end()
	if err := sess.Ping(t.Context()); err == nil {
		t.Error("the session goes on after the end")
	}
	_ = sess.Close(t.Context()) // it is broken
	traced := sim.errors.String()
	if strings.Contains(traced, "s3cret") || !strings.Contains(traced, `IDENTIFIED BY \"<redacted>\"`) || !strings.Contains(traced, "1 sessions are open") {
		t.Errorf("trace:\n%s", traced)
	}

	sim = startSim(t, args...) // the seed is not run again
	sess = connect(t, sim.find(`exawire +(\S+)`))
	if diff := cmp.Diff([]string{"x;y", "z"}, query(t, sess, "SELECT a FROM s.t ORDER BY a")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if err := sess.Close(t.Context()); err != nil {
		t.Error(err)
	}
	sim.end()
}

// TestRunUsersAndPlaintext checks who gets in, with and without TLS, and that no password is printed.
func TestRunUsersAndPlaintext(t *testing.T) {
	sim := startSim(t, "-user", "ann:a:b", "-user", "bob:b", "-plaintext")
	if strings.Contains(sim.output, "a:b") {
		t.Errorf("the output has a password:\n%s", sim.output)
	}
	addr := sim.find(`listening on (\S+)`)
	for _, dsn := range []string{"exa://ann:a%3Ab@" + addr + "?tls=0", "exa://BOB:b@" + addr + "?fingerprint=" + sim.find(`fingerprint +(\S+)`)} {
		if err := connect(t, dsn).Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if _, err := exawire.Connect(t.Context(), "exa://sys:exasol@"+addr+"?tls=0"); err == nil {
		t.Error("sys is let in")
	}
	sim.end()
}

// TestRunMaxRequest sends messages on both sides of the limit.
func TestRunMaxRequest(t *testing.T) {
	sim := startSim(t, "-max-request", "1")
	sess := connect(t, "exa://sys:exasol@"+sim.find(`listening on (\S+)`)+"?fingerprint="+sim.find(`fingerprint +(\S+)`))
	if got := query(t, sess, "SELECT 1 -- "+strings.Repeat("x", 900_000)); len(got) != 1 {
		t.Errorf("got %q", got)
	}
	var refused *exawire.Error
	if _, err := sess.Exec(t.Context(), "SELECT 1 -- "+strings.Repeat("x", 1<<20)); !errors.As(err, &refused) || refused.SQLCode != "00000" {
		t.Errorf("a message of more than 1 MiB: %v", err)
	}
	if got := query(t, sess, "SELECT 1"); len(got) != 1 {
		t.Errorf("after the exception: got %q", got)
	}
	_ = sess.Close(t.Context())
	sim.end()
}

// TestVersion checks what -version prints.
func TestVersion(t *testing.T) {
	var out buffer
	if err := run(t.Context(), []string{"-version"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^exasim (v[0-9]\S*|\(devel\)) \(go\S+, \w+/\w+\)\n$`).MatchString(out.String()) {
		t.Errorf("got %q", out.String())
	}
}

// What a client does at every login is written once, and again for another client.
func TestViolationsAreSaidOnce(t *testing.T) {
	sim := startSim(t)
	cfg, err := exawire.ParseDSN(sim.find(`exawire +(\S+)`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two", "one", "one", "two"} {
		cfg.ClientName = name
		sess, err := exawire.Connect(t.Context(), cfg.DSN())
		if err != nil {
			t.Fatal(err)
		}
		// A statement that is prepared and neither run nor closed is a violation at the end.
		if _, err := sess.CreatePreparedStatement(t.Context(), "SELECT 1"); err != nil {
			t.Fatal(err)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	sim.end()
	if n := strings.Count(sim.errors.String(), "protocol violation"); n != 2 {
		t.Errorf("%d lines:\n%s", n, sim.errors)
	}
}

// TestRecordAndReplay records a session as a proxy and serves it again, several times.
func TestRecordAndReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.jsonl")
	srv := exatest.NewServer(t)
	srv.HandleSQL("SELECT a FROM t", exatest.Rows(exatest.Columns("A VARCHAR(10)"), exatest.ValuesOf([]string{"x"})))
	use := func(dsn string) {
		sess := connect(t, dsn)
		if diff := cmp.Diff([]string{"x"}, query(t, sess, "SELECT a FROM t")); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	sim := startSim(t, "-record", path, "-upstream", srv.Addr(), "-upstream-fingerprint", srv.Fingerprint())
	use(strings.Replace(sim.find(`exawire +(\S+)`), "USER:PASSWORD", "sys:exasol", 1))
	sim.end()
	sim = startSim(t, "-replay", path)
	for range 3 {
		use(sim.find(`exawire +(\S+)`))
	}
	sim.end()
}

// TestRunCertificate checks that the fingerprint is that of the certificate that was given.
func TestRunCertificate(t *testing.T) {
	err := run(t.Context(), []string{"-listen", "127.0.0.1:0", "-cert", "none.pem", "-key", "none.pem"}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-cert, -key: open none.pem") {
		t.Errorf("got %v", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: der}, "key": {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sim := startSim(t, "-cert", filepath.Join(dir, "cert"), "-key", filepath.Join(dir, "key"))
	if want := fmt.Sprintf("%X", sha256.Sum256(der)); sim.find(`fingerprint +(\S+)`) != want {
		t.Errorf("the fingerprint is not %s:\n%s", want, sim.output)
	}
	if err := connect(t, sim.find(`exawire +(\S+)`)).Close(t.Context()); err != nil {
		t.Error(err)
	}
	sim.end()
}

// TestFlags checks the error of each command line that makes no sense, and the help.
func TestFlags(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-nonsense", "flag provided but not defined: -nonsense"},
		{"serve", `"serve" is no flag`},
		{"-listen 8563", "-listen 8563: write host:port"},
		{"-listen :http", "the port is not a number"},
		{"-listen :99999", "the port is not a number"},
		{"-user ann", "write name:password"},
		{"-user :s3cret", "-user: write name:password"},
		{"-release new", "-release: there is no release new: write a version of 6.0, "},
		{"-release 9.9", "-release: there is no release 9.9: write a version of 6.0, 6.1, 6.2, 7.0, 7.1, 8, 2025.1, 2025.2 or 2026.1, such as 8.32.0"},
		{"-release 8.32.0.1", "there is no release 8.32.0.1"},
		{"-max-request 0", "-max-request 0: write a number from 1 to 2048"},
		{"-record a -upstream b:1 -max-request 9", "-max-request has no effect with -record"},
		{"-cert a", "-cert and -key belong together"},
		{"-record a", "-record and -upstream belong together"},
		{"-upstream-plaintext", "are for -record"},
		{"-record a -upstream b:1 -seed c", "-seed has no effect with -record"},
		{"-replay a -data b", "-data has no effect with -replay"},
	} {
		err := run(t.Context(), strings.Fields(test.args), io.Discard, io.Discard)
		var usage *usageError
		if !errors.As(err, &usage) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.args, err, test.want)
		}
	}
	for _, args := range []string{"-seed none.sql", "-replay none.jsonl", "-listen 192.0.2.1:0"} {
		if err := run(t.Context(), strings.Fields("-listen 127.0.0.1:0 "+args), io.Discard, io.Discard); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
	var help buffer
	if err := run(t.Context(), []string{"-help"}, io.Discard, &help); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-help: %v", err)
	}
	for _, part := range []string{"-listen address", "-user name:password", "-release version", "-seed file"} {
		if !strings.Contains(help.String(), part) {
			t.Errorf("the help has no %q:\n%s", part, &help)
		}
	}
}
