package compat

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// Types defined from others, as programs have them.
type (
	myInt    int64
	myText   string
	myFloat  float32
	myBool   bool
	myBytes  []byte
	money    struct{ cents int64 }
	pointing struct{ n int64 }
)

// Value makes a decimal of money.
func (m money) Value() (driver.Value, error) {
	return fmt.Sprintf("%d.%02d", m.cents/100, m.cents%100), nil
}

// Value has a pointer receiver and knows what a nil pointer is.
func (p *pointing) Value() (driver.Value, error) {
	if p == nil {
		return nil, nil
	}
	return p.n, nil
}

// Arguments of every kind reach a column of every type that can hold them, directly and by a prepared statement.
func TestConformanceArgs(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		hashtype := hasHashtype(t, db)
		seven, text := int64(7), "text"
		at := time.Date(2024, 6, 18, 17, 22, 13, 123e6, time.UTC)
		for i, tt := range []struct {
			sqlType string
			arg     any
			want    string // NULL is <nil>
		}{
			{"DECIMAL(18,0)", 7, "7"},
			{"DECIMAL(18,0)", int8(-7), "-7"},
			{"DECIMAL(18,0)", int16(-7), "-7"},
			{"DECIMAL(18,0)", int32(-7), "-7"},
			{"DECIMAL(18,0)", int64(-7), "-7"},
			{"DECIMAL(18,0)", uint(7), "7"},
			{"DECIMAL(18,0)", uint8(7), "7"},
			{"DECIMAL(18,0)", uint16(7), "7"},
			{"DECIMAL(18,0)", uint32(7), "7"},
			{"DECIMAL(18,0)", uint64(7), "7"},
			{"DECIMAL(36,0)", uint64(math.MaxUint64), "18446744073709551615"},
			{"DECIMAL(36,0)", int64(math.MinInt64), "-9223372036854775808"},
			{"DECIMAL(18,0)", 3.0, "3"},
			{"DECIMAL(18,3)", 1.123, "1.123"},
			{"DECIMAL(18,3)", float32(1.123), "1.123"},
			{"DECIMAL(18,3)", "1.123", "1.123"},
			{"DECIMAL(18,3)", []byte("1.123"), "1.123"},
			{"DECIMAL(18,0)", myInt(7), "7"},
			{"DECIMAL(18,0)", &seven, "7"},
			{"DECIMAL(18,0)", (*int64)(nil), "<nil>"},
			{"DECIMAL(18,0)", nil, "<nil>"},
			{"DECIMAL(18,0)", sql.NullInt64{Int64: 7, Valid: true}, "7"},
			{"DECIMAL(18,0)", sql.NullInt64{}, "<nil>"},
			{"DECIMAL(18,0)", sql.Null[int32]{V: 7, Valid: true}, "7"},
			{"DECIMAL(18,0)", sql.Null[int32]{V: 7}, "<nil>"},
			{"DECIMAL(18,2)", money{1250}, "12.50"},
			{"DECIMAL(18,2)", &money{1250}, "12.50"},
			{"DECIMAL(18,2)", (*money)(nil), "<nil>"},
			{"DECIMAL(18,0)", &pointing{7}, "7"},
			{"DECIMAL(18,0)", (*pointing)(nil), "<nil>"},
			{"DECIMAL(36,0)", new(big.Int).Exp(big.NewInt(10), big.NewInt(35), nil), "1" + strings.Repeat("0", 35)},
			{"DECIMAL(36,3)", decimalArg(t, "-12.345"), "-12.345"},
			{"DOUBLE", 3.3, "3.3"},
			{"DOUBLE", 3, "3"},
			{"DOUBLE", float32(0.5), "0.5"},
			{"DOUBLE", myFloat(0.5), "0.5"},
			{"DOUBLE", "1e300", "1e+300"},
			{"DOUBLE", sql.NullFloat64{Float64: -0.25, Valid: true}, "-0.25"},
			{"DOUBLE", math.SmallestNonzeroFloat64, "5e-324"},
			{"BOOLEAN", true, "true"},
			{"BOOLEAN", myBool(false), "false"},
			{"BOOLEAN", sql.NullBool{Bool: true, Valid: true}, "true"},
			{"BOOLEAN", "TRUE", "true"},
			{"VARCHAR(20)", "text", "text"},
			{"VARCHAR(20)", []byte("text"), "text"},
			{"VARCHAR(20)", myText("text"), "text"},
			{"VARCHAR(20)", myBytes("text"), "text"},
			{"VARCHAR(20)", sql.RawBytes("text"), "text"},
			{"VARCHAR(20)", &text, "text"},
			{"VARCHAR(20)", sql.NullString{String: "text", Valid: true}, "text"},
			{"VARCHAR(20)", 7, "7"},
			{"VARCHAR(20)", -123.456, "-123.456"},
			{"VARCHAR(20)", true, "TRUE"},
			{"VARCHAR(20)", "ünï 😀 \" ' \\ \x00", "ünï 😀 \" ' \\ \x00"},
			{"CHAR(6)", "text", "text  "},
			{"VARCHAR(20)", exawire.JSON[[]int]{V: []int{1, 2}}, "[1,2]"},
			{"DATE", time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC), "2024-06-18 00:00:00 +0000 UTC"},
			{"DATE", "2024-06-18", "2024-06-18 00:00:00 +0000 UTC"},
			{"TIMESTAMP", at, "2024-06-18 17:22:13.123 +0000 UTC"},
			{"TIMESTAMP", at.In(time.FixedZone("", 7200)), "2024-06-18 19:22:13.123 +0000 UTC"},
			{"TIMESTAMP", sql.NullTime{Time: at, Valid: true}, "2024-06-18 17:22:13.123 +0000 UTC"},
			{"TIMESTAMP", &at, "2024-06-18 17:22:13.123 +0000 UTC"},
			{"TIMESTAMP", "2024-06-18 17:22:13.123", "2024-06-18 17:22:13.123 +0000 UTC"},
			{"INTERVAL DAY(3) TO SECOND(3)", 50*time.Hour + 123*time.Millisecond, "+002 02:00:00.123"},
			{"INTERVAL YEAR TO MONTH", "5-3", "+05-03"},
			{"GEOMETRY", "POINT (1 2)", "POINT (1 2)"},
			{"HASHTYPE(16 BYTE)", "550e8400-e29b-11d4-a716-446655440000", "550e8400e29b11d4a716446655440000"},
			{"HASHTYPE(2 BYTE)", []byte{0xab, 0x01}, "ab01"},
			{"HASHTYPE(2 BYTE)", [2]byte{0xab, 0x01}, "ab01"},
		} {
			if strings.HasPrefix(tt.sqlType, "HASHTYPE") && !hashtype {
				continue
			}
			t.Run(fmt.Sprintf("%d %T for %s", i, tt.arg, tt.sqlType), func(t *testing.T) {
				table := fmt.Sprintf("a%d", i)
				exec(t, db, fmt.Sprintf("CREATE TABLE %s (c %s)", table, tt.sqlType))
				exec(t, db, "INSERT INTO "+table+" VALUES (?)", tt.arg)
				stmt, err := db.PrepareContext(t.Context(), "INSERT INTO "+table+" VALUES (?)")
				if err != nil {
					t.Fatal(err)
				}
				defer stmt.Close()
				if _, err := stmt.ExecContext(t.Context(), tt.arg); err != nil {
					t.Fatal(err)
				}
				wantTexts(t, db, "SELECT c FROM "+table, tt.want, tt.want)
			})
		}
	})
}

