package bench

import (
	"runtime"
	"slices"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/internal/benchdata"
)

// TestBulkRowsAllocate: nothing is allocated per row or value on the whole path, with the server's part, but the memory of
// texts and of values behind pointers, many at a time.
func TestBulkRowsAllocate(t *testing.T) {
	const rows = 30_000
	orders := slices.Collect(Orders(rows))
	sess := connect(t, start(t, benchdata.All()[0], Options{Rows: 1, Imported: true, Exported: ExportedOrders(rows)}), nil)
	tests := []struct {
		name string
		most float64 // allocations per row
		move func() (int64, error)
	}{
		{"ImportRows", 0.1, func() (int64, error) {
			r, err := bulk.ImportRows(t.Context(), sess, "ORDERS", exawire.WithoutErrors(slices.Values(orders)))
			return r.Rows, err
		}},
		{"ExportRows", 0.2, func() (n int64, err error) {
			for _, err = range bulk.ExportRows[Order](t.Context(), sess, "ORDERS") {
				n++
			}
			return n, err
		}},
		{"Query", 0.1, func() (n int64, err error) {
			r, err := bulk.Query(t.Context(), sess, "ORDERS")
			if err != nil {
				return 0, err
			}
			for batch, err := range r.Batches() {
				if err != nil {
					return n, err
				}
				for i, column := range r.Columns() {
					if _, err := touch(batch, i, column.DataType); err != nil {
						return n, err
					}
				}
				n += int64(batch.Len())
			}
			return n, nil
		}},
	}
	for _, test := range tests {
		var before, after runtime.MemStats
		for range 2 { // the first time is for buffers
			runtime.ReadMemStats(&before)
			if n, err := test.move(); n != rows || err != nil {
				t.Fatalf("%s: %d rows, %v", test.name, n, err)
			}
			runtime.ReadMemStats(&after)
		}
		if got := float64(after.Mallocs-before.Mallocs) / rows; got > test.most {
			t.Errorf("%s: %.3f allocations per row, want %v at most", test.name, got, test.most)
		} else {
			t.Logf("%s: %.3f allocations per row", test.name, got)
		}
	}
}
