package exatext_test

import (
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/exawire/exawire/internal/exatext"
)

var nines = strings.Repeat("9", 36)

func TestNumber(t *testing.T) {
	tests := []struct {
		text, want string // want is the text again, or empty for text
		scale      int
	}{
		{"0", "", 0},
		{"-0", "0", 0},
		{"-0.00", "0.00", 2},
		{"+5", "5", 0},
		{"007", "7", 0},
		{"0.7", "", 1},
		{"-0.001", "", 3},
		{"42856.814", "", 3},
		{".5", "0.5", 1},
		{"5.", "5", 0},
		{nines, "", 0},
		{"-" + nines, "", 0},
		{"0." + nines, "", 36},
		{"-" + nines[:18] + "." + nines[:18], "", 18},
		{"18446744073709551615", "", 0},
		{"18446744073709551616", "", 0},
		{"999999999999999999", "", 0},
		{"1000000000000000000", "", 0},
		{"1e3", "1000", 0},
		{"1.50e1", "15.0", 1},
		{"1e-36", "0." + strings.Repeat("0", 35) + "1", 36},
		{"100E-2", "1.00", 2},
		{"1.5e+2", "150", 0},
		{"0e999999999999", "0", 0},
		{"0e-999999999999", "0." + strings.Repeat("0", 36), 36},
		{nines + ".000", nines, 0},
		{"10" + strings.Repeat("0", 40) + "e-41", "1." + strings.Repeat("0", 35), 35},
		{"1." + strings.Repeat("0", 50), "1." + strings.Repeat("0", 35), 35},
	}
	for _, tt := range tests {
		n, err := exatext.ParseNumber([]byte(tt.text), '.')
		if err != nil {
			t.Errorf("ParseNumber(%q): %v", tt.text, err)
			continue
		}
		want := tt.want
		if want == "" {
			want = tt.text
		}
		if got := string(n.Append(nil)); got != want || int(n.Scale) != tt.scale {
			t.Errorf("ParseNumber(%q) = %s with scale %d, want %s with scale %d", tt.text, got, n.Scale, want, tt.scale)
		}
	}
	if n, err := exatext.ParseNumber([]byte("-1,5"), ','); err != nil || string(n.Append(nil)) != "-1.5" {
		t.Errorf("with a decimal comma: %v, %v", n, err)
	}
}

func TestNumberErrors(t *testing.T) {
	tests := []struct {
		text string
		want error
	}{
		{"", exatext.ErrSyntax},
		{"-", exatext.ErrSyntax},
		{".", exatext.ErrSyntax},
		{"+-1", exatext.ErrSyntax},
		{"1.2.3", exatext.ErrSyntax},
		{"1,5", exatext.ErrSyntax},
		{" 1", exatext.ErrSyntax},
		{"1 ", exatext.ErrSyntax},
		{"1e", exatext.ErrSyntax},
		{"1e+", exatext.ErrSyntax},
		{"1e1.5", exatext.ErrSyntax},
		{"e5", exatext.ErrSyntax},
		{"0x10", exatext.ErrSyntax},
		{"NaN", exatext.ErrSyntax},
		{"1_000", exatext.ErrSyntax},
		{"1\x00", exatext.ErrSyntax},
		{nines + "9", exatext.ErrRange},
		{"1" + strings.Repeat("0", 36), exatext.ErrRange},
		{"1e36", exatext.ErrRange},
		{"1e99999999999999999999", exatext.ErrRange},
		{"1e-37", exatext.ErrRange},
		{"1e-99999999999999999999", exatext.ErrRange},
		{"0." + nines + "1", exatext.ErrRange},
		{nines + ".1", exatext.ErrRange},
	}
	for _, tt := range tests {
		if n, err := exatext.ParseNumber([]byte(tt.text), '.'); !errors.Is(err, tt.want) {
			t.Errorf("ParseNumber(%q) = %v, %v; want %v", tt.text, n, err, tt.want)
		}
	}
}

func TestNumberRescale(t *testing.T) {
	tests := []struct {
		text  string
		scale int
		want  string // empty if it cannot be done
	}{
		{"0.7", 5, "0.70000"},
		{"1.500", 1, "1.5"},
		{"1.500", 0, ""},
		{"-1", 35, "-1." + strings.Repeat("0", 35)},
		{"1", 36, ""},
		{"0", 36, "0." + strings.Repeat("0", 36)},
		{nines, 1, ""},
		{nines, 0, nines},
		{"-1." + strings.Repeat("0", 35), 0, "-1"},
		{"1", -1, ""},
		{"1", 37, ""},
	}
	for _, tt := range tests {
		n, err := exatext.ParseNumber([]byte(tt.text), '.')
		if err != nil {
			t.Fatal(err)
		}
		m, ok := n.Rescale(tt.scale)
		if ok != (tt.want != "") || ok && string(m.Append(nil)) != tt.want {
			t.Errorf("%s with scale %d = %s, %v; want %q", tt.text, tt.scale, m.Append(nil), ok, tt.want)
		}
	}
}

