package exawire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/commands"
)

// ResetError says what of a session is not as it was after the login.
type ResetError struct {
	What []string // attributes by their names on the wire, or what else it is
	Err  error    // what the server said, nil if it said nothing
}

// Error names what is different, and the cause.
func (e *ResetError) Error() string {
	text := "exawire: reset: not restored: " + strings.Join(e.What, ", ")
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *ResetError) Unwrap() error { return e.Err }

// Reset brings the session back to what it was after the login, for whoever uses it next: it rolls back a transaction
// that is open, which ends the Tx of Begin, and sets the attributes that differ, with ALTER SESSION those that have to be
// set that way. Nothing is sent if there is nothing to do; with autocommit off nobody can tell, so ROLLBACK always is. The
// protocol has no command for it, so this is not all: rows and statements that were left open stay so, and so does what was
// committed.
//
// An error means that the session must not be used again but closed. A *ResetError says what could not be restored: for
// example the schema, if it was dropped, or parameters without an attribute, which only ALTER SESSION and scripts change
// and nobody can read. Those are noticed if the statement was sent by this session as a text of its own, not inside a
// script. No other goroutine may use the session meanwhile. Subconnections cannot be reset.
func (s *Session) Reset(ctx context.Context) error {
	if err := s.Err(); err != nil {
		return err
	}
	if s.state() != stateReady {
		return notSent(ErrNotLoggedIn)
	}
	if s.isSub() {
		return notSent(errors.New("exawire: reset: subconnections cannot be reset"))
	}
	if err := s.resetTransaction(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	now, want := s.attributes, s.initial
	s.mu.Unlock()
	err := s.resetAttributes(ctx, now, want)
	if closed := s.Err(); closed != nil {
		return errors.Join(err, closed)
	}
	s.mu.Lock()
	what, altered := differences(s.attributes, want), s.altered
	s.mu.Unlock()
	if altered {
		what = append(what, "parameters set by ALTER SESSION")
	}
	if len(what) > 0 {
		return &ResetError{What: what, Err: err}
	}
	return err
}

// resetTransaction rolls back what is open, and may have taken attributes along.
func (s *Session) resetTransaction(ctx context.Context) error {
	s.mu.Lock()
	tx, open := s.tx, !s.attributes.Autocommit || s.attributes.OpenTransaction
	s.mu.Unlock()
	switch {
	case tx != nil:
		if err := tx.Rollback(ctx); err != nil {
			return err
		}
	case open:
		if err := s.rollback(ctx); err != nil {
			return err
		}
	default:
		return nil
	}
	if err := s.Err(); err != nil {
		return err
	}
	_, err := s.GetAttributes(ctx)
	return err
}

// resetAttributes sends what makes the attributes now those of want. It goes on after an error: the more is restored, the
// more the report is worth.
func (s *Session) resetAttributes(ctx context.Context, now, want Attributes) error {
	var attrs []Attribute
	for i, a := range assignments(want) {
		if a != assignments(now)[i] {
			attrs = append(attrs, a)
		}
	}
	errs := []error{s.SetAttributes(ctx, attrs...)}
	for i, p := range parameters(want) {
		if p != parameters(now)[i] {
			_, err := s.Exec(ctx, fmt.Sprintf("ALTER SESSION SET %s = '%s'", p.parameter, strings.ReplaceAll(p.value, "'", "''")))
			errs = append(errs, err)
		}
	}
	switch {
	case now.CurrentSchema == want.CurrentSchema:
	case want.CurrentSchema == "":
		_, err := s.Exec(ctx, "CLOSE SCHEMA")
		errs = append(errs, err)
	default:
		errs = append(errs, s.SetAttributes(ctx, CurrentSchema(want.CurrentSchema)))
	}
	return errors.Join(errs...)
}

// assignments are the attributes that can be written, but for the schema: there is none that stands for no schema.
func assignments(a Attributes) []Attribute {
	return []Attribute{
		Autocommit(a.Autocommit), FeedbackInterval(a.FeedbackInterval), NumericCharacters(a.NumericCharacters),
		QueryTimeout(a.QueryTimeout), ResultSetMaxRows(a.ResultSetMaxRows), SnapshotTransactions(a.SnapshotTransactions),
		TimestampUTC(a.TimestampUTC),
	}
}

// parameter is an attribute that is written by ALTER SESSION.
type parameter struct{ attribute, parameter, value string }

func parameters(a Attributes) []parameter {
	return []parameter{
		{"dateFormat", "NLS_DATE_FORMAT", a.DateFormat},
		{"dateLanguage", "NLS_DATE_LANGUAGE", a.DateLanguage},
		{"datetimeFormat", "NLS_TIMESTAMP_FORMAT", a.DatetimeFormat},
		{"defaultLikeEscapeCharacter", "DEFAULT_LIKE_ESCAPE_CHARACTER", a.DefaultLikeEscapeCharacter},
		{"timezone", "TIME_ZONE", a.Timezone},
		{"timeZoneBehavior", "TIME_ZONE_BEHAVIOR", a.TimeZoneBehavior},
	}
}

// differences names the attributes that differ. Whether a transaction is open is not looked at: it is a hint only.
func differences(now, want Attributes) (names []string) {
	for i, a := range assignments(want) {
		if a != assignments(now)[i] {
			names = append(names, a.Name())
		}
	}
	for i, p := range parameters(want) {
		if p != parameters(now)[i] {
			names = append(names, p.attribute)
		}
	}
	if now.CurrentSchema != want.CurrentSchema {
		names = append(names, "currentSchema")
	}
	if now.CompressionEnabled != want.CompressionEnabled {
		names = append(names, "compressionEnabled")
	}
	return names
}

// noteAlteration remembers an ALTER SESSION that changed no attribute, so that it may have changed something else. before
// is what the attributes were when it was sent, err what came of it. A prepared one counts from its preparation.
func (s *Session) noteAlteration(cmd commands.Command, before Attributes, err error) {
	var refused *Error
	if _, alone := cmd.(commands.Execute); alone && errors.As(err, &refused) {
		return
	}
	for _, sql := range textsOf(cmd) {
		first, rest := cutKeyword(sql)
		if second, _ := cutKeyword(rest); first != "ALTER" || second != "SESSION" {
			continue
		}
		s.mu.Lock()
		now := s.attributes
		now.OpenTransaction = before.OpenTransaction
		if _, alone := cmd.(commands.Execute); !alone || now == before {
			s.altered = true
		}
		s.mu.Unlock()
	}
}
