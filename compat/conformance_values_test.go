package compat

import (
	"context"
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
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// valueCase is one value of a SQL type.
type valueCase struct {
	sqlType string
	sql     string // an expression of that type
	natural any    // what an any gets
	text    string // what a string gets
}

var valueCases = []valueCase{
	{"BOOLEAN", "TRUE", true, "true"},
	{"BOOLEAN", "FALSE", false, "false"},
	{"DECIMAL(18,0)", "0", int64(0), "0"},
	{"DECIMAL(18,0)", "100000000", int64(100000000), "100000000"},
	{"DECIMAL(18,0)", "-999999999999999999", int64(-999999999999999999), "-999999999999999999"},
	{"DECIMAL(18,0)", "9007199254740993", int64(9007199254740993), "9007199254740993"},
	{"DECIMAL(5,0)", "12345", int64(12345), "12345"},
	{"DECIMAL(36,0)", "123456789012345678901234567890123456", "123456789012345678901234567890123456", "123456789012345678901234567890123456"},
	{"DECIMAL(36,0)", "9223372036854775807", "9223372036854775807", "9223372036854775807"},
	{"DECIMAL(18,2)", "2.2", "2.20", "2.20"},
	{"DECIMAL(36,18)", "-123456789012345678.123456789012345678", "-123456789012345678.123456789012345678", "-123456789012345678.123456789012345678"},
	{"DECIMAL(36,36)", "0.000000000000000000000000000000000001", "0.000000000000000000000000000000000001", "0.000000000000000000000000000000000001"},
	{"DOUBLE", "3.3", 3.3, "3.3"},
	{"DOUBLE", "0", 0.0, "0"},
	{"DOUBLE", "-1.7976e308", -1.7976e308, "-1.7976e+308"},
	{"DOUBLE", "0.1", 0.1, "0.1"},
	{"CHAR(10)", "'text'", "text      ", "text      "},
	{"CHAR(10) ASCII", "'ascii'", "ascii     ", "ascii     "},
	{"VARCHAR(10)", "'text'", "text", "text"},
	{"VARCHAR(20)", "'ünïcödé 😀'", "ünïcödé 😀", "ünïcödé 😀"},
	{"VARCHAR(2000000)", "' '", " ", " "},
	{"DATE", "DATE '2024-06-18'", time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC), "2024-06-18T00:00:00Z"},
	{"DATE", "DATE '0001-01-01'", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), "0001-01-01T00:00:00Z"},
	{"DATE", "DATE '9999-12-31'", time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), "9999-12-31T00:00:00Z"},
	{"TIMESTAMP", "TIMESTAMP '2024-06-18 17:22:13.123'", time.Date(2024, 6, 18, 17, 22, 13, 123e6, time.UTC), "2024-06-18T17:22:13.123Z"},
	{"INTERVAL YEAR TO MONTH", "'5-3'", "+05-03", "+05-03"},
	{"INTERVAL YEAR(4) TO MONTH", "'-1234-11'", "-1234-11", "-1234-11"},
	{"INTERVAL DAY TO SECOND", "'2 12:50:10.123'", "+02 12:50:10.123", "+02 12:50:10.123"},
	{"INTERVAL DAY(9) TO SECOND(3)", "'-123456789 23:59:59.999'", "-123456789 23:59:59.999", "-123456789 23:59:59.999"},
	{"GEOMETRY", "'POINT (1 2)'", "POINT (1 2)", "POINT (1 2)"},
	{"HASHTYPE(16 BYTE)", "'550e8400-e29b-11d4-a716-446655440000'", "550e8400e29b11d4a716446655440000", "550e8400e29b11d4a716446655440000"},
}

