package bulk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/tunnel"
)

// statement moves a group of files by one statement.
func (f *flow) statement(ctx context.Context, exec execFunc, group []int) (rows int64, err *Error) {
	sctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stopSoon := f.patience(cancel)
	defer stopSoon.stop()

	tunnels, places, err := f.open(sctx, group, stopSoon.begin)
	if err != nil {
		return 0, err
	}
	served := serveAll(sctx, tunnels)
	defer func() { // also if a Tracer panics
		served.end(f.cfg.CancelGrace)
		f.closeFiles(group)
	}()
	rows, sqlErr := f.exec(sctx, exec, f.t.sql(places))
	stopSoon.stop()
	outcomes := served.outcomes()
	served.end(f.cfg.CancelGrace)
	if err := f.verdict(ctx, sqlErr, group, outcomes); err != nil {
		return 0, err
	}
	for _, i := range group {
		f.files[i].over.Store(true)
	}
	return rows, nil
}

// closeFiles closes what was opened for ranges. Other files close themselves.
func (f *flow) closeFiles(group []int) {
	for _, i := range group {
		if p, ok := f.files[i].ranges.(*parquetFile); ok {
			_ = p.Close() // of what was read
		}
	}
}

// exec runs the statement, and notes whether it may have been sent.
func (f *flow) exec(ctx context.Context, exec execFunc, sql string) (rows int64, err error) {
	before := f.sent
	f.sent = true // also if a Tracer panics
	rows, err = exec(ctx, sql)
	if err != nil && exawire.SafeToRetry(err) {
		f.sent = before
	}
	return rows, err
}

// verdict combines what the statement and the files have come to.
func (f *flow) verdict(ctx context.Context, sqlErr error, group []int, outcomes []tunnel.Outcome) *Error {
	var files []*FileError
	stopped := errors.Is(sqlErr, errStopped) && ctx.Err() == nil
	for n, i := range group {
		files = append(files, f.fileError(f.files[i], outcomes[n], sqlErr != nil, sqlErr != nil && !stopped))
	}
	failed := f.failed(sqlErr, files...)
	if stopped && len(failed.Files) > 0 {
		// It was stopped here, which is no news, unless that has cost the session.
		failed.SQL = nil
		if closed := f.t.session.Err(); closed != nil {
			failed.SQL = fmt.Errorf("%w: the server did not end the statement within Config.CancelGrace", exawire.ErrSessionClosed)
		}
	}
	if failed.SQL == nil && len(failed.Files) == 0 {
		return nil
	}
	return failed
}

// fileError says what happened to a file, nil if nothing did. If the statement failed, it need not have been moved; and if
// it failed by itself, the database has hung up because of that.
func (f *flow) fileError(m *moving, o tunnel.Outcome, sqlFailed, sqlToBlame bool) *FileError {
	switch {
	case o.Failure != nil && o.Failure.Peer && sqlToBlame:
		return nil
	case o.Failure != nil:
		if own, ok := o.Failure.Err.(*FileError); ok { //nolint:errorlint // what is inside is the user's
			return &FileError{Name: m.label, Step: own.Step, Err: own.Err}
		}
		return &FileError{Name: m.label, Step: string(o.Failure.Step), Err: o.Failure.Err}
	case sqlFailed || o.Done:
		return nil
	case !o.Asked:
		return &FileError{Name: m.label, Step: string(tunnel.StepRequest), Err: errNotAsked}
	case f.t.op == opImport:
		return &FileError{Name: m.label, Step: string(tunnel.StepWrite), Err: errNotFinished}
	}
	return &FileError{Name: m.label, Step: string(tunnel.StepRead), Err: errNotFinished}
}

// body is what the tunnel of a file has to know.
func (f *flow) body(m *moving, name string, failed func()) *tunnel.File {
	b := &m.body
	b.Name, b.Again, b.Size, b.Failed = name, m.again, m.size, failed
	switch {
	case m.send != nil:
		b.Send = func(ctx context.Context, to io.Writer) error {
			return f.watchedCall(failed, func() error { return m.send(ctx, to) })
		}
	case m.receive != nil:
		b.Receive = func(ctx context.Context, from io.Reader) error {
			return f.watchedCall(failed, func() error { return m.receive(ctx, from) })
		}
	default:
		b.Ranges = &rangesOf{f, m.ranges, failed}
	}
	return b
}

// watchedCall is call for a function whose end by runtime.Goexit the tunnel does not see.
func (f *flow) watchedCall(failed func(), fn func() error) error {
	returned := false
	defer func() {
		if !returned {
			failed()
		}
	}()
	err := f.call(fn)
	returned = true
	return err
}

// rangesOf reads parts of a file of the user's.
type rangesOf struct {
	f      *flow
	from   io.ReaderAt
	failed func()
}

func (r *rangesOf) ReadAt(b []byte, at int64) (n int, err error) {
	err = r.f.watchedCall(r.failed, func() (err error) {
		n, err = r.from.ReadAt(b, at)
		return err
	})
	switch {
	case n < 0 || n > len(b):
		n, err = 0, errReadCount
	case err != nil && err != io.EOF: //nolint:errorlint // as package io has it
	default:
		return n, err
	}
	return n, &FileError{Step: stepRead, Err: err}
}

// patience stops a statement that goes on although a file has failed.
type patience struct {
	mu    sync.Mutex
	grace time.Duration
	fire  func()
	timer *time.Timer // nil until a file has failed
	over  bool
}

func (f *flow) patience(cancel context.CancelCauseFunc) *patience {
	return &patience{grace: f.cfg.CancelGrace, fire: func() { cancel(errStopped) }}
}

// begin is called when a file has failed.
func (p *patience) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer == nil && !p.over {
		p.timer = time.AfterFunc(p.grace, p.fire)
	}
}

func (p *patience) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// serving is the goroutines of tunnels.
type serving struct {
	tunnels []*tunnel.Tunnel
	wg      sync.WaitGroup
	once    sync.Once
	over    atomic.Pointer[time.Time] // when the context has ended; nil while it goes on
	unwatch func() bool
}

func serveAll(ctx context.Context, tunnels []*tunnel.Tunnel) *serving {
	s := &serving{tunnels: tunnels}
	s.unwatch = context.AfterFunc(ctx, func() {
		now := time.Now()
		s.over.Store(&now)
	})
	for _, t := range tunnels {
		s.wg.Go(t.Serve)
	}
	return s
}

func (s *serving) outcomes() []tunnel.Outcome {
	var all []tunnel.Outcome
	for _, t := range s.tunnels {
		all = append(all, t.Outcome())
	}
	return all
}

// end closes the tunnels and waits for their goroutines, but not longer than the grace, from the end of the context on if that
// has ended: they may be in code of the user's that does not return.
func (s *serving) end(grace time.Duration) {
	s.once.Do(func() {
		s.unwatch()
		if over := s.over.Load(); over != nil {
			grace -= time.Since(*over) // the functions of the files have been told then
		}
		for _, t := range s.tunnels {
			t.Close()
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.wg.Wait()
		}()
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-ended:
		case <-timer.C:
		}
	})
}
