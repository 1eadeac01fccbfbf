package exasqlite

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/exawire/exawire/exatest"
)

// Sessions. What the server asks of one comes one call at a time, but others may look at it, or kill it: what they see
// of it is in activity.

// session is one connection to the database. Its methods are called one at a time.
type session struct {
	backend    *Backend
	key        int64       // what callbacks know it by
	conn       driver.Conn // of SQLite; nil once it is closed
	info       exatest.SessionInfo
	reserved   map[string]bool // words of its release that are no names
	set        settings        // as they are
	reported   settings        // what the client knows
	autocommit bool
	now        func() time.Time
	statements int64 // that it has run
	activity   activity
	effective  string        // the user that it impersonates
	ended      chan struct{} // closed by Close
	cat        *catalog      // as last loaded; nil if it has to be loaded

	// The transaction.
	open    bool     // a transaction of SQLite's
	writing bool     // holds the backend's writer
	begun   settings // when it began

	ctx       context.Context // of the running statement
	runner    driver.Stmt     // see interruptible
	nested    func() error    // what runner calls
	nestedErr error           // and what came of it
	stream    *rowStream      // of the running IMPORT
}

var _ exatest.BackendSession = (*session)(nil)

// newSession starts with what the login said. The Backend's mutex is held.
func newSession(b *Backend, key int64, conn driver.Conn, info exatest.SessionInfo) *session {
	s := &session{backend: b, key: key, conn: conn, info: info, now: b.now, ended: make(chan struct{}), autocommit: info.Attributes.Autocommit}
	s.reserved = b.reserved(info.Release)
	s.set = defaultSettings(info.Attributes)
	s.activity = activity{login: s.now(), schema: s.set.schema, user: s.user()}
	s.reported = s.set
	return s
}

// user is the user whose rights the session has.
func (s *session) user() string { return cmp.Or(s.effective, s.loginUser()) }

// loginUser is the user in the spelling of the catalog: in upper case, unless it is quoted.
func (s *session) loginUser() string {
	if s.info.User == "" {
		return "SYS"
	}
	return itemName(s.info.User)
}

// Execute runs one statement without placeholders.
func (s *session) Execute(ctx context.Context, sql string) (*exatest.Result, error) {
	st, err := parse(sql, s.reserved)
	if err != nil {
		return nil, err
	}
	if len(st.params) > 0 {
		return nil, errorAt(codeSyntax, st.params[0], "syntax error, unexpected '?'")
	}
	return s.run(ctx, st, nil, nil)
}

// Set applies an attribute that the client changed.
func (s *session) Set(ctx context.Context, attribute string, value any) error {
	switch attribute {
	case "autocommit":
		if on, ok := value.(bool); ok {
			s.autocommit = on
		}
	case "currentSchema":
		name, _ := value.(string)
		if name == "" {
			return nil
		}
		open, reported := s.open, s.reported
		_, err := s.run(ctx, &parsed{st: stOpenSchema{name: ident{name: name}, anyCase: true}}, nil, nil)
		if !open {
			// Looking the schema up is no reason to leave a transaction open.
			if failed := s.commit(); err == nil {
				err = failed
			}
		}
		// The result went nowhere: the client knows of nothing but what it set.
		s.reported = reported
		if err == nil {
			s.reported.schema = name
		}
		return err
	case "numericCharacters":
		text, _ := value.(string)
		set := s.set
		if err := set.alter(&stAlterSession{name: ident{name: "NLS_NUMERIC_CHARACTERS"}, value: text}); err != nil {
			return err
		}
		s.set = set
		s.reported.numeric = set.numeric
	}
	return nil
}

// Close ends the session and rolls back its open transaction.
func (s *session) Close() error {
	s.rollback()
	s.backend.mu.Lock()
	delete(s.backend.sessions, s.key)
	s.backend.mu.Unlock()
	if s.runner != nil {
		_ = s.runner.Close()
	}
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	close(s.ended)
	return err
}

// named is how the driver takes arguments. SQLite counts placeholders from 1.
func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

// exec runs a statement of SQLite; a done ctx interrupts it.
func (s *session) exec(ctx context.Context, sql string, args ...driver.Value) (int64, error) {
	res, err := s.conn.(driver.ExecerContext).ExecContext(ctx, sql, named(args))
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// query gives the rows of an SQLite query to row, which must not keep the slice.
func (s *session) query(ctx context.Context, sql string, args []driver.Value, row func([]driver.Value) error) error {
	rows, err := s.conn.(driver.QueryerContext).QueryContext(ctx, sql, named(args))
	if err != nil {
		return err
	}
	values := make([]driver.Value, len(rows.Columns()))
	for {
		err := rows.Next(values)
		if err == nil {
			err = row(values)
		}
		if err != nil {
			closed := rows.Close()
			if errors.Is(err, io.EOF) {
				return closed
			}
			return err
		}
	}
}

// interruptible runs fn, which may step SQLite statements with a background context, so that a done ctx interrupts
// them. The driver watches a context only while one of its own calls runs, not between the rows of a query, so fn is
// called from inside an SQL function of a statement that it does watch.
func (s *session) interruptible(ctx context.Context, fn func() error) error {
	if ctx.Done() == nil {
		return fn()
	}
	if s.runner == nil {
		stmt, err := s.conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), fmt.Sprintf("SELECT exa_run(%d)", s.key))
		if err != nil {
			return err
		}
		s.runner = stmt
	}
	s.nested, s.nestedErr = fn, nil
	_, err := s.runner.(driver.StmtExecContext).ExecContext(ctx, nil)
	s.nested = nil
	if err != nil {
		return err
	}
	return s.nestedErr
}
