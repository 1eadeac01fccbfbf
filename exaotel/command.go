package exaotel

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/sqlword"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// commandKey is what the spans and metrics of commands differ by.
type commandKey struct{ addr, command, operation string }

// command is what is prepared for all commands that have the same key.
type command struct {
	name   string
	start  []trace.SpanStartOption
	record []metric.RecordOption
	add    []metric.AddOption
}

// failureKey is what the metrics of failures differ by.
type failureKey struct {
	addr, operation string
	failure         failure
}

// failed is what is prepared for all failures that have the same key.
type failed struct {
	record []metric.RecordOption
	add    []metric.AddOption
}

// unknownCommand stands for commands that the protocol does not have, which can be called anything.
const unknownCommand = "unknown"

func prepareCommand(t *Tracer, key commandKey) *command {
	if _, known := commands.Lookup(key.command); !known {
		if key.operation == key.command {
			key.operation = unknownCommand
		}
		key.command = unknownCommand
	}
	attrs := append(serverOf(key.addr), semconv.DBSystemNameKey.String(system), semconv.DBOperationName(key.operation))
	set := t.set(attrs)
	return &command{
		name: key.operation,
		start: []trace.SpanStartOption{
			trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(t.opts.with(append(attrs, keyCommand.String(key.command))...)...),
		},
		record: []metric.RecordOption{set},
		add:    []metric.AddOption{set},
	}
}

func prepareFailure(t *Tracer, key failureKey) *failed {
	attrs := append(serverOf(key.addr), semconv.DBSystemNameKey.String(system), semconv.DBOperationName(key.operation))
	classified := append(slices.Clone(attrs), keyClass.String(className(key.failure.class)))
	return &failed{
		record: []metric.RecordOption{t.set(key.failure.attributes(attrs))},
		add:    []metric.AddOption{t.set(classified)},
	}
}

// TraceCommand is the method of exawire.Tracer: it starts the span of a command, whose kind is client. The span and the
// metrics are named after the first word of the statement, if that is a word of the language, or else after the protocol
// command.
func (t *Tracer) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	if t.idle() {
		return ctx, nil
	}
	operation, batch, query := operationOf(&start)
	c := t.commands.get(t, commandKey{start.Addr, start.Command, operation}, prepareCommand)
	options := c.start
	if attrs := t.textsOf(start.SQL); len(attrs) > 0 {
		options = append(slices.Clip(options), trace.WithAttributes(attrs...)) // at the start, where samplers see it
	}
	ctx, span := t.begin(ctx, c.name, options)
	if span.IsRecording() {
		attrs := append(make([]attribute.KeyValue, 0, 4), keyNumber.Int64(start.Number), keySent.Int(start.Bytes))
		if start.SessionID != 0 {
			attrs = append(attrs, sessionID(start.SessionID))
		}
		if batch > 0 {
			attrs = append(attrs, semconv.DBOperationBatchSize(batch))
		}
		span.SetAttributes(attrs...)
	}
	if !span.IsRecording() && !t.meters.wantCommands(ctx) {
		span.End()
		return ctx, nil
	}
	fetch, addr, sent := start.Command == "fetch", start.Addr, start.Bytes
	return ctx, func(end exawire.CommandEnd) {
		f := failureOf(end.Class, end.SQLCode, end.Err != nil)
		if span.IsRecording() {
			t.finish(span, f, &end)
		}
		span.End()
		record := c.record
		if f.class != "" {
			bad := t.failures.get(t, failureKey{addr, c.name, f}, prepareFailure)
			record = bad.record
			t.meters.errors.Add(ctx, 1, bad.add...)
		} else if !fetch && (query || end.Rows > 0) {
			t.meters.rows.Record(ctx, end.Rows, c.record...)
		}
		t.meters.duration.Record(ctx, end.Duration.Seconds(), record...)
		if !exawire.SafeToRetry(end.Err) { // else nothing has left
			t.meters.sent.Add(ctx, int64(sent), c.add...)
		}
		if end.Bytes > 0 {
			t.meters.received.Add(ctx, int64(end.Bytes), c.add...)
		}
	}
}

// finish shows on a span how its command ended.
func (t *Tracer) finish(span trace.Span, f failure, end *exawire.CommandEnd) {
	attrs := append(make([]attribute.KeyValue, 0, 4), keyReceived.Int(end.Bytes))
	if end.Rows > 0 {
		attrs = append(attrs, semconv.DBResponseReturnedRowsKey.Int64(end.Rows))
	}
	if end.RowCount > 0 {
		attrs = append(attrs, keyChangedRows.Int64(end.RowCount))
	}
	if end.Aborted {
		attrs = append(attrs, keyAborted.Bool(true))
	}
	span.SetAttributes(attrs...)
	if f.class != "" {
		t.fail(span, f, "", end.Err)
	}
}

// textsOf returns what is to be shown of the text of statements.
func (t *Tracer) textsOf(sqls []string) (attrs []attribute.KeyValue) {
	if len(sqls) == 0 {
		return nil
	}
	if t.opts.Statement {
		attrs = append(attrs, keyStatement.String(sqlword.Brief(sqls[0])))
	}
	if t.opts.SQLBytes > 0 {
		attrs = append(attrs, semconv.DBQueryText(joinSQL(sqls, t.opts.SQLBytes)))
	}
	return attrs
}

// mostRead is how much of a statement is looked at, at least, to see whether there is a password in it. It can have
// megabytes, and a password comes behind the word that announces it: what is not looked at is not shown either.
const mostRead = 4096

// joinSQL returns the text of statements, most bytes of it at most.
func joinSQL(sqls []string, most int) string {
	most = min(most, math.MaxInt32-1)
	var b strings.Builder
	for i, sql := range sqls {
		if i > 0 {
			b.WriteString("; ")
		}
		if b.Len() > most {
			break
		}
		if head := sql[:min(len(sql), max(most, mostRead))]; sqlword.HoldsSecret(head) {
			sql = sqlword.Brief(head)
		}
		b.WriteString(sql[:min(len(sql), most+1)]) // one more tells that there is more
	}
	return shorten(b.String(), most)
}
