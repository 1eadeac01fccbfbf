package exatest

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Handler is a registered [Responder].
//
// Several handlers may fit a request. Those with a limit (see [Handler.Times]) are asked before those without: the
// limited ones from oldest to newest, the others from newest to oldest. A test can therefore override what its fixture
// set up, and a series of handlers with [Handler.Once] is used up in the order in which they were registered.
type Handler struct {
	server    *Server
	name      string // how it was made, for messages
	place     string // where
	match     func(*Request) bool
	responder Responder

	// Guarded by the lock of the server.
	when     []condition
	limit    int  // answers; negative: no limit
	none     bool // the limit leaves room for none
	calls    int
	refused  int // requests that came although Times said none
	expected bool
}

// condition is what a request has to be beside what its command or its text says.
type condition struct {
	text  string
	holds func(*Request) bool
}

// Once makes the handler answer one request only.
func (h *Handler) Once() *Handler { return h.Times(1) }

// Times makes the handler answer n more requests, after which it behaves as if it had been removed. Requests that it
// passes on do not count, see [Pass]. With 0 it answers none from now on; together with [Handler.Expect] that says that
// none may come:
//
//	srv.HandleSQL("DELETE...", exatest.RowCount(0)).Times(0).Expect()
func (h *Handler) Times(n int) *Handler {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.limit, h.refused = h.calls+max(n, 0), 0
	h.none = n <= 0
	return h
}

// WithParams limits the handler to executions of a prepared statement with one row of parameters that has these values.
// A value may be anything that [ValuesOf] takes; nil is NULL, and [Any] matches every value. Values are compared by the
// type of the parameter, so 7, "7" and "7.00" are the same DECIMAL. No parameters are known while the statement is
// being prepared: the handler then only describes the statement, and an exception waits for the execution.
func (h *Handler) WithParams(values ...any) *Handler {
	return h.add(condition{"the parameters " + rowText(values), func(r *Request) bool { return r.hasParams(values) }})
}

// When limits the handler to requests for which fits returns true. fits is not called when a statement is prepared.
// Several sessions may call it at the same time.
func (h *Handler) When(fits func(*Request) bool) *Handler {
	return h.add(condition{"what its When asks for", fits})
}

func (h *Handler) add(c condition) *Handler {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.when = append(slices.Clip(h.when), c)
	return h
}

// Expect fails the test if the handler has answered fewer requests than [Handler.Times] says when the server closes, or
// none at all if it has no limit. After Times(0) the test fails if a request has come that the handler fits, also if
// another handler has answered it; that a statement was only prepared does not count. A server without a test only lists
// such handlers, see [Server.Unmet].
func (h *Handler) Expect() *Handler {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.expected = true
	return h
}

// Calls returns how many requests the handler has answered.
func (h *Handler) Calls() int {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	return h.calls
}

// Remove removes the handler and with it what [Handler.Expect] asked for. Requests that it is answering are not
// affected.
func (h *Handler) Remove() {
	s := h.server
	s.mu.Lock()
	defer s.mu.Unlock()
	same := func(other *Handler) bool { return other == h }
	s.byCommand = slices.DeleteFunc(s.byCommand, same)
	s.bySQL = slices.DeleteFunc(s.bySQL, same)
}

// String returns how and where the handler was registered.
func (h *Handler) String() string { return h.name + " of " + h.place }

// callerOf is the place in the source that called the function skip levels above the one that asks.
func callerOf(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 1)
	if !ok {
		return "an unknown place"
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

func (h *Handler) conditions() []condition {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	return h.when
}

// unfit says what a request would have to be for this handler, "" if it fits. It is called without the lock of the
// server: conditions are code of the test.
func (h *Handler) unfit(r *Request) string {
	if !h.match(r) {
		return "another text"
	}
	for _, c := range h.conditions() {
		if !c.holds(r) {
			return c.text
		}
	}
	return ""
}

func (h *Handler) take() bool {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	if h.limit >= 0 && h.calls >= h.limit {
		return false
	}
	h.calls++
	return true
}

// refuse counts a request that is not to come.
func (h *Handler) refuse() {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.refused++
}

func (h *Handler) giveBack() {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.calls--
}

// Unmet returns a description of each handler that has not answered what [Handler.Expect] asks for, or has got what it
// forbids: first those of [Server.Handle], then those of [Server.HandleSQL] and [Server.HandleSQLRegexp], each in the
// order of registration. A server started by [NewServer] fails its test with this list when it closes.
func (s *Server) Unmet() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var unmet []string
	for _, h := range slices.Concat(s.byCommand, s.bySQL) {
		switch {
		case !h.expected:
		case h.refused > 0:
			unmet = append(unmet, fmt.Sprintf("%s was to get no request, and got %d", h, h.refused))
		case h.limit < 0 && h.calls == 0:
			unmet = append(unmet, h.String()+" has answered nothing")
		case h.calls < h.limit:
			unmet = append(unmet, fmt.Sprintf("%s has given %d of %d answers", h, h.calls, h.limit))
		}
	}
	return unmet
}

// reportUnmet fails the test for expectations that were not met, and shows what came instead.
func (s *Server) reportUnmet() {
	unmet := s.Unmet()
	if len(unmet) == 0 {
		return
	}
	s.tb.Errorf("exatest: expectations that were not met:\n\t%s\nwhat clients have sent:\n\t%s",
		strings.Join(unmet, "\n\t"), strings.Join(s.summary(), "\n\t"))
}

// summary is the end of the request log in words, without what every session sends.
func (s *Server) summary() []string {
	const most = 20
	var lines []string
	for _, r := range s.Requests("") {
		switch r.Command {
		case "login", "loginToken", Credentials, "closePreparedStatement", "closeResultSet", "disconnect":
		default:
			lines = append(lines, r.String())
		}
	}
	if left := len(lines) - most; left > 0 {
		lines = append([]string{fmt.Sprintf("(%d more)", left)}, lines[left:]...)
	}
	if len(lines) == 0 {
		lines = []string{"nothing"}
	}
	return lines
}

// near says why the handlers that fit the text of a statement have not answered it, for the newest of them.
func (s *Server) near(r *Request) string {
	s.mu.Lock()
	handlers := slices.Clone(s.bySQL)
	s.mu.Unlock()
	slices.Reverse(handlers)
	var near []string
	for _, h := range handlers {
		if !h.match(r) {
			continue
		}
		if want := h.unfit(r); want != "" {
			near = append(near, fmt.Sprintf("; %s wants %s", h, want))
		} else if h.Calls() > 0 {
			near = append(near, fmt.Sprintf("; %s has given all its answers", h))
		}
	}
	const most = 3
	if left := len(near) - most; left > 0 {
		near = append(near[:most], fmt.Sprintf("; %d more", left))
	}
	return strings.Join(near, "")
}
