package fault_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// canonical is a document with its keys in order.
func canonical(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestDocumentFaults(t *testing.T) {
	for _, tt := range []struct {
		fault fault.Fault
		check func(text string) bool
	}{
		{fault.TruncateJSON(), func(s string) bool { return s == plainAnswer[:len(plainAnswer)/2] }},
		{fault.Garbage(), func(s string) bool { return !json.Valid([]byte(s)) }},
		{fault.Replace("DECIMAL", "FUTURE"), func(s string) bool { return s == strings.ReplaceAll(plainAnswer, "DECIMAL", "FUTURE") }},
		{fault.WhiteSpace(), func(s string) bool {
			return s != plainAnswer && strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(s) == plainAnswer
		}},
		{fault.ReorderKeys(), func(s string) bool {
			return strings.HasPrefix(s, `{"responseData":{"results":[{"resultSet":{"data":[[0,1,2]`) && canonical(t, s) == canonical(t, plainAnswer)
		}},
		{fault.UnknownKeys(), func(s string) bool {
			return json.Valid([]byte(s)) && strings.Count(s, `"zzFirst"`) == 8 && strings.Count(s, `"zzLast"`) == 8 && strings.HasPrefix(s, `{"zzFirst"`)
		}},
		{fault.OmitKeys("data", "numRowsInMessage", "numResults"), func(s string) bool {
			return !strings.Contains(s, `"data":`) && !strings.Contains(s, "numRowsIn") && !strings.Contains(s, "numResults") && strings.Contains(s, `"numRows":3`)
		}},
		{fault.SetKey("numRows", -5), func(s string) bool { return s == strings.Replace(plainAnswer, `"numRows":3`, `"numRows":-5`, 1) }},
		{fault.AttributesEverywhere(), func(s string) bool {
			return strings.Contains(s, `"attributes":{"autocommit":true`) && strings.Contains(s, "timezone")
		}},
		{fault.DuplicateNames(), func(s string) bool { return strings.Count(s, `"name":"A"`) == 2 }},
		{fault.EmptyNames(), func(s string) bool { return strings.Count(s, `"name":""`) == 2 }},
		{fault.WrongNumRows(2), func(s string) bool {
			return strings.Contains(s, `"numRowsInMessage":5`) && strings.Contains(s, `"numRows":3`)
		}},
		{fault.MissingColumn(), func(s string) bool {
			return strings.Contains(s, `"data":[[0,1,2]]`) && strings.Contains(s, `"numColumns":2`)
		}},
		{fault.RaggedColumns(), func(s string) bool { return strings.Contains(s, `"data":[[0,1,2],["x","y"]]`) }},
		{fault.WrongKinds(), func(s string) bool { return strings.Contains(s, `"data":[[{"a":[1]},1,2],[{"a":[1]},"y","z"]]`) }},
		{fault.NumbersAsStrings(), func(s string) bool { return strings.Contains(s, `"data":[["0","1","2"],["x","y","z"]]`) }},
		{fault.NegativeHandles(), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":-3`) && strings.Contains(s, `"data":[[0,1,2],["x","y","z"]]`)
		}},
		{fault.SplitInline(0), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":1`) && !strings.Contains(s, `"data"`)
		}},
		{fault.SplitInline(2), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":1`) && strings.Contains(s, `"numRowsInMessage":2`) && strings.Contains(s, `"data":[[0,1],["x","y"]]`)
		}},
		{fault.SplitInline(9), func(s string) bool {
			return strings.Contains(s, `"resultSetHandle":1`) && strings.Contains(s, `"numRowsInMessage":3`)
		}},
	} {
		faulty(t, tt.fault, func(t *testing.T, c *testclient.Client) {
			c.Send(query)
			if text, err := c.Recv(); err != nil || !tt.check(text) {
				t.Errorf("got %s, %v", text, err)
			}
		})
	}
}

func TestOpenTransactionAsNumber(t *testing.T) {
	faulty(t, fault.OpenTransactionAsNumber(), func(t *testing.T, c *testclient.Client) {
		c.OK(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
		if a := c.Execute("Q"); fmt.Sprint(a.Attrs["openTransaction"]) != "1" {
			t.Errorf("got %s", a.Raw)
		}
		if a := c.Execute("COMMIT"); fmt.Sprint(a.Attrs["openTransaction"]) != "0" {
			t.Errorf("got %s", a.Raw)
		}
	})
}