// Every type comes with its exact value, out of an expression and out of a table, by a query and by a prepared one.
func TestConformanceValues(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		for i, tt := range valueCases {
			t.Run(fmt.Sprintf("%s %s", tt.sqlType, tt.text), func(t *testing.T) {
				expression := fmt.Sprintf("SELECT CAST(%s AS %s) FROM DUAL", tt.sql, tt.sqlType)
				table := fmt.Sprintf("v%d", i)
				exec(t, db, fmt.Sprintf("CREATE TABLE %s (c %s)", table, tt.sqlType))
				exec(t, db, fmt.Sprintf("INSERT INTO %s VALUES (CAST(%s AS %s)), (NULL)", table, tt.sql, tt.sqlType))
				for _, query := range []string{expression, "SELECT c FROM " + table + " WHERE c IS NOT NULL"} {
					var natural any
					var text string
					if err := db.QueryRowContext(t.Context(), query).Scan(&natural); err != nil {
						t.Fatalf("%s: %v", query, err)
					}
					if diff := cmp.Diff(tt.natural, natural); diff != "" {
						t.Errorf("%s into any (-want +got):\n%s", query, diff)
					}
					if err := db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
						t.Fatalf("%s into a string: %v", query, err)
					}
					if diff := cmp.Diff(tt.text, text); diff != "" {
						t.Errorf("%s into a string (-want +got):\n%s", query, diff)
					}
				}
				stmt, err := db.PrepareContext(t.Context(), "SELECT c FROM "+table+" ORDER BY c NULLS LAST")
				if err != nil {
					t.Fatal(err)
				}
				defer stmt.Close()
				rows, err := stmt.QueryContext(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{fmt.Sprint(tt.natural), "<nil>"}, drain(t, rows)); diff != "" {
					t.Errorf("prepared (-want +got):\n%s", diff)
				}
			})
		}
	})
}

// What is read can be written, and comes back as it was: the value that an any got is an argument for its own column.
func TestConformanceValuesThereAndBack(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		for i, tt := range valueCases {
			t.Run(fmt.Sprintf("%s %s", tt.sqlType, tt.text), func(t *testing.T) {
				table := fmt.Sprintf("b%d", i)
				exec(t, db, fmt.Sprintf("CREATE TABLE %s (c %s)", table, tt.sqlType))
				exec(t, db, "INSERT INTO "+table+" VALUES (?)", tt.natural)
				stmt, err := db.PrepareContext(t.Context(), "INSERT INTO "+table+" VALUES (?)")
				if err != nil {
					t.Fatal(err)
				}
				defer stmt.Close()
				if _, err := stmt.ExecContext(t.Context(), tt.natural); err != nil {
					t.Fatal(err)
				}
				wantTexts(t, db, "SELECT c FROM "+table, fmt.Sprint(tt.natural), fmt.Sprint(tt.natural))
			})
		}
	})
}

// TIMESTAMP WITH LOCAL TIME ZONE is an instant, in the zone of the session.
func TestConformanceLocalTimeZone(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		exec(t, conn, "CREATE TABLE z (c TIMESTAMP WITH LOCAL TIME ZONE)")
		exec(t, conn, "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'")
		at := time.Date(2024, 6, 18, 15, 22, 13, 123e6, time.UTC)
		exec(t, conn, "INSERT INTO z VALUES (?)", at)
		var got time.Time
		if err := conn.QueryRowContext(t.Context(), "SELECT c FROM z").Scan(&got); err != nil {
			t.Fatal(err)
		}
		if !got.Equal(at) || got.Hour() != 17 {
			t.Errorf("%v instead of %v in Berlin", got, at)
		}
		var text string
		if err := conn.QueryRowContext(t.Context(), "SELECT TO_CHAR(c, 'YYYY-MM-DD HH24:MI:SS') FROM z").Scan(&text); err != nil || text != "2024-06-18 17:22:13" {
			t.Errorf("stored as %q, %v", text, err)
		}
	})
}

