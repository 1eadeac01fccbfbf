package commands

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/exawire/exawire/internal/exatext"
)

var (
	errNotFinite     = fmt.Errorf("%w: NaN and infinities have no SQL value", ErrParamRange)
	errTooManyDigits = fmt.Errorf("%w: too many digits", ErrParamRange)
	errNotNumber     = fmt.Errorf("%w: not a number", ErrParamText)
	errComma         = fmt.Errorf("%w: the decimal separator of text for a number is a point in any session", ErrParamText)
	errNoPoint       = fmt.Errorf("%w: while the decimal separator of the session is no point, a number with a fraction can have %d digits "+
		`down to the last of the parameter's scale; set numericCharacters to ".,"`, ErrParamInexact, doubleDigits)
)

// jsonDigits is how many digits an integer may have to be sent as a JSON number. Servers send and expect longer ones as
// strings.
const jsonDigits = 18

// doubleDigits is how many digits of a number are right if a server takes it for a DOUBLE and rounds that.
const doubleDigits = 15

// decimalWriter writes numbers for a DECIMAL, or for any numeric parameter whose digits count.
type decimalWriter struct {
	precision int    // most digits
	scale     int    // most digits behind the point
	whole     int    // most digits before the point
	limit     uint64 // largest integer that has no more than whole digits, as far as 64 bits go
	quoted    bool   // integers are sent as strings, too
	unsure    bool   // the session's separator is no point, so that nobody knows what strings must have
	truncate  bool
	text      []byte // scratch: a string
	digits    []byte // scratch: digits without a point
}

func decimalTarget(t *paramTarget, dt DataType, f ParamFormats) {
	precision := orElse(dt.Precision, MaxPrecision)
	w := &decimalWriter{
		precision: precision, scale: precision, whole: precision, limit: math.MaxUint64,
		unsure: f.DecimalPoint != 0 && f.DecimalPoint != '.', truncate: f.Truncate,
	}
	if dt.Scale != nil {
		w.scale = *dt.Scale
		w.whole = precision - w.scale
		w.quoted = w.scale > 0
	}
	if w.whole < 20 {
		w.limit = exatext.Pow10(w.whole) - 1
	}
	t.exponents = true
	t.integer = w.appendInt
	t.unsigned = w.appendUint
	t.number, t.text, t.str = w.appendText, w.appendText, w.appendString
	t.rational = w.appendRat
	if w.quoted && !w.unsure {
		t.exact = w.exact
	}
	t.float = func(dst []byte, v float64, bits int) ([]byte, error) {
		var err error
		if t.scratch, err = appendShortest(t.scratch[:0], v, bits); err != nil {
			return dst, err
		}
		return w.appendText(dst, t.scratch)
	}
}

// appendShortest appends the shortest decimal text that reads back as v.
func appendShortest(dst []byte, v float64, bits int) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return dst, errNotFinite
	}
	form := byte('f')
	if abs := math.Abs(v); abs >= 1e21 || abs != 0 && abs < 1e-6 {
		form = 'e'
	}
	return strconv.AppendFloat(dst, v, form, -1, bits), nil
}

func (w *decimalWriter) appendInt(dst []byte, v int64) ([]byte, error) {
	magnitude := uint64(v)
	if v < 0 {
		magnitude = -magnitude
	}
	if magnitude > w.limit {
		return dst, w.tooLarge()
	}
	if w.quoted || magnitude >= 1e18 {
		dst = append(dst, '"')
		dst = exatext.AppendInt(dst, v)
		return append(dst, '"'), nil
	}
	return exatext.AppendInt(dst, v), nil
}

func (w *decimalWriter) appendUint(dst []byte, v uint64) ([]byte, error) {
	if v > w.limit {
		return dst, w.tooLarge()
	}
	if w.quoted || v >= 1e18 {
		dst = append(dst, '"')
		dst = exatext.AppendUint(dst, v)
		return append(dst, '"'), nil
	}
	return exatext.AppendUint(dst, v), nil
}

func (w *decimalWriter) tooLarge() error {
	return fmt.Errorf("%w: more than %d digits before the point", ErrParamRange, w.whole)
}

func (w *decimalWriter) tooFine() error {
	return fmt.Errorf("%w: more than %d digits behind the point: round the value, or cut it with the option Truncate", ErrParamInexact, w.scale)
}

// appendString is appendText for strings. Where numbers are sent as strings, it leaves text that is well-formed as it is.
func (w *decimalWriter) appendString(dst []byte, v string) ([]byte, error) {
	if w.quoted && !w.unsure {
		quote := len(dst)
		dst = append(dst, '"')
		dst = append(dst, v...)
		if w.isPlain(dst[quote+1:]) {
			return append(dst, '"'), nil
		}
		dst = dst[:quote]
	}
	w.text = append(w.text[:0], v...)
	return w.appendText(dst, w.text)
}

