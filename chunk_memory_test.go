package exawire_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/exatext"
)

// wideParams and wideColumns are some 8 MiB of rows: numbers that grow, numbers that do not, and text.
func wideParams() []exawire.ColumnInfo {
	decimal := exawire.ColumnInfo{DataType: commands.DataType{Type: commands.Decimal, Precision: new(18), Scale: new(0)}}
	double := exawire.ColumnInfo{DataType: commands.DataType{Type: commands.Double}}
	text := exawire.ColumnInfo{DataType: commands.DataType{Type: commands.Varchar, Size: new(2000), CharacterSet: "UTF8"}}
	return []exawire.ColumnInfo{decimal, decimal, double, text, text}
}

func wideColumns(rows int) []exawire.ParamColumn {
	rng := rand.New(rand.NewPCG(1, 2))
	ids, random := make([]int64, rows), make([]int64, rows)
	doubles, names, notes := make([]float64, rows), make([]string, rows), make([]string, rows)
	for i := range rows {
		ids[i], random[i], doubles[i] = int64(i), rng.Int64N(1e15), rng.Float64()
		names[i], notes[i] = fmt.Sprintf("name of row %d", i), strings.Repeat("x", rng.IntN(60))
	}
	return []exawire.ParamColumn{
		exawire.Values(ids), exawire.Values(random), exawire.Values(doubles), exawire.Values(names), exawire.Values(notes),
	}
}

// encodeAll writes all rows as one message and returns its size.
func encodeAll(t testing.TB, cols []exawire.ParamColumn) int {
	b, err := exawire.NewChunk(wideParams(), cols)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	if n, err := b.Take(0, cols[0].Len(), 0, 0); n != cols[0].Len() || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	return messageSize(t, b)
}

// encodeStream writes the rows as ExecRows does and returns the size of the message.
func encodeStream(t testing.TB, cols []exawire.ParamColumn) int {
	b, err := exawire.NewChunk(wideParams(), cols)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	for lo := 0; lo < cols[0].Len(); {
		hi := min(lo+128, cols[0].Len())
		n, err := b.Take(lo, hi, 1_000_000, 8<<20)
		if err != nil {
			t.Fatal(err)
		}
		if lo += n; lo < hi {
			return messageSize(t, b)
		}
	}
	t.Fatal("the rows are fewer than a chunk")
	return 0
}

func messageSize(t testing.TB, b interface {
	Message(int, ...exawire.Attribute) ([]byte, error)
},
) int {
	message, err := b.Message(1)
	if err != nil {
		t.Fatal(err)
	}
	return len(message)
}

// TestMemoryOfChunks measures what is allocated per byte of a message, the first time and when all pools are full.
func TestMemoryOfChunks(t *testing.T) {
	if raceEnabled {
		t.Skip("pools drop at random under the race detector")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // what one processor puts into a pool others do not always find
	exatext.FloatPowers()                           // a table that a process makes once
	cols := wideColumns(95_000)
	for name, encode := range map[string]func(testing.TB, []exawire.ParamColumn) int{"at once": encodeAll, "streamed": encodeStream} {
		size := 0
		measure := func() float64 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			size = encode(t, cols)
			runtime.ReadMemStats(&after)
			return float64(after.TotalAlloc-before.TotalAlloc) / float64(size)
		}
		runtime.GC()
		runtime.GC() // pools keep what they have for one collection
		cold := measure()
		warm := measure()
		t.Logf("%s: %d bytes, %.3f allocated for each when cold, %.5f when warm", name, size, cold, warm)
		if size < 7<<20 || size > 9<<20 {
			t.Errorf("%s: the message has %d bytes", name, size)
		}
		if cold > 1.1 {
			t.Errorf("%s: %.3f bytes allocated per byte when cold", name, cold)
		}
		if warm*float64(size) > 16<<10 {
			t.Errorf("%s: %.0f bytes allocated when warm", name, warm*float64(size))
		}
	}
}

// BenchmarkParameterMessage makes a message of 8 MB with parameters of 95,000 rows: from columns that are whole, and from rows that
// come in portions.
func BenchmarkParameterMessage(b *testing.B) {
	exatext.FloatPowers() // a table that a process makes once
	cols := wideColumns(95_000)
	for name, encode := range map[string]func(testing.TB, []exawire.ParamColumn) int{"whole-columns": encodeAll, "portions": encodeStream} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(encode(b, cols)))
			}
		})
	}
}

// TestSmallStreamsTakeLittle writes a few rows where many could follow.
func TestSmallStreamsTakeLittle(t *testing.T) {
	for _, rows := range []int{1, 100, 300, 500} {
		b, err := exawire.NewChunk(wideParams(), wideColumns(rows))
		if err != nil {
			t.Fatal(err)
		}
		for lo := 0; lo < rows; lo += 128 {
			if _, err := b.Take(lo, min(lo+128, rows), 10_000, 8<<20); err != nil {
				t.Fatal(err)
			}
		}
		if size := messageSize(t, b); b.Room() > 6*size+4096 {
			t.Errorf("%d rows: %d bytes for a message of %d", rows, b.Room(), size)
		}
		b.Free()
	}
}

// TestChunkMessage compares messages with those that commands.Append makes of the same values.
func TestChunkMessage(t *testing.T) {
	const rows = 3000
	cols, params := wideColumns(rows), wideParams()
	data := make([][]byte, len(cols))
	b, err := exawire.NewChunk(params, cols)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	for _, attrs := range [][]exawire.Attribute{nil, {exawire.CurrentSchema(strings.Repeat("S", 5000))}} {
		for _, portion := range []int{1, 7, 128, rows} {
			b.Reset()
			for lo := 0; lo < rows; lo += portion {
				if n, err := b.Take(lo, min(lo+portion, rows), 0, 0); n != min(portion, rows-lo) || err != nil {
					t.Fatalf("%d rows, %v", n, err)
				}
			}
			for i, col := range cols {
				e, err := commands.NewParamEncoder(col, i, params[i], commands.ParamFormats{})
				if err != nil {
					t.Fatal(err)
				}
				if data[i], err = e.Append(data[i][:0], 0, rows); err != nil {
					t.Fatal(err)
				}
			}
			want, err := commands.Append(nil, commands.ExecutePreparedStatement{Handle: 7, Columns: params, NumRows: rows, Data: data}, attrs...)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := b.Message(7, attrs...); err != nil || !bytes.Equal(got, want) {
				t.Errorf("portions of %d: the message differs, %v", portion, err)
			}
		}
	}
}
