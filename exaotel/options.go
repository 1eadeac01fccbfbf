package exaotel

import (
	"fmt"
	"reflect"

	"github.com/exawire/exawire"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// scope is the name of the instrumentation.
const scope = "github.com/exawire/exawire/exaotel"

// DefaultPoolName is the name of a pool if Options.PoolName is empty.
const DefaultPoolName = "exawire"

// Options say where spans and metrics go, and what they show. The zero value is usable.
type Options struct {
	// TracerProvider makes the spans; nil means the global one, otel.GetTracerProvider. A program that wants metrics only
	// takes that of package go.opentelemetry.io/otel/trace/noop.
	TracerProvider trace.TracerProvider

	// MeterProvider makes the metrics; nil means the global one, otel.GetMeterProvider. A program that wants spans only
	// takes that of package go.opentelemetry.io/otel/metric/noop.
	MeterProvider metric.MeterProvider

	// Attributes are added to every span and every metric, for example the name of the database, semconv.DBNamespace. Each
	// combination of values makes series of its own, so they should be the same for the whole program. A copy is kept.
	Attributes []attribute.KeyValue

	// Statement shows on the spans of commands how statements begin, without literals, comments and anything that could be a
	// secret: what [exawire.Error] has in its field SQL. Of several statements, the first is shown.
	Statement bool

	// SQLBytes is how much of the text of statements the spans of commands show, in bytes; 0 or less means none. It is the
	// text as the client was given it, which can hold personal data. Of a statement with a password, such as CREATE USER or
	// CREATE CONNECTION, only the first words are shown.
	SQLBytes int

	// ErrorText makes the text of an error the description of its span's status, up to 1,024 bytes of it. The server quotes
	// values in its texts, and whoever cancels a context can put anything into its cause.
	ErrorText bool

	// PoolName tells the metrics of several pools apart; "" means DefaultPoolName. The metric that measures logins has this
	// name too, with or without a pool.
	PoolName string
}

// withDefaults returns a validated copy with every default filled in.
func (o Options) withDefaults() (Options, error) {
	if isNil(o.TracerProvider) {
		return o, fmt.Errorf("exaotel: options: TracerProvider is a nil %T", o.TracerProvider)
	}
	if isNil(o.MeterProvider) {
		return o, fmt.Errorf("exaotel: options: MeterProvider is a nil %T", o.MeterProvider)
	}
	for i, a := range o.Attributes {
		if !a.Valid() {
			return o, fmt.Errorf("exaotel: options: attribute %d of %d has no key or no value", i+1, len(o.Attributes))
		}
	}
	if o.TracerProvider == nil {
		o.TracerProvider = otel.GetTracerProvider()
	}
	if o.MeterProvider == nil {
		o.MeterProvider = otel.GetMeterProvider()
	}
	if o.PoolName == "" {
		o.PoolName = DefaultPoolName
	}
	return o, nil
}

// isNil reports whether an interface holds a pointer that is nil, whose methods would panic.
func isNil(provider any) bool {
	v := reflect.ValueOf(provider)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// tracer returns what makes the spans.
func (o *Options) tracer() trace.Tracer {
	return o.TracerProvider.Tracer(scope, trace.WithInstrumentationVersion(exawire.Version), trace.WithSchemaURL(semconv.SchemaURL))
}

// meter returns what makes the metrics.
func (o *Options) meter() metric.Meter {
	return o.MeterProvider.Meter(scope, metric.WithInstrumentationVersion(exawire.Version), metric.WithSchemaURL(semconv.SchemaURL))
}

// with returns attributes behind those of the options.
func (o *Options) with(attrs ...attribute.KeyValue) []attribute.KeyValue {
	return append(append(make([]attribute.KeyValue, 0, len(o.Attributes)+len(attrs)), o.Attributes...), attrs...)
}
