package commands

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// maxHashBytes is the size of the largest HASHTYPE.
const maxHashBytes = 1024

// hashtypeTarget writes HASHTYPE in hexadecimal, which servers take whatever the format is that they answer in.
func hashtypeTarget(t *paramTarget, dt DataType) {
	w := &hashWriter{size: orElse(dt.Size, 0)}
	t.raw, t.text = w.appendBytes, w.appendText
}

type hashWriter struct {
	size int // length of the text that the server would answer with; 0 if it is not known
}

func (w *hashWriter) appendBytes(dst, v []byte) ([]byte, error) {
	if err := w.check(len(v)); err != nil {
		return dst, err
	}
	dst = append(dst, '"')
	dst = hex.AppendEncode(dst, v)
	return append(dst, '"'), nil
}

// appendText writes hexadecimal text, in which dashes may stand anywhere and braces around it all.
func (w *hashWriter) appendText(dst, v []byte) ([]byte, error) {
	if len(v) > 2 && v[0] == '{' && v[len(v)-1] == '}' {
		v = v[1 : len(v)-1]
	}
	dst = append(dst, '"')
	start := len(dst)
	for _, c := range v {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f':
			dst = append(dst, c)
		case c >= 'A' && c <= 'F':
			dst = append(dst, c|0x20)
		case c != '-':
			return dst, fmt.Errorf("%w: neither hexadecimal digits nor dashes", ErrParamText)
		}
	}
	digits := len(dst) - start
	if digits%2 != 0 {
		return dst, fmt.Errorf("%w: an odd number of hexadecimal digits", ErrParamText)
	}
	if err := w.check(digits / 2); err != nil {
		return dst, err
	}
	return append(dst, '"'), nil
}

// check compares a number of bytes with the size that the server gave: how long the text of a value is in the session's
// HASHTYPE_FORMAT. That format cannot be known, so that each of them is tried.
func (w *hashWriter) check(n int) error {
	if n == 0 || n > maxHashBytes {
		return fmt.Errorf("%w: a HASHTYPE has 1 to %d bytes", ErrParamRange, maxHashBytes)
	}
	switch w.size {
	case 0, hex.EncodedLen(n), base64.StdEncoding.EncodedLen(n), base64.RawURLEncoding.EncodedLen(n):
		return nil
	case len("00000000-0000-0000-0000-000000000000"):
		if n == 16 {
			return nil
		}
	}
	return fmt.Errorf("%w: %d bytes for a HASHTYPE whose text has %d characters", ErrParamRange, n, w.size)
}
