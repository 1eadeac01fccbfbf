package bulk

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/exatext"
)

// columnSample is what the sampled values of a column have in common.
type columnSample struct {
	values  int // without NULLs
	longest int // characters

	// How many of the values are what.
	booleans, decimals, doubles, dates, timestamps int

	exponents bool // of at least one
	whole     int  // digits before the point, at most
	scale     int  // digits after it, at most
	fraction  int  // digits of a second, at most
	formatted int  // values that the stated format can read
}

// add looks at a value that is not NULL. layout is that of a stated format, or nil.
func (c *columnSample) add(text []byte, layout *exatext.Layout) {
	c.values++
	c.longest = max(c.longest, utf8.RuneCount(text))
	if layout != nil {
		if _, err := layout.Parse(text); err == nil {
			c.formatted++
		}
		return
	}
	switch {
	case len(text) > len("-0.")+2*maxDigits+8: // no type but text has values as long
	case bytes.EqualFold(text, []byte("true")), bytes.EqualFold(text, []byte("false")):
		c.booleans++
	case len(text) == len(dateForm) && isForm(text, dateForm) && dateLayout.valid(text):
		c.dates++
	case len(text) >= len(secondForm) && isForm(text[:len(secondForm)], secondForm) && dateLayout.valid(text[:len(dateForm)]) && secondLayout.valid(text[:len(secondForm)]):
		if n, ok := secondFraction(text[len(secondForm):]); ok {
			c.timestamps++
			c.fraction = max(c.fraction, n)
		}
	default:
		c.addNumber(text)
	}
}

const maxDigits = 36

// addNumber looks at a number. Zeros in front, as in 007, and a plus are no part of a number: text that has them is a code.
func (c *columnSample) addNumber(text []byte) {
	digits := bytes.TrimPrefix(text, []byte("-"))
	mantissa, exponent := digits, []byte(nil)
	if i := bytes.IndexAny(digits, "eE"); i >= 0 {
		mantissa, exponent = digits[:i], digits[i+1:]
		if len(exponent) > 0 && (exponent[0] == '-' || exponent[0] == '+') {
			exponent = exponent[1:]
		}
		if len(exponent) == 0 || len(exponent) > 4 || !allDigits(exponent) {
			return
		}
	}
	whole, fraction, point := bytes.Cut(mantissa, []byte("."))
	if !allDigits(whole) || !allDigits(fraction) || len(whole)+len(fraction) == 0 || point && len(fraction) == 0 || len(whole) > 1 && whole[0] == '0' {
		return
	}
	if exponent == nil {
		c.decimals++
		c.whole = max(c.whole, len(bytes.TrimLeft(whole, "0")))
		c.scale = max(c.scale, len(fraction))
	} else {
		c.exponents = true
	}
	if isExactDouble(string(text), string(whole)+string(fraction)) {
		c.doubles++
	}
}

// isExactDouble reports whether a number comes back from a DOUBLE with the digits that it has.
func isExactDouble(text, digits string) bool {
	digits = strings.TrimRight(strings.TrimLeft(digits, "0"), "0")
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsInf(f, 0):
		return false
	case digits == "" || f == 0:
		return digits == "" && f == 0
	case len(digits) > 17:
		return false
	}
	mantissa, _, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'e', len(digits)-1, 64), "e")
	return strings.Replace(mantissa, ".", "", 1) == digits
}

func allDigits(text []byte) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

const (
	dateForm   = "0000-00-00"
	secondForm = "0000-00-00 00:00:00"
)

// isForm reports whether text has digits where form has zeros, and the same characters elsewhere.
func isForm(text []byte, form string) bool {
	for i, b := range text {
		if form[i] != '0' && b != form[i] || form[i] == '0' && (b < '0' || b > '9') {
			return false
		}
	}
	return true
}

type knownLayout struct{ *exatext.Layout }

func mustLayout(format string) knownLayout {
	l, err := exatext.Compile(format)
	if err != nil {
		panic(err)
	}
	return knownLayout{l}
}

func (l knownLayout) valid(text []byte) bool {
	_, err := l.Parse(text)
	return err == nil
}

var dateLayout, secondLayout = mustLayout(dateFormat), mustLayout(secondsFormat)

// secondFraction returns how many digits of a second there are, 9 at most.
func secondFraction(text []byte) (n int, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	n = len(text) - 1
	return n, text[0] == '.' && 1 <= n && n <= 9 && allDigits(text[1:])
}

// guess returns the type of the column, and the format of its dates.
func (c *columnSample) guess() (typ, format string) {
	digits := c.whole + c.scale
	switch {
	case c.values == 0:
	case c.booleans == c.values:
		return "BOOLEAN", ""
	case c.decimals == c.values && digits <= 18:
		return decimalType(18, c.scale), ""
	case c.decimals == c.values && digits <= maxDigits:
		return decimalType(maxDigits, c.scale), ""
	case c.exponents && c.doubles == c.values:
		return "DOUBLE PRECISION", ""
	case c.dates == c.values:
		return "DATE", dateFormat
	case c.timestamps == c.values:
		return timestampType(c.fraction), timestampFormat(c.fraction)
	}
	return varcharType(c.values, c.longest), ""
}

func decimalType(precision, scale int) string {
	return "DECIMAL(" + strconv.Itoa(precision) + "," + strconv.Itoa(scale) + ")"
}

// timestampType leaves out the precision that all releases have.
func timestampType(fraction int) string {
	if fraction <= 3 {
		return "TIMESTAMP"
	}
	return "TIMESTAMP(" + strconv.Itoa(fraction) + ")"
}

// varcharType gives text room for values four times as long as the longest one. It takes no space in the database.
func varcharType(values, longest int) string {
	size := 2_000_000
	if values > 0 {
		for _, s := range []int{100, 1000, 10_000, 100_000} {
			if longest*4 <= s {
				size = s
				break
			}
		}
	}
	return "VARCHAR(" + strconv.Itoa(size) + ") UTF8"
}
