package e2e_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
)

// separators are what a server may do with the decimal separator of a session in results.
var separators = map[string][]exatest.Option{
	"by session":   nil,
	"always point": {exatest.WithDecimalPoints()},
}

func setNumericCharacters(t *testing.T, sess *exawire.Session, characters string) {
	t.Helper()
	if err := sess.SetAttributes(t.Context(), exawire.NumericCharacters(characters)); err != nil {
		t.Fatal(err)
	}
}

// TestNumericCharacters reads numbers under several separators, set at login, by an attribute and by SQL.
func TestNumericCharacters(t *testing.T) {
	values := []string{"0.5", "-12345678.9", "7", "99999999999999.25", "0"}
	want := []string{"0.50", "-12345678.90", "7.00", "99999999999999.25", "0.00"}
	for name, opts := range separators {
		for _, characters := range []string{".,", ",.", ";.", "'."} {
			t.Run(name+" "+characters, func(t *testing.T) {
				srv := exatest.NewServer(t, opts...)
				srv.HandleSQL("PRICES", exatest.Rows(exatest.Columns("P DECIMAL(18,2), F DOUBLE"), exatest.TextValues(values...), exatest.TextValues(values...)))
				check := func(sess *exawire.Session) {
					t.Helper()
					var got []string
					rows := openRows(t, sess, "PRICES")
					for row, err := range resultset.Each[struct {
						P exawire.Decimal
						F float64
					}](rows) {
						if err != nil {
							t.Fatal(err)
						}
						if row.P.Float64() != row.F {
							t.Errorf("the DECIMAL is %s, the DOUBLE %v", row.P, row.F)
						}
						got = append(got, row.P.String())
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Error(diff)
					}
				}
				check(connect(t, newClient(t, srv, func(c *exawire.Config) {
					c.Attributes = append(c.Attributes, exawire.NumericCharacters(characters))
				})))
				sess := connect(t, newClient(t, srv, nil))
				setNumericCharacters(t, sess, characters)
				check(sess)
				sess = connect(t, newClient(t, srv, nil))
				if _, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_NUMERIC_CHARACTERS='"+strings.ReplaceAll(characters, "'", "''")+"'"); err != nil {
					t.Fatal(err)
				}
				check(sess)
			})
		}
	}
}

