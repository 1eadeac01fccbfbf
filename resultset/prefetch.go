package resultset

import (
	"slices"
	"time"
)

// The worker of a feed: the goroutine that fetches ahead.

// step is what a worker does next.
type step int

const (
	stepNone step = iota
	stepFetch
	stepDecode
	stepClose
)

// start starts a worker if there is work for one. f.mu is held.
func (f *feed) start() {
	if f.fetching == nil || f.prefetch == 0 || f.working {
		return
	}
	if step, _ := f.step(); step == stepNone {
		return
	}
	f.begin()
	f.working = true
	f.workers.Go(f.run)
}

// step returns what there is to do for a worker, and which parcel is to be decoded. f.mu is held, and no worker is between two
// steps.
func (f *feed) step() (step, *parcel) {
	if f.stopped || f.failed || f.err != nil || f.ctx.Err() != nil {
		return stepNone, nil
	}
	ahead := f.ready
	if !f.waiting.IsZero() && len(ahead) > 0 {
		ahead = ahead[1:] // the caller is about to take the first, and decodes it
	}
	if f.pos < f.numRows && f.mayFetch(ahead) {
		return stepFetch, nil
	}
	// The last one first: a caller who comes meanwhile need not wait for the one before, but decodes it.
	for _, p := range slices.Backward(ahead) {
		if !p.decoded {
			return stepDecode, p
		}
	}
	if f.pos >= f.numRows && !f.closed {
		return stepClose, nil
	}
	return stepNone, nil
}

// mayFetch reports whether one more message may be fetched. If messages are small, as from a near server, that is one more than
// prefetch says, so that the next is on its way while this one is decoded. f.mu is held.
func (f *feed) mayFetch(ahead []*parcel) bool {
	switch n := len(ahead); {
	case n < f.prefetch:
		return true
	case n > f.prefetch:
		return false
	default:
		return f.size.size <= smallFetch && len(ahead[n-1].Data) <= 2*smallFetch
	}
}

// run is the worker.
func (f *feed) run() {
	returned := false
	defer func() {
		if !returned {
			f.broken(recover())
		}
	}()
	for {
		f.mu.Lock()
		step, p := f.step()
		f.decoding = p
		if step == stepNone {
			f.working = false
			f.changed.Signal()
			f.mu.Unlock()
			returned = true
			return
		}
		f.mu.Unlock()
		switch step {
		case stepFetch:
			f.fetchAhead()
		case stepDecode:
			f.decodeAhead(p)
		case stepClose:
			f.closeHandleInTime()
		}
	}
}

// fetchAhead fetches a parcel.
func (f *feed) fetchAhead() {
	p := f.grab()
	err := f.fill(p)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(p, err)
	f.changed.Signal()
}

// decodeAhead decodes a parcel that is ready. If it cannot be decoded, the rows end before it.
func (f *feed) decodeAhead(p *parcel) {
	err := f.decode(p)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.decoding, p.err = nil, err
	f.changed.Signal()
}

// broken is the end of a worker in which the source has panicked. The caller gets that value, behind the rows that were
// fetched before: nobody else could hear of it.
func (f *feed) broken(value any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.working, f.panic = false, value
	if f.err == nil {
		f.err = errPanicked
	}
	if f.decoding != nil {
		f.decoding.err = errPanicked
		f.decoding = nil
	}
	f.changed.Signal()
}

// raise panics with what the source has panicked with in the worker, once. f.mu is held.
func (f *feed) raise() {
	if f.fetching == nil || f.panic == nil {
		return
	}
	value := f.panic
	f.panic = nil
	panic(value)
}

// starved reports whether the caller waits and has done so for d.
func (f *feed) starved(d time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.prefetch == 0 || !f.waiting.IsZero() && time.Since(f.waiting) >= d
}

// grab returns a parcel to fill.
func (f *feed) grab() *parcel {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.free); n > 0 {
		p := f.free[n-1]
		f.free = f.free[:n-1]
		return p
	}
	return &parcel{}
}

// put appends a filled parcel to those that are ready, or notes why it was not filled. f.mu is held.
func (f *feed) put(p *parcel, err error) {
	if err == nil {
		f.ready = append(f.ready, p)
		return
	}
	p.release()
	f.free = append(f.free, p)
	if f.err == nil && err != errComplete { //nolint:errorlint // made here
		f.err = err
	}
}
