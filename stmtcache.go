package exawire

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/exawire/exawire/commands"
)

// stmtCache keeps the statements that Query and Exec have prepared for their arguments. Whoever runs a statement takes it
// out and puts it back, so that a handle never has two users and is never closed under one: whether a handle may be run
// while rows of its last run are open is not documented.
//
// A statement is found by its text and by the attributes under which it was prepared. Whatever may change its meaning
// without a change of these attributes empties the cache: see effect.
type stmtCache struct {
	size int // most statements that are idle; 0 for no cache

	mu         sync.Mutex
	generation uint64           // counts how often the cache was emptied
	idle       []*cachedStmt    // the least recently used first
	doomed     []*cachedStmt    // to be closed on the server
	harmless   map[int]struct{} // open handles whose statements have no effect on others
	changed    bool             // attributes in the key have changed since the last look
}

// cachedStmt is a statement with all that it was prepared under.
type cachedStmt struct {
	*Stmt
	meaning    commands.Attributes
	generation uint64
}

// take returns an idle statement and makes the caller its owner, nil if there is none.
func (c *stmtCache) take(sql string, meaning commands.Attributes) *cachedStmt {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.find(sql, meaning)
	if i < 0 {
		return nil
	}
	st := c.idle[i]
	c.idle = slices.Delete(c.idle, i, i+1)
	return st
}

func (c *stmtCache) find(sql string, meaning commands.Attributes) int {
	return slices.IndexFunc(c.idle, func(st *cachedStmt) bool { return st.sql == sql && st.meaning == meaning })
}

// put gives a statement back. It returns true if there is one too many now, which waits to be closed: this one, or the one
// that was used least recently.
func (c *stmtCache) put(st *cachedStmt) (tooMany bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if st.generation != c.generation || c.find(st.sql, st.meaning) >= 0 {
		c.doomed = append(c.doomed, st)
		return true
	}
	c.idle = append(c.idle, st)
	if len(c.idle) <= c.size {
		return false
	}
	c.doomed = append(c.doomed, c.idle[0])
	c.idle = slices.Delete(c.idle, 0, 1)
	return true
}

// condemned takes out a statement that waits to be closed, preferably one with this text. It returns nil if there is none.
func (c *stmtCache) condemned(sql string) *cachedStmt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.doomed) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(c.doomed, func(st *cachedStmt) bool { return st.sql == sql }))
	st := c.doomed[i]
	c.doomed = slices.Delete(c.doomed, i, i+1)
	return st
}

func (c *stmtCache) condemn(st *cachedStmt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doomed = append(c.doomed, st)
}

// flush empties the cache. Statements that are in use are not put back.
func (c *stmtCache) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushLocked()
}

func (c *stmtCache) flushLocked() {
	c.generation++
	c.doomed = append(c.doomed, c.idle...)
	clear(c.idle)
	c.idle = c.idle[:0]
}

// attributesChanged notes that attributes of meaningOf have changed.
func (c *stmtCache) attributesChanged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = true
}

// observe is called by the holder of the session's lock after each command, and before the next one. A change of
// attributes that was expected needs nothing, since they are part of the key. One that is expected and does not come may
// have been left out of the answer, one that comes unexpected may have come late: statements prepared meanwhile would be
// kept under the wrong attributes.
func (c *stmtCache) observe(e effect, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := c.changed
	c.changed = false
	var refused *Error
	if e == effectUnknown || (e == effectReported) != changed || errors.As(err, &refused) && refused.losesTransaction() {
		c.flushLocked()
	}
}

