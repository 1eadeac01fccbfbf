package exaotel

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

const (
	// acquireName is the name of the span of an Acquire.
	acquireName = "acquire"

	// worthASpan is how long an Acquire takes that has a span although it came to nothing but waiting.
	worthASpan = time.Millisecond
)

// acquire is an Acquire that is under way, and its context. Most of them find an idle session at once, and would double the
// number of spans for nothing. So the span is made when something turns out to be worth one.
type acquire struct {
	context.Context // of the caller

	t     *Tracer
	start time.Time

	mu   sync.Mutex
	span trace.Span // nil until it is needed
	over bool
}

// acquireKey is what an acquire is found by, by the Tracer that it belongs to.
type acquireKey struct{ t *Tracer }

// Value returns the acquire itself by its key.
func (a *acquire) Value(key any) any {
	if key == (acquireKey{a.t}) {
		return a
	}
	return a.Context.Value(key)
}

// acquireOf returns the Acquire that a context comes from, nil if there is none.
func (t *Tracer) acquireOf(ctx context.Context) *acquire {
	if ctx == nil {
		return nil
	}
	a, _ := ctx.Value(acquireKey{t}).(*acquire)
	return a
}

// show returns a context in which a span will be below that of the Acquire, unless it is below another one of it already.
func (a *acquire) show(ctx context.Context) context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.span == nil && !a.over {
		a.begin()
	}
	if a.span == nil || !trace.SpanContextFromContext(ctx).Equal(trace.SpanContextFromContext(a.Context)) {
		return ctx
	}
	return trace.ContextWithSpan(ctx, a.span)
}

// begin makes the span. The lock is held.
func (a *acquire) begin() {
	options := append(slices.Clip(a.t.acquireStart), trace.WithTimestamp(a.start))
	_, a.span = a.t.tracer.Start(a.Context, acquireName, options...)
}

// TraceAcquire is the method of exapool.Tracer. An Acquire has a span if a session was opened for it, if it took a
// millisecond or longer, or if it failed. The kind of the span is internal.
func (t *Tracer) TraceAcquire(ctx context.Context, start exapool.AcquireStart) (context.Context, func(exapool.AcquireEnd)) {
	if t.idle() || ctx == nil {
		return ctx, nil
	}
	a := &acquire{Context: ctx, t: t, start: start.Time}
	return a, a.end
}

func (a *acquire) end(end exapool.AcquireEnd) {
	f := failureOf(end.Class, "", end.Err != nil)
	a.finish(f, &end)
	meters := a.t.meters
	switch f.class {
	case "":
		meters.waitTime.Record(a.Context, end.Duration.Seconds(), a.t.acquired...)
	case exawire.ClassDeadline:
		meters.timeouts.Add(a.Context, 1, a.t.timeout...)
	}
}

// finish ends the span, if there is to be one.
func (a *acquire) finish(f failure, end *exapool.AcquireEnd) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.over = true
	if a.span == nil {
		if f.class == "" && !end.Opened && end.Duration < worthASpan {
			return
		}
		a.begin()
	}
	if a.span.IsRecording() {
		attrs := []attribute.KeyValue{keyOpened.Bool(end.Opened)}
		if end.SessionID != 0 {
			attrs = append(attrs, sessionID(end.SessionID))
		}
		a.span.SetAttributes(attrs...)
		if f.class != "" {
			a.t.fail(a.span, f, "", end.Err)
		}
	}
	a.span.End()
}

// TraceRelease is the method of exapool.Tracer: it measures how long sessions are used.
func (t *Tracer) TraceRelease(end exapool.ReleaseEnd) {
	if t.idle() {
		return
	}
	t.meters.useTime.Record(context.Background(), end.Held.Seconds(), t.acquired...)
}