// isPlain reports whether text is a number as servers write it, and fits. It need not notice every one.
func (w *decimalWriter) isPlain(text []byte) bool {
	if len(text) > 0 && text[0] == '-' {
		text = text[1:]
	}
	whole := countDigits(text)
	if whole == 0 || whole > w.whole || text[0] == '0' && (whole > 1 || whole == len(text)) {
		return false
	}
	if whole == len(text) {
		return true
	}
	fraction := text[whole+1:]
	return text[whole] == '.' && len(fraction) > 0 && len(fraction) <= w.scale &&
		countDigits(fraction) == len(fraction) && fraction[len(fraction)-1] != '0'
}

// exact returns the length of a number without the zeros at its end, if it is one as servers write it, and fits; otherwise
// 0. It need not notice every one.
func (w *decimalWriter) exact(text []byte) int {
	n, first := len(text), 0
	if n > 0 && text[0] == '-' {
		first = 1
	}
	point := n
	for i, c := range text[first:] {
		if c-'0' > 9 {
			if c != '.' || point < n {
				return 0
			}
			point = first + i
		}
	}
	for n > point && (text[n-1] == '0' || n == point+1) {
		n--
	}
	whole, fraction := point-first, max(n-point-1, 0)
	if whole == 0 || whole > w.whole || fraction > w.scale || text[first] == '0' && (whole > 1 || fraction == 0) {
		return 0
	}
	return n
}

// appendText writes a number that is given as text: digits with a sign, a point and an exponent, all optional. Nothing
// is computed with it, so that no digit can be lost.
func (w *decimalWriter) appendText(dst, text []byte) ([]byte, error) {
	if len(text) == 0 {
		return appendNull(dst), nil
	}
	n, ok := splitNumber(text)
	if !ok {
		return dst, notNumber(text)
	}
	if n.exponent != 0 {
		if ok = w.applyExponent(&n); !ok {
			return dst, w.tooLarge()
		}
	}
	n.whole = trimLeadingZeros(n.whole)
	n.fraction = trimTrailingZeros(n.fraction)
	if len(n.fraction) > w.scale {
		if !w.truncate {
			return dst, w.tooFine()
		}
		n.fraction = trimTrailingZeros(n.fraction[:w.scale])
	}
	if len(n.whole) > w.whole {
		return dst, w.tooLarge()
	}
	if len(n.whole)+len(n.fraction) > w.precision {
		return dst, fmt.Errorf("%w: more than %d digits", ErrParamRange, w.precision)
	}
	return w.appendNumber(dst, n)
}

// appendNumber writes a number that fits. It has no zeros but those that count.
func (w *decimalWriter) appendNumber(dst []byte, n numberText) ([]byte, error) {
	quoted := w.quoted || len(n.fraction) > 0 || len(n.whole) > jsonDigits
	if w.unsure && len(n.fraction) > 0 {
		if quoted = false; n.digits(w.scale) > doubleDigits {
			return dst, errNoPoint
		}
	}
	if quoted {
		dst = append(dst, '"')
	}
	if n.negative && len(n.whole)+len(n.fraction) > 0 {
		dst = append(dst, '-')
	}
	if len(n.whole) == 0 {
		dst = append(dst, '0')
	}
	dst = append(dst, n.whole...)
	if len(n.fraction) > 0 {
		dst = append(dst, '.')
		dst = append(dst, n.fraction...)
	}
	if quoted {
		dst = append(dst, '"')
	}
	return dst, nil
}

// applyExponent moves the point of n. ok is false if the number gets too large; one that gets too small keeps more
// digits behind the point than any scale allows.
func (w *decimalWriter) applyExponent(n *numberText) (ok bool) {
	const far = MaxPrecision + 1 // zeros to insert at most
	if w.digits == nil {
		w.digits = make([]byte, 0, 4*far)
	}
	w.digits = append(append(w.digits[:0], n.whole...), n.fraction...)
	digits := trimTrailingZeros(w.digits)
	point := len(n.whole) + n.exponent
	leading := len(digits) - len(trimLeadingZeros(digits))
	w.digits = digits
	digits, point = digits[leading:], point-leading
	n.exponent = 0
	switch {
	case len(digits) == 0:
		n.whole, n.fraction = nil, nil
		return true
	case point > far:
		return false
	case point >= len(digits):
		n.whole, n.fraction = appendZeros(digits, point-len(digits)), nil
	case point >= 0:
		n.whole, n.fraction = digits[:point], digits[point:]
	default:
		// The digits go behind the zeros, which need room of their own in front of them.
		zeros := min(-point, far)
		start := len(w.digits)
		all := appendZeros(w.digits, zeros)
		all = append(all, digits...)
		w.digits = all
		n.whole, n.fraction = nil, all[start:]
	}
	return true
}

// appendRat writes a fraction if its decimal form ends in time.
func (w *decimalWriter) appendRat(dst []byte, v *big.Rat) ([]byte, error) {
	scaled := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(w.scale)), nil)
	scaled.Mul(scaled, v.Num())
	remainder := new(big.Int)
	scaled.QuoRem(scaled, v.Denom(), remainder)
	if remainder.Sign() != 0 && !w.truncate {
		return dst, w.tooFine()
	}
	if scaled.BitLen() > 128 { // 10^36 has 120
		return dst, w.tooLarge()
	}
	text := scaled.Append(nil, 10)
	text = strconv.AppendInt(append(text, 'e'), -int64(w.scale), 10)
	return w.appendText(dst, text)
}
