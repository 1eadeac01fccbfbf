package compat

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
)

// scanCase reads one value into one Go type.
type scanCase struct {
	sql  string
	dest any
	want any    // what dest points to afterwards
	err  string // instead of want
}

// Values go into every Go type that holds them, and are refused by every type that does not: nothing is cut off, rounded
// or wrapped around. An error names the column, and says nothing of the value.
func TestConformanceScan(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		for _, tt := range []scanCase{
			{"CAST(127 AS DECIMAL(18,0))", new(int8), int8(127), ""},
			{"CAST(128 AS DECIMAL(18,0))", new(int8), nil, "out of range"},
			{"CAST(-1 AS DECIMAL(18,0))", new(uint8), nil, "invalid syntax"},
			{"CAST(65535 AS DECIMAL(18,0))", new(uint16), uint16(65535), ""},
			{"CAST(65536 AS DECIMAL(18,0))", new(uint16), nil, "out of range"},
			{"CAST(2147483648 AS DECIMAL(18,0))", new(int32), nil, "out of range"},
			{"CAST(1 AS DECIMAL(18,0))", new(float64), 1.0, ""},
			{"CAST(1 AS DECIMAL(18,0))", new(bool), true, ""},
			{"CAST(2 AS DECIMAL(18,0))", new(bool), nil, "couldn't convert"},
			{"CAST(9223372036854775807 AS DECIMAL(36,0))", new(int64), int64(math.MaxInt64), ""},
			{"CAST(-9223372036854775808 AS DECIMAL(36,0))", new(int64), int64(math.MinInt64), ""},
			{"CAST(9223372036854775808 AS DECIMAL(36,0))", new(int64), nil, "out of range"},
			{"CAST(18446744073709551615 AS DECIMAL(36,0))", new(uint64), uint64(math.MaxUint64), ""},
			{"CAST(2.2 AS DECIMAL(18,2))", new(float64), 2.2, ""},
			{"CAST(2.2 AS DECIMAL(18,2))", new(int64), nil, "invalid syntax"},
			{"CAST(2 AS DECIMAL(18,2))", new(string), "2.00", ""},
			{"CAST(3.5 AS DOUBLE)", new(float32), float32(3.5), ""},
			{"CAST(3 AS DOUBLE)", new(int64), int64(3), ""},
			{"CAST(3.5 AS DOUBLE)", new(int64), nil, "invalid syntax"},
			{"CAST(1e300 AS DOUBLE)", new(float32), nil, "out of range"},
			{"'12'", new(int64), int64(12), ""},
			{"'12x'", new(int64), nil, "invalid syntax"},
			{"'text'", new([]byte), []byte("text"), ""},
			{"'text'", new(bool), nil, "couldn't convert"},
			{"'text'", new(time.Time), nil, "unsupported Scan"},
			{"TRUE", new(int64), nil, "invalid syntax"},
			{"TRUE", new(bool), true, ""},
			{"TRUE", new(string), "true", ""},
			{"DATE '2024-06-18'", new(time.Time), time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC), ""},
			{"DATE '2024-06-18'", new(int64), nil, "converting"},
			{"TIMESTAMP '2024-06-18 17:22:13.5'", new(sql.NullTime), sql.NullTime{Time: time.Date(2024, 6, 18, 17, 22, 13, 5e8, time.UTC), Valid: true}, ""},
			{"CAST(2.2 AS DECIMAL(18,2))", new(sql.Null[string]), sql.Null[string]{V: "2.20", Valid: true}, ""},
			{"CAST(7 AS DECIMAL(18,0))", new(sql.Null[int8]), sql.Null[int8]{V: 7, Valid: true}, ""},
			{"CAST(700 AS DECIMAL(18,0))", new(sql.Null[int8]), nil, "out of range"},
			{"CAST(7 AS DECIMAL(18,0))", new(sql.NullInt32), sql.NullInt32{Int32: 7, Valid: true}, ""},
			{"TRUE", new(sql.Null[bool]), sql.Null[bool]{V: true, Valid: true}, ""},
			{"CAST(2.25 AS DOUBLE)", new(sql.NullFloat64), sql.NullFloat64{Float64: 2.25, Valid: true}, ""},
			{"1", new(struct{}), nil, "unsupported Scan"},
			{"1", new(chan int), nil, "unsupported Scan"},
		} {
			t.Run(fmt.Sprintf("%s into %T", tt.sql, tt.dest), func(t *testing.T) {
				dest := reflect.New(reflect.TypeOf(tt.dest).Elem())
				err := db.QueryRowContext(t.Context(), "SELECT "+tt.sql+" AS col FROM DUAL").Scan(dest.Interface())
				if tt.err != "" {
					wantError(t, err, nil, `name "COL"`, tt.err)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, dest.Elem().Interface()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}

// exawire's own types, and those that convert themselves, are read as from a Session.
func TestConformanceScanOwnTypes(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		var decimal exawire.Decimal
		if err := db.QueryRowContext(t.Context(), "SELECT CAST(-12.345 AS DECIMAL(36,3)) FROM DUAL").Scan(&decimal); err != nil || decimal.String() != "-12.345" {
			t.Errorf("Decimal: %v, %v", decimal, err)
		}
		if err := db.QueryRowContext(t.Context(), "SELECT CAST(7 AS DECIMAL(18,0)) FROM DUAL").Scan(&decimal); err != nil || decimal.String() != "7" {
			t.Errorf("Decimal of an integer: %v, %v", decimal, err)
		}
		var months exawire.YearMonth
		if err := db.QueryRowContext(t.Context(), "SELECT CAST('5-3' AS INTERVAL YEAR TO MONTH) FROM DUAL").Scan(&months); err != nil || months.String() != "+05-03" {
			t.Errorf("YearMonth: %v, %v", months, err)
		}
		var seconds exawire.DaySecond
		if err := db.QueryRowContext(t.Context(), "SELECT CAST('2 12:50:10.123' AS INTERVAL DAY TO SECOND) FROM DUAL").Scan(&seconds); err != nil || seconds.String() != "+02 12:50:10.123" {
			t.Errorf("DaySecond: %v, %v", seconds, err)
		}
		var number bigInt
		if err := db.QueryRowContext(t.Context(), "SELECT CAST(123456789012345678901234567890 AS DECIMAL(36,0)) FROM DUAL").Scan(&number); err != nil || number.String() != "123456789012345678901234567890" {
			t.Errorf("a Scanner: %v, %v", &number, err)
		}
		var list exawire.JSON[[]int]
		if err := db.QueryRowContext(t.Context(), "SELECT '[1,2]' FROM DUAL").Scan(&list); err != nil || fmt.Sprint(list.V) != "[1 2]" {
			t.Errorf("JSON: %v, %v", list, err)
		}
		wantError(t, db.QueryRowContext(t.Context(), "SELECT 'x' AS col FROM DUAL").Scan(refusing{}), errNotTaken, `name "COL"`)
	})
}

// bigInt is a big.Int that scans itself.
type bigInt struct{ big.Int }

func (n *bigInt) Scan(src any) error {
	if _, ok := n.SetString(fmt.Sprintf("%s", src), 10); !ok {
		return errors.New("not a number")
	}
	return nil
}

var errNotTaken = errors.New("refused")

// refusing is a Scanner that takes nothing.
type refusing struct{}

func (refusing) Scan(any) error { return errNotTaken }

// After an error of Scan the rows go on, and the same row can be scanned again: nothing is lost.
func TestConformanceScanErrorLosesNothing(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM VALUES (1, 'a'), (300, 'b'), (3, 'c') AS v(n, s) ORDER BY s")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var got []string
		for rows.Next() {
			var n int8
			var s string
			if err := rows.Scan(&n, &s); err != nil {
				wantError(t, err, nil, `name "N"`)
				var wide int64
				if err := rows.Scan(&wide, &s); err != nil {
					t.Fatal(err)
				}
				got = append(got, fmt.Sprint("wide ", wide, s))
				continue
			}
			got = append(got, fmt.Sprint(n, s))
		}
		if diff := cmp.Diff([]string{"1a", "wide 300b", "3c"}, got); diff != "" || rows.Err() != nil {
			t.Errorf("error %v (-want +got):\n%s", rows.Err(), diff)
		}
		wantError(t, db.QueryRowContext(t.Context(), "SELECT 1, 2 FROM DUAL").Scan(new(int)), nil, "expected 2 destination arguments")
	})
}

