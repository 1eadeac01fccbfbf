package cputime_test

import (
	"fmt"
	"testing"

	"github.com/exawire/exawire/internal/cputime"
)

func ExampleMeter() {
	result := testing.Benchmark(func(b *testing.B) {
		var cpu cputime.Meter
		cpu.Start()
		sum := 0
		for b.Loop() {
			for i := range 100_000 {
				sum += i
			}
		}
		cpu.Report(b)
	})
	_, ok := result.Extra["cpu-ns/op"]
	fmt.Println(ok)
	// Output: true
}
