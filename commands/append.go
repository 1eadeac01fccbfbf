package commands

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-json"
)

// Append appends the JSON text of a request to dst, with the attributes that it carries. Attributes take effect before
// the command runs; if one is assigned several times, the last assignment counts. The logins and abortQuery carry no
// attributes, and Append returns an error if there are any.
//
// What no server accepts is an error: negative handles and positions, sizes out of range, attributes that do not pass
// [Attribute.Check], and text that is not valid UTF-8, which JSON would change silently. After an error dst holds part
// of a message.
func Append(dst []byte, cmd Command, attrs ...Attribute) ([]byte, error) {
	dst, err := appendStart(dst, cmd, attrs)
	if err != nil {
		return dst, err
	}
	if c, ok := cmd.(fielder); ok {
		dst, err := c.appendFields(dst)
		return append(dst, '}'), err
	}
	fields, err := json.MarshalWithOption(cmd, json.DisableHTMLEscape())
	if err != nil {
		return dst, fmt.Errorf("%s: %w", cmd.CommandName(), err)
	}
	return appendMembers(dst, fields), nil
}

// appendStart checks a request and writes what all have in common: the command and the attributes.
func appendStart(dst []byte, cmd Command, attrs []Attribute) ([]byte, error) {
	name := cmd.CommandName()
	if err := checkCommand(cmd); err != nil {
		return dst, fmt.Errorf("%s: %w", name, err)
	}
	dst = append(dst, `{"command":`...)
	dst = appendString(dst, name)
	if len(attrs) == 0 {
		return dst, nil
	}
	if info, ok := Lookup(name); ok && (info.Family == FamilyLogin || !info.Response) {
		return dst, fmt.Errorf("%s carries no attributes", name)
	}
	dst = append(dst, ',')
	dst, err := appendAttributes(dst, attrs)
	if err != nil {
		return dst, fmt.Errorf("%s: %w", name, err)
	}
	return dst, nil
}

// checkCommand finds text that is not UTF-8 and what else no server takes.
func checkCommand(cmd Command) error {
	if sql, ok := statementOf(cmd); ok {
		if !utf8.ValidString(sql) {
			return badText(sql)
		}
		return nil
	}
	return checkFields(cmd)
}

// statementOf returns the text of a command that has one text and nothing else: most of what is sent.
func statementOf(cmd Command) (sql string, ok bool) {
	switch c := cmd.(type) {
	case Execute:
		return c.SQLText, true
	case CreatePreparedStatement:
		return c.SQLText, true
	}
	return "", false
}

// checkFields is checkCommand for all others.
func checkFields(cmd Command) (err error) {
	if c, ok := cmd.(texter); ok {
		c.texts(func(s string) {
			if err == nil && !utf8.ValidString(s) {
				err = badText(s)
			}
		})
	}
	if c, ok := cmd.(checker); ok && err == nil {
		err = c.check()
	}
	return err
}

// texter is a request with text that the user gave.
type texter interface{ texts(yield func(string)) }

// fielder is a request that writes its own fields, each behind a comma.
type fielder interface {
	appendFields(dst []byte) ([]byte, error)
}

// appendMembers closes the object in dst with the members of another one.
func appendMembers(dst, object []byte) []byte {
	if len(object) > len("{}") {
		dst = append(dst, ',')
	}
	return append(dst, object[1:]...)
}

// appendAttributes writes each attribute once: of several assignments to one, the last counts.
func appendAttributes(dst []byte, attrs []Attribute) ([]byte, error) {
	dst = append(dst, `"attributes":{`...)
	first := true
	for i, a := range attrs {
		if err := a.Check(); err != nil {
			return dst, err
		}
		if slices.ContainsFunc(attrs[i+1:], func(later Attribute) bool { return later.name == a.name }) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendString(dst, a.name)
		dst = append(dst, ':')
		dst = append(dst, a.json...)
	}
	return append(dst, '}'), nil
}

// badText describes where s stops being UTF-8. It does not quote the text, which may be a secret.
func badText(s string) error {
	at := 0
	for at < len(s) {
		r, n := utf8.DecodeRuneInString(s[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return fmt.Errorf("text is not valid UTF-8 at byte %d", at)
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Only what JSON requires is escaped.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' })
		if i < 0 {
			break
		}
		dst = append(dst, s[:i]...)
		switch c := s[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		s = s[i+1:]
	}
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendText appends a member with an optional text behind its key.
func appendText(dst []byte, key string, text *string) []byte {
	if text == nil {
		return dst
	}
	return appendString(append(dst, key...), *text)
}

// appendList appends a member with an optional list behind its key. An empty list is one, nil is none.
func appendList(dst []byte, key string, list []string) []byte {
	if list == nil {
		return dst
	}
	return appendStrings(append(dst, key...), list)
}

func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}
