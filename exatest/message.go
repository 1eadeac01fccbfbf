package exatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/exatest/internal/frame"
)

// message is one message of a client.
type message struct {
	raw     []byte
	fields  map[string]json.RawMessage
	command string // "" if there is none
	bad     error  // not JSON, or not an object
	tooLong error  // it was not kept
	at      time.Time
}

// name is what the message is called in the request log and in violations.
func (m *message) name() string {
	if m.tooLong != nil {
		return "a message that is too long"
	}
	if m.command == "" {
		return Credentials
	}
	return m.command
}

// decode undoes compression and reads the outer object. An error ends the connection.
func (c *conn) decode(opcode byte, payload []byte) (*message, error) {
	c.mu.Lock()
	compressed := c.compressed
	c.mu.Unlock()
	switch {
	case compressed && opcode == frame.OpText:
		return nil, &frame.Error{Code: frame.CloseUnsupported, Reason: "a text message came while compression is on"}
	case !compressed && opcode == frame.OpBinary:
		return nil, &frame.Error{Code: frame.CloseUnsupported, Reason: "a binary message came while compression is off"}
	case compressed:
		var err error
		var long *frame.TooLong
		if payload, err = frame.Inflate(payload, c.srv.cfg.maxRequest); errors.As(err, &long) {
			return nil, err
		} else if err != nil {
			return nil, &frame.Error{Code: frame.CloseInvalidData, Reason: err.Error()}
		}
	}
	m := &message{raw: payload, at: time.Now()}
	if err := json.Unmarshal(payload, &m.fields); err != nil {
		m.bad = err
	} else if m.fields == nil {
		m.bad = errors.New("not an object")
	}
	if raw, ok := m.fields["command"]; ok && m.bad == nil {
		if err := json.Unmarshal(raw, &m.command); err != nil || m.command == "" {
			m.bad = errors.New("command is not a string")
		}
	}
	return m, nil
}

func (m *message) has(field string) bool {
	raw, ok := m.fields[field]
	return ok && string(raw) != "null"
}

// The getters give the texts of the errors that real servers give for a field that is missing or has a wrong kind of
// value: they name it by its JSON pointer.

func (m *message) text(field string) (string, error) {
	raw, ok := m.fields[field]
	if !ok {
		return "", missing(field)
	}
	return textAt("/"+field, raw)
}

func (m *message) integer(field string) (int64, error) {
	raw, ok := m.fields[field]
	if !ok {
		return 0, missing(field)
	}
	return integerAt("/"+field, raw)
}

func (m *message) texts(field string) ([]string, error) {
	list, err := m.list(field)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(list))
	for i, raw := range list {
		if texts[i], err = textAt(fmt.Sprintf("/%s/%d", field, i), raw); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

func (m *message) integers(field string) ([]int64, error) {
	list, err := m.list(field)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(list))
	for i, raw := range list {
		if numbers[i], err = integerAt(fmt.Sprintf("/%s/%d", field, i), raw); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

func (m *message) list(field string) ([]json.RawMessage, error) {
	raw, ok := m.fields[field]
	if !ok {
		return nil, missing(field)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil || list == nil {
		return nil, wrongKind("/"+field, "an array")
	}
	return list, nil
}

func textAt(pointer string, raw json.RawMessage) (string, error) {
	s, err := textOf(raw)
	if err != nil {
		return "", wrongKind(pointer, "a string")
	}
	return s, nil
}

func integerAt(pointer string, raw json.RawMessage) (int64, error) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0, wrongKind(pointer, "an integer")
	}
	return n, nil
}

func boolAt(pointer string, raw json.RawMessage) (bool, error) {
	b, err := boolOf(raw)
	if err != nil {
		return false, wrongKind(pointer, "a boolean")
	}
	return b, nil
}

func wrongKind(pointer, kind string) error {
	return protocol("JSON value '" + pointer + "' is not " + kind)
}

func missing(field string) error {
	return protocol("JSON value '/" + field + "' is required, but was not provided.")
}

// The texts for values of parameters have no pointer.

func textOf(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", &SQLError{"00000", "getString: JSON value is not a string."}
	}
	// Most texts stand there as they are.
	if n := len(raw); n > 1 && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return string(raw[1 : n-1]), nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", &SQLError{"00000", "getString: JSON value is not a string."}
	}
	return s, nil
}

func boolOf(raw json.RawMessage) (bool, error) {
	switch string(raw) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, &SQLError{"00000", "getBool: JSON value is not a boolean."}
}
