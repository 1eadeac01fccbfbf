package resultset_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// TestMemoryOfChunks decodes the shortest values that each type has, and numbers of rows that are not there. The factor is
// that of 24 bytes for a decimal of one digit, with room to spare for the next chunk.
func TestMemoryOfChunks(t *testing.T) {
	const rows, factor = 100_000, 14
	types := map[string]commands.DataType{
		"1":     {Type: commands.Decimal, Precision: new(18), Scale: new(0)},
		"2":     {Type: commands.Decimal, Precision: new(36), Scale: new(0)},
		"3":     {Type: commands.Double},
		"4":     {Type: "SOMETHING NEW"},
		"true":  {Type: commands.Boolean},
		`""`:    {Type: commands.Varchar},
		`"a"`:   {Type: commands.Timestamp},
		`"b"`:   {Type: commands.IntervalDayToSecond},
		"null":  {Type: commands.Date},
		`"\n"`:  {Type: commands.Char},
		`"é"`:   {Type: commands.Geometry},
		"[[1]]": {Type: "SOMETHING ELSE"},
	}
	for value, typ := range types {
		cols := []commands.ColumnInfo{{Name: "C", DataType: typ}}
		data := []byte("[[" + strings.Repeat(value+",", rows-1) + value + "]]")
		for _, claimed := range []int64{rows, rows - 1, rows + 1, 10 * rows, math.MaxInt32, math.MaxInt64} {
			decoder := resultset.NewDecoder(cols, resultset.Formats{})
			var b resultset.Batch
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := decoder.Decode(&b, data, 0, claimed)
			runtime.ReadMemStats(&after)
			if (err == nil) != (claimed == rows) {
				t.Errorf("%s: %d rows announced: %v", typ, claimed, err)
			}
			if bytes := after.TotalAlloc - before.TotalAlloc; bytes > uint64(factor*len(data)) {
				t.Errorf("%s: %s allocated for %d bytes, %d rows announced", typ, fmt.Sprint(bytes), len(data), claimed)
			}
		}
	}
}
