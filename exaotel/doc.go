// Package exaotel exports what a client does as spans and metrics of OpenTelemetry. A [Tracer] is told of commands, logins
// and the ends of sessions by package exawire, and of the use of a pool by package exapool:
//
//	tracer, err := exaotel.NewTracer(exaotel.Options{})
//	if err != nil {
//		return err
//	}
//	cfg.Tracer = tracer
//	pool, err := exapool.New(cfg, exapool.Options{Tracer: tracer})
//
// [ObservePool] adds how many sessions a pool has. Names and attributes are those of the semantic conventions for databases
// in version 1.43.0; names that these do not have begin with "exawire.".
//
// No parameter, no value of a result, no password and no token is ever exported. The text of statements and the texts of
// errors, which can quote values, are not exported either unless [Options] ask for them, and then on spans only. The page
// docs/observability.md of the repository lists all spans and metrics.
package exaotel
