package bulk

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// sampleScanner reads the first rows of a file, to see what is in them.
type sampleScanner struct {
	r         *bufio.Reader
	separator []byte // of columns
	delimiter []byte // empty for none
	rowEnd    []byte
	comments  bool      // rows that begin with # are no data
	row       int       // number of the last one
	left      int       // bytes that may still be read of it
	stops     [256]bool // bytes that the marks begin with
	text      []byte
	fields    []sampleField // of the last row, in text
}

// sampleField is where a field is in the text of its row, without delimiters.
type sampleField struct {
	from, to  int
	delimited bool
}

// The rows of a sample are in memory, so there is an end to them.
const (
	maxSampleBytes = 16 << 20 // of a reader, which is to give everything again
	maxRowBytes    = 64 << 20
)

var comment = []byte("#")

var (
	errRowEnd      = errors.New(`is not what RowSeparator says: "\n" is bulk.LF, "\r\n" is bulk.CRLF, "\r" is bulk.CR`)
	errSampleBytes = errors.New("the sample is too large")
)

func newSampleScanner(r io.Reader, csv *CSV) *sampleScanner {
	s := &sampleScanner{
		r: bufio.NewReaderSize(r, 64<<10), separator: []byte(character(csv.separator())), delimiter: []byte(character(csv.delimiter())),
	}
	switch csv.rowSeparator() {
	case CRLF:
		s.rowEnd = []byte("\r\n")
	case CR:
		s.rowEnd = []byte("\r")
	default:
		s.rowEnd = []byte("\n")
	}
	// A # that separates or delimits fields cannot begin a comment as well.
	s.comments = !bytes.HasPrefix(s.separator, comment) && !bytes.HasPrefix(s.delimiter, comment)
	for _, mark := range [][]byte{s.separator, s.rowEnd} {
		s.stops[mark[0]] = true
	}
	return s
}

// skip reads a row as SKIP counts them: up to the next end of a row, also if that has delimiters around it.
func (s *sampleScanner) skip() error {
	s.row++
	s.text, s.left = s.text[:0], maxRowBytes
	if _, err := s.r.Peek(1); err != nil {
		return err
	}
	for !s.found(s.rowEnd) {
		b, err := s.r.ReadByte()
		if err == io.EOF { //nolint:errorlint // a bufio.Reader returns it as it is
			return nil
		}
		if err == nil {
			err = s.add(b)
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", s.row, err)
		}
	}
	return nil
}

// nextData reads a row that is not a comment: Exasol leaves out those that begin with #.
func (s *sampleScanner) nextData() error {
	for s.comments {
		if ahead, _ := s.r.Peek(1); !bytes.Equal(ahead, comment) {
			break
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
	return s.next()
}

// next reads a row, and returns io.EOF after the last one. A last row may lack its end.
func (s *sampleScanner) next() error {
	s.row++
	s.text, s.fields, s.left = s.text[:0], s.fields[:0], maxRowBytes
	if _, err := s.r.Peek(1); err != nil {
		return err
	}
	for {
		more, err := s.field()
		if err != nil {
			return fmt.Errorf("row %d, field %d: %w", s.row, len(s.fields)+1, err)
		}
		switch {
		case !more:
			return nil
		case len(s.fields) == maxColumns:
			return fmt.Errorf("row %d has more than %d fields: is the column separator right?", s.row, maxColumns)
		}
	}
}

// field reads a field and what ends it, and reports whether there is another one in the row.
func (s *sampleScanner) field() (more bool, err error) {
	f := sampleField{from: len(s.text)}
	if s.found(s.delimiter) {
		f.delimited = true
		if err := s.delimitedText(); err != nil {
			return false, err
		}
	}
	f.to = len(s.text)
	for {
		if !f.delimited {
			if err := s.plain(); err != nil {
				return false, err
			}
			f.to = len(s.text)
		}
		switch {
		case s.found(s.separator):
			more = true
		case s.found(s.rowEnd):
		default:
			b, err := s.r.ReadByte()
			switch {
			case err == io.EOF:
			case err != nil:
				return false, err
			case f.delimited:
				return false, errors.New("there is text behind the closing delimiter")
			default:
				if err := s.add(b); err != nil {
					return false, err
				}
				continue
			}
		}
		if !f.delimited && bytes.ContainsAny(s.text[f.from:f.to], "\r\n") {
			return false, fmt.Errorf("the end of the row %w", errRowEnd)
		}
		s.fields = append(s.fields, f)
		return more, nil
	}
}

// delimitedText reads up to the delimiter that ends a field. Two of them stand for one.
func (s *sampleScanner) delimitedText() error {
	for {
		if s.found(s.delimiter) {
			if !s.found(s.delimiter) {
				return nil
			}
			s.text = append(s.text, s.delimiter...)
			continue
		}
		b, err := s.r.ReadByte()
		if err == io.EOF {
			return errors.New("there is no closing delimiter")
		}
		if err != nil {
			return err
		}
		if err := s.add(b); err != nil {
			return err
		}
	}
}

// plain reads what is in the buffer and cannot be the beginning of a mark.
func (s *sampleScanner) plain() error {
	ahead, _ := s.r.Peek(s.r.Buffered())
	n := 0
	for n < len(ahead) && !s.stops[ahead[n]] {
		n++
	}
	err := s.add(ahead[:n]...)
	_, _ = s.r.Discard(n) // what was peeked is there
	return err
}

func (s *sampleScanner) add(text ...byte) error {
	if s.left -= len(text); s.left < 0 {
		return fmt.Errorf("the row is longer than %d MiB", maxRowBytes>>20)
	}
	s.text = append(s.text, text...)
	return nil
}

// found reads mark if it is what comes next.
func (s *sampleScanner) found(mark []byte) bool {
	if len(mark) == 0 {
		return false
	}
	ahead, _ := s.r.Peek(len(mark)) // an error comes again
	if !bytes.Equal(ahead, mark) {
		return false
	}
	_, _ = s.r.Discard(len(mark)) // what was peeked is there
	return true
}

// value returns a field's text.
func (s *sampleScanner) value(i int) []byte { return s.text[s.fields[i].from:s.fields[i].to] }
