package jsonscan

// Valid reports whether buf is one complete JSON document under the rules of this package.
func Valid(buf []byte) bool {
	s := Scanner{buf: buf}
	if _, err := s.Skip(); err != nil {
		return false
	}
	return s.End() == nil
}

// Skip passes over the next value and returns its bytes, without the white space around it. The bytes alias the buffer.
// The whole value is checked, strings and numbers too; nesting deeper than [MaxDepth] is an error.
func (s *Scanner) Skip() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	start := s.pos
	var open nesting
	for {
		opened, err := s.skipToken(&open)
		if err != nil {
			return nil, err
		}
		if opened {
			continue
		}
		more, err := s.skipSeparators(&open)
		if err != nil {
			return nil, err
		}
		if !more {
			return s.buf[start:s.pos:s.pos], nil
		}
	}
}

// skipToken consumes a value that is not nested, or an empty array or object, or only the opening bracket (and for an
// object the first key) of one that has content: then opened is true and its first value comes next.
func (s *Scanner) skipToken(open *nesting) (opened bool, err error) {
	kind, err := s.Kind()
	if err != nil {
		return false, err
	}
	switch kind {
	case String:
		_, _, err = s.rawString("expected a string")
	case Number:
		end, _, ok := EndOfNumber(s.buf, s.pos)
		if !ok {
			return false, s.fail("malformed number")
		}
		s.pos = end
	case Bool:
		_, err = s.Bool()
	case Null:
		err = s.Null()
	case Array, Object:
		if s.depth+open.depth >= MaxDepth {
			return false, s.fail("nested too deeply")
		}
		s.pos++
		c, err := s.peek()
		if err != nil {
			return false, err
		}
		if c == closer(kind == Object) {
			s.pos++
			return false, nil
		}
		open.push(kind == Object)
		if kind == Object {
			return true, s.skipKey()
		}
		return true, nil
	}
	return false, err
}

// skipSeparators consumes what may follow a value inside the open brackets: closing brackets, then a comma (and in an
// object the next key). more is false if the outermost value is complete.
func (s *Scanner) skipSeparators(open *nesting) (more bool, err error) {
	for open.depth > 0 {
		c, err := s.peek()
		if err != nil {
			return false, err
		}
		inObject := open.inObject()
		switch {
		case c == closer(inObject):
			s.pos++
			open.depth--
		case c == ',' && inObject:
			s.pos++
			return true, s.skipKey()
		case c == ',':
			s.pos++
			return true, nil
		case inObject:
			return false, s.fail("expected ',' or '}'")
		default:
			return false, s.fail("expected ',' or ']'")
		}
	}
	return false, nil
}

func (s *Scanner) skipKey() error {
	if _, _, err := s.rawString("expected a key"); err != nil {
		return err
	}
	return s.expect(':', "expected ':'")
}

func closer(object bool) byte {
	if object {
		return '}'
	}
	return ']'
}

// nesting remembers for each open bracket whether it is that of an object, one bit each.
type nesting struct {
	objects [MaxDepth / 64]uint64
	depth   int
}

// push opens a bracket; the caller has checked that there is room.
func (n *nesting) push(object bool) {
	bit := uint64(1) << (n.depth % 64)
	if object {
		n.objects[n.depth/64] |= bit
	} else {
		n.objects[n.depth/64] &^= bit
	}
	n.depth++
}

func (n *nesting) inObject() bool {
	d := n.depth - 1
	return n.objects[d/64]>>(d%64)&1 == 1
}
