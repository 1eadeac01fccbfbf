package bench

import (
	"testing"
	"time"
)

// reportCPU reports how long this process has computed for an operation since a time of [cpuTime]: what the garbage collector
// and the kernel do counts, and it does not matter how many processors there are, or who else uses them.
func reportCPU(b *testing.B, since time.Duration) {
	b.ReportMetric(float64((cpuTime()-since).Nanoseconds())/float64(b.N), "cpu-ns/op")
}
