package compat

import (
	"database/sql"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exatest"
)

// What programs of the official driver scan, and get here as well.
func TestDriverGoScan(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		for _, tt := range []struct {
			value, sqlType string
			want           any
		}{
			{"1", "DECIMAL(18,0)", int64(1)},
			{"100000000", "DECIMAL(18,0)", int64(100000000)},
			{"-100000000", "DECIMAL(18,0)", int64(-100000000)},
			{"1", "DECIMAL(18,0)", 1},
			{"1", "DECIMAL(18,0)", 1.0},
			{"1", "DECIMAL(18,0)", "1"},
			{fmt.Sprint(math.MaxInt64), "DECIMAL(36,0)", int64(math.MaxInt64)},
			{fmt.Sprint(math.MinInt64), "DECIMAL(36,0)", int64(math.MinInt64)},
			{"2.2", "DECIMAL(18,2)", 2.2},
			{"3.3", "DOUBLE PRECISION", 3.3},
			{"-3.3", "DOUBLE PRECISION", -3.3},
			{"1.7976e+308", "DOUBLE PRECISION", 1.7976e+308},
			{"-1.7976e+308", "DOUBLE PRECISION", -1.7976e+308},
			{"5e-324", "DOUBLE PRECISION", math.SmallestNonzeroFloat64},
			{fmt.Sprint(math.MaxFloat32), "DOUBLE PRECISION", float32(math.MaxFloat32)},
			{fmt.Sprint(math.SmallestNonzeroFloat32), "DOUBLE PRECISION", float32(math.SmallestNonzeroFloat32)},
			{"3.3", "DOUBLE PRECISION", "3.3"},
			{"'text'", "VARCHAR(10)", "text"},
			{"'text'", "CHAR(10)", "text      "},
			{"'point(1 2)'", "GEOMETRY", "point(1 2)"}, // how it is spelt is the server's
			{"'5-3'", "INTERVAL YEAR TO MONTH", "+05-03"},
			{"'2 12:50:10.123'", "INTERVAL DAY TO SECOND", "+02 12:50:10.123"},
			{"'550e8400-e29b-11d4-a716-446655440000'", "HASHTYPE", "550e8400e29b11d4a716446655440000"},
			{"true", "BOOLEAN", true},
			{"false", "BOOLEAN", "false"},
		} {
			dest := reflect.New(reflect.TypeOf(tt.want))
			query := fmt.Sprintf("SELECT CAST(%s AS %s) FROM DUAL", tt.value, tt.sqlType)
			if err := db.QueryRowContext(t.Context(), query).Scan(dest.Interface()); err != nil {
				t.Errorf("%s into %T: %v", query, tt.want, err)
			} else if got := dest.Elem().Interface(); tt.sqlType != "GEOMETRY" && !cmp.Equal(tt.want, got) {
				t.Errorf("%s is %v instead of %v", query, got, tt.want)
			}
		}
	})
}

