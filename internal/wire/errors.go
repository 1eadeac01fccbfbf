package wire

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the connection is closed. The error that matches it wraps the first cause.
	ErrClosed = errors.New("exawire: connection closed")

	// ErrTooLarge says that a message exceeds a limit: a request that was not sent, or an answer, which ends the
	// connection.
	ErrTooLarge = errors.New("exawire: message too large")
)

// Error is what Lock and RoundTrip return.
type Error struct {
	// Sent is false if no byte of the request has left, so the server cannot have acted on it.
	Sent bool

	Err error
}

// Error returns the text of Err.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

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

// contextError returns nil if ctx has not ended, else an error that matches both its error and its cause.
func contextError(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, err) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
