package exasqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Where the database is kept. Decision 0031 says what a data file holds and why it is locked.

// A database of this package is known by its number and by the version of what is stored. Anything that changes the
// stored form of a value, the numbers of the kinds or the catalog's tables needs a new version.
const (
	applicationID = 0x45584157
	storedVersion = 2
)

// store is where the SQLite database lives: a temporary directory, or a file that stays.
type store struct {
	dir  string // removed by close
	path string
	dsn  string
	made bool        // by this Backend
	lock driver.Conn // of a file: keeps other Backends away
}

// openStore prepares a place for the database; path is empty for one that goes with the Backend.
func (b *Backend) openStore(path string) error {
	st := &b.store
	// A file survives a crash of this program; after one of the machine the last commits may be missing.
	synchronous := "NORMAL"
	if path == "" {
		dir, err := os.MkdirTemp("", "exasqlite-")
		if err != nil {
			return err
		}
		// Nobody reads the file after a crash.
		synchronous = "OFF"
		st.dir, path = dir, filepath.Join(dir, "db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	st.path = path
	// Waiting is done by the backend, which knows who waits and until when. The last option makes "x" a name and never
	// a text.
	st.dsn = fileURI(path) + "?_synchronous=" + synchronous + "&_busy_timeout=0&_dqs=0"
	if st.dir == "" {
		if err := b.lockStore(); err != nil {
			return err
		}
	}
	if b.keep, err = b.driver.Open(st.dsn); err != nil {
		return err
	}
	return b.loadStore()
}

// fileURI is how SQLite wants to hear of a file whose name may hold anything.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/...
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath()
}

// lockStore makes sure that no other Backend has the file open: each counts identities and callbacks for itself. The lock
// is that of an SQLite database beside it, which the system gives back however this process ends.
func (b *Backend) lockStore() error {
	conn, err := b.driver.Open(fileURI(b.store.path+"-lock") + "?_busy_timeout=0")
	if err != nil {
		return err
	}
	if err := execAll(conn, "BEGIN EXCLUSIVE"); err != nil {
		return errors.Join(fmt.Errorf("%s is open already: %w", b.store.path, err), conn.Close())
	}
	b.store.lock = conn
	return nil
}

// loadStore makes the tables of the catalog in a new file, or checks whose file it is and reads the counters.
func (b *Backend) loadStore() error {
	s := &session{conn: b.keep}
	// The connection has no session yet, but a query needs one.
	number := func(sql string) (n int64, err error) {
		err = s.query(context.Background(), sql, nil, func(row []driver.Value) error {
			n, _ = row[0].(int64)
			return nil
		})
		return n, err
	}
	objects, err := number("SELECT COUNT(*) FROM sqlite_schema")
	if err != nil {
		return err
	}
	id, err := number("PRAGMA application_id")
	if err != nil {
		return err
	}
	version, err := number("PRAGMA user_version")
	if err != nil {
		return err
	}
	b.store.made = objects == 0 && id == 0
	switch {
	case b.store.made:
	case id != applicationID:
		return fmt.Errorf("%s is not a database of exasqlite", b.store.path)
	case version != storedVersion:
		return fmt.Errorf("%s has version %d of the stored form, this program reads %d", b.store.path, version, storedVersion)
	}
	// The file remembers its journal. This comes after synchronous is set, which spares waiting for the disk.
	if err := execAll(b.keep, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	if b.store.made {
		return execAll(b.keep, fmt.Sprintf("BEGIN; PRAGMA application_id = %d; PRAGMA user_version = %d; %s COMMIT",
			applicationID, storedVersion, catalogSchema))
	}
	last, err := number("SELECT MAX(n) FROM (SELECT MAX(id, def ->> '$.Rows') AS n FROM exa_tables UNION ALL SELECT id FROM exa_scripts)")
	if err != nil {
		return err
	}
	b.lastID = int(last)
	return s.query(context.Background(), "SELECT name, last FROM exa_identities", nil, func(row []driver.Value) error {
		name, _ := row[0].(string)
		b.identities[name], _ = row[1].(int64)
		return nil
	})
}

// closeStore removes a temporary database, and a file if it was made in vain.
func (b *Backend) closeStore(discard bool) error {
	st := &b.store
	var errs []error
	if b.keep != nil {
		errs = append(errs, b.keep.Close())
	}
	if discard && st.made && st.dir == "" {
		// Nobody has seen the file: New has failed.
		errs = append(errs, os.Remove(st.path))
	}
	if st.lock != nil {
		errs = append(errs, st.lock.Close(), os.Remove(st.path+"-lock"))
	}
	if st.dir != "" {
		errs = append(errs, os.RemoveAll(st.dir))
	}
	return errors.Join(errs...)
}

// saveIdentities writes the counters that have changed into the transaction that is about to be committed. A rollback
// leaves them in memory, as the database does not give numbers back.
func (s *session) saveIdentities() error {
	for name, last := range s.backend.takeDirty() {
		if _, err := s.exec(context.Background(), "INSERT OR REPLACE INTO exa_identities VALUES(?1, ?2)", name, last); err != nil {
			return err
		}
	}
	return nil
}

// takeDirty returns the counters that have changed since the last commit of anybody. They count across transactions, so
// whoever commits first writes them all.
func (b *Backend) takeDirty() map[string]int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.dirty) == 0 {
		return nil
	}
	changed := map[string]int64{}
	for name := range b.dirty {
		changed[name] = b.identities[name]
	}
	clear(b.dirty)
	return changed
}