// What programs of the official driver write by prepared statements, and can write here as well.
func TestDriverGoArgs(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		day, at := time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC), time.Date(2024, 6, 18, 17, 22, 13, 123e6, time.UTC)
		for i, tt := range []struct {
			arg     any
			sqlType string
			want    any
		}{
			{1, "DECIMAL(18,0)", int64(1)},
			{-1, "DECIMAL(18,0)", int32(-1)},
			{100000000, "DECIMAL(18,0)", int64(100000000)},
			{math.MaxInt64, "DECIMAL(36,0)", int64(math.MaxInt64)},
			{math.MinInt64, "DECIMAL(36,0)", int64(math.MinInt64)},
			{math.MaxInt32, "DECIMAL(36,0)", int32(math.MaxInt32)},
			{1, "DECIMAL(18,0)", 1.0},
			{1.123, "DECIMAL(18,3)", 1.123},
			{-1.123, "DECIMAL(18,3)", float32(-1.123)},
			{100000000.12, "DECIMAL(18,2)", 100000000.12},
			{3.3, "DOUBLE PRECISION", 3.3},
			{3, "DOUBLE PRECISION", 3.0},
			{math.MaxFloat32, "DOUBLE PRECISION", float32(math.MaxFloat32)},
			{1.7976e+308, "DOUBLE PRECISION", 1.7976e+308},
			{math.SmallestNonzeroFloat64, "DOUBLE PRECISION", math.SmallestNonzeroFloat64},
			{"text", "VARCHAR(10)", "text"},
			{"text", "CHAR(10)", "text      "},
			{123, "VARCHAR(10)", "123"},
			{"2024-06-18", "DATE", day},
			{day, "DATE", day},
			{"2024-06-18 17:22:13.123", "TIMESTAMP", at},
			{at, "TIMESTAMP", at},
			{"point(1 2)", "GEOMETRY", "point(1 2)"},
			{"5-3", "INTERVAL YEAR TO MONTH", "+05-03"},
			{"2 12:50:10.123", "INTERVAL DAY TO SECOND", "+02 12:50:10.123"},
			{true, "BOOLEAN", true},
			{false, "BOOLEAN", false},
		} {
			table := fmt.Sprintf("tab_%d", i)
			exec(t, db, fmt.Sprintf("CREATE TABLE %s (col %s)", table, tt.sqlType))
			stmt, err := db.PrepareContext(t.Context(), "INSERT INTO "+table+" VALUES (?)")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stmt.ExecContext(t.Context(), tt.arg); err != nil {
				t.Errorf("%v for %s: %v", tt.arg, tt.sqlType, err)
				continue
			}
			if err := stmt.Close(); err != nil {
				t.Error(err)
			}
			dest := reflect.New(reflect.TypeOf(tt.want))
			if err := db.QueryRowContext(t.Context(), "SELECT * FROM "+table).Scan(dest.Interface()); err != nil {
				t.Errorf("%v from %s: %v", tt.arg, tt.sqlType, err)
			} else if got := dest.Elem().Interface(); tt.sqlType != "GEOMETRY" && !cmp.Equal(tt.want, got) {
				t.Errorf("%v in %s is %v instead of %v", tt.arg, tt.sqlType, got, tt.want)
			}
		}
		exec(t, db, "CREATE TABLE dummy (a INTEGER, b FLOAT)")
		exec(t, db, "INSERT INTO dummy VALUES (?, ?)", 1, 2)
		wantTexts(t, db, "SELECT a || ':' || b FROM dummy", "1:2")
	})
}

// A DECIMAL of 18 digits is exact, where a float64 is not.
func TestDriverGoLargeDecimals(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		for _, n := range []int64{1<<53 + 1, -(1<<53 + 1), 999999999999999999} {
			var got int64
			if err := db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT CAST(%d AS DECIMAL(18,0)) FROM DUAL", n)).Scan(&got); err != nil || got != n {
				t.Errorf("%d is %d, %v", n, got, err)
			}
		}
	})
}

// A DECIMAL with a fraction keeps the digits of its type.
func TestDriverGoDecimalScale(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		wantTexts(t, db, "SELECT CAST(2.2 AS DECIMAL(18,2)), CAST(2 AS DECIMAL(18,2)) FROM DUAL", "2.20 2.00")
	})
}

// Dates and times are time.Time: they can be scanned into one, an any gets one, and a string gets RFC 3339.
func TestDriverGoTimes(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		const query = "SELECT DATE '2024-06-18', TIMESTAMP '2024-06-18 17:22:13.123' FROM DUAL"
		var day, at time.Time
		if err := db.QueryRowContext(t.Context(), query).Scan(&day, &at); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]time.Time{time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC), time.Date(2024, 6, 18, 17, 22, 13, 123e6, time.UTC)}, []time.Time{day, at}); diff != "" {
			t.Error(diff)
		}
		var natural any
		var text string
		if err := db.QueryRowContext(t.Context(), query).Scan(&natural, &text); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]any{day, "2024-06-18T17:22:13.123Z"}, []any{natural, text}); diff != "" {
			t.Error(diff)
		}
		// The text that the server would write is what TO_CHAR makes.
		wantTexts(t, db, "SELECT TO_CHAR(DATE '2024-06-18', 'YYYY-MM-DD') FROM DUAL", "2024-06-18")
	})
}

// A time.Time for TIMESTAMP WITH LOCAL TIME ZONE is an instant; the clock of its own location counts for TIMESTAMP alone.
func TestDriverGoTimeZones(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE tz (a TIMESTAMP, b TIMESTAMP WITH LOCAL TIME ZONE)") // the session's zone is UTC
		at := time.Date(2024, 6, 18, 17, 22, 13, 0, time.FixedZone("two hours east", 7200))
		exec(t, db, "INSERT INTO tz VALUES (?, ?)", at, at)
		wantTexts(t, db, "SELECT TO_CHAR(a, 'HH24:MI'), TO_CHAR(b, 'HH24:MI') FROM tz", "17:22 15:22")
	})
}

