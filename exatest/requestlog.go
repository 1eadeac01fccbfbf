package exatest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/exawire/exawire/commands"
)

// Credentials is the name of the second message of a login for [Server.Handle] and [Server.Requests]. On the wire that
// message has no name.
const Credentials = "credentials"

// Request is one message of a client, as a handler gets it and as the request log keeps it. It must not be changed.
type Request struct {
	Command string   // as on the wire, or [Credentials]; "a message that is too long" for one that was not kept
	SQL     string   // the statement: for executePreparedStatement that of its handle, for executeBatch the one to answer
	SQLs    []string // all statements of an executeBatch
	Params  []Values // parameters of executePreparedStatement, decoded, one Values per parameter; see [Request.ParamRows]
	// ParamTypes are the types of Params as the client declared them, or those of the statement if it declared none.
	ParamTypes []commands.DataType
	Raw        json.RawMessage  // the message, inflated
	Time       time.Time        // when it arrived
	SessionID  uint64           // 0 before the login is complete
	User       string           // name of the user, once known
	Version    commands.Version // negotiated version, 0 before the login
	Node       string           // host of the node that the client is connected to

	ctx context.Context
}

// Context returns a context that ends when the client aborts the command, when the command times out, or when the
// connection ends.
func (r *Request) Context() context.Context {
	if r.ctx == nil {
		return context.Background()
	}
	return r.ctx
}

// Decode stores the message in the value that v points to, by the rules of encoding/json.
func (r *Request) Decode(v any) error { return json.Unmarshal(r.Raw, v) }

// Field returns one field of the message as JSON text, or nil if the message has no such field.
func (r *Request) Field(name string) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.Raw, &fields) != nil {
		return nil
	}
	return fields[name]
}

// Requests returns the requests with this command that have arrived so far, from all sessions, in the order of their
// arrival. An empty command means all requests.
func (s *Server) Requests(command string) []*Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	if command == "" {
		return slices.Clone(s.log)
	}
	var found []*Request
	for _, r := range s.log {
		if r.Command == command {
			found = append(found, r)
		}
	}
	return found
}

// ForgetRequests empties the request log.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}
