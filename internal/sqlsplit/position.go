package sqlsplit

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Position is a place in a script.
type Position struct {
	Offset int64 // in bytes
	Line   int   // from 1; lines end with "\n"
	Column int   // from 1, in characters
}

// advance moves p after text, which begins at p.
func (p Position) advance(text []byte) Position {
	p.Offset += int64(len(text))
	if lines := bytes.Count(text, newline); lines > 0 {
		p.Line += lines
		p.Column = 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	p.Column += utf8.RuneCount(text)
	return p
}

var newline = []byte("\n")

// What can be wrong with a script.
var (
	// ErrUnterminated means that the script ends before something that was begun.
	ErrUnterminated = errors.New("script ends too early")

	// ErrTooLarge means that a statement is larger than the limit.
	ErrTooLarge = errors.New("statement is too large")

	// ErrEncoding means that a statement is not UTF-8.
	ErrEncoding = errors.New("statement is not UTF-8")
)

// Error says where in a script something is wrong: where that begins which has no end, where the statement begins that is
// too large, at which byte the text is not UTF-8, or how far the script could be read.
type Error struct {
	At  Position
	Err error
}

// Error names line, column and cause.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %v", e.At.Line, e.At.Column, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
