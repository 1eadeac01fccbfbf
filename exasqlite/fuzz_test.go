package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// FuzzExecute runs anything. Every outcome is a result or an exception of the database, and never SQLite's own idea of
// a syntax error: that would be a mistake of the binder.
func FuzzExecute(f *testing.F) {
	files, err := filepath.Glob("testdata/corpus/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for block := range strings.SplitSeq(string(content), "\n\n") {
			_, sql := statementOf(block)
			// A part of the corpus is enough to begin with: SQLite is slow when its coverage is counted.
			if seeds++; seeds%6 == 0 && sql != "" && !strings.Contains(sql, "5000") {
				f.Add(sql)
			}
		}
	}
	b := newBackend(f)
	s := connect(f, b, commands.V5)
	set(f, s, "autocommit", false)
	run(f, s, "CREATE SCHEMA q")
	run(f, s, "CREATE TABLE a (id INT, name VARCHAR(20))")
	run(f, s, "CREATE TABLE b (id INT, a_id INT, price DECIMAL(10,2))")
	run(f, s, "INSERT INTO a VALUES (1, 'x'), (2, 'y')")
	run(f, s, "COMMIT")
	f.Fuzz(func(t *testing.T, sql string) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		res, err := s.Execute(ctx, sql)
		var e *exatest.SQLError
		switch {
		case errors.As(err, &e):
			if strings.Contains(e.Text, "SQLite cannot run") && strings.Contains(e.Text, "syntax error") {
				t.Errorf("%q: %v", sql, err)
			}
		case err != nil && ctx.Err() == nil:
			t.Errorf("%q: %v", sql, err)
		case err == nil:
			show(res, nil)
		}
		if _, err := s.Execute(context.Background(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzDecimal compares the reading of numbers with package big.
func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-12.345", "1e5", "999999999999999999999999999999999999", "0.5", "-0.5", ".5", "5.", "+1", "1e-40", "00012.50"} {
		f.Add(seed, uint8(36), uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, p, s uint8) {
		precision := int(p)%36 + 1
		scale := int(s) % (precision + 1)
		if i := strings.IndexAny(text, "eE"); len(text) > 60 || strings.ContainsAny(text, "_/xXpPbBoO") || i >= 0 && len(text)-i > 5 {
			return // what package big alone reads, or does not
		}
		got, err := exasqlite.RoundTripDecimal(text, precision, scale)
		want, ok := roundRat(text, precision, scale)
		if ok != (err == nil) || ok && got != want {
			t.Errorf("%q as DECIMAL(%d,%d): got %q, %v; want %q, %v", text, precision, scale, got, err, want, ok)
		}
	})
}

// roundRat is the slow way: a rational, rounded half away from zero.
func roundRat(text string, precision, scale int) (string, bool) {
	x, ok := new(big.Rat).SetString(strings.TrimSpace(text))
	if !ok {
		return "", false
	}
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
	x.Mul(x, unit)
	half := big.NewRat(int64(x.Sign()), 2)
	x.Add(x, half)
	n := new(big.Int).Quo(x.Num(), x.Denom())
	if len(new(big.Int).Abs(n).String()) > precision {
		return "", false
	}
	out := new(big.Rat).SetFrac(n, unit.Num()).FloatString(scale)
	if strings.Contains(out, ".") {
		out = strings.TrimRight(strings.TrimRight(out, "0"), ".")
	}
	if out == "-0" {
		out = "0"
	}
	return out, true
}

// FuzzDecimalOrder compares the order of stored numbers with package big.
func FuzzDecimalOrder(f *testing.F) {
	f.Add(int64(0), int64(-1), uint8(0))
	f.Add(int64(-5), int64(-50), uint8(9))
	f.Add(int64(1<<62), int64(1<<61), uint8(18))
	f.Fuzz(func(t *testing.T, a, b int64, shift uint8) {
		factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(shift%9)), nil)
		x := new(big.Int).Mul(big.NewInt(a), factor)
		y := big.NewInt(b)
		got, err := exasqlite.CompareWide(x.String(), y.String())
		if want := x.Cmp(y); err != nil || got != want {
			t.Errorf("compare %v and %v: got %d, %v; want %d", x, y, got, err, want)
		}
	})
}

// FuzzTimes checks that what was read is read the same again.
func FuzzTimes(f *testing.F) {
	for _, seed := range []string{"2024-06-18 17:22:13.123456", "+05-03", "-02 12:50:10.123", "0001-01-01 00:00:00.000000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for name, read := range map[string]func(string) (string, error){
			"year":  func(s string) (string, error) { return exasqlite.ReadInterval(s, true) },
			"day":   func(s string) (string, error) { return exasqlite.ReadInterval(s, false) },
			"stamp": func(s string) (string, error) { return exasqlite.ReadTime(s, "YYYY-MM-DD HH24:MI:SS.FF9") },
			"words": func(s string) (string, error) { return exasqlite.ReadTime(s, "DD MON YYYY HH12:MI AM") },
		} {
			once, err := read(text)
			if err != nil {
				continue
			}
			if twice, err := read(once); err != nil || twice != once {
				t.Errorf("%s: %q is %q, and then %q, %v", name, text, once, twice, err)
			}
		}
	})
}

// FuzzNumberFormat compares TO_CHAR of a number with package fmt, and reads the result again.
func FuzzNumberFormat(f *testing.F) {
	f.Add(int64(-1234567), uint8(9), uint8(2))
	f.Add(int64(0), uint8(1), uint8(0))
	f.Add(int64(999), uint8(2), uint8(0))
	f.Fuzz(func(t *testing.T, v int64, whole, fraction uint8) {
		digits, scale := int(whole%18)+1, int(fraction%9)
		format := strings.Repeat("9", digits-1) + "0"
		number := fmt.Sprintf("%0*d", scale+1, new(big.Int).Abs(big.NewInt(v)))
		number = number[:len(number)-scale] + "." + number[len(number)-scale:]
		if scale == 0 {
			number = strings.TrimSuffix(number, ".")
		} else {
			format += "." + strings.Repeat("9", scale)
		}
		sign := " "
		if v < 0 {
			sign = "-"
		}
		want := fmt.Sprintf("%*s", len(format)+1, sign+number)
		if len(want) > len(format)+1 {
			want = strings.Repeat("#", len(format)+1)
		}
		got, err := exasqlite.FormatNumber(v, scale, format)
		if err != nil || got != want {
			t.Errorf("%d with scale %d in %s: got %q, %v; want %q", v, scale, format, got, err, want)
		}
	})
}

// FuzzScript checks that the statements of a script are statements of their own, and that nothing but them, semicolons,
// blanks and comments is lost.
func FuzzScript(f *testing.F) {
	f.Add("CREATE SCHEMA s; -- a; b\nINSERT INTO t VALUES (';', \"a;\"); /* ; */ ;")
	f.Add("CREATE LUA SCRIPT s AS\nx = '; --\n /\nSELECT 1; CREATE OR REPLACE [Lang] SCALAR SCRIPT f (a INT) RETURNS INT AS\n/\n;")
	f.Fuzz(func(t *testing.T, script string) {
		statements, err := exasqlite.SplitScript(script)
		if err != nil {
			return
		}
		rest := script
		for _, st := range statements {
			again, err := exasqlite.SplitScript(st)
			if err != nil || len(again) != 1 || again[0] != st {
				t.Errorf("%q of %q splits into %q, %v", st, script, again, err)
			}
			_, after, ok := strings.Cut(rest, st)
			if !ok {
				t.Fatalf("%q is not in the rest %q", st, rest)
			}
			rest = after
		}
	})
}
