package exaotel_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

func TestOptions(t *testing.T) {
	for _, test := range []struct {
		name string
		opts exaotel.Options
		want string // error
	}{
		{"the global providers", exaotel.Options{}, ""},
		{"nothing at all", exaotel.Options{TracerProvider: tracenoop.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider()}, ""},
		{"a nil tracer provider", exaotel.Options{TracerProvider: (*sdktrace.TracerProvider)(nil)}, "exaotel: options: TracerProvider is a nil *trace.TracerProvider"},
		{"a nil meter provider", exaotel.Options{MeterProvider: (*sdkmetric.MeterProvider)(nil)}, "exaotel: options: MeterProvider is a nil *metric.MeterProvider"},
		{"an attribute without a key", exaotel.Options{Attributes: []attribute.KeyValue{attribute.String("a", "b"), {}}}, "exaotel: options: attribute 2 of 2 has no key or no value"},
		{"metrics that cannot be made", exaotel.Options{MeterProvider: brokenProvider{}}, "exaotel: no instruments"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := func(err error) string {
				if err == nil {
					return ""
				}
				first, _, _ := strings.Cut(err.Error(), "\n")
				return first
			}
			tracer, err := exaotel.NewTracer(test.opts)
			if diff := cmp.Diff(test.want, text(err)); diff != "" || (tracer == nil) != (err != nil) {
				t.Errorf("NewTracer (-want +got):\n%s", diff)
			}
			pool, err := exapool.New(&exawire.Config{Host: "localhost", User: "sys"}, exapool.Options{})
			if err != nil {
				t.Fatal(err)
			}
			reg, err := exaotel.ObservePool(pool, test.opts)
			if diff := cmp.Diff(test.want, text(err)); diff != "" {
				t.Errorf("ObservePool (-want +got):\n%s", diff)
			}
			if err == nil {
				if err := reg.Unregister(); err != nil {
					t.Error(err)
				}
			}
			if err := pool.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := exaotel.ObservePool(nil, exaotel.Options{}); err == nil {
		t.Error("a nil pool is observed")
	}
}

// brokenProvider makes no instruments.
type brokenProvider struct{ metric.MeterProvider }

func (brokenProvider) Meter(string, ...metric.MeterOption) metric.Meter {
	return brokenMeter{metricnoop.Meter{}}
}

type brokenMeter struct{ metric.Meter }

var errNoInstruments = errors.New("no instruments")

func (brokenMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errNoInstruments
}

func (brokenMeter) Int64ObservableUpDownCounter(string, ...metric.Int64ObservableUpDownCounterOption) (metric.Int64ObservableUpDownCounter, error) {
	return nil, errNoInstruments
}

// A Tracer that was not made by NewTracer does nothing.
func TestNothingToTrace(t *testing.T) {
	for name, tracer := range map[string]*exaotel.Tracer{"nil": nil, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if got, end := tracer.TraceCommand(ctx, exawire.CommandStart{}); got != ctx || end != nil {
				t.Error("TraceCommand does something")
			}
			if got, end := tracer.TraceConnect(ctx, exawire.ConnectStart{}); got != ctx || end != nil {
				t.Error("TraceConnect does something")
			}
			if got, end := tracer.TraceAcquire(ctx, exapool.AcquireStart{}); got != ctx || end != nil {
				t.Error("TraceAcquire does something")
			}
			tracer.TraceClose(exawire.SessionEnd{})
			tracer.TraceRelease(exapool.ReleaseEnd{})
		})
	}
}

// Empty contexts and structs do no harm.
func TestEmptyEvents(t *testing.T) {
	o := observe(t, exaotel.Options{SQLBytes: 10, ErrorText: true})
	var none context.Context
	_, endCommand := o.tracer.TraceCommand(none, exawire.CommandStart{})
	endCommand(exawire.CommandEnd{})
	_, endConnect := o.tracer.TraceConnect(none, exawire.ConnectStart{})
	endConnect(exawire.ConnectEnd{Err: errors.New("no class")})
	if _, end := o.tracer.TraceAcquire(none, exapool.AcquireStart{}); end != nil {
		end(exapool.AcquireEnd{})
	}
	o.tracer.TraceClose(exawire.SessionEnd{})
	o.tracer.TraceRelease(exapool.ReleaseEnd{})
	want := []span{
		{name: "unknown", kind: "client", attrs: "db.operation.name=unknown db.system.name=exasol exawire.command.number=0 exawire.command=unknown exawire.request.size=0 exawire.response.size=0"},
		{name: "connect", kind: "client", status: "no class", attrs: "db.operation.name=connect db.system.name=exasol error.type=unknown exawire.connect.attempt=0"},
	}
	got := o.take(t)
	for i := range got {
		got[i].took = 0 // it is not in a bubble
	}
	checkSpans(t, want, got)
}

