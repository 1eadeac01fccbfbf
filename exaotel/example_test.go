package exaotel_test

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// A program has one Tracer for its configuration and its pool. The providers are here, with exporters that keep everything
// in memory; most programs set global ones and leave them out.
func Example() {
	srv, err := exatest.Start()
	if err != nil {
		fmt.Println("start:", err)
		return
	}
	defer srv.Close()
	srv.HandleSQL("DELETE FROM logs...", exatest.RowCount(7))
	srv.HandleSQL("SELECT...", exatest.Exception("42000", "object SECRETS not found"))
	if err := observed(context.Background(), srv.DSN()); err != nil {
		fmt.Println(err)
	}

	// Output:
	// client login
	// client connect
	// internal acquire
	// client DELETE
	// client SELECT statement (42000)
	// db.client.operation.duration in s
	// exawire.client.sessions.opened in {session}
}

// observed runs two statements on a pool and prints what was exported.
func observed(ctx context.Context, dsn string) error {
	spans, reader := tracetest.NewInMemoryExporter(), sdkmetric.NewManualReader()
	opts := exaotel.Options{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)),
		Attributes:     []attribute.KeyValue{attribute.String("db.namespace", "SALES")},
	}
	tracer, err := exaotel.NewTracer(opts)
	if err != nil {
		return err
	}

	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return err
	}
	cfg.Tracer = tracer
	pool, err := exapool.New(cfg, exapool.Options{Tracer: tracer})
	if err != nil {
		return err
	}
	defer pool.Close(ctx)
	registration, err := exaotel.ObservePool(pool, opts)
	if err != nil {
		return err
	}
	defer registration.Unregister()

	_, _ = pool.Exec(ctx, "DELETE FROM logs WHERE day < DATE '2024-01-01'")
	_, _ = pool.Query(ctx, "SELECT * FROM secrets")

	for _, span := range spans.GetSpans() {
		fmt.Println(strings.TrimSpace(fmt.Sprint(span.SpanKind, " ", span.Name, " ", span.Status.Description)))
	}
	var metrics metricdata.ResourceMetrics
	if err := reader.Collect(ctx, &metrics); err != nil {
		return err
	}
	for _, m := range metrics.ScopeMetrics[0].Metrics {
		if strings.HasPrefix(m.Name, "db.client.operation.") || strings.HasPrefix(m.Name, "exawire.client.sessions.") {
			fmt.Println(m.Name, "in", m.Unit)
		}
	}
	return nil
}
