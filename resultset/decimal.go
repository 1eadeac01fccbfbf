package resultset

import (
	"cmp"
	"database/sql"
	"database/sql/driver"
	"encoding"
	"fmt"
	"math/big"
	"math/bits"
	"strconv"

	"github.com/exawire/exawire/internal/exatext"
)

// MaxDecimalDigits is the largest number of digits of a [Decimal], and also its largest scale.
const MaxDecimalDigits = exatext.MaxDigits

// ErrDecimalSyntax and ErrDecimalRange say why something is not a [Decimal]: it is not a number, or it has too many
// digits. They are for errors.Is.
var (
	ErrDecimalSyntax = exatext.ErrSyntax
	ErrDecimalRange  = exatext.ErrRange
)

// Decimal is an exact decimal number of up to 36 digits, any number of them after the point: a value of Exasol's type
// DECIMAL. The zero Decimal is 0. A Decimal is a plain value without pointers: it can be copied, used as a map key and
// stored in large slices at no cost to the garbage collector.
//
// A Decimal remembers its scale, which is the number of digits after the point. All values of a column have the scale
// of the column: 0.7 of type DECIMAL(10,5) prints as 0.70000. [Decimal.Cmp] and [Decimal.Equal] compare numbers; the
// operator == also compares scales.
type Decimal struct {
	hi, lo   uint64 // magnitude, before the point is moved
	scale    uint8
	negative bool // never for zero
}

var (
	_ encoding.TextAppender    = Decimal{}
	_ encoding.TextMarshaler   = Decimal{}
	_ encoding.TextUnmarshaler = (*Decimal)(nil)
	_ driver.Valuer            = Decimal{}
	_ sql.Scanner              = (*Decimal)(nil)
	_ fmt.Stringer             = Decimal{}
)

// NewDecimal returns unscaled / 10^scale: NewDecimal(150, 2) is 1.50. A scale that is not between 0 and 36 is an error
// that matches [ErrDecimalRange].
func NewDecimal(unscaled int64, scale int) (Decimal, error) {
	if scale < 0 || scale > MaxDecimalDigits {
		return Decimal{}, fmt.Errorf("decimal scale %d: %w", scale, ErrDecimalRange)
	}
	return integerDecimal(unscaled, scale), nil
}

// integerDecimal is NewDecimal for a scale that is known to be legal.
func integerDecimal(unscaled int64, scale int) Decimal {
	d := Decimal{lo: uint64(unscaled), scale: uint8(scale), negative: unscaled < 0}
	if d.negative {
		d.lo = -d.lo
	}
	return d
}

// ParseDecimal parses a number such as -12.50 or 1.5e3. The scale is the number of digits after the point, zeros
// included. Errors match [ErrDecimalSyntax] or [ErrDecimalRange].
func ParseDecimal(s string) (Decimal, error) {
	n, err := exatext.ParseNumber([]byte(s), '.')
	if err != nil {
		return Decimal{}, fmt.Errorf("parse decimal: %w", err)
	}
	return decimalOf(n), nil
}

func decimalOf(n exatext.Number) Decimal { return Decimal{n.Hi, n.Lo, n.Scale, n.Negative} }

func (d Decimal) number() exatext.Number {
	return exatext.Number{Hi: d.hi, Lo: d.lo, Scale: d.scale, Negative: d.negative}
}

// Scale returns the number of digits after the point, 0 to 36.
func (d Decimal) Scale() int { return int(d.scale) }

// Rescale returns the same number with another scale. ok is false if that would drop digits that are not zero or need
// more than 36 digits.
func (d Decimal) Rescale(scale int) (_ Decimal, ok bool) {
	n, ok := d.number().Rescale(scale)
	return decimalOf(n), ok
}

// IsZero reports whether d is 0, at any scale.
func (d Decimal) IsZero() bool { return d.hi|d.lo == 0 }

// Sign returns -1 for a negative number, 0 for zero and 1 for a positive number.
func (d Decimal) Sign() int {
	switch {
	case d.IsZero():
		return 0
	case d.negative:
		return -1
	}
	return 1
}

// Neg returns -d.
func (d Decimal) Neg() Decimal {
	d.negative = !d.negative && !d.IsZero()
	return d
}

// Cmp returns -1 if d is less than e, 0 if they are the same number, and 1 if d is greater. The scale does not matter.
func (d Decimal) Cmp(e Decimal) int {
	if s, t := d.Sign(), e.Sign(); s != t {
		return cmp.Compare(s, t)
	}
	c := d.number().CompareMagnitude(e.number())
	if d.negative {
		c = -c
	}
	return c
}

// Equal reports whether d and e are the same number. The scale does not matter.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Int64 returns d as an integer. exact is false if d has a fraction or does not fit.
func (d Decimal) Int64() (n int64, exact bool) {
	whole, fraction := d.number().Split()
	if fraction != [2]uint64{} || whole[0] != 0 {
		return 0, false
	}
	if d.negative {
		return -int64(whole[1]), whole[1] <= 1<<63
	}
	return int64(whole[1]), whole[1] < 1<<63
}

