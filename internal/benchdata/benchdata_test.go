package benchdata_test

import (
	"encoding/json"
	"testing"

	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// TestOfWidth: every column has a name of its own, and as many values as there are rows.
func TestOfWidth(t *testing.T) {
	const columns, rows = 23, 7
	shape := benchdata.OfWidth(columns)
	names := map[string]bool{}
	for _, c := range benchdata.Header[struct{ Name string }](shape) {
		names[c.Name] = true
	}
	if len(names) != columns {
		t.Errorf("%d names: %v", len(names), names)
	}
	var data [][]any
	if err := json.Unmarshal(shape.Data(rows), &data); err != nil {
		t.Fatal(err)
	}
	if len(data) != columns {
		t.Errorf("%d columns of values", len(data))
	}
	for i, values := range data {
		if len(values) != rows {
			t.Errorf("column %d has %d values", i, len(values))
		}
	}
}
