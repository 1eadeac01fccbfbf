package jsonscan

import (
	"fmt"
)

// MaxDepth is how deeply arrays and objects may be nested in a value that [Scanner.Skip] passes over. Those that the value
// is in count as well, as far as [Scanner.Object] and [Scanner.Array] walk them: it does not matter who reads the rest of
// a document.
const MaxDepth = 512

// Kind is the kind of a JSON value, told from its first byte.
type Kind byte

// The kinds of values.
const (
	Invalid Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"invalid", "null", "boolean", "number", "string", "array", "object"}

// String returns the name of the kind as error messages use it, such as "number".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", byte(k))
}

// SyntaxError says where a document stopped being JSON, or stopped being what the reader asked for.
type SyntaxError struct {
	Offset int    // index of the byte in the scanned buffer
	Reason string // what is wrong there; never quotes the document
}

// Error implements the error interface.
func (e *SyntaxError) Error() string { return fmt.Sprintf("json: %s at byte %d", e.Reason, e.Offset) }

// Scanner reads one JSON document from a buffer. It never writes to the buffer. After an error its position is
// undefined; a caller that wants to go on must use [Scanner.SetPos]. A Scanner is for one goroutine.
type Scanner struct {
	buf   []byte
	pos   int
	depth int // how many arrays and objects are being walked
}

// New returns a scanner at the start of buf. It keeps buf.
func New(buf []byte) *Scanner { return &Scanner{buf: buf} }

// NewAt returns a scanner that begins at byte pos of buf, so that offsets in errors are those of the whole buffer. A
// position outside the buffer counts as its end.
func NewAt(buf []byte, pos int) *Scanner {
	s := &Scanner{buf: buf}
	s.SetPos(pos)
	return s
}

// Pos returns the index of the next byte to be read. After a value has been read it is the index after the value.
func (s *Scanner) Pos() int { return s.pos }

// Left returns how many bytes are left to be read.
func (s *Scanner) Left() int { return len(s.buf) - s.pos }

// SetPos moves the scanner, backwards too. A position outside the buffer counts as its end.
func (s *Scanner) SetPos(pos int) {
	if pos < 0 || pos > len(s.buf) {
		pos = len(s.buf)
	}
	s.pos = pos
}

// Kind returns the kind of the next value. It skips white space and consumes nothing else; the value may still turn out
// to be malformed when it is read.
func (s *Scanner) Kind() (Kind, error) {
	c, err := s.peek()
	if err != nil {
		return Invalid, err
	}
	if kind := kinds[c]; kind != Invalid {
		return kind, nil
	}
	return Invalid, s.fail("expected a value")
}

// kinds are the kinds of the values that begin with a byte.
var kinds = [256]Kind{
	'"': String, '{': Object, '[': Array, 't': Bool, 'f': Bool, 'n': Null, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number, '5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

// Object walks the object that comes next. It calls fn for each key in the order of the document, duplicates included,
// and fn must consume the value. The key is unescaped and borrowed: it is valid during the call. Errors of fn are
// returned as they are.
func (s *Scanner) Object(fn func(key []byte) error) error {
	if err := s.expect('{', "expected an object"); err != nil {
		return err
	}
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c == '}' {
		s.pos++
		return nil
	}
	s.depth++
	if err := s.member(fn); err != nil {
		return err
	}
	return s.ObjectRest(fn)
}

// ObjectRest goes on with an object after one of its values: it expects a comma and the next key, or the end of the
// object. Otherwise it is like [Scanner.Object].
func (s *Scanner) ObjectRest(fn func(key []byte) error) error {
	for {
		c, err := s.peek()
		if err != nil {
			return err
		}
		switch c {
		case '}':
			s.pos++
			s.depth = max(s.depth-1, 0) // it may have begun before the scanner did
			return nil
		case ',':
			s.pos++
		default:
			return s.fail("expected ',' or '}'")
		}
		if err := s.member(fn); err != nil {
			return err
		}
	}
}

// member reads one key with its colon and has fn read the value.
func (s *Scanner) member(fn func(key []byte) error) error {
	key, err := s.key()
	if err != nil {
		return err
	}
	return fn(key)
}

func (s *Scanner) key() ([]byte, error) {
	raw, plain, err := s.rawString("expected a key")
	if err != nil {
		return nil, err
	}
	if !plain {
		raw = appendText(nil, raw)
	}
	return raw, s.expect(':', "expected ':'")
}

// Array walks the array that comes next. It calls fn with the index of each element, and fn must consume the element.
// Errors of fn are returned as they are.
func (s *Scanner) Array(fn func(i int) error) error {
	if err := s.expect('[', "expected an array"); err != nil {
		return err
	}
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c == ']' {
		s.pos++
		return nil
	}
	s.depth++
	for i := 0; ; i++ {
		if err := fn(i); err != nil {
			return err
		}
		if c, err = s.peek(); err != nil {
			return err
		}
		if c != ',' && c != ']' {
			return s.fail("expected ',' or ']'")
		}
		s.pos++
		if c == ']' {
			s.depth--
			return nil
		}
	}
}

// End reports an error if anything but white space follows.
func (s *Scanner) End() error {
	s.pos = SkipSpace(s.buf, s.pos)
	if s.pos < len(s.buf) {
		return s.fail("unexpected data after the document")
	}
	return nil
}

// peek skips white space and returns the byte after it without consuming it.
func (s *Scanner) peek() (byte, error) {
	if s.pos < len(s.buf) && s.buf[s.pos] > ' ' {
		return s.buf[s.pos], nil
	}
	s.pos = SkipSpace(s.buf, s.pos)
	if s.pos >= len(s.buf) {
		return 0, s.fail("unexpected end")
	}
	return s.buf[s.pos], nil
}

func (s *Scanner) expect(want byte, reason string) error {
	if at := s.pos; at < len(s.buf) && s.buf[at] == want {
		s.pos = at + 1
		return nil
	}
	c, err := s.peek()
	if err != nil {
		return err
	}
	if c != want {
		return s.fail(reason)
	}
	s.pos++
	return nil
}

func (s *Scanner) fail(reason string) error { return &SyntaxError{Offset: s.pos, Reason: reason} }
