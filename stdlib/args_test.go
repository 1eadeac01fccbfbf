package stdlib_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
	"github.com/google/go-cmp/cmp"
)

func ptr[T any](v T) *T { return &v }

func mustDecimal(t testing.TB, s string) exawire.Decimal {
	t.Helper()
	d, err := exawire.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

type (
	name  string
	color struct{ text string }
)

func (c color) Value() (driver.Value, error) { return c.text, nil }

// Arguments arrive as they would from package exawire.
func TestArguments(t *testing.T) {
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		typ  string
		arg  any
		want string // the parameter as text, "" for NULL
	}{
		"int":                {"DECIMAL(18,0)", 42, "42"},
		"uint64":             {"DECIMAL(36,0)", uint64(1 << 63), "9223372036854775808"},
		"big.Int":            {"DECIMAL(36,0)", new(big.Int).Exp(big.NewInt(10), big.NewInt(30), nil), "1000000000000000000000000000000"},
		"big.Rat":            {"DECIMAL(36,3)", big.NewRat(1, 8), "0.125"},
		"Decimal":            {"DECIMAL(36,2)", mustDecimal(t, "12345678901234567890.12"), "12345678901234567890.12"},
		"text for a number":  {"DECIMAL(10,2)", "12.50", "12.5"},
		"float64":            {"DOUBLE", 0.1, "0.1"},
		"bool":               {"BOOLEAN", true, "true"},
		"string":             {"VARCHAR(10)", "a", "a"},
		"named string":       {"VARCHAR(10)", name("b"), "b"},
		"[]byte":             {"VARCHAR(10)", []byte("c"), "c"},
		"*string":            {"VARCHAR(10)", ptr("d"), "d"},
		"nil *string":        {"VARCHAR(10)", (*string)(nil), ""},
		"nil":                {"VARCHAR(10)", nil, ""},
		"sql.Null":           {"VARCHAR(10)", sql.Null[string]{V: "e", Valid: true}, "e"},
		"sql.Null of NULL":   {"VARCHAR(10)", sql.Null[string]{}, ""},
		"sql.NullInt64":      {"DECIMAL(18,0)", sql.NullInt64{Int64: 7, Valid: true}, "7"},
		"Valuer":             {"VARCHAR(10)", color{"red"}, "red"},
		"*Valuer":            {"VARCHAR(10)", &color{"red"}, "red"},
		"nil Valuer":         {"VARCHAR(10)", (*color)(nil), ""},
		"date":               {"DATE", day, "2024-02-29"},
		"timestamp":          {"TIMESTAMP", day.Add(time.Second), "2024-02-29 00:00:01"},
		"time.Duration":      {"INTERVAL DAY(2) TO SECOND(3)", 25 * time.Hour, "+01 01:00:00.000"},
		"DaySecond":          {"INTERVAL DAY(2) TO SECOND(3)", exawire.DaySecond{Days: 2}, "+02 00:00:00.000"},
		"YearMonth":          {"INTERVAL YEAR(2) TO MONTH", exawire.YearMonth{Months: 63}, "+05-03"},
		"JSON":               {"VARCHAR(100)", exawire.JSON[[]int]{V: []int{1, 2}}, "[1,2]"},
		"text for HASHTYPE":  {"HASHTYPE(16 BYTE)", "550e8400-e29b-11d4-a716-446655440000", "550e8400e29b11d4a716446655440000"},
		"array for HASHTYPE": {"HASHTYPE(16 BYTE)", [16]byte{1, 2}, "01020000000000000000000000000000"},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			srv, db := serve(t)
			srv.HandleSQL(param, exatest.RowCount(1).Params(exatest.Columns("P "+test.typ)...))
			st, err := db.Prepare(param)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			_, err1 := db.Exec(param, test.arg)
			_, err2 := st.Exec(test.arg)
			if err := errors.Join(err1, err2, drain(db.Query(param, test.arg)), drain(st.Query(test.arg))); err != nil {
				t.Fatal(err)
			}
			requests := srv.Requests("executePreparedStatement")
			if len(requests) != 4 {
				t.Fatalf("%d requests", len(requests))
			}
			for _, r := range requests {
				got := ""
				if text, null := r.Params[0].AppendText(nil, 0); !null {
					got = string(text)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// What is refused is refused before anything of the statement is sent, and says why.
func TestRefusedArguments(t *testing.T) {
	tests := map[string]struct {
		typ  string
		args []any
		want string
	}{
		"does not fit":       {"DECIMAL(4,0)", []any{12345}, "parameter 1"},
		"of no type":         {"DECIMAL(4,0)", []any{struct{}{}}, "parameter 1"},
		"too few":            {"DECIMAL(4,0)", nil, "parameter"},
		"too many":           {"DECIMAL(4,0)", []any{1, 2}, "2"},
		"named":              {"DECIMAL(4,0)", []any{sql.Named("id", 1)}, "parameters have no names: write ? for :id"},
		"out":                {"DECIMAL(4,0)", []any{sql.Out{Dest: new(int)}}, "no output parameters"},
		"mixed with columns": {"DECIMAL(4,0)", []any{exawire.Values([]int{1}), 2}, "either all arguments are columns"},
		"Script and more":    {"DECIMAL(4,0)", []any{stdlib.Script, 2}, "Script must be the only argument"},
		"more and Script":    {"DECIMAL(4,0)", []any{2, stdlib.Script}, "Script must be the only argument"},
		"column of no type":  {"DECIMAL(4,0)", []any{exawire.Values([]struct{}{{}})}, "parameter 1"},
		"row does not fit":   {"DECIMAL(4,0)", []any{exawire.Values([]int{1, 12345})}, "row 2"},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			srv, db := serve(t)
			srv.HandleSQL("INSERT ...", exatest.RowCount(1).Params(exatest.Columns("P "+test.typ)...))
			conn := pinned(t, db)
			if len(test.args) > 0 { // without arguments it is up to the server
				_, err := conn.ExecContext(t.Context(), param, test.args...)
				checkRefused(t, err, test.want)
				checkRefused(t, drain(conn.QueryContext(t.Context(), param, test.args...)), "")
			}
			st, err := conn.PrepareContext(t.Context(), param)
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			_, err = st.Exec(test.args...)
			checkRefused(t, err, "")
			checkRefused(t, drain(st.Query(test.args...)), "")
			if got := srv.Statements(); len(got) > 0 {
				t.Errorf("%q arrived", got)
			}
		})
	}
}

func checkRefused(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case err == nil:
		t.Error("it is not refused")
	case !strings.Contains(err.Error(), want):
		t.Errorf("%q does not say %q", err, want)
	default:
		checkHarmless(t, err)
	}
}

// Columns are written with few messages, and the rows that they changed are counted.
func TestColumns(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL("INSERT INTO t VALUES (?, ?)", exatest.Func(func(r *exatest.Request) exatest.Response {
		return exatest.RowCount(int64(len(r.ParamRows())))
	}))
	st, err := db.Prepare("INSERT INTO t VALUES (?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	cols := []any{exawire.Values([]string{"a", "b", "c"}), exawire.Values([]*int{ptr(1), nil, ptr(3)})}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for what, exec := range map[string]func() (sql.Result, error){
		"DB":   func() (sql.Result, error) { return db.Exec("INSERT INTO t VALUES (?, ?)", cols...) },
		"Stmt": func() (sql.Result, error) { return st.Exec(cols...) },
		"Tx":   func() (sql.Result, error) { return tx.Exec("INSERT INTO t VALUES (?, ?)", cols...) },
	} {
		before := len(srv.Statements())
		result, err := exec()
		if err != nil {
			t.Fatal(what, err)
		}
		if n, err := result.RowsAffected(); n != 3 || err != nil {
			t.Errorf("%s: %d rows, %v", what, n, err)
		}
		if n := len(srv.Statements()) - before; n != 1 {
			t.Errorf("%s: %d messages", what, n)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if _, err := db.Query("INSERT INTO t VALUES (?, ?)", cols...); err == nil || !strings.Contains(err.Error(), "are for Exec") {
		t.Errorf("Query: %v", err)
	}
	if _, err := st.Query(cols...); err == nil || !strings.Contains(err.Error(), "are for Exec") {
		t.Errorf("Stmt.Query: %v", err)
	}
}

func TestLastInsertID(t *testing.T) {
	srv, db := serve(t)
	srv.HandleSQL(plain, exatest.RowCount(1))
	result, err := db.ExecContext(context.Background(), plain)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := result.LastInsertId(); err == nil || !strings.Contains(err.Error(), "there is no last insert id") {
		t.Errorf("LastInsertId: %v", err)
	}
}
