package sqlword_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/internal/sqlword"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

func TestCut(t *testing.T) {
	for sql, want := range map[string][2]string{
		"":                               {"", ""},
		" \n\t":                          {"", ""},
		"select 1":                       {"SELECT", " 1"},
		"  ( (SELECT(1)":                 {"SELECT", "(1)"},
		"-- a\n-- b\r\nWith x":           {"WITH", " x"},
		"-- a":                           {"", ""},
		"/* a * / -- */INSERT/**/INTO t": {"INSERT", "/**/INTO t"},
		"/*/ a */ commit":                {"COMMIT", ""},
		"/* a":                           {"", ""},
		"/*":                             {"", ""},
		"/*/":                            {"", ""},
		"-":                              {"", "-"},
		"1+1":                            {"", "1+1"},
		"SELECT_x":                       {"SELECT", "_x"},
		"\u00e4lter":                     {"", "\u00e4lter"},
		"\xffSELECT":                     {"", "\xffSELECT"},
	} {
		word, rest := sqlword.Cut(sql)
		if got := [2]string{word, rest}; got != want {
			t.Errorf("%q: got %q, want %q", sql, got, want)
		}
		word, rest = sqlword.First(sql)
		if !strings.EqualFold(word, want[0]) || rest != want[1] || !strings.HasSuffix(sql, word+rest) {
			t.Errorf("%q as it is written: %q, %q", sql, word, rest)
		}
	}
}

// FuzzCut checks that nothing but white space, comments and parentheses comes before the word.
func FuzzCut(f *testing.F) {
	for _, sql := range []string{"SELECT 1", "-- a\n(/* b */ WITH", "/*/", "--", "(((", "/**/--\n/**/x1"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		word, rest := sqlword.Cut(sql)
		before, found := strings.CutSuffix(sql, rest)
		if !found {
			t.Fatalf("%q is not the end of %q", rest, sql)
		}
		if word == "" {
			return
		}
		if upper := strings.ToUpper(before); !strings.HasSuffix(upper, word) {
			t.Fatalf("%q does not end in %q", before, word)
		}
		before = before[:len(before)-len(word)]
		for before != "" {
			switch {
			case strings.HasPrefix(before, "--"):
				i := strings.IndexByte(before, '\n')
				if i < 0 {
					t.Fatalf("%q: the word is in a comment", sql)
				}
				before = before[i:]
			case strings.HasPrefix(before, "/*"):
				i := strings.Index(before[2:], "*/")
				if i < 0 {
					t.Fatalf("%q: the word is in a comment", sql)
				}
				before = before[i+4:]
			case strings.ContainsRune(" \t\r\n\f\v(", rune(before[0])):
				before = before[1:]
			default:
				t.Fatalf("%q: %q comes before the word", sql, before)
			}
		}
	})
}
