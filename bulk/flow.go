package bulk

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/tunnel"
)

// flow is a transfer under way.
type flow struct {
	t        *transfer
	cfg      *exawire.Config
	guard    protection
	identity func() (*tunnel.Identity, error) // made once, when it is first needed
	files    []*moving
	nodes    []string // to dial beside that of the session, nil until they are known
	silent   sync.Map // those of them where no tunnel could be opened

	rows int64 // of the statements that have succeeded
	sent bool  // a statement may have reached the database

	mu     sync.Mutex
	broken bool // by a function that did not return
	panic  any  // what it panicked with, nil if it ended its goroutine
}

// moving is a file under way.
type moving struct {
	*file
	label  string // for errors: the name, or the number of what has none beside others
	body   tunnel.File
	tunnel atomic.Pointer[tunnel.Tunnel] // nil until there is one
	over   atomic.Bool                   // it was moved, and the statement has succeeded
}

// newIdentity makes the key of a transfer. Tests that are about something else have one for all.
var newIdentity = tunnel.NewIdentity

var errNoContext = errors.New("the context is nil: use context.Background()")

// begin checks what can be checked before anything is sent.
func (t *transfer) begin(ctx context.Context) (*flow, error) {
	if ctx == nil {
		return nil, &Error{Op: t.op, SQL: errNoContext}
	}
	if err := t.session.Err(); err != nil {
		return nil, &Error{Op: t.op, SQL: err}
	}
	guard, err := protectionFor(t.session, t.options.encryption)
	if err != nil {
		return nil, &Error{Op: t.op, SQL: err}
	}
	f := &flow{t: t, cfg: t.session.Config(), guard: guard, identity: sync.OnceValues(newIdentity)}
	for i := range t.files {
		m := &moving{file: &t.files[i], label: t.files[i].name}
		if m.label == "" && len(t.files) > 1 {
			m.label = fmt.Sprintf("number %d", i+1)
		}
		f.files = append(f.files, m)
	}
	return f, nil
}

// watched runs what moves the files while progress is reported, and lets a panic of the user's code go on.
func (f *flow) watched(ctx context.Context, move func(ctx context.Context) *Error) (Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p := f.watch(func() { cancel(errStopped) })
	failed := f.moveAndWait(ctx, p, move)
	if f.isBroken() {
		f.goOn()
	}
	p.last(failed == nil)
	if failed != nil {
		return Result{}, failed
	}
	return Result{Rows: f.rows, Files: f.progress()}, nil
}

// moveAndWait moves the files and waits for the reports.
func (f *flow) moveAndWait(ctx context.Context, p *reporter, move func(ctx context.Context) *Error) *Error {
	defer p.stop(ctx, f.cfg.CancelGrace)
	return move(ctx)
}

// move moves the files by one statement after the other. If a function of the user's did not return, it does not either.
func (f *flow) move(ctx context.Context, exec execFunc) *Error {
	f.rows = 0
	for _, group := range f.groups() {
		if ctx.Err() != nil {
			return f.failed(ctxerr.Of(ctx))
		}
		rows, err := f.statement(ctx, exec, group)
		if f.isBroken() {
			f.goOn()
		}
		if err != nil {
			return err
		}
		f.rows += rows
	}
	if f.t.check != nil {
		if err := f.t.check(f.rows); err != nil {
			return f.failed(err)
		}
	}
	return nil
}

// failed is the error of a transfer whose statement or transaction failed.
func (f *flow) failed(sql error, files ...*FileError) *Error {
	return &Error{
		Op: f.t.op, SQL: sql, Files: slices.DeleteFunc(files, func(e *FileError) bool { return e == nil }),
		sent: f.sent,
	}
}

// broke enters that a function of the user's did not return: it has panicked with a value, or ended its goroutine.
func (f *flow) broke(value any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.broken {
		f.broken, f.panic = true, value
	}
}

func (f *flow) isBroken() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.broken
}

// goOn does in this goroutine what the function of the user's did in its own.
func (f *flow) goOn() {
	f.mu.Lock()
	value := f.panic
	f.mu.Unlock()
	if value != nil {
		panic(value)
	}
	runtime.Goexit()
}

// call calls a function of the user's, whose panic must not end the goroutine of a tunnel unseen.
func (f *flow) call(fn func() error) (err error) {
	returned := false
	defer func() {
		if !returned {
			f.broke(recover())
			err = errBroken
		}
	}()
	err = fn()
	returned = true
	return err
}
