package exaotel

import (
	"context"
	"slices"

	"github.com/exawire/exawire"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// connectName is the name of the span of an attempt to connect.
const connectName = "connect"

// node is what is prepared for all attempts at one address.
type node struct {
	start []trace.SpanStartOption
	add   []metric.AddOption
}

// stumbleKey is what the metrics of attempts differ by that failed.
type stumbleKey struct {
	addr, step string
	failure    failure
}

func prepareNode(t *Tracer, addr string) *node {
	attrs := append(serverOf(addr), semconv.DBSystemNameKey.String(system))
	return &node{
		start: []trace.SpanStartOption{
			trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(t.opts.with(append(attrs, semconv.DBOperationName(connectName))...)...),
		},
		add: []metric.AddOption{t.set(attrs)},
	}
}

func prepareStumble(t *Tracer, key stumbleKey) *counted {
	attrs := append(serverOf(key.addr), semconv.DBSystemNameKey.String(system), keyClass.String(className(key.failure.class)))
	if key.step != "" {
		attrs = append(attrs, keyStep.String(key.step))
	}
	return t.count(key.failure.attributes(attrs)...)
}

func prepareEnd(t *Tracer, key failureKey) *counted {
	attrs := append(serverOf(key.addr), semconv.DBSystemNameKey.String(system))
	if key.failure.class != "" {
		attrs = append(attrs, keyClass.String(className(key.failure.class)))
	}
	return t.count(attrs...)
}

// TraceConnect is the method of exawire.Tracer: it starts the span of an attempt to open a session at one address, whose
// kind is client. The span of the login is below it. A failover shows one span for each address.
func (t *Tracer) TraceConnect(ctx context.Context, start exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	if t.idle() {
		return ctx, nil
	}
	n := t.connects.get(t, start.Addr, prepareNode)
	// A name that could not be resolved is told of afterwards.
	ctx, span := t.begin(ctx, connectName, append(slices.Clip(n.start), trace.WithTimestamp(start.Time)))
	if span.IsRecording() {
		span.SetAttributes(keyAttempt.Int(start.Attempt))
	}
	return ctx, func(end exawire.ConnectEnd) {
		f := failureOf(end.Class, end.SQLCode, end.Err != nil)
		if span.IsRecording() {
			if end.SessionID != 0 {
				span.SetAttributes(sessionID(end.SessionID))
			}
			if f.class != "" {
				t.fail(span, f, end.Op, end.Err)
				if end.Op != "" {
					span.SetAttributes(keyStep.String(end.Op))
				}
			}
		}
		span.End()
		if f.class != "" {
			t.meters.refused.Add(ctx, 1, t.stumbles.get(t, stumbleKey{start.Addr, end.Op, f}, prepareStumble).add...)
			return
		}
		t.meters.opened.Add(ctx, 1, n.add...)
		t.meters.createTime.Record(ctx, end.Duration.Seconds(), t.acquired...)
	}
}

// TraceClose is the method of exawire.Tracer: it counts the sessions that are over. There is no span, because nobody has
// called anything when the server ends an idle session.
func (t *Tracer) TraceClose(end exawire.SessionEnd) {
	if t.idle() {
		return
	}
	f := failureOf(end.Class, "", end.Err != nil)
	t.meters.closed.Add(context.Background(), 1, t.ends.get(t, failureKey{addr: end.Addr, failure: f}, prepareEnd).add...)
}
