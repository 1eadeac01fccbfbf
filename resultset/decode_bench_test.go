package resultset_test

import (
	stdjson "encoding/json"
	"runtime"
	"testing"

	"github.com/goccy/go-json"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/internal/cputime"
	"github.com/exawire/exawire/resultset"
)

// benchSize is the size of a message in the benchmarks, that of a usual fetch.
const benchSize = 2 << 20

// BenchmarkDecodeMessage decodes a fetch answer of 2 MiB that is in memory: into typed columns that are used again, and as other
// Go clients do with the same bytes, into [][]any, by encoding/json in two stages (the envelope, then the rows) and by go-json.
func BenchmarkDecodeMessage(b *testing.B) {
	for _, s := range benchdata.All() {
		rows := s.RowsFor(benchSize)
		message, data := s.Message(rows), s.Data(rows)
		b.Run("columns/"+s.Name, func(b *testing.B) { decodeColumns(b, s, data, rows) })
		b.Run("encoding-json/"+s.Name, func(b *testing.B) {
			decode(b, rows, data, nil, func() error {
				var envelope struct {
					ResponseData stdjson.RawMessage `json:"responseData"`
				}
				if err := stdjson.Unmarshal(message, &envelope); err != nil {
					return err
				}
				var chunk struct {
					Data [][]any `json:"data"`
				}
				return stdjson.Unmarshal(envelope.ResponseData, &chunk)
			})
		})
		b.Run("go-json/"+s.Name, func(b *testing.B) {
			decode(b, rows, data, nil, func() error {
				var chunk [][]any
				return json.Unmarshal(data, &chunk)
			})
		})
	}
}

// decodeColumns decodes the same message again and again. Decoding undoes escapes in place, so that each turn needs a copy, which
// does not count.
func decodeColumns(b *testing.B, s benchdata.Shape, data []byte, rows int) {
	buf := make([]byte, len(data), len(data)+64)
	decoder := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](s), resultset.Formats{})
	var batch resultset.Batch
	once := func() error {
		_, err := decoder.Decode(&batch, buf, 0, int64(rows))
		return err
	}
	copy(buf, data)
	noError(b, once()) // from now on memory is reused
	decode(b, rows, data, func() { copy(buf, data) }, once)
}

// decode is the loop of a benchmark. What prepare does, which may be nil, does not count.
func decode(b *testing.B, rows int, data []byte, prepare func(), once func() error) {
	b.Helper()
	runtime.GC()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	var cpu cputime.Meter
	cpu.Start()
	for b.Loop() {
		if prepare != nil {
			cpu.Stop()
			b.StopTimer()
			prepare()
			b.StartTimer()
			cpu.Start()
		}
		if err := once(); err != nil {
			b.Fatal(err)
		}
	}
	cpu.Report(b)
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
