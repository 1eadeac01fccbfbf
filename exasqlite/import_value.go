package exasqlite

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// Values of imported fields. They are converted by the same rules as the text of parameters; what comes in the usual forms,
// a million times, takes a short way that has to give the same.

// importColumn is a column of the table that gets a field of the file.
type importColumn struct {
	field  int // which one, from 0
	column *column
	env    env // with the format of the column
	plain  plainForm
	number *numberFormat
}

// newImportColumn prepares a column; format is that of the statement, if it has one.
func newImportColumn(field int, c *column, e env, spec csvColumn) (importColumn, error) {
	ic := importColumn{field: field, column: c, env: e}
	if spec.format != "" {
		switch {
		case c.Type.temporal():
			ic.env.dateFormat, ic.env.datetimeFormat = spec.format, spec.format
		case c.Type.number():
			f, err := compileNumberFormat(spec.format)
			if err != nil {
				return ic, err
			}
			ic.number = &f
		default:
			return ic, unsupported(spec.pos, "FORMAT of a column of type %s", c.Type)
		}
	}
	if c.Type.temporal() {
		l, err := compileFormat(ic.env.formatOf(c.Type))
		if err == nil {
			err = l.reading
		}
		if err != nil {
			return ic, err
		}
	}
	ic.plain = newPlainForm(c.Type, ic.env.formatOf(c.Type), e)
	ic.plain.point, ic.plain.cutting = e.decimal, true
	if ic.number != nil {
		ic.plain.point = 0
	}
	return ic, nil
}

// valueFault is a value that does not fit its column.
type valueFault struct {
	number int // of the ETL error
	text   string
}

func (f *valueFault) Error() string { return f.text }

// put converts a field that is not NULL.
func (c *importColumn) put(b *rowBatch, text []byte) error {
	if c.plain.put(b, text) {
		return nil
	}
	v, err := c.convert(string(text))
	if err != nil {
		return c.fault(string(text), err)
	}
	b.put(v)
	return nil
}

// convert takes any text, as a conversion in SQL would.
func (c *importColumn) convert(text string) (driver.Value, error) {
	t := c.column.Type
	if !t.text() && t.kind != kindGeometry && strings.IndexFunc(text, func(r rune) bool { return r < ' ' }) >= 0 {
		// Part of the end of a row, mostly. The conversions of SQL would take it for white space.
		return nil, errCast(strings.TrimSpace(text))
	}
	if c.number != nil {
		plain, err := c.number.plain(text, c.env)
		if err != nil {
			return nil, err
		}
		if t.kind == kindDouble {
			return parseDouble(plain)
		}
		return cutDecimal(plain, t)
	}
	if t.kind == kindDecimal {
		return cutDecimal(c.env.plainNumber(text), t)
	}
	return parseValue(text, t, c.env, false)
}

// cutDecimal reads a DECIMAL. An IMPORT cuts the digits that the type does not have.
func cutDecimal(text string, t typ) (driver.Value, error) {
	x, err := parseDecimal(text, t, false)
	if err != nil {
		return nil, err
	}
	return decimalValue(x, t), nil
}

// fault gives an error of a conversion the words of an IMPORT.
func (c *importColumn) fault(text string, err error) error {
	var e *exatest.SQLError
	if !errors.As(err, &e) || e.Code == codeUnsupported {
		return err
	}
	t := c.column.Type
	reason := strings.TrimPrefix(e.Text, "data exception - ")
	switch {
	case e.Code == codeTruncation:
		return &valueFault{3003, fmt.Sprintf("String data right truncation. String length exceeds limit of %d characters", t.p)}
	case t.kind == kindYearMonth && strings.HasSuffix(reason, "interval field overflow"):
		return &valueFault{3031, fmt.Sprintf("Interval (year to month) conversion failed for '%s' - the leading precision of the interval is too small", shown(text))}
	case t.temporal() && e.Code == codeDatetime:
		if token := c.env.faultyToken(text, c.env.formatOf(t)); token != "" {
			reason = "invalid value for " + token + " format token"
		}
	case e.Code == codeCast:
		reason = "invalid character value for cast; Value: '" + shown(strings.TrimSpace(text)) + "'"
	}
	number := 3050
	if t.kind == kindDouble {
		number = 3051
	}
	return &valueFault{number, fmt.Sprintf("Transformation of value='%s' failed - %s", shown(text), reason)}
}

// faultyToken is the element of a format that a text does not fit, "" if it cannot be told.
func (e env) faultyToken(text, format string) string {
	l, err := compileFormat(format)
	if err != nil {
		return ""
	}
	c := clockParts{month: 1, day: 1, weekday: -1, german: e.german}
	rest := strings.TrimSpace(text)
	for _, el := range l.elements {
		ok := false
		if el.name == "" {
			if rest, ok = strings.CutPrefix(rest, el.literal); !ok {
				return ""
			}
			continue
		}
		before := rest
		if rest, ok = c.parse(el, before); !ok || before == "" {
			return strings.ToUpper(el.literal)
		}
		if el.name == "MM" && (c.month < 1 || c.month > 12) || el.name == "DD" && (c.day < 1 || c.day > 31) ||
			el.name == "HH24" && c.hour > 23 || el.name == "MI" && c.minute > 59 || el.name == "SS" && c.second > 59 {
			return strings.ToUpper(el.literal)
		}
	}
	return ""
}

// maxShown is how much of a value an error shows, in bytes.
const maxShown = 200

// shown is a value as an error shows it.
func shown(text string) string {
	short := text
	if len(short) > maxShown {
		short = short[:maxShown] + "..."
	}
	return strings.NewReplacer("\r", "<CR>", "\n", "<LF>").Replace(strings.ToValidUTF8(short, "\ufffd"))
}

// isNull reports whether a field stands for NULL. A text in delimiters is never the text of the option NULL.
func (o *csvOptions) isNull(f csvField) bool {
	return len(f.text) == 0 || o.nullGiven && !f.enclosed && string(f.text) == o.null
}
