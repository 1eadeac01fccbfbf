package exawire

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
)

// Result is the outcome of one statement: a number of rows that it changed, or rows to read.
type Result struct {
	rowCount int64
	rows     *Rows
}

// RowCount returns the number of rows that the statement changed, 0 if it returned rows or has no count.
func (r *Result) RowCount() int64 {
	if r == nil {
		return 0
	}
	return r.rowCount
}

// Rows returns the rows of the statement. ok is false if it gave a row count. The rows must be closed, which reading
// them to the end through an iterator does.
func (r *Result) Rows() (rows *Rows, ok bool) {
	if r == nil {
		return nil, false
	}
	return r.rows, r.rows != nil
}

// Close closes the rows, if there are any.
func (r *Result) Close() error {
	if rows, ok := r.Rows(); ok {
		return rows.Close()
	}
	return nil
}

// mostResults is how many results the answer to one statement may have. No known one has more than one.
const mostResults = 100

// rowsOf returns the rows of a result, none if it has a count.
func (s *Session) rowsOf(ctx context.Context, result *Result, out *outcome) (*Rows, error) {
	if !out.ok() {
		return nil, out.err()
	}
	if rows, ok := result.Rows(); ok {
		return rows, nil
	}
	none := &commands.ResultSet{Handle: commands.NoHandle}
	return resultset.Open(ctx, source{s}, none, resultset.Options{RowCount: result.RowCount()}), nil
}

// resultOf returns the result of a statement as it is.
func resultOf(result *Result, out *outcome) (*Result, error) {
	if !out.ok() {
		return nil, out.err()
	}
	return result, nil
}

// countOf returns the row count of a result and closes the rows that it has instead.
func countOf(result *Result, out *outcome) (rowCount int64, err error) {
	if !out.ok() {
		return 0, out.err()
	}
	return result.RowCount(), failed(out.Sent, result.Close())
}

// one sends a command whose answer has one result. Further results, which no known statement has, are closed.
func (s *Session) one(ctx context.Context, c *call, onClose func(context.Context) error) (result *Result, out outcome) {
	c.parse = (*answer).parseOne
	c.read = func(a *answer) (err error) {
		c.results, err = s.openResults(ctx, a, onClose)
		switch {
		case err != nil || a.dropped:
			return err
		case len(c.results) == 0:
			return errors.New("no result")
		}
		for _, more := range c.results[1:] {
			if rows, ok := more.Rows(); ok && rows.Handle() != commands.NoHandle {
				s.ledger.lend(-1)
				s.owe(a, []int{rows.Handle()})
			}
		}
		return nil
	}
	if out = s.do(ctx, c); !out.ok() {
		return nil, out
	}
	return &c.results[0], out
}

// batch is ExecuteBatch.
func (s *Session) batch(ctx context.Context, sqls []string, attrs []Attribute) (results []*Result, out outcome) {
	c := newCall(commands.ExecuteBatch{SQLTexts: sqls}, attrs)
	c.parse = func(a *answer) error { return a.parseResults(len(sqls)) }
	c.read = func(a *answer) (err error) {
		c.results, err = s.openResults(ctx, a, nil)
		if err == nil && !a.dropped && len(c.results) != len(sqls) {
			err = fmt.Errorf("%d results for %d statements", len(c.results), len(sqls))
		}
		return err
	}
	if out = s.do(ctx, c); !out.ok() {
		return nil, out
	}
	results = make([]*Result, len(c.results))
	for i := range results {
		results[i] = &c.results[i]
	}
	return results, out
}

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
	s.ledger.lend(len(handles))
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
	cfg := s.cfg
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
	f.s.ledger.lend(-1)
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
		c.fetched = rows.NumRows
		return nil
	}
	return chunk, s.do(ctx, c)
}
