package exawire

import (
	"context"
	"time"

	"github.com/exawire/exawire/commands"
)

// Tracer sees the protocol commands of the sessions of a Client: those that a method sends for its caller, such as the
// fetches of Rows, but not what a session sends for its own sake, such as abortQuery (see CommandEnd.Aborted) and the
// getAttributes that ends a login. It must be safe for concurrent use and should be quick: the command waits for it.
type Tracer interface {
	// TraceCommand is called before a command is sent. The context that it returns is used for the command; the
	// function, if not nil, is called once with the outcome.
	TraceCommand(ctx context.Context, start CommandStart) (context.Context, func(CommandEnd))
}

// CommandStart is what is known of a command before it is sent. SQL text can hold secrets: log it with care. The
// second messages of logins, with their secrets, are never shown.
type CommandStart struct {
	Command   string    // protocol command
	SessionID uint64    // 0 before the login is complete
	SQL       []string  // statements of execute, executeBatch and createPreparedStatement
	Handle    int       // of commands on one prepared statement or one result set, else -1
	Rows      int       // rows of parameters
	Bytes     int       // of the request, before compression
	Time      time.Time // when it began, waiting for the session included; the steps of a transaction wait before they begin
}

// CommandEnd is the outcome of a command.
type CommandEnd struct {
	Bytes    int           // of the answer, after inflating
	Duration time.Duration // since CommandStart.Time
	Aborted  bool          // an abortQuery was sent for it
	Err      error         // as returned to the caller
}

// traced runs a command between the two calls of the tracer.
func (s *Session) traced(ctx context.Context, c *call, run func(context.Context) outcome) outcome {
	t := s.client.cfg.Tracer
	if t == nil {
		return run(ctx)
	}
	start := startOf(shown(c.cmd))
	start.Command, start.SessionID, start.Bytes, start.Time = c.name(), s.Info().SessionID, len(c.request.payload), time.Now()
	ctx, done := t.TraceCommand(ctx, start)
	out := run(ctx)
	if done != nil {
		done(CommandEnd{Bytes: out.bytes, Duration: time.Since(start.Time), Aborted: out.Aborted, Err: out.err()})
	}
	return out
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
