package exatest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// Responder decides the answer to a request. A [Response] is a Responder, and so is a function wrapped in [Func].
type Responder interface {
	Respond(*Request) Response
}

// Func makes a function a [Responder]. The function runs on the goroutine of the session, so several sessions may call
// it at the same time. It should return when the context of the request ends, see [Request.Context].
type Func func(*Request) Response

// Respond calls f.
func (f Func) Respond(r *Request) Response { return f(r) }

// Sequence answers the first request with the first response, the second with the second, and so on. The last response
// answers all further requests. Without any responses it leaves the request to the next handler, as [Pass] does.
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

// Handle answers a command of the protocol, such as "execute" or "getHosts", by name. fn sees the request before the
// server does anything with it. If fn returns [Pass], the next handler is asked, and in the end the server itself
// answers. The second message of a login has no name on the wire; use [Credentials] for it.
//
// A name that no command of the protocol has fails the test, see [Server.AllowCommands]; a server without a test panics.
func (s *Server) Handle(command string, fn func(*Request) Response) *Handler {
	if err := s.checkCommand(command); err != nil {
		if s.tb != nil {
			s.tb.Helper()
		}
		s.misnamed("Handle", err)
	}
	name := fmt.Sprintf("Handle(%q)", command)
	return s.register(&s.byCommand, name, func(r *Request) bool { return r.Command == command }, Func(fn))
}

// HandleSQL answers the statements whose text is pattern, whether they arrive by execute, by executeBatch (one request
// for each statement) or as a prepared statement. The amount of white space and a semicolon at the end do not matter. A
// pattern that ends in "..." fits all texts with the same beginning.
//
// When a statement is prepared, r is asked too, and the server takes the columns and the [Response.Params] from its
// answer. A [Func] can tell preparing from executing by the command of the request. Preparing does not count against
// [Handler.Times].
func (s *Server) HandleSQL(pattern string, r Responder) *Handler {
	want, prefix := strings.CutSuffix(pattern, "...")
	want = sqltext.Normal(want)
	return s.register(&s.bySQL, fmt.Sprintf("HandleSQL(%q)", pattern), func(r *Request) bool {
		if prefix {
			return strings.HasPrefix(sqltext.Normal(r.SQL), want)
		}
		return sqltext.Normal(r.SQL) == want
	}, r)
}

// HandleSQLRegexp answers the statements whose text re matches, in all other respects like [Server.HandleSQL].
func (s *Server) HandleSQLRegexp(re *regexp.Regexp, r Responder) *Handler {
	name := fmt.Sprintf("HandleSQLRegexp(%q)", re)
	return s.register(&s.bySQL, name, func(r *Request) bool { return re.MatchString(r.SQL) }, r)
}

func (s *Server) register(list *[]*Handler, name string, match func(*Request) bool, r Responder) *Handler {
	h := &Handler{server: s, name: name, place: callerOf(2), match: match, responder: r, limit: -1}
	s.mu.Lock()
	defer s.mu.Unlock()
	*list = append(*list, h)
	return h
}

// respond asks the handlers of list that fit the request until one does not pass.
func (s *Server) respond(list *[]*Handler, r *Request) Response {
	for _, h := range s.forbidding(list) {
		if h.unfit(r) == "" {
			h.refuse()
		}
	}
	for _, h := range s.candidates(list) {
		if h.unfit(r) != "" || !h.take() {
			continue
		}
		if answer := h.responder.Respond(r); answer.kind != kindPass {
			return answer
		}
		h.giveBack()
	}
	return Pass()
}

// description is what the handlers say of a statement that is only prepared.
type description struct {
	Response
	static      bool // the response was not computed from the request
	conditional bool // it is for some parameters only
}

// describe is respond for a statement that is only prepared: nothing is used up, and no parameters are known. If the
// first response says nothing of them, the next one that does is taken for that.
func (s *Server) describe(r *Request) (first description) {
	for _, h := range s.candidates(&s.bySQL) {
		if !h.match(r) {
			continue
		}
		d := description{conditional: len(h.conditions()) > 0}
		switch responder := h.responder.(type) {
		case *sequence:
			d.Response, d.static = responder.peek(), true
		case Response:
			d.Response, d.static = responder, true
		default:
			if first.kind != kindPass {
				continue
			}
			d.Response = h.responder.Respond(r)
		}
		switch {
		case first.kind == kindPass:
			first = d
		case d.hasArgs:
			first.params, first.hasArgs = d.params, true
		}
		if first.hasArgs {
			break
		}
	}
	return first
}

// candidates returns the handlers that are not used up, in the order in which they are asked.
// forbidding returns the handlers of list that expect to get no request.
func (s *Server) forbidding(list *[]*Handler) (none []*Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range *list {
		if h.none && h.expected {
			none = append(none, h)
		}
	}
	return none
}

func (s *Server) candidates(list *[]*Handler) []*Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	var limited, others []*Handler
	for _, h := range *list {
		switch {
		case h.limit < 0:
			others = append(others, h)
		case h.calls < h.limit:
			limited = append(limited, h)
		}
	}
	slices.Reverse(others)
	return append(limited, others...)
}
