package bulk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

type readFunc func(b []byte) (int, error)

func (f readFunc) Read(b []byte) (int, error) { return f(b) }

// openFile is what a user's function opens: Read or Write is one of the functions, and so is Close.
type openFile struct {
	move  func(b []byte) (int, error)
	close func() error
}

func (f openFile) Read(b []byte) (int, error)  { return f.move(b) }
func (f openFile) Write(b []byte) (int, error) { return f.move(b) }
func (f openFile) Close() error {
	if f.close == nil {
		return nil
	}
	return f.close()
}

// reads imports what a function of the world reads.
func reads(read func(w *world, b []byte) (int, error)) func(*world) bulk.Source {
	return func(w *world) bulk.Source {
		return bulk.FromReader(readFunc(func(b []byte) (int, error) { return read(w, b) }))
	}
}

// opens imports what a function opens.
func opens(open func(w *world, ctx context.Context) (io.ReadCloser, error)) func(*world) bulk.Source {
	return func(w *world) bulk.Source {
		return bulk.FromOpen("a.csv", func(ctx context.Context) (io.ReadCloser, error) { return open(w, ctx) })
	}
}

// after reads so many bytes before a function comes.
func after(n int, then func(b []byte) (int, error)) io.Reader {
	return io.MultiReader(strings.NewReader(exportedText[:n]), readFunc(then))
}

// goexit ends the goroutine.
func goexit() (int, error) { runtime.Goexit(); return 0, nil }

// withClose imports a text whose Close is a function.
func withClose(end func(w *world) error) func(*world) bulk.Source {
	return opens(func(w *world, _ context.Context) (io.ReadCloser, error) {
		return openFile{rows3000().Read, func() error { return end(w) }}, nil
	})
}

// stopped is a pipe that hangs until it is closed or its deadline has passed.
func (w *world) stopped() net.Conn {
	ours, theirs := net.Pipe()
	go func() {
		<-w.release
		_ = theirs.Close()
		_ = ours.Close()
	}()
	return ours
}

// strangeErrors are errors of users that mean something in this package or in others.
var strangeErrors = map[string]error{
	"the end of a context":        context.Canceled,
	"a closed session":            exawire.ErrSessionClosed,
	"an error of this package":    &bulk.Error{Op: "import", SQL: errDisk},
	"a file's error":              &bulk.FileError{Name: "b", Step: "open", Err: errDisk},
	"the end in the middle":       io.ErrUnexpectedEOF,
	"the abort of an answer":      http.ErrAbortHandler,
	"what is safe to be repeated": &exawire.UnsupportedError{What: "it"},
}

// said is what they say behind the step.
var said = map[string]string{
	"the end of a context":        "context canceled",
	"a closed session":            "session is closed",
	"an error of this package":    "import: the disk is gone",
	"a file's error":              "file b: open: the disk is gone",
	"the end in the middle":       "unexpected EOF",
	"the abort of an answer":      "net/http: abort Handler",
	"what is safe to be repeated": "it needs protocol V0, the session speaks V0",
}

// What the database says when the client does not send the end of a file, and when it refuses one.
const (
	cutOff    = "ETL 000: transfer closed with outstanding read data remaining (18)"
	refusedBy = "ETL 000: The requested URL returned error: 500 (22)"
)

