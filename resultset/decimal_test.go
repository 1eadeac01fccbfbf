package resultset_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/resultset"
)

var nines = strings.Repeat("9", 36)

func parseDecimal(tb testing.TB, text string) resultset.Decimal {
	tb.Helper()
	d, err := resultset.ParseDecimal(text)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func TestDecimalConversions(t *testing.T) {
	tests := []struct {
		text  string
		int64 int64
		exact bool
		sign  int
	}{
		{"0", 0, true, 0},
		{"-0.00", 0, true, 0},
		{"1", 1, true, 1},
		{"-1.00", -1, true, -1},
		{"0.5", 0, false, 1},
		{"-1.50", 0, false, -1},
		{"9223372036854775807", math.MaxInt64, true, 1},
		{"9223372036854775808", 0, false, 1},
		{"-9223372036854775808", math.MinInt64, true, -1},
		{"-9223372036854775809", 0, false, -1},
		{nines, 0, false, 1},
		{"-" + nines[:20] + "." + nines[:16], 0, false, -1},
		{"18446744073709551616.000", 0, false, 1},
	}
	for _, tt := range tests {
		d := parseDecimal(t, tt.text)
		if n, exact := d.Int64(); exact != tt.exact || exact && n != tt.int64 {
			t.Errorf("%s.Int64() = %d, %v; want %d, %v", tt.text, n, exact, tt.int64, tt.exact)
		}
		if d.Sign() != tt.sign || d.IsZero() != (tt.sign == 0) || d.Neg().Sign() != -tt.sign {
			t.Errorf("%s: sign %d, zero %v, sign of negative %d", tt.text, d.Sign(), d.IsZero(), d.Neg().Sign())
		}
		if want := strings.Replace(tt.text, "-0.00", "0.00", 1); d.String() != want {
			t.Errorf("%s prints as %s", tt.text, d)
		}
	}
	if d, err := resultset.NewDecimal(math.MinInt64, 2); err != nil || d.String() != "-92233720368547758.08" {
		t.Errorf("NewDecimal of the smallest integer = %v, %v", d, err)
	}
	for _, scale := range []int{-1, 37} {
		if d, err := resultset.NewDecimal(1, scale); !errors.Is(err, resultset.ErrDecimalRange) {
			t.Errorf("NewDecimal with scale %d = %v, %v", scale, d, err)
		}
	}
	if d, ok := parseDecimal(t, "0.70").Rescale(1); !ok || d.String() != "0.7" {
		t.Errorf("Rescale = %v, %v", d, ok)
	}
}

// TestDecimalIsAValue checks what makes a Decimal good for keys and large slices.
func TestDecimalIsAValue(t *testing.T) {
	m := map[resultset.Decimal]int{parseDecimal(t, "1.5"): 1}
	m[parseDecimal(t, "1.5")]++
	if m[parseDecimal(t, "1.5")] != 2 || m[parseDecimal(t, "1.50")] != 0 {
		t.Errorf("map = %v", m)
	}
	if !parseDecimal(t, "1.5").Equal(parseDecimal(t, "1.50")) {
		t.Error("1.5 and 1.50 are not equal")
	}
	if diff := cmp.Diff(parseDecimal(t, "2"), parseDecimal(t, "2.0")); diff != "" {
		t.Error(diff)
	}
	d, e := parseDecimal(t, "-123.45"), parseDecimal(t, "-123.4500")
	buf := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		buf, _ = d.AppendText(buf[:0])
		_ = d.UnmarshalText(buf)
		_, _ = d.Int64()
		_ = d.Cmp(e)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestDecimalFormat(t *testing.T) {
	d := parseDecimal(t, "-12.345")
	tests := []struct{ format, want string }{
		{"%v", "-12.345"},
		{"%s", "-12.345"},
		{"%q", `"-12.345"`},
		{"%f", "-12.345"},
		{"%.2f", "-12.35"},
		{"%.0f", "-12"},
		{"%.5F", "-12.34500"},
		{"%10v", "   -12.345"},
		{"%-10v|", "-12.345   |"},
		{"%010v", "-00012.345"},
		{"%3v", "-12.345"},
		{"%d", "%!d(resultset.Decimal=-12.345)"},
		{"%12q", `   "-12.345"`},
	}
	for _, tt := range tests {
		if got := fmt.Sprintf(tt.format, d); got != tt.want {
			t.Errorf("%s = %q, want %q", tt.format, got, tt.want)
		}
	}
	for format, want := range map[string]string{"%+v": "+7", "% v": " 7", "%.3f": "7.000", "%06.1f": "0007.0", "%+05v": "+0007"} {
		if got := fmt.Sprintf(format, parseDecimal(t, "7")); got != want {
			t.Errorf("%s = %q, want %q", format, got, want)
		}
	}
	if got := fmt.Sprintf("%.50f", parseDecimal(t, nines)); got != nines+"."+strings.Repeat("0", 50) {
		t.Errorf("fifty digits: %s", got)
	}
}

func TestDecimalInterfaces(t *testing.T) {
	type row struct{ Price resultset.Decimal }
	text, err := json.Marshal(row{parseDecimal(t, "0.70")})
	if err != nil || string(text) != `{"Price":"0.70"}` {
		t.Errorf("JSON = %s, %v", text, err)
	}
	var back row
	if err := json.Unmarshal(text, &back); err != nil || back.Price.String() != "0.70" {
		t.Errorf("from JSON: %v, %v", back, err)
	}
	if v, err := parseDecimal(t, "1.50").Value(); err != nil || v != "1.50" {
		t.Errorf("Value = %v, %v", v, err)
	}
	for _, tt := range []struct {
		src  any
		want string // empty for an error
	}{
		{"1.50", "1.50"},
		{[]byte("-3"), "-3"},
		{int64(math.MinInt64), "-9223372036854775808"},
		{0.1, "0.1"},
		{1e20, "100000000000000000000"},
		{parseDecimal(t, "7.0"), "7.0"},
		{nil, ""},
		{true, ""},
		{"x", ""},
		{math.NaN(), ""},
		{math.Inf(1), ""},
		{1e300, ""},
	} {
		var d resultset.Decimal
		if err := d.Scan(tt.src); (err == nil) != (tt.want != "") || err == nil && d.String() != tt.want {
			t.Errorf("Scan(%v) = %v, %v; want %q", tt.src, d, err, tt.want)
		}
	}
	var null sql.Null[resultset.Decimal]
	if err := null.Scan(nil); err != nil || null.Valid {
		t.Errorf("NULL: %v, %v", null, err)
	}
	if err := null.Scan("5"); err != nil || !null.Valid || null.V.String() != "5" {
		t.Errorf("not NULL: %v, %v", null, err)
	}
}

func TestDecimalCompose(t *testing.T) {
	var d resultset.Decimal
	for _, tt := range []struct {
		form        byte
		coefficient []byte
		exponent    int32
		want        string
	}{
		{0, nil, 0, "0"}, {0, []byte{0, 0, 15}, -1, "1.5"}, {0, []byte{1}, 3, "1000"}, {0, []byte{10}, -37, "0." + strings.Repeat("0", 35) + "1"}, {0, make([]byte, 100), -2, "0.00"},
	} {
		if err := d.Compose(tt.form, false, tt.coefficient, tt.exponent); err != nil || d.String() != tt.want {
			t.Errorf("Compose(%v, %d) = %v, %v; want %s", tt.coefficient, tt.exponent, d, err, tt.want)
		}
	}
	d = parseDecimal(t, "7")
	for _, tt := range []struct {
		form        byte
		coefficient []byte
		exponent    int32
	}{{1, nil, 0}, {2, nil, 0}, {0, []byte{1}, 36}, {0, []byte{1}, -37}, {0, []byte{1}, math.MinInt32}, {0, []byte{1}, math.MaxInt32}, {0, append([]byte{1}, make([]byte, 1000)...), 0}} {
		if err := d.Compose(tt.form, false, tt.coefficient, tt.exponent); !errors.Is(err, resultset.ErrDecimalRange) {
			t.Errorf("Compose(%d, %v, %d) = %v, %v; want ErrDecimalRange", tt.form, tt.coefficient, tt.exponent, d, err)
		}
		if d.String() != "7" {
			t.Fatalf("an error changed the receiver to %v", d)
		}
	}
	if err := d.Compose(0, true, nil, 0); err != nil || d.String() != "0" {
		t.Errorf("negative zero = %v, %v", d, err)
	}
}

// FuzzDecimal compares with math/big.
func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-0.50", nines, "0." + nines, "-" + nines[:18] + "." + nines[:18], "18446744073709551616", "9223372036854775808", "1e-36", "x"} {
		f.Add(seed, "1.5")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		d, err := resultset.ParseDecimal(first)
		if err != nil {
			return
		}
		text := d.String()
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q prints as %q", first, text)
		}
		if back, err := resultset.ParseDecimal(text); err != nil || back != d {
			t.Fatalf("%s reads back as %v, %v", text, back, err)
		}
		if d.Rat().Cmp(want) != 0 {
			t.Fatalf("%s.Rat() = %v", text, d.Rat())
		}
		if got := strings.Replace(text, ".", "", 1); d.BigInt().String() != new(big.Rat).SetInt(integerOf(got)).Num().String() {
			t.Fatalf("%s.BigInt() = %v", text, d.BigInt())
		}
		if f, _ := strconv.ParseFloat(text, 64); d.Float64() != f {
			t.Fatalf("%s.Float64() = %v, want %v", text, d.Float64(), f)
		}
		if n, exact := d.Int64(); exact != (want.IsInt() && want.Num().IsInt64()) || exact && n != want.Num().Int64() {
			t.Fatalf("%s.Int64() = %d, %v", text, n, exact)
		}
		var composed resultset.Decimal
		form, negative, coefficient, exponent := d.Decompose(nil)
		if err := composed.Compose(form, negative, coefficient, exponent); err != nil || composed != d {
			t.Fatalf("%s composes to %v, %v", text, composed, err)
		}
		if new(big.Int).SetBytes(coefficient).Cmp(new(big.Int).Abs(d.BigInt())) != 0 {
			t.Fatalf("%s decomposes to %v", text, coefficient)
		}
		e, err := resultset.ParseDecimal(second)
		if err != nil {
			return
		}
		if got := d.Cmp(e); got != want.Cmp(e.Rat()) || got != -e.Cmp(d) || (got == 0) != d.Equal(e) {
			t.Fatalf("%v.Cmp(%v) = %d, want %d", d, e, got, want.Cmp(e.Rat()))
		}
	})
}

func integerOf(text string) *big.Int {
	n, _ := new(big.Int).SetString(text, 10)
	return n
}

func ExampleDecimal() {
	price, err := resultset.ParseDecimal("19.90")
	if err != nil {
		fmt.Println(err)
		return
	}
	other, err := resultset.NewDecimal(199, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(price, other, price.Equal(other))
	fmt.Printf("%8.1f\n", price)
	fmt.Println(price.BigInt(), price.Scale())
	// Output:
	// 19.90 19.9 true
	//     19.9
	// 1990 2
}
