package resultset_test

import (
	stdjson "encoding/json"
	"testing"

	"github.com/goccy/go-json"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/resultset"
)

// benchSize is the size of a message in the benchmarks, that of a usual fetch.
const benchSize = 2 << 20

// BenchmarkDecode decodes messages of the three shapes. The baselines are what other Go clients do with the same bytes.
func BenchmarkDecode(b *testing.B) {
	for _, s := range benchdata.All() {
		rows := s.RowsFor(benchSize)
		message := s.Message(rows)
		data := s.Data(rows)
		b.Run(s.Name+"/columns", func(b *testing.B) {
			buf := make([]byte, len(data), len(data)+64)
			decoder := resultset.NewDecoder(benchdata.Header[commands.ColumnInfo](s), resultset.Formats{})
			var batch resultset.Batch
			copy(buf, data)
			if _, err := decoder.Decode(&batch, buf, 0, int64(rows)); err != nil { // from now on memory is reused
				b.Fatal(err)
			}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				copy(buf, data) // decoding undoes escapes in place
				b.StartTimer()
				if _, err := decoder.Decode(&batch, buf, 0, int64(rows)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
		b.Run(s.Name+"/encoding-json-two-stages", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var envelope struct {
					ResponseData stdjson.RawMessage `json:"responseData"`
				}
				if err := stdjson.Unmarshal(message, &envelope); err != nil {
					b.Fatal(err)
				}
				var chunk struct {
					Data [][]any `json:"data"`
				}
				if err := stdjson.Unmarshal(envelope.ResponseData, &chunk); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.Name+"/go-json", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var chunk [][]any
				if err := json.Unmarshal(data, &chunk); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
