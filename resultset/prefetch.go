package resultset

import "time"

// The worker of a feed: the goroutine that fetches ahead.

// start starts a worker if there is work for one. f.mu is held.
func (f *feed) start() {
	if f.fetching == nil || f.prefetch == 0 || f.working || !f.work() {
		return
	}
	f.begin()
	f.working = true
	f.workers.Go(f.run)
}

// work reports whether there is something for a worker to do. f.mu is held, and no worker is between two steps.
func (f *feed) work() bool {
	if f.stopped || f.failed || f.err != nil || f.ctx.Err() != nil {
		return false
	}
	if f.pos >= f.numRows {
		return !f.closed
	}
	ahead := len(f.ready)
	if !f.waiting.IsZero() {
		ahead-- // the caller is about to take one
	}
	return ahead < f.prefetch
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
		if !f.work() {
			f.working = false
			f.changed.Signal()
			f.mu.Unlock()
			returned = true
			return
		}
		f.mu.Unlock()
		if f.pos == f.numRows {
			f.closeHandleInTime()
			continue
		}
		p := f.grab()
		err := f.fill(p)
		if err == nil && !f.starved(0) {
			err = f.decode(p)
		}
		f.mu.Lock()
		f.put(p, err)
		f.changed.Signal()
		f.mu.Unlock()
	}
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
