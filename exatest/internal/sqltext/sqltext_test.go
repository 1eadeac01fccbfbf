package sqltext_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// FuzzStatement takes statements apart, and compares the first word with what a slow look at the whole text finds.
func FuzzStatement(f *testing.F) {
	for _, seed := range []string{
		"SELECT  'a  b' -- c\n FROM \"x  y\";", "/* a */ import into t from csv at 'https://1.2.3.4:5' public key 'x' file 'y'", "'a b", ";", "--", "\u00a0a\u2003b",
		"EXPORT t INTO CSV AT 'https://[::1]:1' FILE 'a' AT 'https://1.2.3.4' IGNORE CERTIFICATE",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		want := ""
		if words := strings.Fields(strings.ToUpper(sqltext.WithoutComments(sql))); len(words) > 0 {
			want = strings.TrimRight(words[0], ";")
		}
		if got := sqltext.FirstWord(sql); got != want {
			t.Errorf("the first word of %q is %q, want %q", sql, got, want)
		}
		normal := sqltext.Normal(sql)
		without := strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")
		trimmed := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(sql), ";"))
		if got, want := without.Replace(normal), without.Replace(trimmed); got != want {
			t.Errorf("%q became %q", sql, normal)
		}
	})
}
