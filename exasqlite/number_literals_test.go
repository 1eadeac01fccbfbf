package exasqlite_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
)

// TestNumberLiterals checks that the type of a number has the digits that count: zeros at the end of a fraction, like
// those before a number, do not.
func TestNumberLiterals(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	for literal, want := range map[string]string{
		"1": "DECIMAL(1,0) 1", "1.": "DECIMAL(1,0) 1", "1.0": "DECIMAL(1,0) 1", "10.0": "DECIMAL(2,0) 10", "10.50": "DECIMAL(3,1) 10.5",
		"0.0": "DECIMAL(1,0) 0", ".50": "DECIMAL(1,1) 0.5", "0.050": "DECIMAL(2,2) 0.05", "007.0": "DECIMAL(1,0) 7", "100": "DECIMAL(3,0) 100",
		"1.0000000000000000000000000000000000000000": "DECIMAL(1,0) 1", "1.0e0": "DOUBLE PRECISION 1", "-1.0": "DECIMAL(1,0) -1",
		"1.0 + 1": "DECIMAL(2,0) 2", "1.10 * 1": "DECIMAL(3,1) 1.1", "CAST(1 AS DOUBLE)": "DOUBLE PRECISION 1",
		"CAST('1.0' AS DECIMAL(3,2))": "DECIMAL(3,2) 1", "TYPEOF(1e0)": "CHAR(6) ASCII DOUBLE",
	} {
		res := run(t, s, "SELECT "+literal)
		if diff := cmp.Diff(want, res.Columns[0].DataType.String()+" "+rowsOf(res)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", literal, diff)
		}
	}
}
