package exatest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/exawire/exawire/commands"
)

var errKilled = errors.New("the session was killed")

// violation records that the client broke the protocol and fails the test, unless the server is lenient. What is
// looked for:
//
//   - at most one command is waiting for its answer, also after an abort, which is sent at most once for a command
//   - result sets are closed before disconnect, and so are prepared statements, but for those that a client may keep to
//     run them again: one of each text and settings, if it was run at all
//   - disconnect is sent before a Close frame that is not about an error
//   - frames are masked and properly fragmented, text is UTF-8, messages respect maxDataMessageSize, and they are text or
//     binary as compression asks for
//   - the second message of a login has the fields that it has to have, useCompression among them
//   - read-only attributes are not written, abortQuery and the first message of a login carry none (an empty object in
//     the latter is tolerated), and attributes are not fields of a command
//   - DOUBLE parameters have a point or an exponent
func (c *conn) violation(format string, args ...any) {
	v := Violation{Text: fmt.Sprintf(format, args...)}
	c.mu.Lock()
	v.Client = c.client
	c.mu.Unlock()
	if sess := c.currentSession(); sess != nil {
		v.SessionID = sess.id
	}
	c.srv.violation(v)
}

func (c *conn) currentSession() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.info.sess
}

func (s *Server) violation(v Violation) {
	text := v.String()
	s.mu.Lock()
	s.violations = append(s.violations, text)
	s.mu.Unlock()
	if fn := s.cfg.onViolation; fn != nil {
		fn(v)
	}
	if s.tb != nil && !s.cfg.lenient {
		s.tb.Errorf("exatest: protocol violation: %s", text)
	}
}

// Violations returns what clients have done against the protocol so far. Each of them has failed the test of a server
// started by [NewServer], unless the server was started with [WithLeniency].
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// checkRequest looks for attributes where they do not belong.
func (c *conn) checkRequest(m *message) {
	if m.bad != nil {
		return
	}
	switch m.command {
	case "abortQuery":
		if m.has("attributes") {
			c.violation("abortQuery carries attributes")
		}
	case "login", "loginToken", "subLogin", "subLoginToken":
		if raw, ok := m.fields["attributes"]; ok && string(raw) != "{}" && string(raw) != "null" {
			c.violation("the first message of a login carries attributes")
		}
	}
	for name := range m.fields {
		if _, ok := attributeTable[name]; ok {
			c.violation("%s has the attribute %s as a field of its own", m.name(), name)
		}
	}
}

// checkCredentials looks for what the second message of a login must not leave out. That of useCompression is looked for
// when the credentials were right.
func (k *call) checkCredentials(version commands.Version, token, sub bool) {
	var required []string
	switch {
	case !token:
		required = []string{"username", "password"}
	case !k.msg.has("accessToken") && !k.msg.has("refreshToken"):
		k.violation("the second message of the login has neither accessToken nor refreshToken")
	}
	if sub {
		required = append(required, "token")
	}
	if sub && version >= commands.V4 {
		required = append(required, "sessionId")
	}
	for _, field := range required {
		if !k.msg.has(field) {
			k.violation("the second message of the login has no %s", field)
		}
	}
}

// checkLeaks is called when the client disconnects.
func (c *conn) checkLeaks() {
	if results, _ := c.sess.open(); len(results) > 0 {
		c.violation("disconnect while the result sets %v are open", results)
	}
	if statements := c.sess.leakedStatements(); len(statements) > 0 {
		c.violation("disconnect while the prepared statements %v are open", statements)
	}
}
