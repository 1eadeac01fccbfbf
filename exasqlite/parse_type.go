package exasqlite

import (
	"strconv"
	"strings"
)

// The types of Exasol with all their names. Synonyms become the type that the catalog shows: an INTEGER is a
// DECIMAL(18,0) from here on, and nobody can tell how it was written.

// typeName parses a type with its properties.
func (p *parser) typeName() (typ, error) {
	t := p.next()
	if t.kind != tokWord {
		return typ{}, errSyntax(t)
	}
	switch t.text {
	case "BOOLEAN", "BOOL":
		return typeBoolean, nil
	case "DATE":
		return typeDate, nil
	case "DOUBLE":
		p.word("PRECISION")
		return typeDouble, nil
	// NUMBER without digits is DOUBLE in this database, and a DECIMAL with them.
	case "FLOAT", "REAL", "NUMBER":
		if t.text == "NUMBER" && p.isSymbol("(") {
			return p.decimal(t)
		}
		_, err := p.numbers(0, 1)
		return typeDouble, err
	// Without digits it is DECIMAL(18,0).
	case "DECIMAL", "DEC", "NUMERIC":
		return p.decimal(t)
	// The names of whole numbers stand for DECIMALs of so many digits.
	case "BIGINT":
		return decimalType(maxDecimal, 0), nil
	case "INT", "INTEGER":
		return typeInt, nil
	case "SMALLINT", "SHORTINT":
		return decimalType(9, 0), nil
	case "TINYINT":
		return decimalType(3, 0), nil
	case "TIMESTAMP":
		return p.timestamp(t)
	case "INTERVAL":
		return p.interval()
	case "GEOMETRY":
		n, err := p.numbers(0, 1)
		if err != nil || len(n) == 0 {
			return typ{kind: kindGeometry}, err
		}
		return typ{kind: kindGeometry, p: n[0]}, nil
	case "HASHTYPE":
		return p.hash(t)
	}
	return p.textTypeName(t)
}

// textTypeName parses the types of texts, and refuses what is no type.
func (p *parser) textTypeName(t token) (typ, error) {
	switch t.text {
	// All texts are UTF-8 unless ASCII is said, so the N of NCHAR means nothing.
	case "CHAR", "CHARACTER", "NCHAR":
		if p.word("VARYING") {
			return p.characters(t, kindVarchar, 0, maxVarchar)
		}
		return p.characters(t, kindChar, 1, maxChar)
	case "VARCHAR", "NVARCHAR", "VARCHAR2", "NVARCHAR2":
		return p.characters(t, kindVarchar, 0, maxVarchar)
	// The largest VARCHAR by another name, whose length cannot be chosen.
	case "CLOB", "NCLOB":
		return p.characters(t, kindVarchar, maxVarchar, maxVarchar)
	case "LONG":
		if err := p.expect("VARCHAR"); err != nil {
			return typ{}, err
		}
		return typeText, nil
	}
	return typ{}, errSyntax(t)
}

// numbers parses up to most integers in parentheses; the list may be left out if least is 0.
func (p *parser) numbers(least, most int) ([]int, error) {
	if !p.isSymbol("(") && least == 0 {
		return nil, nil
	}
	ns, err := list(p, func() (int, error) {
		t := p.next()
		n, err := strconv.Atoi(t.text)
		if t.kind != tokNumber || err != nil {
			return 0, errSyntax(t)
		}
		return n, nil
	})
	if err == nil && len(ns) > most {
		err = errSyntax(p.peek())
	}
	return ns, err
}

// decimal parses the digits of a DECIMAL; t is its name, where an error points to.
func (p *parser) decimal(t token) (typ, error) {
	n, err := p.numbers(0, 2)
	if err != nil {
		return typ{}, err
	}
	d := typeInt
	if len(n) > 0 {
		d = decimalType(n[0], 0)
	}
	if len(n) > 1 {
		d.s = n[1]
	}
	// Scales are never negative here: the grammar has no sign.
	if d.p < 1 || d.p > maxDecimal || d.s > d.p {
		return typ{}, errorAt(codeSyntax, t.pos, "illegal precision or scale value: %d,%d", d.p, d.s)
	}
	return d, nil
}

