package resultset_test

import (
	"testing"

	"github.com/exawire/exawire/resultset"
)

// BenchmarkRowsIntoAny reads rows of mixed10, whose message is decoded, as values of type any: with Scan into *any, with
// Values, and with Each as slices and as maps.
func BenchmarkRowsIntoAny(b *testing.B) {
	batch := mixedBatch(b)
	dest := make([]any, batch.NumColumns())
	for i := range dest {
		dest[i] = new(any)
	}
	for _, way := range []struct {
		name string
		read func(r *resultset.Rows) error
	}{
		{"scan", func(r *resultset.Rows) error {
			for r.Next() {
				if err := r.Scan(dest...); err != nil {
					return err
				}
			}
			return r.Err()
		}},
		{"values", func(r *resultset.Rows) error {
			for r.Next() {
				if _, err := r.Values(); err != nil {
					return err
				}
			}
			return r.Err()
		}},
		{"each", eachIntoAny[[]any]},
		{"map", eachIntoAny[map[string]any]},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				noError(b, way.read(resultset.RowsOver(batch)))
			}
			perRow(b)
		})
	}
}

func eachIntoAny[T any](r *resultset.Rows) error {
	for _, err := range resultset.Each[T](r) {
		if err != nil {
			return err
		}
	}
	return nil
}
