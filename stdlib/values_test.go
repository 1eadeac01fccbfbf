package stdlib

import (
	"bytes"
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/resultset"
)

const valueRows = 5000

// shapeRows returns rows of a shape that came with the answer.
func shapeRows(shape benchdata.Shape, data []byte, n int) *exawire.Rows {
	return resultset.Open(context.Background(), nil, &commands.ResultSet{
		Handle: commands.NoHandle, NumRows: int64(n), NumRowsInMessage: int64(n),
		Columns: benchdata.Header[commands.ColumnInfo](shape), Data: bytes.Clone(data), // escapes are read in place
	}, resultset.Options{})
}

// simple is what rows would be without DriverValues: the values of each row in their natural types.
type simple struct{ *exawire.Rows }

func (r simple) Columns() []string { return nil }

func (r simple) Next(dest []driver.Value) error {
	if !r.Rows.Next() {
		return errors.Join(r.Err(), io.EOF)
	}
	row, err := r.Values()
	if err != nil {
		return err
	}
	for i, v := range row {
		if dest[i] = v; v == nil {
			continue
		}
		if valuer, ok := v.(driver.Valuer); ok {
			if dest[i], err = valuer.Value(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rows give the values of [exawire.Rows.Values], those that database/sql does not take as text.
func TestValuesAgree(t *testing.T) {
	for _, shape := range benchdata.All() {
		t.Run(shape.Name, func(t *testing.T) {
			data := shape.Data(valueRows)
			fast, slow := newRows(nil, shapeRows(shape, data, valueRows)), simple{shapeRows(shape, data, valueRows)}
			n := len(fast.Columns())
			for row := range valueRows {
				got, want := make([]driver.Value, n), make([]driver.Value, n)
				if err := errors.Join(fast.Next(got), slow.Next(want)); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("row %d (-want +got):\n%s", row, diff)
				}
			}
			if err := fast.Next(make([]driver.Value, n)); err != io.EOF { //nolint:errorlint // the comparison of database/sql
				t.Errorf("at the end: %v", err)
			}
		})
	}
}

// BenchmarkDriverRows hands the rows of a decoded message to database/sql, as the driver does, and beside it value by value
// with Batch.Value.
func BenchmarkDriverRows(b *testing.B) {
	for _, shape := range benchdata.All() {
		data := shape.Data(valueRows)
		for name, open := range map[string]func() driver.Rows{
			"rows":   func() driver.Rows { return newRows(nil, shapeRows(shape, data, valueRows)) },
			"values": func() driver.Rows { return simple{shapeRows(shape, data, valueRows)} },
		} {
			b.Run(name+"/"+shape.Name, func(b *testing.B) {
				b.ReportAllocs()
				dest := make([]driver.Value, len(benchdata.Header[commands.ColumnInfo](shape)))
				for b.Loop() {
					rows := open()
					for range valueRows {
						if err := rows.Next(dest); err != nil {
							b.Fatal(err)
						}
					}
					if err := rows.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/valueRows, "ns/row")
			})
		}
	}
}