// Float64 returns the float64 that is nearest to d.
func (d Decimal) Float64() float64 {
	if d.hi == 0 && d.lo < 1<<53 && d.scale <= 22 {
		f := float64(d.lo) / powersOfTen[d.scale] // both are exact, so there is one rounding
		if d.negative {
			f = -f
		}
		return f
	}
	var buf [MaxDecimalDigits + 3]byte
	f, _ := strconv.ParseFloat(string(d.number().Append(buf[:0])), 64) // its syntax is good and it is in range
	return f
}

var powersOfTen = [...]float64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// BigInt returns the unscaled value of d: 150 for 1.50.
func (d Decimal) BigInt() *big.Int {
	n := new(big.Int).SetUint64(d.hi)
	n.Lsh(n, 64).Or(n, new(big.Int).SetUint64(d.lo))
	if d.negative {
		n.Neg(n)
	}
	return n
}

// Rat returns d as a fraction.
func (d Decimal) Rat() *big.Rat {
	divisor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.scale)), nil)
	return new(big.Rat).SetFrac(d.BigInt(), divisor)
}

// String returns the number with all digits of its scale, such as -0.50. It never uses an exponent.
func (d Decimal) String() string {
	var buf [MaxDecimalDigits + 3]byte
	return string(d.number().Append(buf[:0]))
}

// Format implements [fmt.Formatter]. The verbs v and s print the text of [Decimal.String], and q prints it in quotes.
// The verbs f and F take a precision; if it is less than the scale, the number is rounded half away from zero. Width
// and the flags '-', '+', ' ' and '0' work as for other numbers.
func (d Decimal) Format(f fmt.State, verb rune) { formatDecimal(d, f, verb) }

// AppendText implements [encoding.TextAppender]. The text is that of [Decimal.String].
func (d Decimal) AppendText(b []byte) ([]byte, error) { return d.number().Append(b), nil }

// MarshalText implements [encoding.TextMarshaler]; in JSON a Decimal is a string.
func (d Decimal) MarshalText() ([]byte, error) { return d.number().Append(nil), nil }

// UnmarshalText implements [encoding.TextUnmarshaler] by the rules of [ParseDecimal].
func (d *Decimal) UnmarshalText(text []byte) error {
	n, err := exatext.ParseNumber(text, '.')
	if err != nil {
		return fmt.Errorf("parse decimal: %w", err)
	}
	*d = decimalOf(n)
	return nil
}

// Value implements [driver.Valuer]. Drivers get a Decimal as text, so that no digit is lost.
func (d Decimal) Value() (driver.Value, error) { return d.String(), nil }

// Scan implements [sql.Scanner]. It takes text, integers and float64, but not NULL. A float64 becomes the shortest
// decimal that reads back as the same float64.
func (d *Decimal) Scan(src any) error {
	switch src := src.(type) {
	case string:
		return d.UnmarshalText([]byte(src))
	case []byte:
		return d.UnmarshalText(src)
	case int64:
		*d = integerDecimal(src, 0)
		return nil
	case float64:
		var buf [32]byte
		return d.UnmarshalText(strconv.AppendFloat(buf[:0], src, 'g', -1, 64))
	case Decimal:
		*d = src
		return nil
	case nil:
		return fmt.Errorf("scan NULL into a Decimal: use sql.Null[Decimal] or a pointer")
	}
	return fmt.Errorf("scan %T into a Decimal", src)
}

// Decompose returns the parts of d for other decimal packages, by the interface that database/sql uses. form is 0 for a
// finite number, the coefficient is big-endian, and the value is coefficient * 10^exponent. The coefficient is written
// into buf if there is room.
func (d Decimal) Decompose(buf []byte) (form byte, negative bool, coefficient []byte, exponent int32) {
	size := (bits.Len64(d.hi) + 64 + 7) / 8
	if d.hi == 0 {
		size = (bits.Len64(d.lo) + 7) / 8
	}
	coefficient = buf[:0]
	for i := size - 1; i >= 0; i-- {
		word := d.lo
		if i >= 8 {
			word = d.hi
		}
		coefficient = append(coefficient, byte(word>>(i%8*8)))
	}
	return 0, d.negative, coefficient, -int32(d.scale)
}

// Compose sets d from the parts that Decompose of this or another decimal type returns. Infinities and NaN are errors,
// and so are numbers that need more than 36 digits; both match [ErrDecimalRange].
func (d *Decimal) Compose(form byte, negative bool, coefficient []byte, exponent int32) error {
	if form != 0 {
		return fmt.Errorf("compose decimal from a number that is not finite: %w", ErrDecimalRange)
	}
	for len(coefficient) > 0 && coefficient[0] == 0 {
		coefficient = coefficient[1:]
	}
	if len(coefficient) > 24 {
		return fmt.Errorf("compose decimal: %w", ErrDecimalRange)
	}
	text := new(big.Int).SetBytes(coefficient).Append(make([]byte, 0, 80), 10)
	text = append(text, 'e')
	if err := d.UnmarshalText(strconv.AppendInt(text, int64(exponent), 10)); err != nil {
		return fmt.Errorf("compose decimal: %w", ErrDecimalRange)
	}
	d.negative = negative && !d.IsZero()
	return nil
}
