package commands_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
)

func ExampleValues() {
	ids := []int64{1, 2}
	prices := []string{"10.50", "0.01"}
	days := []*time.Time{new(time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)), nil}

	precision, scale := 12, 2
	params := []commands.ColumnInfo{
		{DataType: commands.DataType{Type: commands.Double}},
		{DataType: commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &scale}},
		{DataType: commands.DataType{Type: commands.Date}},
	}
	for i, col := range []commands.ParamColumn{commands.Values(ids), commands.Values(prices), commands.Values(days)} {
		e, err := commands.NewParamEncoder(col, i, params[i], commands.ParamFormats{})
		if err != nil {
			fmt.Println(err)
			return
		}
		values, err := e.Append(nil, 0, col.Len())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s\n", values)
	}
	// Output:
	// 1.0,2.0
	// "10.5","0.01"
	// "2024-06-18",null
}

func TestParamEncoderRanges(t *testing.T) {
	for _, col := range []commands.ParamColumn{
		commands.Values([]int{0, 1, 2, 3}), commands.Values([]myInt{0, 1, 2, 3}), commands.Values([]any{0, 1, int8(2), 3}),
		commands.Values([]sql.Null[int]{{V: 0, Valid: true}, {V: 1, Valid: true}, {V: 2, Valid: true}, {V: 3, Valid: true}}),
	} {
		e, err := commands.NewParamEncoder(col, 0, params(decimal(5, 0))[0], commands.ParamFormats{})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			lo, hi int
			want   string
		}{{0, 4, "x0,1,2,3"}, {1, 3, "x1,2"}, {3, 4, "x3"}, {2, 2, "x"}, {4, 4, "x"}} {
			got, err := e.Append([]byte("x"), tt.lo, tt.hi)
			if err != nil || string(got) != tt.want {
				t.Errorf("%T[%d:%d]: got %s, %v, want %s", col, tt.lo, tt.hi, got, err, tt.want)
			}
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%T: rows that are not there were encoded", col)
				}
			}()
			_, _ = e.Append(nil, 3, 5)
		}()
	}
}

func TestParamEncoderDoesNotAllocate(t *testing.T) {
	const rows = 100
	m := newMixed10(rows)
	named := make([]myInt, rows)
	amounts := make([]amount, rows)
	texts := make([]appender, rows)
	hashes := make([][16]byte, rows)
	nulls := make([]sql.NullString, rows)
	boxed := make([]any, rows)
	small := make([]any, rows)
	floats := make([]float64, rows)
	for i := range rows {
		texts[i] = "123.45"
		amounts[i].coefficient = []byte{1, 2, 3}
		nulls[i] = sql.NullString{String: "x", Valid: true}
		boxed[i] = m.created[i]
		small[i] = int16(i)
		floats[i] = m.id2float(i)
	}
	for i, tt := range []struct {
		col commands.ParamColumn
		typ commands.DataType
	}{
		{commands.Values(named), decimal(18, 0)},
		{commands.Values(amounts), decimal(36, 0)},
		{commands.Values(texts), decimal(18, 2)},
		{commands.Values(texts), of(commands.Double)},
		{commands.Values(hashes), hashtype(32)},
		{commands.Values(nulls), varchar(5)},
		{commands.Values(boxed), timestamp(9)},
		{commands.Values(small), decimal(5, 0)},
		{commands.Values(small), varchar(5)},
		{commands.Values(m.created), of(commands.TimestampLTZ)},
		{commands.Values(m.created), varchar(30)},
		{commands.Values(floats), decimal(36, 9)},
		{commands.Values(m.price), decimal(18, 2)},
		{commands.Values(m.price), of(commands.Double)},
		{commands.Values(m.id), varchar(30)},
	} {
		checkNoAllocations(t, fmt.Sprint("column ", i), tt.col, tt.typ)
	}
	for i, col := range m.columns() {
		checkNoAllocations(t, fmt.Sprint("mixed10 ", i), col, m.params()[i].DataType)
	}
}

func (m *mixed10) id2float(i int) float64 { return float64(m.id[i]) / 1e9 }

