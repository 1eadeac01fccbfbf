package exawire

import (
	"bytes"
	"context"
	"errors"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
)

// Query runs a statement and returns its rows. The context governs the statement and the rows, until they are closed. The
// caller must close the rows, or read them to the end through an iterator or one of resultset.Each, Collect and One. A
// statement that gives a row count yields rows without columns.
//
// Without arguments it is one round trip (the command execute). With arguments, one for each "?", the statement is
// prepared: one round trip to prepare it, one to run it and, when the rows are closed, one to close it or an older one. The
// session keeps the statements it has prepared, up to Config.StatementCache of them, so that from its second run on a
// statement takes one round trip as well.
//
// What is kept is used only for the same text under the same schema, formats, time zone and other attributes that its
// meaning may depend on. Statements of this session other than queries, changes of data and COMMIT empty the cache, and
// so does an error by which the server rolls the transaction back. What other sessions do to a table is not noticed: an
// argument is then encoded for the type that the column had, and the server converts or refuses it. After a failure the
// statement is prepared anew the next time. An argument that does not fit a kept statement, and a handle that the server
// has forgotten, make the call prepare the statement once more before it fails; it is never run twice.
func (s *Session) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	return s.query(ctx, sql, args, nil)
}

// query is Query for a statement that is a part of something, unless that is nil.
func (s *Session) query(ctx context.Context, sql string, args []any, of condition) (*Rows, error) {
	result, out := s.run(ctx, sql, args, of)
	return s.rowsOf(ctx, result, &out)
}

// rowsOf returns the rows of a result, none if it has a count.
func (s *Session) rowsOf(ctx context.Context, result *Result, out *outcome) (*Rows, error) {
	if !out.ok() {
		return nil, out.err()
	}
	if rows, ok := result.Rows(); ok {
		return rows, nil
	}
	return resultset.Open(ctx, source{s}, &commands.ResultSet{Handle: commands.NoHandle}, resultset.Options{}), nil
}

// Exec runs a statement and returns the number of rows that it changed. See Query for arguments. Rows that the statement
// returns are closed unread and count as 0.
func (s *Session) Exec(ctx context.Context, sql string, args ...any) (rowCount int64, err error) {
	return s.exec(ctx, sql, args, nil)
}

// exec is Exec for a statement that is a part of something, unless that is nil.
func (s *Session) exec(ctx context.Context, sql string, args []any, of condition) (rowCount int64, err error) {
	result, out := s.run(ctx, sql, args, of)
	return countOf(result, &out)
}

// countOf returns the row count of a result and closes the rows that it has instead.
func countOf(result *Result, out *outcome) (rowCount int64, err error) {
	if !out.ok() {
		return 0, out.err()
	}
	return result.RowCount(), failed(out.Sent, result.Close())
}

// run runs a statement, by a prepared one if there are arguments.
func (s *Session) run(ctx context.Context, sql string, args []any, of condition) (*Result, outcome) {
	if len(args) > 0 {
		return s.runPrepared(ctx, sql, args, of)
	}
	c := newCall(commands.Execute{SQLText: sql}, nil)
	c.intent.need(of)
	return s.one(ctx, c, nil)
}

// Result is the outcome of one statement: a number of rows, or rows to read.
type Result struct {
	rowCount int64
	rows     *Rows
}

// RowCount returns the number of rows that the statement changed, 0 if it returned rows or has no count.
func (r *Result) RowCount() int64 { return r.rowCount }

// Rows returns the rows of the statement. ok is false if it gave a row count. The rows must be closed, which reading
// them to the end through an iterator does.
func (r *Result) Rows() (rows *Rows, ok bool) { return r.rows, r.rows != nil }

// Close closes the rows, if there are any.
func (r *Result) Close() error {
	if r.rows == nil {
		return nil
	}
	return r.rows.Close()
}

// mostResults is how many results the answer to one statement may have. No known one has more than one.
const mostResults = 100

