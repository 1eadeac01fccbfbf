package exasqlite_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
)

// typesRow is a row of a table with every type.
type typesRow struct {
	ID  int64
	N9  *int64
	D2  *exawire.Decimal
	D18 *exawire.Decimal
	D36 *exawire.Decimal
	D0  *exawire.Decimal
	F   *float64
	B   *bool
	CA  *string
	CU  *string
	V   *string
	VA  *string
	DY  *time.Time
	T0  *time.Time
	T3  *time.Time
	T6  *time.Time
	T9  *time.Time
	Z   *time.Time
	YM  *exawire.YearMonth
	DS  *exawire.DaySecond
	H1  *string
	H16 *string
	HX  *string
	G   *string
}

// typesTable is the table of a typesRow. Before 8.32 timestamps have no precision, and three digits.
func typesTable(name string, digits int) string {
	stamp := func(p int) string {
		if digits == 3 {
			return "TIMESTAMP"
		}
		return fmt.Sprintf("TIMESTAMP(%d)", p)
	}
	return fmt.Sprintf(`CREATE TABLE %s (id DECIMAL(18,0), n9 DECIMAL(9,0), d2 DECIMAL(18,2), d18 DECIMAL(36,18), d36 DECIMAL(36,36), d0 DECIMAL(36,0),
		f DOUBLE, b BOOLEAN, ca CHAR(6) ASCII, cu CHAR(6) UTF8, v VARCHAR(2000000) UTF8, va VARCHAR(100) ASCII, dy DATE, t0 %s, t3 %s, t6 %s, t9 %s,
		z %s WITH LOCAL TIME ZONE, ym INTERVAL YEAR(9) TO MONTH, ds INTERVAL DAY(9) TO SECOND(3), h1 HASHTYPE(1 BYTE), h16 HASHTYPE(16 BYTE),
		hx HASHTYPE(1024 BYTE), g GEOMETRY)`, name, stamp(0), stamp(3), stamp(6), stamp(9), stamp(6))
}

// alphabet says which text a file can carry.
type alphabet int

const (
	anyText   alphabet = iota
	latinText          // in encodings of one byte
	tameText           // in files without delimiters
)

// texts are values that something may be wrong with.
func (a alphabet) texts() []string {
	tame := []string{"x", "word", "two words", "007", "-1", "1e5", "true", "2024-01-01", `\n`, `C:\dir\`, "a#b", "%s%d", "null ", strings.Repeat("long ", 4000) + "."}
	if a == tameText {
		return tame
	}
	latin := append(slices.Clone(tame), []string{
		"NULL", "0", `\N`, ",", ";", "|", "||", "~", "\t", `"`, `""`, `"""`, `"a"`, `a"b`, `a""b`, "'", "''", "'a'", "it's", "^", "^^", "a^b", "<>", "<", ">", "a<>b",
		"a,b", `a","b`, "a','b", "a;b", "a\tb", "a|b", "a||b", "a~~b", "\n", "\r", "\r\n", "\n\r", "a\nb", "a\rb", "a\r\nb", "a\n", "\na", "a\r", "\ra", "\n\n", "a\x1fb",
		" ", "  ", " a", "a ", " a ", "\ta", "a\t", "\v", "\x00", "a\x00b", "\x01\x1b\x7f", "#", "# no remark", "äöüß", "ÿþ", "\u00a0", "\u00a0a\u00a0", "\u00ad",
		strings.Repeat(`"`, 5000), strings.Repeat("\r\n", 3000), strings.Repeat(`,"`, 3000) + "\n#",
	}...)
	if a == latinText {
		return latin
	}
	return append(latin, []string{
		"€", "東京", "\U0001F600", "a\U0001F600,b\U00010000\"", "\ufeff", "\ufeffa", "\u2028", "e\u0301", "\uffff", "\U0010FFFF", "\u0080\u009f", "\u3000a\u3000",
		strings.Repeat("\U0001F600ä\n", 3000),
	}...)
}

// text returns a random one.
func (a alphabet) text(r *rand.Rand, runes int) string {
	of := []rune("ab cXYZ09_.-/\\%&()=")
	if a != tameText {
		of = append(of, []rune("\"\"''\n\r\t\x00,,;|#~<>^äß\u00a0")...)
	}
	if a == anyText {
		of = append(of, []rune("€東\U0001F600\ufeff\u2028")...)
	}
	var b strings.Builder
	for range runes {
		b.WriteRune(of[r.IntN(len(of))])
	}
	if a == tameText {
		return "a" + b.String() + "z"
	}
	return b.String()
}