// RawBytes are the bytes of the value until the next call of Next, and what was copied of them stays.
func TestConformanceRawBytes(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		rows, err := db.QueryContext(t.Context(), "SELECT n, 'text ' || n, CAST(n AS DECIMAL(9,2)), DATE '2024-06-18' + n FROM VALUES BETWEEN 1 AND 3000 AS v(n) ORDER BY n")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var before []string
		n := 0
		for rows.Next() {
			n++
			var raw [4]sql.RawBytes
			if err := rows.Scan(&raw[0], &raw[1], &raw[2], &raw[3]); err != nil {
				t.Fatal(err)
			}
			day := time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.RFC3339Nano)
			want := fmt.Sprintf("%d|text %d|%d.00|%s", n, n, n, day)
			got := fmt.Sprintf("%s|%s|%s|%s", raw[0], raw[1], raw[2], raw[3])
			if got != want {
				t.Fatalf("row %d is %q instead of %q", n, got, want)
			}
			for i := range raw { // it is the caller's memory until Next
				for k := range raw[i] {
					raw[i][k] = '#'
				}
			}
			before = append(before, got)
		}
		if err := rows.Err(); err != nil || n != 3000 || !strings.HasPrefix(before[0], "1|text 1|") {
			t.Errorf("%d rows, error %v, first %q", n, err, before[0])
		}
	})
}

// Byte slices and strings that were scanned are the caller's: later rows do not change them, and writing into them
// changes no other value.
func TestConformanceScannedBytesAreKept(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		rows, err := db.QueryContext(t.Context(), "SELECT 'text ' || n, 'text ' || n, 'text ' || n FROM VALUES BETWEEN 1 AND 2000 AS v(n) ORDER BY n")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var kept [][]byte
		var strs []string
		var values []any
		for rows.Next() {
			var b []byte
			var s string
			var v any
			if err := rows.Scan(&b, &s, &v); err != nil {
				t.Fatal(err)
			}
			kept, strs, values = append(kept, b), append(strs, s), append(values, v)
			if len(kept) > 1 {
				copy(kept[len(kept)-2], "####")
			}
		}
		if err := rows.Err(); err != nil || len(kept) != 2000 {
			t.Fatal(err, len(kept))
		}
		for i := range kept {
			want := fmt.Sprintf("text %d", i+1)
			changed := want
			if i < 1999 {
				changed = "####" + want[4:]
			}
			if string(kept[i]) != changed || strs[i] != want || fmt.Sprintf("%s", values[i]) != want {
				t.Fatalf("row %d: %q %q %q", i, kept[i], strs[i], values[i])
			}
		}
	})
}
