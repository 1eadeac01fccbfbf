package bulk_test

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

// A context that is nil is an error, and nothing is sent.
func TestNoContext(t *testing.T) {
	dir := t.TempDir()
	d := newDoor(t)
	var none context.Context
	file := filepath.Join(dir, "a.csv")
	for name, call := range map[string]func() error{
		"import": func() error {
			_, err := bulk.Import(none, d.sess, "T", bulk.FromReader(strings.NewReader("1\n")))
			return err
		},
		"export": func() error { _, err := bulk.Export(none, d.sess, "T", bulk.ToFiles(file)); return err },
		"local": func() error {
			_, err := bulk.Exec(none, d.sess, "EXPORT T INTO LOCAL CSV FILE '"+file+"'")
			return err
		},
		"other": func() error { _, err := bulk.Exec(none, d.sess, "SELECT 1"); return err },
		"query": func() error { _, err := bulk.Query(none, d.sess, "T"); return err },
		"import rows": func() error {
			_, err := bulk.ImportRows(none, d.sess, "T", func(func(struct{ A int }, error) bool) {})
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "the context is nil") || !exawire.SafeToRetry(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	same(t, "files", []string(nil), inDir(t, dir))
	same(t, "statements", []string(nil), d.statements())
}

// A session that nobody has opened is an error, and leaves no file.
func TestNoSession(t *testing.T) {
	dir := t.TempDir()
	for _, sess := range []*exawire.Session{nil, {}} {
		_, err := bulk.Import(t.Context(), sess, "T", bulk.FromReader(strings.NewReader("1\n")))
		if err == nil {
			t.Error("import: no error")
		}
		_, err = bulk.Import(t.Context(), sess, "T", bulk.FromParquet(strings.NewReader("1\n"), 2))
		if err == nil {
			t.Error("import of Parquet: no error")
		}
		_, err = bulk.Export(t.Context(), sess, "T", bulk.ToWriters(io.Discard, io.Discard))
		if err == nil {
			t.Error("export: no error")
		}
		_, err = bulk.Export(t.Context(), sess, "T", bulk.ToFiles(filepath.Join(dir, "a.csv")))
		if err == nil {
			t.Error("export: no error")
		}
		if _, err = bulk.Exec(t.Context(), sess, "SELECT 1"); err == nil {
			t.Error("exec: no error")
		}
		t.Log(err)
	}
	same(t, "files", []string(nil), inDir(t, dir))
}