func ptr[T any](v T) *T { return &v }

// dec is the DECIMAL of a text.
func dec(t testing.TB, text string) *exawire.Decimal {
	t.Helper()
	d, err := exawire.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// moments are the first and the last one, and some where clocks are changed. Those that a file cannot tell apart are left
// out: of the repeated hour it has the second one.
var moments = []time.Time{
	time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	time.Date(1970, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(2024, 2, 29, 12, 0, 0, 120_000_000, time.UTC),
	time.Date(2024, 3, 31, 0, 59, 59, 999_999_999, time.UTC), time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC),
	time.Date(2024, 10, 26, 23, 59, 59, 999_000_000, time.UTC), time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC), time.Date(2024, 10, 27, 2, 0, 0, 0, time.UTC),
	time.Date(2024, 3, 10, 6, 59, 59, 123_456_789, time.UTC), time.Date(2024, 11, 3, 6, 30, 0, 0, time.UTC),
}

// typesRows returns rows with the values at the edges and random ones, NULLs among them.
func typesRows(t testing.TB, r *rand.Rand, of alphabet, digits, random int) []typesRow {
	t.Helper()
	nines := strings.Repeat("9", 36)
	rows := []typesRow{{}, {
		N9: ptr(int64(-999_999_999)), D2: dec(t, "-9999999999999999.99"), D18: dec(t, "-999999999999999999.999999999999999999"), D36: dec(t, "-0."+nines), D0: dec(t, "-"+nines),
		F: ptr(-1.7e308), B: ptr(false), CA: ptr("a     "), CU: ptr("b     "), YM: &exawire.YearMonth{Months: -11_999_999_999},
		DS: &exawire.DaySecond{Days: -999_999_999, Nanos: -86_399_999_000_000}, H1: ptr("00"), H16: ptr(strings.Repeat("0", 32)), HX: ptr(strings.Repeat("0", 2048)),
		G: ptr("POINT (1 2)"),
	}, {
		N9: ptr(int64(999_999_999)), D2: dec(t, "9999999999999999.99"), D18: dec(t, "999999999999999999.999999999999999999"), D36: dec(t, "0."+nines), D0: dec(t, nines),
		F: ptr(1.7e308), B: ptr(true), CA: ptr("abcdef"), CU: ptr("fedcba"), YM: &exawire.YearMonth{Months: 11_999_999_999},
		DS: &exawire.DaySecond{Days: 999_999_999, Nanos: 86_399_999_000_000}, H1: ptr("ff"), H16: ptr(strings.Repeat("f", 32)), HX: ptr(strings.Repeat("fe", 1024)),
	}, {
		N9: ptr(int64(0)), D2: dec(t, "0"), D18: dec(t, "0.000000000000000001"), D36: dec(t, "-0."+strings.Repeat("0", 35)+"1"), D0: dec(t, "0"),
		F: ptr(math.SmallestNonzeroFloat64), CA: ptr("      "), CU: ptr("      "), YM: &exawire.YearMonth{}, DS: &exawire.DaySecond{},
	}, {
		N9: ptr(int64(-1)), D2: dec(t, "-0.01"), D18: dec(t, "-0.5"), D36: dec(t, "0.1"), D0: dec(t, "1000000000000000000"), F: ptr(-2.2250738585072011e-308),
		YM: &exawire.YearMonth{Months: -1}, DS: &exawire.DaySecond{Nanos: -1_000_000},
	}, {
		N9: ptr(int64(10)), D2: dec(t, "10"), D18: dec(t, "100"), D0: dec(t, "-999999999999999999"), F: ptr(0.0), YM: &exawire.YearMonth{Months: 11}, DS: &exawire.DaySecond{Nanos: 999_000_000},
	}}
	for _, f := range []float64{1, -1, 0.1, 1e15, 1e16, 1e17, 123456789012345678, 1e21, 1e-5, 1e-7, 5e-324, 1.6999999999999999e308, 0.30000000000000004, 2.5e10} {
		rows = append(rows, typesRow{F: &f})
	}
	for _, at := range moments {
		stamp := func(digits int) *time.Time { return ptr(at.Truncate(time.Duration(math.Pow10(9 - digits)))) }
		y, m, d := at.Date()
		row := typesRow{DY: ptr(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)), T0: stamp(0), T3: stamp(3), T6: stamp(min(6, digits)), T9: stamp(digits)}
		if y > 1 && y < 9999 {
			row.Z = stamp(min(6, digits)) // in other zones the first and the last day have other years
		}
		rows = append(rows, row)
	}
	for i, text := range of.texts() {
		row := typesRow{V: &text}
		if short := []rune(text); len(short) <= 6 {
			row.CU = ptr(text + strings.Repeat(" ", 6-len(short)))
		}
		if len(text) <= 100 && strings.IndexFunc(text, func(r rune) bool { return r > 127 }) < 0 {
			row.VA = &text
		}
		if i%3 == 0 {
			row.N9 = ptr(int64(i))
		}
		rows = append(rows, row)
	}
	for range random {
		rows = append(rows, randomTypes(t, r, of, digits))
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	for i := range rows {
		rows[i].ID = int64(i)
	}
	return rows
}

