package wire

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the connection is closed. The error that matches it wraps the first cause.
	ErrClosed = errors.New("exawire: connection closed")

	// ErrTooLarge says that a message exceeds a limit: a request that was not sent, or an answer, which ends the
	// connection.
	ErrTooLarge = errors.New("exawire: message too large")

	// ErrWithdrawn says that a request was withdrawn before it was sent.
	ErrWithdrawn = errors.New("exawire: request withdrawn")
)

// ProtocolError says that the server sent something that has no meaning in the protocol. The connection was closed.
type ProtocolError struct {
	Reason string // what is wrong, without data
	Err    error  // more detail, or nil
}

// Error returns the reason and the detail.
func (e *ProtocolError) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return fmt.Sprintf("%s: %v", e.Reason, e.Err)
}

// Unwrap returns the detail.
func (e *ProtocolError) Unwrap() error { return e.Err }
