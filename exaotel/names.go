package exaotel

import (
	"net"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// system is db.system.name. The conventions have no name for the database and allow one of one's own.
const system = "exasol"

// Attributes that the conventions have no name for. Those marked with "metrics" are on metrics too.
const (
	keyAborted     = attribute.Key("exawire.aborted")         // bool: an abortQuery was sent
	keyAttempt     = attribute.Key("exawire.connect.attempt") // int, from 1
	keyChangedRows = attribute.Key("exawire.changed_rows")    // int
	keyClass       = attribute.Key("exawire.error.class")     // string; metrics
	keyCommand     = attribute.Key("exawire.command")         // string: protocol command
	keyNumber      = attribute.Key("exawire.command.number")  // int: of the command in its session, from 1
	keyOpened      = attribute.Key("exawire.session.opened")  // bool: a login was needed
	keyReceived    = attribute.Key("exawire.response.size")   // int, in bytes
	keySent        = attribute.Key("exawire.request.size")    // int, in bytes
	keySession     = attribute.Key("exawire.session.id")      // string
	keyStep        = attribute.Key("exawire.connect.step")    // string: the step that did not succeed; metrics
	keyStatement   = attribute.Key("exawire.statement")       // string: how a statement begins, without literals
	keyReason      = attribute.Key("exawire.pool.reason")     // string: why a pool has closed a session; metrics alone
)

// serverOf returns the attributes of a node.
func serverOf(addr string) []attribute.KeyValue {
	if addr == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return []attribute.KeyValue{semconv.ServerAddress(addr)}
	}
	attrs := []attribute.KeyValue{semconv.ServerAddress(host)}
	if number, err := strconv.Atoi(port); err == nil {
		attrs = append(attrs, semconv.ServerPort(number))
	}
	return attrs
}

// sessionID is the number of a session as text: OpenTelemetry's numbers have a sign.
func sessionID(id uint64) attribute.KeyValue { return keySession.String(strconv.FormatUint(id, 10)) }