func TestNumberRound(t *testing.T) {
	tests := []struct {
		text  string
		scale int
		want  string
	}{
		{"1.45", 1, "1.5"},
		{"-1.45", 1, "-1.5"},
		{"1.449", 1, "1.4"},
		{"0.4", 0, "0"},
		{"-0.4", 0, "0"},
		{"0.5", 0, "1"},
		{"1.5", 3, "1.5"},
		{"1.5", -1, "1.5"},
		{"0." + nines, 0, "1"},
		{"0." + nines, 1, "1.0"},
		{nines[:35] + ".9", 0, "1" + strings.Repeat("0", 35)},
	}
	for _, tt := range tests {
		n, err := exatext.ParseNumber([]byte(tt.text), '.')
		if err != nil {
			t.Fatal(err)
		}
		if got := string(n.Round(tt.scale).Append(nil)); got != tt.want {
			t.Errorf("%s rounded to %d digits = %s, want %s", tt.text, tt.scale, got, tt.want)
		}
	}
}

// rat is a slow and obvious parser.
func rat(text string) (r *big.Rat, digitsBehind int, ok bool) {
	parts := regexp.MustCompile(`^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$`).FindStringSubmatch(text)
	if parts == nil || parts[2]+parts[3] == "" {
		return nil, 0, false
	}
	r, ok = new(big.Rat).SetString(text)
	if !ok {
		r, ok = new(big.Rat).SetString(parts[1] + "0" + parts[2] + "." + parts[3] + "0")
	}
	return r, len(parts[3]), ok
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"0", "-0.00", nines, "0." + nines, "1e-36", "1.50e1", "18446744073709551616", ".5", "5.", "1e36", "1,5", "-1.5e+2"} {
		f.Add(seed)
	}
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(36), nil)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := exatext.ParseNumber([]byte(text), '.')
		want, digitsBehind, ok := rat(text)
		if errors.Is(err, exatext.ErrSyntax) && ok {
			t.Fatalf("ParseNumber(%q): %v", text, err)
		}
		if err != nil {
			if errors.Is(err, exatext.ErrRange) && ok && digitsBehind <= 36 && !strings.ContainsAny(text, "eE") && new(big.Int).Abs(want.Num()).Cmp(limit) < 0 && len(text) <= 36 {
				t.Fatalf("ParseNumber(%q): %v", text, err)
			}
			return
		}
		if !ok {
			if strings.ContainsAny(text, "eE") {
				return // an exponent that the oracle does not take
			}
			t.Fatalf("ParseNumber(%q) = %v, want an error", text, n)
		}
		again := string(n.Append(nil))
		got, _ := new(big.Rat).SetString(again)
		if got.Cmp(want) != 0 {
			t.Fatalf("ParseNumber(%q) prints as %s", text, again)
		}
		if m, err := exatext.ParseNumber([]byte(again), '.'); err != nil || m != n {
			t.Fatalf("%s reads back as %v, %v; want %v", again, m, err, n)
		}
		if n.Negative && got.Sign() == 0 {
			t.Fatalf("ParseNumber(%q) is a negative zero", text)
		}
	})
}

// FuzzNumberPieces checks the 128-bit arithmetic on arbitrary magnitudes.
func FuzzNumberPieces(f *testing.F) {
	f.Add(uint64(0), uint64(0), uint8(0), 0)
	f.Add(uint64(1<<55), uint64(1<<64-1), uint8(36), 3)
	f.Add(uint64(0), uint64(1e18), uint8(18), 36)
	ten := big.NewInt(10)
	limit := new(big.Int).Exp(ten, big.NewInt(36), nil)
	f.Fuzz(func(t *testing.T, hi, lo uint64, scale uint8, other int) {
		n := exatext.Number{Hi: hi, Lo: lo, Scale: scale % 37}
		unscaled := new(big.Int).SetUint64(hi)
		unscaled.Lsh(unscaled, 64).Or(unscaled, new(big.Int).SetUint64(lo))
		if unscaled.Cmp(limit) >= 0 {
			return
		}
		want := new(big.Rat).SetFrac(unscaled, new(big.Int).Exp(ten, big.NewInt(int64(n.Scale)), nil))
		if got := string(n.Append(nil)); got != want.FloatString(int(n.Scale)) {
			t.Fatalf("%v prints as %s, want %s", n, got, want.FloatString(int(n.Scale)))
		}
		m, ok := n.Rescale(other)
		if ok && string(m.Append(nil)) != want.FloatString(other) {
			t.Fatalf("%s with scale %d = %s", want.FloatString(int(n.Scale)), other, m.Append(nil))
		}
		if ok && n.CompareMagnitude(m) != 0 {
			t.Fatalf("%v and %v compare as different", n, m)
		}
		for digits := range exatext.MaxDigits + 1 {
			if got, want := n.Fits(digits), unscaled.Sign() == 0 || len(unscaled.String()) <= digits; got != want {
				t.Fatalf("%v has at most %d digits: %t", n, digits, got)
			}
		}
		if 0 <= other && other < int(n.Scale) {
			if got := string(n.Round(other).Append(nil)); got != want.FloatString(other) {
				t.Fatalf("%v rounded to %d digits = %s, want %s", n, other, got, want.FloatString(other))
			}
		}
	})
}