// openResults opens the results that were parsed along with an answer. The lock is held. If the caller has given up, what
// is to be read is dropped.
func (s *Session) openResults(ctx context.Context, a *answer, onClose func(context.Context) error) ([]Result, error) {
	switch {
	case a.Data == nil:
		return nil, errors.New("no responseData")
	case a.Invalid != nil:
		return nil, a.Invalid
	}
	parsed := a.Results
	handles, rows := handlesOf(parsed)
	s.ledger.givenOut(handles)
	if a.late && rows {
		a.dropped = true
		s.owe(a, handles)
		return nil, nil
	}
	results := make([]Result, len(parsed))
	for i, p := range parsed {
		results[i].rowCount = p.RowCount
		if p.ResultSet == nil {
			continue
		}
		o := s.rowsOptions()
		switch {
		case p.ResultSet.Data == nil:
		case len(parsed) == 1:
			o.Release = a.keep()
		default:
			// Results that share a message would have to agree on who gives it back; inline data is small.
			p.ResultSet.Data = bytes.Clone(p.ResultSet.Data)
		}
		o.OnClose = onClose
		results[i].rows = resultset.Open(ctx, source{s}, p.ResultSet, o)
		if err := results[i].rows.Err(); err != nil {
			return nil, err // the header contradicts itself, which nobody would hear who does not read the rows
		}
	}
	return results, nil
}

// discard reads the payload of a statement whose result nobody wants.
func (s *Session) discard(a *answer) error {
	parsed, err := commands.ParseResultsOf(a.Data, mostResults)
	handles, _ := handlesOf(parsed)
	s.owe(a, handles)
	return err
}

func (s *Session) rowsOptions() resultset.Options {
	cfg := s.client.cfg
	return resultset.Options{
		Formats:      s.currentFormats(),
		RoundTrip:    s.conn.RoundTripTime(),
		FetchBytes:   cfg.FetchBytes,
		Prefetch:     cfg.Prefetch,
		CloseTimeout: cfg.CancelGrace,
	}
}

// handlesOf returns the open handles among results, and whether there is a result set at all.
func handlesOf(results []commands.Result) (handles []int, rows bool) {
	for _, r := range results {
		if r.ResultSet == nil {
			continue
		}
		rows = true
		if r.ResultSet.Handle != commands.NoHandle {
			handles = append(handles, r.ResultSet.Handle)
		}
	}
	return handles, rows
}

// owe leaves result sets of an answer to be closed behind the command.
func (s *Session) owe(a *answer, handles []int) {
	a.owing = a.owing || len(handles) > 0
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.debts.OweResults(handles...)
}

// source is what the rows of a result set need of their session.
type source struct{ s *Session }

var _ resultset.Source = source{}

// FetchMessage sends one fetch.
func (f source) FetchMessage(ctx context.Context, handle int, start, numBytes int64) (resultset.Message, error) {
	chunk, out := f.s.fetch(ctx, commands.Fetch{Handle: handle, StartPosition: start, NumBytes: numBytes}, nil, nil)
	return chunk, failed(wire.Whole, out.err()) // the statement was sent, whatever became of the fetch
}

// CloseHandle sends one closeResultSet, or leaves it to the next command if others use the session until ctx ends.
func (f source) CloseHandle(ctx context.Context, handle int) error {
	if f.s.isSub() {
		return f.s.tidyAlone(ctx, commands.CloseResultSet{Handles: []int{handle}})
	}
	return failed(wire.Whole, f.s.tidy(ctx, debts.Debt{Handle: handle}))
}

// Fail closes the session, because rows that make no sense came from it.
func (f source) Fail(err error) error {
	return failed(wire.Whole, f.s.protocolError("fetch", "unreadable rows", err))
}

// fetch sends the command and returns the rows undecoded, with the message that they are in. check, if not nil, looks at
// the rows first.
func (s *Session) fetch(ctx context.Context, cmd commands.Fetch, attrs []Attribute, check func(*commands.FetchAnswer) error) (chunk resultset.Message, out outcome) {
	var rows *commands.FetchAnswer
	c := newCall(cmd, attrs)
	c.parse = func(a *answer) (err error) {
		if rows, err = commands.ParseFetch(a.Message); err == nil {
			a.Response = rows.Response
		}
		return err
	}
	c.read = func(a *answer) error {
		if a.dropped = a.late; a.dropped {
			return nil
		}
		if check != nil {
			if err := check(rows); err != nil {
				return err
			}
		}
		chunk = resultset.Message{NumRows: rows.NumRows, Data: rows.Data, Waited: a.Waited, Formats: s.currentFormats(), Release: a.keep()}
		chunk.Finish = rows.Finish
		return nil
	}
	return chunk, s.do(ctx, c)
}
