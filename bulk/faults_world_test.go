package bulk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// Times of the sessions of these tests.
const (
	grace   = 5 * time.Second  // Config.CancelGrace
	connect = 10 * time.Second // Config.ConnectTimeout
)

// world is a database with one table, a session, and what both have seen. Rows belong to the table when a COMMIT has come
// after they were read; a statement that has failed has read them all the same, so that only a ROLLBACK is safe.
type world struct {
	t    *testing.T
	srv  *exatest.Server
	sess *exawire.Session
	vn   *exatest.VirtualNetwork

	dial    func(ctx context.Context, network, addr string) (net.Conn, error) // of tunnels
	tunnels atomic.Int32                                                      // that are open on the client's side
	dialled atomic.Int32

	release chan struct{} // closed when the test lets go of what hangs
	mu      sync.Mutex
	read    map[string]string // files, by their names in the statement
	pending int64             // rows of the transaction
	table   int64             // rows that are committed
}

// inWorld runs a test in virtual time.
func inWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, vn: exatest.NewVirtualNetwork(), release: make(chan struct{}), read: map[string]string{}}
		opts := []exatest.Option{exatest.WithNetwork(w.vn), exatest.WithRelease("2025.1.3"), exatest.WithPlaintext()}
		w.srv = exatest.NewServer(t, opts...)
		w.srv.HandleSQL("IMPORT ...", exatest.ImportFiles(w.take))
		w.srv.HandleSQL("EXPORT ...", exatest.ExportFiles(w.give))
		w.srv.HandleSQL("COMMIT", exatest.Func(func(*exatest.Request) exatest.Response { w.end(true); return exatest.Pass() }))
		w.srv.HandleSQL("ROLLBACK", exatest.Func(func(*exatest.Request) exatest.Response { w.end(false); return exatest.Pass() }))
		w.srv.HandleSQL("SELECT 1", exatest.RowCount(0))
		w.connect()
		defer w.sess.Close(context.Background())
		test(t, w)
	})
}

// connect opens the session. The session itself is plain: what is encrypted are the tunnels.
func (w *world) connect() {
	cfg, err := exawire.ParseDSN(w.srv.DSN())
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.CancelGrace, cfg.ConnectTimeout = grace, connect
	w.dial = w.vn.DialContext
	cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if w.sess == nil {
			return w.vn.DialContext(ctx, network, addr)
		}
		nc, err := w.dial(ctx, network, addr)
		if err != nil || nc == nil {
			return nc, err
		}
		w.tunnels.Add(1)
		w.dialled.Add(1)
		return &counted{Conn: nc, open: &w.tunnels}, nil
	}
	client, err := exawire.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	sess, err := client.Connect(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.sess = sess
}

