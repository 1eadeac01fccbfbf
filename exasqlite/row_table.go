package exasqlite

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"modernc.org/sqlite/vtab"
)

// The virtual table that an IMPORT inserts from, and a prepared INSERT with many rows. One INSERT ... SELECT takes all rows: nothing
// has to be bound, and SQLite begins, checks and undoes one statement however many rows there are.
//
//	CREATE VIRTUAL TABLE IF NOT EXISTS temp.exa_rows3 USING exa_rows(7, 3)
//	INSERT INTO t1(c1, c2, c3) SELECT f1.c0, f1.c1, f1.c2 FROM temp.exa_rows3 AS f1
//
// Here 7 is the session, whose stream of rows the table reads.

// rowSource is the table for rows of so many columns.
func rowSource(width int) string { return "temp.exa_rows" + strconv.Itoa(width) }

// insertRows runs an INSERT that reads rows of this stream from their table. A goroutine of its own calls send, which sends them.
func (s *session) insertRows(ctx context.Context, insert string, stream *rowStream, send func(context.Context) error) (int64, error) {
	source := fmt.Sprintf("CREATE VIRTUAL TABLE IF NOT EXISTS %s USING exa_rows(%d, %d)", rowSource(stream.width), s.key, stream.width)
	if _, err := s.exec(context.Background(), source); err != nil {
		return 0, err
	}
	sending, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		stream.err = send(sending)
		close(stream.batches)
	}()
	s.stream = stream
	count, err := s.exec(ctx, insert)
	s.stream = nil
	// If SQLite has stopped, the sender has to. What it says then is no reason.
	cancel()
	<-done
	if stream.failed {
		return 0, stream.err
	}
	return count, err
}

// rowModule makes tables of this kind.
type rowModule struct{ backend *Backend }

// Create is called for the first rows of so many columns in a session.
func (m rowModule) Create(ctx vtab.Context, args []string) (vtab.Table, error) {
	return m.Connect(ctx, args)
}

// Connect is called when SQLite has forgotten the table in the meantime.
func (m rowModule) Connect(ctx vtab.Context, args []string) (vtab.Table, error) {
	if len(args) != 5 {
		return nil, fmt.Errorf("exasqlite: %d arguments of a table of rows", len(args))
	}
	key, err := strconv.ParseInt(args[3], 10, 64)
	if err != nil {
		return nil, err
	}
	width, err := strconv.Atoi(strings.TrimSpace(args[4]))
	if err != nil {
		return nil, err
	}
	var columns []string
	for i := range width {
		columns = append(columns, "c"+strconv.Itoa(i))
	}
	return rowTable{m.backend, key}, ctx.Declare("CREATE TABLE x(" + strings.Join(columns, ", ") + ")")
}

// rowTable is a table whose rows come from the session's stream, once.
type rowTable struct {
	backend *Backend
	key     int64
}

func (rowTable) BestIndex(*vtab.IndexInfo) error { return nil }
func (rowTable) Disconnect() error               { return nil }
func (rowTable) Destroy() error                  { return nil }

// Open begins to read.
func (t rowTable) Open() (vtab.Cursor, error) {
	s := t.backend.session(t.key)
	if s == nil || s.stream == nil {
		return nil, errors.New("exasqlite: no rows to read")
	}
	return &rowCursor{ctx: s.ctx, stream: s.stream}, nil
}

// rowCursor is at a row of the stream. SQLite learns of an error only that there is one.
type rowCursor struct {
	ctx    context.Context
	stream *rowStream
	batch  *rowBatch
	row    int // of the batch
	rowid  int64
	ended  bool
}

func (c *rowCursor) Filter(int, string, []vtab.Value) error { return c.advance() }

// Next goes to the next row.
func (c *rowCursor) Next() error {
	c.rowid++
	if c.row++; c.row < c.batch.rows {
		return nil
	}
	return c.advance()
}

// advance waits for the next batch that has rows.
func (c *rowCursor) advance() error {
	for c.row = 0; !c.ended; {
		var err error
		if c.batch, err = c.stream.receive(c.ctx, c.batch); err != nil {
			c.ended = true
			return err
		}
		if c.batch == nil {
			c.ended = true
		} else if c.batch.rows > 0 {
			return nil
		}
	}
	return nil
}

// Eof reports whether there are no more rows.
//
//nolint:revive // the name is that of the interface
func (c *rowCursor) Eof() bool { return c.ended }

// Column returns a stored value.
func (c *rowCursor) Column(i int) (vtab.Value, error) {
	return c.batch.values[c.row*c.stream.width+i], nil
}

func (c *rowCursor) Rowid() (int64, error) { return c.rowid, nil }
func (c *rowCursor) Close() error          { return nil }
