package exasqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// clientFiles are files that a session imports and exports, without a server and a client around them.
type clientFiles struct {
	mu      sync.Mutex
	read    map[string]string
	written map[string]string // complete ones
	open    int
	blocked chan struct{} // closed when a read of "endless" waits
	once    sync.Once
}

func newClientFiles() *clientFiles {
	return &clientFiles{read: map[string]string{}, written: map[string]string{}, blocked: make(chan struct{})}
}

// connect opens a session that has the files.
func (c *clientFiles) connect(t testing.TB, b *exasqlite.Backend) exatest.BackendSession {
	t.Helper()
	s, err := b.Connect(context.Background(), exatest.SessionInfo{
		SessionID: 1825312482065121280, User: "sys", Version: commands.V5, Release: "8.32.0", Attributes: commands.DefaultAttributes(),
		ReadFile: c.readFile, WriteFile: c.writeFile,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if c.open != 0 {
			t.Errorf("%d files are open", c.open)
		}
	})
	return s
}

func (c *clientFiles) readFile(ctx context.Context, f exatest.RemoteFile) (io.ReadCloser, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	if f.Name == "endless.csv" {
		return &endless{ctx: ctx, files: c}, nil
	}
	content, ok := c.read[f.Name]
	if !ok {
		content, ok = c.written[f.Name]
	}
	if !ok {
		c.open--
		return nil, &exatest.SQLError{Code: "42636", Text: "ETL-5105: no file " + f.Name}
	}
	return &readFile{strings.NewReader(content), c}, nil
}

type readFile struct {
	io.Reader
	files *clientFiles
}

func (r *readFile) Close() error {
	r.files.mu.Lock()
	defer r.files.mu.Unlock()
	r.files.open--
	return nil
}

// endless gives rows, and then waits for the end of the statement.
type endless struct {
	ctx   context.Context
	files *clientFiles
	at    int
}

func (e *endless) Read(b []byte) (int, error) {
	if e.at++; e.at <= 3000 {
		return copy(b, fmt.Sprintf("%d,row\n", e.at)), nil
	}
	e.files.once.Do(func() { close(e.files.blocked) })
	<-e.ctx.Done()
	return 0, e.ctx.Err()
}

func (e *endless) Close() error {
	e.files.mu.Lock()
	defer e.files.mu.Unlock()
	e.files.open--
	return nil
}

func (c *clientFiles) writeFile(_ context.Context, f exatest.RemoteFile) (exatest.FileWriter, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open++
	return &writtenFile{name: f.Name, files: c}, nil
}

type writtenFile struct {
	bytes.Buffer
	name  string
	files *clientFiles
	ended bool
}

func (w *writtenFile) Write(b []byte) (int, error) {
	if w.name == "full.csv" && w.Len() > 0 {
		return 0, &exatest.SQLError{Code: "42636", Text: "ETL-5106: no space"}
	}
	return w.Buffer.Write(b)
}

func (w *writtenFile) Close() error {
	w.files.mu.Lock()
	defer w.files.mu.Unlock()
	w.files.open--
	w.ended = true
	w.files.written[w.name] = w.String()
	return nil
}

func (w *writtenFile) Abort() {
	if w.ended {
		return
	}
	w.files.mu.Lock()
	defer w.files.mu.Unlock()
	w.files.open--
	w.ended = true
}

// take writes down the files that were written since the last time.
func (c *clientFiles) take() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c.written)) {
		content := c.written[name]
		if strings.HasSuffix(name, ".csv") {
			fmt.Fprintf(&b, "\n%s %s", name, strconv.Quote(content))
			delete(c.written, name)
		}
	}
	return b.String()
}

// load takes over the files that stand before a statement of the corpus.
func (c *clientFiles) load(t *testing.T, head string) {
	t.Helper()
	for line := range strings.Lines(head) {
		if file, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "< "); ok {
			name, quoted, _ := strings.Cut(file, " ")
			content, err := strconv.Unquote(quoted)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			c.read[name] = content
		}
	}
}
