package exasqlite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/exawire/exawire"
)

// An instant that is written in a zone with a repeated hour is stored as that very instant, which the session reads in UTC,
// or refused.
func TestInstantsInZones(t *testing.T) {
	endToEnd(t, func(t *testing.T, sess *exawire.Session) {
		mustExec(t, sess, "CREATE TABLE instants (id DECIMAL(9), moment TIMESTAMP(3) WITH LOCAL TIME ZONE)")
		id := 0
		for _, behavior := range []string{"INVALID SHIFT AMBIGUOUS ST", "INVALID SHIFT AMBIGUOUS DST", "ENSURE REVERSIBILITY"} {
			for _, hour := range []int{4, 5, 6, 7} {
				id++
				at := time.Date(2024, 11, 3, hour, 30, 0, 0, time.UTC)
				mustExec(t, sess, "ALTER SESSION SET TIME_ZONE = 'AMERICA/NEW_YORK'")
				mustExec(t, sess, fmt.Sprintf("ALTER SESSION SET TIME_ZONE_BEHAVIOR = '%s'", behavior))
				stmt, err := sess.Prepare(t.Context(), "INSERT INTO instants VALUES (?, ?)")
				if err != nil {
					t.Fatal(err)
				}
				_, err = stmt.Exec(t.Context(), id, at)
				if err := stmt.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				want := hour == 4 || hour == 7 || hour == 5 && behavior == "INVALID SHIFT AMBIGUOUS DST" || hour == 6 && behavior == "INVALID SHIFT AMBIGUOUS ST"
				if (err == nil) != want {
					t.Errorf("%v, %s: %v", at, behavior, err)
				}
				if err != nil {
					continue
				}
				mustExec(t, sess, "ALTER SESSION SET TIME_ZONE = 'UTC'")
				rows, err := sess.Query(t.Context(), fmt.Sprintf("SELECT moment FROM instants WHERE id = %d", id))
				if err != nil {
					t.Fatal(err)
				}
				for row, err := range rows.All() {
					var got time.Time
					if err == nil {
						err = row.Scan(&got)
					}
					if err != nil || !got.Equal(at) {
						t.Errorf("%s: %v was stored as %v, %v", behavior, at, got, err)
					}
				}
			}
		}
	})
}

// CONVERT_TZ takes times that come twice, and zones of any name, as the session's zone does.
func TestConvertTZ(t *testing.T) {
	endToEnd(t, func(t *testing.T, sess *exawire.Session) {
		for _, tt := range []struct{ behavior, text, from, want string }{
			{"INVALID SHIFT AMBIGUOUS ST", "2024-11-03 01:30:00", "AMERICA/NEW_YORK", "2024-11-03 06:30:00.000000"},
			{"INVALID SHIFT AMBIGUOUS DST", "2024-11-03 01:30:00", "AMERICA/NEW_YORK", "2024-11-03 05:30:00.000000"},
			{"INVALID SHIFT AMBIGUOUS ST", "2024-03-10 02:30:00", "AMERICA/NEW_YORK", "2024-03-10 07:30:00.000000"},
			{"INVALID ADJUST AMBIGUOUS ST", "2024-03-10 02:30:00", "AMERICA/NEW_YORK", "2024-03-10 07:00:00.000000"},
			{"INVALID SHIFT AMBIGUOUS ST", "2024-07-01 12:00:00", "AMERICA/KNOX_IN", "2024-07-01 17:00:00.000000"},
		} {
			mustExec(t, sess, fmt.Sprintf("ALTER SESSION SET TIME_ZONE_BEHAVIOR = '%s'", tt.behavior))
			rows, err := sess.Query(t.Context(), fmt.Sprintf("SELECT CONVERT_TZ(TIMESTAMP '%s', '%s', 'UTC')", tt.text, tt.from))
			if err != nil {
				t.Fatal(err)
			}
			for row, err := range rows.All() {
				var got string
				if err == nil {
					err = row.Scan(&got)
				}
				if err != nil || got != tt.want {
					t.Errorf("%+v: %s, %v", tt, got, err)
				}
			}
		}
	})
}
