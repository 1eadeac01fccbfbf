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

// RowsOver returns rows that deliver a batch that was decoded before, for benchmarks of what comes after decoding.
func RowsOver(b *Batch) *Rows {
	rs := &commands.ResultSet{Handle: commands.NoHandle, NumRows: int64(b.Len()), Columns: b.Columns()}
	r := &Rows{}
	r.feed.ctx, r.feed.cols, r.feed.numRows, r.feed.pos, r.feed.closed = context.Background(), rs.Columns, rs.NumRows, rs.NumRows, true
	header := *b
	r.feed.ready = []*parcel{{batch: &header, decoded: true}}
	return r
}
