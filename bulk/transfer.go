package bulk

import (
	"context"
	"io"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/errtext"
)

// file is one file of a transfer, which has a tunnel of its own. One of send, receive and ranges is set.
//
// The context of send and receive ends when the transfer is over or the database has hung up: what they have opened must be
// closed then, if that is what ends a Read or a Write. An error that is a *FileError itself, not wrapped, says at which step
// of the file it happened; otherwise send fails at "read" and receive at "write".
type file struct {
	name    string                                          // for errors and progress; "" if it has none
	suffix  string                                          // of its name in the statement, such as ".csv.gz"
	size    int64                                           // of the body, -1 if that is not known
	send    func(ctx context.Context, to io.Writer) error   // writes the body, for IMPORT
	again   bool                                            // send may be called a second time
	receive func(ctx context.Context, from io.Reader) error // reads the body to its end, for EXPORT
	ranges  io.ReaderAt                                     // the body, of which any part may be asked for, for Parquet
	rows    func() int64                                    // how many were moved so far; nil if nobody knows; called by any goroutine
}

// place is where the database finds a file: AT address PUBLIC KEY pin FILE name.
type place struct {
	address string // with the scheme
	pin     string // "" for none
	name    string // of digits, small letters, points and underscores
}

// transfer is a statement and its files, or several statements if there are more files than tunnels.
type transfer struct {
	op      string // "import" or "export"
	session *exawire.Session
	exec    execFunc // of a session or a transaction; [transfer.runInTransaction] sets it
	files   []file
	sql     func(places []place) string // the statement, with the places of some of the files, in their order
	check   func(rows int64) error      // of what the statements have counted, before the transaction is committed; nil for none
	options *options
}

// execFunc runs a statement and returns the number of its rows.
type execFunc = func(ctx context.Context, sql string) (rowCount int64, err error)

// defaultTunnels is how many tunnels an import of several files has at a time.
const defaultTunnels = 16

// run moves the files by as many statements as it takes. An error is an *Error, and then the transaction must not be
// committed: rows may be in it.
//
// It waits for everything that it has started, but no longer than Config.CancelGrace for a Read or a Write of the user's
// that does not return although the transfer is over. The goroutine in it ends when it returns. A panic in send or receive
// goes on in the goroutine of the caller.
func (t *transfer) run(ctx context.Context) (Result, error) {
	f, err := t.begin(ctx)
	if err != nil {
		return Result{}, err
	}
	return f.watched(ctx, func(ctx context.Context) *Error { return f.move(ctx, t.exec) })
}

// runInTransaction is run in a transaction as [inTransaction] makes one, which is committed or rolled back when it returns.
func (t *transfer) runInTransaction(ctx context.Context) (Result, error) {
	f, err := t.begin(ctx)
	if err != nil {
		return Result{}, err
	}
	return f.watched(ctx, func(ctx context.Context) *Error {
		var moved *Error
		end := inTransaction(ctx, t.session, func(exec execFunc) error {
			if moved = f.move(ctx, exec); moved != nil {
				return moved
			}
			return nil
		})
		switch {
		case end.err == nil:
			return nil
		case moved == nil: // it could not be begun or committed
			moved = f.failed(end.err)
		}
		if end.undone != nil {
			moved.SQL = errtext.Join(moved.SQL, end.undone)
		}
		moved.Open = end.open && f.sent && t.session.Err() == nil
		moved.Uncertain = end.uncertain
		return moved
	})
}

// groups splits the files into those of one statement each.
func (f *flow) groups() [][]int {
	most := f.t.options.parallel
	if most <= 0 {
		most = defaultTunnels
	}
	if f.t.op != opImport {
		most = len(f.t.files) // one query writes all of them
	}
	var groups [][]int
	for i := range f.t.files {
		if i%max(most, 1) == 0 {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], i)
	}
	return groups
}

// The operations.
const (
	opImport = "import"
	opExport = "export"
)
