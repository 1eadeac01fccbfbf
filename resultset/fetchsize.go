package resultset

import (
	"cmp"
	"math/bits"
	"time"
)

// Sizes of fetches in bytes, measured on loopback and over a link with a round trip of 30 ms.
const (
	firstFetch = 1 << 20 // small enough for a fast first row
	nearFetch  = 2 << 20 // as fast as any larger one if the server is near
	soonFetch  = 3 << 19 // where answers begin so soon that sizes need not be compared: smaller in memory and caches
	probeFetch = 4 << 20 // the second fetch when the first one took suspiciously long
	largeFetch = 4 << 20 // above this, it is checked now and then whether it still pays

	maxGrowth  = 8  // from one fetch to the next
	checkEvery = 8  // fetches
	doubts     = 12 // fetches before a server that was near is taken to be slow in answering

	nearLatency = 2 * time.Millisecond   // not worth larger messages
	farFirst    = 8 * time.Millisecond   // a first fetch quicker than this came from near
	slowFirst   = 100 * time.Millisecond // slower than this it may be the link: grow with care

	// A fetch is large enough when no more than 1/waitShare of its time is waiting.
	waitShare = 8

	// A link is taken for no faster than 300 MB per second, in nanoseconds per byte. So a latency that was measured too
	// long, because the machine was busy, does not lead to messages of any size.
	quickestByte = 1.0 / 0.3
)

// fetchSize decides how many bytes each fetch of a result set asks for. It takes the duration of a fetch for a fixed
// latency plus a time per byte, learns both from fetches of different sizes, and asks for as much as keeps the latency's
// share small, if somebody waits for the rows at all. The latency is never taken for longer than the answers took to begin:
// that is what keeps messages small on a busy machine, where fetches are slow for other reasons.
type fetchSize struct {
	max  int64 // bound for what is asked for
	size int64 // wanted size of the next answer

	near    bool          // the server was near before the first fetch
	latency time.Duration // shortest wait for an answer to begin, 0 if not known

	count   int
	shrinks int // fetches in succession that spoke for a smaller size

	// quickest has the quickest fetch of every size, in powers of two. Other work on the machines makes fetches slower,
	// never quicker.
	quickest [64]fetchSample

	rows, bytes int64   // so far, for the bytes per row
	excess      float64 // how many bytes come per byte asked for, at least 1: the server counts in its own way
}

type fetchSample struct {
	bytes   int64
	elapsed time.Duration // 0 if there is no sample
}

// newFetchSize starts with the shortest round trip that is known of the server, 0 if none is.
func newFetchSize(limit int64, roundTrip time.Duration) fetchSize {
	near := roundTrip > 0 && roundTrip < nearLatency
	return fetchSize{max: limit, size: min(firstFetch, limit), near: near, excess: 1}
}

// request returns the numBytes of the next fetch if the given number of rows is missing.
func (f *fetchSize) request(missing int64) int64 {
	size := float64(f.size)
	if f.size > largeFetch && f.count%checkEvery == checkEvery-1 {
		size /= 2 // to learn what the latency is by now
	}
	if f.rows > 0 {
		// A sixteenth more than the estimate, because rows differ. Up to a quarter more than planned is taken in one
		// go: a round trip for a small rest costs more.
		rest := float64(missing)*(float64(f.bytes)/float64(f.rows))*(1+1.0/16) + 4096
		if rest <= size*1.25 {
			size = rest
		}
	}
	return max(1, min(int64(size/f.excess), f.max))
}

// known adds rows that came without a fetch to the estimate of the bytes per row.
func (f *fetchSize) known(rows, bytes int64) {
	f.rows += rows
	f.bytes += bytes
}

// fetchResult is what there is to learn from a fetch.
type fetchResult struct {
	asked       int64 // numBytes
	rows, bytes int64 // that came
	elapsed     time.Duration
	waited      time.Duration // of elapsed, until the answer began; 0 if not known
	starved     bool          // the caller was kept waiting
	last        bool          // the last rows: their size says nothing of what the server makes of numBytes
}

// observe learns from a fetch.
func (f *fetchSize) observe(r fetchResult) {
	f.known(r.rows, r.bytes)
	if !r.last && r.asked > 0 {
		f.excess = min(max(float64(r.bytes)/float64(r.asked), 1), 8)
	}
	s := fetchSample{max(r.bytes, 1), max(r.elapsed, 1)}
	class := bits.Len64(uint64(s.bytes)) - 1
	if best := f.quickest[class]; best.elapsed == 0 || s.elapsed < best.elapsed {
		f.quickest[class] = s
	}
	if r.waited > 0 && (f.latency == 0 || r.waited < f.latency) {
		f.latency = r.waited
	}
	f.count++
	switch {
	case f.isNear():
		f.size = min(soonFetch, f.max)
		return
	case f.count == 1:
		f.grow(firstGrowth(cmp.Or(f.latency, s.elapsed)))
		return
	}
	want, ok := f.want(class)
	switch {
	case !ok:
		// The sizes are too close to tell latency from transfer. Only a larger fetch can.
		if f.quickest[class].elapsed > farFirst && r.starved {
			f.grow(f.size * 2)
		}
	case want > f.size:
		f.shrinks = 0
		if r.starved {
			f.grow(want)
		}
	case want < f.size:
		if f.shrinks++; f.shrinks > 1 {
			f.size = max(want, f.size/2)
		}
	default:
		f.shrinks = 0
	}
}

// isNear reports whether the latency is too short for larger messages to help, if that can be seen without comparing
// sizes.
func (f *fetchSize) isNear() bool {
	return f.latency > 0 && f.latency < nearLatency || f.near && f.count < doubts
}

// want returns the size at which waiting takes no more than its share, and whether that can be told from the fetches of
// this class and of another, preferably a smaller one.
func (f *fetchSize) want(class int) (size int64, ok bool) {
	for other := class - 1; other >= 0; other-- {
		if size, ok = f.compare(other, class); ok {
			return size, true
		}
	}
	for other := class + 1; other < len(f.quickest); other++ {
		if size, ok = f.compare(class, other); ok {
			return size, true
		}
	}
	return 0, false
}

// compare is want for two classes.
func (f *fetchSize) compare(smaller, larger int) (size int64, ok bool) {
	small, large := f.quickest[smaller], f.quickest[larger]
	if small.elapsed == 0 || large.bytes < small.bytes+small.bytes/2 {
		return 0, false
	}
	if small.elapsed > large.elapsed {
		f.quickest[smaller] = fetchSample{} // it was held up by something else
		return 0, false
	}
	perByte := float64(large.elapsed-small.elapsed) / float64(large.bytes-small.bytes)
	latency := float64(small.elapsed) - perByte*float64(small.bytes)
	if f.latency > 0 {
		latency = min(latency, float64(f.latency))
	}
	if latency < float64(nearLatency) {
		return min(nearFetch, f.max), true
	}
	enough := latency * (waitShare - 1) / max(perByte, quickestByte)
	return int64(min(max(enough, nearFetch), float64(f.max))), true
}

func (f *fetchSize) grow(want int64) {
	f.size = min(want, f.size*maxGrowth, f.max)
}

func firstGrowth(elapsed time.Duration) int64 {
	if elapsed >= farFirst && elapsed < slowFirst {
		return probeFetch
	}
	return nearFetch
}
