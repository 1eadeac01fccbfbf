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
		t.scratch = exatext.AppendInt(t.scratch[:0], v)
		return w.append(dst, t.scratch)
	}
	t.unsigned = func(dst []byte, v uint64) ([]byte, error) {
		t.scratch = exatext.AppendUint(t.scratch[:0], v)
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

func (w *quotedText) append(dst, v []byte) ([]byte, error) { return appendQuoted(w, dst, v) }

func (w *quotedText) appendString(dst []byte, v string) ([]byte, error) {
	return appendQuoted(w, dst, v)
}

// appendQuoted copies the text and looks at it on its way. Most often the copy can stay as it is.
func appendQuoted[T string | []byte](w *quotedText, dst []byte, v T) ([]byte, error) {
	start := len(dst) + 1
	dst = slices.Grow(dst, len(v)+2)[:start+len(v)]
	dst[start-1] = '"'
	m := copyMarked(dst[start:], v)
	return w.close(dst, start, m.escapes&topBits != 0, m.foreign&topBits != 0)
}

// copyMarked copies v to the beginning of dst and returns what is special about it. Words may overlap the ones before them.
func copyMarked[T string | []byte](dst []byte, v T) (m marks) {
	switch n := len(v); {
	case n >= 8:
		for i := 0; i <= len(v)-8 && i <= len(dst)-8; i += 8 {
			word := load64(v[i : i+8])
			binary.LittleEndian.PutUint64(dst[i:], word)
			m = m.with(word)
		}
		word := load64(v[n-8:])
		binary.LittleEndian.PutUint64(dst[n-8:], word)
		m = m.with(word)
	case n >= 4:
		first, last := load32(v), load32(v[n-4:])
		binary.LittleEndian.PutUint32(dst, first)
		binary.LittleEndian.PutUint32(dst[n-4:], last)
		m = m.with(uint64(first) | uint64(last)<<32)
	case n > 0:
		const letters = 0x6161616161 << 24
		first, middle, last := v[0], v[n/2], v[n-1]
		dst[0], dst[n/2], dst[n-1] = first, middle, last
		m = m.with(letters | uint64(first) | uint64(middle)<<8 | uint64(last)<<16)
	}
	return m
}

// load64 returns the first eight bytes of v.
func load64[T string | []byte](v T) uint64 {
	_ = v[7]
	return uint64(v[0]) | uint64(v[1])<<8 | uint64(v[2])<<16 | uint64(v[3])<<24 |
		uint64(v[4])<<32 | uint64(v[5])<<40 | uint64(v[6])<<48 | uint64(v[7])<<56
}

// load32 returns the first four bytes of v.
func load32[T string | []byte](v T) uint32 {
	_ = v[3]
	return uint32(v[0]) | uint32(v[1])<<8 | uint32(v[2])<<16 | uint32(v[3])<<24
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

// marks collects what is special about the bytes of words in the top bit of each byte.
type marks struct{ escapes, foreign uint64 }

const topBits = 0x8080808080808080

// with returns m with what is special about one more word. It returns a value so that m stays in registers.
func (m marks) with(word uint64) marks {
	const ones = 0x0101010101010101
	m.foreign |= word
	// Flipping bit 1 exchanges the quote with the blank, so that it is below 0x21 like the control characters. A byte is
	// special if its difference is below zero. That borrows from the byte above, which does not matter any more.
	m.escapes |= (((word ^ 0x02*ones) - 0x21*ones) | ((word ^ '\\'*ones) - ones)) &^ word
	return m
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
