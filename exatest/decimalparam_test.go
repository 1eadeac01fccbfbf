package exatest_test

import (
	"math/rand/v2"
	"testing"

	"github.com/exawire/exawire/exatest"
)

// Both ways of reading a DECIMAL agree, and the fast one is taken for what is usual.
func TestDecimalParametersAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(texts ...string) string { return texts[r.IntN(len(texts))] }
	digits := func(most int) (text string) {
		for range r.IntN(most + 1) {
			text += pick("0", "0", "1", "5", "9")
		}
		return text
	}
	fast := 0
	for range 100_000 {
		text := pick("", "", "-", "-", "+") + digits(8) + pick("", ".", ".", ",") + digits(5) + pick("", "", "", "e2", " ", "x")
		if r.IntN(2) == 0 {
			text = `"` + text + `"`
		}
		separator, doubles, precision := pick(".", ","), r.IntN(4) == 0, 1+r.IntN(10)
		scale := r.IntN(min(precision, 5) + 1)
		plain, ok, anyway, err := exatest.ReadDecimal(text, separator, doubles, precision, scale)
		if !ok {
			continue
		}
		fast++
		if err != nil || plain != anyway {
			t.Fatalf("%s with %s as DECIMAL(%d,%d): %q, but %q, %v", text, separator, precision, scale, plain, anyway, err)
		}
	}
	if fast < 5_000 {
		t.Errorf("%d texts only were plain", fast)
	}
}
