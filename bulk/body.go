package bulk

import (
	"context"
	"io"
	"time"
)

// formatCSV is how the names of files end in a statement.
const formatCSV = ".csv"

// file describes an origin to a transfer.
func (o *origin) file(opts *options, format string) (file, error) {
	f := file{name: o.name, size: o.size, again: o.again}
	on, here, err := opts.choose(o.compression)
	if err != nil {
		return file{}, &FileError{Name: o.name, Step: "open", Err: err}
	}
	if here {
		f.size = -1
	}
	f.suffix = suffix(format, on)
	f.send = func(ctx context.Context, to io.Writer) error { return o.send(ctx, to, here) }
	return f, nil
}

// send writes the body of a file. An error of the reader is a *FileError, one of to is returned as it is.
func (o *origin) send(ctx context.Context, to io.Writer, compress bool) error {
	r, err := o.open(ctx)
	if err != nil {
		return &FileError{Name: o.name, Step: "open", Err: err}
	}
	closed := closeOnce(r)
	release := guard(ctx, func() { stopReading(r, closed) })
	defer release()
	defer closed() //nolint:errcheck // what it returns was looked at, or there is a panic
	copied := pump
	if compress {
		copied = deflate
	}
	readErr, writeErr := copied(to, r)
	switch {
	case readErr != nil:
		return &FileError{Name: o.name, Step: "read", Err: readErr}
	case writeErr != nil:
		return writeErr
	}
	if err := closed(); err != nil {
		return &FileError{Name: o.name, Step: "close", Err: err}
	}
	return nil
}

// stopReading ends a Read that is under way. A reader that belongs to the caller is not closed.
func stopReading(r io.Reader, closed func() error) {
	b, ok := r.(borrowed)
	if !ok {
		_ = closed()
		return
	}
	if d, ok := b.Reader.(interface{ SetReadDeadline(t time.Time) error }); ok {
		_ = d.SetReadDeadline(past)
	}
}

// file describes a sink to a transfer.
func (k *sink) file(opts *options, format string) (file, error) {
	f := file{name: k.name, size: -1}
	on, here, err := opts.choose(k.compression)
	if err == nil && on == Zip {
		err = errZipExport
	}
	if err != nil {
		return file{}, &FileError{Name: k.name, Step: "open", Err: err}
	}
	f.suffix = suffix(format, on)
	f.receive = func(ctx context.Context, from io.Reader) error { return k.receive(ctx, from, here) }
	return f, nil
}

// receive reads a body to its end and writes it. The tunnel knows for itself whether from has failed.
func (k *sink) receive(ctx context.Context, from io.Reader, decompress bool) error {
	w, err := k.open(ctx)
	if err != nil {
		return &FileError{Name: k.name, Step: "open", Err: err}
	}
	closed := closeOnce(w)
	release := guard(ctx, func() { stopWriting(w, closed) })
	defer release()
	defer closed() //nolint:errcheck // what it returns was looked at, or something else has failed
	copied := pump
	if decompress {
		copied = inflate
	}
	readErr, writeErr := copied(w, from)
	switch {
	case readErr != nil:
		return &FileError{Name: k.name, Step: "read", Err: readErr}
	case writeErr != nil:
		return &FileError{Name: k.name, Step: "write", Err: writeErr}
	}
	if err := closed(); err != nil {
		return &FileError{Name: k.name, Step: "close", Err: err}
	}
	return nil
}

// stopWriting is stopReading for a Write.
func stopWriting(w io.Writer, closed func() error) {
	l, ok := w.(lent)
	if !ok {
		_ = closed()
		return
	}
	if d, ok := l.Writer.(interface{ SetWriteDeadline(t time.Time) error }); ok {
		_ = d.SetWriteDeadline(past)
	}
}
