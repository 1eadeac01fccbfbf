package exatest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
)

// session is what a connection becomes by logging in.
type session struct {
	id      uint64
	user    string
	version commands.Version
	sub     *subconnection // nil on a main connection

	// backend is nil if the server has none. Subconnections share that of the main connection, so its methods are
	// called under a lock; a channel, so that waiting for it lets virtual time pass.
	backend     BackendSession
	backendLock chan struct{}

	mu         sync.Mutex
	attrs      attributes
	changed    object // attributes to tell the client of with the next answer
	results    map[int]*resultSet
	statements map[int]*statement
	nextResult int
	nextStmt   int
	group      *parallelGroup // subconnections that were announced on this connection
}

func newSession(cfg *config, id uint64, user string, version commands.Version) *session {
	return &session{
		id: id, user: user, version: version,
		backendLock: make(chan struct{}, 1),
		attrs:       cfg.defaultAttributes(),
		results:     map[int]*resultSet{},
		statements:  map[int]*statement{},
		nextResult:  cfg.firstHandle,
		nextStmt:    cfg.firstHandle,
	}
}

// withBackend calls fn while no other subconnection uses the backend.
func (s *session) withBackend(ctx context.Context, fn func(BackendSession) error) error {
	select {
	case s.backendLock <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.backendLock }()
	if ctx.Err() != nil {
		return context.Cause(ctx) // the backend's session may be gone
	}
	return fn(s.backend)
}

// set changes an attribute. The client learns of it with the next answer.
func (s *session) set(name string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attrs[name] = attributeValue(value)
	s.changed.Set(name, s.attrs[name])
}

// setIfNew is set if the value is another one.
func (s *session) setIfNew(name string, value any) {
	s.mu.Lock()
	old := s.attrs[name]
	s.mu.Unlock()
	if old != attributeValue(value) {
		s.set(name, value)
	}
}

// keepParameter remembers a parameter of the session that is not an attribute: no client is told of it.
func (s *session) keepParameter(name string, value int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attrs[name] = value
}

// takeChanged returns what the client has to be told.
func (s *session) takeChanged() object {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.changed
	s.changed = nil
	return changed
}

func (s *session) attributes() attributes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.attrs)
}

// formats are the settings that values are written with at this moment.
func (s *session) formats(cfg *config) *formats {
	a := s.attributes()
	parse := func(attribute string) timeFormat {
		return parseFormat(a.text(attribute), a.text("dateLanguage"), int(a.integer(firstDayOfWeek)))
	}
	f := &formats{
		date: parse("dateFormat"), datetime: parse("datetimeFormat"),
		release: cfg.release, numbers: cfg.numbers, separator: ".", paramSeparator: ".",
	}
	_, size := utf8.DecodeRuneInString(a.text("numericCharacters"))
	if separator := a.text("numericCharacters")[:size]; separator != "" {
		if !cfg.numbers.alwaysPoint {
			f.separator = separator
		}
		if cfg.numbers.params == SessionSeparator {
			f.paramSeparator = separator
		}
	}
	return f
}

// suffix is what a database appends to the text of an exception.
func (s *session) suffix() string { return " (Session: " + strconv.FormatUint(s.id, 10) + ")" }

// open lists what is still open, for the report of leaks.
func (s *session) open() (results, statements []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.results)), slices.Sorted(maps.Keys(s.statements))
}

// leakedStatements lists the prepared statements that a client cannot want to keep: those that it never ran, and those
// that it prepared again, with the same text and under the same settings.
func (s *session) leakedStatements() []int {
	type kept struct {
		sql      string
		settings commands.Attributes
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[kept]bool{}
	var leaked []int
	for _, handle := range slices.Backward(slices.Sorted(maps.Keys(s.statements))) {
		st := s.statements[handle]
		k := kept{st.sql, st.settings}
		if !st.run || seen[k] {
			leaked = append(leaked, handle)
		}
		seen[k] = true
	}
	slices.Reverse(leaked)
	return leaked
}

// sessionView is what is known of a connection from other goroutines.
type sessionView struct {
	sess *session
}

// Session describes one session that is open at this moment.
type Session struct {
	ID            uint64              // number of the session, as the client was told
	User          string              // name of the user
	Version       commands.Version    // negotiated
	Node          string              // host of the node that the client is connected to
	Path          string              // path and query that the client upgraded with
	TLS           bool                // whether the connection is encrypted
	Subconnection bool                // whether it is a subconnection of the session with the same ID
	Attributes    commands.Attributes // as they are now
	ResultSets    []int               // handles that are open
	Statements    []int               // handles of prepared statements that are open
}

// Sessions returns the sessions that are logged in, in the order of their numbers, with main connections before their
// subconnections.
func (s *Server) Sessions() []Session {
	var list []Session
	for _, c := range s.connections() {
		c.mu.Lock()
		sess := c.info.sess
		c.mu.Unlock()
		if sess == nil {
			continue
		}
		results, statements := sess.open()
		list = append(list, Session{
			ID: sess.id, User: sess.user, Version: sess.version, Node: c.node, Path: c.path, TLS: c.tls,
			Subconnection: sess.sub != nil, Attributes: sess.attributes().snapshot(), ResultSets: results, Statements: statements,
		})
	}
	slices.SortFunc(list, func(a, b Session) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), boolOrder(a.Subconnection, b.Subconnection), strings.Compare(a.Node, b.Node))
	})
	return list
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Connections returns how many connections are open, logged in or not. A connection that a client leaks shows up here.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// KillSessions cuts all connections without a Close frame, as a crash of the database does.
func (s *Server) KillSessions() {
	for _, c := range s.connections() {
		c.cut(errKilled)
	}
}

// KillSession cuts the connections of one session, subconnections included, as [Server.KillSessions] does for all. It
// reports whether the session existed.
func (s *Server) KillSession(id uint64) bool {
	found := false
	for _, c := range s.connections() {
		c.mu.Lock()
		sess := c.info.sess
		c.mu.Unlock()
		if sess != nil && sess.id == id {
			c.cut(errKilled)
			found = true
		}
	}
	return found
}

// endSession gives back what the session holds.
func (c *conn) endSession() {
	sess := c.sess
	if sess == nil {
		return
	}
	if sess.sub != nil {
		sess.sub.group.leave(sess.sub)
		return
	}
	c.srv.closeGroup(sess)
	if sess.backend != nil {
		sess.backendLock <- struct{}{}
		defer func() { <-sess.backendLock }()
		_ = sess.backend.Close()
	}
}
