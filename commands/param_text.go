package commands

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/exatext"
)

// Lengths of the text types if the server gives none.
const (
	maxChar    = 2_000
	maxVarchar = 2_000_000
)

// textTarget writes CHAR and VARCHAR. Values that are not text are accepted, since servers describe a parameter as
// VARCHAR when they cannot tell what it is compared with.
func textTarget(t *paramTarget, dt DataType, f ParamFormats) {
	otherwise := maxVarchar
	if dt.Type == Char {
		otherwise = maxChar
	}
	w := &quotedText{max: orElse(dt.Size, otherwise), ascii: dt.CharacterSet == "ASCII"}
	t.str, t.text, t.number = w.appendString, w.append, w.append
	t.boolean = func(dst []byte, v bool) ([]byte, error) {
		if v {
			return w.appendString(dst, "TRUE")
		}
		return w.appendString(dst, "FALSE")
	}
	t.integer = func(dst []byte, v int64) ([]byte, error) {
		t.scratch = appendInt(t.scratch[:0], v)
		return w.append(dst, t.scratch)
	}
	t.unsigned = func(dst []byte, v uint64) ([]byte, error) {
		t.scratch = appendUint(t.scratch[:0], v)
		return w.append(dst, t.scratch)
	}
	t.float = func(dst []byte, v float64, bits int) ([]byte, error) {
		var err error
		if t.scratch, err = appendShortest(t.scratch[:0], v, bits); err != nil {
			return dst, err
		}
		return w.append(dst, t.scratch)
	}
	t.duration = func(dst []byte, v time.Duration) ([]byte, error) {
		var err error
		if t.scratch, err = appendIntervalText(t.scratch[:0], v); err != nil {
			return dst, err
		}
		return w.append(dst, t.scratch)
	}
	moments := newMomentWriter(f.Timestamp, exatext.DefaultTimestampFormat, 9, f.Truncate)
	t.instant = func(dst []byte, v time.Time) ([]byte, error) {
		start := len(dst)
		dst, err := moments.appendWallClock(dst, v)
		if err == nil && len(dst)-start-2 > w.max {
			err = w.tooLong()
		}
		return dst, err
	}
}

// quotedText writes text as JSON strings, escaped no more than JSON demands.
type quotedText struct {
	max   int // characters; negative if there is no limit
	ascii bool
}

// append copies the text first and looks at the copy, which most often can stay as it is.
func (w *quotedText) append(dst, v []byte) ([]byte, error) {
	dst = append(dst, '"')
	start := len(dst)
	dst = append(dst, v...)
	escapes, foreign := inspect(dst[start:])
	return w.close(dst, start, escapes, foreign)
}

// appendString is append, but copies a longer text in the words that it looks at.
func (w *quotedText) appendString(dst []byte, v string) ([]byte, error) {
	dst = append(dst, '"')
	start, n := len(dst), len(v)
	if n < 8 {
		dst = append(dst, v...)
		escapes, foreign := inspect(dst[start:])
		return w.close(dst, start, escapes, foreign)
	}
	dst = slices.Grow(dst, n+1)[:start+n]
	text := dst[start:]
	var m marks
	for i := 0; i <= len(v)-8 && i <= len(text)-8; i += 8 {
		word := loadString(v[i : i+8])
		binary.LittleEndian.PutUint64(text[i:], word)
		m.add(word)
	}
	word := loadString(v[n-8:]) // may overlap the one before it
	binary.LittleEndian.PutUint64(text[n-8:], word)
	m.add(word)
	return w.close(dst, start, m.escapes&topBits != 0, m.foreign&topBits != 0)
}

