package bulk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
)

// Source is what [Import] reads: one file or several. It is a description, and nothing is opened or read before a transfer
// begins. The zero value has no files, and importing it is an error.
type Source struct{ list func() ([]origin, error) }

// origin is one file of a Source.
type origin struct {
	name        string // for errors and progress; "" if it has none
	size        int64  // in bytes, as they are read; -1 if that is not known
	compression Compression
	again       bool // it can be opened more than once
	of          any  // what must not be read twice: the reader, or the path of a file
	open        func(ctx context.Context) (io.ReadCloser, error)
	parquet     io.ReaderAt // instead of open
}

// origins returns the files of a source.
func (s Source) origins() ([]origin, error) {
	if s.list == nil {
		return nil, errNoSource
	}
	list, err := s.list()
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, errNoSource
	}
	return list, distinct(list)
}

// distinct returns an error if there is something twice: a reader, which two goroutines must not read, or a file, whose rows
// would be there twice.
func distinct(list []origin) error {
	seen := map[any]int{}
	for i, o := range list {
		if o.of == nil {
			continue
		}
		if j, ok := seen[o.of]; ok {
			if o.name != "" {
				return &FileError{Name: o.name, Step: "open", Err: errTwice}
			}
			return fmt.Errorf("readers %d and %d are the same", j+1, i+1)
		}
		seen[o.of] = i
	}
	return nil
}

var (
	errNoSource  = errors.New("there is nothing to import from: make a Source with FromReader, FromFiles, FromOpen or FromParquet")
	errNilReader = errors.New("the reader is nil")
	errNilOpen   = errors.New("the function that opens is nil")
)

// FromReader reads r to its end, once, while Import runs, in another goroutine. The reader is not closed. If the database
// asks for the data a second time, a regular file, a [*bytes.Reader] and a [*strings.Reader] begin again where they stood,
// and the import fails with any other reader: use [FromOpen] for those.
//
// If Import is canceled or has failed otherwise, a reader that has a method SetReadDeadline, such as a net.Conn or a pipe of
// package os, gets a deadline that ends the Read under way. Any other Read is waited for no longer than Config.CancelGrace:
// after such an error the reader may still be in use.
func FromReader(r io.Reader) Source { return FromReaders(r) }

// FromReaders is FromReader for several readers, each of which is a file of its own. They are read at the same time, as far
// as [Parallel] lets them.
func FromReaders(rs ...io.Reader) Source {
	return Source{func() ([]origin, error) {
		list := make([]origin, len(rs))
		for i, r := range rs {
			if isNil(r) {
				return nil, nth(i, len(rs), errNilReader)
			}
			list[i] = readerOrigin(r)
		}
		return list, nil
	}}
}

// readerOrigin describes a reader. A file, or a reader of a text in memory, knows how long it is and begins again where it
// stood.
func readerOrigin(r io.Reader) origin {
	o := origin{size: -1, of: identity(r)}
	var start func() error
	switch r := r.(type) {
	case *bytes.Reader:
		o.size, start = int64(r.Len()), rewind(r)
	case *strings.Reader:
		o.size, start = int64(r.Len()), rewind(r)
	case *bytes.Buffer:
		o.size = int64(r.Len())
	case *os.File:
		o.size, start = fileRest(r)
	}
	o.again = start != nil
	o.open = func(context.Context) (io.ReadCloser, error) {
		if start != nil {
			if err := start(); err != nil {
				return nil, err
			}
		}
		return borrowed{r}, nil
	}
	return o
}

// fileRest returns how much of a file is left to read, and what brings it back to where it is now. Of what is no regular file
// nobody can say.
func fileRest(f *os.File) (size int64, start func() error) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return -1, nil
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return -1, nil
	}
	return max(info.Size()-at, 0), rewind(f)
}

// borrowed is a reader that belongs to the caller, who closes it.
type borrowed struct{ io.Reader }

func (borrowed) Close() error { return nil }

// rewind returns what brings a reader back to where it is now.
func rewind(r io.Seeker) func() error {
	at, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil
	}
	return func() error {
		_, err := r.Seek(at, io.SeekStart)
		return err
	}
}

// FromOpen reads what open returns, to its end, and closes it. The function is called when the database asks for the data,
// in another goroutine, and once more if it asks again. The error of Close counts. The name is for errors and progress, and
// its extension tells how the data is compressed, as that of a file does.
//
// If Import is canceled or has failed otherwise, the context of open ends and what it has returned is closed, also while a
// Read is under way.
func FromOpen(name string, open func(ctx context.Context) (io.ReadCloser, error)) Source {
	return Source{func() ([]origin, error) {
		if open == nil {
			return nil, errNilOpen
		}
		return []origin{{name: name, size: -1, compression: compressionOf(name), again: true, open: func(ctx context.Context) (io.ReadCloser, error) {
			r, err := open(ctx)
			if err == nil && isNil(r) {
				return nil, errNilReader
			}
			return r, err
		}}}, nil
	}}
}

// FromParquet reads a file in the format Parquet that has size bytes. The database reads ranges of it, one after the other;
// the reader is not closed. It takes a database of release 2025.1.11 or later, other than 2025.2.0, and the options
// [Format], [Compress] and [Compressed] are not for it. All files of a transfer must have this format. [FromFiles] knows it by the extension
// ".parquet".
func FromParquet(r io.ReaderAt, size int64) Source {
	return Source{func() ([]origin, error) {
		switch {
		case isNil(r):
			return nil, errNilReader
		case size < 0:
			return nil, fmt.Errorf("parquet: a size of %d bytes", size)
		}
		return []origin{{size: size, parquet: r}}, nil
	}}
}

// Join puts sources together: the files of all of them, in this order, are imported by one call, all or none.
func Join(sources ...Source) Source {
	return Source{func() ([]origin, error) {
		var list []origin
		for _, s := range sources {
			more, err := s.origins()
			if err != nil {
				return nil, err
			}
			list = append(list, more...)
		}
		return list, nil
	}}
}

// isNil reports whether there is no reader or writer, or one that is a nil pointer, as os.Open returns it with an error.
func isNil(v any) bool {
	p := reflect.ValueOf(v)
	return v == nil || p.Kind() == reflect.Pointer && p.IsNil()
}

// nth says which of several an error is about.
func nth(i, n int, err error) error {
	if n == 1 {
		return err
	}
	return fmt.Errorf("number %d: %w", i+1, err)
}

// identity returns what tells a pointer from others, nil for what is none. A goroutine of its own uses each reader and
// writer, so none may be there twice.
func identity(v any) any {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.Type().Elem().Size() > 0 {
		return v
	}
	return nil
}