func importFaultsOfClient() []faulty {
	table := []faulty{
		{step: "open", side: client, what: "fails", want: cutOff + "; file a.csv: open: the disk is gone", from: opens(func(*world, context.Context) (io.ReadCloser, error) { return nil, errDisk }), is: errDisk},
		{step: "open", side: client, what: "returns nothing", want: cutOff + "; file a.csv: open: the reader is nil", from: opens(func(*world, context.Context) (io.ReadCloser, error) { return nil, nil })},
		{step: "open", side: client, what: "panics", from: opens(func(*world, context.Context) (io.ReadCloser, error) { panic(errDisk) }), breaks: errDisk},
		{step: "open", side: client, what: "ends its goroutine", from: opens(func(*world, context.Context) (io.ReadCloser, error) { _, err := goexit(); return nil, err }), breaks: "Goexit"},
		{step: "open", side: client, what: "waits for its context", hangs: true, from: opens(func(_ *world, ctx context.Context) (io.ReadCloser, error) {
			<-ctx.Done()
			return nil, errDisk
		})},
		{step: "open", side: client, what: "hangs", hangs: true, took: grace, from: opens(func(w *world, _ context.Context) (io.ReadCloser, error) {
			w.hang()
			return openFile{move: rows3000().Read}, nil
		})},
		{step: "open", side: client, what: "is slow", took: 10 * time.Minute, from: opens(func(*world, context.Context) (io.ReadCloser, error) {
			time.Sleep(10 * time.Minute)
			return io.NopCloser(rows3000()), nil
		})},
		{step: "read", side: client, what: "fails at once", want: cutOff + "; read: the disk is gone", from: reads(func(*world, []byte) (int, error) { return 0, errDisk }), is: errDisk},
		{step: "read", side: client, what: "fails after a part", want: cutOff + "; read: the disk is gone", is: errDisk, from: func(*world) bulk.Source {
			return bulk.FromReader(after(100_000, func([]byte) (int, error) { return 0, errDisk }))
		}},
		{step: "read", side: client, what: "fails after much", want: cutOff + "; read: the disk is gone", is: errDisk, from: func(*world) bulk.Source {
			much := strings.NewReader(strings.Repeat(exportedText, 10))
			return bulk.FromReader(io.MultiReader(much, readFunc(func([]byte) (int, error) { return 0, errDisk })))
		}},
		{step: "read", side: client, what: "fails with the last bytes", want: cutOff + "; read: the disk is gone", is: errDisk, from: reads(func(_ *world, b []byte) (int, error) { return copy(b, exportedText), errDisk })},
		{step: "read", side: client, what: "panics", breaks: errDisk, from: func(*world) bulk.Source {
			return bulk.FromReader(after(100_000, func([]byte) (int, error) { panic(errDisk) }))
		}},
		{step: "read", side: client, what: "panics as net/http does", breaks: http.ErrAbortHandler, from: reads(func(*world, []byte) (int, error) { panic(http.ErrAbortHandler) })},
		{step: "read", side: client, what: "ends its goroutine", breaks: "Goexit", from: reads(func(*world, []byte) (int, error) { return goexit() })},
		{step: "read", side: client, what: "hangs", hangs: true, took: grace, from: reads(func(w *world, _ []byte) (int, error) { w.hang(); return 0, io.EOF })},
		{step: "read", side: client, what: "hangs after a part", hangs: true, took: grace, from: func(w *world) bulk.Source {
			return bulk.FromReader(after(100_000, func([]byte) (int, error) { w.hang(); return 0, io.EOF }))
		}},
		{step: "read", side: client, what: "hangs until it is closed", hangs: true, from: opens(func(w *world, _ context.Context) (io.ReadCloser, error) { return w.stopped(), nil })},
		{step: "read", side: client, what: "hangs until a deadline", hangs: true, from: func(w *world) bulk.Source { return bulk.FromReader(w.stopped()) }},
		{step: "read", side: client, what: "returns nothing for ever", want: cutOff + "; read: multiple Read calls return no data or error", from: reads(func(*world, []byte) (int, error) { return 0, nil }), is: io.ErrNoProgress},
		{step: "read", side: client, what: "returns a negative number", want: cutOff + "; read: the reader has returned a number of bytes that cannot be", from: reads(func(*world, []byte) (int, error) { return -1, nil })},
		{step: "read", side: client, what: "returns too large a number", want: cutOff + "; read: the reader has returned a number of bytes that cannot be", from: reads(func(_ *world, b []byte) (int, error) { return len(b) + 1, nil })},
		{step: "read", side: client, what: "is slow", took: 30 * time.Minute, from: func(*world) bulk.Source {
			n := 0
			return bulk.FromReader(readFunc(func(b []byte) (int, error) {
				if n++; n > 30 {
					return 0, io.EOF
				}
				time.Sleep(time.Minute)
				return copy(b, exportedText[:10_000]), nil
			}))
		}},
		{step: "close", side: client, what: "fails", want: cutOff + "; file a.csv: close: the disk is gone", from: withClose(func(*world) error { return errDisk }), is: errDisk},
		{step: "close", side: client, what: "panics", from: withClose(func(*world) error { panic(errDisk) }), breaks: errDisk},
		{step: "close", side: client, what: "ends its goroutine", from: withClose(func(*world) error { _, err := goexit(); return err }), breaks: "Goexit"},
		{step: "close", side: client, what: "hangs", from: withClose(func(w *world) error { w.hang(); return nil }), hangs: true, took: grace},
		{step: "close", side: client, what: "panics when it is canceled", hangs: true, breaks: errDisk, from: opens(func(w *world, ctx context.Context) (io.ReadCloser, error) {
			return openFile{func([]byte) (int, error) { <-ctx.Done(); return 0, errShort }, func() error { panic(errDisk) }}, nil
		})},
		{step: "body", side: client, what: "is empty", from: func(*world) bulk.Source { return bulk.FromReader(&bytes.Buffer{}) }},
		{step: "body", side: client, what: "of one of three files fails", want: "ETL 001: transfer closed with outstanding read data remaining (18); file number 2: read: the disk is gone", is: errDisk, from: func(*world) bulk.Source {
			return bulk.FromReaders(rows3000(), after(100_000, func([]byte) (int, error) { return 0, errDisk }), rows3000())
		}},
		{step: "body", side: client, what: "of the last of three files fails", want: "ETL 002: transfer closed with outstanding read data remaining (18); file number 3: read: the disk is gone", opts: []bulk.Option{bulk.Parallel(1)}, is: errDisk, from: func(*world) bulk.Source {
			return bulk.FromReaders(rows3000(), rows3000(), after(100_000, func([]byte) (int, error) { return 0, errDisk }))
		}},
		{step: "body", side: client, what: "of one of three files hangs", hangs: true, took: grace, from: func(w *world) bulk.Source {
			return bulk.FromReaders(rows3000(), after(100_000, func([]byte) (int, error) { w.hang(); return 0, io.EOF }), rows3000())
		}},
		{step: "body", side: client, what: "of a file is no gzip", opts: []bulk.Option{bulk.Compressed(bulk.Gzip)}},
	}
	for what, err := range strangeErrors {
		table = append(table, faulty{step: "read", side: client, what: "fails with " + what, is: err, want: cutOff + "; read: " + said[what], from: reads(func(*world, []byte) (int, error) { return 0, err })})
	}
	return append(table, progressFaults()...)
}

