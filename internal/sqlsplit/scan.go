package sqlsplit

import "bytes"

// class says what a byte can be the beginning of outside of strings and comments.
type class uint8

const (
	other class = iota
	wordByte
	space
	lead    // the first byte of a letter, or of a space of several bytes
	special // a quote, a bracket, a comment perhaps, or ";"
)

var classes = func() (c [256]class) {
	for b := range c {
		switch {
		case b >= 0x80, b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b == '_', b == '$', b == '#', b == '@':
			c[b] = wordByte
		}
	}
	for b := range byte(' ' + 1) {
		c[b] = space
	}
	for _, b := range []byte("\xC2\xE1\xE2\xE3\xEF") {
		c[b] = lead
	}
	for _, b := range []byte(`'"[-/;`) {
		c[b] = special
	}
	return c
}()

// gap returns the length of what stands before a statement, as far as it was read: white space, ";", and lines with a "/"
// alone.
func (s *Splitter) gap() int {
	for s.pos < len(s.buf) || s.pos == 0 && s.have(0) {
		b, n := s.buf[s.pos], s.white(s.pos)
		switch {
		case n > 0:
			s.blank = s.blank || s.beginsLine(s.pos)
		case b == ';', b == '/' && s.blank && s.endsLine(s.pos+1):
			s.blank, n = false, 1
		default:
			return s.pos
		}
		s.pos += n
	}
	return s.pos
}

// endsLine reports whether the line has nothing but white space from buf[i] on.
func (s *Splitter) endsLine(i int) bool {
	for s.have(i) {
		if s.beginsLine(i) {
			return true
		}
		n := s.white(i)
		if n == 0 {
			return false
		}
		i += n
	}
	return s.atEnd
}

// statement returns the length of the statement at buf[0] and the index of its first word, -1 if it has only comments.
func (s *Splitter) statement() (length, word int, err error) {
	var h header
	word = -1
	for s.have(s.pos) {
		if word >= 0 && h == headerOver {
			s.pos = s.plain()
			if !s.have(s.pos) {
				break
			}
		}
		start := s.pos
		b := s.buf[start]
		if n := s.white(start); n > 0 {
			if word < 0 && s.marked(start) {
				return s.trimmed(), word, nil // the comments of another file
			}
			s.blank = s.blank || b == '\n'
			s.pos += n
			continue
		}
		switch {
		case b == ';':
			return s.trimmed(), word, nil
		case b == '-' && s.next2('-'):
			err = s.lineComment()
		case b == '/' && s.next2('*'):
			err = s.blockComment()
		case b == '/' && s.blank && word < 0 && s.endsLine(start+1):
			return s.trimmed(), word, nil
		default:
			if word < 0 {
				word = start
			}
			h, err = s.token(h)
		}
		if err != nil {
			return 0, 0, err
		}
		s.blank = false
		if h == headerBody {
			length, err = s.body(word)
			return length, word, err
		}
	}
	if !s.atEnd {
		return 0, 0, s.stopped()
	}
	return s.trimmed(), word, nil
}

// token reads what is neither white space nor a comment, and returns what the statement's beginning looks like with it.
func (s *Splitter) token(h header) (header, error) {
	start := s.pos
	switch b := s.buf[start]; {
	case b == '\'':
		return h.symbol(), s.quoted('\'', "a string has no closing quote")
	case b == '"':
		return h.quoted(), s.quoted('"', "a quoted identifier has no closing quote")
	case b == '[':
		return h.quoted(), s.quoted(']', "an identifier in brackets has no closing bracket")
	case isLetter(classes[b]):
		for s.have(s.pos) && isLetter(classes[s.buf[s.pos]]) && s.white(s.pos) == 0 {
			s.pos++
		}
		return h.word(s.buf[start:s.pos]), nil
	}
	s.pos++
	return h.symbol(), nil
}

func isLetter(c class) bool { return c == wordByte || c == lead }

// plain returns the index of the next byte that can end a statement, or hide its end, len(buf) if none was read yet.
func (s *Splitter) plain() int {
	for i, b := range s.buf[s.pos:] {
		if classes[b] == special {
			return s.pos + i
		}
	}
	return len(s.buf)
}

// next2 reports whether b is the byte after the one at hand.
func (s *Splitter) next2(b byte) bool { return s.have(s.pos+1) && s.buf[s.pos+1] == b }

// quoted moves after the closing byte of what begins at pos. Doubled, it does not close, except for a bracket.
func (s *Splitter) quoted(closing byte, what string) error {
	start := s.pos
	for s.pos++; ; {
		i := bytes.IndexByte(s.buf[s.pos:], closing)
		if i < 0 {
			s.pos = len(s.buf)
			if !s.more() {
				return s.unterminated(start, what)
			}
			continue
		}
		s.pos += i + 1
		if closing == ']' || !s.have(s.pos) || s.buf[s.pos] != closing {
			return nil
		}
		s.pos++
	}
}

// lineComment moves to the end of the line. The end of the script ends a comment as well.
func (s *Splitter) lineComment() error {
	for {
		if i := bytes.IndexByte(s.buf[s.pos:], '\n'); i >= 0 {
			s.pos += i
			return nil
		}
		s.pos = len(s.buf)
		if !s.more() {
			if s.atEnd {
				return nil
			}
			return s.stopped()
		}
	}
}

// blockComment moves after the comment at pos.
func (s *Splitter) blockComment() error {
	start := s.pos
	for s.pos += 2; ; {
		if i := bytes.Index(s.buf[s.pos:], []byte("*/")); i >= 0 {
			s.pos += i + 2
			return nil
		}
		s.pos = max(s.pos, len(s.buf)-1) // the last byte may be a star
		if !s.more() {
			return s.unterminated(start, "a comment has no */")
		}
	}
}

// body returns the length of the statement whose body begins at pos: up to the line break before the line that ends it.
// The end of the script ends it as well, if there is a body by then.
func (s *Splitter) body(word int) (int, error) {
	header := s.pos
	for {
		i := bytes.IndexByte(s.buf[s.pos:], '\n')
		if i < 0 {
			s.pos = len(s.buf)
			if s.more() {
				continue
			}
			if n := s.trimmed(); s.atEnd && n > header {
				return n, nil
			}
			return 0, s.unterminated(word, "a script or function has no body")
		}
		end := s.pos + i
		s.pos = end + 1
		for s.have(s.pos) && s.buf[s.pos] != '\n' {
			n := s.white(s.pos)
			if n == 0 {
				break
			}
			s.pos += n
		}
		if s.have(s.pos) && s.buf[s.pos] == '/' && s.endsLine(s.pos+1) {
			if s.buf[end-1] == '\r' {
				end--
			}
			return end, nil
		}
	}
}

// trimmed is the length of what was looked at, without white space at its end.
func (s *Splitter) trimmed() int { return len(bytes.TrimRightFunc(s.buf[:s.pos], isWhite)) }
