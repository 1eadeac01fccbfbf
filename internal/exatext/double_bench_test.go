package exatext_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/exawire/exawire/internal/exatext"
)

// BenchmarkAppendDouble writes doubles as text, prices with two decimals, fractions of 17 digits, integers and any values that
// there are, and as a baseline has strconv write the same.
func BenchmarkAppendDouble(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, values := range []struct {
		name string
		next func() float64
	}{
		{"prices", func() float64 { return float64(random.IntN(1_000_000)) / 100 }},
		{"digits17", random.Float64},
		{"integers", func() float64 { return float64(random.IntN(100_000)) }},
		{"any-bits", func() float64 { return math.Float64frombits(random.Uint64N(0x7FF << 52)) }},
	} {
		floats := make([]float64, 10_000)
		for i := range floats {
			floats[i] = values.next()
		}
		run := func(name string, write func(dst []byte, f float64) []byte) {
			b.Run(values.name+"/"+name, func(b *testing.B) {
				var buf [64]byte
				for b.Loop() {
					for _, f := range floats {
						write(buf[:0], f)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(floats)), "ns/value")
			})
		}
		run("exawire", func(dst []byte, f float64) []byte {
			dst, _ = exatext.AppendDouble(dst, f)
			return dst
		})
		run("strconv", func(dst []byte, f float64) []byte { return strconv.AppendFloat(dst, f, 'e', -1, 64) })
	}
}
