package sqlsplit

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// mark is the byte order mark that some editors put at the beginning of a file. Inside of a script it is where a file
// begins that was put after others.
var mark = []byte("\uFEFF")

// isWhite reports whether r is white space: that of Unicode, the control characters of ASCII (other clients skip them at
// the ends of a statement, and a file of old may end with Ctrl-Z), and what has no width but the name of a space, the
// byte order mark included.
func isWhite(r rune) bool {
	return r <= ' ' || r == '\u200B' || r == '\u2060' || r == '\uFEFF' || unicode.IsSpace(r)
}

// white returns the length of the white space character at buf[i], 0 if something else is there.
func (s *Splitter) white(i int) int {
	switch b := s.buf[i]; classes[b] {
	case space:
		return 1
	case lead:
		return s.wideWhite(i)
	default:
		return 0
	}
}

// wideWhite is white for a byte that may begin a space of several bytes. None has more than three.
func (s *Splitter) wideWhite(i int) int {
	for n := 2; n <= 3 && s.have(i+n-1); n++ {
		if text := s.buf[i : i+n]; utf8.FullRune(text) {
			if r, size := utf8.DecodeRune(text); size == n && isWhite(r) {
				return n
			}
			return 0
		}
	}
	return 0
}

// marked reports whether a byte order mark begins at buf[i].
func (s *Splitter) marked(i int) bool {
	return s.buf[i] == mark[0] && s.have(i+len(mark)-1) && bytes.HasPrefix(s.buf[i:], mark)
}

// beginsLine reports whether a line begins after the white space at buf[i]: after a line break, and with a file.
func (s *Splitter) beginsLine(i int) bool { return s.buf[i] == '\n' || s.marked(i) }
