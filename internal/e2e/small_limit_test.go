package e2e_test

import (
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// TestReadWithASmallLimit reads far more than one message may hold.
func TestReadWithASmallLimit(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 200_000))))
	sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.MessageLimit = 64 << 10 }))
	rows, err := sess.Query(t.Context(), "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := resultset.Collect[int64](rows); len(got) != 200_000 || err != nil {
		t.Errorf("%d rows, %v", len(got), err)
	}
}
