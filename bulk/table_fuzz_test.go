package bulk

import (
	"bytes"
	"encoding/csv"
	"io"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/exatext"
)

// What encoding/csv writes is read as it was.
func FuzzSampleScanner(f *testing.F) {
	f.Add("a", "b,c", "d\"e", "f\ng")
	f.Add("", " ", "\r", "ä\r\nö")
	f.Add("x", "", "", "\"")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		want := [][]string{{a, b}, {c, d}}
		var file bytes.Buffer
		if err := csv.NewWriter(&file).WriteAll(want); err != nil {
			t.Fatal(err)
		}
		s := newSampleScanner(&file, &CSV{})
		var got [][]string
		for {
			err := s.next()
			if err == io.EOF { //nolint:errorlint // as next documents it
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			var row []string
			for i := range s.fields {
				row = append(row, string(s.value(i)))
			}
			got = append(got, row)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// The type that is found for a value holds it without a change.
func FuzzGuess(f *testing.F) {
	for _, text := range []string{"1", "-0.50", "1e5", "007", "2024-02-30", "2024-02-29 12:00:00.5", "true", "0.1e1", "9007199254740993e0", ".5", strings.Repeat("9", 40)} {
		f.Add(text, "1")
		f.Add(text, "1.25e2")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || b == "" || !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		var c columnSample
		c.add([]byte(a), nil)
		c.add([]byte(b), nil)
		typ, format := c.guess()
		for _, text := range []string{a, b} {
			if err := holds(typ, format, text); err != "" {
				t.Errorf("%q and %q: %s does not hold %q: %s", a, b, typ, text, err)
			}
		}
	})
}

// holds returns why a type cannot hold a text, "" if it can.
func holds(typ, format, text string) string {
	name, rest, _ := strings.Cut(typ, "(")
	switch name {
	case "BOOLEAN":
		if !strings.EqualFold(text, "true") && !strings.EqualFold(text, "false") {
			return "no boolean"
		}
	case "DECIMAL":
		_, err := exatext.ParseNumber([]byte(text), '.')
		if err != nil || strings.ContainsAny(text, "+eE") || len(text) > 1 && text[0] == '0' && text[1] != '.' {
			return "no plain number"
		}
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
		var precision, scale int
		for i, part := range strings.Split(strings.TrimSuffix(rest, ")"), ",") {
			v, _ := new(big.Int).SetString(part, 10)
			if i == 0 {
				precision = int(v.Int64())
			} else {
				scale = int(v.Int64())
			}
		}
		if len(fraction) > scale || len(strings.TrimLeft(whole, "0")) > precision-scale {
			return "too many digits"
		}
	case "DOUBLE PRECISION":
		x, ok := new(big.Rat).SetString(text)
		if !ok {
			return "no number"
		}
		f, _ := x.Float64()
		for digits := range 17 { // one of the ways to write the float is the text
			y, ok := new(big.Rat).SetString(new(big.Float).SetFloat64(f).Text('e', digits))
			if ok && y.Cmp(x) == 0 {
				return ""
			}
		}
		return "another number"
	case "DATE", "TIMESTAMP":
		if name == "TIMESTAMP" && strings.Contains(format, ".FF") {
			whole, fraction, _ := strings.Cut(text, ".")
			text = whole + "." + (fraction + "000000000")[:format[len(format)-1]-'0']
		}
		l, err := exatext.Compile(format)
		if err != nil {
			return err.Error()
		}
		if _, err := l.Parse([]byte(text)); err != nil {
			return err.Error()
		}
	}
	return ""
}
