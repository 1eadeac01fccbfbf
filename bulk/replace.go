package bulk

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// ToFiles writes files, which are created or replaced. The database divides the rows among several as it likes; with
// [CSV].Header each of them gets the names of the columns. What is written goes to a temporary file in the same directory,
// which gets the name when the whole export has succeeded: after an error the old file is as it was. A path that leads to a
// device or a pipe is written to at once.
//
// The extensions ".gz" and ".bz2" make the database compress the data.
func ToFiles(paths ...string) Target {
	return Target{func() ([]*sink, error) {
		list := make([]*sink, len(paths))
		seen := map[string]bool{}
		for i, path := range paths {
			r, err := newReplacement(path)
			if err != nil {
				return nil, &FileError{Name: path, Step: "open", Err: err}
			}
			key, err := filepath.Abs(r.path)
			if err != nil || seen[key] {
				return nil, &FileError{Name: path, Step: "open", Err: cmp.Or(err, errTwice)}
			}
			seen[key] = true
			list[i] = &sink{name: path, compression: compressionOf(path), open: r.open, replaces: r}
		}
		return list, nil
	}}
}

// replacement is a file that takes the place of another one, or of none.
type replacement struct {
	path   string      // of the file, links resolved
	mode   fs.FileMode // of the file that is replaced, 0 if there is none
	direct bool        // what has the name is no file, and is written to

	temp  *os.File // nil before prepare
	ended bool     // temp has got its name, or is gone
}

func newReplacement(path string) (*replacement, error) {
	r := &replacement{path: path}
	info, err := os.Stat(path)
	switch {
	case path == "":
		return nil, errNoPath
	case errors.Is(err, fs.ErrNotExist):
		return r, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	}
	r.mode, r.direct = info.Mode().Perm(), !info.Mode().IsRegular()
	r.path, err = filepath.EvalSymlinks(path)
	return r, err
}

// prepare creates the temporary file.
func (r *replacement) prepare() (err error) {
	if r.direct {
		return nil
	}
	dir, base := filepath.Split(r.path)
	for range 100 {
		name := dir + "." + base + "." + strconv.FormatUint(rand.Uint64(), 36) + ".part"
		r.temp, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err != nil {
		r.temp, r.ended = nil, true
		return err
	}
	if r.mode != 0 {
		if err := r.temp.Chmod(r.mode); err != nil {
			r.discard()
			return err
		}
	}
	return nil
}

// open returns what is written to.
func (r *replacement) open(context.Context) (io.WriteCloser, error) {
	if r.direct {
		return os.OpenFile(r.path, os.O_WRONLY, 0)
	}
	return r.temp, nil
}

// commit gives the temporary file its name.
func (r *replacement) commit() error {
	if r.direct {
		return nil
	}
	if err := r.temp.Close(); err != nil && !errors.Is(err, os.ErrClosed) { // closed if the database has written to it
		return err
	}
	err := os.Rename(r.temp.Name(), r.path)
	r.ended = err == nil
	return err
}

// discard removes the temporary file, if it has not got its name.
func (r *replacement) discard() {
	if r.temp == nil || r.ended {
		return
	}
	_ = r.temp.Close()
	_ = os.Remove(r.temp.Name())
	r.ended = true
}