// counted is a connection that counts while it is open.
type counted struct {
	net.Conn
	open *atomic.Int32
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// take reads a file of an IMPORT.
func (w *world) take(name string, content io.Reader) (rows int64, err error) {
	buf := make([]byte, 64<<10)
	w.enter(name, nil)
	for {
		n, err := content.Read(buf)
		w.enter(name, buf[:n])
		rows += int64(bytes.Count(buf[:n], []byte("\n")))
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// enter adds what was read to a file and to the transaction.
func (w *world) enter(name string, b []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read[name] += string(b)
	w.pending += int64(bytes.Count(b, []byte("\n")))
}

// exportRows is how many rows an EXPORT writes; each has 100 bytes.
const exportRows = 3000

// give writes a file of an EXPORT.
func (w *world) give(_ string, content io.Writer) (rows int64, err error) {
	row := []byte(strings.Repeat("x", 99) + "\n")
	for range exportRows {
		if _, err := content.Write(row); err != nil {
			return 0, err
		}
	}
	return exportRows, nil
}

// end ends the transaction.
func (w *world) end(commit bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if commit {
		w.table += w.pending
	}
	w.pending = 0
}

// hang waits until the test lets go.
func (w *world) hang() { <-w.release }

// seen returns the first words of what the server was sent, and what was said of autocommit.
func (w *world) seen() (all []string) {
	for _, r := range w.srv.Requests("") {
		switch r.Command {
		case "execute":
			word, _, _ := strings.Cut(r.SQL, " ")
			all = append(all, word)
		case "setAttributes":
			var attributes struct{ Autocommit *bool }
			_ = json.Unmarshal(r.Field("attributes"), &attributes)
			if on := attributes.Autocommit; on != nil {
				all = append(all, map[bool]string{true: "autocommit", false: "transaction"}[*on])
			}
		}
	}
	return all
}

// The parts of an error that are different each time, or are the words of the database alone.
var (
	etlText = regexp.MustCompile(`execute: ETL-510[56]: Following error \w+ while (?:reading data from|writing data to) external connection ` +
		`\[https?://10\.0\.0\.11:201\d\d/(00\d)\.[a-z.0-9]+ failed after \d+ bytes\. \[(.*?)\],\[(\d+)\],\[[^]]*\]\] \(Session: \d+\) \(42636\)`)
	portText      = regexp.MustCompile(`client:\d+`)
	sessionText   = regexp.MustCompile(` \(Session: \d+\)`)
	statementText = regexp.MustCompile(`, in: (?:IMPORT INTO|EXPORT) \.\.\.`)
)

// textOf returns the text of an error without its beginning, "" for none. The errors of a file that the database reports are
// cut down to ETL, the file and the reason.
func textOf(op string, err error) string {
	if err == nil {
		return ""
	}
	text := etlText.ReplaceAllString(err.Error(), "ETL $1: $2 ($3)")
	text = sessionText.ReplaceAllString(statementText.ReplaceAllString(text, ""), "")
	text = portText.ReplaceAllString(text, "client:PORT")
	return strings.TrimPrefix(text, "bulk: "+op+": ")
}

var errEnd = errors.New("enough")

// How a call is ended from outside.
type ending int

const (
	byItself ending = iota
	byCancel
	byDeadline
)

// endAfter is when a call is ended from outside.
const endAfter = time.Hour

func (e ending) context() (context.Context, context.CancelFunc) {
	switch e {
	case byCancel:
		ctx, cancel := context.WithCancelCause(context.Background())
		timer := time.AfterFunc(endAfter, func() { cancel(errEnd) })
		return ctx, func() { timer.Stop(); cancel(nil) }
	case byDeadline:
		return context.WithTimeout(context.Background(), endAfter)
	}
	return context.WithCancel(context.Background())
}

func (e ending) String() string { return [...]string{"alone", "canceled", "deadline"}[e] }

// text is what the error of the context says.
func (e ending) text() string {
	return [...]string{"", "context canceled: enough", "context deadline exceeded"}[e]
}

// is is what the error of the context matches.
func (e ending) is() error { return [...]error{nil, context.Canceled, context.DeadlineExceeded}[e] }

// call is a call that has ended.
type call struct {
	result   bulk.Result
	err      error
	returned bool // or else it has panicked, or ended its goroutine
	panic    any
	took     time.Duration
}

// run makes a call in a goroutine of its own, and checks what is left of it.
func (w *world) run(e ending, do func(ctx context.Context, s *exawire.Session) (bulk.Result, error)) (c call) {
	w.t.Helper()
	if _, err := w.sess.Exec(context.Background(), "SELECT 1"); err != nil {
		w.t.Fatal(err)
	}
	w.srv.ForgetRequests()
	ctx, cancel := e.context()
	start, ended := time.Now(), make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { c.panic = recover() }()
		c.result, c.err = do(ctx, w.sess)
		c.returned = true
	}()
	<-ended
	c.took = time.Since(start)
	cancel()
	if open := w.tunnels.Load(); open != 0 {
		w.t.Errorf("%d tunnels are open", open)
	}
	close(w.release)
	time.Sleep(time.Second) // what the database does when somebody hangs up
	synctest.Wait()
	for _, stack := range goroutines() {
		w.t.Errorf("a goroutine is left:\n%s", stack)
	}
	return c
}

// goroutines returns the stacks of goroutines in which a transfer is under way.
func goroutines() (stacks []string) {
	buf := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		for _, part := range []string{"exawire/bulk.", "internal/tunnel.", "net/http.(*conn)", "net/http.(*connReader)"} {
			if strings.Contains(stack, part) {
				stacks = append(stacks, stack)
				break
			}
		}
	}
	return stacks
}

// usable checks that the session runs statements, with autocommit on, or that it is closed.
func (w *world) usable(dead bool) {
	w.t.Helper()
	_, err := w.sess.Exec(context.Background(), "SELECT 1")
	switch {
	case dead && !errors.Is(err, exawire.ErrSessionClosed):
		w.t.Errorf("the session is not closed: %v", err)
	case !dead && err != nil:
		w.t.Errorf("the session cannot be used: %v", err)
	case !dead && !w.sess.Attributes().Autocommit:
		w.t.Error("autocommit is off")
	}
}

func (w *world) inject(faults []fault.Fault) {
	for _, f := range faults {
		w.srv.Inject(f)
	}
}

func differ[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
