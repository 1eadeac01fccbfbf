package commands

import "github.com/exawire/exawire/internal/exatext"

// moment is a date and a time of day, and perhaps what its text says of its zone.
type moment struct {
	civil  exatext.Civil
	zoned  bool
	offset int // seconds ahead of UTC
}

// parseISO reads ISO 8601 as programs write it, and RFC 3339: 2006-01-02, then nothing or T or a blank and 15:04,
// 15:04:05 or 15:04:05.999999999, then nothing or a zone as Z, +01:00 or +0100.
func parseISO(text []byte) (m moment, ok bool) {
	p := isoParser{rest: text}
	c := &m.civil
	c.Year = p.number(4)
	p.skip('-')
	c.Month = p.number(2)
	p.skip('-')
	c.Day = p.number(2)
	if len(p.rest) > 0 && !p.bad {
		if !p.optional('T') && !p.optional('t') {
			p.skip(' ')
		}
		c.Hour = p.number(2)
		p.skip(':')
		c.Min = p.number(2)
		if p.optional(':') {
			c.Sec = p.number(2)
			if p.optional('.') || p.optional(',') {
				c.Nanos = p.fraction()
			}
		}
		m.offset, m.zoned = p.zone()
	}
	return m, !p.bad && len(p.rest) == 0 && c.Valid()
}

type isoParser struct {
	rest []byte
	bad  bool
}

// number reads exactly n digits.
func (p *isoParser) number(n int) (value int) {
	if len(p.rest) < n || countDigits(p.rest[:n]) != n {
		p.bad = true
		return 0
	}
	for _, c := range p.rest[:n] {
		value = value*10 + int(c-'0')
	}
	p.rest = p.rest[n:]
	return value
}

// fraction reads one to nine digits as nanoseconds.
func (p *isoParser) fraction() (nanos int) {
	n := countDigits(p.rest)
	if n == 0 || n > 9 {
		p.bad = true
		return 0
	}
	nanos = p.number(n)
	for range 9 - n {
		nanos *= 10
	}
	return nanos
}

func (p *isoParser) zone() (offset int, zoned bool) {
	switch {
	case len(p.rest) == 0:
		return 0, false
	case p.optional('Z'), p.optional('z'):
		return 0, true
	}
	sign := 1
	if p.optional('-') {
		sign = -1
	} else {
		p.skip('+')
	}
	hours := p.number(2)
	p.optional(':')
	minutes := p.number(2)
	if hours > 23 || minutes > 59 {
		p.bad = true
	}
	return sign * (hours*3600 + minutes*60), true
}

func (p *isoParser) optional(c byte) bool {
	if len(p.rest) == 0 || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *isoParser) skip(c byte) {
	if !p.optional(c) {
		p.bad = true
	}
}
