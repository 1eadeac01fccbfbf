package exatest

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Responder decides the answer to a request. A [Response] is a Responder, and so is a function wrapped in [Func].
type Responder interface {
	Respond(*Request) Response
}

// Func makes a function a [Responder]. It runs on the goroutine of the session, at the same time as those of other
// sessions, and should return when the context of the request ends.
type Func func(*Request) Response

// Respond calls f.
func (f Func) Respond(r *Request) Response { return f(r) }

// Sequence answers the first request with the first response, the second with the second, and so on; the last one
// answers all further requests. Without responses it passes.
func Sequence(rs ...Response) Responder { return &sequence{rest: rs} }

type sequence struct {
	mu   sync.Mutex
	rest []Response
}

func (s *sequence) Respond(*Request) Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) == 0 {
		return Pass()
	}
	r := s.rest[0]
	if len(s.rest) > 1 {
		s.rest = s.rest[1:]
	}
	return r
}

// peek is what the sequence would answer, without moving on.
func (s *sequence) peek() Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rest) == 0 {
		return Pass()
	}
	return s.rest[0]
}

// Handler is a registered [Responder].
//
// Several handlers may fit a request. Those with a limit, see [Handler.Times], are asked before those without, the
// oldest first; of those without a limit the newest is asked first. So a test can override what its fixture set up, and
// a series of Once handlers is used up in the order in which it was written.
type Handler struct {
	server    *Server
	match     func(*Request) bool
	responder Responder
	left      int // answers left; negative: no limit
	calls     int
}

// Handle answers a command of the protocol, such as "execute" or "getHosts", by name. fn sees the request before the
// server does anything with it; if it returns [Pass] the next handler is asked and in the end the server itself answers.
// The second message of a login, which has no name, is [Credentials].
func (s *Server) Handle(command string, fn func(*Request) Response) *Handler {
	return s.register(&s.byCommand, func(r *Request) bool { return r.Command == command }, Func(fn))
}

// HandleSQL answers the statements whose text is pattern, whether they come by execute, by executeBatch (one request
// for each statement) or prepared. White space around the text and a semicolon at its end do not matter. A pattern that
// ends in "..." fits all texts that begin like it.
//
// When a statement is prepared, the answer of r is used for what it says of columns and [Response.Params]; a Func can
// tell by the command of the request. Preparing does not count against [Handler.Times].
func (s *Server) HandleSQL(pattern string, r Responder) *Handler {
	want, prefix := strings.CutSuffix(pattern, "...")
	want = trimSQL(want)
	return s.register(&s.bySQL, func(r *Request) bool {
		if prefix {
			return strings.HasPrefix(trimSQL(r.SQL), want)
		}
		return trimSQL(r.SQL) == want
	}, r)
}

// HandleSQLRegexp is HandleSQL for the statements in whose text re finds a match.
func (s *Server) HandleSQLRegexp(re *regexp.Regexp, r Responder) *Handler {
	return s.register(&s.bySQL, func(r *Request) bool { return re.MatchString(r.SQL) }, r)
}

func trimSQL(sql string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(sql), ";"))
}

// Once makes the handler answer one request only.
func (h *Handler) Once() *Handler { return h.Times(1) }

// Times makes the handler answer n requests, after which it is as if it had been removed. Requests that it passed on do
// not count.
func (h *Handler) Times(n int) *Handler {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.left = max(n, 0)
	return h
}

// Calls returns how many requests the handler has answered.
func (h *Handler) Calls() int {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	return h.calls
}

// Remove takes the handler out. Requests that it is answering are not affected.
func (h *Handler) Remove() {
	s := h.server
	s.mu.Lock()
	defer s.mu.Unlock()
	same := func(other *Handler) bool { return other == h }
	s.byCommand = slices.DeleteFunc(s.byCommand, same)
	s.bySQL = slices.DeleteFunc(s.bySQL, same)
}

func (s *Server) register(list *[]*Handler, match func(*Request) bool, r Responder) *Handler {
	h := &Handler{server: s, match: match, responder: r, left: -1}
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, h)
	return h
}

// respond asks the handlers of list that fit the request until one does not pass.
func (s *Server) respond(list *[]*Handler, r *Request) Response {
	for _, h := range s.candidates(list, r) {
		if !h.take() {
			continue
		}
		if answer := h.responder.Respond(r); answer.kind != kindPass {
			return answer
		}
		h.giveBack()
	}
	return Pass()
}

// describe is respond for a statement that is only prepared: nothing is used up. static is true for a response that was
// not computed from the request.
func (s *Server) describe(r *Request) (answer Response, static bool) {
	for _, h := range s.candidates(&s.bySQL, r) {
		switch responder := h.responder.(type) {
		case *sequence:
			answer, static = responder.peek(), true
		case Response:
			answer, static = responder, true
		default:
			answer, static = h.responder.Respond(r), false
		}
		if answer.kind != kindPass {
			return answer, static
		}
	}
	return Pass(), false
}

// candidates returns the handlers that fit, in the order in which they are asked.
func (s *Server) candidates(list *[]*Handler, r *Request) []*Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	var limited, others []*Handler
	for _, h := range *list {
		switch {
		case h.left == 0 || !h.match(r):
		case h.left > 0:
			limited = append(limited, h)
		default:
			others = append(others, h)
		}
	}
	slices.Reverse(others)
	return append(limited, others...)
}

func (h *Handler) take() bool {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	if h.left == 0 {
		return false
	}
	if h.left > 0 {
		h.left--
	}
	h.calls++
	return true
}

func (h *Handler) giveBack() {
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	if h.left >= 0 {
		h.left++
	}
	h.calls--
}
