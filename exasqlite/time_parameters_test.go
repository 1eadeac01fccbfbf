package exasqlite_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// TestTimeParameters checks that the text of a parameter means what the text of a literal means: what is missing at its
// end is zero.
func TestTimeParameters(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA q")
	run(t, s, "CREATE TABLE t (ts TIMESTAMP(6), tz TIMESTAMP(6) WITH LOCAL TIME ZONE)")
	st, err := s.Prepare(context.Background(), "INSERT INTO t VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	for _, moment := range []string{"2024-06-18 17:22:13.123456", "2024-06-18 17:22:13.1", "2024-06-18 17:22:13", "2024-06-18 17:22", "2024-06-18"} {
		run(t, s, "DELETE FROM t")
		run(t, s, "INSERT INTO t VALUES (TIMESTAMP '"+moment+"', TIMESTAMP '"+moment+"')")
		if _, err := st.Execute(context.Background(), []exatest.Values{text{moment}, text{moment}}); err != nil {
			t.Errorf("%s: %v", moment, err)
		}
		if diff := cmp.Diff("1", rowsOf(run(t, s, "SELECT COUNT(*) FROM (SELECT DISTINCT ts, tz FROM t)"))); diff != "" {
			t.Errorf("%s: different moments (-want +got):\n%s", moment, diff)
		}
	}
}