func decimalArg(t *testing.T, text string) exawire.Decimal {
	t.Helper()
	var d exawire.Decimal
	if err := d.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// failing is a Valuer that fails, with whatever error a program has.
type failing struct{ err error }

func (f failing) Value() (driver.Value, error) { return nil, f.err }

// What does not fit is refused before anything is sent. The error says which argument it is, and not its value; the
// connection is the same as before.
func TestConformanceArgsRefused(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		db.SetMaxOpenConns(1)
		exec(t, db, "CREATE TABLE r (n DECIMAL(4,0), d DECIMAL(4,2), s VARCHAR(4), a CHAR(2) ASCII, b BOOLEAN, ts TIMESTAMP, dt DATE, f DOUBLE)")
		id := sessionID(t, db)
		errOwn := errors.New("no value")
		for _, tt := range []struct {
			column string
			arg    any
			err    error
			text   string
		}{
			{"n", 10000, nil, "parameter 1"},
			{"n", 1.5, nil, "parameter 1"},
			{"n", "12x", nil, "parameter 1"},
			{"n", true, nil, "parameter 1"},
			{"n", uint64(math.MaxUint64), nil, "parameter 1"},
			{"d", 1.005, nil, "parameter 1"},
			{"d", "100", nil, "parameter 1"},
			{"s", "fünf!", nil, "parameter 1"},
			{"s", "\xff", nil, "parameter 1"},
			{"a", "ü", nil, "parameter 1"},
			{"b", 2, nil, "parameter 1"},
			{"ts", true, nil, "parameter 1"},
			{"ts", 1, nil, "parameter 1"},
			{"ts", time.Date(12024, 1, 1, 0, 0, 0, 0, time.UTC), nil, "parameter 1"},
			{"dt", time.Date(2024, 1, 1, 1, 0, 0, 0, time.UTC), nil, "parameter 1"},
			{"f", math.NaN(), nil, "parameter 1"},
			{"f", math.Inf(1), nil, "parameter 1"},
			{"f", "12,5", nil, "parameter 1"},
			{"n", struct{}{}, nil, "struct {}"},
			{"n", make(chan int), nil, "chan int"},
			{"n", []int{1, 2}, nil, "[]int"},
			{"n", map[string]int{}, nil, "map[string]int"},
			{"n", failing{errOwn}, errOwn, ""},
			{"n", sql.Out{Dest: new(int)}, nil, "output parameters"},
			{"n", sql.Named("x", 1), nil, "parameters have no names"},
		} {
			t.Run(fmt.Sprintf("%T for %s", tt.arg, tt.column), func(t *testing.T) {
				insert := "INSERT INTO r (" + tt.column + ") VALUES (?)"
				_, err := db.ExecContext(t.Context(), insert, tt.arg)
				wantError(t, err, tt.err, tt.text)
				if s, ok := tt.arg.(string); ok && strings.Contains(err.Error(), s) {
					t.Errorf("%v says the value", err)
				}
				stmt, err := db.PrepareContext(t.Context(), insert)
				if err != nil {
					t.Fatal(err)
				}
				defer stmt.Close()
				_, err = stmt.ExecContext(t.Context(), tt.arg)
				wantError(t, err, tt.err, tt.text)
			})
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM r", "0")
		if now := sessionID(t, db); now != id {
			t.Errorf("the connection is session %s instead of %s", now, id)
		}
	})
}