// characters parses length and character set of a CHAR or VARCHAR. The length of a VARCHAR has to be given, that of a
// CHAR is 1 without one.
func (p *parser) characters(t token, k kind, byDefault, limit int) (typ, error) {
	size := byDefault
	if p.isSymbol("(") {
		p.at++
		n := p.next()
		var err error
		if size, err = strconv.Atoi(n.text); n.kind != tokNumber || err != nil {
			return typ{}, errSyntax(n)
		}
		// A text of so many bytes has another number of characters for each value, which no static type here can say.
		if !p.word("CHAR") && p.isWord("BYTE") {
			return typ{}, unsupported(p.peek().pos, "length in bytes")
		}
		if err := p.expectSymbol(")"); err != nil {
			return typ{}, err
		}
	}
	// A VARCHAR without a length is a mistake at the word that should have been its parenthesis.
	if size < 1 || size > limit {
		if size == 0 {
			return typ{}, errSyntax(p.peek())
		}
		return typ{}, errorAt(codeSyntax, t.pos, "specified length too big for its type; max allowed is %d", limit)
	}
	c := typ{kind: k, p: size}
	if p.word("CHARACTER") {
		if err := p.expect("SET"); err != nil {
			return typ{}, err
		}
	}
	if !p.word("UTF8") {
		c.ascii = p.word("ASCII")
	}
	return c, nil
}

// timestamp parses the precision of a TIMESTAMP and its time zone. Without a precision it is 3, in all releases.
func (p *parser) timestamp(t token) (typ, error) {
	n, err := p.numbers(0, 1)
	if err != nil {
		return typ{}, err
	}
	ts := typeTimestamp
	if len(n) > 0 {
		ts.p = n[0]
	}
	if ts.p > maxFraction {
		return typ{}, errorAt(codeSyntax, t.pos, "illegal timestamp precision: %d", ts.p)
	}
	if p.word("WITH", "LOCAL", "TIME", "ZONE") {
		ts.kind = kindTimestampLTZ
	} else {
		p.word("WITHOUT", "TIME", "ZONE")
	}
	return ts, nil
}

// interval parses YEAR [(p)] TO MONTH and DAY [(p)] TO SECOND [(f)].
func (p *parser) interval() (typ, error) {
	switch t := p.next(); t.text {
	case "YEAR":
		n, err := p.numbers(0, 1)
		if err != nil {
			return typ{}, err
		}
		return typ{kind: kindYearMonth, p: digitsOr(n, 2)}, p.expect("TO", "MONTH")
	case "DAY":
		n, err := p.numbers(0, 1)
		if err != nil {
			return typ{}, err
		}
		if err := p.expect("TO", "SECOND"); err != nil {
			return typ{}, err
		}
		f, err := p.numbers(0, 1)
		return typ{kind: kindDaySecond, p: digitsOr(n, 2), s: digitsOr(f, 3)}, err
	default:
		return typ{}, errSyntax(t)
	}
}

// digitsOr is the number of digits that was given, or that of a type without one.
func digitsOr(n []int, byDefault int) int {
	if len(n) > 0 {
		return min(n[0], maxFraction)
	}
	return byDefault
}

// hash parses the length of a HASHTYPE, which is counted in bytes or bits, and shown in hexadecimal digits.
func (p *parser) hash(t token) (typ, error) {
	bytes := 16
	if p.symbol("(") {
		n := p.next()
		v, err := strconv.Atoi(n.text)
		if n.kind != tokNumber || err != nil {
			return typ{}, errSyntax(n)
		}
		bytes = v
		if p.word("BIT") {
			// Part of a byte is no length; 0 is refused below.
			if bytes = v / 8; v%8 != 0 {
				bytes = 0
			}
		} else {
			p.word("BYTE")
		}
		if err := p.expectSymbol(")"); err != nil {
			return typ{}, err
		}
	}
	if bytes < 1 || bytes > maxHash {
		return typ{}, errorAt(codeSyntax, t.pos, "illegal length of HASHTYPE")
	}
	return typ{kind: kindHash, p: 2 * bytes}, nil
}