func checkNoAllocations(t *testing.T, name string, col commands.ParamColumn, typ commands.DataType) {
	t.Helper()
	e, err := commands.NewParamEncoder(col, 0, commands.ColumnInfo{DataType: typ}, commands.ParamFormats{Location: time.UTC})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var out []byte
	allocs := testing.AllocsPerRun(10, func() {
		if out, err = e.Append(out[:0], 0, col.Len()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	})
	if allocs >= 2 { // one is for the whole block
		t.Errorf("%s: %v allocations for %d values", name, allocs, col.Len())
	}
}

// FuzzParamText compares the JSON text of strings with encoding/json.
func FuzzParamText(f *testing.F) {
	for _, s := range []string{"", "a", "12345678", "1234567\"", "\\", "\x00", "ä\n", "12345678ä\"", "\xff", "12345678\xc3", "\x7f\x80", "\u2028<>&"} {
		f.Add(s, 100)
	}
	f.Fuzz(func(t *testing.T, s string, size int) {
		size &= 0xff
		fromString, err := encode(t, commands.Values([]string{s}), varchar(size), commands.ParamFormats{})
		fromBytes, bytesErr := encode(t, commands.Values([][]byte{append([]byte{}, s...)}), varchar(size), commands.ParamFormats{})
		if fromString != fromBytes || (err == nil) != (bytesErr == nil) {
			t.Fatalf("%q: string gives %q, %v, bytes give %q, %v", s, fromString, err, fromBytes, bytesErr)
		}
		if good := utf8.ValidString(s) && utf8.RuneCountInString(s) <= size; good != (err == nil) {
			t.Fatalf("%q for %d characters: %v", s, size, err)
		}
		if err != nil {
			return
		}
		var back string
		if err := json.Unmarshal([]byte(fromString), &back); err != nil || back != s {
			t.Fatalf("%q became %s, which is %q, %v", s, fromString, back, err)
		}
		var want strings.Builder
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(s); err != nil {
			t.Fatal(err)
		}
		if len(fromString) > len(want.String()) && !strings.ContainsAny(s, "\b\f") {
			t.Fatalf("%q became %s, longer than %s", s, fromString, &want)
		}
	})
}

// FuzzParamDecimal compares decimals with computing in big.Rat.
func FuzzParamDecimal(f *testing.F) {
	for _, s := range []string{"0", "-0.50", "12.345", "1e3", "1e-3", "99999", "+.5", "5.", "00100", "1e36", "0.00e99", "-12345678901234567890.1"} {
		f.Add(s, uint8(18), uint8(2), true)
	}
	f.Fuzz(func(t *testing.T, s string, precision, scale uint8, truncate bool) {
		p := int(precision)%36 + 1
		sc := int(scale) % (p + 1)
		if _, exponent, ok := strings.Cut(strings.ToLower(s), "e"); len(s) > 200 || ok && len(exponent) > 4 {
			return // big.Rat would compute for long
		}
		got, err := encode(t, commands.Values([]string{s}), decimal(p, sc), commands.ParamFormats{Truncate: truncate})
		fromBytes, bytesErr := encode(t, commands.Values([][]byte{[]byte(s)}), decimal(p, sc), commands.ParamFormats{Truncate: truncate})
		if (err == nil) != (bytesErr == nil) || got != fromBytes && s != "" {
			t.Fatalf("%q: string gives %q, %v, bytes give %q, %v", s, got, err, fromBytes, bytesErr)
		}
		want, ok := new(big.Rat).SetString(s)
		ok = ok && strings.Trim(s, "+-0123456789.eE") == ""
		if s == "" {
			ok = got == "null"
			if !ok {
				t.Fatalf("empty text became %q, %v", got, err)
			}
			return
		}
		if !ok {
			if err == nil {
				t.Fatalf("%q is not a number, but became %s", s, got)
			}
			return
		}
		unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(sc)), nil))
		scaled := new(big.Rat).Quo(want, unit)
		fits := scaled.IsInt()
		if !fits && truncate {
			scaled.SetInt(new(big.Int).Quo(scaled.Num(), scaled.Denom()))
			fits = true
		}
		limit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(p)), nil))
		fits = fits && new(big.Rat).Abs(scaled).Cmp(limit) < 0
		if fits != (err == nil) {
			t.Fatalf("%q to DECIMAL(%d,%d): got %s, %v, want fit %v", s, p, sc, got, err, fits)
		}
		if err != nil {
			return
		}
		back, ok := new(big.Rat).SetString(strings.Trim(got, `"`))
		if !ok || back.Cmp(new(big.Rat).Mul(scaled, unit)) != 0 {
			t.Fatalf("%q to DECIMAL(%d,%d) became %s", s, p, sc, got)
		}
		if number := !strings.HasPrefix(got, `"`); number != (sc == 0 && len(strings.Trim(got, `"-`)) <= 18) {
			t.Fatalf("%q to DECIMAL(%d,%d) became %s: wrong kind of JSON", s, p, sc, got)
		}
	})
}

// FuzzParamTimestamp reads what was written with the layouts that results are read with.
func FuzzParamTimestamp(f *testing.F) {
	f.Add(int64(0), int64(0), "YYYY-MM-DD HH24:MI:SS.FF9")
	f.Add(int64(-62135596800), int64(1), "YYYY-MM-DD HH24:MI:SS.FF3")
	f.Add(int64(253402300799), int64(999999999), "DD.MM.YYYY HH24:MI:SS")
	f.Add(int64(1718724133), int64(123456000), `YYYY-MM-DD/HH12:MI:SS.FF6 P.M.`)
	f.Fuzz(func(t *testing.T, sec, nanos int64, format string) {
		v := time.Unix(sec, nanos).UTC()
		formats := commands.ParamFormats{Timestamp: format, Location: time.UTC}
		got, err := encode(t, commands.Values([]time.Time{v}), of(commands.Timestamp), formats)
		local, localErr := encode(t, commands.Values([]time.Time{v}), of(commands.TimestampLTZ), formats)
		if (err == nil) != (localErr == nil) || got != local {
			t.Fatalf("%v: TIMESTAMP gives %s, %v, in the zone UTC %s, %v", v, got, err, local, localErr)
		}
		if err != nil || format == "" {
			return
		}
		layout, err := exatext.Compile(format)
		if err != nil {
			t.Fatalf("format %q was used: %v", format, err)
		}
		var text string
		if err := json.Unmarshal([]byte(got), &text); err != nil {
			t.Fatal(err)
		}
		c, err := layout.Parse([]byte(text))
		if err != nil || c.Unix() != v.Unix() || c.Nanos != v.Nanosecond() {
			t.Fatalf("%v became %q, which is %+v, %v", v, text, c, err)
		}
		again, err := encode(t, commands.Values([]string{text}), of(commands.Timestamp), formats)
		if err != nil || again != got {
			t.Fatalf("%q became %s, %v", text, again, err)
		}
	})
}
