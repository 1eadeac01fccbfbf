package bulk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// door is a server without TLS, since making keys takes long, whose IMPORT keeps what it gets and whose EXPORT sends what it was given, and a session of it.
type door struct {
	*exatest.Server
	sess *exawire.Session

	mu    sync.Mutex
	files map[string]string // that were imported, by their names in the statement
	sends []string          // files that are exported
	seen  int               // requests before the last reset
}

// reset forgets what was imported and which statements were sent.
func (d *door) reset() {
	clear(d.files)
	d.seen = len(d.Requests("execute"))
}

func newDoor(t *testing.T, opts ...exatest.Option) *door {
	t.Helper()
	d := &door{Server: exatest.NewServer(t, append(opts, exatest.WithPlaintext())...), files: map[string]string{}}
	d.HandleSQL("IMPORT ...", exatest.ImportFiles(d.take))
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(d.give))
	sess, err := exawire.Connect(t.Context(), d.DSN())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sess.Close(context.Background()) })
	d.sess = sess
	return d
}

func (d *door) take(file string, content io.Reader) (int64, error) {
	text, err := io.ReadAll(content)
	if err != nil {
		return 0, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.files[file] = string(text)
	if z, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
		if text, err = io.ReadAll(z); err != nil {
			return 0, err
		}
	}
	return int64(bytes.Count(text, []byte("\n"))), nil
}

func (d *door) give(_ string, content io.Writer) (int64, error) {
	d.mu.Lock()
	text := d.sends[0]
	d.sends = d.sends[1:]
	d.mu.Unlock()
	_, err := io.WriteString(content, text)
	return int64(strings.Count(text, "\n")), err
}

// statements returns the IMPORT, EXPORT, COMMIT and ROLLBACK statements that were sent, by their first words.
func (d *door) statements() (list []string) {
	for _, r := range d.Requests("execute")[d.seen:] {
		word, _, _ := strings.Cut(r.SQL, " ")
		if slices.Contains([]string{"IMPORT", "EXPORT", "COMMIT", "ROLLBACK"}, word) {
			list = append(list, word)
		}
	}
	return list
}

// names returns the names of the files in all statements of a kind.
func (d *door) names(kind string) (names []string) {
	for _, r := range d.Requests("execute")[d.seen:] {
		if !strings.HasPrefix(r.SQL, kind) {
			continue
		}
		for _, part := range strings.Split(r.SQL, " FILE '")[1:] {
			name, _, _ := strings.Cut(part, "'")
			names = append(names, name)
		}
	}
	return names
}

func gzipped(t testing.TB, texts ...string) string {
	t.Helper()
	var b bytes.Buffer
	for _, text := range texts {
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func gunzipped(t testing.TB, text string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func writeFile(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inDir returns the names of the files in a directory.
func inDir(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// fails checks that an error is of a file and a step, and matches another.
func fails(t *testing.T, err error, name, step string, match error) {
	t.Helper()
	var e *bulk.Error
	if !errors.As(err, &e) || len(e.Files) != 1 {
		t.Fatalf("the error is no Error of one file: %v", err)
	}
	if diff := cmp.Diff([]string{name, step}, []string{e.Files[0].Name, e.Files[0].Step}); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if match != nil && !errors.Is(e.Files[0], match) {
		t.Errorf("%v is not %v", err, match)
	}
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
