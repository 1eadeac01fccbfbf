// Package replay is how a recording takes the place of what a server would answer. Package record implements it and the
// server of package exatest asks it; users see neither.
package replay

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/exawire/exawire/commands"
)

// Option makes a recording an exatest.Option, which the caller asserts. Package exatest sets it: an option that only
// package record has a use for is none that users should read about.
var Option func(Recording) any

// Recording is a transcript that a server serves. The server asks it from many goroutines, and closes it.
type Recording interface {
	// Identity is what the server says of itself.
	Identity() Identity

	// Begin gives out the next session to a client whose credentials were found right.
	Begin(Login) (*Session, error)

	// Close gives the file back. unplayed is what should have been played and was not, "" if there is nothing.
	Close() (unplayed string, err error)
}

// Identity is what the logins of a recording say of the server.
type Identity struct {
	Release        string
	Version        commands.Version // the newest
	DatabaseName   string
	MaxMessageSize int64 // in bytes
}

// Login is what a client asks for.
type Login struct {
	Message       []byte           // the second one
	Version       commands.Version // negotiated
	Subconnection bool
}

// Session is a recorded session that a client plays.
type Session struct {
	ID         uint64
	Version    commands.Version
	Attributes map[string]json.RawMessage // at the login
	Welcome    []byte                     // the last message of the login

	// Answer looks up what the database answered to a message. An error is an exception for the client, and fails the
	// test unless it is a [MissingRows]. It is called from one goroutine.
	Answer func(command string, message []byte) (Answer, error)
}

// Answer is what became of a recorded request.
type Answer struct {
	Kind       Kind
	Message    []byte        // of Recorded
	Took       time.Duration // how long the server waits before it answers
	AwaitAbort bool          // it waits until the client aborts the command
}

// Kind is the kind of an [Answer].
type Kind int

// The kinds of an answer.
const (
	Own       Kind = iota // it was not recorded, and is success
	Recorded              // it is a message
	Dropped               // the server ended the connection
	Abandoned             // the client did, before an answer came
)

// MissingRows is a fetch of rows that the recorded program did not fetch. Whether a client that fetches ahead gets that far
// before the program turns away is chance. A program that wants the rows gets the exception.
type MissingRows struct {
	Handle   int64
	Position string
}

func (e *MissingRows) Error() string {
	return fmt.Sprintf("the rows of result set %d from position %s on were not recorded", e.Handle, e.Position)
}
