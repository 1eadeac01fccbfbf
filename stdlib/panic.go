package stdlib

import (
	"runtime"
	"runtime/debug"
)

// database/sql does not expect a driver to panic: in most of its calls it would count the connection as used for ever. What
// panics is code of the user that the core calls, so every call of the driver that may run some ends here.

// PanicError is the error of a call in which code of the user has panicked: a method of an argument, such as Value of a
// driver.Valuer, or a Tracer, DialContext or source of credentials of the Config. The connection is closed when its user
// lets go of it, and its transaction is rolled back, since nobody knows how far the call got. [exawire.SafeToRetry] is
// false.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // of the goroutine when it panicked
}

// Error says what happened, without the value, which may hold a secret.
func (e *PanicError) Error() string {
	if broken, ok := e.Value.(runtime.Error); ok {
		return "stdlib: an argument or a callback panicked: " + broken.Error()
	}
	return "stdlib: an argument or a callback panicked: see PanicError.Value"
}

// caught turns a panic into an error.
func caught(err *error) {
	if v := recover(); v != nil {
		*err = &PanicError{Value: v, Stack: debug.Stack()}
	}
}

// caught turns a panic into an error, and keeps the connection from being used again.
func (c *conn) caught(err *error) {
	if v := recover(); v != nil {
		*err = &PanicError{Value: v, Stack: debug.Stack()}
		c.panicked = true
	}
}
