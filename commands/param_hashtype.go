package commands

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
)

// maxHashBytes is the size of the largest HASHTYPE.
const maxHashBytes = 1024

// A HASHTYPE of 16 bytes can be written as a UUID, with dashes.
const (
	uuidBytes  = 16
	uuidLength = 36
)

// hashtypeTarget writes HASHTYPE in hexadecimal, which servers take whatever the format is that they answer in.
func hashtypeTarget(t *paramTarget, dt DataType) {
	w := &hashWriter{size: orElse(dt.Size, 0)}
	t.raw, t.text = w.appendBytes, w.appendText
}

type hashWriter struct {
	size int                    // length of the text that the server would answer with; 0 if it is not known
	room [maxHashBytes + 2]byte // for what base64 gives
}

// appendBytes writes bytes as they are, or as the text of a value if they are that: what is read into []byte is text. Which
// of the two they are their number tells, since no text is as short as the bytes that it stands for. If the size is not
// known, they are bytes.
func (w *hashWriter) appendBytes(dst, v []byte) ([]byte, error) {
	if err := w.check(len(v)); err != nil {
		if text, textErr := w.appendText(dst, v); w.size > 0 && textErr == nil {
			return text, nil
		}
		return dst, err
	}
	dst = append(dst, '"')
	dst = hex.AppendEncode(dst, v)
	return append(dst, '"'), nil
}

// appendText writes hexadecimal text, or text of the length that the server would answer with under HASHTYPE_FORMAT BASE64
// or BASE64URL: whatever can be read can be written. Text that could be either is hexadecimal; if it was not, the server
// refuses the number of bytes.
func (w *hashWriter) appendText(dst, v []byte) ([]byte, error) {
	out, err := w.appendHex(dst, v)
	if err == nil || len(v) != w.size {
		return out, err
	}
	for _, form := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		raw, ok := w.decode(form, v)
		if ok && w.check(len(raw)) == nil {
			return w.appendBytes(dst, raw)
		}
	}
	return out, err
}

// decode undoes base64. The bits behind the last byte must be zero, so that the text comes back the same.
func (w *hashWriter) decode(form *base64.Encoding, text []byte) ([]byte, bool) {
	if form.DecodedLen(len(text)) > len(w.room) {
		return nil, false
	}
	n, err := form.Strict().Decode(w.room[:], text)
	return w.room[:n], err == nil
}

// appendHex writes hexadecimal text, in which dashes may stand anywhere and braces around it all.
func (w *hashWriter) appendHex(dst, v []byte) ([]byte, error) {
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
	case uuidLength:
		if n == uuidBytes {
			return nil
		}
	}
	return fmt.Errorf("%w: %d bytes for a HASHTYPE whose text has %d characters", ErrParamRange, n, w.size)
}