// intervalWords are the units of INTERVAL literals.
var intervalWords = wordSet("YEAR MONTH DAY HOUR MINUTE SECOND")

// intervalForms say how the text of a literal becomes that of the full form, in which x stands for it: a value of one unit,
// or of several in a row, is a piece of it. Units that are missing can be more than a day's or a year's; for them see
// intervalUnit and months.
var intervalForms = map[string]struct {
	kind kind
	form string
}{
	"YEAR":          {kindYearMonth, "x-0"},
	"YEAR MONTH":    {kindYearMonth, "x"},
	"DAY":           {kindDaySecond, "x 0:0:0"},
	"DAY HOUR":      {kindDaySecond, "x:0:0"},
	"DAY MINUTE":    {kindDaySecond, "x:0"},
	"DAY SECOND":    {kindDaySecond, "x"},
	"HOUR MINUTE":   {kindDaySecond, "0 x:0"},
	"HOUR SECOND":   {kindDaySecond, "0 x"},
	"MINUTE SECOND": {kindDaySecond, "0 0:x"},
}

// intervalLiteral parses the units that follow the text of an INTERVAL literal, and reads the text with them.
func (p *parser) intervalLiteral(text string) (typ, any, error) {
	at := p.peek()
	units, t, err := p.intervalUnits()
	if err != nil {
		return typ{}, nil, err
	}
	sign := ""
	text = strings.TrimSpace(text)
	if text != "" && (text[0] == '-' || text[0] == '+') {
		sign, text = text[:1], text[1:]
	}
	switch units {
	case "HOUR", "MINUTE", "SECOND":
		return intervalUnit(t, units, sign, text)
	case "MONTH":
		months, err := strconv.Atoi(text)
		if err != nil {
			return t, nil, errCast(text)
		}
		units, text = "YEAR MONTH", strconv.Itoa(months/12)+"-"+strconv.Itoa(months%12)
	}
	full, ok := intervalForms[units]
	if !ok {
		return t, nil, errSyntax(at)
	}
	if full.kind == kindYearMonth {
		t = typ{kind: kindYearMonth, p: t.p}
	}
	v, err := parseInterval(sign+strings.Replace(full.form, "x", text, 1), t)
	return t, v, err
}

// intervalUnits parses unit [(p[, f])] [TO unit [(f)]]. The type is that of a DAY TO SECOND with these digits.
func (p *parser) intervalUnits() (units string, t typ, err error) {
	first := p.next()
	if !intervalWords[first.text] {
		return "", t, errSyntax(first)
	}
	units = first.text
	n, err := p.numbers(0, 2)
	if err != nil {
		return "", t, err
	}
	var f []int
	if p.word("TO") {
		last := p.next()
		if !intervalWords[last.text] {
			return "", t, errSyntax(last)
		}
		units += " " + last.text
		if f, err = p.numbers(0, 1); err != nil {
			return "", t, err
		}
	} else if units == "SECOND" && len(n) > 1 {
		f = n[1:]
	}
	return units, typ{kind: kindDaySecond, p: digitsOr(n, 2), s: digitsOr(f, 3)}, nil
}

// intervalUnit reads a count of hours, minutes or seconds, which may be more than a day's.
func intervalUnit(t typ, unit, sign, text string) (typ, any, error) {
	scale := map[string]int64{"HOUR": 3600, "MINUTE": 60, "SECOND": 1}[unit]
	x, err := parseDecimalText(text, decimalType(maxNarrow, 3))
	if err != nil {
		return t, nil, err
	}
	v, _ := x.int64()
	if v *= scale; sign == "-" {
		v = -v
	}
	return t, v, nil
}
