package exawire

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/fields"
	"github.com/exawire/exawire/internal/grace"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
	"github.com/goccy/go-json"
)

// Disconnect ends the session on the server: the command disconnect (V1). An open transaction is rolled back. Afterwards
// nothing but Close is of use. [Session.Close] sends it by itself.
func (s *Session) Disconnect(ctx context.Context, attrs ...Attribute) error {
	return s.ask(ctx, commands.Disconnect{}, attrs, nil)
}

// Execute runs one statement without parameters: the command execute (V1). Attributes take effect before the
// statement. The context governs the statement and the rows that it returns, until they are closed.
func (s *Session) Execute(ctx context.Context, sql string, attrs ...Attribute) (*Result, error) {
	result, out := s.one(ctx, newCall(commands.Execute{SQLText: sql}, attrs), nil)
	return result, out.err()
}

// ExecuteBatch runs statements one after the other: the command executeBatch (V1). It returns one result for each statement,
// in order; the rows among them must be closed. If a statement fails, its error is returned and the ones after it are not
// run. What the ones before it did stays in the transaction, or is committed if autocommit is on.
func (s *Session) ExecuteBatch(ctx context.Context, sqls []string, attrs ...Attribute) ([]*Result, error) {
	results, out := s.batch(ctx, sqls, attrs, nil)
	return results, out.err()
}

// Fetch reads rows of an open result set: the command fetch (V1). It begins at the zero-based row start and asks for about
// numBytes bytes, from 1 to commands.MaxFetchBytes; the server sends at least one row if there is one. Any position can be
// read, any number of times. The batch owns its memory. rs comes from [Session.GetResultSetHeader] or, through
// commands.ParseResults, from [Session.Do]. [Rows] fetch by themselves.
func (s *Session) Fetch(ctx context.Context, rs *commands.ResultSet, start, numBytes int64, attrs ...Attribute) (*Batch, error) {
	cmd := commands.Fetch{Handle: rs.Handle, StartPosition: start, NumBytes: numBytes}
	chunk, out := s.fetch(ctx, cmd, attrs, (*commands.FetchAnswer).CheckRows)
	if !out.ok() {
		return nil, out.err()
	}
	defer chunk.Release()
	var borrowed Batch
	consumed, err := resultset.NewDecoder(rs.Columns, chunk.Formats).Decode(&borrowed, chunk.Data, start, chunk.NumRows)
	if err != nil {
		// The document is sound, but the columns are the caller's.
		return nil, failed(out.Sent, errtext.Errorf("fetch: rows do not fit the columns: %w", err))
	}
	if err := chunk.Finish(consumed); err != nil {
		return nil, failed(out.Sent, s.protocolError("fetch", "unreadable rows", err))
	}
	return borrowed.Clone(), nil
}

// CloseResultSet closes result sets by their handles: the command closeResultSet (V1). [Rows] do it by themselves. Without
// handles and attributes nothing is sent.
func (s *Session) CloseResultSet(ctx context.Context, handles []int, attrs ...Attribute) error {
	if len(handles) == 0 && len(attrs) == 0 {
		return nil
	}
	return s.ask(ctx, commands.CloseResultSet{Handles: handles}, attrs, nil)
}

// GetResultSetHeader describes open result sets without their rows: the command getResultSetHeader (V1).
func (s *Session) GetResultSetHeader(ctx context.Context, handles []int, attrs ...Attribute) (headers []*commands.ResultSet, err error) {
	err = s.ask(ctx, commands.GetResultSetHeader{Handles: handles}, attrs, func(a *answer) error {
		results, err := commands.ParseResultsOf(a.Data, len(handles))
		if err != nil {
			return err
		}
		if len(results) != len(handles) {
			return fmt.Errorf("%d headers for %d handles", len(results), len(handles))
		}
		for i, r := range results {
			if r.ResultSet == nil {
				return fmt.Errorf("header %d of %d is not one of a result set", i+1, len(results))
			}
			rs := *r.ResultSet
			rs.Data = nil // it would alias the message
			rs.NumRowsInMessage = 0
			if rs.Handle == commands.NoHandle {
				rs.Handle = handles[i]
			}
			headers = append(headers, &rs)
		}
		return nil
	})
	return headers, err
}