// loadString returns the first eight bytes of s.
func loadString(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// close ends the text that has been copied to dst[start:].
func (w *quotedText) close(dst []byte, start int, escapes, foreign bool) ([]byte, error) {
	if !escapes && !foreign && (len(dst)-start <= w.max || w.max < 0) {
		return append(dst, '"'), nil
	}
	return w.finish(dst, start, escapes, foreign)
}

// finish checks and escapes the text that has been copied to dst[start:], and closes the quotes.
func (w *quotedText) finish(dst []byte, start int, escapes, foreign bool) ([]byte, error) {
	text := dst[start:]
	if foreign {
		if err := w.check(text); err != nil {
			return dst, err
		}
	}
	if w.max >= 0 && len(text) > w.max && utf8.RuneCount(text) > w.max {
		return dst, w.tooLong()
	}
	if escapes {
		dst = escape(dst, start)
	}
	return append(dst, '"'), nil
}

// inspect reports whether something in text must be escaped in a JSON string, and whether something is not ASCII.
func inspect(text []byte) (escapes, foreign bool) {
	var m marks
	switch n := len(text); {
	case n >= 8:
		// The last word may overlap the one before it.
		m.add(binary.LittleEndian.Uint64(text[n-8:]))
		for len(text) > 8 {
			m.add(binary.LittleEndian.Uint64(text))
			text = text[8:]
		}
	case n >= 4:
		m.add(uint64(binary.LittleEndian.Uint32(text)) | uint64(binary.LittleEndian.Uint32(text[n-4:]))<<32)
	case n > 0:
		const letters = 0x6161616161 << 24
		m.add(letters | uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16)
	}
	return m.escapes&topBits != 0, m.foreign&topBits != 0
}

// marks collects what is special about the bytes of words in the top bit of each byte.
type marks struct{ escapes, foreign uint64 }

const topBits = 0x8080808080808080

func (m *marks) add(word uint64) {
	const ones = 0x0101010101010101
	m.foreign |= word
	// Flipping bit 1 exchanges the quote with the blank, so that it is below 0x21 like the control characters. A byte is
	// special if its difference is below zero. That borrows from the byte above, which does not matter any more.
	m.escapes |= (((word ^ 0x02*ones) - 0x21*ones) | ((word ^ '\\'*ones) - ones)) &^ word
}

func (w *quotedText) check(text []byte) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("%w: not UTF-8", ErrParamText)
	}
	if !w.ascii {
		return nil
	}
	for i, c := range text {
		if c >= utf8.RuneSelf {
			return fmt.Errorf("%w: not ASCII at byte %d", ErrParamText, i)
		}
	}
	return nil
}

func (w *quotedText) tooLong() error {
	return fmt.Errorf("%w: more than %d characters", ErrParamRange, w.max)
}

var needsEscape = func() (table [256]bool) {
	for c := range ' ' {
		table[c] = true
	}
	table['"'], table['\\'] = true, true
	return table
}()

// escapeGrowth is how many bytes more a byte takes when it is escaped.
var escapeGrowth = func() (growth [256]uint8) {
	for c, escaped := range needsEscape {
		switch {
		case shortEscapes[c] != 0:
			growth[c] = 1
		case escaped:
			growth[c] = uint8(len(`\u0000`)) - 1
		}
	}
	return growth
}()

// shortEscapes are the letters of the two-byte escapes that text is likely to need.
var shortEscapes = [256]byte{'"': '"', '\\': '\\', '\n': 'n', '\r': 'r', '\t': 't'}

// escape escapes dst[from:] in place, from its end on, since escapes make it longer.
func escape(dst []byte, from int) []byte {
	more := 0
	for _, c := range dst[from:] {
		more += int(escapeGrowth[c])
	}
	read := len(dst)
	dst = append(dst, make([]byte, more)...)
	write := len(dst)
	for write > read {
		read--
		c := dst[read]
		switch {
		case shortEscapes[c] != 0:
			write -= 2
			dst[write], dst[write+1] = '\\', shortEscapes[c]
		case needsEscape[c]:
			write -= len(`\u0000`)
			copy(dst[write:], `\u00`)
			dst[write+4], dst[write+5] = hexDigits[c>>4], hexDigits[c&15]
		default:
			write--
			dst[write] = c
		}
	}
	return dst
}