// Digits that a column does not have are refused instead of being cut off or rounded.
func TestDriverGoDigitsAreNotCut(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE cut (n DECIMAL(18,0), d DECIMAL(4,2), dt DATE, ts TIMESTAMP)")
		at := time.Date(2024, 6, 18, 17, 22, 13, 123456789, time.UTC)
		for column, arg := range map[string]any{"n": 1.1, "d": 1.005, "dt": at, "ts": at} {
			_, err := db.ExecContext(t.Context(), "INSERT INTO cut ("+column+") VALUES (?)", arg)
			wantError(t, err, nil, "parameter 1")
		}
		exec(t, db, "INSERT INTO cut VALUES (?, ?, ?, ?)", 1, 1.01, at.Truncate(24*time.Hour), at.Truncate(time.Millisecond))
	})
}

// With truncate=1 they are cut.
func TestDriverGoDigitsAreCut(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure+";truncate=1")
		db.SetMaxOpenConns(1)
		exec(t, db, "CREATE SCHEMA cutting")
		exec(t, db, "CREATE TABLE cutting.cut (d DECIMAL(4,2), dt DATE, ts TIMESTAMP)")
		at := time.Date(2024, 6, 18, 17, 22, 13, 123999999, time.UTC)
		exec(t, db, "INSERT INTO cutting.cut VALUES (?, ?, ?)", 1.009, at, at)
		wantTexts(t, db, "SELECT d, TO_CHAR(dt, 'YYYY-MM-DD'), TO_CHAR(ts, 'HH24:MI:SS.FF3') FROM cutting.cut", "1.00 2024-06-18 17:22:13.123")
	})
}

// A type that does not fit is an error of the client, by name of the SQL type.
func TestDriverGoArgTypes(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE typ (ts TIMESTAMP, f DOUBLE, n DECIMAL(18,0))")
		for column, arg := range map[string]any{"ts": true, "n": "invalid"} {
			_, err := db.ExecContext(t.Context(), "INSERT INTO typ ("+column+") VALUES (?)", arg)
			wantError(t, err, nil, "parameter 1 of 1")
		}
		_, err := db.ExecContext(t.Context(), "INSERT INTO typ (ts) VALUES (?)", true)
		wantError(t, err, nil, "bool to TIMESTAMP")
		// A number as text is a number, for DOUBLE too.
		exec(t, db, "INSERT INTO typ (f) VALUES (?)", "3.5")
		wantTexts(t, db, "SELECT f FROM typ", "3.5")
	})
}

// []byte is text, and the bytes of a HASHTYPE.
func TestDriverGoBytes(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE byt (s VARCHAR(20))")
		exec(t, db, "INSERT INTO byt VALUES (?)", []byte("text"))
		wantTexts(t, db, "SELECT s FROM byt", "text")
	})
}

// What a value is does not depend on the way that the statement takes.
func TestDriverGoExecLikeStmt(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE way (f DOUBLE, ts TIMESTAMP)")
		at := time.Date(2024, 6, 18, 17, 22, 13, 0, time.UTC)
		exec(t, db, "INSERT INTO way VALUES (?, ?)", 42, at)
		stmt, err := db.PrepareContext(t.Context(), "INSERT INTO way VALUES (?, ?)")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		if _, err := stmt.ExecContext(t.Context(), 42, at); err != nil {
			t.Fatal(err)
		}
		wantTexts(t, db, "SELECT COUNT(*), COUNT(DISTINCT ts), MAX(f) FROM way", "2 1 42")
	})
}

// A DECIMAL with a fraction does not go into an integer, whatever it is.
func TestDriverGoFractionIntoInteger(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		err := db.QueryRowContext(t.Context(), "SELECT CAST(1.1 AS DECIMAL(4,2)) AS col FROM DUAL").Scan(new(int64))
		wantError(t, err, nil, `column index 0, name "COL"`, "invalid syntax")
	})
}

// Results of many fetches are whole, with a small fetchsize as well.
func TestDriverGoFetch(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure+";fetchsize=20")
		rows, err := db.QueryContext(t.Context(), "SELECT n FROM VALUES BETWEEN 0 AND 9999 AS v(n) ORDER BY n")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var got int
			if err := rows.Scan(&got); err != nil || got != n {
				t.Fatalf("row %d is %d, %v", n, got, err)
			}
			n++
		}
		if n != 10000 || rows.Err() != nil {
			t.Errorf("%d rows, %v", n, rows.Err())
		}
		for _, r := range srv.Requests("fetch") {
			var fetch struct{ NumBytes int }
			if err := r.Decode(&fetch); err != nil || fetch.NumBytes > 20<<10 {
				t.Errorf("a fetch of %d bytes, %v", fetch.NumBytes, err)
			}
		}
	})
}
