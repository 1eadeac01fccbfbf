package jsonscan

import (
	"unicode/utf16"
	"unicode/utf8"
)

// EndOfString returns the index of the quote that closes the string whose first byte, after the opening quote, is at
// pos. The string is checked completely: its escapes and its control characters. plain is true if buf[pos:end] is the
// text: it has no escapes and is valid UTF-8.
func EndOfString(buf []byte, pos int) (end int, plain bool, err error) {
	plain = true
	for {
		at := Special(buf, pos)
		switch {
		case at < len(buf) && buf[at] == '"':
			return at, plain, nil
		case at < len(buf) && buf[at] >= utf8.RuneSelf:
			pos = at + 1
		default:
			_, size, _ := escape(buf[at:])
			if size == 0 {
				return 0, false, &SyntaxError{Offset: at, Reason: NotText(buf, at)}
			}
			pos = at + size
		}
		plain = false
	}
}

// NotText says why a string cannot go on with the special byte at index at, see [Special].
func NotText(buf []byte, at int) string {
	switch {
	case at >= len(buf):
		return "string is not closed"
	case buf[at] == '\\':
		return "malformed escape in a string"
	}
	return "control character in a string"
}

// appendText appends the text of a string, of which raw is what stands between the quotes, as [EndOfString] has found it.
// What is no Unicode text becomes U+FFFD.
func appendText(dst, raw []byte) []byte {
	for {
		at := Special(raw, 0)
		dst = append(dst, raw[:at]...)
		if at == len(raw) {
			return dst
		}
		size := 1
		r := utf8.RuneError
		if raw[at] == '\\' {
			r, size, _ = escape(raw[at:])
		}
		dst = utf8.AppendRune(dst, r)
		raw = raw[at+max(size, 1):]
	}
}

// UnescapeUntilQuote reads the rest of a string, from the special byte at index at on, which is a backslash or no UTF-8,
// and undoes its escapes in place: the text is written from at on. It returns the index after the text and that of the
// closing quote. unicode is false if the text is no Unicode text: then it has U+FFFD where an escape was half of a pair,
// and bytes that are not UTF-8 as they came. The string is checked like that of [EndOfString]; after an error its bytes
// are undefined.
func UnescapeUntilQuote(buf []byte, at int) (end, quote int, unicode bool, err error) {
	unicode = true
	write := at
	for {
		var read int
		switch {
		case buf[at] >= utf8.RuneSelf:
			buf[write] = buf[at]
			write++
			read = at + 1
			unicode = false
		case at+1 < len(buf) && buf[at] == '\\' && simpleEscapes[buf[at+1]] != 0:
			buf[write] = simpleEscapes[buf[at+1]]
			write++
			read = at + 2
		default:
			r, size, whole := escape(buf[at:])
			if size == 0 {
				return 0, 0, false, &SyntaxError{Offset: at, Reason: NotText(buf, at)}
			}
			write += utf8.EncodeRune(buf[write:], r) // a rune is never longer than its escape
			read = at + size
			unicode = unicode && whole
		}
		at = Special(buf, read)
		if at >= len(buf) {
			return 0, 0, false, &SyntaxError{Offset: at, Reason: NotText(buf, at)}
		}
		write += copy(buf[write:], buf[read:at])
		if buf[at] == '"' {
			return write, at, unicode, nil
		}
	}
}

// simpleEscapes are the escapes of one letter and what they stand for.
var simpleEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

// escape decodes the escape at the start of b. size is the number of bytes that it takes, 0 if it is malformed. The two
// halves of a surrogate pair are one escape; a half without the other is U+FFFD, and whole is false.
func escape(b []byte) (r rune, size int, whole bool) {
	if len(b) < 2 || b[0] != '\\' {
		return utf8.RuneError, 0, false
	}
	if c := simpleEscapes[b[1]]; c != 0 {
		return rune(c), 2, true
	}
	if b[1] != 'u' {
		return utf8.RuneError, 0, false
	}
	r, ok := hex4(b)
	switch {
	case !ok:
		return utf8.RuneError, 0, false
	case !utf16.IsSurrogate(r):
		return r, 6, true
	}
	if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
		low, ok := hex4(b[6:])
		if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
			return pair, 12, true
		}
	}
	return utf8.RuneError, 6, false
}

// hex4 reads the digits of an escape such as \u00e4 at the start of b.
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
