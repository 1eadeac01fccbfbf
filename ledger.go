package exawire

import (
	"errors"
	"slices"
	"sync"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/debts"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/settings"
	"github.com/exawire/exawire/internal/sqlword"
	"github.com/exawire/exawire/internal/stmtcache"
	"github.com/exawire/exawire/internal/wire"
	"github.com/exawire/exawire/resultset"
)

// ledger is what a session has learned and not yet forgotten. A command on its way meets it twice: before says whether the
// command may go and what must go first, after enters what became of it. Both are called under the lock of the
// connection, so between the two nothing of it changes by a command of somebody else.
type ledger struct {
	mu sync.Mutex

	phase   phase
	closing bool             // by Close: nothing but disconnect may be sent
	leaving bool             // disconnect was sent, and the server has not refused it
	sub     bool             // a subconnection: commands that concern all of them are never sent to one alone
	relogin credentialSource // for subconnections
	info    SessionInfo

	attributes commands.Attributes
	initial    commands.Attributes // after the login
	formats    resultset.Formats   // of attributes, computed when they change
	reported   bool                // attributes of settings.MeaningOf have changed since the last entry
	unread     bool                // attributes may have changed without a word

	tx           *transaction // open transaction of Begin
	group        *group       // open group of subconnections
	main         *ledger      // of the session that a subconnection belongs to, nil for others
	changes      uint64       // commands so far that may have changed data, those of the group's subconnections included
	settled      uint64       // how many of them cannot be lost any more, or are
	parameters   []string     // changed by ALTER SESSION, as far as no attribute tells
	impersonated bool

	suspect  bool              // an abort may still be under way to the server
	results  int               // result sets that are open for Rows
	prepared map[int]*openStmt // prepared statements, by their handles
	kept     stmtcache.Cache[*Stmt, Attributes]
	debts    debts.List

	current   *intent // of the command that its caller is waiting for
	started   bool    // it is visible to an abort
	withdrawn bool    // an abort came before it was
}

// transaction is what the ledger knows of a Tx.
type transaction struct {
	restore bool   // switch autocommit on at the end
	done    bool   // committed or rolled back
	mixed   bool   // something may have been committed by other means than Commit
	lost    *Error // by which the server has rolled the transaction back, nil if it has not
}

// group is what the ledger knows of a Parallel.
type group struct {
	tx *transaction // that it began, nil if it takes part in another one
}

// openStmt is what the ledger knows of a prepared statement.
type openStmt struct {
	handle  int
	effects sqlword.Effects // of running it
	closed  bool            // by its owner
	kept    bool            // its owner is the session
}

// phase is where a session stands between dialing and its end. Whether it is closed only the connection knows.
type phase int

const (
	phaseDialed phase = iota
	phaseReady
	phaseDisconnected
)

// before is called before a command is sent. It returns the commands that must go first, or why nothing may be sent. When
// those have gone it is asked again, because they may have brought other attributes.
func (l *ledger) before(in *intent) (first []*call, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := l.current == in
	switch err := l.refuse(in); {
	case err != nil:
		l.current = nil
		return nil, err
	case again:
		return nil, nil
	}
	l.current, l.started, l.withdrawn = in, false, false
	in.before = l.changes
	if in.info.Name == "disconnect" {
		l.leaving = true
		return nil, nil // what is open ends with the session
	}
	return l.due(), nil
}

// refuse says why a command may not be sent.
func (l *ledger) refuse(in *intent) error {
	switch {
	case l.phase != phaseReady:
		return ErrNotLoggedIn
	case l.closing && in.info.Name != "disconnect":
		return errClosing
	case in.info.Since > l.info.ProtocolVersion:
		return &UnsupportedError{What: in.info.Name, Need: in.info.Since, Have: l.info.ProtocolVersion}
	case in.since > l.info.ProtocolVersion:
		return &UnsupportedError{What: "attribute " + in.newest, Need: in.since, Have: l.info.ProtocolVersion}
	case in.formats != nil && !settings.SameFormats(*in.formats, l.paramFormats(in.formats.Truncate)):
		return errStale
	case in.autocommit && l.tx != nil && !in.ending:
		return errtext.Errorf("%w: autocommit stays off until it is over", ErrTxOpen)
	}
	for _, needed := range in.needs {
		if err := needed.refuse(in); err != nil {
			return err
		}
	}
	return nil
}

// errStale says that parameters have to be written anew.
var errStale = errors.New("exawire: the formats of the session have changed since the parameters were written")

// paramFormats returns how parameters are written at this moment.
func (l *ledger) paramFormats(truncate bool) commands.ParamFormats {
	return commands.ParamFormats{
		Date: l.attributes.DateFormat, Timestamp: l.attributes.DatetimeFormat, Location: l.formats.Location,
		NoLocation: l.formats.NoLocation, TimeZoneBehavior: l.attributes.TimeZoneBehavior, RepeatedHour: l.formats.RepeatedHour,
		DecimalPoint: l.formats.DecimalPoint, Truncate: truncate,
	}
}

// owed is due for one who asks behind his command.
func (l *ledger) owed() []*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.due()
}

// left is owed at the end of the session, with which an abort that is under way ends as well.
func (l *ledger) left() []*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sub || l.phase != phaseReady {
		return nil
	}
	return l.repayments()
}

// due returns the commands that are owed to the server: the one that an abort may hit in place of the next command, and
// those that close what callers have left behind. Subconnections owe nothing: none of these may be sent to one alone.
func (l *ledger) due() []*call {
	if l.sub || l.phase != phaseReady {
		return nil
	}
	var first []*call
	if l.suspect {
		first = append(first, barrierCall())
	}
	return append(first, l.repayments()...)
}

