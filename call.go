package exawire

import (
	"context"
	"math"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/wire"
)

// call is one command on its way.
type call struct {
	cmd    commands.Command
	attrs  []Attribute
	intent intent

	// parse reads the envelope of the answer, and of the payload what it reads along with it.
	parse func(a *answer) error

	// read makes something of the payload, nil if it is of no interest. It is called under the lock, after the ledger has
	// learned what the envelope says. An error means that the payload makes no sense, which closes the session.
	read func(*answer) error

	sql     string // the statement that it prepares or runs, "" if there is not just one
	request request
	answer  answer
	results []Result // what read has opened
	abort   []byte   // what is sent if the caller gives up, nil for nothing
	runs    bool     // runs a statement: the server gives feedback meanwhile, if it is asked to
	final   bool     // the caller has left already: the end of the context is the end of all patience
}

// newCall prepares a command to be sent.
func newCall(cmd commands.Command, attrs []Attribute) *call {
	c := &call{cmd: cmd, attrs: attrs, intent: intentOf(shown(cmd), attrs), parse: (*answer).parse}
	in := &c.intent
	known := in.info.Method != ""
	if (in.info.Abortable || !known) && !in.housekeeping {
		c.abort = abortPayload
	}
	c.sql = textOf(cmd)
	c.runs = in.info.Abortable // nothing is known of the feedback of commands that are not in the table
	return c
}

// name returns the name of the command.
func (c *call) name() string { return c.intent.info.Name }

// answer is an answer that was read and is not an exception. Its slices alias the message, which goes back to the pool
// when the function that got the answer returns, unless it was kept.
type answer struct {
	commands.ResultsAnswer // only its Response, unless the call reads results
	wire.Answer
	late    bool // the caller has given up
	dropped bool // by read, because of that
	owing   bool // read has left something to be closed
	kept    bool
}

// parse reads the envelope alone.
func (a *answer) parse() (err error) {
	a.Response, err = commands.ParseResponse(a.Message)
	return err
}

// parseResults reads the results of so many statements, at most, along with the envelope.
func (a *answer) parseResults(most int) (err error) {
	a.ResultsAnswer, err = commands.ParseResultsAnswer(a.Message, most)
	return err
}

// parseOne is parseResults for one statement.
func (a *answer) parseOne() error { return a.parseResults(mostResults) }

// keep takes the message over: the caller must call the function that keep returns when it is done with it.
func (a *answer) keep() (release func()) {
	a.kept = true
	return a.Keep()
}

// free gives the memory of the request back.
func (c *call) free() { c.request.free() }

// free gives the message back unless somebody keeps it.
func (a *answer) free() {
	if !a.kept {
		a.Release()
	}
}

var abortPayload = []byte(`{"command":"abortQuery"}`)

// request is the text of a command. Whoever made it must free it.
type request struct {
	payload []byte
	pooled  []byte // what payload is in, nil if that is not the request's
}

// newRequest writes a command. One with more than most bytes is refused with ErrMessageTooLarge, and its memory is not
// kept for others; most is 0 before the login, when nothing is known.
func newRequest(cmd commands.Command, attrs []Attribute, most int64) (r request, err error) {
	if most <= 0 {
		most = math.MaxInt64
	}
	switch c := cmd.(type) {
	case chunkCommand:
		r.payload, err = c.message(attrs)
	default:
		size := commands.Size(cmd, attrs...)
		if least := int64(size) - 4096; least > most {
			return r, tooLarge(cmd, "about ", size, most)
		}
		room := bufpool.Get(size)
		r.payload, err = commands.Append(room, cmd, attrs...)
		r.pooled = r.payload
		if cap(r.payload) != cap(room) {
			bufpool.Put(room)
		}
	}
	if err != nil {
		r.free()
		return request{}, errtext.Errorf("%w", err)
	}
	if int64(len(r.payload)) > most {
		if c, ok := cmd.(chunkCommand); ok {
			c.chunk.data.Drop()
		}
		return request{}, tooLarge(cmd, "", len(r.payload), most)
	}
	return r, nil
}

func tooLarge(cmd commands.Command, about string, size int, most int64) error {
	return errtext.Errorf("%w: %s has %s%d bytes, the server accepts %d", ErrMessageTooLarge, cmd.CommandName(), about, size, most)
}

// free gives the memory back. The values of a chunk stay with it.
func (r *request) free() {
	bufpool.Put(r.pooled)
	r.payload, r.pooled = nil, nil
}

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

// outcome is what happened to a command: facts of this command alone. Whatever this module decides afterwards, it decides
// on an outcome. The error for the caller is made of it last, and is never asked: it holds the cause of the caller's
// context, and so anything at all.
type outcome struct {
	wire.Outcome

	// refused is what the server answered instead of doing what it was asked, nil if it did not refuse.
	refused *Error

	// fault is any other reason why the caller gets no result, nil if there is none. It is for people.
	fault error

	// ended matches the error of the caller's context, and its cause, if that kept the command from being sent or ended
	// before its answer came. It is for people.
	ended error

	dropped bool   // the server did what it was asked, and nobody wants the result any more
	owing   bool   // something was left to be closed
	misfit  bool   // nothing was sent, because the arguments do not fit the statement
	stale   bool   // nothing was sent, because the parameters were written in formats that have changed since
	bytes   int    // of the answer
	attrs   []byte // attributes in the answer; they alias the message
}

// unsent is the outcome of a command of which nothing has left.
func unsent(err error) outcome { return outcome{fault: err} }

// ok reports whether the server did what it was asked, and the caller is still interested.
func (o *outcome) ok() bool { return o.refused == nil && o.fault == nil && !o.dropped }

// abortMissed reports whether an abort was sent that did not end this command, so that the server may be about to act on
// it later.
func (o *outcome) abortMissed() bool {
	return o.Aborted && (o.refused == nil || !o.refused.Is(ErrQueryAborted))
}

// err makes the error for the caller. It is nil if the outcome is ok.
func (o *outcome) err() error {
	if o.ok() {
		return nil
	}
	return failed(o.Sent, o.text())
}

// text is err without what SafeToRetry asks for.
func (o *outcome) text() error {
	err := o.fault
	switch {
	case o.refused == nil:
	case err == nil:
		err = o.refused
	default:
		err = errtext.Errorf("%w: %w", err, o.refused)
	}
	switch {
	case o.ended == nil:
		return err
	case o.dropped:
		return errtext.Errorf("%w", o.ended)
	}
	return errtext.Errorf("%w: %w", o.ended, err)
}

// errand is a command that a session sends for its own sake.
func errand(cmd commands.Command) *call {
	c := newCall(cmd, nil)
	c.intent.errand, c.intent.housekeeping = true, true
	return c
}

// barrierCall is the command that swallows an abort which may still be under way.
func barrierCall() *call {
	c := errand(commands.GetAttributes{})
	c.intent.barrier = true
	return c
}

// Tracer sees the protocol commands of the sessions of a Client: those that a method sends for its caller, such as the
// fetches of Rows. It does not see what a session sends for its own sake, such as abortQuery (see CommandEnd.Aborted) and
// the getAttributes that ends a login. It must be safe for concurrent use, and should be quick: the command waits for it.
type Tracer interface {
	// TraceCommand is called before a command is sent. The context that it returns is used for the command; the
	// function, if not nil, is called once with the outcome.
	TraceCommand(ctx context.Context, start CommandStart) (context.Context, func(CommandEnd))
}

// CommandStart is what is known of a command before it is sent. SQL text can hold secrets: take care when you log it. The
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
