// Package exatext knows the text form of Exasol's values: decimals, doubles, dates, timestamps and intervals.
// For each type the function that parses and the one that appends stand side by side, because requests and results use
// the same text and must not drift apart.
//
// All functions take text from a server or a user as it comes: they return an error that matches [ErrSyntax],
// [ErrRange] or [ErrFormat], and never panic. They do not allocate unless they fail or dst must grow.
package exatext

import "errors"

var (
	// ErrSyntax says that a text is not of the form that its type prescribes.
	ErrSyntax = errors.New("exawire: malformed value")

	// ErrRange says that a value is well formed but outside of what its type can hold.
	ErrRange = errors.New("exawire: value out of range")

	// ErrFormat says that an NLS format has elements that cannot be parsed exactly, such as names of months.
	ErrFormat = errors.New("exawire: unsupported NLS format")
)
