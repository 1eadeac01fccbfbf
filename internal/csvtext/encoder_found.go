package csvtext

import (
	"bytes"
	"fmt"
	"slices"
)

// foundColumn is a column of values whose ends are known.
type foundColumn struct {
	values []byte // with what its memory has behind them
	ends   []int
	at     int // where the next value begins
	kind   Kind
}

// AppendFound is [Encoder.Append] for values whose ends are known, as commands.ParamEncoder.AppendEnds tells them: ends has
// for each column the index after each of its values. It does not look whether the values are JSON. The error says that a
// value cannot end there; dst is then returned as it was.
func (e *Encoder) AppendFound(dst []byte, columns [][]byte, ends [][]int, rows int) ([]byte, error) {
	if len(columns) != len(e.kinds) || len(ends) != len(e.kinds) {
		return dst, fmt.Errorf("%d columns of %d", len(columns), len(e.kinds))
	}
	e.found = e.found[:0]
	for i, c := range columns {
		if rows < 0 || rows > len(ends[i]) {
			return dst, &Error{Row: -1, Column: i, Reason: fmt.Sprintf("not %d values", rows)}
		}
		// The ends of what is in use lie within c, so that they bound all that is taken for a part of a value.
		e.found = append(e.found, foundColumn{values: c[:cap(c)], ends: ends[i][:rows], kind: e.kinds[i]})
	}
	dst = slices.Grow(dst, Most(columns, rows))
	out, n := dst[:cap(dst)], len(dst)
	for row := range rows {
		for i := range e.found {
			c := &e.found[i]
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
					if next, ok = e.wholeText(out, n, v); !ok {
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

// wholeText is text for a value that ends with the string.
func (e *Encoder) wholeText(out []byte, n int, value []byte) (end int, ok bool) {
	end, pos, ok := e.text(out, n, value, 1)
	return end, ok && pos == len(value)
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
