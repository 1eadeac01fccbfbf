package exawire

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
	"github.com/goccy/go-json"
)

// Disconnect ends the session on the server: the command disconnect (V1). An open transaction is rolled back. After it
// only Close is of use, and Close sends it by itself.
func (s *Session) Disconnect(ctx context.Context) error {
	return s.do(ctx, commands.Disconnect{}, nil, func(*answer) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.phase = stateDisconnected
		return nil
	})
}

// Execute runs one statement without parameters: the command execute (V1). Attributes take effect before the
// statement. The context governs the statement and the rows that it returns, until they are closed.
func (s *Session) Execute(ctx context.Context, sql string, attrs ...Attribute) (*Result, error) {
	return s.one(ctx, commands.Execute{SQLText: sql}, attrs, nil)
}

// ExecuteBatch runs statements one after the other: the command executeBatch (V1). It returns one result per statement,
// in order; the rows among them must be closed. If a statement fails its error is returned, the ones after it are not
// run, and what the ones before it did stays in the transaction, or is committed if autocommit is on.
func (s *Session) ExecuteBatch(ctx context.Context, sqls []string, attrs ...Attribute) (results []*Result, err error) {
	err = s.do(ctx, commands.ExecuteBatch{SQLTexts: sqls}, attrs, func(a *answer) (err error) {
		results, err = s.openResults(ctx, a, nil)
		if err == nil && len(results) != len(sqls) {
			err = fmt.Errorf("%d results for %d statements", len(results), len(sqls))
		}
		return err
	})
	return results, err
}

// one sends a command whose answer has one result. Further results, which no known statement has, are closed.
func (s *Session) one(ctx context.Context, cmd commands.Command, attrs []Attribute, onClose func(context.Context) error) (result *Result, err error) {
	err = s.do(ctx, cmd, attrs, func(a *answer) error {
		results, err := s.openResults(ctx, a, onClose)
		if err != nil {
			return err
		}
		if len(results) == 0 {
			return errors.New("no result")
		}
		result = results[0]
		if len(results) > 1 {
			parsed, err := commands.ParseResults(a.Data)
			if err != nil {
				return err
			}
			handles, _ := handlesOf(parsed[1:])
			s.closeHandlesLocked(ctx, handles)
		}
		return nil
	})
	return result, err
}

// Fetch reads rows of an open result set: the command fetch (V1). It begins at the zero-based row start and asks for
// about numBytes bytes, 1 to commands.MaxFetchBytes; the server sends at least one row if there are any from there on.
// Any position can be read as often as wanted. The batch owns its memory. rs comes from GetResultSetHeader or, by way of
// commands.ParseResults, from Do. People use Rows.
func (s *Session) Fetch(ctx context.Context, rs *commands.ResultSet, start, numBytes int64) (*Batch, error) {
	chunk, err := s.fetch(ctx, rs.Handle, start, numBytes)
	if err != nil {
		return nil, err
	}
	defer chunk.Release()
	var borrowed Batch
	consumed, err := resultset.NewDecoder(rs.Columns, chunk.Formats).Decode(&borrowed, chunk.Data, start, chunk.NumRows)
	if err == nil {
		err = chunk.Finish(consumed)
	}
	if err != nil {
		return nil, s.protocolError("fetch", "unreadable rows", err)
	}
	return borrowed.Clone(), nil
}

// CloseResultSet closes result sets by their handles: the command closeResultSet (V1). Rows do it by themselves.
func (s *Session) CloseResultSet(ctx context.Context, handles ...int) error {
	if len(handles) == 0 {
		return nil
	}
	return s.do(ctx, commands.CloseResultSet{Handles: handles}, nil, nil)
}

