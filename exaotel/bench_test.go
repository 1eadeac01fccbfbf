package exaotel_test

import (
	"context"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exapool"
)

// sinks are providers as programs have them.
var sinks = []struct {
	name string
	opts func() exaotel.Options
}{
	{"nothing", func() exaotel.Options {
		return exaotel.Options{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider()}
	}},
	{"metrics", func() exaotel.Options {
		return exaotel.Options{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: meters()}
	}},
	{"metrics-spans-not-sampled", func() exaotel.Options {
		return exaotel.Options{TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample())), MeterProvider: meters()}
	}},
	{"metrics-and-spans", func() exaotel.Options {
		return exaotel.Options{TracerProvider: sdktrace.NewTracerProvider(), MeterProvider: meters()}
	}},
}

func meters() *sdkmetric.MeterProvider {
	return sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
}

var (
	benchStart = exawire.CommandStart{
		Command: "execute", SessionID: 1 << 60, Addr: "exa1.example.com:8563", Number: 7, SQL: []string{"select a from t where b = 1"},
		Handle: -1, Bytes: 300, Time: time.Now(),
	}
	benchEnd   = exawire.CommandEnd{Bytes: 4000, Duration: 3 * time.Millisecond, Rows: 12}
	benchError = exawire.CommandEnd{Bytes: 200, Duration: time.Millisecond, Class: exawire.ClassStatement, SQLCode: "42000", Err: errOfCaller}
)

func runCommand(ctx context.Context, t *exaotel.Tracer, end exawire.CommandEnd) {
	if _, done := t.TraceCommand(ctx, benchStart); done != nil {
		done(end)
	}
}

// BenchmarkTraceCommand is what tracing adds to a command, by what becomes of the spans and the metrics.
func BenchmarkTraceCommand(b *testing.B) {
	for _, sink := range sinks {
		b.Run(sink.name, func(b *testing.B) {
			tracer, err := exaotel.NewTracer(sink.opts())
			if err != nil {
				b.Fatal(err)
			}
			ctx := called(b.Context())
			b.ReportAllocs()
			for b.Loop() {
				runCommand(ctx, tracer, benchEnd)
			}
		})
	}
}

// BenchmarkTraceCommandInParallel is the same for commands of many goroutines at once.
func BenchmarkTraceCommandInParallel(b *testing.B) {
	tracer, err := exaotel.NewTracer(sinks[1].opts())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			runCommand(context.Background(), tracer, benchEnd)
		}
	})
}

// BenchmarkTraceAcquire is what tracing adds to taking an idle session out of a pool and putting it back.
func BenchmarkTraceAcquire(b *testing.B) {
	tracer, err := exaotel.NewTracer(sinks[3].opts())
	if err != nil {
		b.Fatal(err)
	}
	ctx := called(b.Context())
	b.ReportAllocs()
	for b.Loop() {
		_, end := tracer.TraceAcquire(ctx, exapool.AcquireStart{Time: benchStart.Time})
		end(exapool.AcquireEnd{Duration: time.Microsecond, SessionID: 1})
		tracer.TraceRelease(exapool.ReleaseEnd{Held: time.Millisecond})
	}
}

// A command whose span is not recorded allocates one function beside what the API of OpenTelemetry allocates to start a
// span with attributes.
func TestAllocations(t *testing.T) {
	for _, sink := range sinks[:3] {
		t.Run(sink.name, func(t *testing.T) {
			opts := sink.opts()
			tracer, err := exaotel.NewTracer(opts)
			if err != nil {
				t.Fatal(err)
			}
			ctx := called(t.Context())
			bare := opts.TracerProvider.Tracer("bare")
			options := []trace.SpanStartOption{
				trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attribute.String("a", "b"), attribute.String("c", "d")),
			}
			least := func(run func()) float64 {
				best := testing.AllocsPerRun(100, run)
				for range 5 {
					best = min(best, testing.AllocsPerRun(100, run))
				}
				return best
			}
			started := least(func() { bare.Start(ctx, "SELECT", options...) })
			for name, end := range map[string]exawire.CommandEnd{"query": benchEnd, "error": benchError} {
				got := least(func() { runCommand(ctx, tracer, end) })
				t.Logf("%s: %v allocations, %v of them to start a span", name, got, started)
				if got > started+1 {
					t.Errorf("%s: %v allocations, %v more than to start a span", name, got, got-started)
				}
			}
		})
	}
}
