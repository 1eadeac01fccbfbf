package resultset_test

import (
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
	"github.com/exawire/exawire/resultset"
)

// collectRows is how many rows the results of these benchmarks have: those of several messages.
const collectRows, collectMessageRows = 200_000, 10_000

// collectBatches returns decoded messages with some columns of mixed10.
func collectBatches(tb testing.TB, columns ...int) []*resultset.Batch {
	tb.Helper()
	all, _ := benchdata.All()[0].Columns(collectMessageRows)
	header := benchdata.Header[commands.ColumnInfo](benchdata.All()[0])
	var cols []commands.ColumnInfo
	var values [][]byte
	for _, c := range columns {
		cols, values = append(cols, header[c]), append(values, all[c])
	}
	decoder := resultset.NewDecoder(cols, resultset.Formats{})
	var batches []*resultset.Batch
	for start := int64(0); start < collectRows; start += collectMessageRows {
		data := []byte{'['}
		for i, v := range values {
			if i > 0 {
				data = append(data, ',')
			}
			data = append(append(append(data, '['), v...), ']')
		}
		b := new(resultset.Batch)
		_, err := decoder.Decode(b, append(data, ']'), start, collectMessageRows)
		noError(tb, err)
		batches = append(batches, b)
	}
	return batches
}

// BenchmarkCollectManyBatches reads a result of twenty messages into a slice: with Collect, and with the loop that one would
// write instead, which makes room for NumRows rows and appends what Each yields. 64 MB of other memory are alive, as in
// DeliverRows.
func BenchmarkCollectManyBatches(b *testing.B) {
	b.Run("structs", func(b *testing.B) { benchmarkCollect[mixed](b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) })
	b.Run("pointers", func(b *testing.B) { benchmarkCollect[*mixed](b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) })
	b.Run("int64", func(b *testing.B) { benchmarkCollect[int64](b, 0) })
	b.Run("string", func(b *testing.B) { benchmarkCollect[string](b, 6) })
	b.Run("any", func(b *testing.B) { benchmarkCollect[[]any](b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) })
	b.Run("maps", func(b *testing.B) { benchmarkCollect[map[string]any](b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) })
}

func benchmarkCollect[T any](b *testing.B, columns ...int) {
	batches := collectBatches(b, columns...)
	b.Run("collect", func(b *testing.B) {
		measureCollect(b, batches, func(r *resultset.Rows) ([]T, error) { return resultset.Collect[T](r) })
	})
	b.Run("own-loop", func(b *testing.B) {
		measureCollect(b, batches, func(r *resultset.Rows) ([]T, error) {
			all := make([]T, 0, r.NumRows())
			for v, err := range resultset.Each[T](r) {
				if err != nil {
					return nil, err
				}
				all = append(all, v)
			}
			return all, nil
		})
	})
}

func measureCollect[T any](b *testing.B, batches []*resultset.Batch, read func(*resultset.Rows) ([]T, error)) {
	b.Helper()
	deliver(b, collectRows, func() {
		if all, err := read(resultset.RowsOver(batches...)); err != nil || len(all) != collectRows {
			b.Fatal(len(all), err)
		}
	})
}
