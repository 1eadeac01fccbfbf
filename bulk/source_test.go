package bulk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

var errBoom = errors.New("boom")

// idle returns nothing and no error before each piece.
type idle struct {
	io.Reader
	n int
}

func (r *idle) Read(b []byte) (int, error) {
	if r.n++; r.n%3 != 0 {
		return 0, nil
	}
	return r.Reader.Read(b)
}

// readerFunc is a reader.
type readerFunc func(b []byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestImportReaders(t *testing.T) {
	d := newDoor(t)
	big := strings.Repeat("some text in a row\n", 100_000)
	for _, tt := range []struct {
		name string
		from bulk.Source
		want map[string]string
	}{
		{"text", bulk.FromReader(strings.NewReader("1\n2\n")), map[string]string{"000.csv": "1\n2\n"}},
		{"nothing", bulk.FromReader(strings.NewReader("")), map[string]string{"000.csv": ""}},
		{"much", bulk.FromReader(strings.NewReader(big)), map[string]string{"000.csv": big}},
		{"data and the end together", bulk.FromReader(iotest.DataErrReader(strings.NewReader("1\n"))), map[string]string{"000.csv": "1\n"}},
		{"byte by byte", bulk.FromReader(iotest.OneByteReader(strings.NewReader("1\n2\n"))), map[string]string{"000.csv": "1\n2\n"}},
		{"reads of nothing", bulk.FromReader(&idle{Reader: iotest.OneByteReader(strings.NewReader(big[:200]))}), map[string]string{"000.csv": big[:200]}},
		{
			"several, joined", bulk.Join(bulk.FromReaders(bytes.NewReader([]byte("1\n")), bytes.NewBufferString("2\n")), bulk.FromReader(strings.NewReader("3\n"))),
			map[string]string{"000.csv": "1\n", "001.csv": "2\n", "002.csv": "3\n"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.reset()
			result, err := bulk.Import(t.Context(), d.sess, "T", tt.from)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "files", tt.want, d.files)
			rows := int64(0)
			for _, text := range tt.want {
				rows += int64(strings.Count(text, "\n"))
			}
			same(t, "rows", rows, result.Rows)
			same(t, "statements", []string{"IMPORT", "COMMIT"}, d.statements())
		})
	}
}

// A file, or a reader in memory, is imported from where it stands, and its size is known.
func TestImportFromTheMiddle(t *testing.T) {
	d := newDoor(t)
	f, err := os.Open(writeFile(t, filepath.Join(t.TempDir(), "a.csv"), "1\n2\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, r := range []io.ReadSeeker{strings.NewReader("1\n2\n"), bytes.NewReader([]byte("1\n2\n")), f} {
		if _, err := r.Seek(2, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		result, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromReader(r))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "files", map[string]string{"000.csv": "2\n"}, d.files)
		same(t, "progress", []bulk.FileProgress{{Bytes: 2, Size: 2, Done: true}}, result.Files)
	}
}

// What is no regular file has no size, and is not opened before the database asks for it.
func TestImportDevice(t *testing.T) {
	d := newDoor(t)
	result, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromFiles(os.DevNull))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", []bulk.FileProgress{{Name: os.DevNull, Size: -1, Done: true}}, result.Files)
}

// What can be given again is read from the same place, if the database asks for it a second time.
func TestSourcesAgain(t *testing.T) {
	r := strings.NewReader("1\n2\n")
	if _, err := r.Seek(2, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, filepath.Join(t.TempDir(), "a.csv"), "2\n")
	for name, from := range map[string]bulk.Source{
		"reader": bulk.FromReader(r),
		"file":   bulk.FromFiles(path),
		"opened": bulk.FromOpen("x", func(context.Context) (io.ReadCloser, error) { return os.Open(path) }),
	} {
		bodies, again := bulk.Bodies(t.Context(), from, 2)
		same(t, name, []string{"2\n", "2\n"}, bodies)
		same(t, name+" again", true, again)
	}
	bodies, again := bulk.Bodies(t.Context(), bulk.FromReader(bytes.NewBufferString("2\n")), 1)
	same(t, "buffer", []string{"2\n"}, bodies)
	same(t, "buffer again", false, again)
}

func TestImportReaderFails(t *testing.T) {
	d := newDoor(t)
	for _, tt := range []struct {
		name string
		r    io.Reader
		want error
	}{
		{"at once", iotest.ErrReader(errBoom), errBoom},
		{"after data", io.MultiReader(strings.NewReader("1\n2\n"), iotest.ErrReader(errBoom)), errBoom},
		{"with data", readerFunc(func(b []byte) (int, error) { return copy(b, "1\n"), io.ErrUnexpectedEOF }), io.ErrUnexpectedEOF},
		{"never anything", readerFunc(func([]byte) (int, error) { return 0, nil }), io.ErrNoProgress},
		{"too much", readerFunc(func(b []byte) (int, error) { return len(b) + 1, nil }), nil},
		{"less than nothing", readerFunc(func([]byte) (int, error) { return -1, nil }), nil},
		{"a wrapped end", readerFunc(func([]byte) (int, error) { return 0, errors.Join(io.EOF) }), io.EOF},
	} {
		for _, opt := range []bulk.Option{nil, bulk.Compress()} {
			t.Run(tt.name, func(t *testing.T) {
				d.reset()
				_, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromReader(tt.r), opt)
				fails(t, err, "", "read", tt.want)
				same(t, "statements", []string{"IMPORT", "ROLLBACK"}, d.statements())
				same(t, "files", map[string]string{}, d.files)
			})
		}
	}
}

