package resultset

import (
	"context"
	"time"

	"github.com/exawire/exawire/commands"
)

// FetchSize gives the tests the choice of fetch sizes.
type FetchSize struct{ f fetchSize }

// NewFetchSize is newFetchSize.
func NewFetchSize(limit int64, roundTrip time.Duration) *FetchSize {
	return &FetchSize{newFetchSize(limit, roundTrip)}
}

// Request is request.
func (s *FetchSize) Request() int64 { return s.f.request() }

// Observe is observe.
func (s *FetchSize) Observe(asked, bytes int64, elapsed, waited time.Duration, starved bool) {
	s.f.observe(fetchResult{asked: asked, bytes: bytes, elapsed: elapsed, waited: waited, starved: starved})
}

// KnownTargets returns the number of structs that are known.
func KnownTargets() int { return knownStructs.Len() }

// RowsOver returns rows that deliver batches that were decoded before, for benchmarks of what comes after decoding.
func RowsOver(batches ...*Batch) *Rows {
	r := &Rows{}
	r.feed.ctx, r.feed.cols, r.feed.handle, r.feed.closed = context.Background(), batches[0].Columns(), commands.NoHandle, true
	for _, b := range batches {
		header := *b
		r.feed.ready = append(r.feed.ready, &parcel{batch: &header, decoded: true})
		r.feed.numRows += int64(b.Len())
	}
	r.feed.pos = r.feed.numRows
	return r
}

// MakeRoom is makeRoom for values without size, so that only numbers of rows are looked at.
func MakeRoom(rows []struct{}, n int, numRows int64) []struct{} { return makeRoom(rows, n, numRows) }