// GetResultSetHeader describes open result sets without their rows: the command getResultSetHeader (V1).
func (s *Session) GetResultSetHeader(ctx context.Context, handles ...int) (headers []*commands.ResultSet, err error) {
	err = s.do(ctx, commands.GetResultSetHeader{Handles: handles}, nil, func(a *answer) error {
		results, err := commands.ParseResults(a.Data)
		if err != nil {
			return err
		}
		if len(results) != len(handles) {
			return fmt.Errorf("%d headers for %d handles", len(results), len(handles))
		}
		for i, r := range results {
			if r.ResultSet == nil {
				return fmt.Errorf("header %d is not one of a result set", i)
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
func (s *Session) GetOffset(ctx context.Context, handle int) (offset int64, err error) {
	err = s.do(ctx, commands.GetOffset{Handle: handle}, nil, func(a *answer) (err error) {
		offset, err = commands.ParseOffset(a.Data)
		return err
	})
	return offset, err
}

// GetAttributes asks the server for all session attributes: the command getAttributes (V1).
func (s *Session) GetAttributes(ctx context.Context) (Attributes, error) {
	err := s.do(ctx, commands.GetAttributes{}, nil, nil)
	return s.Attributes(), err
}

// SetAttributes changes session attributes: the command setAttributes (V1). Servers do not always say what they set,
// so the attributes are read back with a second command.
func (s *Session) SetAttributes(ctx context.Context, attrs ...Attribute) error {
	if len(attrs) == 0 {
		return nil
	}
	return s.do(ctx, commands.SetAttributes{}, attrs, func(*answer) error {
		// They are set: the caller must hear so even if its context ends now, or other callers wait for the session.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.client.cfg.CancelGrace)
		defer cancel()
		return s.exchange(ctx, command{name: "getAttributes", payload: getAttributesPayload}, nil)
	})
}

// Ping makes a round trip, so that it returns nil only if the server answers: the command getAttributes (V1).
func (s *Session) Ping(ctx context.Context) error {
	_, err := s.GetAttributes(ctx)
	return err
}

// AbortQuery aborts the command that is running on the session: the command abortQuery (V1). It may be called from any
// goroutine and does not wait: it is the running call that returns, with an error that matches ErrQueryAborted, or with
// its result if it was done before the abort arrived. If no command runs nothing is sent, and the error is
// ErrNothingToAbort. A login is not aborted: the error is ErrNotLoggedIn. Ending the context of the running call does the
// same.
func (s *Session) AbortQuery(ctx context.Context) error {
	if err := contextError(ctx); err != nil {
		return notSent(err)
	}
	if err := s.Err(); err != nil {
		return err
	}
	if s.state() == stateDialed {
		return notSent(ErrNotLoggedIn) // what an abort does to a login is not defined
	}
	sent, err := s.conn.AbortNow(ctx, abortPayload)
	switch {
	case errors.Is(err, wire.ErrClosed):
		return s.closedError(err)
	case err != nil:
		return notSent(err) // ctx has ended while a large request was still being written
	case !sent:
		return notSent(ErrNothingToAbort)
	}
	return nil
}

// GetHosts lists the addresses of the cluster's nodes: the command getHosts (V1). They may not be reachable from here,
// for example behind address translation.
func (s *Session) GetHosts(ctx context.Context) (hosts commands.Hosts, err error) {
	err = s.do(ctx, commands.GetHosts{HostIP: s.hostIP()}, nil, func(a *answer) (err error) {
		hosts, err = commands.ParseHosts(a.Data)
		return err
	})
	return hosts, err
}

// EnterParallel opens ports for subconnections: the command enterParallel (V1, deprecated in V4 in favour of
// RequestParallelConnections). The answer has the addresses to connect to. n = 0 closes all subconnections. People use
// Parallel.
func (s *Session) EnterParallel(ctx context.Context, hostIP string, n int) (info commands.ParallelInfo, err error) {
	cmd := commands.EnterParallel{HostIP: hostIP, NumRequestedConnections: n}
	err = s.do(ctx, cmd, nil, func(a *answer) (err error) {
		info, err = commands.ParseParallel(a.Data)
		return err
	})
	return info, err
}

// RequestParallelConnections announces subconnections: the command requestParallelConnections (V4). n = 0 closes all
// subconnections. People use Parallel.
func (s *Session) RequestParallelConnections(ctx context.Context, n int) (info commands.ParallelInfo, err error) {
	cmd := commands.RequestParallelConnections{NumRequestedConnections: n}
	err = s.do(ctx, cmd, nil, func(a *answer) (err error) {
		info, err = commands.ParseParallel(a.Data)
		return err
	})
	return info, err
}

// Do sends a command by its name and returns the payload of its answer as JSON, nil if it has none: above all a command
// that this module does not know. Attributes and exceptions are handled as for all commands. A payload with a result set
// can be read with commands.ParseResults and Session.Fetch; its handle must be closed with Session.CloseResultSet.
// Logins, disconnect and abortQuery are refused: they have methods of their own.
func (s *Session) Do(ctx context.Context, cmd commands.Raw, attrs ...Attribute) (payload json.RawMessage, err error) {
	if info, ok := commands.Lookup(cmd.Name); ok && (info.Family == commands.FamilyLogin || !info.Response || info.Name == "disconnect") {
		return nil, notSent(fmt.Errorf("exawire: %s cannot be sent by Do: use Session.%s", info.Name, info.Method))
	}
	if cmd.Name == "" {
		return nil, notSent(errors.New("exawire: the command has no name"))
	}
	err = s.do(ctx, cmd, attrs, func(a *answer) error {
		if a.Data == nil && cmd.Name == "fetch" {
			var err error
			if a.Response, err = commands.ParseResponse(a.message); err != nil {
				return err
			}
			if err := s.settle(cmd.Name, a); err != nil {
				return err
			}
		}
		if a.Data != nil {
			payload = append(json.RawMessage{}, a.Data...)
		}
		return nil
	})
	return payload, err
}

// metadataRows runs a metadata command when the iteration begins. Columns that this module does not know are left out,
// so that newer servers can add some.
func metadataRows[T any](ctx context.Context, s *Session, cmd commands.Command) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		result, err := s.one(ctx, cmd, nil, nil)
		if err != nil {
			yield(zero, err)
			return
		}
		rows, ok := result.Rows()
		if !ok {
			yield(zero, s.protocolError(cmd.CommandName(), "the answer has no result set", nil))
			return
		}
		for row, err := range resultset.Each[T](rows, resultset.Lax()) {
			if !yield(row, err) {
				return
			}
		}
	}
}
