package resultset

import (
	"fmt"
	"strconv"

	"github.com/exawire/exawire/internal/exatext"
)

// formatDecimal writes d for the fmt package.
func formatDecimal(d Decimal, f fmt.State, verb rune) {
	var buf [2*MaxDecimalDigits + 8]byte
	text := buf[:0]
	switch verb {
	case 'v', 's', 'q':
		text = d.number().Append(text)
	case 'f', 'F':
		digits, ok := f.Precision()
		if !ok {
			digits = int(d.scale)
		}
		text = appendRounded(text, d.number(), digits)
	default:
		fmt.Fprintf(f, "%%!%c(resultset.Decimal=%s)", verb, d.String())
		return
	}
	switch {
	case verb == 'q':
		text = strconv.AppendQuote(nil, string(text))
	case text[0] == '-':
	case f.Flag('+'):
		text = append([]byte{'+'}, text...)
	case f.Flag(' '):
		text = append([]byte{' '}, text...)
	}
	writePadded(f, text, verb != 'q')
}

// appendRounded appends n with the given number of digits after the point.
func appendRounded(dst []byte, n exatext.Number, digits int) []byte {
	if digits < int(n.Scale) {
		n = n.Round(digits)
	}
	dst = n.Append(dst)
	if missing := digits - int(n.Scale); missing > 0 {
		if n.Scale == 0 {
			dst = append(dst, '.')
		}
		for range missing {
			dst = append(dst, '0')
		}
	}
	return dst
}

// writePadded writes text in the width that f asks for.
func writePadded(f fmt.State, text []byte, numeric bool) {
	width, _ := f.Width()
	missing := width - len(text)
	left, zeros := f.Flag('-'), f.Flag('0') && numeric
	if !left && zeros && missing > 0 {
		if text[0]-'0' > 9 { // zeros go between the sign and the digits
			_, _ = f.Write(text[:1])
			text = text[1:]
		}
	}
	for ; !left && missing > 0; missing-- {
		if zeros {
			_, _ = f.Write([]byte{'0'})
		} else {
			_, _ = f.Write([]byte{' '})
		}
	}
	_, _ = f.Write(text)
	for ; missing > 0; missing-- {
		_, _ = f.Write([]byte{' '})
	}
}
