package exatest_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/exawire/exawire/exatest"
)

// FuzzParameterData takes valid JSON apart as package json does, and reads its texts like it.
func FuzzParameterData(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[[]]`, `[[1,2.5e-3,null],["a","\\\"",""]]`, ` [ [ true , false ] , [ ] , null ] `, `[[{"a":[1,{"b":"]"}]},[[],[1]]],[[]]]`,
		`[1]`, `["[]"]`, `{}`, `null`, `"x"`, `12`, `[[1],2]`, `[{}]`, `[["\u00e4\ud83d\ude00","\ud800"],["ä","\xff"]]`, "[[\n1\r,\t2]]", `[[-0]]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		// The values of a message have no blanks around them.
		var data json.RawMessage
		if err := json.Unmarshal([]byte(text), &data); err != nil || string(data) == "null" {
			return
		}
		var want [][]json.RawMessage
		err := json.Unmarshal(data, &want)
		got, ok := exatest.ColumnsOf(data)
		if ok != (err == nil) {
			t.Fatalf("%q: %v, package json says %v", text, ok, err)
		}
		if !ok {
			return
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", text, diff)
		}
		for _, column := range got {
			for _, raw := range column {
				var want string
				text, err := exatest.TextOf(raw)
				if (err == nil) != (raw[0] == '"') || err == nil && (json.Unmarshal(raw, &want) != nil || text != want) {
					t.Errorf("%q is %q, %v; package json reads %q", raw, text, err, want)
				}
			}
		}
	})
}