// A Valuer may fail with any error, also one that means something to database/sql. The statement is refused once, and
// nothing is sent.
func TestConformanceArgsHostileValuer(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		exec(t, db, "CREATE TABLE h (n INT)")
		id := sessionID(t, db)
		before := len(srv.Statements())
		for _, hostile := range []error{driver.ErrBadConn, driver.ErrSkip, driver.ErrRemoveArgument, sql.ErrTxDone, sql.ErrNoRows, exawire.ErrSessionClosed} {
			calls := 0
			_, err := db.ExecContext(t.Context(), "INSERT INTO h VALUES (?)", counting{&calls, hostile})
			if err == nil || calls != 1 {
				t.Errorf("%v: error %v, %d calls of Value", hostile, err, calls)
			}
			if _, err := db.QueryContext(t.Context(), "SELECT n FROM h WHERE n = ?", counting{&calls, hostile}); err == nil {
				t.Errorf("%v: no error of a query", hostile)
			}
		}
		if n := len(srv.Statements()); n != before {
			t.Errorf("statements %v were run", srv.Statements()[before:])
		}
		if now := sessionID(t, db); now != id || db.Stats().OpenConnections != 1 {
			t.Errorf("session %s instead of %s, %d connections", now, id, db.Stats().OpenConnections)
		}
	})
}

