package exatest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// Databases transfer files by libcurl, and put its words into their errors: what it has noted of the failure, its number
// and the text of that number.

// curlCode is a number of libcurl.
type curlCode int

const (
	curlProtocol   curlCode = 1
	curlURL        curlCode = 3
	curlConnect    curlCode = 7
	curlPartial    curlCode = 18
	curlStatus     curlCode = 22
	curlTimeout    curlCode = 28
	curlRange      curlCode = 33
	curlHandshake  curlCode = 35
	curlEmpty      curlCode = 52
	curlSend       curlCode = 55
	curlReceive    curlCode = 56
	curlSelfSigned curlCode = 60
	curlPin        curlCode = 90
)

func (c curlCode) String() string {
	switch c {
	case curlProtocol:
		return "Unsupported protocol"
	case curlURL:
		return "URL using bad/illegal format or missing URL"
	case curlConnect:
		return "Couldn't connect to server"
	case curlPartial:
		return "Transferred a partial file"
	case curlStatus:
		return "HTTP response code said error"
	case curlTimeout:
		return "Timeout was reached"
	case curlRange:
		return "Requested range was not delivered by the server"
	case curlHandshake:
		return "SSL connect error"
	case curlEmpty:
		return "Server returned nothing (no headers, no data)"
	case curlSend:
		return "Failed sending data to the peer"
	case curlReceive:
		return "Failure when receiving data from the peer"
	case curlSelfSigned:
		return "SSL peer certificate or SSH remote key was not OK"
	case curlPin:
		return "SSL public key does not match pinned public key"
	}
	return "Unknown error"
}

// curlError is a failure as libcurl notes it.
type curlError struct {
	code   curlCode
	reason string
}

func (e *curlError) Error() string {
	return fmt.Sprintf("[%s],[%d],[%s]", e.reason, int(e.code), e.code)
}

// The failures that need nothing but their names.
var (
	errBadURL      = &curlError{curlURL, "URL using bad/illegal format or missing URL"}
	errRefused     = &curlError{curlConnect, "Connection refused"}
	errUnreachable = &curlError{curlConnect, "Couldn't connect to server"}
	errPin         = &curlError{curlPin, "SSL: public key does not match pinned public key"}
	errSelfSigned  = &curlError{curlSelfSigned, "SSL certificate problem: self-signed certificate"}
	errEmptyReply  = &curlError{curlEmpty, "Empty reply from server"}
	errPartial     = &curlError{curlPartial, "transfer closed with outstanding read data remaining"}
)

// transferDirection says which of the two errors of databases a failed transfer is.
type transferDirection string

const (
	readingError transferDirection = "ETL-5105: Following error occured while reading data from external connection" //nolint:misspell // by the database
	rangesError  transferDirection = "ETL-2238: Remote File"
	writingError transferDirection = "ETL-5106: Following error occured while writing data to external connection" //nolint:misspell // by the database
)

// failed is the exception of a transfer.
func (d transferDirection) failed(f RemoteFile, bytes int64, cause *curlError) *SQLError {
	return &SQLError{"42636", fmt.Sprintf("%s [%s failed after %d bytes. %v]", d, f.url(), bytes, cause)}
}

// The failures of a connection have other numbers before the answer has begun than in it.

// handshakeFailure puts a failed TLS handshake into the words of libcurl.
func handshakeFailure(err error) *curlError {
	var known *curlError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &record):
		return &curlError{curlHandshake, "error:0A00010B:SSL routines::wrong version number"}
	case hungUp(err):
		return &curlError{curlHandshake, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to the client"}
	}
	return &curlError{curlHandshake, reasonOf(err)}
}

// sendFailure is a request that could not be sent.
func sendFailure(err error) *curlError {
	return &curlError{curlSend, "Send failure: " + reasonOf(err)}
}

// replyFailure is a reply that did not come.
func replyFailure(err error) *curlError {
	var known *curlError
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return errEmptyReply
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errPartial
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &curlError{curlTimeout, "Operation timed out"}
	case hungUp(err):
		return &curlError{curlReceive, "Recv failure: " + reasonOf(err)}
	}
	return &curlError{curlProtocol, "Received HTTP/0.9 when not allowed"}
}

// contentFailure is a file that broke off.
func contentFailure(err error) *curlError {
	var op *net.OpError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return errPartial
	case errors.As(err, &op):
		return &curlError{curlReceive, "Recv failure: " + reasonOf(err)}
	}
	return &curlError{curlReceive, reasonOf(err)}
}

// hungUp reports whether the client has ended the connection.
func hungUp(err error) bool {
	for _, end := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// reasonOf is the text of an error without the addresses of this machine.
func reasonOf(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		return "Connection reset by peer"
	case errors.Is(err, syscall.EPIPE):
		return "Broken pipe"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}