// opened is called by the holder of the session's lock when a statement got its handle. It returns the generation that
// the statement belongs to. A handle that is given out again is no longer that of an older statement, whatever became of
// it: running the older one would run the new one.
func (c *stmtCache) opened(handle int, sql string) (generation uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	same := func(st *cachedStmt) bool { return st.desc.Handle == handle }
	c.idle = slices.DeleteFunc(c.idle, same)
	c.doomed = slices.DeleteFunc(c.doomed, same)
	delete(c.harmless, handle)
	if effectOfSQL(sql) == effectNone {
		if c.harmless == nil {
			c.harmless = map[int]struct{}{}
		}
		c.harmless[handle] = struct{}{}
	}
	return c.generation
}

// closed is called when a handle was closed.
func (c *stmtCache) closed(handle int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.harmless, handle)
}

// caches reports whether the session keeps a statement. Subconnections keep none: all of them have to prepare and close
// together.
func (s *Session) caches(sql string) bool {
	return s.stmts.size > 0 && !s.isSub() && effectOfSQL(sql) == effectNone
}

// runCached runs a statement with arguments by a handle of the cache, or prepares it for the cache.
func (s *Session) runCached(ctx context.Context, sql string, args []any) (*Result, error) {
	if st := s.stmts.take(sql, meaningOf(s.Attributes())); st != nil {
		result, err := s.lease(ctx, st, args, false)
		// What has changed since the statement was prepared may be why the arguments do not fit, or why the server does not
		// know the handle. In both cases nothing was run, so a statement that is prepared now may be.
		again := SafeToRetry(err) || isForgotten(err)
		if err == nil || !again || ctx.Err() != nil || s.Err() != nil {
			return result, err
		}
	}
	st := &cachedStmt{}
	var err error
	st.Stmt, err = s.prepare(ctx, sql, func(handle int) {
		st.meaning, st.generation = meaningOf(s.Attributes()), s.stmts.opened(handle, sql)
	})
	if err != nil {
		return nil, err
	}
	return s.lease(ctx, st, args, true)
}

// isForgotten recognises a server that does not know a handle, so that it cannot have run anything. Texts that users can
// make, such as those of scripts, never begin like this.
func isForgotten(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Command == "executePreparedStatement" && !e.losesTransaction() &&
		strings.HasPrefix(e.Text, "Statement handle not found")
}

// lease runs a statement and puts it back, at once or when there is nothing more to fetch by its rows. A statement that
// failed is closed: it may have failed because it is out of date. Whoever prepares a statement, or puts back one too many,
// closes one that is not kept. So no call takes more round trips than without a cache, and what is open on the server stays
// bounded.
func (s *Session) lease(ctx context.Context, st *cachedStmt, args []any, fresh bool) (*Result, error) {
	held, cleanUp := true, fresh
	release := func() {
		if held && s.stmts.put(st) {
			cleanUp = true
		}
		held = false
	}
	result, err := st.runRow(ctx, args, func(ctx context.Context) error {
		if release(); cleanUp {
			s.closeCondemned(ctx, st.sql)
		}
		return nil
	})
	switch {
	case isForgotten(err):
		s.stmts.flush() // the others may be gone as well
		s.stmts.closed(st.desc.Handle)
	case err != nil && !fresh && ctx.Err() != nil && SafeToRetry(err):
		release() // it was not even tried
	case err != nil:
		// The outcome counts, not whether the server could forget the statement: that dies with the session anyway.
		_ = st.closeDetached(ctx)
	case result.rows == nil:
		if release(); cleanUp {
			s.closeCondemned(ctx, st.sql)
		}
	case result.rows.Handle() == commands.NoHandle:
		release() // all rows are here; what there is to clean up can wait for Close
	}
	return result, err
}

// closeCondemned closes one statement that is not kept. Failing costs nothing but memory on the server until the session
// ends, so errors are dropped.
func (s *Session) closeCondemned(ctx context.Context, sql string) {
	if ctx.Err() != nil {
		return // the next one who prepares a statement does it
	}
	if st := s.stmts.condemned(sql); st != nil {
		if err := s.ClosePreparedStatement(ctx, st.desc.Handle); SafeToRetry(err) {
			s.stmts.condemn(st)
		}
	}
}
