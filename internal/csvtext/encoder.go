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
	kinds []Kind
	point byte
	at    []int // where each column goes on
	found []foundColumn
}

// NewEncoder returns an encoder for rows of columns of these kinds. point is the session's decimal separator.
func NewEncoder(kinds []Kind, point byte) *Encoder {
	return &Encoder{kinds: kinds, point: point, at: make([]int, len(kinds))}
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

// Append appends rows to dst. columns has for each column the JSON values of these rows with a comma between two of them, as
// commands.ParamEncoder writes them: with a point in numbers. The columns are scratch: Append undoes escapes in place. The
// error says that the columns do not have so many values; dst is then returned as it was.
func (e *Encoder) Append(dst []byte, columns [][]byte, rows int) ([]byte, error) {
	if len(columns) != len(e.kinds) {
		return dst, fmt.Errorf("%d columns of %d", len(columns), len(e.kinds))
	}
	for i, c := range columns {
		if rows < 0 || rows > (len(c)+1)/2 && rows > 0 {
			return dst, &Error{Row: -1, Column: i, Reason: fmt.Sprintf("not %d values", rows)}
		}
		e.at[i] = 0
	}
	dst = slices.Grow(dst, Most(columns, rows))
	out, n := dst[:cap(dst)], len(dst)
	for row := range rows {
		for i, c := range columns {
			var ok bool
			if n, ok = e.field(out, n, c, i, row == rows-1); !ok {
				return dst, &Error{Row: int64(row), Column: i, Reason: "malformed value"}
			}
			out[n] = separator
			n++
		}
		out[n-1] = '\n'
	}
	return out[:n], nil
}

// field writes the next value of column i to out[n:]. It returns the index after it.
func (e *Encoder) field(out []byte, n int, c []byte, i int, last bool) (end int, ok bool) {
	pos := e.at[i]
	if pos >= len(c) {
		return n, false
	}
	switch c[pos] {
	case '"':
		switch e.kinds[i] {
		case Plain:
			n, pos = word(out, n, c, pos)
		case Text:
			if n, pos, ok = e.text(out, n, c, pos+1); !ok {
				return n, false
			}
		default:
			n, pos = e.number(out, n, c, pos+1, '"')
			pos++ // after the quote, or beyond the end if there is none
		}
	case 'n':
		pos += len("null")
	case 't':
		out[n] = '1'
		n++
		pos += len("true")
	case 'f':
		out[n] = '0'
		n++
		pos += len("false")
	default:
		n, pos = e.number(out, n, c, pos, ',')
	}
	if last {
		return n, pos == len(c)
	}
	e.at[i] = pos + 1
	return n, pos < len(c) && c[pos] == ','
}

// word copies a value with its quotes, up to the comma behind it or the end of c.
func word(out []byte, n int, c []byte, pos int) (end, next int) {
	const commas = ',' * ones
	for pos <= len(c)-8 {
		w := load(c, pos)
		store(out, n, w)
		size := first(w ^ commas)
		n += size
		pos += size
		if size < 8 {
			return n, pos
		}
	}
	for pos < len(c) && c[pos] != ',' {
		out[n] = c[pos]
		n++
		pos++
	}
	return n, pos
}

// text writes the string that begins at start, behind its quote. It returns the index after what it wrote and that after the
// closing quote.
func (e *Encoder) text(out []byte, n int, c []byte, start int) (end, pos int, ok bool) {
	out[n] = '"'
	at := start
	for to := n + 1; at <= len(c)-8; at += 8 {
		w := load(c, at)
		store(out, to, w)
		to += 8
		marks := escaped(w)
		if marks == 0 {
			continue
		}
		at += trailingBytes(marks)
		if c[at] == '"' && at > start {
			to = n + 1 + at - start
			out[to] = '"'
			return to + 1, at + 1, true
		}
		break
	}
	for at < len(c) && c[at] != '"' && c[at] != '\\' {
		at++
	}
	if at == len(c) {
		return n, start, false
	}
	return e.anyText(out, n, c, start, at)
}

// anyText is text for a string of which something may have to be undone or done. c[at] is its first quote or backslash.
func (e *Encoder) anyText(out []byte, n int, c []byte, start, at int) (end, pos int, ok bool) {
	text, quote := c[start:at], at
	if c[at] != '"' {
		var err error
		if at, quote, _, err = jsonscan.UnescapeUntilQuote(c, at); err != nil {
			return n, start, false
		}
		text = c[start:at]
	}
	if len(text) == 0 {
		return n, quote + 1, true
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
	return n + 1, quote + 1, true
}

// number copies a number that ends before the given byte, or at the end of c. It returns the indexes after both.
func (e *Encoder) number(out []byte, n int, c []byte, pos int, end byte) (int, int) {
	start := n
	ends := uint64(end) * ones
	for pos <= len(c)-8 {
		w := load(c, pos)
		store(out, n, w)
		size := first(w ^ ends)
		n += size
		pos += size
		if size < 8 {
			return e.pointed(out, start, n), pos
		}
	}
	for pos < len(c) && c[pos] != end {
		out[n] = c[pos]
		n++
		pos++
	}
	return e.pointed(out, start, n), pos
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