type counting struct {
	calls *int
	err   error
}

func (c counting) Value() (driver.Value, error) {
	*c.calls++
	return nil, c.err
}

// The number of arguments has to be that of the parameters.
func TestConformanceArgCount(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		exec(t, db, "CREATE TABLE c (x INT, y INT)")
		insert := "INSERT INTO c VALUES (?, ?)"
		stmt, err := db.PrepareContext(t.Context(), insert)
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		for _, args := range [][]any{{}, {1}, {1, 2, 3}, {1, 2, 3, 4}} {
			if _, err := db.ExecContext(t.Context(), insert, args...); err == nil {
				t.Errorf("Exec took %d arguments for 2 parameters", len(args))
			}
			if _, err := stmt.ExecContext(t.Context(), args...); err == nil {
				t.Errorf("a prepared statement took %d arguments for 2 parameters", len(args))
			}
			if _, err := db.QueryContext(t.Context(), "SELECT * FROM c WHERE x = ? AND y = ?", args...); err == nil {
				t.Errorf("Query took %d arguments for 2 parameters", len(args))
			}
		}
		if _, err := db.ExecContext(t.Context(), "INSERT INTO c VALUES (1, 2)", 1); err == nil {
			t.Error("an argument without a parameter is no error")
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM c", "0")
		exec(t, db, insert, 1, 2)
		wantTexts(t, db, "SELECT * FROM c", "1 2")
	})
}

// Columns made by exawire.Values write many rows by one call.
func TestConformanceArgColumns(t *testing.T) {
	eachServer(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		exec(t, db, "CREATE TABLE m (id INT, name VARCHAR(20))")
		ids, names := make([]int, 5000), make([]string, 5000)
		for i := range ids {
			ids[i], names[i] = i, fmt.Sprint("name ", i)
		}
		n, err := exec(t, db, "INSERT INTO m VALUES (?, ?)", exawire.Values(ids), exawire.Values(names)).RowsAffected()
		if err != nil || n != 5000 {
			t.Errorf("%d rows, %v", n, err)
		}
		stmt, err := db.PrepareContext(t.Context(), "INSERT INTO m VALUES (?, ?)")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		result, err := stmt.ExecContext(t.Context(), exawire.Values([]int{-1, -2}), exawire.Values([]*string{nil, &names[0]}))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := result.RowsAffected(); err != nil || n != 2 {
			t.Errorf("%d rows, %v", n, err)
		}
		wantTexts(t, db, "SELECT COUNT(*), COUNT(DISTINCT name), SUM(id) FROM m", "5002 5000 12497497")
		if diff := cmp.Diff(3, len(srv.Requests("executePreparedStatement"))); diff != "" {
			t.Logf("executions (-want +got): %s", diff)
		}
		for name, args := range map[string][]any{
			"lengths differ":            {exawire.Values([]int{1, 2}), exawire.Values([]string{"a"})},
			"columns and values":        {exawire.Values([]int{1, 2}), "a"},
			"too few columns":           {exawire.Values([]int{1, 2})},
			"too many columns":          {exawire.Values([]int{1}), exawire.Values([]string{"a"}), exawire.Values([]int{1})},
			"a value that does not fit": {exawire.Values([]int{1, 2}), exawire.Values([]string{"a", strings.Repeat("b", 21)})},
		} {
			if _, err := db.ExecContext(t.Context(), "INSERT INTO m VALUES (?, ?)", args...); err == nil {
				t.Errorf("%s: no error", name)
			}
			if _, err := stmt.ExecContext(t.Context(), args...); err == nil {
				t.Errorf("%s: no error of a prepared statement", name)
			}
		}
		if _, err := db.QueryContext(t.Context(), "SELECT * FROM m WHERE id = ?", exawire.Values([]int{1})); err == nil {
			t.Error("a query took a column")
		}
		wantTexts(t, db, "SELECT COUNT(*) FROM m", "5002")
	})
}
