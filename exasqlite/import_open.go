package exasqlite

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
)

// Compressed files, which are known by the ends of their names.

// maxZip is how much of a ZIP file is kept: its directory is at its end, and a tunnel is read from the beginning.
const maxZip = 256 << 20

var errZip = errors.New("the ZIP file is too large, or has not exactly one file in it")

// uncompressed reads the content of a file.
func uncompressed(file io.Reader, name string) (io.Reader, error) {
	switch trimmedExt(name) {
	case ".gz":
		return &lazyReader{open: func() (io.Reader, error) { return gzip.NewReader(file) }}, nil
	case ".bz2":
		return bzip2.NewReader(file), nil
	case ".zip":
		return &lazyReader{open: func() (io.Reader, error) { return unzip(file) }}, nil
	}
	return file, nil
}

// lazyReader opens what it reads at the first Read, so that an error there is one of reading.
type lazyReader struct {
	open func() (io.Reader, error)
	from io.Reader
}

func (r *lazyReader) Read(b []byte) (int, error) {
	if r.from == nil {
		var err error
		if r.from, err = r.open(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // an empty file is no compressed one
			}
			return 0, err
		}
	}
	return r.from.Read(b)
}

// unzip finds the only file of an archive.
func unzip(file io.Reader) (io.Reader, error) {
	var all bytes.Buffer
	n, err := all.ReadFrom(io.LimitReader(file, maxZip+1))
	if err != nil {
		return nil, err
	}
	if n > maxZip {
		return nil, errZip
	}
	archive, err := zip.NewReader(bytes.NewReader(all.Bytes()), n)
	if err != nil {
		return nil, err
	}
	if len(archive.File) != 1 {
		return nil, errZip
	}
	return archive.File[0].Open()
}
