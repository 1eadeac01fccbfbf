package commands_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
)

// BenchmarkParamTimes writes timestamps with microseconds: of one day, as logs have them, and of any days.
func BenchmarkParamTimes(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2024, 2, 28, 0, 0, 0, 0, time.UTC)
	for _, spread := range []struct {
		name string
		days int64
	}{{"one-day", 1}, {"any-days", 9_000}} {
		times := make([]time.Time, benchRows)
		for i := range times {
			times[i] = start.Add(time.Duration(random.Int64N(spread.days*86_400_000_000)) * time.Microsecond)
		}
		b.Run(spread.name, func(b *testing.B) {
			e, err := commands.NewParamEncoder(commands.Values(times), 0, params(of(commands.Timestamp))[0], commands.ParamFormats{})
			if err != nil {
				b.Fatal(err)
			}
			var out []byte
			for b.Loop() {
				if out, err = e.Append(out[:0], 0, benchRows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/value")
		})
	}
}
