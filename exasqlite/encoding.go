package exasqlite

import (
	"io"
	"strings"
	"unicode/utf8"
)

// Encodings of files. Inside of this package all text is UTF-8; a file is translated while it is read or written.

// encoding is a set of characters of one byte each, or UTF-8.
type encoding struct {
	name  string
	runes *[256]rune    // nil for UTF-8; -1 for a byte that means nothing
	bytes map[rune]byte // the other way
}

var encodingUTF8 = &encoding{name: "UTF-8"}

// The encodings by their names, without what is between letters and digits.
var encodings = map[string]*encoding{}

func init() {
	encodings["UTF8"] = encodingUTF8
	addEncoding("ASCII", strings.Repeat("\uFFFF", 128), "USASCII", "ANSIX341968", "ISO646US", "7BIT")
	for _, p := range codePages {
		addEncoding(p.name, p.high, p.aliases...)
	}
}

// addEncoding makes an encoding of one byte a character; high is as in codePage.
func addEncoding(name, high string, aliases ...string) {
	e := &encoding{name: name, runes: &[256]rune{}, bytes: map[rune]byte{}}
	for i := range e.runes {
		e.runes[i] = rune(i)
	}
	last := []rune(high)
	copy(e.runes[256-len(last):], last)
	for i, r := range e.runes {
		if r == '\uFFFF' {
			e.runes[i] = -1
			continue
		}
		e.bytes[r] = byte(i)
	}
	for _, a := range append(aliases, name) {
		encodings[encodingKey(a)] = e
	}
}

// encodingKey is a name without case and without what is between its letters and digits.
func encodingKey(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' || r == ':' || r == '.' {
			return -1
		}
		return r
	}, strings.ToUpper(name))
}

// encodingNamed finds an encoding, nil for one that this package does not have.
func encodingNamed(name string) *encoding { return encodings[encodingKey(name)] }

// decode appends the UTF-8 form of bytes. A byte that means nothing becomes one that UTF-8 never has, so that it is found
// where the text is used.
func (e *encoding) decode(dst, b []byte) []byte {
	if e.runes == nil {
		return append(dst, b...)
	}
	for _, c := range b {
		switch r := e.runes[c]; {
		case r < 0:
			dst = append(dst, 0xff)
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// encode appends the form of UTF-8 text in the encoding. ok is false if it lacks a character, which is returned.
func (e *encoding) encode(dst []byte, text []byte) (out []byte, missing rune, ok bool) {
	if e.runes == nil {
		return append(dst, text...), 0, true
	}
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			dst = append(dst, text[i])
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		b, ok := e.bytes[r]
		if !ok {
			return dst, r, false
		}
		dst = append(dst, b)
		i += n
	}
	return dst, 0, true
}

// reader translates what it reads.
func (e *encoding) reader(r io.Reader) io.Reader {
	if e.runes == nil {
		return r
	}
	return &decodingReader{from: r, encoding: e}
}

// decodingReader reads a file of single bytes as UTF-8.
type decodingReader struct {
	from     io.Reader
	encoding *encoding
	raw      [8 << 10]byte
	ready    []byte
	space    []byte
	err      error
}

func (d *decodingReader) Read(b []byte) (int, error) {
	for len(d.ready) == 0 {
		if d.err != nil {
			return 0, d.err
		}
		var n int
		n, d.err = d.from.Read(d.raw[:])
		d.space = d.encoding.decode(d.space[:0], d.raw[:n])
		d.ready = d.space
	}
	n := copy(b, d.ready)
	d.ready = d.ready[n:]
	return n, nil
}