// GetOffset returns the zero-based row of the whole result set at which this subconnection's part begins: the command
// getOffset (V1).
func (s *Session) GetOffset(ctx context.Context, handle int, attrs ...Attribute) (offset int64, err error) {
	err = s.ask(ctx, commands.GetOffset{Handle: handle}, attrs, func(a *answer) (err error) {
		offset, err = commands.ParseOffset(a.Data)
		return err
	})
	return offset, err
}

// GetAttributes asks the server for all session attributes: the command getAttributes (V1). Attributes in attrs are set
// first.
func (s *Session) GetAttributes(ctx context.Context, attrs ...Attribute) (Attributes, error) {
	err := s.ask(ctx, commands.GetAttributes{}, attrs, nil)
	return s.Attributes(), err
}

// SetAttributes changes session attributes: the command setAttributes (V1). Servers do not always say what they have set, so
// the attributes are read back with a second command.
func (s *Session) SetAttributes(ctx context.Context, attrs ...Attribute) error {
	if len(attrs) == 0 {
		return nil
	}
	for _, a := range attrs {
		if err := a.Check(); err != nil { // no need to wait for the session
			return failed(wire.Nothing, errtext.Errorf("%w", err))
		}
	}
	out := s.hold(ctx, func() outcome { return s.assign(ctx, attrs, nil, false) })
	return out.err()
}

// assign sets attributes and reads them back, so that what the session knows is what the server has. step, if not nil, is
// what this is a step of, and final is set if that tidies up, so that nobody aborts
// it, and ctx is one for that. The lock is held.
func (s *Session) assign(ctx context.Context, attrs []Attribute, step condition, final bool) outcome {
	c := newCall(commands.SetAttributes{}, attrs)
	c.intent.ending, c.intent.housekeeping, c.final = step != nil, final, final
	c.intent.need(step)
	out := s.doHeld(ctx, c)
	if !out.ok() {
		return out
	}
	ended := func() time.Time { return out.Ended }
	if !final {
		if !out.GaveUp {
			var stop func() bool
			ended, stop = grace.Watch(ctx)
			defer stop()
		}
		// They are set: the caller must hear so even if its context ends now.
		var cancel context.CancelFunc
		ctx, cancel = s.farewell(ctx, &out)
		defer cancel()
	}
	back := newCall(commands.GetAttributes{}, nil)
	back.intent.housekeeping, back.final = true, true
	read := s.runErrand(ctx, back)
	read.Sent, read.Ended = wire.Whole, ended() // of what was to be done
	return read
}

// Ping makes a round trip, so that it returns nil only if the server answers: the command getAttributes (V1).
func (s *Session) Ping(ctx context.Context) error {
	_, err := s.GetAttributes(ctx)
	return err
}

// AbortQuery aborts the command that is running on the session: the command abortQuery (V1). It may be called from any
// goroutine and does not wait. The running call returns with an error that matches [ErrQueryAborted], or with its result if
// it was done before the abort arrived. Ending the context of the running call does the same.
//
// If no command runs, or only one that tidies up, such as the ROLLBACK of [Tx.Rollback] or what Close of a statement sends,
// nothing is sent, and the error is [ErrNothingToAbort]. A login is not aborted: the error is [ErrNotLoggedIn].
func (s *Session) AbortQuery(ctx context.Context) error {
	switch {
	case ctx == nil:
		return failed(wire.Nothing, errNoContext)
	case ctx.Err() != nil:
		return endedError(ctx)
	}
	if err := s.Err(); err != nil {
		return failed(wire.Nothing, err)
	}
	switch early, running := s.ledger.withdraw(); {
	case early:
		return nil // it is not going to be sent
	case !running:
		return failed(wire.Nothing, s.ledger.nothingToAbort())
	}
	sent, err := s.conn.AbortNow(ctx, abortPayload)
	switch closed := s.Err(); {
	case closed != nil:
		return failed(wire.Nothing, closed)
	case err != nil:
		return failed(wire.Nothing, err) // ctx has ended while a large request was still being written
	case !sent:
		return failed(wire.Nothing, ErrNothingToAbort)
	}
	return nil
}

