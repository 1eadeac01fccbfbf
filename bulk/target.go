package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// Target is where [Export] writes: one file or several, among which the database divides the rows. It is a description, and
// nothing is created or written before a transfer begins. The zero value has no files, and exporting to it is an error.
type Target struct{ list func() ([]*sink, error) }

// sink is one file of a Target.
type sink struct {
	name        string // for errors and progress; "" if it has none
	compression Compression
	open        func(ctx context.Context) (io.WriteCloser, error)
	replaces    *replacement // what open gives, if bulk creates the file
}

// sinks returns the files of a target.
func (t Target) sinks() ([]*sink, error) {
	if t.list == nil {
		return nil, errNoTarget
	}
	list, err := t.list()
	if err == nil && len(list) == 0 {
		err = errNoTarget
	}
	return list, err
}

var (
	errNoTarget  = errors.New("there is nothing to export to: make a Target with ToWriter, ToFiles or ToCreate")
	errNilWriter = errors.New("the writer is nil")
	errNilCreate = errors.New("the function that creates is nil")
)

// ToWriter writes to w while Export runs, in another goroutine. The writer is not closed. After an error it has a part of
// the data.
//
// If Export is canceled or has failed otherwise, a writer that has a method SetWriteDeadline, such as a net.Conn or a pipe
// of package os, gets a deadline that ends the Write under way. Any other Write is waited for no longer than
// Config.CancelGrace: after such an error the writer may still be in use.
func ToWriter(w io.Writer) Target { return ToWriters(w) }

// ToWriters is ToWriter for several writers, each of which is a file of its own: the database divides the rows among them as
// it likes, and writes to all of them at the same time. With [CSV].Header each of them gets the names of the columns.
func ToWriters(ws ...io.Writer) Target {
	return Target{func() ([]*sink, error) {
		list := make([]*sink, len(ws))
		seen := map[any]int{}
		for i, w := range ws {
			if isNil(w) {
				return nil, nth(i, len(ws), errNilWriter)
			}
			if id := identity(w); id != nil {
				if j, ok := seen[id]; ok {
					return nil, fmt.Errorf("writers %d and %d are the same", j+1, i+1)
				}
				seen[id] = i
			}
			list[i] = &sink{open: func(context.Context) (io.WriteCloser, error) { return lent{w}, nil }}
		}
		return list, nil
	}}
}

// lent is a writer that belongs to the caller, who closes it.
type lent struct{ io.Writer }

func (lent) Close() error { return nil }

// ToCreate writes to what create returns, and closes it when the database has sent everything. The function is called when
// the database begins to send, in another goroutine. The error of Close counts: Export fails then. The name is for errors
// and progress, and its extension tells how the data is to be compressed, as that of a file does.
//
// After an error what was created has a part of the data. If Export is canceled or has failed otherwise, the context of
// create ends and what it has returned is closed, also while a Write is under way.
func ToCreate(name string, create func(ctx context.Context) (io.WriteCloser, error)) Target {
	return Target{func() ([]*sink, error) {
		if create == nil {
			return nil, errNilCreate
		}
		return []*sink{{name: name, compression: compressionOf(name), open: func(ctx context.Context) (io.WriteCloser, error) {
			w, err := create(ctx)
			if err == nil && isNil(w) {
				return nil, errNilWriter
			}
			return w, err
		}}}, nil
	}}
}
