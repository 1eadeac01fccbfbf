package exasqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

func newBackend(t testing.TB, opts ...exasqlite.Option) *exasqlite.Backend {
	t.Helper()
	clock := func() time.Time { return time.Date(2024, 6, 18, 17, 22, 13, 123456789, time.UTC) }
	b, err := exasqlite.New(append([]exasqlite.Option{exasqlite.WithClock(clock)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func connect(t testing.TB, b *exasqlite.Backend, v commands.Version) exatest.BackendSession {
	t.Helper()
	s, err := b.Connect(context.Background(), exatest.SessionInfo{
		SessionID: 1825312482065121280, User: "sys", Version: v, Release: "8.32.0", Attributes: commands.DefaultAttributes(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// show writes the outcome of a statement down: an error, a row count, or columns and rows; then changed attributes.
func show(res *exatest.Result, err error) string {
	var e *exatest.SQLError
	switch {
	case errors.As(err, &e):
		return "error " + e.Code + " " + e.Text
	case err != nil:
		return "error " + err.Error()
	}
	var b strings.Builder
	if res.Columns == nil {
		fmt.Fprintf(&b, "count %d", res.RowCount)
	} else {
		b.WriteString(showColumns(res.Columns))
		for i := range res.Data[0].Len() {
			b.WriteString("\n" + showRow(res.Data, i))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(res.Attributes)) {
		fmt.Fprintf(&b, "\n%s=%v", name, res.Attributes[name])
	}
	return b.String()
}

func showColumns(cols []commands.ColumnInfo) string {
	var parts []string
	for _, c := range cols {
		parts = append(parts, c.Name+" "+c.DataType.String())
	}
	return strings.Join(parts, ", ")
}

func showRow(data []exatest.Values, i int) string {
	var parts []string
	for _, c := range data {
		text, null := c.AppendText(nil, i)
		if null {
			text = []byte("NULL")
		}
		parts = append(parts, string(text))
	}
	return strings.Join(parts, " | ")
}

// run expects a statement to work.
func run(t testing.TB, s exatest.BackendSession, sql string) *exatest.Result {
	t.Helper()
	res, err := s.Execute(context.Background(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return res
}

// whileRuns returns a context that ends as soon as a server has received a statement, so that the statement is aborted.
func whileRuns(t *testing.T, srv *exatest.Server, sql string) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() {
		defer cancel()
		for ctx.Err() == nil && !slices.Contains(srv.Statements(), sql) {
			time.Sleep(time.Millisecond)
		}
	})
	t.Cleanup(watcher.Wait) // t's context has ended by then
	return ctx
}

// text is a column of parameters in canonical form; nil is NULL.
type text []any

func (v text) Len() int { return len(v) }

func (v text) AppendText(dst []byte, i int) ([]byte, bool) {
	if v[i] == nil {
		return dst, true
	}
	return fmt.Append(dst, v[i]), false
}

func marshal(t testing.TB, cols []commands.ColumnInfo) string {
	t.Helper()
	var parts []string
	for _, c := range cols {
		b, err := json.Marshal(c.DataType)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(b))
	}
	return strings.Join(parts, " ")
}