// GetHosts lists the addresses of the cluster's nodes: the command getHosts (V1). The client may be unable to reach them,
// for example behind address translation.
func (s *Session) GetHosts(ctx context.Context, attrs ...Attribute) (hosts commands.Hosts, err error) {
	err = s.ask(ctx, commands.GetHosts{HostIP: s.hostIP()}, attrs, func(a *answer) (err error) {
		hosts, err = commands.ParseHosts(a.Data)
		return err
	})
	return hosts, err
}

// Do sends a command by its name and returns the payload of its answer as JSON, nil if it has none. It is meant for commands
// that this module does not know. Attributes and exceptions are handled as for all commands. A payload with a result set can
// be read with commands.ParseResults and [Session.Fetch]; its handle must be closed with [Session.CloseResultSet]. Logins,
// disconnect and abortQuery are refused: they have methods of their own.
func (s *Session) Do(ctx context.Context, cmd commands.Raw, attrs ...Attribute) (payload json.RawMessage, err error) {
	if info, ok := commands.Lookup(cmd.Name); ok && (info.Family == commands.FamilyLogin || !info.Response || info.Name == "disconnect") {
		return nil, failed(wire.Nothing, errtext.Errorf("%s cannot be sent by Do: use Session.%s", info.Name, info.Method))
	}
	if cmd.Name == "" {
		return nil, failed(wire.Nothing, errors.New("exawire: the command has no name"))
	}
	c := newCall(cmd, attrs)
	c.read = func(a *answer) error {
		if a.Data != nil {
			payload = append(json.RawMessage{}, a.Data...)
		}
		return nil
	}
	if out := s.do(ctx, c); !out.ok() {
		return nil, out.err()
	}
	return payload, nil
}

// metadataRows runs a metadata command when the iteration begins.
func metadataRows[T any](ctx context.Context, s *Session, cmd commands.Command, attrs []Attribute) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		result, out := s.one(ctx, newCall(cmd, attrs), nil)
		if !out.ok() {
			yield(zero, out.err())
			return
		}
		rows, ok := result.Rows()
		if !ok {
			yield(zero, failed(out.Sent, s.protocolError(cmd.CommandName(), "the answer has no result set", nil)))
			return
		}
		for row, err := range eachMetadata[T](rows) {
			if !yield(row, err) {
				return
			}
		}
	}
}

// eachMetadata reads the rows of a metadata command, which newer servers can give more columns: what has no field of its
// own goes into the field Extra.
func eachMetadata[T any](rows *Rows) iter.Seq2[T, error] {
	extra := extraColumns(reflect.TypeFor[T](), rows.Columns())
	if len(extra) == 0 {
		return resultset.Each[T](rows, resultset.Lax())
	}
	return func(yield func(T, error) bool) {
		for row, err := range rows.All() {
			var v T
			if err == nil {
				v, err = resultset.Scan[T](row, resultset.Lax())
			}
			if err == nil {
				err = addExtra(reflect.ValueOf(&v).Elem(), row, extra)
			}
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

// extraColumns returns the columns that have no field in a row of a metadata command.
func extraColumns(t reflect.Type, cols []ColumnInfo) (extra []int) {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	targets, err := fields.Map(t, names, fields.Mapping{Lax: true})
	if err != nil {
		return nil // reading the rows says why
	}
	known := make(map[int]bool, len(targets))
	for _, to := range targets {
		known[to.Column] = true
	}
	for i := range cols {
		if !known[i] {
			extra = append(extra, i)
		}
	}
	return extra
}

// addExtra sets the field Extra of v.
func addExtra(v reflect.Value, row resultset.Row, extra []int) error {
	all := make([]commands.ExtraColumn, len(extra))
	for i, col := range extra {
		value, err := row.Value(col)
		if err != nil {
			return fmt.Errorf("extra column: %w", err)
		}
		all[i] = commands.ExtraColumn{Column: row.Columns()[col], Value: value}
	}
	v.FieldByName("Extra").Set(reflect.ValueOf(all))
	return nil
}
