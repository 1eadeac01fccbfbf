package exasqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"

	"modernc.org/sqlite"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// The backend: what its sessions share. That is the database itself, the right to write, and the counters that a
// rollback does not take back. Each session has an SQLite connection of its own, and with it a snapshot of its own.

// Backend is an [exatest.Backend] that keeps schemas and tables in SQLite. Many sessions may use it at the same time.
type Backend struct {
	lockTimeout time.Duration    // see WithLockTimeout
	now         func() time.Time // see WithClock
	setup       []string         // see WithSQL
	file        string           // see WithFile; empty for a temporary one

	driver *sqlite.Driver
	store  store

	// writer holds a token while a transaction writes: SQLite has one writer at a time.
	writer    chan struct{}
	callbacks callbackList // what exa_f calls, by number

	mu            sync.Mutex
	callbackIndex map[string]int // the number of a callback by its key
	sessions      map[int64]*session
	words         map[string]map[string]bool // reserved, by release
	identities    map[string]int64           // last value by column
	dirty         map[string]bool            // identities that are not saved
	lastKey       int64                      // of a session
	lastID        int                        // of a table, a view or a script
	keep          driver.Conn                // holds the database open between sessions
	closed        bool
}

var _ exatest.Backend = (*Backend)(nil)

// Option changes how a [Backend] behaves. Options are given to [New].
type Option func(*Backend)

// WithLockTimeout sets how long a statement that writes waits for the end of another session's writing transaction.
// After that its own transaction is rolled back with code 40001. The default is 2 seconds. A database waits without
// limit, but then a test would hang.
func WithLockTimeout(d time.Duration) Option { return func(b *Backend) { b.lockTimeout = d } }

// WithClock sets the clock of CURRENT_TIMESTAMP and similar functions. The default is [time.Now].
func WithClock(now func() time.Time) Option { return func(b *Backend) { b.now = now } }

// WithSQL runs statements when the database is created, so that a session can start with its schema open. They run in
// one session, so CREATE SCHEMA opens the schema for the statements that follow. Each text may have several statements,
// separated by semicolons. With [WithFile] they run only if the file did not exist before.
func WithSQL(statements ...string) Option {
	return func(b *Backend) { b.setup = append(b.setup, statements...) }
}

// WithFile keeps the database in a file, which is created if it does not exist. The next [Backend] with this file finds
// all schemas, tables, rows, views, comments and counters of identity columns again. While a Backend is open, there are
// files with the endings -wal, -shm and -lock next to it, and no other Backend can open it.
func WithFile(path string) Option { return func(b *Backend) { b.file = path } }

// New creates a [Backend]. Without [WithFile] its database is in a temporary directory, which [Backend.Close] removes,
// and has no schemas yet.
func New(opts ...Option) (*Backend, error) {
	b := &Backend{
		lockTimeout:   2 * time.Second,
		now:           time.Now,
		driver:        &sqlite.Driver{},
		writer:        make(chan struct{}, 1),
		callbackIndex: map[string]int{},
		sessions:      map[int64]*session{},
		words:         map[string]map[string]bool{},
		identities:    map[string]int64{},
		dirty:         map[string]bool{},
	}
	for _, o := range opts {
		o(b)
	}
	b.callbacks.Store(&[]callback{})
	if err := b.register(b.driver); err != nil {
		return nil, fmt.Errorf("register functions: %w", err)
	}
	err := b.openStore(b.file)
	if err == nil && b.store.made {
		err = b.runSetup()
	}
	if err != nil {
		_ = b.close(true)
		return nil, fmt.Errorf("open database: %w", err)
	}
	return b, nil
}

// runSetup runs the statements of WithSQL. An error names the statement and its line: the text is mostly a file of the
// user's.
func (b *Backend) runSetup() error {
	if len(b.setup) == 0 {
		return nil
	}
	s, err := b.Connect(context.Background(), exatest.SessionInfo{Attributes: commands.DefaultAttributes()})
	if err != nil {
		return err
	}
	for _, text := range b.setup {
		statements, err := splitScript(text)
		if err != nil {
			return errors.Join(fmt.Errorf("read %q: %w", text, err), s.Close())
		}
		for _, st := range statements {
			if _, err := s.Execute(context.Background(), st.text); err != nil {
				return errors.Join(fmt.Errorf("run %q of line %d: %w", st.text, st.line, err), s.Close())
			}
		}
	}
	return s.Close()
}

// execAll runs any number of SQLite's statements on a connection that no session has.
func execAll(c driver.Conn, sql string) error {
	_, err := c.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	return err
}

// Connect opens a session with an SQLite connection of its own. If the login names a schema, it must exist, and the
// formats of dates and timestamps must be ones that ALTER SESSION accepts.
func (b *Backend) Connect(ctx context.Context, info exatest.SessionInfo) (exatest.BackendSession, error) {
	s, err := b.connect(info)
	if err != nil {
		return nil, err
	}
	if err := s.set.checkFormats(&stAlterSession{}); err != nil {
		_ = s.Close()
		return nil, err
	}
	if name := info.Attributes.CurrentSchema; name != "" {
		if err := s.Set(ctx, "currentSchema", name); err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	return s, nil
}

// connect opens the connection, without looking at what the login said.
func (b *Backend) connect(info exatest.SessionInfo) (*session, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, fmt.Errorf("exasqlite: the backend is closed")
	}
	conn, err := b.driver.Open(b.store.dsn)
	if err != nil {
		return nil, fmt.Errorf("open session: %w", err)
	}
	b.lastKey++
	s := newSession(b, b.lastKey, conn, info)
	b.sessions[s.key] = s
	return s, nil
}

// session finds a session by the key that its callbacks have, nil if it has ended.
func (b *Backend) session(key int64) *session {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sessions[key]
}

// Close removes the database, unless it is in the file of [WithFile]. All sessions must have ended. Close may be called
// again.
func (b *Backend) Close() error { return b.close(false) }

// close ends the backend; discard removes a file that was made for nothing.
func (b *Backend) close(discard bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	return b.closeStore(discard)
}

// newID numbers tables and views. No number comes twice, not even that of a table whose creation was rolled back.
func (b *Backend) newID() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lastID++
	return b.lastID
}

// nextIdentity numbers the rows of an IDENTITY column. Numbers are not given back by a rollback.
func (b *Backend) nextIdentity(column string, start int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, ok := b.identities[column]
	if n++; !ok {
		n = start
	}
	b.identities[column], b.dirty[column] = n, true
	return n
}

// lastIdentity is the number that nextIdentity gave last.
func (b *Backend) lastIdentity(column string, start int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n, ok := b.identities[column]; ok {
		return n
	}
	return start - 1
}

// lockWriter waits until no other transaction writes.
func (b *Backend) lockWriter(ctx context.Context) error {
	select {
	case b.writer <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(b.lockTimeout)
	defer timer.Stop()
	select {
	case b.writer <- struct{}{}:
		return nil
	case <-timer.C:
		return errCollision()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Backend) unlockWriter() { <-b.writer }
