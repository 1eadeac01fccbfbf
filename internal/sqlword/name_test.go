package sqlword_test

import (
	"testing"

	"github.com/exawire/exawire/internal/sqlword"
)

func TestIsName(t *testing.T) {
	for text, want := range map[string]bool{
		"ORDERS": true, "sales.orders": true, `"Mixed case"`: true, `"a""b"."c"`: true, "\u00e4_1": true, `s."t"`: true,
		"": false, "1a": false, "_a": false, "a b": false, "a.": false, ".a": false, "a..b": false, `""`: false, `"a`: false,
		`"a"b`: false, "a;b": false, "a--": false, "a-b": false, `a"b"`: false,
	} {
		if got := sqlword.IsName(text); got != want {
			t.Errorf("%q: got %t", text, got)
		}
	}
}