// progressFaults are those of a function that is told of progress. The transfer is slow, so that there is some.
func progressFaults() []faulty {
	slowly := func(*world) bulk.Source {
		n := 0
		return bulk.FromReader(readFunc(func(b []byte) (int, error) {
			if n++; n > 10 {
				return 0, io.EOF
			}
			time.Sleep(time.Second)
			return copy(b, exportedText), nil
		}))
	}
	return []faulty{
		{step: "progress", side: client, what: "hangs", from: slowly, hangs: true, took: grace, succeeds: true, with: func(w *world) bulk.Option {
			return bulk.OnProgress(func(bulk.Progress) { w.hang() })
		}},
		{step: "progress", side: client, what: "uses the session", from: slowly, took: 10 * time.Second, with: func(w *world) bulk.Option {
			return bulk.OnProgress(func(bulk.Progress) { _, _ = w.sess.Exec(context.Background(), "SELECT 1") })
		}},
		{step: "progress", side: client, what: "panics", from: slowly, took: 2 * time.Second, within: time.Second, breaks: errDisk, opts: []bulk.Option{bulk.OnProgress(func(bulk.Progress) { panic(errDisk) })}},
		{step: "progress", side: client, what: "ends its goroutine", from: slowly, took: 2 * time.Second, within: time.Second, breaks: "Goexit", opts: []bulk.Option{bulk.OnProgress(func(bulk.Progress) { _, _ = goexit() })}},
		{step: "progress", side: client, what: "is slow", from: slowly, took: 15100 * time.Millisecond, within: 5 * time.Second, opts: []bulk.Option{bulk.OnProgress(func(bulk.Progress) { time.Sleep(5 * time.Second) })}},
	}
}

