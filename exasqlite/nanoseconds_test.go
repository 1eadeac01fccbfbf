package exasqlite_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/resultset"
)

// With the formats pinned a TIMESTAMP(9) is stored and read back with all its digits.
func TestNanoseconds(t *testing.T) {
	sess := clientSession(t, "pinformats=1")
	mustExec(t, sess, "CREATE SCHEMA s")
	mustExec(t, sess, "CREATE TABLE moments (moment TIMESTAMP(9))")
	want := []time.Time{
		time.Date(2024, 6, 18, 10, 11, 12, 123456789, time.UTC), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
	}
	for _, at := range want {
		if _, err := sess.Exec(t.Context(), "INSERT INTO moments VALUES (?)", at); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := sess.Query(t.Context(), "SELECT moment FROM moments ORDER BY moment DESC")
	if err != nil {
		t.Fatal(err)
	}
	got, err := resultset.Collect[time.Time](rows)
	want[0], want[1], want[2] = want[2], want[0], want[1]
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
}
