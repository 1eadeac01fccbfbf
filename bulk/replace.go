package bulk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// ToFiles writes files, which are created or replaced. The database divides the rows among several as it likes; with
// [CSV].Header each of them gets the names of the columns. What is written goes to a temporary file in the same directory,
// which gets the name when the whole export has succeeded: after an error the old file is as it was, unless the error is that
// of giving one of several files its name. A path that leads to a device or a pipe is written to at once. A file that is
// there twice, also by another name, is an error before anything is sent.
//
// The extensions ".gz" and ".bz2" make the database compress the data.
func ToFiles(paths ...string) Target {
	return Target{func() ([]*sink, error) {
		list := make([]*sink, len(paths))
		seen := map[string]bool{}
		mark := strconv.FormatUint(rand.Uint64(), 36)
		for i, path := range paths {
			r, err := newReplacement(path, mark)
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
	mark   string      // in the name of the temporary file, the same for all files of an export
	mode   fs.FileMode // of the file that is replaced, 0 if there is none
	direct bool        // what has the name is no file, and is written to

	temp  *os.File // nil before prepare
	ended bool     // temp has got its name, or is gone
}

func newReplacement(path, mark string) (*replacement, error) {
	r := &replacement{path: path, mark: mark}
	info, err := os.Stat(path)
	switch {
	case path == "":
		return nil, errNoPath
	case errors.Is(err, fs.ErrNotExist):
		r.path = linked(path)
		return r, nil
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	case !info.Mode().IsRegular():
		r.direct = true // the name may lead to what has no other, such as /dev/stdout to a pipe
		return r, nil
	}
	r.mode = info.Mode().Perm()
	r.path, err = filepath.EvalSymlinks(path)
	return r, err
}

// linked returns the path of the file that does not exist yet, to which a link may lead.
func linked(path string) string {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			dir, _ := filepath.Split(path)
			to = dir + to
		}
		path = to
	}
	return path
}

// maxLinks is how many links follow each other at most; what is no circle has fewer.
const maxLinks = 255

// maxBase is how many bytes of a name are in that of its temporary file.
const maxBase = 200

// prepare creates the temporary file. Two paths by which a directory, or a name in any case, is the same make the same
// temporary file: it is there already then.
func (r *replacement) prepare() (err error) {
	if r.direct {
		return nil
	}
	dir, base := filepath.Split(r.path)
	if len(base) > maxBase { // with the rest it would be longer than names can be
		base = fmt.Sprintf("%x", sha256.Sum256([]byte(base)))
	}
	r.temp, err = os.OpenFile(dir+"."+base+"."+r.mark+".part", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	switch {
	case errors.Is(err, fs.ErrExist):
		return errTwice
	case errors.Is(err, fs.ErrPermission): // which the file itself may have
		return fmt.Errorf("a temporary file beside it: %w", reasonOf(err))
	case err != nil:
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
	if err := os.Rename(r.temp.Name(), r.path); err != nil {
		return reasonOf(err)
	}
	r.ended = true
	return nil
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
