package exaotel

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/exapool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/dbconv"
)

// ObservePool exports how many sessions a pool has, how many it may have, how many calls of Acquire wait, and why the pool
// has closed sessions. Nothing is measured until a reader of the MeterProvider collects. Of the options, only
// MeterProvider, Attributes and PoolName count; use the same ones as for the pool's [Tracer]. Call Unregister of the result
// before you close the pool for good, or when its metrics are no longer wanted: until then the provider keeps the pool.
// ObservePool fails if pool is nil, if an option is not valid, or if the provider cannot make one of the metrics.
func ObservePool(pool *exapool.Pool, opts Options) (metric.Registration, error) {
	if pool == nil {
		return nil, errors.New("exaotel: the pool is nil")
	}
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	m := opts.meter()
	var errs []error
	count, err := dbconv.NewClientConnectionCountObservable(m)
	errs = append(errs, err)
	most, err := dbconv.NewClientConnectionMaxObservable(m)
	errs = append(errs, err)
	pending, err := dbconv.NewClientConnectionPendingRequestsObservable(m)
	errs = append(errs, err)
	closed, err := m.Int64ObservableCounter("exawire.pool.sessions.closed", metric.WithUnit("{session}"),
		metric.WithDescription("Sessions that the pool has closed, by the reason."))
	errs = append(errs, err)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("exaotel: %w", err)
	}
	name := semconv.DBClientConnectionPoolName(opts.PoolName)
	set := func(attrs ...attribute.KeyValue) metric.ObserveOption {
		return metric.WithAttributeSet(attribute.NewSet(opts.with(append(attrs, name)...)...))
	}
	idle, used, plain := set(semconv.DBClientConnectionStateIdle), set(semconv.DBClientConnectionStateUsed), set()
	reg, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := pool.Stats()
		o.ObserveInt64(count.Inst(), int64(s.Idle), idle)
		o.ObserveInt64(count.Inst(), int64(s.Open-s.Idle), used)
		o.ObserveInt64(most.Inst(), int64(s.Max), plain)
		o.ObserveInt64(pending.Inst(), int64(s.Waiting), plain)
		for reason, n := range s.Closed {
			o.ObserveInt64(closed, n, set(keyReason.String(strings.ReplaceAll(reason, " ", "_"))))
		}
		return nil
	}, count.Inst(), most.Inst(), pending.Inst(), closed)
	if err != nil {
		return nil, fmt.Errorf("exaotel: %w", err)
	}
	return reg, nil
}
