package bulk_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

func TestExportWriters(t *testing.T) {
	d := newDoor(t)
	big := strings.Repeat("some text in a row\n", 100_000)
	d.sends = []string{big, ""}
	var a, b bytes.Buffer
	result, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToWriters(&a, &b))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "first", big, a.String())
	same(t, "second", "", b.String())
	same(t, "result", bulk.Result{Rows: 100_000, Files: []bulk.FileProgress{{Bytes: int64(len(big)), Size: -1, Done: true}, {Size: -1, Done: true}}}, result)
	same(t, "statements", []string{"EXPORT"}, d.statements())
}

// writerFunc is a writer.
type writerFunc func(b []byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestExportWriterFails(t *testing.T) {
	d := newDoor(t)
	for _, tt := range []struct {
		name string
		w    io.Writer
		want error
	}{
		{"at once", writerFunc(func([]byte) (int, error) { return 0, errBoom }), errBoom},
		{"with the end of files", writerFunc(func([]byte) (int, error) { return 0, io.EOF }), io.EOF},
		{"without saying so", writerFunc(func(b []byte) (int, error) { return len(b) - 1, nil }), io.ErrShortWrite},
		{"by a wrong count", writerFunc(func(b []byte) (int, error) { return len(b) + 1, nil }), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.reset()
			d.sends = []string{"1\n2\n"}
			_, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToWriter(tt.w))
			fails(t, err, "", "write", tt.want)
		})
	}
}

func TestExportCompressed(t *testing.T) {
	d := newDoor(t)
	packed := gzipped(t, "1\n", "", "2\n")
	for _, tt := range []struct {
		name, sent, want string
		is               error // of the error, if there is to be one
	}{
		{"several members", packed, "1\n2\n", nil},
		{"nothing", "", "", nil},
		{"end is missing", packed[:len(packed)-3], "1\n2\n", io.ErrUnexpectedEOF},
		{"something behind it", packed + "garbage", "1\n2\n", gzip.ErrHeader},
		{"not compressed", "1\n2\n", "", gzip.ErrHeader},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.reset()
			d.sends = []string{tt.sent}
			var b bytes.Buffer
			_, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToWriter(&b), bulk.Compress())
			same(t, "file", []string{"000.csv.gz"}, d.names("EXPORT"))
			if tt.is == nil {
				if err != nil {
					t.Fatal(err)
				}
				same(t, "content", tt.want, b.String())
				return
			}
			var e *bulk.Error
			if !errors.As(err, &e) || len(e.Files) != 1 || e.Files[0].Step != "read" || !strings.Contains(err.Error(), "gzip: ") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestExportFiles(t *testing.T) {
	dir := t.TempDir()
	old := writeFile(t, filepath.Join(dir, "old.csv"), "old\n")
	if err := os.Chmod(old, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.csv")
	if err := os.Symlink("old.csv", link); err != nil {
		t.Skip(err)
	}
	d := newDoor(t)
	packed := gzipped(t, "3\n")
	d.sends = []string{"1\n", "2\n", packed, "4\n"}
	gz, fresh := filepath.Join(dir, "new.csv.gz"), filepath.Join(dir, "new.csv")
	to := bulk.ToFiles(link, fresh, gz)
	result, err := bulk.Export(t.Context(), d.sess, "SELECT 1", to, bulk.Compress(), bulk.Compressed(""))
	if err == nil {
		t.Fatal("what is not compressed is taken for it")
	}
	same(t, "after an error", []string{"link.csv", "old.csv"}, inDir(t, dir))
	same(t, "old file after an error", "old\n", readFile(t, old))

	d.sends = []string{"1\n", "2\n", packed}
	result, err = bulk.Export(t.Context(), d.sess, "SELECT 1", to)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", int64(2)+int64(strings.Count(packed, "\n")), result.Rows)
	same(t, "names", []string{"000.csv", "001.csv", "002.csv.gz"}, d.names("EXPORT")[3:])
	same(t, "files", []string{"link.csv", "new.csv", "new.csv.gz", "old.csv"}, inDir(t, dir))
	same(t, "behind the link", "1\n", readFile(t, old))
	same(t, "new file", "2\n", readFile(t, fresh))
	same(t, "compressed file", packed, readFile(t, gz))
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(old); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the permissions are %v: %v", info.Mode(), err)
	}
}

// If the statement fails, the old file stays, and no temporary one does.
func TestExportFails(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "a.csv"), "old\n")
	d := newDoor(t)
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "1\n")
		return 0, errors.Join(err, errBoom)
	}))
	_, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToFiles(path))
	var e *bulk.Error
	if !errors.As(err, &e) || e.SQL == nil || len(e.Files) > 0 { // that the data has no end is no news
		t.Errorf("%v", err)
	}
	same(t, "file", "old\n", readFile(t, path))
	same(t, "files", []string{"a.csv"}, inDir(t, dir))
}

// A file that cannot get its name is an error, and the data does not stay under another one.
func TestExportCannotRename(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	d := newDoor(t)
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		if err := os.Mkdir(path, 0o700); err != nil {
			return 0, err
		}
		_, err := io.WriteString(content, "1\n")
		return 1, err
	}))
	_, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToFiles(path))
	fails(t, err, path, "close", nil)
	if exawire.SafeToRetry(err) {
		t.Error("the statement was executed")
	}
	if text := err.Error(); strings.Contains(text, ".part") || strings.Count(text, path) > 1 {
		t.Error(err)
	}
	same(t, "files", []string{"a.csv"}, inDir(t, dir))
}

func TestExportToDevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no such device")
	}
	d := newDoor(t)
	d.sends = []string{"1\n"}
	result, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToFiles(os.DevNull))
	if err != nil || result.Rows != 1 {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestExportTargetsAreChecked(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Join(dir, "a.csv")
	if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"link": "real", "dangling": filepath.Join("link", "a.csv")} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	d := newDoor(t)
	for _, tt := range []struct {
		name string
		to   bulk.Target
		want string
	}{
		{"no target", bulk.Target{}, "nothing to export to"},
		{"no files", bulk.ToFiles(), "nothing to export to"},
		{"no writers", bulk.ToWriters(), "nothing to export to"},
		{"nil", bulk.ToWriter(nil), "the writer is nil"},
		{"nil pointer", bulk.ToWriter((*bytes.Buffer)(nil)), "the writer is nil"},
		{"one of them nil", bulk.ToWriters(io.Discard, nil), "number 2: the writer is nil"},
		{"one twice", bulk.ToWriters(os.Stderr, os.Stdout, os.Stderr), "writers 1 and 3 are the same"},
		{"nil create", bulk.ToCreate("x", nil), "creates is nil"},
		{"empty path", bulk.ToFiles(""), "path is empty"},
		{"directory", bulk.ToFiles(dir), "is a directory"},
		{"no directory", bulk.ToFiles(a, filepath.Join(dir, "absent", "a.csv")), "no such file"},
		{"file twice", bulk.ToFiles(a, filepath.Join(dir, ".", "a.csv")), "there twice"},
		{"file by two directories", bulk.ToFiles(filepath.Join(dir, "real", "a.csv"), filepath.Join(dir, "link", "a.csv")), "there twice"},
		{"file and a link to it", bulk.ToFiles(filepath.Join(dir, "real", "a.csv"), filepath.Join(dir, "dangling")), "there twice"},
		{"zip", bulk.ToFiles(filepath.Join(dir, "a.zip")), "does not write zip"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := bulk.Export(t.Context(), d.sess, "T", tt.to)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, not %q", err, tt.want)
			}
		})
	}
	same(t, "files", []string{"dangling", "link", "real"}, inDir(t, dir))
	same(t, "files behind links", []string(nil), inDir(t, filepath.Join(dir, "real")))
	same(t, "statements", []string(nil), d.statements())
}

// A name may be as long as the file system lets it be.
func TestExportToLongName(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("x", 255))
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Skip(err)
	}
	d := newDoor(t)
	d.sends = []string{"1\n"}
	if _, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToFiles(path)); err != nil {
		t.Fatal(err)
	}
	same(t, "file", "1\n", readFile(t, path))
}

// A link to where no file is yet stays a link, also one that comes by another link.
func TestExportBehindLinks(t *testing.T) {
	dir := t.TempDir()
	for name, to := range map[string]string{"a": "b", "b": filepath.Join(dir, "c")} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	d := newDoor(t)
	d.sends = []string{"1\n"}
	if _, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToFiles(filepath.Join(dir, "a"))); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(filepath.Join(dir, "c")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
	same(t, "by the links", "1\n", readFile(t, filepath.Join(dir, "a")))
}

// A pipe may have a name that leads to no other, as /dev/stdout has.
func TestExportToPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := "/dev/fd/" + strconv.Itoa(int(w.Fd()))
	if _, err := os.Stat(name); err != nil {
		t.Skip(err)
	}
	d := newDoor(t)
	d.sends = []string{"1\n"}
	_, err = bulk.Export(t.Context(), d.sess, "T", bulk.ToFiles(name))
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != "1\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// sink is a WriteCloser that says how it was closed.
type sink struct {
	bytes.Buffer
	closed   int
	closeErr error
}

func (s *sink) Close() error {
	s.closed++
	return s.closeErr
}

func TestExportToCreate(t *testing.T) {
	d := newDoor(t)
	for _, tt := range []struct {
		name string
		s    *sink
		err  error
		step string // "" for success
		want error
	}{
		{"fine", &sink{}, nil, "", nil},
		{"Close fails", &sink{closeErr: errBoom}, nil, "close", errBoom},
		{"create fails", nil, errBoom, "open", errBoom},
		{"nothing created", nil, nil, "open", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d.reset()
			d.sends = []string{"1\n"}
			_, err := bulk.Export(t.Context(), d.sess, "T", bulk.ToCreate("x.csv.gz", func(context.Context) (io.WriteCloser, error) {
				if tt.s == nil {
					return nil, tt.err
				}
				return tt.s, nil
			}))
			same(t, "name", []string{"000.csv.gz"}, d.names("EXPORT"))
			if tt.s != nil {
				same(t, "closed", 1, tt.s.closed)
				same(t, "content", "1\n", tt.s.String())
			}
			if tt.step == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			fails(t, err, "x.csv.gz", tt.step, tt.want)
		})
	}
}
