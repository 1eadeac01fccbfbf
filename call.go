package exawire

import (
	"math"
	"slices"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/settings"
	"github.com/exawire/exawire/internal/sqlword"
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

	sql      string // the statement that it prepares or runs, "" if there is not just one
	request  request
	answer   answer
	results  []Result // what read has opened
	prepared int      // the statement that read has opened, or NoHandle
	fetched  int64    // rows that read has taken over
	abort    []byte   // what is sent if the caller gives up, nil for nothing
	runs     bool     // runs a statement: the server gives feedback meanwhile, if it is asked to
	final    bool     // the caller has left already: the end of the context is the end of all patience
}

// newCall prepares a command to be sent.
func newCall(cmd commands.Command, attrs []Attribute) *call {
	c := &call{cmd: cmd, attrs: attrs, intent: intentOf(shown(cmd), attrs), parse: (*answer).parse, prepared: commands.NoHandle}
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

// outcome is what happened to a command: facts of this command alone. Whatever this module decides afterwards, it decides
// on an outcome. The error for the caller is made of it last, and is never asked: it holds the cause of the caller's
// context, and so anything at all.
type outcome struct {
	wire.Outcome

	// refused is what the server answered instead of doing what it was asked, nil if it did not refuse.
	refused *Error

	// fault is any other reason why the caller gets no result, nil if there is none. It is for people.
	fault error

	// said is what the server answered if its text is in fault.
	said *Error

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

// refusal returns what the server answered instead of doing what it was asked, also if it stands in fault by now.
func (o *outcome) refusal() *Error {
	if o.refused == nil {
		return o.said
	}
	return o.refused
}

// lostOutcome is the outcome of a COMMIT that is not sent because the server has rolled back. What was sent before it must
// not be taken for unsent.
func lostOutcome(lost *Error) outcome {
	return outcome{Outcome: wire.Outcome{Sent: wire.Whole}, fault: errtext.Errorf("%w: %w", ErrTxLost, lost)}
}

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

// intent is what a command is about to do to its session, as far as its name, its attributes and the words of its
// statement tell. It is read once, before the command is sent.
type intent struct {
	info   commands.Info    // of the command; only the name for one that is not in the protocol table
	newest string           // the attribute that needs the newest version
	since  commands.Version // that it needs

	sqlword.Effects
	autocommit bool // assigns autocommit

	housekeeping bool // tidies up: nobody aborts it
	errand       bool // runs before the command that its caller is waiting for, not as one of its own
	barrier      bool // is there to swallow an abort

	handle  int                    // of the prepared statement that is run or closed
	results []int                  // handles of the results that are closed
	formats *commands.ParamFormats // in which the parameters are written, nil if there are none
	before  uint64                 // changes of the ledger when it was sent
	needs   []condition            // what must hold when it is sent
	ending  bool                   // it is a step of the beginning or the end of a transaction
}

// condition is something that a command belongs to, and that may be over by the time when the command could be sent.
type condition interface {
	// refuse says why the command may not be sent any more. It is called under the mutex of the ledger.
	refuse(in *intent) error
}

// need adds a condition, which may be nil.
func (in *intent) need(c condition) {
	if c != nil {
		in.needs = append(in.needs, c)
	}
}

// intentOf reads what can be told without knowing the session. What a prepared statement does, the ledger knows.
func intentOf(cmd commands.Command, attrs []Attribute) intent {
	in := intent{handle: commands.NoHandle}
	in.info, _ = commands.Lookup(cmd.CommandName())
	in.info.Name = cmd.CommandName()
	switch cmd := cmd.(type) {
	case commands.Execute:
		in.reads(sqlword.Read(cmd.SQLText))
	case commands.ExecuteBatch:
		in.reads(sqlword.ReadAll(cmd.SQLTexts))
	case commands.ExecutePreparedStatement:
		in.handle = cmd.Handle
	case commands.CreatePreparedStatement:
		in.reads(sqlword.ReadLater(cmd.SQLText))
	case commands.ClosePreparedStatement:
		in.handle, in.housekeeping = cmd.Handle, true
	case commands.CloseResultSet:
		in.results, in.housekeeping = cmd.Handles, true
	case commands.Disconnect:
		in.housekeeping = true
	case commands.Raw:
		in.raw(cmd)
	}
	for _, a := range attrs {
		if since := a.Since(); since > in.since {
			in.newest, in.since = a.Name(), since
		}
		in.autocommit = in.autocommit || a.Name() == settings.AutocommitName
		in.Commits = in.Commits || a == commands.Autocommit(true)
	}
	if slices.ContainsFunc(attrs, settings.ChangesMeaning) {
		in.Prepared = in.Prepared.And(sqlword.Reported)
	}
	return in
}

// reads takes over what the words of the command's statements tell.
func (in *intent) reads(e sqlword.Effects) { in.Effects, in.housekeeping = e, e.Undoes }

// raw is the intent of a command that was put together by hand: it may run anything, unless it is known not to.
func (in *intent) raw(cmd commands.Raw) {
	sql, one := cmd.Fields["sqlText"].(string)
	sqls, several := textsIn(cmd.Fields["sqlTexts"])
	switch family := in.info.Family; {
	case family == commands.FamilyStatement && one && in.info.Name == "createPreparedStatement":
		in.reads(sqlword.ReadLater(sql))
	case family == commands.FamilyStatement && one && !several:
		in.reads(sqlword.Read(sql))
	case family == commands.FamilyStatement && several && !one:
		in.reads(sqlword.ReadAll(sqls))
	case in.info.Name == "executePreparedStatement", in.info.Name == "closePreparedStatement":
		in.Anything() // what it may set has counted when it was prepared
	case family == commands.FamilySession, family == commands.FamilyResultSet, family == commands.FamilyCluster, family == commands.FamilyMetadata:
		in.Commits = true
	default:
		in.Anything()
		in.Parameter = sqlword.AnyParameter
	}
	in.Prepared = sqlword.Unknown // its attributes are not known
}

// textsIn returns the strings of a list that a field of a raw command may be.
func textsIn(field any) (texts []string, ok bool) {
	switch list := field.(type) {
	case []string:
		return list, true
	case []any:
		for _, v := range list {
			text, ok := v.(string)
			if !ok {
				return nil, false
			}
			texts = append(texts, text)
		}
		return texts, true
	}
	return nil, false
}

// background reports whether nobody but its own caller minds how the command ends.
func (in *intent) background() bool {
	return in.housekeeping || in.info.Family == commands.FamilyResultSet
}

// textsOf returns the statements that a command runs or prepares.
func textsOf(cmd commands.Command) []string {
	switch cmd := cmd.(type) {
	case commands.Execute:
		return []string{cmd.SQLText}
	case commands.ExecuteBatch:
		return cmd.SQLTexts
	case commands.CreatePreparedStatement:
		return []string{cmd.SQLText}
	}
	return nil
}

// textOf returns the statement that a command runs or prepares, "" if there is not just one.
func textOf(cmd commands.Command) string {
	switch cmd := cmd.(type) {
	case commands.Execute:
		return cmd.SQLText
	case commands.CreatePreparedStatement:
		return cmd.SQLText
	case commands.ExecuteBatch:
		if len(cmd.SQLTexts) == 1 {
			return cmd.SQLTexts[0]
		}
	}
	return ""
}
