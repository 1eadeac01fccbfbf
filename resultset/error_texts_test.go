package resultset_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// TestRowsThatNobodyOpened calls all methods of rows that are nil or the zero value, as those of a call that failed are.
func TestRowsThatNobodyOpened(t *testing.T) {
	const want = "exawire: there are no rows: look at the error of what was to return them"
	for _, open := range []func() *resultset.Rows{func() *resultset.Rows { return nil }, func() *resultset.Rows { return &resultset.Rows{} }} {
		rows := open()
		if rows.Next() || rows.Columns() != nil || rows.NumRows() != 0 || rows.Handle() != commands.NoHandle {
			t.Error("there are rows")
		}
		_, valuesErr := rows.Values()
		_, collectErr := resultset.Collect[int](open())
		_, oneErr := resultset.One[int](open())
		errs := []error{rows.Err(), collectErr, oneErr}
		for _, err := range resultset.Each[int](open()) {
			errs = append(errs, err)
		}
		for _, err := range open().All() {
			errs = append(errs, err)
		}
		for _, err := range open().Batches() {
			errs = append(errs, err)
		}
		if len(errs) != 6 {
			t.Errorf("%d errors", len(errs))
		}
		for _, err := range errs {
			if err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		}
		if scanErr := rows.Scan(); scanErr == nil || valuesErr == nil || rows.Close() != nil {
			t.Errorf("Scan: %v, Values: %v", scanErr, valuesErr)
		}
	}
	var none context.Context
	_, err := resultset.Collect[[]any](resultset.Open(none, nil, &commands.ResultSet{Handle: commands.NoHandle}, resultset.Options{}))
	if diff := cmp.Diff("exawire: read rows: context canceled: the context is nil: use context.Background()", fmt.Sprint(err)); diff != "" {
		t.Errorf("no context (-want +got):\n%s", diff)
	}
}

// TestErrorTexts is about the words: each prefix once, and positions as people count them.
func TestErrorTexts(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	items := table{
		cols: []commands.ColumnInfo{
			column("ID", decimalType(18, 0)), column("BORN", typed(commands.Date)), column("PRICE", decimalType(18, 2)),
		},
		rows: [][]string{{`1`, `"2024-02-29"`, `"1.50"`}, {`2`, `"2023-02-29"`, `null`}},
	}
	open := func(ctx context.Context, data table) *resultset.Rows {
		return resultset.Open(ctx, nil, &commands.ResultSet{
			Handle: commands.NoHandle, Columns: data.cols, NumRows: int64(len(data.rows)), NumRowsInMessage: int64(len(data.rows)),
			Data: data.json(0, len(data.rows)),
		}, resultset.Options{})
	}
	with := func(use func(*resultset.Rows) error) error {
		rows := open(t.Context(), items)
		defer rows.Close()
		return use(rows)
	}
	batch := func(use func(*resultset.Batch) error) error {
		return with(func(rows *resultset.Rows) error {
			for b, err := range rows.Batches() {
				if err != nil {
					return err
				}
				return use(b)
			}
			return nil
		})
	}
	type row struct {
		ID    int64
		Born  time.Time
		Price resultset.Decimal
	}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"no such column", batch(func(b *resultset.Batch) error {
			_, err := b.Int64(3)
			return err
		}), "exawire: there is no column 4: the batch has 3"},
		{"wrong form", batch(func(b *resultset.Batch) error {
			_, err := b.Int64(1)
			return err
		}), `exawire: column 2 of 3 "BORN" is DATE, not available as int64`},
		{"bad value", batch(func(b *resultset.Batch) error {
			_, err := b.Time(1)
			return err
		}), `exawire: value of column 2 of 3 "BORN", row 2: DATE: value is not in the session's format, or there is no such day or time`},
		{"bad value into a field", with(func(rows *resultset.Rows) error {
			_, err := resultset.Collect[row](rows)
			return err
		}), `exawire: scan column 2 of 3 "BORN", row 2: DATE into time.Time: value is not in the session's format, or there is no such day or time`},
		{"null", with(func(rows *resultset.Rows) error {
			for rows.Next() {
				if err := rows.Scan(new(int), new(string), new(resultset.Decimal)); err != nil {
					return err
				}
			}
			return rows.Err()
		}), `exawire: scan column 3 of 3 "PRICE", row 2: DECIMAL(18,2) into exawire.Decimal: NULL into a destination that cannot hold it: use *exawire.Decimal or sql.Null[exawire.Decimal]`},
		{"destinations", with(func(rows *resultset.Rows) error {
			rows.Next()
			return rows.Scan(new(int))
		}), "exawire: scan: 1 destination for 3 columns"},
		{"another type", with(func(rows *resultset.Rows) error {
			_, err := resultset.Collect[struct {
				ID    *bool
				Born  time.Time
				Price resultset.Decimal
			}](rows)
			return err
		}), `exawire: scan column 1 of 3 "ID": DECIMAL(18,0) into *bool: the Go type does not fit the column`},
		{"a statement without rows", func() error {
			_, err := resultset.One[int64](open(t.Context(), table{}))
			return err
		}(), "exawire: scan into int64: the statement gives no rows"},
		{"a statement without rows into structs", func() error {
			_, err := resultset.Collect[row](open(t.Context(), table{}))
			return err
		}(), "exawire: scan into resultset_test.row: the statement gives no rows"},
		{"fields missing", with(func(rows *resultset.Rows) error {
			_, err := resultset.Collect[struct{ ID int }](rows)
			return err
		}), `exawire: scan into struct { ID int }: no field for "BORN" and "PRICE"; the tag ` + "`exa:\"BORN\"`" + ` binds a field to a column`},
		{"no row", with(func(rows *resultset.Rows) error { return rows.Scan() }), "exawire: no row to read: Next was not called or returned false"},
		{"ended", func() error {
			_, err := resultset.Collect[row](open(canceled, items))
			return err
		}(), "exawire: read rows: context canceled"},
		{"broken data", func() error {
			bad := table{items.cols, [][]string{{`1`, `"2024-02-29"`, `true`}}}
			_, err := resultset.Collect[row](open(t.Context(), bad))
			return err
		}(), `exawire: result data: column 3 of 3 "PRICE", row 1: DECIMAL(18,2): expected a number`},
		{"a failed fetch", func() error {
			f := &fake{tb: t, table: numbered(2), step: 1, onFetch: func(context.Context, int) error { return resultset.ErrUsed }}
			_, err := resultset.Collect[[]any](f.rows(t.Context(), f.header(0, true), resultset.Options{}))
			return err
		}(), "exawire: fetch rows from 1 on: rows were already read or closed"},
		{"data without a place", &resultset.DataError{Column: -1, Row: -1, Reason: "r"}, "exawire: result data: r"},
		{
			"data in a column", &resultset.DataError{Column: 1, Name: "A", Columns: 2, Row: -1, Type: typed(commands.Date), Reason: "r"},
			`exawire: result data: column 2 of 2 "A": DATE: r`,
		},
		{
			"the number of columns is not known", &resultset.ScanError{Column: "A", Index: 1, Row: -1, Type: typed(commands.Date), Go: "bool", Err: resultset.ErrNull},
			`exawire: scan column 2 "A": DATE into bool: NULL into a destination that cannot hold it: use *bool or sql.Null[bool]`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tt.want, tt.err.Error()); diff != "" {
				t.Errorf("text differs (-want +got):\n%s", diff)
			}
		})
	}
}
