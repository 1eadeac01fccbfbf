package exatext_test

import (
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"

	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/halfway"
)

func TestAppendDouble(t *testing.T) {
	tests := []struct {
		f    float64
		want string
	}{
		{0, "0.0"},
		{math.Copysign(0, -1), "-0.0"},
		{2, "2.0"},
		{-1.5, "-1.5"},
		{1e21, "1e+21"},
		{1e20, "1e+20"},
		{123456789012345680000, "1.2345678901234568e+20"},
		{5e-324, "5e-324"},
		{math.MaxFloat64, "1.7976931348623157e+308"},
		{0.1, "0.1"},
		{1e-7, "1e-07"},
	}
	for _, tt := range tests {
		got, err := exatext.AppendDouble([]byte("x"), tt.f)
		if err != nil || string(got) != "x"+tt.want {
			t.Errorf("AppendDouble(%v) = %q, %v; want %q", tt.f, got, err, "x"+tt.want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, err := exatext.AppendDouble([]byte("x"), f); !errors.Is(err, exatext.ErrRange) || string(got) != "x" {
			t.Errorf("AppendDouble(%v) = %q, %v; want ErrRange", f, got, err)
		}
	}
}

func TestParseDoubleErrors(t *testing.T) {
	for _, text := range []string{"", "-", "+1", "01", "1.", ".5", "1e", "0x1p4", "1_0", "inf", "NaN", " 1", "1 ", "--1", "1.e5", "00", "-01"} {
		if f, err := exatext.ParseDouble([]byte(text)); !errors.Is(err, exatext.ErrSyntax) {
			t.Errorf("ParseDouble(%q) = %v, %v; want ErrSyntax", text, f, err)
		}
	}
	for _, text := range []string{"1e309", "-1e309", "1e999999"} {
		if f, err := exatext.ParseDouble([]byte(text)); !errors.Is(err, exatext.ErrRange) {
			t.Errorf("ParseDouble(%q) = %v, %v; want ErrRange", text, f, err)
		}
	}
	if f, err := exatext.ParseDouble([]byte("1e-400")); err != nil || f != 0 {
		t.Errorf("ParseDouble(1e-400) = %v, %v; want 0", f, err)
	}
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func FuzzDouble(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "1.7976931348623157e+308", "4.827728e-28", "-357886640000000", "5e-324", "1e309", "0.10000000000000001", "1.", "01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := exatext.ParseDouble([]byte(text))
		want, wantErr := strconv.ParseFloat(text, 64)
		if wantOK := wantErr == nil && jsonNumber.MatchString(text); (err == nil) != wantOK {
			t.Fatalf("ParseDouble(%q) = %v, %v; want %v, %v", text, got, err, want, wantOK)
		}
		if err != nil {
			return
		}
		if math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("ParseDouble(%q) = %v, want %v", text, got, want)
		}
		again, err := exatext.AppendDouble(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := exatext.ParseDouble(again); err != nil || math.Float64bits(back) != math.Float64bits(got) {
			t.Fatalf("%s reads back as %v, %v; want %v", again, back, err, got)
		}
	})
}

// checkFloat compares one product with strconv. It reports whether there was a result to compare.
func checkFloat(t *testing.T, p *exatext.Powers, mantissa uint64, exponent int) bool {
	t.Helper()
	got, ok := p.Float(mantissa, exponent)
	if !ok {
		return false
	}
	var buf [40]byte
	text := strconv.AppendInt(append(strconv.AppendUint(buf[:0], mantissa, 10), 'e'), int64(exponent), 10)
	want, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("Float(%d, %d) = %v, want %v (%v)", mantissa, exponent, got, want, err)
	}
	return true
}

