package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// FromFiles reads files, given by their paths or by patterns as in [filepath.Glob]. What a pattern finds is sorted by name.
// A path or a pattern without a file, a directory, a file that cannot be opened and one that is found twice, also by a
// link, are errors before anything is sent. Each file is opened when the database asks for it, and closed after that.
//
// The extension tells how a file is compressed: ".gz", ".bz2" and ".zip" go to the database as they are. The extension
// ".parquet" tells that it has that format; see [FromParquet].
func FromFiles(patterns ...string) Source {
	return Source{func() ([]origin, error) {
		paths, err := expand(patterns)
		if err != nil {
			return nil, err
		}
		list, err := fileOrigins(paths, filepath.Ext)
		for i := range list {
			if list[i].of, err = identityOf(paths[i]); err != nil {
				return nil, &FileError{Name: paths[i], Step: "open", Err: err}
			}
		}
		return list, err
	}}
}

// identityOf returns the same for all paths of a file. What is no file, such as a pipe, may have no path without links.
func identityOf(path string) (string, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Abs(path)
}

var (
	errNoPath  = errors.New("the path is empty")
	errNoMatch = errors.New("the pattern matches no file")
	errTwice   = errors.New("the file is there twice")
	errInOrder = errors.New("a Parquet file is read in any order, which this one cannot be")
)

// expand returns the paths that patterns stand for.
func expand(patterns []string) ([]string, error) {
	var paths []string
	for _, pattern := range patterns {
		if pattern == "" {
			return nil, &FileError{Step: "open", Err: errNoPath}
		}
		found := []string{pattern}
		if _, err := os.Lstat(pattern); err != nil && strings.ContainsAny(pattern, `*?[`) {
			if found, err = filepath.Glob(pattern); err != nil {
				return nil, &FileError{Name: pattern, Step: "open", Err: err}
			}
			if len(found) == 0 {
				return nil, &FileError{Name: pattern, Step: "open", Err: errNoMatch}
			}
		}
		for _, path := range found {
			paths = append(paths, filepath.Clean(path))
		}
	}
	return paths, nil
}

// fileOrigins describes files. The format is what an extension says it is.
func fileOrigins(paths []string, ext func(path string) string) ([]origin, error) {
	list := make([]origin, len(paths))
	for i, path := range paths {
		size, again, err := readable(path)
		if err != nil {
			return nil, &FileError{Name: path, Step: "open", Err: err}
		}
		list[i] = origin{name: path, size: size, compression: compressionOf(path), again: again}
		if strings.EqualFold(ext(path), ".parquet") {
			if !again {
				return nil, &FileError{Name: path, Step: "open", Err: errInOrder}
			}
			list[i].parquet = &parquetFile{path: path}
			continue
		}
		list[i].open = func(context.Context) (io.ReadCloser, error) { return os.Open(path) }
	}
	return list, nil
}

// readable returns the size of a file that can be read, and whether that can be done more than once. What is no regular
// file may wait for somebody who writes to it: it is not opened here.
func readable(path string) (size int64, again bool, err error) {
	if path == "" {
		return 0, false, errNoPath
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return 0, false, err
	case info.IsDir():
		return 0, false, fmt.Errorf("it is a directory: a pattern such as %s means the files in it", filepath.Join(path, "*.csv"))
	case !info.Mode().IsRegular():
		return -1, false, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, false, err
	}
	return info.Size(), true, f.Close()
}
