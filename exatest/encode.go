package exatest

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/document"
)

// formats are the settings of a session that decide how values look on the wire.
type formats struct {
	date, datetime timeFormat
	release        release
	numbers        numberForms
	separator      string // between the integer and the fraction of a DECIMAL, in results
	paramSeparator string // the same in the text of parameters
}

// numberForms are the forms in which numbers travel, where servers differ or nobody knows what they do.
type numberForms struct {
	byValue        bool // a whole DECIMAL is a JSON number or a string by its value, not by its type
	alwaysPoint    bool // a DECIMAL has a point, whatever the session says
	integerDoubles bool // a whole DOUBLE has neither a point nor an exponent
	params         DecimalReading
	paramDoubles   bool // the JSON number of a DECIMAL parameter is read as a DOUBLE
}

// appendValue appends the JSON of one value, given in the canonical text of [Values].
func (f *formats) appendValue(dst []byte, t *commands.DataType, text []byte) []byte {
	if len(text) == 0 { // the empty string is NULL, and no other type has an empty text
		return append(dst, "null"...)
	}
	switch t.Type {
	case commands.Boolean:
		if text[0] == 't' || text[0] == 'T' || text[0] == '1' {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case commands.Decimal:
		return f.appendDecimal(dst, t, string(text))
	case commands.Double:
		v, err := strconv.ParseFloat(string(text), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return append(dst, "null"...)
		}
		return f.appendDouble(dst, v)
	case commands.Date:
		return f.appendTime(dst, &f.date, string(text), 0)
	case commands.Timestamp, commands.TimestampLTZ:
		return f.appendTime(dst, &f.datetime, string(text), f.release.fractionDigits(orElse(t.Precision, 3)))
	case commands.IntervalYearToMonth:
		return document.AppendString(dst, yearMonth(string(text), orElse(t.Precision, 2)))
	case commands.IntervalDayToSecond:
		return document.AppendString(dst, daySecond(string(text), orElse(t.Precision, 2), orElse(t.Fraction, 3)))
	}
	return document.AppendString(dst, text)
}

// appendDouble writes 17 digits, as C does with %.17g.
func (f *formats) appendDouble(dst []byte, v float64) []byte {
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'g', 17, 64)
	if !f.numbers.integerDoubles && !bytes.ContainsAny(dst[start:], ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

// numberDigits is how many digits a DECIMAL can have that is written as a JSON number.
const numberDigits = 18

// appendDecimal writes a whole number as a JSON number or string, and one with a scale as a string without trailing
// zeros.
func (f *formats) appendDecimal(dst []byte, t *commands.DataType, text string) []byte {
	number := trimDecimal(text)
	digits := strings.TrimPrefix(number, "-")
	size := orElse(t.Precision, numberDigits)
	if f.numbers.byValue {
		size = len(digits)
	}
	if orElse(t.Scale, 0) == 0 && size <= numberDigits && plainNumber(digits) {
		return append(dst, number...)
	}
	return document.AppendString(dst, strings.Replace(number, ".", f.separator, 1))
}

func plainNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// trimDecimal brings a decimal into the form of the wire: no plus, no zeros in front, none after the point, 0 without
// a sign.
func trimDecimal(text string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = "-", rest
	} else {
		text = strings.TrimPrefix(text, "+")
	}
	whole, frac, _ := strings.Cut(text, ".")
	whole = strings.TrimLeft(whole, "0")
	frac = strings.TrimRight(frac, "0")
	if whole == "" {
		whole = "0"
	}
	if frac != "" {
		return sign + whole + "." + frac
	}
	if whole == "0" {
		return "0"
	}
	return sign + whole
}

// appendTime writes a date or timestamp by the session's format, with no more fractional digits than the type keeps.
// A text that is neither goes out as it is, and so does every text if the server does not know the format.
func (f *formats) appendTime(dst []byte, format *timeFormat, text string, digits int) []byte {
	t, err := parseCanonicalTime(text)
	if err != nil || format.unknown != "" {
		return document.AppendString(dst, text)
	}
	t = t.Truncate(time.Duration(pow10(9 - digits)))
	return document.AppendString(dst, format.append(nil, t))
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// parseCanonicalTime reads 2024-06-18 and 2024-06-18 17:22:13.123456789.
func parseCanonicalTime(text string) (time.Time, error) {
	if len(text) <= len(time.DateOnly) {
		return time.Parse(time.DateOnly, text)
	}
	return time.Parse("2006-01-02 15:04:05.999999999", text)
}

// yearMonth pads +5-3 to +05-03 for two digits of years.
func yearMonth(text string, precision int) string {
	sign, rest := cutSign(text)
	years, months, ok := strings.Cut(rest, "-")
	if !ok {
		return text
	}
	return sign + pad(years, precision) + "-" + pad(months, 2)
}

// daySecond pads 2 12:50:10.5 to +02 12:50:10.500 for two digits of days and three of a second.
func daySecond(text string, precision, digits int) string {
	sign, rest := cutSign(text)
	days, clock, ok := strings.Cut(rest, " ")
	if !ok {
		return text
	}
	clock, frac, _ := strings.Cut(clock, ".")
	text = sign + pad(days, precision) + " " + clock
	if digits > 0 {
		text += "." + (frac + strings.Repeat("0", digits))[:digits]
	}
	return text
}

func cutSign(text string) (sign, rest string) {
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		return "-", rest
	}
	return "+", strings.TrimPrefix(text, "+")
}

// pad brings a number to at least width digits, and not above it if only zeros are in the way.
func pad(number string, width int) string {
	number = strings.TrimLeft(number, "0")
	if len(number) < width {
		return strings.Repeat("0", width-len(number)) + number
	}
	return number
}

// padChar pads a CHAR to its size, which counts characters.
func padChar(dst []byte, start, size int) []byte {
	for n := utf8.RuneCount(dst[start:]); n < size; n++ {
		dst = append(dst, ' ')
	}
	return dst
}
