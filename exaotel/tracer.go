package exaotel

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Tracer makes spans and metrics of what it is told. It is an exawire.Tracer, for Config.Tracer, and an exapool.Tracer, for
// the Options of a pool: one Tracer can be both, and serve several clients. It is safe for concurrent use and need not be
// closed; the providers belong to the program. A nil Tracer and the zero value export nothing.
type Tracer struct {
	opts   Options
	tracer trace.Tracer // nil if the Tracer was not made by NewTracer
	meters *instruments

	commands cache[commandKey, command]
	failures cache[failureKey, failed]
	connects cache[string, node]
	stumbles cache[stumbleKey, counted]
	ends     cache[failureKey, counted]

	acquireStart []trace.SpanStartOption
	acquired     []metric.RecordOption
	timeout      []metric.AddOption
}

var (
	_ exawire.Tracer = (*Tracer)(nil)
	_ exapool.Tracer = (*Tracer)(nil)
)

// NewTracer returns a Tracer. It fails if an option is not valid, or if a provider cannot make one of the metrics.
func NewTracer(opts Options) (*Tracer, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	opts.Attributes = slices.Clone(opts.Attributes)
	meters, err := newInstruments(opts.meter())
	if err != nil {
		return nil, fmt.Errorf("exaotel: %w", err)
	}
	t := &Tracer{opts: opts, tracer: opts.tracer(), meters: meters}
	pool := semconv.DBClientConnectionPoolName(opts.PoolName)
	t.acquireStart = []trace.SpanStartOption{
		trace.WithAttributes(opts.with(semconv.DBSystemNameKey.String(system), pool)...),
	}
	set := metric.WithAttributeSet(attribute.NewSet(opts.with(pool)...))
	t.acquired, t.timeout = []metric.RecordOption{set}, []metric.AddOption{set}
	return t, nil
}

// idle reports whether there is nothing to be done.
func (t *Tracer) idle() bool { return t == nil || t.tracer == nil }

// counted is how something is counted whose attributes were prepared.
type counted struct{ add []metric.AddOption }

// count prepares the attributes of a counter.
func (t *Tracer) count(attrs ...attribute.KeyValue) *counted {
	return &counted{add: []metric.AddOption{t.set(attrs)}}
}

// set prepares attributes of metrics.
func (t *Tracer) set(attrs []attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributeSet(attribute.NewSet(t.opts.with(attrs...)...))
}

// mostText is how much of an error's text is shown, in bytes.
const mostText = 1024

// fail marks a span as failed. step is what of it did not succeed, "" if there are no steps.
func (t *Tracer) fail(span trace.Span, f failure, step string, err error) {
	description := f.String()
	if step != "" {
		description = step + ": " + description
	}
	if t.opts.ErrorText && err != nil {
		description = shorten(err.Error(), mostText)
	}
	span.SetStatus(codes.Error, description)
	span.SetAttributes(f.attributes(nil)...)
}

// more stands for what is left out of a text.
const more = "..."

// shorten returns text of at most so many bytes, as an exporter can send it.
func shorten(text string, most int) string {
	cut := len(text) > most
	if cut {
		text = text[:most]
	}
	if text = strings.ToValidUTF8(text, "\ufffd"); !cut && len(text) <= most {
		return text
	}
	end := min(len(text), max(most-len(more), 0))
	for end > 0 && end < len(text) && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more[:min(most, len(more))]
}

// begin starts a span below the one of the context, or below that of an Acquire that the context comes from.
func (t *Tracer) begin(ctx context.Context, name string, options []trace.SpanStartOption) (context.Context, trace.Span) {
	if a := t.acquireOf(ctx); a != nil {
		ctx = a.show(ctx)
	}
	return t.tracer.Start(ctx, name, options...)
}
