package exaotel_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exapool"
)

// All metrics, with what a dashboard has to know of them.
func TestMetrics(t *testing.T) {
	o := observe(t, exaotel.Options{})
	pool, err := exapool.New(&exawire.Config{Host: "localhost", User: "sys"}, exapool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pool.Close(context.WithoutCancel(t.Context())) }()
	if _, err := exaotel.ObservePool(pool, o.options()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, command := o.tracer.TraceCommand(ctx, exawire.CommandStart{Command: "execute", SQL: []string{"SELECT 1"}, Bytes: 1})
	command(exawire.CommandEnd{Bytes: 1})
	_, command = o.tracer.TraceCommand(ctx, exawire.CommandStart{Command: "execute"})
	command(exawire.CommandEnd{Class: exawire.ClassUnknown, Err: errors.New("failed")})
	_, connect := o.tracer.TraceConnect(ctx, exawire.ConnectStart{})
	connect(exawire.ConnectEnd{})
	_, connect = o.tracer.TraceConnect(ctx, exawire.ConnectStart{})
	connect(exawire.ConnectEnd{Err: errors.New("failed")})
	o.tracer.TraceClose(exawire.SessionEnd{})
	_, acquire := o.tracer.TraceAcquire(ctx, exapool.AcquireStart{Time: time.Now()})
	acquire(exapool.AcquireEnd{})
	_, acquire = o.tracer.TraceAcquire(ctx, exapool.AcquireStart{Time: time.Now()})
	acquire(exapool.AcquireEnd{Class: exawire.ClassDeadline})
	o.tracer.TraceRelease(exapool.ReleaseEnd{})

	const inSeconds, inRows = " s [0.001 0.005 0.01 0.05 0.1 0.5 1 5 10]", " {row} [1 2 5 10 20 50 100 200 500 1000 2000 5000 10000]"
	want := map[string]string{
		"db.client.operation.duration":          "histogram" + inSeconds,
		"db.client.response.returned_rows":      "histogram" + inRows,
		"db.client.connection.count":            "up and down {connection}",
		"db.client.connection.max":              "up and down {connection}",
		"db.client.connection.pending_requests": "up and down {request}",
		"db.client.connection.create_time":      "histogram" + inSeconds,
		"db.client.connection.wait_time":        "histogram" + inSeconds,
		"db.client.connection.use_time":         "histogram" + inSeconds,
		"db.client.connection.timeouts":         "counter {timeout}",
		"exawire.client.errors":                 "counter {error}",
		"exawire.client.sent":                   "counter By",
		"exawire.client.received":               "counter By",
		"exawire.client.sessions.opened":        "counter {session}",
		"exawire.client.sessions.failed":        "counter {attempt}",
		"exawire.client.sessions.closed":        "counter {session}",
	}
	var data metricdata.ResourceMetrics
	if err := o.reader.Collect(ctx, &data); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, scope := range data.ScopeMetrics {
		if s := scope.Scope; s.Name != "github.com/exawire/exawire/exaotel" || s.Version != exawire.Version || s.SchemaURL == "" {
			t.Errorf("scope %+v", s)
		}
		for _, m := range scope.Metrics {
			if m.Description == "" {
				t.Errorf("%s has no description", m.Name)
			}
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				kind := "up and down "
				if d.IsMonotonic {
					kind = "counter "
				}
				got[m.Name] = kind + m.Unit
			case metricdata.Histogram[int64]:
				got[m.Name] = fmt.Sprint("histogram ", m.Unit, " ", d.DataPoints[0].Bounds)
			case metricdata.Histogram[float64]:
				got[m.Name] = fmt.Sprint("histogram ", m.Unit, " ", d.DataPoints[0].Bounds)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A program that talks to ever new nodes, or sends ever new commands, does not fill the memory.
func TestPreparedAttributesAreBounded(t *testing.T) {
	o := observe(t, exaotel.Options{})
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := range exaotel.MostKept {
				start := exawire.CommandStart{Command: "fetch", Addr: "exa" + strconv.Itoa(worker) + ":" + strconv.Itoa(i)}
				_, end := o.tracer.TraceCommand(context.Background(), start)
				end(exawire.CommandEnd{})
			}
		})
	}
	wg.Wait()
	if got := o.tracer.Kept(); got != exaotel.MostKept {
		t.Errorf("%d kept", got)
	}
	spans := o.take(t)
	if len(spans) != 4*exaotel.MostKept {
		t.Errorf("%d spans", len(spans))
	}
	for _, span := range spans {
		if span.name != "fetch" {
			t.Fatalf("%+v", span)
		}
	}
}
