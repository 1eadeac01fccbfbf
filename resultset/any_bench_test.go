package resultset_test

import (
	"syscall"
	"testing"

	"github.com/exawire/exawire/resultset"
)

func cpuNow() int64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

func cpuRow(b *testing.B, from int64) {
	b.ReportMetric(float64(cpuNow()-from)/float64(b.N)/benchRows, "cpu-ns/row")
	perRow(b)
}

func BenchmarkZAnyScan(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	dest := make([]any, 10)
	for i := range dest {
		dest[i] = new(any)
	}
	from := cpuNow()
	for b.Loop() {
		r := resultset.RowsOver(batch)
		for r.Next() {
			if err := r.Scan(dest...); err != nil {
				b.Fatal(err)
			}
		}
	}
	cpuRow(b, from)
}

func BenchmarkZAnyValues(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	from := cpuNow()
	for b.Loop() {
		r := resultset.RowsOver(batch)
		for r.Next() {
			if _, err := r.Values(); err != nil {
				b.Fatal(err)
			}
		}
	}
	cpuRow(b, from)
}

func BenchmarkZAnyEach(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	from := cpuNow()
	for b.Loop() {
		for _, err := range resultset.Each[[]any](resultset.RowsOver(batch)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	cpuRow(b, from)
}

func BenchmarkZAnyMap(b *testing.B) {
	batch := mixedBatch(b)
	b.ReportAllocs()
	from := cpuNow()
	for b.Loop() {
		for _, err := range resultset.Each[map[string]any](resultset.RowsOver(batch)) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	cpuRow(b, from)
}
