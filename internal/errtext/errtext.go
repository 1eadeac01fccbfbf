// Package errtext gives the texts of errors the name of the module, once.
//
// An error that users can get on its own begins with [Prefix], also one that is a part of others: a sentinel, or a type
// with fields. So the rule is about the outer one: it brings the prefix, and what it holds loses it. Nobody has to
// remember that, because the functions of this package do it: they take errors apart as package errors does and know for
// each part whether it has brought a prefix. Text that only looks like one, such as a message of the server, stays.
package errtext

import (
	"fmt"
	"strings"
)

// Prefix is what the text of an error begins with.
const Prefix = "exawire: "

// Text returns the text of err with one prefix.
func Text(err error) string { return Prefix + Bare(err) }

// Bare returns the text of err without a prefix, for a place behind another one.
func Bare(err error) string {
	text := err.Error()
	if !strings.Contains(text, Prefix) {
		return text
	}
	switch e := err.(type) { //nolint:errorlint // all parts of the tree are visited, each once
	case interface{ Unwrap() error }:
		text = strip(text, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			text = strip(text, part)
		}
	}
	return strings.TrimPrefix(text, Prefix)
}

// strip takes the prefixes of part out of the text of what holds it.
func strip(text string, part error) string {
	if part == nil {
		return text
	}
	whole := part.Error()
	if bare := Bare(part); bare != whole {
		return strings.Replace(text, whole, bare, 1)
	}
	return text
}

// Sprintf is fmt.Sprintf for the text of an error: it has the prefix in front, and the errors among the arguments have
// none.
func Sprintf(format string, args ...any) string { return Prefix + fmt.Sprintf(format, bare(args)...) }

// Errorf is fmt.Errorf with the text that Sprintf gives. All errors among the arguments are wrapped, whatever the verb.
func Errorf(format string, args ...any) error {
	e := &wrapError{text: Sprintf(strings.ReplaceAll(format, "%w", "%v"), args...)}
	for _, a := range args {
		if err, ok := a.(error); ok {
			e.parts = append(e.parts, err)
		}
	}
	return e
}

// bare replaces the errors among the arguments by their texts.
func bare(args []any) []any {
	shown := make([]any, len(args))
	for i, a := range args {
		if err, ok := a.(error); ok {
			a = Bare(err)
		}
		shown[i] = a
	}
	return shown
}

// Count returns a number of things: "1 row", "2 rows".
func Count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

type wrapError struct {
	text  string
	parts []error
}

func (e *wrapError) Error() string   { return e.text }
func (e *wrapError) Unwrap() []error { return e.parts }

// Join is errors.Join on one line: the texts have one prefix in front and semicolons between them. What all of them begin
// with, up to a colon, stands there once as well.
func Join(errs ...error) error {
	e := &joinError{}
	for _, err := range errs {
		if err != nil {
			e.parts = append(e.parts, err)
		}
	}
	if len(e.parts) == 0 {
		return nil
	}
	return e
}

// OneLine is Join for errors that errors.Join has joined. Any other error is returned as it is.
func OneLine(err error) error {
	if e, ok := err.(interface{ Unwrap() []error }); ok {
		return Join(e.Unwrap()...)
	}
	return err
}

type joinError struct{ parts []error }

func (e *joinError) Error() string {
	texts := make([]string, len(e.parts))
	for i, part := range e.parts {
		texts[i] = Bare(part)
	}
	kind, _, ok := strings.Cut(texts[0], ": ")
	for _, text := range texts {
		ok = ok && strings.HasPrefix(text, kind+": ")
	}
	if !ok {
		return Prefix + strings.Join(texts, "; ")
	}
	for i := range texts {
		texts[i] = texts[i][len(kind+": "):]
	}
	return Prefix + kind + ": " + strings.Join(texts, "; ")
}

func (e *joinError) Unwrap() []error { return e.parts }
