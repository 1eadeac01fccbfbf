package resultset_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/exawire/exawire/resultset"
)

// link is a simulated way to a server.
type link struct {
	latency time.Duration
	rate    float64                                    // bytes per second
	excess  float64                                    // bytes that come per byte asked for; 0 means 1
	noise   func(n int, d time.Duration) time.Duration // of fetch n; may be nil
	silent  bool                                       // the source does not tell how long answers took to begin
	known   time.Duration                              // round trip that is known beforehand
	idle    func(n int) bool                           // whether the caller is too slow to wait for fetch n; may be nil
}

type transfer struct {
	fetches int
	elapsed time.Duration
	largest int64 // answer
	final   int64 // last numBytes
	asked   []int64
}

// run fetches rows of so many bytes over the link.
func (l link) run(limit, rows, bytesPerRow int64) transfer {
	s := resultset.NewFetchSize(limit, l.known)
	excess := max(l.excess, 1)
	var t transfer
	for pos := int64(0); pos < rows; {
		ask := s.Request()
		n := min(max(int64(float64(ask)*excess)/bytesPerRow, 1), rows-pos)
		pos += n
		d := l.latency + time.Duration(float64(n*bytesPerRow)/l.rate*1e9)
		waited := l.latency
		if l.noise != nil {
			noisy := l.noise(t.fetches, d)
			waited += noisy - d
			d = noisy
		}
		if l.silent {
			waited = 0
		}
		starved := l.idle == nil || !l.idle(t.fetches)
		if pos < rows {
			s.Observe(ask, n*bytesPerRow, d, waited, starved)
		}
		t.fetches++
		t.elapsed += d
		t.largest = max(t.largest, n*bytesPerRow)
		t.final = ask
		t.asked = append(t.asked, ask)
	}
	return t
}

// fixed is the time that fetches of one size would take.
func (l link) fixed(size, total int64) time.Duration {
	fetches := (total + size - 1) / size
	return time.Duration(fetches)*l.latency + time.Duration(float64(total)/l.rate*1e9)
}

const mib = 1 << 20

func TestFetchSizeFits(t *testing.T) {
	const def = resultset.DefaultFetchBytes
	tests := []struct {
		name    string
		link    link
		limit   int64
		rows    int64
		largest int64   // bound for the answers
		slower  float64 // bound for the time, relative to the best fixed size
	}{
		{"loopback", link{latency: 50 * time.Microsecond, rate: 1e9}, def, 5_000_000, 2 * mib, 1.1},
		{"same room", link{latency: 300 * time.Microsecond, rate: 300e6}, def, 5_000_000, 2 * mib, 1.1},
		{"same city", link{latency: time.Millisecond, rate: 120e6}, def, 1_000_000, 4 * mib, 1.1},
		{"30 ms, fast", link{latency: 30 * time.Millisecond, rate: 1e9}, def, 5_000_000, def, 1.25},
		{"30 ms, 300 MB/s", link{latency: 30 * time.Millisecond, rate: 300e6}, def, 600_000, def, 1.25},
		{"30 ms, 100 MB/s", link{latency: 30 * time.Millisecond, rate: 100e6}, def, 600_000, def, 1.25},
		{"30 ms, 100 MB/s, known", link{latency: 30 * time.Millisecond, rate: 100e6, known: 30 * time.Millisecond}, def, 600_000, def, 1.25},
		{"30 ms, 10 MB/s", link{latency: 30 * time.Millisecond, rate: 10e6}, def, 600_000, 8 * mib, 1.25},
		{"150 ms, 50 MB/s", link{latency: 150 * time.Millisecond, rate: 50e6}, def, 5_000_000, def, 1.25},
		{"slow, near", link{latency: 200 * time.Microsecond, rate: 2e6}, def, 200_000, 2 * mib, 1.1},
		{"near, little asked for", link{latency: 50 * time.Microsecond, rate: 1e9}, mib / 2, 5_000_000, mib / 2, 10},
		{"near, thinks for 20 ms", link{latency: 20 * time.Millisecond, rate: 300e6, known: time.Millisecond}, def, 5_000_000, def, 1.25},
		{"far, little allowed", link{latency: 30 * time.Millisecond, rate: 1e9}, 4 * mib, 600_000, 4 * mib, 10},
		{"loopback, silent", link{latency: 50 * time.Microsecond, rate: 1e9, silent: true}, def, 5_000_000, 4 * mib, 1.1},
		{"30 ms, fast, silent", link{latency: 30 * time.Millisecond, rate: 1e9, silent: true}, def, 5_000_000, def, 1.25},
		{"30 ms, 100 MB/s, silent", link{latency: 30 * time.Millisecond, rate: 100e6, silent: true}, def, 600_000, def, 1.25},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const bytesPerRow = 160
			got := tt.link.run(tt.limit, tt.rows, bytesPerRow)
			best := time.Duration(1 << 62)
			for size := int64(mib); size <= tt.limit; size *= 2 {
				best = min(best, tt.link.fixed(size, tt.rows*bytesPerRow))
			}
			if ratio := float64(got.elapsed) / float64(best); tt.limit >= mib && ratio > tt.slower {
				t.Errorf("%d fetches of %v took %v, %.2f times the best fixed size, want at most %.2f",
					got.fetches, got.asked, got.elapsed, ratio, tt.slower)
			}
			if got.largest > tt.largest+tt.largest/4+bytesPerRow {
				t.Errorf("an answer of %d bytes, want about %d at most: %v", got.largest, tt.largest, got.asked)
			}
		})
	}
}