// NULL of every type goes into everything that can be empty, and is an error that names the column for everything else.
func TestConformanceNull(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		seen := map[string]bool{}
		for _, tt := range valueCases {
			if seen[tt.sqlType] {
				continue
			}
			seen[tt.sqlType] = true
			query := fmt.Sprintf("SELECT CAST(NULL AS %s) AS c FROM DUAL", tt.sqlType)
			value, text, bytes, raw := any("before"), new(string), []byte("before"), sql.NullString{String: "before", Valid: true}
			null := sql.Null[string]{V: "before", Valid: true}
			for _, dest := range []any{&value, &text, &bytes, &raw, &null} {
				if err := db.QueryRowContext(t.Context(), query).Scan(dest); err != nil {
					t.Errorf("%s into %T: %v", query, dest, err)
				}
			}
			if value != nil || text != nil || bytes != nil || raw.Valid || null.Valid {
				t.Errorf("%s: %v %v %v %v %v", query, value, text, bytes, raw, null)
			}
			for _, dest := range []any{new(string), new(int64), new(float64), new(bool), new(time.Time)} {
				wantError(t, db.QueryRowContext(t.Context(), query).Scan(dest), nil, `name "C"`)
			}
		}
		for _, dest := range []any{
			new(sql.NullInt64), new(sql.NullInt32), new(sql.NullInt16), new(sql.NullByte), new(sql.NullFloat64), new(sql.NullBool), new(sql.NullTime),
			new(sql.Null[int64]), new(sql.Null[time.Time]), new(sql.Null[exawire.Decimal]), new(*int64), new(*time.Time), new(*float64), new(*bool),
		} {
			if err := db.QueryRowContext(t.Context(), "SELECT NULL FROM DUAL").Scan(dest); err != nil {
				t.Errorf("NULL into %T: %v", dest, err)
			}
			if empty := reflect.New(reflect.TypeOf(dest).Elem()).Interface(); !reflect.DeepEqual(empty, dest) {
				t.Errorf("NULL into %T made %v", dest, dest)
			}
		}
	})
}

// The empty text is NULL, when it is written and when it is compared.
func TestConformanceEmptyText(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE e (id INT, c VARCHAR(10))")
		exec(t, db, "INSERT INTO e VALUES (?, ?)", 1, "")
		exec(t, db, "INSERT INTO e VALUES (?, ?)", 2, []byte{})
		exec(t, db, "INSERT INTO e VALUES (?, ?)", 3, nil)
		exec(t, db, "INSERT INTO e VALUES (?, ?)", 4, sql.NullString{})
		wantTexts(t, db, "SELECT id, c FROM e ORDER BY id", "1 <nil>", "2 <nil>", "3 <nil>", "4 <nil>")
		wantTexts(t, db, "SELECT COUNT(*) FROM e WHERE c IS NULL", "4")
	})
}

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

// A result of many messages comes whole and in order. Rows that are left early are closed on the server.
func TestConformanceManyRows(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		numbers, names := make([]int, 50000), make([]string, 50000)
		for i := range numbers {
			numbers[i], names[i] = i, fmt.Sprint("row ", i)
		}
		srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("N DECIMAL(18,0), S VARCHAR(20)"), exatest.ValuesOf(numbers), exatest.ValuesOf(names)))
		srv.Inject(fault.FetchRows(7000))
		rows, err := db.QueryContext(t.Context(), "ROWS")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		n := 0
		for rows.Next() {
			var id int
			var text string
			if err := rows.Scan(&id, &text); err != nil || id != n || text != names[n] {
				t.Fatalf("row %d: %d, %q, %v", n, id, text, err)
			}
			n++
		}
		if err := rows.Err(); err != nil || n != len(numbers) {
			t.Errorf("%d rows, error %v", n, err)
		}
		if fetches := len(srv.Requests("fetch")); fetches < 8 {
			t.Errorf("only %d fetches: this test does not test what it should", fetches)
		}
		for range 3 {
			rows, err := db.QueryContext(context.Background(), "ROWS")
			if err != nil {
				t.Fatal(err)
			}
			rows.Next()
			if err := rows.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, sess := range srv.Sessions() {
			if len(sess.ResultSets) > 0 {
				t.Errorf("result sets %v are open", sess.ResultSets)
			}
		}
	})
}
