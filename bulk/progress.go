package bulk

import (
	"context"
	"slices"
	"time"
)

// progressInterval is how often progress is reported, if there is any.
const progressInterval = 100 * time.Millisecond

// reporter calls the function of [OnProgress].
type reporter struct {
	f      *flow
	report func(Progress) // nil for none
	quit   chan struct{}
	ended  chan struct{}
	silent bool // the function has not returned
}

// watch begins to report. If the user's function does not return, broken is called.
func (f *flow) watch(broken func()) *reporter {
	r := &reporter{f: f, report: f.t.options.progress, quit: make(chan struct{}), ended: make(chan struct{})}
	if r.report == nil {
		close(r.ended)
		return r
	}
	go func() {
		defer close(r.ended)
		returned := false
		defer func() {
			if !returned {
				f.broke(recover())
				broken()
			}
		}()
		r.run()
		returned = true
	}()
	return r
}

// run reports each change, but not too often.
func (r *reporter) run() {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	var before []FileProgress
	for {
		select {
		case <-r.quit:
			return
		case <-ticker.C:
			if r.isOver() {
				return // both are ready after a report that took long
			}
			if now := r.f.progress(); !slices.Equal(now, before) {
				before = now
				r.report(Progress{Bytes: bytesOf(now), Rows: r.f.rowsSoFar(), Files: slices.Clone(now)})
			}
		}
	}
}

func (r *reporter) isOver() bool {
	select {
	case <-r.quit:
		return true
	default:
		return false
	}
}

// stop ends the reports on the way, and waits for the one that is being made. When ctx has ended it waits no longer than the
// grace; there are no further reports then.
func (r *reporter) stop(ctx context.Context, grace time.Duration) {
	close(r.quit)
	select {
	case <-r.ended:
		return
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
		r.silent = true
	}
}

// last makes the report at the end.
func (r *reporter) last(succeeded bool) {
	if r.report == nil || r.silent {
		return
	}
	files, rows := r.f.progress(), r.f.rowsSoFar()
	if succeeded {
		rows = r.f.rows
	}
	r.report(Progress{Bytes: bytesOf(files), Rows: rows, Files: files, Done: true})
}

// progress returns how far each file has come.
func (f *flow) progress() []FileProgress {
	all := make([]FileProgress, len(f.files))
	for i, m := range f.files {
		all[i] = FileProgress{Name: m.name, Bytes: m.body.Moved.Load(), Size: m.size, Done: m.over.Load()}
		if tn := m.tunnel.Load(); tn != nil && m.ranges == nil {
			all[i].Done = all[i].Done || tn.Outcome().Done
		}
	}
	return all
}

// rowsSoFar returns how many rows were moved, -1 if that is not known of every file.
func (f *flow) rowsSoFar() (rows int64) {
	for _, m := range f.files {
		if m.rows == nil {
			return -1
		}
		rows += m.rows()
	}
	return rows
}

func bytesOf(files []FileProgress) (bytes int64) {
	for _, p := range files {
		bytes += p.Bytes
	}
	return bytes
}
