package exawire

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/sqlword"
)

// SlogOptions say what [SlogTracer] writes besides names, numbers and classes. The zero value shows nothing of a statement
// and nothing that the server says.
type SlogOptions struct {
	// SlowAfter is how long a command may take, including the wait for its session, before it counts as slow. The record of a
	// slow command has the attribute slow, and the level Warn unless that of its outcome is higher. 0 or less means that none
	// is slow.
	SlowAfter time.Duration

	// Statement adds how statements begin, without literals, comments and anything that could be a secret: what [Error].SQL
	// has.
	Statement bool

	// SQLBytes adds the text of statements, up to that many bytes in all, on one line. 0 or less means none. Such a text can
	// hold secrets and personal data.
	SQLBytes int

	// ErrorText adds the text of errors. The server can quote values in it.
	ErrorText bool
}

// levelRoutine is the level of what happens several times for one query: fetches, and what closes what was open.
const levelRoutine = slog.LevelDebug - 4

// SlogTracer returns a Tracer that writes one record for each command, attempt to connect and session, when it ends.
// Parameters, values of results and what a login sends are never written; see SlogOptions for statements and errors.
// docs/observability.md has the levels, and the keys, which do not change. A nil logger means slog.Default, which is asked
// for each record. Records of levels that the logger does not take are not put together. The Tracer is safe for concurrent
// use and need not be closed.
func SlogTracer(logger *slog.Logger, opts SlogOptions) Tracer { return &slogTracer{logger, opts} }

type slogTracer struct {
	logger *slog.Logger
	opts   SlogOptions
}

func (t *slogTracer) TraceConnect(ctx context.Context, start ConnectStart) (context.Context, func(ConnectEnd)) {
	return ctx, func(end ConnectEnd) {
		level := slog.LevelWarn // another host may do better
		switch end.Class {
		case "", ClassCancelled:
			level = slog.LevelInfo
		case ClassLogin:
			level = slog.LevelError
		}
		r := t.record(ctx, level)
		if r == nil {
			return
		}
		r.session(end.SessionID)
		r.add(slog.String("node", start.Addr), slog.Int("attempt", start.Attempt), slog.Duration("duration", end.Duration))
		r.text("op", end.Op)
		r.failure(end.Class, end.SQLCode, end.Err)
		r.write("exawire connect")
	}
}

func (t *slogTracer) TraceCommand(ctx context.Context, start CommandStart) (context.Context, func(CommandEnd)) {
	if !t.log().Enabled(ctx, slog.LevelError) {
		return ctx, nil // and so none of the levels below
	}
	return ctx, func(end CommandEnd) {
		slow := t.opts.SlowAfter > 0 && end.Duration >= t.opts.SlowAfter
		level := levelOf(start.Command, end.Class)
		if slow {
			level = max(level, slog.LevelWarn)
		}
		if r := t.record(ctx, level); r != nil {
			r.command(&start, &end, slow)
			r.write("exawire command")
		}
	}
}

func (t *slogTracer) TraceClose(end SessionEnd) {
	level := slog.LevelInfo
	if end.Class != "" {
		level = slog.LevelWarn
	}
	r := t.record(context.Background(), level)
	if r == nil {
		return
	}
	r.session(end.SessionID)
	r.add(slog.String("node", end.Addr), slog.Duration("duration", end.Duration), slog.Int64("commands", end.Commands))
	r.failure(end.Class, "", end.Err)
	r.write("exawire close")
}

// levelOf returns the level of a command with this outcome.
func levelOf(command string, class ErrorClass) slog.Level {
	switch command {
	case "login", "loginToken", "subLogin", "subLoginToken":
		return slog.LevelDebug // the record of the attempt to connect tells how it ended, or that of the session
	case "fetch", "closeResultSet", "closePreparedStatement":
		if class == "" {
			return levelRoutine
		}
	}
	switch class {
	case "":
		return slog.LevelDebug
	case ClassCancelled:
		return slog.LevelInfo // it was asked for
	case ClassLogin, ClassConnection, ClassGone, ClassProtocol:
		return slog.LevelError
	}
	return slog.LevelWarn // the program has the error, and may have expected it
}

