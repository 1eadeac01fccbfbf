package bulk

import (
	"context"
	"io"
)

// Target is where [Export] writes.
type Target struct {
	list func() ([]io.Writer, error)
}

// ToWriter writes to w.
func ToWriter(w io.Writer) Target { panic("unfinished") }

// ToWriters writes to several writers at the same time.
func ToWriters(ws ...io.Writer) Target { panic("unfinished") }

// ToFiles writes files.
func ToFiles(paths ...string) Target { panic("unfinished") }

// ToCreate writes to what create returns.
func ToCreate(name string, create func(ctx context.Context) (io.WriteCloser, error)) Target {
	panic("unfinished")
}
