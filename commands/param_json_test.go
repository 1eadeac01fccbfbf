package commands_test

import (
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
)

// quoted writes itself by a method of its pointer, as big.Int does.
type quoted struct{ n int }

func (q *quoted) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.Itoa(q.n)), nil
}

// Methods of *T count for a T, wherever it is: without them the value would be lost.
func TestJSONByMethodsOfPointers(t *testing.T) {
	type inside struct {
		Number big.Int
		Quoted [1]quoted
	}
	type twice struct{ Number **big.Int }
	far := big.NewInt(10)
	for want, v := range map[string]interface{ MarshalText() ([]byte, error) }{
		`5`:                           commands.JSON[big.Int]{V: *big.NewInt(5)},
		`"6"`:                         commands.JSON[quoted]{V: quoted{6}},
		`"7"`:                         &commands.JSON[quoted]{V: quoted{7}},
		`{"Number":8,"Quoted":["9"]}`: commands.JSON[inside]{V: inside{*big.NewInt(8), [1]quoted{{9}}}},
		`["1"]`:                       commands.JSON[[]quoted]{V: []quoted{{1}}},
		`"3"`:                         commands.JSON[*quoted]{V: &quoted{3}},
		`{"Number":10}`:               commands.JSON[twice]{V: twice{&far}},
		`null`:                        commands.JSON[*quoted]{},
	} {
		got, err := v.MarshalText()
		if diff := cmp.Diff(want, string(got)); err != nil || diff != "" {
			t.Errorf("%T: %v (-want +got):\n%s", v, err, diff)
		}
	}
}

// listOfItself is a type without an end.
type listOfItself []listOfItself

// An error names its type, also one that never ends.
func TestJSONOfListOfItself(t *testing.T) {
	var list commands.JSON[listOfItself]
	if err := list.UnmarshalText([]byte(`[[],[[]]]`)); err != nil || len(list.V) != 2 {
		t.Errorf("%v, %v", list.V, err)
	}
	err := list.UnmarshalText([]byte(`[1]`))
	if err == nil || err.Error() != "JSON of commands_test.listOfItself: the number before byte 2 does not go into commands_test.listOfItself" {
		t.Errorf("error is %v", err)
	}
}

// Scan is what package database/sql calls. It does not quote what it refuses.
func TestJSONScan(t *testing.T) {
	type doc struct{ A int }
	for _, src := range []any{`{"A":1}`, []byte(`{"A":1}`)} {
		var got commands.JSON[doc]
		if err := got.Scan(src); err != nil || got.V.A != 1 {
			t.Errorf("%T: %+v, %v", src, got, err)
		}
	}
	for _, src := range []any{nil, 1, `{"A":"secret"}`, "secret"} {
		got := commands.JSON[doc]{V: doc{7}}
		if err := got.Scan(src); err == nil || strings.Contains(err.Error(), "secret") || got.V.A != 7 {
			t.Errorf("%v: %+v, %v", src, got, err)
		}
	}
}
