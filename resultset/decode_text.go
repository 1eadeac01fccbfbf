package resultset

import (
	"errors"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/jsonscan"
)

// scanString reads the string whose opening quote is at pos. It undoes escapes in place; the returned span is the text
// and end the index after the closing quote. A text that is not valid Unicode has bytes that are not ASCII.
func scanString(buf []byte, pos int) (text span, end int, reason string) {
	start := pos + 1
	at := jsonscan.Special(buf, start)
	quote := at
	if at >= len(buf) || buf[at] != '"' {
		if at, quote, _, reason = unescape(buf, at); reason != "" {
			return span{}, pos, reason
		}
	}
	return span{uint32(start), uint32(at)}, quote + 1, ""
}

// unescape goes on with a string at the first byte that is not plain text and not a quote, most likely a backslash. It
// returns the index after the text, whose escapes it undoes in place, and that of the closing quote. unicode is false
// if the text is not valid Unicode.
func unescape(buf []byte, at int) (end, quote int, unicode bool, reason string) {
	if at >= len(buf) {
		return at, at, false, jsonscan.NotText(buf, at)
	}
	end, quote, unicode, err := jsonscan.UnescapeUntilQuote(buf, at)
	if err != nil {
		var syntax *jsonscan.SyntaxError
		errors.As(err, &syntax)
		return at, at, false, syntax.Reason
	}
	return end, quote, unicode, ""
}

const notUnicode = "text is not valid Unicode"

// textColumn decodes all types whose values are strings. Dates, timestamps and intervals begin as text and are parsed
// when somebody asks.
type textColumn struct {
	TextColumn
	few  [fewRows]span // what spans needs if there are few of them
	bits fewNulls
	bad  badValues
}

func (c *textColumn) reset(buf []byte, n int) {
	c.buf = buf
	if c.spans == nil {
		c.spans = c.few[:0]
	}
	c.spans = resize(c.spans, n)
	c.bits.reset(&c.nulls, n)
	c.bad.reset()
}

func (c *textColumn) null(row int) {
	c.spans[row] = span{}
	c.nulls.set(row)
}

func (c *textColumn) nullRows() Bitmap { return c.nulls }

func (c *textColumn) texts() *textColumn { return c }

func (c *textColumn) any(row int) (any, error) { return c.String(row), c.bad.at(row) }

// badValue returns the error for a text that cannot be made into a value because of err, which may be nil.
func (c *textColumn) badValue(row int, err error) error {
	if err == nil {
		return nil
	}
	return &ValueError{Text: unicodeText(c.Bytes(row)), Reason: err.Error()}
}

func (c *textColumn) clone() storage {
	copied := c.copied()
	return &copied
}

// copied returns a copy whose texts stand one after the other in memory of their own.
func (c *textColumn) copied() textColumn {
	size := 0
	for _, s := range c.spans {
		size += int(s.end - s.start)
	}
	buf := make([]byte, 0, size)
	spans := make([]span, len(c.spans))
	for i, s := range c.spans {
		start := uint32(len(buf))
		buf = append(buf, c.buf[s.start:s.end]...)
		spans[i] = span{start, uint32(len(buf))}
	}
	return textColumn{TextColumn: TextColumn{buf: buf, spans: spans, nulls: c.nulls.clone()}, bad: c.bad.clone()}
}

func (c *textColumn) run(buf []byte, pos, row, rows int) (end, next int, reason string) {
	end = pos
	for spans := c.spans[:rows]; pos < len(buf) && buf[pos] == '"'; pos = end + 1 {
		start := pos + 1
		at := jsonscan.Special(buf, start)
		quote := at
		if at >= len(buf) || buf[at] != '"' {
			var unicode bool
			if at, quote, unicode, reason = unescape(buf, at); reason != "" {
				return end, row, reason
			}
			if !unicode {
				c.bad.add(buf, row, span{uint32(start), uint32(at)}, notUnicode)
			}
		}
		spans[row] = span{uint32(start), uint32(at)}
		row++
		end = quote + 1
		if row == rows || end >= len(buf) || buf[end] != ',' {
			break
		}
	}
	return end, row, ""
}

func (c *textColumn) value(_ []byte, pos, _ int) (end int, reason string) {
	return pos, "expected a string"
}

// rawColumn keeps the values of a type that is not known: strings as text, everything else as JSON.
type rawColumn struct{ textColumn }

func (c *rawColumn) clone() storage { return &rawColumn{c.copied()} }

func (c *rawColumn) value(buf []byte, pos, row int) (end int, reason string) {
	s := jsonscan.NewAt(buf, pos)
	if _, err := s.Skip(); err != nil {
		return pos, "malformed value"
	}
	c.spans[row] = span{uint32(pos), uint32(s.Pos())}
	if !utf8.Valid(buf[pos:s.Pos()]) {
		c.bad.add(buf, row, c.spans[row], notUnicode)
	}
	return s.Pos(), ""
}
