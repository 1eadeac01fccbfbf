package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"sync"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/frame"
	"github.com/exawire/exawire/exatest/internal/redact"
)

// recordedStream is one end of a recorded connection, with the bytes that were read ahead.
type recordedStream struct {
	net.Conn
	reader *bufio.Reader
}

// recordedConn writes down what is said on one connection.
type recordedConn struct {
	rec    *Recorder
	number int

	mu      sync.Mutex
	pending []redact.Request // not answered yet, in order
	ended   bool

	secretColumns redact.Columns // owned by the goroutine that forwards answers
}

func (r *Recorder) newConn() *recordedConn {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns++
	return &recordedConn{rec: r, number: r.conns, secretColumns: redact.Columns{}}
}

// forward runs both directions until the connection has ended. The error says what the transcript lacks.
func (c *recordedConn) forward(client, server *recordedStream) error {
	var wg sync.WaitGroup
	var failed [2]error
	run := func(i int, from string, in, out *recordedStream, message func(byte, []byte) error) {
		t := &tap{from: in.reader, to: out.Conn, message: message, closing: func() { failed[i] = c.end(from) }}
		err := t.run()
		var lost *recordError
		if errors.As(err, &lost) {
			failed[i] = lost
		}
		failed[i] = errors.Join(failed[i], c.end(from))
		_ = in.Close()
		_ = out.Close()
	}
	wg.Go(func() { run(0, fromClient, client, server, c.request) })
	wg.Go(func() { run(1, fromServer, server, client, c.answer) })
	wg.Wait()
	return errors.Join(failed[:]...)
}

// recordError is that a message could not be written down. It ends the connection: a program that goes on would only
// find out later.
type recordError struct{ err error }

func (e *recordError) Error() string { return "write the transcript: " + e.err.Error() }
func (e *recordError) Unwrap() error { return e.err }

// end notes who ended the connection, if nobody has yet.
func (c *recordedConn) end(from string) error {
	c.mu.Lock()
	ended := c.ended
	c.ended = true
	c.mu.Unlock()
	if ended {
		return nil
	}
	return c.write(&transcriptLine{From: from, Kind: kindOfEnd}, "")
}

func (c *recordedConn) write(l *transcriptLine, release string) error {
	l.Conn = c.number
	if err := c.rec.out.write(l, release); err != nil {
		return &recordError{err}
	}
	return nil
}

// read inflates a message. Why it cannot be recorded is not an error: it is what was said.
func (c *recordedConn) read(from string, opcode byte, payload []byte) (*transcriptLine, []byte) {
	l := &transcriptLine{From: from, Kind: kindOfText}
	if payload == nil {
		l.Omitted = "it is longer than the largest message that is recorded"
	}
	if opcode == frame.OpBinary {
		l.Kind = kindOfBinary
		if payload != nil {
			var err error
			if payload, err = frame.Inflate(payload, maxRecorded); err != nil {
				l.Omitted = err.Error()
			}
		}
	}
	return l, payload
}

func (c *recordedConn) request(opcode byte, payload []byte) error {
	l, message := c.read(fromClient, opcode, payload)
	var p redact.Request
	if l.Omitted == "" {
		var err error
		if l.Message, p.Secrets, err = c.rec.redactor.Request(message); err != nil || l.Message[0] != '{' {
			l.Omitted = "it is not a JSON object"
		}
	}
	if l.Omitted == "" {
		p.Command, p.Handle = commandOf(l.Message), fetchedHandle(l.Message)
	}
	if p.Command != "abortQuery" {
		c.mu.Lock()
		c.pending = append(c.pending, p)
		c.mu.Unlock()
	}
	return c.write(l, "")
}

func (c *recordedConn) answer(opcode byte, payload []byte) error {
	c.mu.Lock()
	var p redact.Request
	if len(c.pending) > 0 {
		p = c.pending[0]
		c.pending = c.pending[1:]
	}
	c.mu.Unlock()
	l, message := c.read(fromServer, opcode, payload)
	release := ""
	if l.Omitted == "" {
		var err error
		if l.Message, err = c.rec.redactor.Answer(message, &p, c.secretColumns); err != nil || l.Message[0] != '{' {
			l.Omitted = "it is not a JSON object"
		} else if p.Command == exatest.Credentials {
			release = greetingOf(l.Message).Data.Release
		}
	}
	return c.write(l, release)
}

// commandOf names a message the way the request log does.
func commandOf(message []byte) string {
	var m struct {
		Command string `json:"command"`
	}
	_ = json.Unmarshal(message, &m) // what has no command is not known
	if m.Command == "" {
		return exatest.Credentials
	}
	return m.Command
}

// fetchedHandle returns the handle of the result set that a fetch asks for.
func fetchedHandle(message []byte) string {
	var m struct {
		Handle json.RawMessage `json:"resultSetHandle"`
	}
	_ = json.Unmarshal(message, &m)
	return string(m.Handle)
}

// greeting is the answer to a login, as far as it matters.
type greeting struct {
	Status string `json:"status"`
	Data   struct {
		SessionID uint64 `json:"sessionId"`
		Version   int    `json:"protocolVersion"`
		Release   string `json:"releaseVersion"`
		Database  string `json:"databaseName"`
		MaxSize   int64  `json:"maxDataMessageSize"`
	} `json:"responseData"`
	Attributes map[string]json.RawMessage `json:"attributes"`
}

func greetingOf(message []byte) greeting {
	var g greeting
	_ = json.Unmarshal(message, &g) // what it does not say is zero
	return g
}
