package exawire_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
)

// TestChunkBytesAreExact tries every bound of a range, so that messages come to it as closely as they can: to the byte, and
// whatever the number of rows has for digits.
func TestChunkBytesAreExact(t *testing.T) {
	const rows = 1200
	params := []exawire.ColumnInfo{{DataType: commands.DataType{Type: commands.Decimal, Precision: new(1), Scale: new(0)}}}
	for _, columns := range []int{1, 3} {
		all := slices.Repeat(params, columns)
		values := slices.Repeat([]exawire.ParamColumn{exawire.Values(make([]int64, rows))}, columns)
		header := exawire.HeaderSize(1<<30, all)
		exact := 0
		for bytes := int64(10); bytes < int64(2*columns*rows); bytes += int64(1 + rand.IntN(8)) {
			b, err := exawire.NewChunk(all, values)
			if err != nil {
				t.Fatal(err)
			}
			n, err := b.Take(0, rows, 0, bytes)
			if want := max(1, (int(bytes)/columns+1)/2); n != min(want, rows) || err != nil {
				t.Fatalf("%d columns, %d bytes: %d rows were taken, %v, want %d", columns, bytes, n, err, want)
			}
			message, err := b.Message(1 << 30)
			if err != nil {
				t.Fatal(err)
			}
			if spare := header + bytes - int64(len(message)); spare < 0 {
				t.Fatalf("%d columns, %d bytes: the message has %d too many", columns, bytes, -spare)
			} else if spare <= 20+int64(columns) {
				exact++
			}
			b.Free()
		}
		if exact < 100 {
			t.Errorf("%d columns: only %d messages came near to the bound", columns, exact)
		}
	}
	// Where a message is full, nothing but the digits of a number of rows keeps it from the bound.
	if got, want := exawire.HeaderSize(0, params), int64(len(`{"command":"executePreparedStatement","statementHandle":0,"numColumns":1,"numRows":`+strconv.Itoa(math.MaxInt)+`,`+
		`"columns":[{"name":"","dataType":{"type":"DECIMAL","precision":1,"scale":0}}],"data":[[]]}`)); got != want {
		t.Errorf("the head and the end of a message have %d bytes, want %d", got, want)
	}
}
