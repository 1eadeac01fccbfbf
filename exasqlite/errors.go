package exasqlite

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/exawire/exawire/exatest"
)

// Exceptions with the codes of the database. Where its text is known it is the same; clients show it, and their tests
// look for parts of it. Errors inside SQLite never reach a user as they are.

// The codes of the database's exceptions.
const (
	codeSyntax      = "42000"
	codeConflict    = "42500"
	codeKey         = "42X91"
	codeNotNull     = "27001"
	codeTruncation  = "22001"
	codeRange       = "22003"
	codeZero        = "22012"
	codeDatetime    = "22007"
	codeCast        = "22018"
	codeCharacter   = "22021"
	codeUnsupported = "0A000"
	codeCollision   = "40001"
	codeAbort       = "R0003"
	codeTransfer    = "42636" // of IMPORT and EXPORT
)

// errorf makes an exception.
func errorf(code, format string, args ...any) error {
	return &exatest.SQLError{Code: code, Text: fmt.Sprintf(format, args...)}
}

// errorAt adds the position of a token, as the database does for errors of its compiler.
func errorAt(code string, p pos, format string, args ...any) error {
	return errorf(code, "%s [line %d, column %d]", fmt.Sprintf(format, args...), p.line, p.col)
}

// unsupported is the error for what the database has and this package lacks. The prefix is the database's own for
// features that it lacks itself.
func unsupported(p pos, format string, args ...any) error {
	return errorAt(codeUnsupported, p, "Feature not supported: "+format, args...)
}

// errNotFound is the error for a name that stands for nothing where it is used.
func errNotFound(name ident) error {
	return errorAt(codeSyntax, name.pos, "object %s not found", name.name)
}

// Exceptions about values, whose texts are the database's.
func errRange() error { return errorf(codeRange, "data exception - numeric value out of range") }

func errTruncation() error {
	return errorf(codeTruncation, "data exception - string data, right truncation")
}

func errCast(value string) error {
	return errorf(codeCast, "data exception - invalid character value for cast; Value: '%s'", value)
}

func errZero() error { return errorf(codeZero, "data exception - division by zero") }

func errCollision() error {
	return errorf(codeCollision, "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback.")
}

// writeOf adds the column to an error about a value that was assigned to it.
func writeOf(err error, column string) error {
	var e *exatest.SQLError
	if column == "" || !errors.As(err, &e) || !strings.HasPrefix(e.Code, "22") {
		return err
	}
	return errorf(e.Code, "%s in write of column %s", e.Text, column)
}

// An SQL function can give SQLite only the text of an error, and no U+0000 in it. wireError writes code and text in
// hexadecimal digits between marks, and parseWireError finds them again in what SQLite makes of it.
const wireMark = "\x01"

// wireError carries an exception through SQLite.
type wireError struct{ err *exatest.SQLError }

func (e wireError) Error() string {
	return wireMark + hex.EncodeToString([]byte(e.err.Code+e.err.Text)) + wireMark
}

// toWireError prepares an error of a callback for its way. One that is no exception, such as that of a context, goes as
// it is.
func toWireError(err error) error {
	var e *exatest.SQLError
	if errors.As(err, &e) {
		return wireError{e}
	}
	return err
}

// parseWireError finds an exception in the text of an SQLite error, nil if there is none.
func parseWireError(text string) error {
	_, rest, ok := strings.Cut(text, wireMark)
	if !ok {
		return nil
	}
	digits, _, ok := strings.Cut(rest, wireMark)
	body, err := hex.DecodeString(digits)
	if !ok || err != nil || len(body) < 5 {
		return nil
	}
	return &exatest.SQLError{Code: string(body[:5]), Text: string(body[5:])}
}

// translate gives an error of SQLite the database's form. The catalog names the columns.
func translate(err error, cat *catalog) error {
	var e *sqlite.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &e):
		return err
	}
	if known := parseWireError(e.Error()); known != nil {
		return known
	}
	switch e.Code() & 0xff {
	// Another session has committed since this one began to read. The database rolls such a transaction back, too.
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return errCollision()
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM:
		return errorf(codeSyntax, "Internal server error: out of memory (SQLite: %s)", e.Error())
	}
	if t, column, ok := constraintColumn(e.Error(), "NOT NULL constraint failed: ", cat); ok {
		return errorf(codeNotNull, "constraint violation - not null (column %s in table %s)", column, t.Name)
	}
	if t, _, ok := constraintColumn(e.Error(), "UNIQUE constraint failed: ", cat); ok {
		return errorf(codeKey, "constraint violation - primary key (%s in table %s)", t.KeyName, t.Name)
	}
	// One of SQLite's limits, such as the depth of an expression. The binder bounds what it can, but not all of it.
	return errorf(codeUnsupported, "Feature not supported: SQLite cannot run this statement: %s", e.Error())
}

// constraintColumn finds the table and the column that SQLite names as t7.c2.
func constraintColumn(text, prefix string, cat *catalog) (t *table, column string, ok bool) {
	_, rest, found := strings.Cut(text, prefix)
	if !found || cat == nil {
		return nil, "", false
	}
	var id, col int
	if n, _ := fmt.Sscanf(rest, "t%d.c%d", &id, &col); n != 2 {
		return nil, "", false
	}
	t = cat.byRows(id)
	if t == nil {
		return nil, "", false
	}
	for _, c := range t.Columns {
		if c.ID == col {
			return t, c.Name, true
		}
	}
	return t, "", true
}
