package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// transcript is the index of a file that is replayed. Messages stay in the file until they are played.
type transcript struct {
	file   *os.File
	path   string
	config config
	header transcriptHeader

	sessions []*recordedSession // those that logged in, in the order in which they did

	mu        sync.Mutex
	taken     int // sessions given out, subconnections apart
	takenSubs int
}

// recordedSession is one session of the recording.
type recordedSession struct {
	sub         bool
	line        int // of the answer to its login
	version     commands.Version
	credentials credentials
	welcome     span // the answer to its login
	greeting    greeting
	steps       []*step
	byKey       map[string][]int // steps with the same content
	opened      map[int]bool     // handles of result sets
	statements  map[int]bool     // handles of statements
}

// credentials are the second message of a login, as far as it matters for a replay.
type credentials struct {
	Attributes map[string]json.RawMessage `json:"attributes"`
}

func credentialsOf(message []byte) credentials {
	var c credentials
	_ = json.Unmarshal(message, &c) // what it does not say is empty
	return c
}

// step is a request of the recording and what came of it.
type step struct {
	line    int // of the request
	command string
	content content
	outcome stepOutcome
	answer  span
	took    time.Duration
	aborted bool  // the answer says that the command was aborted
	opens   []int // handles of result sets in the answer
	played  atomic.Bool
}

type stepOutcome int

const (
	unknown   stepOutcome = iota // the recording stopped before an answer came
	abandoned                    // the client ended the connection before
	dropped                      // the server did
	answered
)

// recordedRequest is a request whose answer the index has not seen yet.
type recordedRequest struct {
	step    *step
	message json.RawMessage // of a login only
	micros  int64
	aborted bool // the client sent abortQuery
}

// connectionIndex is a connection while the file is read.
type connectionIndex struct {
	session     *recordedSession // nil before it has logged in
	sub         bool
	pending     []recordedRequest
	generations map[int]int // how often a handle was given out
}

// index reads the whole file.
func (t *transcript) index() error {
	conns := map[int]*connectionIndex{}
	var err error
	t.header, err = readTranscript(t.file, func(l *transcriptLine, number int, place span) error {
		c := conns[l.Conn]
		if c == nil {
			c = &connectionIndex{generations: map[int]int{}}
			conns[l.Conn] = c
		}
		switch {
		case l.Kind == kindOfEnd:
			c.end(l)
			return nil
		case l.Omitted != "":
			return fmt.Errorf("a message of the %s was not recorded: %s", l.From, l.Omitted)
		case l.From == fromClient:
			return c.request(l, number)
		}
		return t.answer(c, l, number, place)
	})
	if err == nil && len(t.sessions) == 0 {
		err = errors.New("nobody has logged in")
	}
	return err
}

func (c *connectionIndex) end(l *transcriptLine) {
	for _, p := range c.pending {
		switch {
		case p.step == nil:
		case l.From == fromServer:
			p.step.outcome = dropped
		default:
			p.step.outcome = abandoned
		}
	}
	c.pending = nil
}

func (c *connectionIndex) request(l *transcriptLine, number int) error {
	command := commandOf(l.Message)
	if command == "abortQuery" {
		if len(c.pending) > 0 {
			c.pending[0].aborted = true
		}
		return nil
	}
	p := recordedRequest{micros: l.Micros}
	if c.session == nil {
		p.message = l.Message
		c.sub = c.sub || command == "subLogin" || command == "subLoginToken"
	} else {
		content, err := contentOf(command, l.Message, c.generations)
		if err != nil {
			return err
		}
		p.step = &step{line: number, command: command, content: content}
		s := c.session
		s.byKey[content.key] = append(s.byKey[content.key], len(s.steps))
		s.steps = append(s.steps, p.step)
	}
	c.pending = append(c.pending, p)
	return nil
}

// answerShape is what the index has to know of an answer.
type answerShape struct {
	Data struct {
		Statement *int `json:"statementHandle"`
		Results   []struct {
			Set struct {
				Handle *int `json:"resultSetHandle"`
			} `json:"resultSet"`
		} `json:"results"`
	} `json:"responseData"`
	Exception struct {
		Code string `json:"sqlCode"`
	} `json:"exception"`
}

func (t *transcript) answer(c *connectionIndex, l *transcriptLine, number int, place span) error {
	if len(c.pending) == 0 {
		return errors.New("this answers no request")
	}
	p := c.pending[0]
	c.pending = c.pending[1:]
	if p.step == nil {
		return t.login(c, p, l, number, place)
	}
	st := p.step
	st.outcome, st.answer, st.took = answered, place, recordedTime(p.micros, l.Micros)
	if st.command == "fetch" {
		return nil // nothing but rows, and many of them
	}
	var shape answerShape
	if err := json.Unmarshal(l.Message, &shape); err != nil {
		return err
	}
	st.aborted = p.aborted && (shape.Exception.Code == "R0003" || shape.Exception.Code == "40007")
	if h := shape.Data.Statement; h != nil {
		c.session.statements[*h] = true
	}
	for _, r := range shape.Data.Results {
		if h := r.Set.Handle; h != nil && st.command != "getResultSetHeader" {
			c.generations[*h]++
			c.session.opened[*h] = true
			st.opens = append(st.opens, *h)
		}
	}
	return nil
}

// login turns a connection into a session if this is the answer that says so.
func (t *transcript) login(c *connectionIndex, p recordedRequest, l *transcriptLine, number int, place span) error {
	if commandOf(p.message) != exatest.Credentials {
		return nil
	}
	g := greetingOf(l.Message)
	if g.Status != "ok" {
		return nil
	}
	if g.Data.Version < 1 {
		return errors.New("the answer to the login has no protocolVersion")
	}
	c.session = &recordedSession{
		sub: c.sub, line: number, version: commands.Version(g.Data.Version), credentials: credentialsOf(p.message),
		welcome: place, greeting: g, byKey: map[string][]int{}, opened: map[int]bool{}, statements: map[int]bool{},
	}
	t.sessions = append(t.sessions, c.session)
	return nil
}

// unplayed lists the steps that have to be played and were not.
func (t *transcript) unplayed() []string {
	var left []string
	for _, s := range t.sessions {
		for _, st := range s.steps {
			if !st.played.Load() && !st.free() {
				left = append(left, fmt.Sprintf("line %d: %s", st.line, st.content.excerpt()))
			}
		}
	}
	return left
}
