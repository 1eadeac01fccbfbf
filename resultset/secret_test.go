package resultset_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// chatty is a type of a user's, whose words are the user's own.
type chatty struct{}

func (*chatty) Scan(v any) error { return fmt.Errorf("I do not take %v", v) }

// TestScanErrorsHideValues reads a value into all types that cannot hold it, of this module and of the standard library.
func TestScanErrorsHideValues(t *testing.T) {
	const secret = "s3cret"
	for _, dst := range []any{
		new(int), new(float64), new(bool), new(time.Time), new(time.Duration), new(resultset.Decimal), new(resultset.YearMonth),
		new(resultset.DaySecond), new(big.Int), new(big.Float), new(*big.Float), new(sql.Null[big.Float]), new(chan int),
		new(sql.NullInt64), new(sql.NullInt32), new(sql.NullInt16), new(sql.NullByte), new(sql.NullFloat64), new(sql.NullBool),
		new(sql.NullTime), new(*sql.NullInt64), new(sql.Null[sql.NullBool]), new(sql.Null[int]), new(netip.Addr), new(netip.Prefix),
		new(net.IP), new(slog.Level), new(commands.JSON[int]), new(commands.JSON[big.Int]), new(commands.JSON[time.Time]), new(regexp.Regexp),
	} {
		for _, text := range []string{secret, `\"` + secret + `(\"`} {
			r := rowsOf(t, column("N", varchar(100)), `"`+text+`"`)
			r.Next()
			err := r.Scan(dst)
			if _, ok := dst.(*regexp.Regexp); ok && err == nil {
				continue // takes nearly any text
			}
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("%T: error %v", dst, err)
			}
		}
	}
	for dst, want := range map[any]string{
		new(sql.NullInt64): `exawire: scan column 1 of 1 "N", row 1: VARCHAR(100) UTF8 into sql.NullInt64: its Scan method refuses the value`,
		new(netip.Addr):    `exawire: scan column 1 of 1 "N", row 1: VARCHAR(100) UTF8 into netip.Addr: its UnmarshalText method refuses the value`,
		new(chatty):        `exawire: scan column 1 of 1 "N", row 1: VARCHAR(100) UTF8 into resultset_test.chatty: I do not take s3cret`,
	} {
		r := rowsOf(t, column("N", varchar(100)), `"`+secret+`"`)
		r.Next()
		if diff := cmp.Diff(want, fmt.Sprint(r.Scan(dst))); diff != "" {
			t.Errorf("text differs (-want +got):\n%s", diff)
		}
	}
	r := rowsOf(t, column("N", decimalType(18, 0)), "123456789")
	r.Next()
	if err := r.Scan(new(sql.NullInt16)); err == nil || strings.Contains(err.Error(), "123456789") {
		t.Errorf("a number: error %v", err)
	}
}

// TestExpressionsAreNoNames: a column that has the text of an expression for a name is shown up to its first literal.
func TestExpressionsAreNoNames(t *testing.T) {
	const name = "'s3cret' || ID"
	expression := column(name, varchar(100))
	twice := table{cols: []commands.ColumnInfo{expression, expression}, rows: [][]string{{`"a"`, `"a"`}}}
	f := &fake{tb: t, table: twice, step: 1}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"scan", func() error {
			_, err := resultset.Collect[int](rowsOf(t, expression, `"a"`))
			return err
		}(), `exawire: scan column 1 of 1 "...": VARCHAR(100) UTF8 into int: the Go type does not fit the column`},
		{"no column", func() error {
			_, err := resultset.Collect[struct{ ID int }](rowsOf(t, expression, `"a"`))
			return err
		}(), `exawire: scan into struct { ID int }: field ID: no column "ID"; the columns are "..."; a tag ` + "`exa:\"NAME\"`" + ` says which of them a field has`},
		{"twice", func() error {
			_, err := resultset.Collect[map[string]any](f.rows(t.Context(), f.header(1, true), resultset.Options{}))
			return err
		}(), `exawire: scan into map[string]any: columns 1 and 2 have the same name "...": give one another with AS, or read into []any`},
		{
			"a value", &resultset.ValueError{Name: "UPPER(A || 's3cret')", Columns: 1, Type: varchar(100), Reason: "r"},
			`exawire: value of column 1 of 1 "UPPER(A || ...", row 1: VARCHAR(100) UTF8: r`,
		},
		{
			"the data", &resultset.DataError{Name: name, Columns: 1, Row: -1, Type: varchar(100), Reason: "r"},
			`exawire: result data: column 1 of 1 "...": VARCHAR(100) UTF8: r`,
		},
		{
			"the type", &resultset.TypeError{Column: name, Columns: 1, Type: varchar(100), Want: "int64"},
			`exawire: column 1 of 1 "..." is VARCHAR(100) UTF8, not available as int64`,
		},
	} {
		if diff := cmp.Diff(tt.want, fmt.Sprint(tt.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	var scan *resultset.ScanError
	if _, err := resultset.Collect[int](rowsOf(t, expression, `"a"`)); !errors.As(err, &scan) || scan.Column != name {
		t.Errorf("the field of %v has not the whole name", err)
	}
}
