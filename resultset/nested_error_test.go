package resultset_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/exawire/exawire/resultset"
)

// lookup is a Scanner that reads rows of its own, without success.
type lookup struct{}

func (*lookup) Scan(any) error {
	return fmt.Errorf("look up: %w", &resultset.ScanError{Column: "INNER", Row: 7})
}

// The place of an error is the one in the rows that are read, not one in rows that a Scan method reads.
func TestErrorOfNestedRows(t *testing.T) {
	type outer struct {
		K     int
		Outer lookup
	}
	_, err := resultset.Collect[outer](of(t, cols("K", "OUTER"), 2))
	var place *resultset.ScanError
	if !errors.As(err, &place) || place.Column != "OUTER" || place.Index != 1 || place.Row != 0 {
		t.Errorf("Collect: %v", err)
	}
	rows := of(t, cols("OUTER"), 2)
	defer rows.Close()
	rows.Next()
	if err := rows.Scan(new(lookup)); !errors.As(err, &place) || place.Column != "OUTER" {
		t.Errorf("Scan: %v", err)
	}
}