var errShort = errors.New("no place is left")

func writes(write func(w *world, b []byte) (int, error)) func(*world) bulk.Target {
	return func(w *world) bulk.Target {
		return bulk.ToWriter(openFile{move: func(b []byte) (int, error) { return write(w, b) }})
	}
}

func creates(create func(w *world, ctx context.Context) (io.WriteCloser, error)) func(*world) bulk.Target {
	return func(w *world) bulk.Target {
		return bulk.ToCreate("a.csv", func(ctx context.Context) (io.WriteCloser, error) { return create(w, ctx) })
	}
}

func discardUntil(n int, then func(b []byte) (int, error)) func(b []byte) (int, error) {
	return func(b []byte) (int, error) {
		if n -= len(b); n > 0 {
			return len(b), nil
		}
		return then(b)
	}
}

// createsWith exports to a writer whose Close is a function.
func createsWith(end func(w *world) error) func(*world) bulk.Target {
	return creates(func(w *world, _ context.Context) (io.WriteCloser, error) {
		return openFile{io.Discard.Write, func() error { return end(w) }}, nil
	})
}

func exportFaultsOfClient() []faulty {
	table := []faulty{
		{step: "create", side: client, what: "fails", want: refusedBy + "; file a.csv: open: the disk is gone", to: creates(func(*world, context.Context) (io.WriteCloser, error) { return nil, errDisk }), is: errDisk},
		{step: "create", side: client, what: "returns nothing", want: refusedBy + "; file a.csv: open: the writer is nil", to: creates(func(*world, context.Context) (io.WriteCloser, error) { return nil, nil })},
		{step: "create", side: client, what: "panics", to: creates(func(*world, context.Context) (io.WriteCloser, error) { panic(errDisk) }), breaks: errDisk},
		{step: "create", side: client, what: "ends its goroutine", to: creates(func(*world, context.Context) (io.WriteCloser, error) { _, err := goexit(); return nil, err }), breaks: "Goexit"},
		{step: "create", side: client, what: "waits for its context", hangs: true, to: creates(func(_ *world, ctx context.Context) (io.WriteCloser, error) {
			<-ctx.Done()
			return nil, errDisk
		})},
		{step: "create", side: client, what: "hangs", hangs: true, took: grace, to: creates(func(w *world, _ context.Context) (io.WriteCloser, error) {
			w.hang()
			return openFile{move: io.Discard.Write}, nil
		})},
		{step: "create", side: client, what: "is slow", took: 10 * time.Minute, to: creates(func(*world, context.Context) (io.WriteCloser, error) {
			time.Sleep(10 * time.Minute)
			return openFile{move: io.Discard.Write}, nil
		})},
		{step: "create", side: client, what: "has no directory", want: "file /none/of/these/a.csv: open: no such file or directory", to: func(*world) bulk.Target { return bulk.ToFiles("/none/of/these/a.csv") }, is: os.ErrNotExist},
		{step: "write", side: client, what: "fails at once", want: refusedBy + "; write: no place is left", to: writes(func(*world, []byte) (int, error) { return 0, errShort }), is: errShort},
		{step: "write", side: client, what: "fails after a part", want: refusedBy + "; write: no place is left", is: errShort, to: func(*world) bulk.Target {
			return bulk.ToWriter(openFile{move: discardUntil(100_000, func([]byte) (int, error) { return 0, errShort })})
		}},
		{step: "write", side: client, what: "fails although it has written", want: refusedBy + "; write: no place is left", to: writes(func(_ *world, b []byte) (int, error) { return len(b), errShort }), is: errShort},
		{step: "write", side: client, what: "is short", want: refusedBy + "; write: short write", to: writes(func(_ *world, b []byte) (int, error) { return len(b) - 1, nil }), is: io.ErrShortWrite},
		{step: "write", side: client, what: "returns a negative number", want: refusedBy + "; write: the writer has returned a number of bytes that cannot be", to: writes(func(*world, []byte) (int, error) { return -1, nil })},
		{step: "write", side: client, what: "returns too large a number", want: refusedBy + "; write: the writer has returned a number of bytes that cannot be", to: writes(func(_ *world, b []byte) (int, error) { return len(b) + 1, nil })},
		{step: "write", side: client, what: "panics", to: writes(func(*world, []byte) (int, error) { panic(errShort) }), breaks: errShort},
		{step: "write", side: client, what: "panics as net/http does", to: writes(func(*world, []byte) (int, error) { panic(http.ErrAbortHandler) }), breaks: http.ErrAbortHandler},
		{step: "write", side: client, what: "ends its goroutine", to: writes(func(*world, []byte) (int, error) { return goexit() }), breaks: "Goexit"},
		{step: "write", side: client, what: "hangs", hangs: true, took: grace, to: writes(func(w *world, b []byte) (int, error) { w.hang(); return len(b), nil })},
		{step: "write", side: client, what: "hangs until it is closed", hangs: true, to: creates(func(w *world, _ context.Context) (io.WriteCloser, error) { return w.stopped(), nil })},
		{step: "write", side: client, what: "hangs until a deadline", hangs: true, to: func(w *world) bulk.Target { return bulk.ToWriter(w.stopped()) }},
		{step: "write", side: client, what: "is slow", took: 3 * time.Minute, within: 3 * time.Minute, to: writes(func(_ *world, b []byte) (int, error) {
			time.Sleep(time.Minute * time.Duration(len(b)) / 100_000)
			return len(b), nil
		})},
		{step: "close", side: client, what: "fails", want: refusedBy + "; file a.csv: close: no place is left", to: createsWith(func(*world) error { return errShort }), is: errShort},
		{step: "close", side: client, what: "panics", to: createsWith(func(*world) error { panic(errShort) }), breaks: errShort},
		{step: "close", side: client, what: "ends its goroutine", to: createsWith(func(*world) error { _, err := goexit(); return err }), breaks: "Goexit"},
		{step: "close", side: client, what: "hangs", to: createsWith(func(w *world) error { w.hang(); return nil }), hangs: true, took: grace},
		{step: "close", side: client, what: "panics when it is canceled", hangs: true, breaks: errShort, to: creates(func(w *world, ctx context.Context) (io.WriteCloser, error) {
			return openFile{func([]byte) (int, error) { <-ctx.Done(); return 0, errDisk }, func() error { panic(errShort) }}, nil
		})},
		{step: "body", side: client, what: "of one of three files fails", want: "ETL 001: The requested URL returned error: 500 (22); file number 2: write: no place is left", is: errShort, to: func(*world) bulk.Target {
			return bulk.ToWriters(&strings.Builder{}, openFile{move: discardUntil(100_000, func([]byte) (int, error) { return 0, errShort })}, &strings.Builder{})
		}},
		{step: "body", side: client, what: "of one of three files hangs", hangs: true, took: grace, to: func(w *world) bulk.Target {
			return bulk.ToWriters(&strings.Builder{}, openFile{move: discardUntil(100_000, func(b []byte) (int, error) { w.hang(); return len(b), nil })}, &strings.Builder{})
		}},
		{step: "body", side: database, what: "is no gzip", want: refusedBy + "; read: gzip: gzip: invalid header", opts: []bulk.Option{bulk.Compress()}},
	}
	for what, err := range strangeErrors {
		table = append(table, faulty{step: "write", side: client, what: "fails with " + what, is: err, want: refusedBy + "; write: " + said[what], to: writes(func(*world, []byte) (int, error) { return 0, err })})
	}
	return table
}
