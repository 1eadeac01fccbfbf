package resultset

import (
	"cmp"
	"time"
)

const (
	firstFetch = 1 << 20 // in bytes: small enough for a fast first row
	smallFetch = 3 << 19 // as fast as any larger one if the server is near, and smaller in memory and caches

	doubts    = 12 // fetches for which the server is not taken to be further away than it was before
	waitShare = 8  // no more than 1/waitShare of a fetch should be waiting

	// A link is taken for no faster than 300 MB per second, in bytes per nanosecond: faster ones are near, mostly, and messages
	// that are several times as large would save them little.
	fastestLink = 0.3
)

// fetchSize decides how many bytes each fetch of a result set asks for: as many as the link carries in seven times the
// latency, so that waiting is an eighth of a fetch, and at least smallFetch. The latency is the shortest time in which an
// answer has begun: large messages, which the server makes first, and other work on the machines lengthen waits, and nothing
// shortens them. What the link carries is how fast the fastest answer came, its wait included. As long as nobody waits for the
// rows, sizes do not grow.
type fetchSize struct {
	max       int64         // bound for what is asked for
	size      int64         // wanted size of the next answer
	roundTrip time.Duration // shortest one before the first fetch, 0 if not known
	latency   time.Duration // shortest wait for an answer to begin, 0 if there was none
	fetches   int
	rate      float64 // of the fastest fetch, in bytes per nanosecond
	excess    float64 // how many bytes come per byte asked for, at least 1: the server counts in its own way
}

// newFetchSize starts with the shortest round trip that is known of the server, 0 if none is.
func newFetchSize(limit int64, roundTrip time.Duration) fetchSize {
	return fetchSize{max: limit, size: min(firstFetch, limit), roundTrip: roundTrip, excess: 1}
}

// request returns the numBytes of the next fetch. If fewer rows are missing, the answer is just shorter.
func (f *fetchSize) request() int64 {
	return max(1, min(int64(float64(f.size)/f.excess), f.max))
}

// fetchResult is what there is to learn from a fetch after which rows are missing: the size of the last answer says nothing of
// what the server makes of numBytes.
type fetchResult struct {
	asked   int64 // numBytes
	bytes   int64 // that came
	elapsed time.Duration
	waited  time.Duration // of elapsed, until the answer began; 0 if not known
	starved bool          // the caller was kept waiting
}

// observe learns from a fetch.
func (f *fetchSize) observe(r fetchResult) {
	// A short answer is no reason to ask for more: the next one may be whole.
	f.excess = min(max(float64(r.bytes)/float64(r.asked), 1), 8)
	// Of an answer that does not tell, half is taken for waiting.
	waited := max(cmp.Or(r.waited, r.elapsed/2), 1)
	f.latency = min(cmp.Or(f.latency, waited), waited)
	f.rate = min(max(f.rate, float64(r.bytes)/float64(max(r.elapsed, 1))), fastestLink)
	latency := f.latency
	if f.fetches++; f.fetches <= doubts && f.roundTrip > 0 {
		latency = min(latency, f.roundTrip)
	}
	want := int64(float64(latency) * f.rate * (waitShare - 1))
	if want = min(max(want, smallFetch), f.max); want < f.size || r.starved {
		f.size = want
	}
}
