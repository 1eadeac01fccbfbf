package socket

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"nhooyr.io/websocket"
)

// The stages of dialing, in order, as DialError names them.
const (
	OpDial    = "dial"    // the network connection
	OpTLS     = "tls"     // the TLS handshake
	OpUpgrade = "upgrade" // the HTTP request that makes it a WebSocket
)

// DialError says at which stage a connection could not be made.
type DialError struct {
	Op  string // OpDial, OpTLS or OpUpgrade
	Err error  // the reason
}

// Error returns the stage and the reason.
func (e *DialError) Error() string { return e.Op + ": " + e.Err.Error() }

// Unwrap returns the reason.
func (e *DialError) Unwrap() error { return e.Err }

// TooLargeError says that the server sent a message above the limit. The rest of the message was not read.
type TooLargeError struct {
	Limit int64 // in bytes, as framed
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("message from the server exceeds the limit of %d bytes", e.Limit)
}

// SilenceError says that the server sent nothing, not even a pong, for as long as the idle timeout.
type SilenceError struct {
	After time.Duration // the idle timeout
}

// Error names the time.
func (e *SilenceError) Error() string { return fmt.Sprintf("server was silent for %v", e.After) }

// StallError says that the network took nothing of a message for as long as the patience of its Write: the server has
// stopped reading.
type StallError struct {
	After time.Duration // the patience
}

// Error names the time.
func (e *StallError) Error() string { return fmt.Sprintf("server took nothing for %v", e.After) }

// CloseError says that the server closed the connection with a close frame.
type CloseError struct {
	Code   int    // 1000 to 4999; 1005 if the frame had none
	Reason string // as sent by the server, often empty
}

// Error returns code and reason.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("server closed the connection with code %d", e.Code)
	}
	return fmt.Sprintf("server closed the connection with code %d: %q", e.Code, e.Reason)
}

// FrameError says that the server sent something that is not a WebSocket message.
type FrameError struct {
	Err error // what the library saw
}

// Error returns what is wrong.
func (e *FrameError) Error() string { return "invalid WebSocket frame: " + e.Err.Error() }

// Unwrap returns the library's error.
func (e *FrameError) Unwrap() error { return e.Err }

// CloseReason returns the code and the reason of the close frame that err comes from. ok is false if it comes from
// anything else.
func CloseReason(err error) (code int, text string, ok bool) {
	var ce *CloseError
	if !errors.As(err, &ce) {
		return 0, "", false
	}
	return ce.Code, ce.Reason, true
}

// readError says why a read failed, given the library's error. The network's own error comes first: the library often
// only says that it has closed the connection.
func (c *Conn) readError(err error, inMessage bool) error {
	if ended := c.raw.ended(); ended != nil {
		return ended
	}
	netErr := c.top.readErr()
	var ce websocket.CloseError
	switch {
	case netErr == nil && errors.As(err, &ce):
		return &CloseError{Code: int(ce.Code), Reason: ce.Reason}
	case c.raw.closed.Load():
		return fmt.Errorf("read message: %w", net.ErrClosed)
	case netErr == nil:
		return &FrameError{Err: err}
	case errors.Is(netErr, io.EOF) && inMessage:
		return fmt.Errorf("connection ended in the middle of a message: %w", io.ErrUnexpectedEOF)
	case errors.Is(netErr, io.EOF):
		return fmt.Errorf("server closed the connection without notice: %w", io.EOF)
	default:
		return fmt.Errorf("read message: %w", netErr)
	}
}