// TestNumericCharactersWithinBatch has results of two separators in one answer.
func TestNumericCharactersWithinBatch(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("PRICES", exatest.Rows(exatest.Columns("P DECIMAL(18,2)"), exatest.TextValues("1.5")))
	results, err := sess.ExecuteBatch(t.Context(), []string{"PRICES", "ALTER SESSION SET NLS_NUMERIC_CHARACTERS=',.'", "PRICES"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range []int{0, 2} {
		rows, _ := results[i].Rows()
		v, err := resultset.One[string](rows)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	if diff := cmp.Diff([]string{"1.50", "1.50"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestNumericCharactersChange changes the separator while rows are open.
func TestNumericCharactersChange(t *testing.T) {
	for name, opts := range separators {
		for _, prefetch := range []int{-1, 1} {
			t.Run(fmt.Sprintf("%s, prefetch %d", name, prefetch), func(t *testing.T) {
				srv := exatest.NewServer(t, append(opts, exatest.WithInlineRows(0))...)
				var values []string
				for i := range 1000 {
					values = append(values, fmt.Sprintf("%d.25", i))
				}
				srv.HandleSQL("PRICES", exatest.Rows(exatest.Columns("P DECIMAL(18,2)"), exatest.TextValues(values...)))
				srv.Inject(fault.FetchRows(100))
				sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.Prefetch = prefetch }))
				characters := []string{".,", ",.", ";.", ",;"}
				var got []string
				for b, err := range openRows(t, sess, "PRICES").Batches() {
					if err != nil {
						t.Fatal(err)
					}
					prices, err := b.Decimal(0)
					if err != nil {
						t.Fatal(err)
					}
					for _, p := range prices.Values {
						got = append(got, p.String())
					}
					setNumericCharacters(t, sess, characters[len(got)/100%len(characters)])
				}
				if diff := cmp.Diff(values, got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// serveEcho has a statement that answers with its parameters as the server has understood them, as text.
func serveEcho(t *testing.T, typ string, opts ...exatest.Option) *exawire.Session {
	t.Helper()
	srv, sess := serve(t, opts...)
	srv.HandleSQL("ECHO ?", exatest.Func(func(r *exatest.Request) exatest.Response {
		return exatest.Rows(exatest.Columns("V VARCHAR(100)"), r.Params...).Params(exatest.Columns(`"" ` + typ)...)
	}))
	return sess
}

// TestDecimalParameterSeparator sends DECIMAL parameters to servers that read them in all ways that are plausible. Each
// stores the value that was given, or nothing is sent.
func TestDecimalParameterSeparator(t *testing.T) {
	decimal := func(text string) exawire.Decimal {
		d, err := exawire.ParseDecimal(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	args := []any{"0.1", "1.50", decimal("-12.34"), 0.29, 7, "9999999999999", "9999999999999.99", decimal("0.00"), uint64(math.MaxInt64 / 1000)}
	want := []string{"0.1", "1.5", "-12.34", "0.29", "7", "9999999999999", "9999999999999.99", "0", "9223372036854775"}
	for reading, opts := range map[string][]exatest.Option{
		"session":            nil,
		"point":              {exatest.WithDecimalReading(exatest.PointSeparator)},
		"session, as double": {exatest.WithDecimalNumbersAsDoubles()},
		"point, as double":   {exatest.WithDecimalReading(exatest.PointSeparator), exatest.WithDecimalNumbersAsDoubles()},
	} {
		t.Run(reading, func(t *testing.T) {
			sess := serveEcho(t, "DECIMAL(18,2)", opts...)
			stmt, err := sess.Prepare(t.Context(), "ECHO ?")
			if err != nil {
				t.Fatal(err)
			}
			for _, characters := range []string{".,", ",.", ";.", ".,"} { // the statement notices each change
				setNumericCharacters(t, sess, characters)
				var got []string
				for _, arg := range args {
					rows, err := stmt.Query(t.Context(), arg)
					if err != nil {
						t.Fatalf("%v under %s: %v", arg, characters, err)
					}
					v, err := resultset.One[string](rows)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, v)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("under %s: %s", characters, diff)
				}
			}
			setNumericCharacters(t, sess, ",.")
			for arg, want := range map[string]error{"9999999999999999.99": commands.ErrParamInexact, "1,5": commands.ErrParamText} {
				if _, err := stmt.Query(t.Context(), arg); !errors.Is(err, want) {
					t.Errorf("%s: error is %v, want %v", arg, err, want)
				}
			}
			if err := stmt.Close(t.Context()); err != nil {
				t.Error(err)
			}
			checkUsable(t, sess)
		})
	}
}

// TestBadNumbers: the session lives if a number is not of its type, and all other values can be read.
func TestBadNumbers(t *testing.T) {
	for _, inline := range []int{1000, 0} {
		t.Run(fmt.Sprintf("%d inline", inline), func(t *testing.T) {
			srv, sess := serve(t, exatest.WithInlineRows(inline))
			values := []string{"1", "2.5", "123456.78", "-0.0", "99.99"}
			srv.HandleSQL("ROWS", exatest.Rows(exatest.Columns("K INT, P DECIMAL(4,2)"), exatest.ValuesOf([]int{0, 1, 2, 3, 4}), exatest.TextValues(values...)))
			srv.Inject(fault.FetchRows(2))
			check := func(err error) {
				t.Helper()
				var bad *resultset.ValueError
				if !errors.As(err, &bad) || bad.Row != 2 || bad.Column != 1 || bad.Text != "123456.78" {
					t.Errorf("error is %v", err)
				}
				checkUsable(t, sess)
			}
			type row struct {
				K int
				P exawire.Decimal
			}
			var got []string
			for r, err := range resultset.Each[row](openRows(t, sess, "ROWS")) {
				if err != nil {
					check(err)
					break
				}
				got = append(got, r.P.String())
			}
			if diff := cmp.Diff([]string{"1.00", "2.50"}, got); diff != "" {
				t.Error(diff)
			}
			_, err := resultset.Collect[row](openRows(t, sess, "ROWS"))
			check(err)
			rows := openRows(t, sess, "ROWS")
			for got = got[:0]; rows.Next(); {
				var r row
				if err := rows.Scan(&r.K, &r.P); err != nil {
					check(err)
					continue
				}
				got = append(got, r.P.String())
			}
			if diff := cmp.Diff([]string{"1.00", "2.50", "0.00", "99.99"}, got); diff != "" || rows.Err() != nil {
				t.Error(diff, rows.Err())
			}
			var failed []int64
			for b, err := range openRows(t, sess, "ROWS").Batches() {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.Decimal(1); err != nil {
					check(err)
					failed = append(failed, b.Start())
				}
			}
			if want := map[int][]int64{1000: {0}, 0: {2}}[inline]; !slices.Equal(failed, want) {
				t.Errorf("the batches from rows %d on have no column, want %d", failed, want)
			}
			checkUsable(t, sess)
		})
	}
}
