package csvtext

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/exawire/exawire/internal/jsonscan"
)

// Encoder writes rows as CSV: fields separated by commas, rows ended by LF, text in double quotes, quotes in it doubled, and
// NULL as nothing. Exasol makes no difference between the empty string and NULL, and neither does an Encoder. Booleans are 1
// and 0. It is for one goroutine at a time.
type Encoder struct {
	kinds   []Kind
	point   byte
	columns []encoderColumn
}

// encoderColumn is a column of values whose ends are known.
type encoderColumn struct {
	values []byte // with what its memory has behind them
	ends   []int
	at     int // where the next value begins
	kind   Kind
}

// NewEncoder returns an encoder for rows of columns of these kinds. point is the session's decimal separator.
func NewEncoder(kinds []Kind, point byte) *Encoder {
	return &Encoder{kinds: kinds, point: point}
}

// slack is how many bytes beyond what is written or read a step may touch.
const slack = 48

// Most returns how many bytes more Append needs at most.
func Most(columns [][]byte, rows int) int {
	// A field is no longer than its value, but for two quotes, and its separator takes the place of the comma.
	most := slack + 3*rows*len(columns)
	for _, c := range columns {
		most += len(c)
	}
	return most
}

// Append appends rows to dst. columns has for each column the JSON values of these rows with a comma between two of them, and
// ends the index after each of them, both as commands.ParamEncoder.AppendEnds writes them: with a point in numbers. The
// columns are scratch: Append undoes escapes in place. It does not look whether the values are JSON. The error says that a
// value cannot end there; dst is then returned as it was.
func (e *Encoder) Append(dst []byte, columns [][]byte, ends [][]int, rows int) ([]byte, error) {
	if len(columns) != len(e.kinds) || len(ends) != len(e.kinds) {
		return dst, fmt.Errorf("%d columns of %d", len(columns), len(e.kinds))
	}
	e.columns = e.columns[:0]
	for i, c := range columns {
		if rows < 0 || rows > len(ends[i]) {
			return dst, &Error{Row: -1, Column: i, Reason: fmt.Sprintf("not %d values", rows)}
		}
		// The ends of what is in use lie within c, so that they bound all that is taken for a part of a value.
		e.columns = append(e.columns, encoderColumn{values: c[:cap(c)], ends: ends[i][:rows], kind: e.kinds[i]})
	}
	dst = slices.Grow(dst, Most(columns, rows))
	out, n := dst[:cap(dst)], len(dst)
	for row := range rows {
		for i := range e.columns {
			c := &e.columns[i]
			start, end := c.at, c.ends[row]
			if end <= start || end > len(columns[i]) {
				return dst, &Error{Row: int64(row), Column: i, Reason: "malformed value"}
			}
			c.at = end + 1
			switch v := c.values[start:end]; {
			case v[0] == 'n':
			case v[0] == 't', v[0] == 'f':
				out[n] = '1' - byte(len(v)-len("true"))
				n++
			case v[0] != '"':
				from := n
				n = move(out, n, c.values, start, end)
				n = e.pointed(out, from, n)
			case len(v) <= len(`""`):
			case c.kind != Text && c.kind != Plain:
				from := n
				n = move(out, n, c.values, start+1, end-1)
				n = e.pointed(out, from, n)
			case c.kind == Plain:
				n = move(out, n, c.values, start, end)
			default:
				next, plain := moveText(out, n, c.values, start, end)
				if !plain {
					var ok bool
					if next, ok = escapedText(out, n, v); !ok {
						return dst, &Error{Row: int64(row), Column: i, Reason: "malformed value"}
					}
				}
				n = next
			}
			out[n] = separator
			n++
		}
		out[n-1] = '\n'
	}
	return out[:n], nil
}

// escapedText writes a string that may have escapes, which are undone in place. It returns the index after it.
func escapedText(out []byte, n int, value []byte) (end int, ok bool) {
	at := bytes.IndexAny(value[1:], `"\\`) + 1
	if at == 0 {
		return n, false
	}
	at, quote, _, err := jsonscan.UnescapeUntilQuote(value, at)
	if err != nil || quote != len(value)-1 {
		return n, false
	}
	text := value[1:at]
	if len(text) == 0 {
		return n, true
	}
	out[n] = '"'
	n++
	for {
		at := bytes.IndexByte(text, '"')
		if at < 0 {
			break
		}
		n += copy(out[n:], text[:at+1])
		out[n] = '"'
		n++
		text = text[at+1:]
	}
	n += copy(out[n:], text)
	out[n] = '"'
	return n + 1, true
}

// pointed gives the number out[start:n] the session's separator. It returns the index after it.
func (e *Encoder) pointed(out []byte, start, n int) int {
	if e.point == '.' {
		return n
	}
	at := bytes.IndexByte(out[start:n], '.')
	if at < 0 {
		return n
	}
	out[start+at] = e.point
	if e.point != separator {
		return n
	}
	copy(out[start+1:], out[start:n])
	out[start], out[n+1] = '"', '"'
	return n + 2
}

// move copies from[start:end] to out[n:], which has room for slack bytes more. It returns the index after the copy.
func move(out []byte, n int, from []byte, start, end int) int {
	size := end - start
	if size > 32 || start > len(from)-32 {
		return n + copy(out[n:], from[start:end])
	}
	dst, src := out[n:n+32], from[start:start+32]
	store(dst, 0, load(src, 0))
	store(dst, 8, load(src, 8))
	if size > 16 {
		store(dst, 16, load(src, 16))
		store(dst, 24, load(src, 24))
	}
	return n + size
}

// moveText is move for text. It looks for backslashes on its way: plain is false if it does; the copy is then of no use.
func moveText(out []byte, n int, from []byte, start, end int) (next int, plain bool) {
	const backslashes = '\\' * ones
	size := end - start
	switch {
	case size <= 32 && start <= len(from)-32:
		dst, src := out[n:n+32], from[start:start+32]
		a, b, c, d := load(src, 0), load(src, 8), load(src, 16), load(src, 24)
		store(dst, 0, a)
		store(dst, 8, b)
		store(dst, 16, c)
		store(dst, 24, d)
		a, b, c, d = a^backslashes, b^backslashes, c^backslashes, d^backslashes
		if ((a-ones)&^a|(b-ones)&^b|(c-ones)&^c|(d-ones)&^d)&tops == 0 {
			return n + size, true
		}
	case size <= 64 && end <= len(from)-8:
		marks := uint64(0)
		dst, src := out[n:n+size+8], from[start:end+8]
		for i := 0; i < size; i += 8 {
			w := load(src, i)
			store(dst, i, w)
			w ^= backslashes
			marks |= (w - ones) &^ w
		}
		if marks&tops == 0 {
			return n + size, true
		}
	default:
		copy(out[n:], from[start:end])
	}
	// A backslash, if there was one, may be behind the value.
	return n + size, bytes.IndexByte(from[start:end], '\\') < 0
}