func TestImportFiles(t *testing.T) {
	dir := t.TempDir()
	packed := gzipped(t, "3\n")
	a := writeFile(t, filepath.Join(dir, "a.csv"), "1\n")
	b := writeFile(t, filepath.Join(dir, "b.csv"), "2\n")
	c := writeFile(t, filepath.Join(dir, "c.csv.GZ"), packed)
	odd := writeFile(t, filepath.Join(dir, "[x].csv"), "4\n")

	d := newDoor(t)
	from := bulk.FromFiles(filepath.Join(dir, "[ab].csv"), c, odd)
	var last bulk.Progress
	result, err := bulk.Import(t.Context(), d.sess, "T", from, bulk.Parallel(3), bulk.OnProgress(func(p bulk.Progress) { last = p }))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", map[string]string{"000.csv": "1\n", "001.csv": "2\n", "002.csv.gz": packed, "003.csv": "4\n"}, d.files)
	same(t, "statements", []string{"IMPORT", "IMPORT", "COMMIT"}, d.statements())
	want := []bulk.FileProgress{
		{Name: a, Bytes: 2, Size: 2, Done: true},
		{Name: b, Bytes: 2, Size: 2, Done: true},
		{Name: c, Bytes: int64(len(packed)), Size: int64(len(packed)), Done: true},
		{Name: odd, Bytes: 2, Size: 2, Done: true},
	}
	same(t, "files of the result", want, result.Files)
	same(t, "files of the progress", want, last.Files)

	// The same source can be imported again.
	if _, err := bulk.Import(t.Context(), d.sess, "T", from); err != nil {
		t.Error(err)
	}
}

func TestImportFilesAreChecked(t *testing.T) {
	dir := t.TempDir()
	a := writeFile(t, filepath.Join(dir, "a.csv"), "1\n")
	p := writeFile(t, filepath.Join(dir, "a.parquet"), "1\n")
	locked := writeFile(t, filepath.Join(dir, "locked.csv"), "1\n")
	if err := os.Chmod(locked, 0); err != nil {
		t.Fatal(err)
	}
	absent := filepath.Join(dir, "absent.csv")
	links := filepath.Join(dir, "links")
	if err := os.Mkdir(links, 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(links, "b.csv"), "1\n")
	for name, to := range map[string]string{filepath.Join(links, "latest.csv"): "b.csv", filepath.Join(dir, "same"): "links"} {
		if err := os.Symlink(to, name); err != nil {
			t.Skip(err)
		}
	}
	d := newDoor(t)
	for _, tt := range []struct {
		name string
		from bulk.Source
		opt  bulk.Option
		want string
		is   error
	}{
		{"no source", bulk.Source{}, nil, "nothing to import from", nil},
		{"no files", bulk.FromFiles(), nil, "nothing to import from", nil},
		{"no readers", bulk.FromReaders(), nil, "nothing to import from", nil},
		{"none joined", bulk.Join(), nil, "nothing to import from", nil},
		{"nothing joined", bulk.Join(bulk.FromFiles(a), bulk.Source{}), nil, "nothing to import from", nil},
		{"nil", bulk.FromReader(nil), nil, "the reader is nil", nil},
		{"nil pointer", bulk.FromReader((*bytes.Buffer)(nil)), nil, "the reader is nil", nil},
		{"nil file", bulk.FromReader((*os.File)(nil)), nil, "the reader is nil", nil},
		{"one of them nil", bulk.FromReaders(strings.NewReader(""), nil), nil, "number 2: the reader is nil", nil},
		{"one twice", bulk.FromReaders(os.Stdin, os.Stdout, os.Stdin), nil, "readers 1 and 3 are the same", nil},
		{"one twice, joined", bulk.Join(bulk.FromReader(os.Stdin), bulk.FromReader(os.Stdin)), nil, "readers 1 and 2 are the same", nil},
		{"path twice, joined", bulk.Join(bulk.FromFiles(a), bulk.FromFiles(a)), nil, "there twice", nil},
		{"nil open", bulk.FromOpen("x", nil), nil, "opens is nil", nil},
		{"nil Parquet", bulk.FromParquet(nil, 1), nil, "the reader is nil", nil},
		{"Parquet of less than nothing", bulk.FromParquet(strings.NewReader(""), -1), nil, "-1 bytes", nil},
		{"absent", bulk.FromFiles(absent), nil, absent, fs.ErrNotExist},
		{"no match", bulk.FromFiles(filepath.Join(dir, "*.txt")), nil, "matches no file", nil},
		{"no pattern", bulk.FromFiles(filepath.Join(dir, "[")), nil, "syntax error", filepath.ErrBadPattern},
		{"empty path", bulk.FromFiles(""), nil, "path is empty", nil},
		{"directory", bulk.FromFiles(dir), nil, "is a directory", nil},
		{"pattern and path", bulk.FromFiles(filepath.Join(dir, "a*.csv"), a), nil, "there twice", nil},
		{"path twice", bulk.FromFiles(a, filepath.Join(dir, ".", "a.csv")), nil, "there twice", nil},
		{"file and a link to it", bulk.FromFiles(filepath.Join(dir, "links", "*")), nil, "there twice", nil},
		{"file by two directories", bulk.FromFiles(filepath.Join(dir, "links", "b.csv"), filepath.Join(dir, "same", "b.csv")), nil, "there twice", nil},
		{"name against option", bulk.FromOpen("x.bz2", func(context.Context) (io.ReadCloser, error) { return nil, errBoom }), bulk.Compressed(bulk.Gzip), "says bz2", nil},
		{"formats mixed", bulk.FromFiles(a, p), nil, "others are not", nil},
		{"old release", bulk.FromFiles(p), nil, "2025.1.11", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := bulk.Import(t.Context(), d.sess, "T", tt.from, tt.opt)
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%v, not %q", err, tt.want)
			}
		})
	}
	if os.Geteuid() != 0 {
		_, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromFiles(locked))
		fails(t, err, locked, "open", fs.ErrPermission)
	}
	same(t, "statements", []string(nil), d.statements())
}