// randomTypes returns a row with a random value or NULL in each column.
func randomTypes(t testing.TB, r *rand.Rand, of alphabet, digits int) typesRow {
	t.Helper()
	number := func(precision, scale int) *exawire.Decimal {
		return maybe(r, *dec(t, randomDecimal(r, precision, scale)))
	}
	f := math.Float64frombits(r.Uint64())
	if math.IsNaN(f) || math.Abs(f) > 1.7e308 {
		f = 0.5
	}
	day := time.Date(1+r.IntN(9999), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	at := day.Add(time.Duration(r.Int64N(int64(24 * time.Hour))))
	stamp := func(digits int) *time.Time { return maybe(r, at.Truncate(time.Duration(math.Pow10(9-digits)))) }
	// At noon, when no clocks are changed.
	noon := time.Date(1971+r.IntN(60), time.Month(1+r.IntN(12)), 1+r.IntN(28), 12, r.IntN(60), r.IntN(60), r.IntN(1e9), time.UTC)
	hash := func(bytes int) *string {
		return maybe(r, strings.Repeat(fmt.Sprintf("%02x", r.IntN(256)), bytes))
	}
	return typesRow{
		N9: maybe(r, r.Int64N(2e9-1)-999_999_999), D2: number(18, 2), D18: number(36, 18), D36: number(36, 36), D0: number(36, 0), F: maybe(r, f), B: maybe(r, r.IntN(2) == 0),
		CA: maybe(r, fmt.Sprintf("%-6d", r.IntN(1e6))), CU: maybe(r, fmt.Sprintf("%-6s", string([]rune(of.text(r, 6))[:6]))), V: maybe(r, of.text(r, 1+r.IntN(300))), VA: maybe(r, tameText.text(r, r.IntN(90))),
		DY: maybe(r, day), T0: stamp(0), T3: stamp(3), T6: stamp(min(6, digits)), T9: stamp(digits), Z: maybe(r, noon.Truncate(time.Duration(math.Pow10(9-min(6, digits))))),
		YM: maybe(r, exawire.YearMonth{Months: r.Int64N(23_999_999_999) - 11_999_999_999}),
		DS: maybe(r, exawire.DaySecond{Days: r.Int64N(1e9), Nanos: r.Int64N(86_400_000) * 1e6}),
		H1: hash(1), H16: hash(16), HX: hash(1024), G: maybe(r, fmt.Sprintf("POINT (%d %d)", r.IntN(100), r.IntN(100))),
	}
}

// randomDecimal returns a number that a DECIMAL has room for.
func randomDecimal(r *rand.Rand, precision, scale int) string {
	digits := make([]byte, 1+r.IntN(precision))
	for i := range digits {
		digits[i] = byte('0' + r.IntN(10))
	}
	text := strings.Repeat("0", max(0, scale+1-len(digits))) + string(digits)
	whole, fraction := text[:len(text)-scale], text[len(text)-scale:]
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if r.IntN(2) == 0 {
		whole = "-" + whole
	}
	if scale == 0 {
		return whole
	}
	return whole + "." + fraction
}

var sameDecimals = cmp.Comparer(func(a, b exawire.Decimal) bool { return a.Cmp(b) == 0 })
