package exasqlite

import (
	"context"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Transactions. Exasol's are serializable, and so are SQLite's: a session reads one snapshot until its transaction
// ends, and one that has read an old one cannot write. What the database decides by tables is decided here by the whole
// database: decision 0007.

// within runs fn as one statement inside the session's transaction, which it begins if there is none. If fn fails,
// nothing of what it did stays. With autocommit the transaction ends with the statement.
func (s *session) within(ctx context.Context, write bool, fn func() error) error {
	before := s.set
	if err := s.begin(ctx, write); err != nil {
		return err
	}
	// With autocommit a statement that fails takes its transaction with it, so it needs nothing to go back to.
	savepoint := write && !s.autocommit
	if savepoint {
		if _, err := s.exec(context.Background(), "SAVEPOINT statement"); err != nil {
			return s.abandon(err)
		}
	}
	err := fn()
	if err != nil {
		err = translate(err, s.cat)
		if ctx.Err() != nil {
			err = ctx.Err() // whatever the interrupt looked like from where it struck
		}
		s.set = before
		s.cat = nil
		if savepoint && !lost(err) {
			// An interrupt can have ended the whole transaction; then there is no savepoint to go back to.
			if _, gone := s.exec(context.Background(), "ROLLBACK TO statement"); gone == nil {
				_, gone = s.exec(context.Background(), "RELEASE statement")
				if gone == nil {
					return err
				}
			}
			s.rollback()
			return err
		}
		// There is no savepoint to go back to, so all of it goes.
		if s.autocommit || lost(err) {
			s.rollback()
		}
		return err
	}
	if savepoint {
		if _, err := s.exec(context.Background(), "RELEASE statement"); err != nil {
			return s.abandon(err)
		}
	}
	if s.autocommit {
		return s.commit()
	}
	return nil
}

// lost reports whether the error says that the transaction is over.
func lost(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY || sqlCode(err) == codeCollision
}

// begin opens a transaction for reading, and for writing if write is true: then this session is the only one. If
// another one has committed since this transaction began to read, the database could not order the two, and this one
// is rolled back.
func (s *session) begin(ctx context.Context, write bool) error {
	if write && !s.writing {
		if err := s.backend.lockWriter(ctx); err != nil {
			if sqlCode(err) == codeCollision {
				s.rollback()
			}
			return err
		}
		s.writing = true
	}
	if !s.open {
		s.begun = s.set
		begin := "BEGIN"
		if write {
			begin = "BEGIN IMMEDIATE"
		}
		if _, err := s.exec(context.Background(), begin); err != nil {
			return s.abandon(err)
		}
		s.open = true
		return nil
	}
	if write {
		// A write that changes nothing takes SQLite's write lock, or fails if the snapshot is old.
		if _, err := s.exec(context.Background(), "UPDATE exa_meta SET version = version WHERE 0"); err != nil {
			return s.abandon(err)
		}
	}
	return nil
}

// abandon ends a transaction that cannot go on.
func (s *session) abandon(err error) error {
	s.rollback()
	return translate(err, s.cat)
}

// commit ends the transaction. The counters of identities go with it into the file.
func (s *session) commit() error {
	if !s.open {
		return nil
	}
	if s.writing {
		if err := s.saveIdentities(); err != nil {
			return s.abandon(err)
		}
	}
	if _, err := s.exec(context.Background(), "COMMIT"); err != nil {
		return s.abandon(err)
	}
	s.end()
	return nil
}

// rollback ends the transaction and brings back the settings from before it.
func (s *session) rollback() {
	if s.open {
		_, _ = s.exec(context.Background(), "ROLLBACK") // fails if SQLite has rolled back already
		s.set = s.begun
		s.cat = nil
	}
	s.end()
}

// end forgets the transaction and lets others write.
func (s *session) end() {
	s.open = false
	if s.writing {
		s.writing = false
		s.backend.unlockWriter()
	}
}
