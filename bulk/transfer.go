package bulk

import (
	"context"
	"io"

	"github.com/exawire/exawire"
)

// file is one file of a transfer, which has a tunnel of its own. One of send, receive and ranges is set.
type file struct {
	name    string                                          // for errors and progress; "" if it has none
	suffix  string                                          // of its name in the statement, such as ".csv.gz"
	size    int64                                           // of the body, -1 if that is not known
	send    func(ctx context.Context, to io.Writer) error   // writes the body, for IMPORT
	again   bool                                            // send may be called a second time
	receive func(ctx context.Context, from io.Reader) error // reads the body to its end, for EXPORT
	ranges  io.ReaderAt                                     // the body, of which any part may be asked for, for Parquet
	rows    func() int64                                    // how many were moved so far; nil if nobody knows
}

// place is where the database finds a file: AT address PUBLIC KEY pin FILE name.
type place struct {
	address string // with the scheme
	pin     string // "" for none
	name    string // of digits, small letters, points and underscores
}

// transfer is one statement and its files.
type transfer struct {
	op      string // "import" or "export"
	session *exawire.Session
	exec    execFunc // of a session or a transaction
	files   []file
	sql     func(places []place) string // the statement, with the places of the files in their order
	options *options
}

// execFunc runs a statement and returns the number of its rows.
type execFunc = func(ctx context.Context, sql string) (rowCount int64, err error)
