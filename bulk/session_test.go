package bulk_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

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
