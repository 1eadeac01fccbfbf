package bulk

import (
	"context"
	"io"
)

// Source is what [Import] reads.
type Source struct {
	list func() ([]origin, error)
}

// origin is one file of a Source.
type origin struct {
	name string
}

// FromReader reads from r.
func FromReader(r io.Reader) Source { panic("unfinished") }

// FromReaders reads from several readers at the same time.
func FromReaders(rs ...io.Reader) Source { panic("unfinished") }

// FromFiles reads files.
func FromFiles(patterns ...string) Source { panic("unfinished") }

// FromOpen reads what open returns.
func FromOpen(name string, open func(ctx context.Context) (io.ReadCloser, error)) Source {
	panic("unfinished")
}

// FromParquet reads a file in the format Parquet.
func FromParquet(r io.ReaderAt, size int64) Source { panic("unfinished") }

// Join puts sources together.
func Join(sources ...Source) Source { panic("unfinished") }
