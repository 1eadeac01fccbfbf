package jsonscan

import (
	"math"
	"strconv"
)

// Text reads a string and returns a copy of it, unescaped. What is no Unicode text in it becomes U+FFFD.
func (s *Scanner) Text() (string, error) {
	text, err := s.Borrow()
	return string(text), err
}

// Borrow is [Scanner.Text] for callers that only look at the text: it aliases the buffer if that has the text as it is.
func (s *Scanner) Borrow() ([]byte, error) {
	raw, plain, err := s.rawString("expected a string")
	if err != nil || plain {
		return raw, err
	}
	return appendText(nil, raw), nil
}

// rawString consumes a string and returns what is between its quotes, aliasing the buffer. plain is true if that is
// the text.
func (s *Scanner) rawString(reason string) (raw []byte, plain bool, err error) {
	if err := s.expect('"', reason); err != nil {
		return nil, false, err
	}
	start := s.pos
	if end := Special(s.buf, start); end < len(s.buf) && s.buf[end] == '"' { // the usual case
		s.pos = end + 1
		return s.buf[start:end:end], true, nil
	}
	end, plain, err := EndOfString(s.buf, start)
	if err != nil {
		return nil, false, err
	}
	s.pos = end + 1
	return s.buf[start:end:end], plain, nil
}

// Int64 reads an integer. A number with a fraction or an exponent is an error even if its value is integral, and so is
// one that does not fit.
func (s *Scanner) Int64() (int64, error) {
	magnitude, negative, err := s.integer()
	if err != nil {
		return 0, err
	}
	switch {
	case !negative && magnitude <= math.MaxInt64:
		return int64(magnitude), nil
	case negative && magnitude <= -math.MinInt64:
		return -int64(magnitude), nil // the magnitude of the smallest integer converts to itself and negates to itself
	}
	return 0, s.fail("number does not fit into 64 bits")
}

// Uint64 reads an integer that is not negative, under the rules of [Scanner.Int64].
func (s *Scanner) Uint64() (uint64, error) {
	magnitude, negative, err := s.integer()
	if err == nil && negative && magnitude != 0 {
		err = s.fail("expected a number that is not negative")
	}
	return magnitude, err
}

// fittingDigits is how many digits fit into 64 bits whatever they are.
const fittingDigits = 19

func (s *Scanner) integer() (magnitude uint64, negative bool, err error) {
	if _, err := s.peek(); err != nil {
		return 0, false, err
	}
	start := s.pos
	end, integral, ok := EndOfNumber(s.buf, start)
	if !ok {
		return 0, false, s.fail("expected an integer")
	}
	if !integral {
		return 0, false, s.fail("expected an integer without fraction and exponent")
	}
	digits := s.buf[start:end]
	if digits[0] == '-' {
		negative, digits = true, digits[1:]
	}
	for i, c := range digits {
		d := uint64(c - '0')
		if i >= fittingDigits && magnitude > (math.MaxUint64-d)/10 {
			return 0, false, s.fail("number does not fit into 64 bits")
		}
		magnitude = magnitude*10 + d
	}
	s.pos = end
	return magnitude, negative, nil
}

// Float64 reads a number. One that is too large for a float64 is an error; one that is too small becomes 0.
func (s *Scanner) Float64() (float64, error) {
	if _, err := s.peek(); err != nil {
		return 0, err
	}
	end, _, ok := EndOfNumber(s.buf, s.pos)
	if !ok {
		return 0, s.fail("expected a number")
	}
	f, err := strconv.ParseFloat(string(s.buf[s.pos:end]), 64)
	if err != nil {
		return 0, s.fail("number does not fit into a float64")
	}
	s.pos = end
	return f, nil
}

// Bool reads true or false.
func (s *Scanner) Bool() (bool, error) {
	if _, err := s.peek(); err != nil {
		return false, err
	}
	switch {
	case s.literal("true"):
		return true, nil
	case s.literal("false"):
		return false, nil
	}
	return false, s.fail("expected true or false")
}

// Null reads null.
func (s *Scanner) Null() error {
	if _, err := s.peek(); err != nil {
		return err
	}
	if !s.literal("null") {
		return s.fail("expected null")
	}
	return nil
}

// literal consumes the word if it comes next.
func (s *Scanner) literal(word string) bool {
	if len(s.buf)-s.pos < len(word) || string(s.buf[s.pos:s.pos+len(word)]) != word {
		return false
	}
	s.pos += len(word)
	return true
}
