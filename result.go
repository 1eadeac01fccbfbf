package exawire

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

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

// openResults reads the payload of a statement's answer. The lock is held.
func (s *Session) openResults(ctx context.Context, a *answer, onClose func(context.Context) error) ([]*Result, error) {
	if a.Data == nil {
		return nil, errors.New("no responseData")
	}
	parsed, err := commands.ParseResults(a.Data)
	if err != nil {
		return nil, err
	}
	if a.late != nil {
		if handles, rows := handlesOf(parsed); rows {
			s.closeHandlesLocked(ctx, handles)
			return nil, fmt.Errorf("exawire: %w: %w", a.late, errLate)
		}
	}
	results := make([]*Result, len(parsed))
	for i, p := range parsed {
		results[i] = &Result{rowCount: p.RowCount}
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

// closeHandlesLocked closes result sets that nobody will read. The lock is held. Failing costs nothing but memory on
// the server until the session ends, so errors are dropped.
func (s *Session) closeHandlesLocked(ctx context.Context, handles []int) {
	if len(handles) > 0 {
		s.sendLocked(ctx, commands.CloseResultSet{Handles: handles})
	}
}

// sendLocked sends a command that cleans up. The lock is held.
func (s *Session) sendLocked(ctx context.Context, cmd commands.Command) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.client.cfg.CancelGrace)
	defer cancel()
	if request, err := commands.Append(nil, cmd); err == nil {
		_ = s.exchange(ctx, command{name: cmd.CommandName(), payload: request}, nil)
	}
}

// source is what the rows of a result set need of their session.
type source struct{ s *Session }

var _ resultset.Source = source{}

// FetchChunk sends one fetch.
func (f source) FetchChunk(ctx context.Context, handle int, start, numBytes int64) (resultset.Chunk, error) {
	chunk, err := f.s.fetch(ctx, handle, start, numBytes)
	return chunk, wasSent(err) // the statement was, whatever became of the fetch
}

// CloseHandle sends one closeResultSet.
func (f source) CloseHandle(ctx context.Context, handle int) error {
	return wasSent(f.s.CloseResultSet(ctx, handle))
}

// Fail closes the session, because rows that make no sense came from it.
func (f source) Fail(err error) error { return f.s.protocolError("fetch", "unreadable rows", err) }

// fetch sends the command and returns the rows undecoded, with the message that they are in.
func (s *Session) fetch(ctx context.Context, handle int, start, numBytes int64) (chunk resultset.Chunk, err error) {
	cmd := commands.Fetch{Handle: handle, StartPosition: start, NumBytes: numBytes}
	err = s.do(ctx, cmd, nil, func(a *answer) error {
		f, err := commands.ParseFetch(a.message)
		if err != nil {
			return err
		}
		a.Response = f.Response
		if err := s.settle(cmd.CommandName(), a); err != nil {
			return err
		}
		if a.late != nil {
			return fmt.Errorf("exawire: fetch: %w: %w", a.late, errLate)
		}
		chunk = resultset.Chunk{NumRows: f.NumRows, Data: f.Data, Waited: a.waited, Formats: s.currentFormats(), Release: a.keep()}
		chunk.Finish = func(consumed int) error {
			if err := f.Finish(consumed); err != nil {
				return err
			}
			return s.merge(f.RawAttributes)
		}
		return nil
	})
	return chunk, err
}
