package exawire

import (
	"context"
	"fmt"

	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/wire"
)

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
		err = fmt.Errorf("%w: %w", err, o.refused)
	}
	switch {
	case o.ended == nil:
		return err
	case o.dropped:
		return fmt.Errorf("exawire: %w", o.ended)
	}
	return fmt.Errorf("%w: %w", o.ended, err)
}

// commandError is the outermost error of what every method returns: the error for people, and the one fact about the
// command that programs ask for.
type commandError struct {
	err  error
	sent wire.Sent
}

func (e *commandError) Error() string { return e.err.Error() }
func (e *commandError) Unwrap() error { return e.err }

// failed says of an error how much of its command had left by then. It keeps nil.
func failed(sent wire.Sent, err error) error {
	if err == nil {
		return nil
	}
	return &commandError{err, sent}
}

// SafeToRetry reports whether it is certain that nothing of the command reached the server, so that sending it again
// cannot make it run twice. It wants the error as a method of this module returned it, or wrapped: what errors.As takes out
// of it knows less. It is false for a nil error, for errors of other modules, for a login that was refused or whose
// credentials have left, for a *WriteError whose first rows were sent, also if they were rolled back, for a *ScriptError
// with statements before it, and for several errors joined into one if any of them belongs to a command that was sent.
func SafeToRetry(err error) bool {
	sent, known := sentBy(err)
	return known && !sent
}

// witness is an error of this module, which knows how much of its command has left by itself. What it holds is not asked.
type witness interface{ sentByNow() wire.Sent }

func (e *commandError) sentByNow() wire.Sent   { return e.sent }
func (*Error) sentByNow() wire.Sent            { return wire.Whole }
func (*ProtocolError) sentByNow() wire.Sent    { return wire.Whole }
func (*UnsupportedError) sentByNow() wire.Sent { return wire.Nothing }
func (*ConfigError) sentByNow() wire.Sent      { return wire.Nothing }

// sentBy looks for the outermost witnesses and returns whether any of their commands has left.
func sentBy(err error) (sent, known bool) {
	switch e := err.(type) { //nolint:errorlint // errors.As would find one of several errors side by side
	case witness:
		return e.sentByNow() != wire.Nothing, true
	case interface{ Unwrap() error }:
		return sentBy(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			s, k := sentBy(inner)
			sent, known = sent || s, known || k
		}
	}
	return sent, known
}

// endedError is the error of a caller whose context has ended before anything was sent.
func endedError(ctx context.Context) error { return failed(wire.Nothing, ctxerr.Of(ctx)) }