// TestFloat compares with strconv on hard cases and on some hundred thousand numbers; see FuzzFloat for more.
func TestFloat(t *testing.T) {
	p := exatext.FloatPowers()
	for _, exponent := range []int{-400, -343, -342, -326, -325, -324, -308, -307, -23, -22, -1, 0, 1, 22, 23, 27, 28, 55, 56, 288, 289, 307, 308, 309, 400} {
		for _, mantissa := range []uint64{0, 1, 2, 5, 9, 1<<53 - 1, 1 << 53, 1<<53 + 1, 1<<54 - 1, 1<<54 + 2, 1<<63 - 1, 1 << 63, 1<<64 - 1, 1e15, 1e19, 9007199254740993, 17976931348623157, 22250738585072011, 22250738585072014} {
			checkFloat(t, p, mantissa, exponent)
		}
	}
	// Numbers half-way between two values, and next to it, decide the rounding.
	for shift := range 11 {
		for base := uint64(1 << 52); base < 1<<52+64; base++ {
			half := base<<shift | 1<<shift>>1
			for _, mantissa := range []uint64{half - 1, half, half + 1} {
				checkFloat(t, p, mantissa, 0)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	n, missed := 200_000, 0
	if testing.Short() {
		n = 20_000
	}
	for i := range n {
		var mantissa uint64
		var exponent int
		switch i % 4 {
		case 0:
			mantissa, exponent = r.Uint64(), r.IntN(700)-350
		case 1: // 17 digits of a random double, as the server writes it
			f := math.Float64frombits(r.Uint64() >> 1)
			if math.IsNaN(f) || math.IsInf(f, 0) {
				continue
			}
			mantissa, exponent = digits17(f)
		case 2:
			mantissa, exponent = r.Uint64N(1e17), -r.IntN(20)
		case 3:
			mantissa, exponent = r.Uint64N(1e19), r.IntN(40)-30
		}
		if !checkFloat(t, p, mantissa, exponent) && -300 < exponent && exponent < 280 {
			missed++
		}
	}
	if missed > n/200 { // ties, and products that are exact though their power is not
		t.Errorf("%d of %d numbers took the slow way", missed, n)
	}
}

// digits17 returns the seventeen digits of f as an integer and the exponent that belongs to them.
func digits17(f float64) (mantissa uint64, exponent int) {
	text := strconv.FormatFloat(f, 'e', 16, 64) // d.dddddddddddddddde-dd
	mantissa, _ = strconv.ParseUint(text[:1]+text[2:18], 10, 64)
	exponent, _ = strconv.Atoi(text[19:])
	return mantissa, exponent - 16
}

// TestFloatHalfway: numbers half-way between two values go to the even one, whichever bits are rounded away.
func TestFloatHalfway(t *testing.T) {
	p := exatext.FloatPowers()
	checkFloat(t, p, 67829018988333424, 1)
	fast := 0
	n := halfway.Count(100_000)
	for number := range halfway.Numbers(n, 1) {
		if checkFloat(t, p, number.Mantissa, number.Exponent) {
			fast++
		}
		text := number.Append(nil, number.Exponent&15)
		want, err := strconv.ParseFloat(string(text), 64)
		if err != nil {
			continue
		}
		if got, err := exatext.ParseDouble(text); err != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("ParseDouble(%s) = %v, %v, want %v", text, got, err, want)
		}
	}
	if fast < n/2 {
		t.Errorf("only %d of %d numbers were read the fast way", fast, n)
	}
}

func FuzzFloat(f *testing.F) {
	f.Add(uint64(9007199254740993), 0)
	f.Add(uint64(22250738585072014), -324)
	f.Fuzz(func(t *testing.T, mantissa uint64, exponent int) {
		checkFloat(t, exatext.FloatPowers(), mantissa, exponent%400)
	})
}

func TestDigits(t *testing.T) {
	for n := range 9 {
		for _, behind := range []byte{0, ' ', '"', ',', '-', '.', '/', ':', 'e', '~', 0x80, 0xff, 0xc3} {
			text := append([]byte("98765432"[:n]), behind, behind, behind, '0', '0', '0', '0', '0', '0')
			w := binary.LittleEndian.Uint64(text)
			if got := exatext.DigitCount(w); got != n {
				t.Fatalf("DigitCount(%q) = %d, want %d", text, got, n)
			}
			if n == 0 {
				continue
			}
			want, _ := strconv.ParseUint(string(text[:n]), 10, 64)
			if got := exatext.DigitValue(w, n); got != want {
				t.Fatalf("DigitValue(%q, %d) = %d, want %d", text, n, got, want)
			}
		}
	}
	for c := range 256 {
		w := binary.LittleEndian.Uint64([]byte{'0', byte(c), '9', '9', '9', '9', '9', '9'})
		want := 1
		if '0' <= c && c <= '9' {
			want = 8
		}
		if got := exatext.DigitCount(w); got != want {
			t.Errorf("DigitCount with byte %#x = %d, want %d", c, got, want)
		}
	}
}
