package e2e_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func randomBool(r *rand.Rand) string { return strconv.FormatBool(r.IntN(2) == 0) }

// randomDouble returns finite numbers of all sizes, in the forms that programs write.
func randomDouble(r *rand.Rand) string {
	for {
		f := float64(r.Int64N(1e15))
		switch r.IntN(4) {
		case 0:
			f = math.Float64frombits(r.Uint64())
		case 1:
			f /= math.Pow10(r.IntN(20))
		}
		if f != f || f > 1.7976e308 || f < -1.7976e308 {
			continue
		}
		switch r.IntN(4) {
		case 0:
			return strconv.FormatFloat(f, 'g', -1, 64)
		case 1:
			return strconv.FormatFloat(f, 'e', 16, 64)
		case 2:
			if f < 1e40 && f > -1e40 {
				return strconv.FormatFloat(f, 'f', -1, 64)
			}
		}
		return strconv.FormatFloat(f, 'g', 17, 64)
	}
}

// randomDecimal returns a number of at most as many digits, as the server writes it: integers up to 18 digits as a JSON
// number, others as a string without zeros at the end.
func randomDecimal(r *rand.Rand, precision, scale int) string {
	digits := make([]byte, 1+r.IntN(precision))
	for i := range digits {
		digits[i] = byte('0' + r.IntN(10))
	}
	unscaled, _ := new(big.Int).SetString(string(digits), 10)
	if r.IntN(2) == 0 {
		unscaled.Neg(unscaled)
	}
	value := new(big.Rat).SetFrac(unscaled, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	text := value.FloatString(scale)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		text = "0"
	}
	if scale == 0 && (precision <= 18 || len(digits) < 18 && r.IntN(2) == 0) {
		return text
	}
	return quoted(text)
}

// randomText returns texts of everything that JSON has an escape for, and of all planes.
func randomText(r *rand.Rand) string {
	runes := make([]rune, r.IntN(20))
	for i := range runes {
		switch r.IntN(5) {
		case 0:
			runes[i] = rune(r.IntN(0x20))
		case 1:
			runes[i] = rune(0x80 + r.IntN(0xd800-0x80))
		case 2:
			runes[i] = rune(0x10000 + r.IntN(0x100000))
		case 3:
			runes[i] = []rune("\"\\/\u2028<>&")[r.IntN(7)]
		default:
			runes[i] = rune(0x20 + r.IntN(0x60))
		}
	}
	text := quoted(string(runes))
	if r.IntN(3) == 0 {
		text = escapeAll(string(runes))
	}
	return text
}

// escapeAll writes every rune as \u with pairs of surrogates.
func escapeAll(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		if c >= 0x10000 {
			c -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04X`, 0xd800+c>>10, 0xdc00+c&0x3ff)
			continue
		}
		fmt.Fprintf(&b, `\u%04x`, c)
	}
	b.WriteByte('"')
	return b.String()
}

func randomPoint(r *rand.Rand) string {
	return quoted(fmt.Sprintf("POINT (%g %g)", r.NormFloat64(), r.NormFloat64()))
}

func randomHash(r *rand.Rand) string {
	return quoted(fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()))
}

func randomYearMonth(r *rand.Rand) string {
	return quoted(fmt.Sprintf("%c%09d-%02d", "+-"[r.IntN(2)], r.IntN(1e9), r.IntN(12)))
}

func randomDaySecond(r *rand.Rand) string {
	return quoted(fmt.Sprintf("%c%09d %02d:%02d:%02d.%09d", "+-"[r.IntN(2)], r.IntN(1e9), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e9)))
}

// randomTime returns instants of the years 1 to 9999, half of them of this century, and one in eight beside an hour of a
// day in spring or autumn at which clocks are changed.
func randomTime(r *rand.Rand) time.Time {
	first, last := time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)
	if r.IntN(2) == 0 {
		first, last = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	t := time.Unix(first.Unix()+r.Int64N(last.Unix()-first.Unix()), r.Int64N(1e9)).UTC()
	if r.IntN(8) == 0 {
		month := []time.Month{time.March, time.April, time.October, time.November}[r.IntN(4)]
		t = time.Date(1970+r.IntN(68), month, 1+r.IntN(31), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e9), time.UTC)
	}
	return t
}
