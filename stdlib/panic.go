package stdlib

import (
	"runtime"
	"runtime/debug"
)

// PanicError is the error of a statement whose argument panicked, in a method such as Value of a driver.Valuer. It is an
// error because database/sql would lose the connection if the panic went on: DB.SetMaxOpenConns would count it for ever.
// Nothing was sent.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // of the goroutine when it panicked
}

// Error says what happened, without the value, in which there may be a secret.
func (e *PanicError) Error() string {
	if broken, ok := e.Value.(runtime.Error); ok {
		return "stdlib: an argument panicked: " + broken.Error()
	}
	return "stdlib: an argument panicked: see PanicError.Value"
}

// caught turns a panic into an error.
func caught(err *error) {
	if v := recover(); v != nil {
		*err = &PanicError{Value: v, Stack: debug.Stack()}
	}
}
