package compat

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
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