// repayments returns the commands that work off what is to be closed, as many as one caller may be made to wait for.
func (l *ledger) repayments() []*call {
	var calls []*call
	results, stmt, hasStmt := l.debts.Next()
	if len(results) > 0 {
		calls = append(calls, errand(commands.CloseResultSet{Handles: results}))
	}
	if hasStmt {
		calls = append(calls, errand(commands.ClosePreparedStatement{Handle: stmt}))
	}
	return calls
}

// after is called when a command has been answered, or never will be. An error means that the session must be closed.
func (l *ledger) after(in *intent, out *outcome) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !in.errand {
		l.current = nil
	}
	if in.info.Name == "disconnect" && (out.refused != nil || out.Sent == wire.Nothing) {
		l.leaving = false
	}
	if out.Sent == wire.Nothing {
		return nil
	}
	if err := l.merge(out.attrs); err != nil {
		return &ProtocolError{Command: in.info.Name, Reason: "unreadable attributes", Err: err}
	}
	l.noteTransaction(in, out)
	l.noteSettings(in, out)
	l.noteHandles(in, out)
	return l.noteAbort(in, out)
}

// noteTransaction enters what the command did to the open transaction.
func (l *ledger) noteTransaction(in *intent, out *outcome) {
	did := in.Effects
	if in.info.Name == "executePreparedStatement" {
		did = l.doneBy(in)
	}
	if did.Settles && out.refused == nil {
		l.settled = in.before // also if no answer came: nobody can say then that it was lost
	}
	if l.main != nil {
		l.main.noteSub(did, in, out)
	} else {
		l.noteWork(did, in, out)
	}
	l.observe(did.Prepared, out)
}

// noteWork enters what a command did to the data and to the open transaction.
func (l *ledger) noteWork(did sqlword.Effects, in *intent, out *outcome) {
	// Of a batch that was refused, some statements were run.
	if did.Changes && (out.refused == nil || in.info.Name == "executeBatch") {
		l.changes++
	}
	tx := l.tx
	if tx == nil || tx.done {
		return
	}
	if did.Commits && !in.ending {
		tx.mixed = true
	}
	if out.refused != nil && tx.lost == nil && out.refused.losesTransaction() {
		tx.lost = out.refused
	}
}

// noteSub is noteWork for a command of a subconnection, which takes part in the transaction of its session.
func (l *ledger) noteSub(did sqlword.Effects, in *intent, out *outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noteWork(did, in, out)
}

// doneBy returns what a prepared statement does. Of one that somebody else has prepared nothing is known.
func (l *ledger) doneBy(in *intent) (did sqlword.Effects) {
	if known := l.prepared[in.handle]; known != nil {
		did = known.effects
		did.Include(in.Effects)
		return did
	}
	did = in.Effects
	did.Anything()
	return did
}

// observe empties the kept statements if the meaning of one may have changed. A change of attributes that was expected
// needs nothing, since they are part of the key. One that is expected and does not come may have been left out of the
// answer, one that comes unexpected may have come late: statements prepared meanwhile would be kept under the wrong
// attributes.
func (l *ledger) observe(e sqlword.Effect, out *outcome) {
	reported := l.reported
	l.reported = false
	lost := out.refused != nil && out.refused.losesTransaction()
	if e == sqlword.Unknown || (e == sqlword.Reported) != reported || lost {
		l.kept.Flush()
		l.unread = true
	}
}

// noteSettings enters what Reset has to know. A prepared statement counts from its preparation.
func (l *ledger) noteSettings(in *intent, out *outcome) {
	if out.refused != nil && in.info.Name == "execute" {
		return // refused as a whole
	}
	l.impersonated = l.impersonated || in.Identity
	if in.Parameter == "" {
		return
	}
	if !settings.HasAttribute(in.Parameter) && !slices.Contains(l.parameters, in.Parameter) {
		l.parameters = append(l.parameters, in.Parameter)
	}
}

// noteHandles enters what is open on the server no more.
func (l *ledger) noteHandles(in *intent, out *outcome) {
	switch in.info.Name {
	case "getAttributes":
		l.unread = l.unread && !out.ok()
	case "closeResultSet":
		if out.refused != nil && len(in.results) > 1 {
			l.debts.OneByOne()
			return
		}
		l.debts.PaidResults(in.results)
	case "closePreparedStatement":
		delete(l.prepared, in.handle)
		l.debts.PaidStmt(in.handle)
	case "disconnect":
		if out.ok() {
			l.phase = phaseDisconnected
		}
	}
}

// noteAbort enters whether an abort is still under way. Whether a server drops an abort that finds nothing to abort, or
// keeps it for the next command, is not documented. So after an abort that did not end its own command one harmless command
// goes first; what it is answered does not matter. A subconnection cannot send one by itself.
func (l *ledger) noteAbort(in *intent, out *outcome) error {
	switch {
	case in.barrier:
		l.suspect = false
	case out.abortMissed():
		if l.sub {
			return errLateAbort
		}
		l.suspect = true
	}
	return nil
}

var errLateAbort = errors.New("an abort may still be under way, and a subconnection has no command to wait for it")

// merge applies the attributes of an answer.
func (l *ledger) merge(raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	before := l.attributes
	err := l.attributes.Merge(raw)
	if settings.MeaningOf(l.attributes) != settings.MeaningOf(before) {
		l.formats, l.reported = settings.FormatsOf(l.attributes, l.formats.RepeatedHour), true
	}
	return err
}
