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

const cellRows = 5000

// shapeRows returns rows of a shape that came with the answer.
func shapeRows(shape benchdata.Shape, data []byte, n int) *exawire.Rows {
	return resultset.Open(context.Background(), nil, &commands.ResultSet{
		Handle: commands.NoHandle, NumRows: int64(n), NumRowsInMessage: int64(n),
		Columns: benchdata.Header[commands.ColumnInfo](shape), Data: bytes.Clone(data), // escapes are read in place
	}, resultset.Options{})
}

// simple is what rows would be without cells: the values of each row, one by one.
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

// Cells give the same values as reading them one by one does.
func TestCellsAgree(t *testing.T) {
	for _, shape := range benchdata.All() {
		t.Run(shape.Name, func(t *testing.T) {
			data := shape.Data(cellRows)
			fast, slow := newRows(nil, shapeRows(shape, data, cellRows)), simple{shapeRows(shape, data, cellRows)}
			n := len(fast.Columns())
			for row := range cellRows {
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

// Texts of all lengths, the empty one among them, whatever a piece of memory has left for them.
func TestTextRoom(t *testing.T) {
	var room textRoom
	text := make([]byte, 3*longText)
	for i := range text {
		text[i] = byte('a' + i%26)
	}
	var got []string
	for n := range text {
		got = append(got, room.keep(text[n/2:n]))
	}
	clear(text)
	for n, s := range got {
		if len(s) != n-n/2 || n > n/2 && s[0] != byte('a'+(n/2)%26) || n > n/2 && s[len(s)-1] != byte('a'+(n-1)%26) {
			t.Fatalf("text %d is %q", n, s)
		}
	}
	if room.size > maxPiece {
		t.Errorf("a piece of %d bytes", room.size)
	}
}

// BenchmarkDriverRows hands the rows of a decoded message to database/sql: by cells that are prepared for each column, as the
// driver does, and beside it by Values, row by row.
func BenchmarkDriverRows(b *testing.B) {
	for _, shape := range benchdata.All() {
		data := shape.Data(cellRows)
		for name, open := range map[string]func() driver.Rows{
			"cells":  func() driver.Rows { return newRows(nil, shapeRows(shape, data, cellRows)) },
			"values": func() driver.Rows { return simple{shapeRows(shape, data, cellRows)} },
		} {
			b.Run(name+"/"+shape.Name, func(b *testing.B) {
				b.ReportAllocs()
				dest := make([]driver.Value, len(benchdata.Header[commands.ColumnInfo](shape)))
				for b.Loop() {
					rows := open()
					for range cellRows {
						if err := rows.Next(dest); err != nil {
							b.Fatal(err)
						}
					}
					if err := rows.Close(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/cellRows, "ns/row")
			})
		}
	}
}
