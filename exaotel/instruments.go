package exaotel

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/dbconv"
)

// seconds are the boundaries that the conventions recommend for db.client.operation.duration. They give none for the other
// times, whose default would be milliseconds.
var seconds = metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)

// rowCounts are the boundaries that the conventions recommend for db.client.response.returned_rows.
var rowCounts = metric.WithExplicitBucketBoundaries(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)

// instruments are the metrics of a Tracer.
type instruments struct {
	duration metric.Float64Histogram
	rows     metric.Int64Histogram

	createTime, waitTime, useTime metric.Float64Histogram
	timeouts                      metric.Int64Counter

	errors, sent, received  metric.Int64Counter
	opened, refused, closed metric.Int64Counter
}

// newInstruments makes the metrics.
func newInstruments(m metric.Meter) (*instruments, error) {
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	counter := func(name, unit, description string) metric.Int64Counter {
		c, err := m.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
		note(err)
		return c
	}
	duration, err := dbconv.NewClientOperationDuration(m, seconds)
	note(err)
	rows, err := dbconv.NewClientResponseReturnedRows(m, rowCounts)
	note(err)
	createTime, err := dbconv.NewClientConnectionCreateTime(m, seconds)
	note(err)
	waitTime, err := dbconv.NewClientConnectionWaitTime(m, seconds)
	note(err)
	useTime, err := dbconv.NewClientConnectionUseTime(m, seconds)
	note(err)
	timeouts, err := dbconv.NewClientConnectionTimeouts(m)
	note(err)
	i := &instruments{
		duration: duration.Inst(), rows: rows.Inst(),
		createTime: createTime.Inst(), waitTime: waitTime.Inst(), useTime: useTime.Inst(), timeouts: timeouts.Inst(),
		errors:   counter("exawire.client.errors", "{error}", "Commands that failed."),
		sent:     counter("exawire.client.sent", "By", "Size of the requests, before compression."),
		received: counter("exawire.client.received", "By", "Size of the answers, after inflating."),
		opened:   counter("exawire.client.sessions.opened", "{session}", "Sessions that were opened."),
		refused:  counter("exawire.client.sessions.failed", "{attempt}", "Attempts to open a session at one address that failed."),
		closed:   counter("exawire.client.sessions.closed", "{session}", "Sessions that are over. Those that nobody has closed have an error class."),
	}
	return i, errors.Join(errs...)
}

// wantCommands reports whether anybody reads a metric of commands.
func (i *instruments) wantCommands(ctx context.Context) bool {
	return i.duration.Enabled(ctx) || i.rows.Enabled(ctx) || i.errors.Enabled(ctx) || i.sent.Enabled(ctx) || i.received.Enabled(ctx)
}
