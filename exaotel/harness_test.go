package exaotel_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exatest"
)

// telemetry keeps what is exported in memory.
type telemetry struct {
	spans  *tracetest.InMemoryExporter
	traces *sdktrace.TracerProvider
	reader *sdkmetric.ManualReader
	meters *sdkmetric.MeterProvider
	tracer *exaotel.Tracer

	network *exatest.VirtualNetwork // of a bubble
}

// observe returns a Tracer whose spans and metrics stay in memory.
func observe(t testing.TB, opts exaotel.Options) *telemetry {
	t.Helper()
	o := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	o.traces = sdktrace.NewTracerProvider(sdktrace.WithSyncer(o.spans))
	o.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(o.reader))
	opts.TracerProvider, opts.MeterProvider = o.traces, o.meters
	var err error
	if o.tracer, err = exaotel.NewTracer(opts); err != nil {
		t.Fatal(err)
	}
	return o
}

// options returns those of o for other things that are observed.
func (o *telemetry) options() exaotel.Options {
	return exaotel.Options{TracerProvider: o.traces, MeterProvider: o.meters}
}

// bubble runs a test in virtual time, against a server of one node and what its clients export.
func bubble(t *testing.T, opts exaotel.Options, test func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config), nodes ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		server := []exatest.Option{exatest.WithNetwork(vn)}
		if len(nodes) > 0 {
			server = append(server, exatest.WithNodes(nodes...))
		}
		srv := exatest.NewServer(t, server...)
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		o := observe(t, opts)
		o.network = vn
		cfg.DialContext, cfg.Tracer = vn.DialContext, o.tracer
		if len(nodes) > 0 {
			cfg.Host = strings.Join(nodes, ",")
		}
		test(t, srv, o, cfg)
	})
}

// connect opens a session that the test closes.
func connect(t testing.TB, ctx context.Context, cfg *exawire.Config) *exawire.Session { //nolint:revive // a test comes first
	t.Helper()
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sess, err := client.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return sess
}

// caller is the span that the calls of a test are below of.
var caller = trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: trace.FlagsSampled})

// called returns the context of a caller who is traced.
func called(ctx context.Context) context.Context { return trace.ContextWithSpanContext(ctx, caller) }

// span is a span as tests compare it. All have the attributes of common in addition, and no events and no links.
type span struct {
	name, kind string
	parent     string // its name, "" if there is none
	took       time.Duration
	attrs      string // "key=value ...", by key; sizes and numbers of sessions are "n"
	status     string // "" unset, or the description of an error
}

// common are the attributes of all spans and metrics of one node.
const common = "db.system.name=exasol server.address=exatest server.port=8563"

// take returns the spans that have ended since the last call, in that order.
func (o *telemetry) take(t testing.TB) []span {
	t.Helper()
	stubs := o.spans.GetSpans()
	o.spans.Reset()
	names := map[trace.SpanID]string{caller.SpanID(): "the caller"}
	for _, s := range stubs {
		names[s.SpanContext.SpanID()] = s.Name
	}
	var spans []span
	for _, s := range stubs {
		got := span{name: s.Name, kind: s.SpanKind.String(), took: s.EndTime.Sub(s.StartTime), attrs: plain(s.Attributes)}
		if s.Parent.IsValid() {
			if got.parent = names[s.Parent.SpanID()]; got.parent == "" {
				got.parent = "a span that has ended"
			}
		}
		switch s.Status.Code {
		case codes.Unset:
		case codes.Error:
			got.status = s.Status.Description
			if got.status == "" {
				t.Errorf("span %s failed without a description", s.Name)
			}
		default:
			t.Errorf("span %s has the status %v", s.Name, s.Status.Code)
		}
		if len(s.Events) != 0 || len(s.Links) != 0 || s.DroppedAttributes != 0 {
			t.Errorf("span %s: events %v, links %v, %d attributes dropped", s.Name, s.Events, s.Links, s.DroppedAttributes)
		}
		scope := s.InstrumentationScope
		if scope.Name != "github.com/exawire/exawire/exaotel" || scope.Version != exawire.Version || !strings.HasSuffix(scope.SchemaURL, "/1.43.0") {
			t.Errorf("span %s: scope %+v", s.Name, scope)
		}
		spans = append(spans, got)
	}
	return spans
}

// plain returns attributes without those that are common, and without figures that no test knows.
func plain(attrs []attribute.KeyValue) string {
	var words []string
	for _, a := range attrs {
		value := a.Value.String()
		switch a.Key {
		case "exawire.session.id", "exawire.request.size", "exawire.response.size":
			if value != "0" {
				value = "n"
			}
		}
		words = append(words, string(a.Key)+"="+value)
	}
	slices.Sort(words)
	text := strings.Join(words, " ")
	if !slices.Equal(words, slices.Compact(slices.Clone(words))) {
		return "twice the same: " + text
	}
	return strings.TrimSpace(removeWords(text, strings.Fields(common)))
}

// removeWords takes words out of a text if all of them are in it.
func removeWords(text string, words []string) string {
	all := strings.Fields(text)
	for _, w := range words {
		if !slices.Contains(all, w) {
			return text
		}
	}
	return strings.Join(slices.DeleteFunc(strings.Split(text, " "), func(s string) bool { return slices.Contains(words, s) }), " ")
}

// collect returns all metrics: by name and attributes, the sum of a counter, and count and sum of a histogram.
func (o *telemetry) collect(t testing.TB) map[string]string {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := o.reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	enter := func(name string, set attribute.Set, value string) {
		key := name + "{" + plain(set.ToSlice()) + "}"
		if got[key] != "" {
			t.Errorf("%s is there twice", key)
		}
		got[key] = value
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					enter(m.Name, p.Attributes, fmt.Sprint(p.Value))
				}
			case metricdata.Histogram[int64]:
				for _, p := range d.DataPoints {
					enter(m.Name, p.Attributes, fmt.Sprint(p.Count, " of ", p.Sum))
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					enter(m.Name, p.Attributes, fmt.Sprintf("%d of %gs", p.Count, p.Sum))
				}
			default:
				t.Errorf("metric %s: %T", m.Name, d)
			}
		}
	}
	return got
}

// changed returns the metrics that have changed since before was collected. Sizes are "n".
func (o *telemetry) changed(t testing.TB, before map[string]string) map[string]string {
	t.Helper()
	after := o.collect(t)
	for key, value := range before {
		if after[key] == value {
			delete(after, key)
		}
	}
	for key := range after {
		if strings.HasPrefix(key, "exawire.client.sent{") || strings.HasPrefix(key, "exawire.client.received{") {
			after[key] = "n"
		}
	}
	return after
}

func checkSpans(t testing.TB, want, got []span) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(span{})); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func checkMetrics(t testing.TB, want, got map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
