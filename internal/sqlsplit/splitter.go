package sqlsplit

import (
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Piece is a part of a script.
type Piece struct {
	Text string

	// Statement is whether the text is one statement. Else it is white space, comments that belong to no statement, ";",
	// or the line that ends a body.
	Statement bool

	Begin Position // of Text
	Word  Position // of the first word of a statement, after its comments
}

// Splitter reads a script piece by piece. It is not safe for concurrent use.
type Splitter struct {
	r     io.Reader
	limit int

	store []byte   // what buf is a part of
	buf   []byte   // read and not yet given out; buf[0] begins the next piece
	begin Position // of buf[0]
	pos   int      // how far buf was looked at
	blank bool     // nothing but white space stands before pos on its line
	ended error    // why no more can be read
	atEnd bool     // because the whole script was
	err   error    // what Next returns from now on
}

const (
	chunkSize = 32 << 10
	keptSize  = 1 << 20 // a store that is larger is dropped after a large statement

	// slack is what may stand after a statement before that which ends it.
	slack = 4 << 10
)

// New returns a Splitter of the script that r gives. A statement may have limit bytes, 1 at least.
func New(r io.Reader, limit int) *Splitter {
	return &Splitter{r: r, limit: limit, begin: Position{Line: 1, Column: 1}, blank: true}
}

// Next returns the next piece, io.EOF at the end of the script, or an *Error. After an error it returns that again.
func (s *Splitter) Next() (Piece, error) {
	if s.err != nil {
		return Piece{}, s.err
	}
	p, err := s.next()
	s.err = err
	return p, err
}

func (s *Splitter) next() (Piece, error) {
	if s.begin.Offset == 0 && s.have(0) && s.marked(0) {
		p := s.take(len(mark), -1)
		s.begin.Column = 1
		return p, nil
	}
	if n := s.gap(); n > 0 {
		return s.take(n, -1), nil
	}
	if !s.have(0) {
		return Piece{}, s.stopped()
	}
	n, word, err := s.statement()
	s.blank = false
	if err != nil {
		return Piece{}, err
	}
	if n > s.limit {
		return Piece{}, s.tooLarge()
	}
	if text := s.buf[:n]; word >= 0 && !utf8.Valid(text) {
		return Piece{}, &Error{s.position(invalid(text)), ErrEncoding}
	}
	return s.take(n, word), nil
}

// take gives out the first n bytes of buf. They are a statement if word, the index of its first word, is not negative.
func (s *Splitter) take(n, word int) Piece {
	p := Piece{Text: string(s.buf[:n]), Statement: word >= 0, Begin: s.begin}
	if p.Statement {
		p.Word = s.position(word)
	}
	s.begin = s.position(n)
	s.buf = s.buf[n:]
	s.pos = 0
	return p
}

// position is that of buf[i].
func (s *Splitter) position(i int) Position { return s.begin.advance(s.buf[:i]) }

// have reports whether buf[i] is there, and reads until it is.
func (s *Splitter) have(i int) bool {
	for i >= len(s.buf) {
		if !s.more() {
			return false
		}
	}
	return true
}

// more reads more of the script and returns false if there is none, or none that fits.
func (s *Splitter) more() bool {
	if s.ended != nil {
		return false
	}
	// Nothing more is read than must be looked at to tell a statement that fits, so that it does not depend on how the
	// script arrives whether one does.
	room := s.limit + slack - len(s.buf)
	if room <= 0 {
		s.ended = s.tooLarge()
		return false
	}
	if len(s.buf) == 0 || len(s.buf) == cap(s.buf) {
		s.makeRoom()
	}
	free := s.buf[len(s.buf):cap(s.buf)]
	free = free[:min(len(free), room)]
	for range 100 {
		n, err := s.r.Read(free)
		s.buf = s.buf[:len(s.buf)+n]
		s.ended, s.atEnd = err, err == io.EOF
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	s.ended = io.ErrNoProgress
	return false
}

// makeRoom moves buf to the beginning of a store of which it fills one half at most.
func (s *Splitter) makeRoom() {
	size := len(s.store)
	switch {
	case size == 0 || size > keptSize && len(s.buf) < chunkSize/2:
		size = chunkSize
	case len(s.buf) > size/2:
		size *= 2
	}
	if size != len(s.store) {
		s.store = make([]byte, size)
	}
	s.buf = s.store[:copy(s.store, s.buf)]
}

// stopped is the error of a script that cannot be read further, and io.EOF at its end.
func (s *Splitter) stopped() error {
	var ours *Error
	switch {
	case s.atEnd:
		return io.EOF
	case errors.As(s.ended, &ours):
		return ours
	}
	return &Error{s.position(len(s.buf)), s.ended}
}

// unterminated is the error of a script that ends in the middle of what begins at buf[i].
func (s *Splitter) unterminated(i int, what string) error {
	if !s.atEnd {
		return s.stopped()
	}
	return &Error{s.position(i), fmt.Errorf("%w: %s", ErrUnterminated, what)}
}

func (s *Splitter) tooLarge() error {
	return &Error{s.begin, fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, s.limit)}
}

// invalid returns the index of the first byte that is not UTF-8.
func invalid(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}