// What the options add to spans and metrics.
func TestOwnAttributes(t *testing.T) {
	own := []attribute.KeyValue{attribute.String("db.namespace", "SALES")}
	opts := exaotel.Options{Attributes: own, SQLBytes: 20, ErrorText: true, PoolName: "reports"}
	bubble(t, opts, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		own[0] = attribute.String("db.namespace", "changed later")
		srv.HandleSQL("SELECT...", exatest.Exception("42000", "no such thing"))
		srv.HandleSQL("CREATE...", exatest.RowCount(0))
		srv.HandleSQL("INSERT...", exatest.RowCount(1))
		sess := connect(t, t.Context(), cfg)
		for _, span := range o.take(t) {
			if !strings.Contains(span.attrs, "db.namespace=SALES") {
				t.Errorf("%+v", span)
			}
		}
		ctx := called(t.Context())
		_, err := sess.Query(ctx, "SELECT ä, b FROM t WHERE c = 1")
		if err == nil {
			t.Error("no error")
		}
		if _, err := sess.Exec(ctx, "CREATE USER u IDENTIFIED BY \"hunter2\""); err != nil {
			t.Error(err)
		}
		if _, err := sess.ExecuteBatch(ctx, []string{"INSERT 1", "INSERT 2", "INSERT 3"}); err != nil {
			t.Error(err)
		}
		checkSpans(t, []span{
			command("SELECT", "execute", 2, 0, fmt.Sprint(err), "db.namespace=SALES", "db.query.text=SELECT ä, b FROM...", "db.response.status_code=42000", "error.type=42000"),
			command("CREATE", "execute", 3, 0, "", "db.namespace=SALES", "db.query.text=CREATE USER ..."),
			command("BATCH INSERT", "executeBatch", 4, 0, "", "db.namespace=SALES", "db.query.text=INSERT 1; INSERT ...", "db.operation.batch.size=3", "exawire.changed_rows=3"),
		}, o.take(t))
		metrics := o.collect(t)
		if len(metrics) < 10 {
			t.Errorf("metrics: %v", metrics)
		}
		for name := range metrics {
			if !strings.Contains(name, "db.namespace=SALES") || strings.Contains(name, "pool.name") && !strings.Contains(name, "pool.name=reports") {
				t.Errorf("metric %s", name)
			}
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// All of a text is shown if there is no limit.
func TestAllOfTheSQL(t *testing.T) {
	bubble(t, exaotel.Options{SQLBytes: math.MaxInt, Statement: true}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		srv.HandleSQL("DELETE...", exatest.RowCount(1).Params(exatest.Columns("A DECIMAL(18,0)")...))
		sess := connect(t, t.Context(), cfg)
		o.take(t)
		sql := "DELETE FROM t WHERE a = ? AND b IN ('" + strings.Repeat("x", 5000) + "')"
		if _, err := sess.Exec(called(t.Context()), sql, 1); err != nil {
			t.Error(err)
		}
		brief := "exawire.statement=DELETE FROM t WHERE a = ? AND b IN (..."
		checkSpans(t, []span{
			command("createPreparedStatement", "createPreparedStatement", 2, 0, "", "db.query.text="+sql, brief),
			command("DELETE", "executePreparedStatement", 3, 0, "", "db.query.text="+sql, brief, "exawire.changed_rows=1"),
		}, o.take(t))
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// The providers that a program sets later are used.
func TestGlobalProviders(t *testing.T) {
	tracer, err := exaotel.NewTracer(exaotel.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if global == nil {
		global = observe(t, exaotel.Options{})
	}
	o := global
	otel.SetTracerProvider(o.traces)
	otel.SetMeterProvider(o.meters)
	_, end := tracer.TraceCommand(t.Context(), exawire.CommandStart{Command: "fetch", Addr: "exatest:8563"})
	end(exawire.CommandEnd{})
	if got := o.take(t); len(got) != 1 || got[0].name != "fetch" {
		t.Errorf("spans: %v", got)
	}
	if got := o.collect(t)["db.client.operation.duration{db.operation.name=fetch}"]; !strings.HasSuffix(got, " of 0s") {
		t.Errorf("metrics: %v", o.collect(t))
	}
}

// global stays: what was made of the global providers before they are set follows the first ones alone.
var global *telemetry
