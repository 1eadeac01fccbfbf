package bulk_test

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// lyingReader says that it has read more than there was room for.
type lyingReader struct{}

func (lyingReader) ReadAt(b []byte, _ int64) (int, error) { return 3 * len(b), nil }

// Files are opened when the database asks for them and closed after their statement, so that there may be more than a program
// can have open.
func TestImportManyParquetFiles(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		writeFile(t, filepath.Join(dir, strconv.Itoa(i)+".parquet"), "PAR1\n")
	}
	d := newDoor(t, exatest.WithRelease("2025.1.11"))
	most := 0
	d.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		_, err := io.ReadAll(content)
		d.mu.Lock()
		defer d.mu.Unlock()
		most = max(most, openFiles(dir))
		return 1, err
	}))
	result, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromFiles(filepath.Join(dir, "*.parquet")), bulk.Parallel(4))
	if err != nil || result.Rows != 40 || most > 4 || openFiles(dir) > 0 {
		t.Errorf("%d rows, %d files open, %d after it, %v", result.Rows, most, openFiles(dir), err)
	}
}

// openFiles returns how many files in a directory the program has open, 0 where nobody can say.
func openFiles(dir string) (n int) {
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		if to, _ := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); strings.HasPrefix(to, dir) {
			n++
		}
	}
	return n
}

func TestImportParquet(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "a.parquet"), "PAR1 of a file\n")
	d := newDoor(t, exatest.WithRelease("2025.1.11"))
	for name, from := range map[string]bulk.Source{
		"reader": bulk.FromParquet(strings.NewReader("PAR1 of a file\n"), 15),
		"file":   bulk.FromFiles(path),
	} {
		clear(d.files)
		result, err := bulk.Import(t.Context(), d.sess, "T", from, bulk.Columns("A"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		same(t, name, map[string]string{"000.parquet": "PAR1 of a file\n"}, d.files)
		same(t, name, int64(1), result.Rows)
	}
	_, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromParquet(lyingReader{}, 1<<20))
	fails(t, err, "", "read", nil)
	if !strings.Contains(err.Error(), "number of bytes that cannot be") {
		t.Error(err)
	}
	for name, opt := range map[string]bulk.Option{
		"none of the options of CSV": bulk.Format(bulk.CSV{Header: true}),
		"compressed inside":          bulk.Compress(),
	} {
		if _, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromFiles(path), opt); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, not %q", err, name)
		}
	}
}