func (t *slogTracer) log() *slog.Logger {
	if t.logger == nil {
		return slog.Default()
	}
	return t.logger
}

// record begins a record, nil if the logger does not take its level.
func (t *slogTracer) record(ctx context.Context, level slog.Level) *record {
	log := t.log()
	if !log.Enabled(ctx, level) {
		return nil
	}
	return &record{ctx: ctx, log: log, level: level, opts: &t.opts, attrs: make([]slog.Attr, 0, 20)}
}

// record is one that is being put together.
type record struct {
	ctx   context.Context
	log   *slog.Logger
	level slog.Level
	opts  *SlogOptions
	attrs []slog.Attr
}

func (r *record) write(message string) { r.log.LogAttrs(r.ctx, r.level, message, r.attrs...) }

func (r *record) add(attrs ...slog.Attr) { r.attrs = append(r.attrs, attrs...) }

// text adds a text unless it is empty.
func (r *record) text(key, value string) {
	if value != "" {
		r.add(slog.String(key, value))
	}
}

// count adds a number unless it is 0.
func (r *record) count(key string, n int64) {
	if n != 0 {
		r.add(slog.Int64(key, n))
	}
}

// session adds the number of a session as text: it has more digits than many readers of JSON keep.
func (r *record) session(id uint64) {
	if id != 0 {
		r.add(slog.String("session", strconv.FormatUint(id, 10)))
	}
}

// failure adds what is known of an error.
func (r *record) failure(class ErrorClass, code string, err error) {
	r.text("class", string(class))
	r.text("sql_code", code)
	if err != nil && r.opts.ErrorText {
		r.text("error", err.Error())
	}
}

// command adds what there is to say of a command.
func (r *record) command(start *CommandStart, end *CommandEnd, slow bool) {
	r.add(slog.String("command", start.Command))
	r.session(start.SessionID)
	r.add(slog.Int64("number", start.Number), slog.String("node", start.Addr), slog.Duration("duration", end.Duration))
	sent := start.Bytes
	if start.SessionID != 0 && SafeToRetry(end.Err) { // of a login that means the credentials
		sent = 0
	}
	r.add(slog.Int("sent", sent), slog.Int("received", end.Bytes))
	r.count("param_rows", int64(start.Rows))
	r.count("rows", end.Rows)
	r.count("row_count", end.RowCount)
	if slow {
		r.add(slog.Bool("slow", true))
	}
	if end.Aborted {
		r.add(slog.Bool("aborted", true))
	}
	if n := len(start.SQL); n > 1 {
		r.add(slog.Int("statements", n))
	}
	if len(start.SQL) > 0 && r.opts.Statement {
		r.text("statement", sqlword.Brief(start.SQL[0]))
	}
	if r.opts.SQLBytes > 0 {
		r.text("sql", oneLine(start.SQL, r.opts.SQLBytes))
	}
	r.failure(end.Class, end.SQLCode, end.Err)
}

// oneLine returns the text of statements on one line, with most bytes at most, and "..." behind them if that is not all.
func oneLine(sqls []string, most int) string {
	var text []byte
	for i, sql := range sqls {
		if i > 0 {
			text = append(text, "; "...)
		}
		if len(text) > most {
			break
		}
		text = append(text, sql[:min(len(sql), most-len(text)+1)]...) // one more tells that there is more
	}
	end := ""
	if len(text) > most {
		for range min(most, utf8.UTFMax-1) {
			if utf8.RuneStart(text[most]) {
				break
			}
			most--
		}
		text, end = text[:most], "..."
	}
	return strings.Map(printable, string(text)) + end
}

// printable replaces what would break a line, or is no text.
func printable(r rune) rune {
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return ' '
	case r == utf8.RuneError:
		return '?' // no longer than what it replaces
	}
	return r
}
