// Package cputime tells how long a process has computed. Other programs disturb that less than the clock, so that benchmarks
// have it beside the time that passed.
package cputime

import (
	"testing"
	"time"
)

// Meter adds up the CPU time of this process while it runs, as the timer of a benchmark adds up the clock. What the garbage
// collector and the kernel do for the process counts. The zero value is ready.
type Meter struct {
	total, since time.Duration
}

// Start goes on counting.
func (m *Meter) Start() { m.since = Now() }

// Stop leaves out what comes until the next Start.
func (m *Meter) Stop() { m.total += Now() - m.since }

// Report ends the last count, and reports the CPU time of an operation in nanoseconds, as cpu-ns/op.
func (m *Meter) Report(b *testing.B) {
	m.Stop()
	b.ReportMetric(float64(m.total.Nanoseconds())/float64(b.N), "cpu-ns/op")
}
