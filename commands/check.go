package commands

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/jsonscan"
)

// AttributeError says why no server accepts a value for an attribute. It never holds the value.
type AttributeError struct {
	Name   string // of the attribute, "" for one that was not made by a constructor
	Reason string // what is wrong, such as "is negative"
}

// Error names the attribute and the reason.
func (e *AttributeError) Error() string {
	if e.Name == "" {
		return "an attribute " + e.Reason
	}
	return "attribute " + e.Name + " " + e.Reason
}

// Check returns an [*AttributeError] if no server accepts the value: negative times and limits, fractions of a second, numeric characters that
// are not two, text that is not UTF-8, and the zero Attribute. [Append] and the logins check what they send with it.
func (a Attribute) Check() error {
	if reason := a.invalid(); reason != "" {
		return &AttributeError{Name: a.name, Reason: reason}
	}
	return nil
}

func (a Attribute) invalid() string {
	switch {
	case a.name == "":
		return "is empty: use a constructor such as Autocommit"
	case !utf8.ValidString(a.json):
		return "is not valid UTF-8"
	}
	switch a.name {
	case "feedbackInterval", "queryTimeout", "resultSetMaxRows":
		if a.json[0] == '-' {
			return "is negative"
		}
		if strings.Contains(a.json, ".") {
			return "is not a whole number of seconds"
		}
	case "numericCharacters":
		text, err := jsonscan.New([]byte(a.json)).Text()
		if err != nil || utf8.RuneCountInString(text) != 2 {
			return "is not two characters"
		}
	}
	return ""
}

// checker is a request with fields that can have values that no server takes.
type checker interface{ check() error }

func (c Fetch) check() error {
	switch {
	case c.StartPosition < 0:
		return fmt.Errorf("startPosition is %d", c.StartPosition)
	case c.NumBytes < 1 || c.NumBytes > MaxFetchBytes:
		return fmt.Errorf("numBytes is %d, not between 1 and %d", c.NumBytes, int64(MaxFetchBytes))
	}
	return checkHandle("resultSetHandle", c.Handle)
}

func (c CloseResultSet) check() error { return checkHandle("resultSetHandles", c.Handles...) }

func (c GetResultSetHeader) check() error { return checkHandle("resultSetHandles", c.Handles...) }

func (c GetOffset) check() error { return checkHandle("resultSetHandle", c.Handle) }

func (c ClosePreparedStatement) check() error { return checkHandle("statementHandle", c.Handle) }

func (c ExecutePreparedStatement) check() error {
	switch {
	case len(c.Data) != len(c.Columns):
		return fmt.Errorf("%d columns of values for %d parameters", len(c.Data), len(c.Columns))
	case c.NumRows < 0:
		return fmt.Errorf("numRows is %d", c.NumRows)
	}
	return checkHandle("statementHandle", c.Handle)
}

func (c EnterParallel) check() error { return checkConnections(c.NumRequestedConnections) }

func (c RequestParallelConnections) check() error { return checkConnections(c.NumRequestedConnections) }

func (c Raw) check() error {
	if c.Name == "" {
		return errors.New("a command without a name")
	}
	return nil
}

// checkHandle finds handles that no server gives. NoHandle, which stands for none, is one of them.
func checkHandle(field string, handles ...int) error {
	for _, h := range handles {
		if h < 0 {
			return fmt.Errorf("%s is %d", field, h)
		}
	}
	return nil
}

func checkConnections(n int) error {
	if n < 0 {
		return fmt.Errorf("numRequestedConnections is %d", n)
	}
	return nil
}