func TestFetchSizeSmallFirst(t *testing.T) {
	if got := resultset.NewFetchSize(64*mib, 0).Request(); got != mib {
		t.Errorf("first fetch asks for %d bytes, want 1 MiB", got)
	}
}

// TestFetchSizeServerCountsOtherwise has a server that sends four times as many bytes as were asked for.
func TestFetchSizeServerCountsOtherwise(t *testing.T) {
	near := link{latency: 50 * time.Microsecond, rate: 1e9, excess: 4}
	got := near.run(resultset.DefaultFetchBytes, 5_000_000, 160)
	if got.final > mib {
		t.Errorf("still asks for %d", got.final)
	}
	if got.largest > 5*mib {
		t.Errorf("an answer of %d bytes", got.largest)
	}
}

// TestFetchSizeNobodyWaits: a slow caller never waits for the rows, so larger messages would only cost memory.
func TestFetchSizeNobodyWaits(t *testing.T) {
	far := link{latency: 30 * time.Millisecond, rate: 1e9, idle: func(n int) bool { return n > 0 }}
	if got := far.run(resultset.DefaultFetchBytes, 5_000_000, 160); got.largest > 9*mib {
		t.Errorf("answers of up to %d bytes", got.largest)
	}
}

// TestFetchSizeBusyMachine: however long fetches take, one answer that begins soon shows that the server is near. Where
// that was known before, not a single fetch is larger.
func TestFetchSizeBusyMachine(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, rate := range []float64{20e6, 100e6, 500e6} {
		for _, known := range []time.Duration{0, 300 * time.Microsecond} {
			for range 20 {
				busy := link{latency: 100 * time.Microsecond, rate: rate, known: known}
				busy.noise = func(n int, d time.Duration) time.Duration {
					if n < 3 || random.IntN(2) == 0 {
						d += time.Duration(random.IntN(int(60 * time.Millisecond)))
					}
					return d
				}
				got := busy.run(resultset.DefaultFetchBytes, 5_000_000, 160)
				settled := got.asked[min(20, len(got.asked)-1):]
				if most := slices.Max(settled); most > 2*mib+mib/2 {
					t.Errorf("still asks for %d bytes: %v...", most, got.asked[:20])
				}
				if most := int64(3 * mib); known > 0 && got.largest > most {
					t.Errorf("an answer of %d bytes although the server is known to be near: %v...", got.largest, got.asked[:20])
				}
			}
		}
	}
}

// TestFetchSizeNoise: fetches that take long for other reasons must not make a near server a far one for good.
func TestFetchSizeNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	near := link{latency: 100 * time.Microsecond, rate: 500e6}
	for _, hiccup := range []time.Duration{5 * time.Millisecond, 20 * time.Millisecond, time.Second} {
		for first := range 5 {
			near.noise = func(n int, d time.Duration) time.Duration {
				if n == first || random.IntN(20) == 0 {
					return d + hiccup
				}
				return d + time.Duration(random.IntN(int(d/2)))
			}
			got := near.run(resultset.DefaultFetchBytes, 5_000_000, 160)
			if got.largest > 9*mib || got.final > 5*mib {
				t.Errorf("hiccups of %v, also at %d: answers of up to %d bytes, last fetch %d: %v", hiccup, first, got.largest, got.final, got.asked)
			}
		}
	}
	far := link{latency: 30 * time.Millisecond, rate: 1e9}
	best := far.fixed(resultset.DefaultFetchBytes, 5_000_000*160)
	for first := range 5 {
		far.noise = func(n int, d time.Duration) time.Duration {
			if n == first {
				return d + 500*time.Millisecond
			}
			return d + time.Duration(random.IntN(int(d/4)))
		}
		if got := far.run(resultset.DefaultFetchBytes, 5_000_000, 160); got.elapsed-500*time.Millisecond > best*3/2 {
			t.Errorf("hiccup at %d: took %v, best %v: %v", first, got.elapsed, best, got.asked)
		}
	}
}
