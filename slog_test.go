package exawire_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
)

// logOf returns what a tracer logs of a command with these statements, at a level.
func logOf(level slog.Level, opts exawire.SlogOptions, end exawire.CommandEnd, sqls ...string) string {
	var text bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: level, ReplaceAttr: steady}))
	tracer := exawire.SlogTracer(logger, opts)
	_, done := tracer.TraceCommand(context.Background(), exawire.CommandStart{Command: "execute", Number: 1, SQL: sqls})
	if done != nil {
		done(end)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// The text of statements is cut between two characters, and stays on one line.
func TestSlogSQL(t *testing.T) {
	for _, test := range []struct {
		name string
		most int
		sqls []string
		want string // the attribute
	}{
		{"all", 10, []string{"0123456789"}, "0123456789"},
		{"cut", 9, []string{"0123456789"}, "012345678..."},
		{"before a character of two bytes", 4, []string{"abc\u00fcd"}, "abc..."},
		{"behind it", 5, []string{"abc\u00fcd"}, "abc\u00fc..."},
		{"before one of four bytes", 3, []string{"\U0001F600"}, "..."},
		{"several", 100, []string{"A", "B", "C"}, `"A; B; C"`},
		{"cut between two", 1, []string{"A", "B"}, "A..."},
		{"cut in the second", 4, []string{"A", "BC", "D"}, `"A; B..."`},
		{"lines", 100, []string{"A\r\nB\tC\x00D\u2028E"}, `"A  B C D E"`},
		{"not UTF-8", 100, []string{"A\xffB"}, "A?B"},
		{"none of it UTF-8", 3, []string{"\x80\x80\x80\x80\x80"}, "..."},
		{"nothing", 3, []string{""}, ""},
		{"none", 3, nil, ""},
		{"not asked for", -1, []string{"A"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			line := logOf(slog.LevelDebug, exawire.SlogOptions{SQLBytes: test.most}, exawire.CommandEnd{}, test.sqls...)
			_, got, _ := strings.Cut(line, " sql=")
			if got != test.want {
				t.Errorf("sql=%s, want %s, in %s", got, test.want, line)
			}
		})
	}
}

// The level of a command follows its outcome, its time and its name.
func TestSlogLevels(t *testing.T) {
	for _, test := range []struct {
		class exawire.ErrorClass
		took  time.Duration
		want  string
	}{
		{"", time.Second, "DEBUG"},
		{"", time.Minute, "WARN"},
		{exawire.ClassCancelled, time.Second, "INFO"},
		{exawire.ClassCancelled, time.Minute, "WARN"},
		{exawire.ClassStatement, time.Second, "WARN"},
		{exawire.ClassRetry, time.Second, "WARN"},
		{exawire.ClassRolledBack, time.Second, "WARN"},
		{exawire.ClassDeadline, time.Second, "WARN"},
		{exawire.ClassArgument, time.Second, "WARN"},
		{exawire.ClassUnknown, time.Second, "WARN"},
		{exawire.ClassConnection, time.Minute, "ERROR"},
		{exawire.ClassGone, time.Second, "ERROR"},
		{exawire.ClassProtocol, time.Second, "ERROR"},
	} {
		end := exawire.CommandEnd{Class: test.class, Duration: test.took}
		line := logOf(slog.LevelDebug-4, exawire.SlogOptions{SlowAfter: time.Minute}, end)
		if !strings.HasPrefix(line, "level="+test.want+" ") || strings.Contains(line, "slow=true") != (test.took == time.Minute) {
			t.Errorf("%q after %v: %s", test.class, test.took, line)
		}
	}
}

// textBomb is an error whose text must not be asked for.
type textBomb struct{}

func (textBomb) Error() string { panic("the text of the error was asked for") }

// For a record that the logger does not take nothing is put together.
func TestSlogDoesNothingForNobody(t *testing.T) {
	all := exawire.SlogOptions{Statement: true, SQLBytes: 1 << 20, ErrorText: true}
	sql := strings.Repeat("SELECT ", 1000)
	for _, level := range []slog.Level{slog.LevelWarn, slog.LevelError + 1} {
		for _, class := range []exawire.ErrorClass{"", exawire.ClassCancelled} {
			if got := logOf(level, all, exawire.CommandEnd{Class: class, Err: textBomb{}}, sql); got != "" {
				t.Errorf("%v took %s", level, got)
			}
		}
	}
	if got := logOf(slog.LevelDebug, exawire.SlogOptions{}, exawire.CommandEnd{Class: exawire.ClassUnknown, Err: textBomb{}}); got == "" {
		t.Error("nothing was logged")
	}
	logger := slog.New(slog.DiscardHandler)
	tracer := exawire.SlogTracer(logger, all)
	if _, done := tracer.TraceCommand(t.Context(), exawire.CommandStart{}); done != nil {
		t.Error("there is a function to call, for a logger that takes nothing")
	}
}

// Without a logger it is the default one of the moment.
func TestSlogDefault(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	tracer := exawire.SlogTracer(nil, exawire.SlogOptions{ErrorText: true})
	var text bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&text, nil)))
	tracer.TraceClose(exawire.SessionEnd{Class: exawire.ClassConnection, Err: errors.New("gone")})
	if got := text.String(); !strings.Contains(got, `level=WARN msg="exawire close"`) || !strings.Contains(got, "error=gone") {
		t.Errorf("it logged %q", got)
	}
}
