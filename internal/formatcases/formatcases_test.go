package formatcases_test

import (
	"fmt"
	"testing"

	"github.com/exawire/exawire/internal/formatcases"
)

func TestTables(t *testing.T) {
	seen := map[formatcases.Case]bool{}
	for _, c := range formatcases.Cases() {
		formatcases.Time(c.Moment)
		if c.Back != "" {
			formatcases.Time(c.Back)
		}
		if c.Exact && c.Back == "" || c.Refused() && c.Back != "" {
			t.Errorf("%+v contradicts itself", c)
		}
		if seen[c] {
			t.Errorf("%+v is there twice", c)
		}
		seen[c] = true
	}
}

func TestTime(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a moment in another form was taken")
		}
	}()
	formatcases.Time("18.06.2024")
}

func ExampleCases() {
	for _, c := range formatcases.Cases() {
		switch c.Format {
		case "YYYY-DDD", "p.m.HH12MISSYYYYMMDD", "YYYY+MM+DD":
			fmt.Printf("%s: %q, refused %t, exact %t\n", c.Format, c.Text, c.Refused(), c.Exact)
		}
	}
	// Output:
	// p.m.HH12MISSYYYYMMDD: "a.m.12000020240618", refused false, exact true
	// YYYY-DDD: "2024-170", refused false, exact false
	// YYYY+MM+DD: "", refused true, exact false
}
