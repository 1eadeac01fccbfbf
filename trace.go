package exawire

import (
	"context"
	"time"

	"github.com/exawire/exawire/commands"
)

// Tracer sees what the sessions of a Client do: the attempts to connect, the commands that a method sends for its caller,
// such as the fetches of Rows, and the end of each session. It does not see what a session sends for its own sake, such as
// abortQuery (see CommandEnd.Aborted) and the getAttributes that ends a login.
//
// It must be safe for concurrent use, and should be quick: the session waits for it. A context that is nil is replaced by
// the one that was given. A panic goes to the caller of the method that the tracer was called for.
type Tracer interface {
	// TraceConnect is called before an attempt to open a session at one address: dialing, TLS, the WebSocket and the login.
	// The context that it returns is used for all of these; the function, if not nil, is called once with the outcome.
	TraceConnect(ctx context.Context, start ConnectStart) (context.Context, func(ConnectEnd))

	// TraceCommand is called before a command is sent. The context that it returns is used for the command; the
	// function, if not nil, is called once with the outcome.
	TraceCommand(ctx context.Context, start CommandStart) (context.Context, func(CommandEnd))

	// TraceClose is called once for each session whose ConnectEnd had no error, when the session is over, whoever ended it.
	TraceClose(end SessionEnd)
}

// ConnectStart is what is known of an attempt to connect before it is made.
type ConnectStart struct {
	Addr    string    // host:port
	Attempt int       // from 1 within one Connect, Dial, or login of a subconnection
	Time    time.Time // when it began
}

// ConnectEnd is the outcome of an attempt to connect.
type ConnectEnd struct {
	SessionID uint64        // 0 if there is no session, and after Dial
	Duration  time.Duration // since ConnectStart.Time
	Op        string        // step that did not succeed, as ConnectError.Op; "" if all did
	Class     ErrorClass    // "" if there is no error
	SQLCode   string        // of the server's refusal, else ""
	Err       error         // a *ConnectError, or nil
}

// CommandStart is what is known of a command before it is sent. SQL text can hold secrets: take care when you log it. The
// second messages of logins, with their secrets, are never shown.
type CommandStart struct {
	Command   string    // protocol command
	SessionID uint64    // 0 before the login is complete
	Addr      string    // node that the session is connected to, host:port
	Number    int64     // of the command among those of its session that are traced, from 1
	SQL       []string  // statements that it runs or prepares
	Handle    int       // of commands on one prepared statement or one result set, else -1
	Rows      int       // rows of parameters
	Bytes     int       // of the request, before compression
	Time      time.Time // when it began, waiting for the session included; the steps of a transaction wait before they begin
}

// CommandEnd is the outcome of a command.
type CommandEnd struct {
	Bytes    int           // of the answer, after inflating
	Duration time.Duration // since CommandStart.Time
	Rows     int64         // rows of the result sets that the answer announces, or rows in the answer to a fetch
	RowCount int64         // rows that were changed; the sum, if there are several statements
	Aborted  bool          // an abortQuery was sent for it
	Class    ErrorClass    // "" if there is no error
	SQLCode  string        // of the server's refusal, else ""
	Err      error         // as returned to the caller
}

// SessionEnd says how a session ended.
type SessionEnd struct {
	SessionID uint64        // 0 if there was no login after Dial
	Addr      string        // node that it was connected to, host:port
	Duration  time.Duration // since its ConnectEnd
	Commands  int64         // that were traced
	Class     ErrorClass    // "" if the user closed it
	Err       error         // as Session.Err returns it, nil if the user closed it
}

// JoinTracers makes one Tracer of several: each gets the context that the one before it has returned, and the ends are told
// in reverse order. A nil Tracer is left out; without any other the result is nil.
func JoinTracers(tracers ...Tracer) Tracer {
	joined := make(joinedTracers, 0, len(tracers))
	for _, t := range tracers {
		switch t := t.(type) {
		case nil:
		case joinedTracers:
			joined = append(joined, t...)
		default:
			joined = append(joined, t)
		}
	}
	switch len(joined) {
	case 0:
		return nil
	case 1:
		return joined[0]
	}
	return joined
}

// joinedTracers are several tracers, at least two.
type joinedTracers []Tracer

func (j joinedTracers) TraceConnect(ctx context.Context, start ConnectStart) (context.Context, func(ConnectEnd)) {
	return begin(ctx, j, start, Tracer.TraceConnect)
}

func (j joinedTracers) TraceCommand(ctx context.Context, start CommandStart) (context.Context, func(CommandEnd)) {
	return begin(ctx, j, start, Tracer.TraceCommand)
}

func (j joinedTracers) TraceClose(end SessionEnd) {
	for _, t := range j {
		defer t.TraceClose(end)
	}
}

// begin calls one method of all tracers, and returns a function that tells all of them the end. A tracer that panics then
// keeps the others from nothing.
func begin[Start, End any](
	ctx context.Context, tracers []Tracer, start Start, method func(Tracer, context.Context, Start) (context.Context, func(End)),
) (context.Context, func(End)) {
	ends := make([]func(End), 0, len(tracers))
	for _, t := range tracers {
		var end func(End)
		if ctx, end = traceIn(ctx, t, start, method); end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, func(end End) {
		for _, tell := range ends {
			defer tell(end)
		}
	}
}

// traceIn calls one method of a tracer. A context that is nil counts as none of its own.
func traceIn[Start, End any](
	ctx context.Context, t Tracer, start Start, method func(Tracer, context.Context, Start) (context.Context, func(End)),
) (context.Context, func(End)) {
	inner, end := method(t, ctx, start)
	if inner == nil {
		inner = ctx
	}
	return inner, end
}

// startOf returns what a tracer is shown of a command.
func startOf(cmd commands.Command) CommandStart {
	start := CommandStart{SQL: textsOf(cmd), Handle: commands.NoHandle}
	switch c := cmd.(type) {
	case commands.ExecutePreparedStatement:
		start.Handle, start.Rows = c.Handle, c.NumRows
	case commands.ClosePreparedStatement:
		start.Handle = c.Handle
	case commands.Fetch:
		start.Handle = c.Handle
	case commands.GetOffset:
		start.Handle = c.Handle
	case commands.CloseResultSet:
		start.Handle = only(c.Handles)
	case commands.GetResultSetHeader:
		start.Handle = only(c.Handles)
	}
	return start
}

// only returns the handle if there is just one.
func only(handles []int) int {
	if len(handles) != 1 {
		return commands.NoHandle
	}
	return handles[0]
}
