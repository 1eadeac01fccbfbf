package resultset_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/exawire/exawire/resultset"
)

// A simulation of results that are read with one message ahead, in virtual time: over links of many kinds, by fast and slow
// callers, from servers that need time for each fetch or byte and count bytes in their own way, on machines that have other
// work. It judges a change of the fetch sizes by time and memory. Decision 0010 has what it says of the parts.

// scene is a result that is read.
type scene struct {
	rtt      time.Duration
	rate     float64       // of the link, bytes per nanosecond
	perFetch time.Duration // that the server needs before it answers
	perByte  float64       // and for each byte, in nanoseconds, also before it answers
	caller   float64       // what the caller does with a byte, in nanoseconds
	bytes    int64         // of the result, about
	perRow   float64       // bytes
	drift    float64       // by which later rows are larger
	yield    float64       // bytes that come per byte asked for
	short    bool          // one answer in 20 is an eighth of the others
	noise    noise
	seed     uint64
}

// noise is other work on the machines.
type noise int

const (
	calm noise = iota
	rare       // one wait in 25 is long
	busy       // half of them are
)

// delay is by how much a wait or a transfer takes longer.
func (n noise) delay(r *rand.Rand, d time.Duration) time.Duration {
	jitter, often, most := 0.01, 0.0, 0.0
	switch n {
	case calm:
	case rare:
		jitter, often, most = 0.05, 0.04, 60e6
	case busy:
		jitter, often, most = 0.2, 0.5, 40e6
	}
	x := r.ExpFloat64() * jitter * float64(d)
	if r.Float64() < often {
		x += r.Float64() * most
	}
	return time.Duration(x)
}

// sizes says how much to ask for.
type sizes interface {
	Request() int64
	Observe(asked, bytes int64, elapsed, waited time.Duration, starved bool)
}

// fixedSize is the same for each fetch.
type fixedSize int64

func (f fixedSize) Request() int64                               { return int64(f) }
func (fixedSize) Observe(_, _ int64, _, _ time.Duration, _ bool) {}

// read returns how long it takes to read the result, and the largest message.
func (s scene) read(by sizes) (total time.Duration, largest int64) {
	random := rand.New(rand.NewPCG(s.seed, 7))
	rows := int64(float64(s.bytes) / s.perRow)
	var end, taken, done time.Duration // of the message before: its fetch, when the caller took it, and was done with it
	for pos, fetches := int64(0), 0; pos < rows; fetches++ {
		perRow := s.perRow
		if pos > rows/3 {
			perRow *= s.drift
		}
		ask := by.Request()
		n := min(max(int64(float64(ask)*s.yield/perRow), 1), rows-pos)
		if s.short && fetches%20 == 13 {
			n = max(n/8, 1)
		}
		pos += n
		bytes := float64(n) * perRow
		waited := s.rtt + s.perFetch + time.Duration(bytes*s.perByte)
		waited += s.noise.delay(random, waited)
		transfer := time.Duration(bytes / s.rate)
		elapsed := waited + transfer + s.noise.delay(random, transfer)
		// The message before has to be taken before the next fetch begins.
		begin := max(end, taken)
		end = begin + elapsed
		starved := end > done && end-max(done, begin) >= elapsed/4
		if pos < rows {
			by.Observe(ask, int64(bytes), elapsed, waited, starved)
		}
		taken = max(end, done)
		done = taken + time.Duration(bytes*s.caller)
		largest = max(largest, int64(bytes))
	}
	return done, largest
}

// best is how long it takes with the best fixed size.
func (s scene) best() time.Duration {
	best := time.Duration(math.MaxInt64)
	for size := int64(1 * mib); size <= resultset.DefaultFetchBytes; size *= 2 {
		elapsed, _ := s.read(fixedSize(float64(size) / max(s.yield, 1)))
		best = min(best, elapsed)
	}
	return best
}

// servers are kinds of servers, and of rows.
var servers = []scene{
	{perRow: 160, drift: 1, yield: 1},
	{perRow: 160, drift: 1, yield: 1, perByte: 2},
	{perRow: 45, drift: 1, yield: 1, perByte: 10, perFetch: time.Millisecond},
	{perRow: 1030, drift: 1, yield: 1, perFetch: 20 * time.Millisecond},
	{perRow: 160, drift: 0.25, yield: 4},
	{perRow: 160, drift: 4, yield: 0.5, perByte: 1},
	{perRow: 160, drift: 1, yield: 1, short: true},
}

// scenes are all combinations.
func scenes() (all []scene) {
	for _, s := range servers {
		for _, rtt := range []float64{0.05, 0.5, 2, 5, 10, 30, 100, 200} {
			for _, rate := range []float64{10, 100, 300, 1000, 3000} {
				for _, bytes := range []int64{1e5, 1e6, 1e7, 1e8, 1e9} {
					for _, caller := range []float64{1, 10, 100} {
						for s.noise = calm; s.noise <= busy; s.noise++ {
							s.seed++
							s.rtt, s.rate, s.bytes, s.caller = time.Duration(rtt*1e6), rate/1e3, bytes, caller
							all = append(all, s)
						}
					}
				}
			}
		}
	}
	return all
}

// TestFetchSizeSimulation compares the time of every scene with that of the best fixed size, which nobody knows before, and
// bounds what messages take in memory.
func TestFetchSizeSimulation(t *testing.T) {
	var logs, largest float64
	var ratios []float64
	var near [busy + 1]int64
	worst := map[string]float64{}
	all := scenes()
	for _, s := range all {
		elapsed, size := s.read(resultset.NewFetchSize(resultset.DefaultFetchBytes, s.rtt))
		ratio := float64(elapsed) / float64(s.best())
		ratios = append(ratios, ratio)
		logs += math.Log(ratio)
		largest += float64(size)
		plain := s.yield == 1 && s.noise == calm && s.perFetch < 5*time.Millisecond
		switch {
		case plain && s.rtt == 30*time.Millisecond && s.bytes == 1e9:
			worst["30 ms away"] = max(worst["30 ms away"], ratio)
		case plain && s.rtt < time.Millisecond:
			worst["near"] = max(worst["near"], ratio)
		}
		if s.rtt < time.Millisecond && s.perFetch < 5*time.Millisecond && s.perByte < 5 && s.yield == 1 {
			near[s.noise] = max(near[s.noise], size)
		}
	}
	slices.Sort(ratios)
	n := float64(len(all))
	for _, figure := range []struct {
		name      string
		got, most float64
	}{
		{"time, geometric mean over the best fixed size", math.Exp(logs / n), 1.2},
		{"time, 99 % of the scenes", ratios[len(ratios)*99/100], 4.7},
		{"time, 30 ms away, 1 GB", worst["30 ms away"], 1.25},
		{"time, near", worst["near"], 1.3},
		{"largest message, mean in MiB", largest / n / mib, 5.5},
		{"largest message near a calm machine, in MiB", float64(near[calm]) / mib, 5.5},
		{"largest message near a busy machine, in MiB", float64(near[busy]) / mib, 8},
	} {
		t.Logf("%s: %.3f", figure.name, figure.got)
		if figure.got > figure.most {
			t.Errorf("%s: %.3f, want at most %.2f", figure.name, figure.got, figure.most)
		}
	}
}