// A file that is no longer there when the database asks for it fails the import.
func TestImportFileIsGone(t *testing.T) {
	d := newDoor(t)
	path := writeFile(t, filepath.Join(t.TempDir(), "a.csv"), "1\n")
	d.HandleSQL("IMPORT ...", exatest.Func(func(*exatest.Request) exatest.Response {
		_ = os.Remove(path)
		return exatest.ImportFiles(d.take)
	}))
	_, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromFiles(path))
	fails(t, err, path, "open", fs.ErrNotExist)
}

// closing is a ReadCloser that says how it was closed.
type closing struct {
	io.Reader
	closed int
	err    error
}

func (c *closing) Close() error {
	c.closed++
	return c.err
}

func TestImportFromOpen(t *testing.T) {
	d := newDoor(t)
	for _, tt := range []struct {
		name string
		c    *closing
		open error
		step string // "" for success
		want error
	}{
		{"fine", &closing{Reader: strings.NewReader("1\n")}, nil, "", nil},
		{"Close fails", &closing{Reader: strings.NewReader("1\n"), err: errBoom}, nil, "close", errBoom},
		{"Read fails", &closing{Reader: iotest.ErrReader(errBoom), err: io.EOF}, nil, "read", errBoom},
		{"open fails", nil, errBoom, "open", errBoom},
		{"nothing opened", nil, nil, "open", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.reset()
			_, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromOpen("x.csv", func(context.Context) (io.ReadCloser, error) {
				if tt.c == nil {
					return nil, tt.open
				}
				return tt.c, nil
			}))
			if tt.c != nil {
				same(t, "closed", 1, tt.c.closed)
			}
			if tt.step == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			fails(t, err, "x.csv", tt.step, tt.want)
			same(t, "statements", []string{"IMPORT", "ROLLBACK"}, d.statements())
		})
	}
}

func TestImportCompressed(t *testing.T) {
	dir := t.TempDir()
	packed := gzipped(t, "2\n")
	plain := writeFile(t, filepath.Join(dir, "a.csv"), "1\n")
	gz := writeFile(t, filepath.Join(dir, "b.csv.gz"), packed)
	d := newDoor(t)
	from := bulk.Join(bulk.FromFiles(plain, gz), bulk.FromReader(strings.NewReader("")))
	result, err := bulk.Import(t.Context(), d.sess, "T", from, bulk.Compress())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "compressed here", "1\n", gunzipped(t, d.files["000.csv.gz"]))
	same(t, "compressed already", packed, d.files["001.csv.gz"])
	same(t, "empty", "", gunzipped(t, d.files["002.csv.gz"]))
	same(t, "size", int64(-1), result.Files[0].Size)

	d = newDoor(t)
	if _, err := bulk.Import(t.Context(), d.sess, "T", bulk.FromReader(strings.NewReader("BZh")), bulk.Compressed(bulk.Bzip2)); err != nil {
		t.Fatal(err)
	}
	same(t, "files", map[string]string{"000.csv.bz2": "BZh"}, d.files)
}
