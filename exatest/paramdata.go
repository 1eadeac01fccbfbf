package exatest

import "encoding/json"

// The values of a message with many rows. The message has been checked as JSON when its fields were read, so its arrays can be
// taken apart without checking and copying each value once more.

// columnsOf takes an array of arrays of values apart; ok is false for anything else. The values are pieces of data, which must
// be valid JSON. A null in place of an inner array is an array without values.
func columnsOf(data json.RawMessage) (columns [][]json.RawMessage, ok bool) {
	s := valueScanner{data: data}
	ok = s.array(func() bool {
		var column []json.RawMessage
		if len(columns) > 0 {
			column = make([]json.RawMessage, 0, len(columns[0])) // columns are of one length
		}
		if s.data[s.at] == 'n' {
			s.value()
		} else if !s.array(func() bool { column = append(column, s.value()); return true }) {
			return false
		}
		columns = append(columns, column)
		return true
	})
	return columns, ok
}

// valueScanner finds the ends of values in valid JSON.
type valueScanner struct {
	data []byte
	at   int
}

// blanks skips white space.
func (s *valueScanner) blanks() {
	for s.at < len(s.data) && s.data[s.at] <= ' ' {
		s.at++
	}
}

// array calls element at the beginning of each element, which it has to read. It returns false if there is no array or element
// returns false.
func (s *valueScanner) array(element func() bool) bool {
	if s.blanks(); s.at == len(s.data) || s.data[s.at] != '[' {
		return false
	}
	s.at++
	for s.blanks(); s.data[s.at] != ']'; s.blanks() {
		if s.data[s.at] == ',' {
			s.at++
			s.blanks()
		}
		if !element() {
			return false
		}
	}
	s.at++
	return true
}

// value reads one value.
func (s *valueScanner) value() json.RawMessage {
	start, depth := s.at, 0
	for {
		switch s.data[s.at] {
		case '"':
			s.text()
		case '[', '{':
			depth++
			s.at++
		case ']', '}':
			depth--
			s.at++
		case ',', ':', ' ', '\t', '\n', '\r':
			s.at++
		default:
			s.word()
		}
		if depth == 0 {
			return s.data[start:s.at:s.at]
		}
	}
}

// text reads a string.
func (s *valueScanner) text() {
	for s.at++; s.data[s.at] != '"'; s.at++ {
		if s.data[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
}

// word reads a number, true, false or null.
func (s *valueScanner) word() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ',', ']', '}', ' ', '\t', '\n', '\r', ':':
			return
		}
		s.at++
	}
}
