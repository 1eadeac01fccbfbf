package bulk

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

var errZipExport = errors.New("EXPORT does not write zip files: use gz or bz2")

// compressionOf returns how a file of this name is compressed, "" if its name does not say so.
func compressionOf(name string) Compression {
	switch ext := strings.ToLower(filepath.Ext(name)); ext {
	case ".gz", ".bz2", ".zip":
		return Compression(ext[1:])
	}
	return ""
}

// choose returns how the bytes of a file are compressed on its way, given what its name says, and whether that is to be done
// on this side.
func (o *options) choose(named Compression) (on Compression, here bool, err error) {
	switch {
	case named != "" && o.compressed != "" && named != o.compressed:
		return "", false, fmt.Errorf("the name says %s, and Compressed says %s", named, o.compressed)
	case named != "":
		return named, false, nil
	case o.compressed != "":
		return o.compressed, false, nil
	case o.compress:
		return Gzip, true, nil
	}
	return "", false, nil
}

// suffix returns how the name of a file in the statement ends.
func suffix(format string, c Compression) string {
	if c == "" {
		return format
	}
	return format + "." + string(c)
}

// deflaters are writers that are not in use. Each has about a megabyte.
var deflaters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return z
}}

// deflate copies a body and compresses it. The first error is of the reader, the second of the writer.
func deflate(to io.Writer, from io.Reader) (readErr, writeErr error) {
	z := deflaters.Get().(*gzip.Writer) //nolint:forcetypeassert // the pool has nothing else
	z.Reset(to)
	readErr, writeErr = pump(z, from)
	if readErr == nil && writeErr == nil {
		writeErr = z.Close()
	}
	z.Reset(nil)
	deflaters.Put(z) // not after a panic
	return readErr, writeErr
}

// inflate copies a body and decompresses it: one part after the other, if it has several. A body without a byte is empty.
// The first error is of the body, the second of the writer.
func inflate(to io.Writer, from io.Reader) (readErr, writeErr error) {
	body := bufio.NewReaderSize(from, bufferSize)
	if _, err := body.Peek(1); err == io.EOF {
		return nil, nil
	}
	z, err := gzip.NewReader(body)
	if err != nil {
		return fmt.Errorf("gzip: %w", err), nil
	}
	readErr, writeErr = pump(to, z)
	if readErr != nil {
		readErr = fmt.Errorf("gzip: %w", readErr)
	}
	return readErr, writeErr
}
