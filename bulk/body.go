package bulk

import (
	"context"
	"io"
	"time"
)

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
	release := guard(ctx, func() { stopReading(r, closed, o.borrowed) })
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
