package jsonscan

import (
	"unicode/utf16"
	"unicode/utf8"
)

// EndOfString returns the index of the quote that closes the string whose first byte, behind the opening quote, is at
// pos. The string is checked completely: its escapes, its control characters, its UTF-8. plain is true if it has no
// escapes, so that buf[pos:end] is the text.
func EndOfString(buf []byte, pos int) (end int, plain bool, err error) {
	plain = true
	for {
		at := Special(buf, pos)
		if at >= len(buf) || buf[at] != '"' && buf[at] != '\\' {
			return 0, false, notText(buf, at)
		}
		if buf[at] == '"' {
			return at, plain, nil
		}
		plain = false
		_, size := escape(buf[at:])
		if size == 0 {
			return 0, false, notText(buf, at)
		}
		pos = at + size
	}
}

// notText returns the error for a string that cannot go on with what stands at index at.
func notText(buf []byte, at int) error { return &SyntaxError{Offset: at, Reason: NotText(buf, at)} }

// NotText says why a string cannot go on with the special byte at index at, see [Special].
func NotText(buf []byte, at int) string {
	switch {
	case at >= len(buf):
		return "string is not closed"
	case buf[at] == '\\':
		return "malformed escape in a string"
	case buf[at] < ' ':
		return "control character in a string"
	}
	return "string is not valid UTF-8"
}

// Unescape replaces the escapes in text, which is what stands between the quotes of a string, in place and returns the
// shortened text. An unescaped string is never longer.
func Unescape(text []byte) ([]byte, error) {
	read, write := 0, 0
	for {
		at := read
		for at < len(text) && text[at] != '\\' { // the only special byte that a checked string can have here
			at++
		}
		write += copy(text[write:], text[read:at])
		if at >= len(text) {
			return text[:write], nil
		}
		r, size := escape(text[at:])
		if size == 0 {
			return nil, &SyntaxError{Offset: at, Reason: "malformed escape in a string"}
		}
		write += utf8.EncodeRune(text[write:], r)
		read = at + size
	}
}

// UnescapeUntilQuote reads the rest of a string, from the backslash at index at on, and undoes its escapes in place: the
// text is written from at on. It returns the index behind the text and that of the closing quote. The string is checked
// like that of [EndOfString]; after an error its bytes are undefined.
func UnescapeUntilQuote(buf []byte, at int) (end, quote int, err error) {
	write := at
	for {
		var read int
		if at+1 < len(buf) && simpleEscapes[buf[at+1]] != 0 {
			buf[write] = simpleEscapes[buf[at+1]]
			write++
			read = at + 2
		} else {
			r, size := escape(buf[at:])
			if size == 0 {
				return 0, 0, notText(buf, at)
			}
			write += utf8.EncodeRune(buf[write:], r) // a rune is never longer than its escape
			read = at + size
		}
		at = Special(buf, read)
		if at >= len(buf) || buf[at] != '"' && buf[at] != '\\' {
			return 0, 0, notText(buf, at)
		}
		write += copy(buf[write:], buf[read:at])
		if buf[at] == '"' {
			return write, at, nil
		}
	}
}

// simpleEscapes are the escapes of one letter and what they stand for.
var simpleEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

// escape decodes the escape at the start of b. size is the number of bytes that it takes, 0 if it is malformed. The two
// halves of a surrogate pair are one escape.
func escape(b []byte) (r rune, size int) {
	if len(b) < 2 || b[0] != '\\' {
		return 0, 0
	}
	if c := simpleEscapes[b[1]]; c != 0 {
		return rune(c), 2
	}
	if b[1] != 'u' {
		return 0, 0
	}
	r, ok := hex4(b)
	switch {
	case !ok:
		return 0, 0
	case !utf16.IsSurrogate(r):
		return r, 6
	case len(b) < 12 || b[6] != '\\' || b[7] != 'u':
		return 0, 0
	}
	low, ok := hex4(b[6:])
	if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

// hex4 reads the digits of an escape of the form \uXXXX at the start of b.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 {
		return 0, false
	}
	var r rune
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
