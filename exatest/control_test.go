package exatest_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestHandlers(t *testing.T) {
	srv := exatest.NewServer(t)
	c := testclient.Connect(t, srv)
	count := func(sql string) string {
		a := c.Execute(sql)
		if a.Status != "ok" {
			return a.Exception.SQLCode
		}
		return fmt.Sprint(a.Result(0)["rowCount"])
	}
	check := func(sql string, want ...string) {
		t.Helper()
		for i, w := range want {
			if got := count(sql); got != w {
				t.Errorf("%s, call %d: got %s, want %s", sql, i, got, w)
			}
		}
	}
	srv.HandleSQL("A", exatest.RowCount(1))
	srv.HandleSQL("A", exatest.RowCount(2)) // the newest wins
	check("A", "2", "2")
	srv.HandleSQL("A", exatest.RowCount(3)).Once() // those with a limit come first, in order
	srv.HandleSQL("A", exatest.RowCount(4)).Times(2)
	check("A", "3", "4", "4", "2")
	late := srv.HandleSQL("L", exatest.RowCount(9))
	check("L", "9", "9")
	late.Times(2) // more
	check("L", "9", "9", "0A000")
	late.Times(0)
	check("L", "0A000")
	seq := srv.HandleSQL("B", exatest.Sequence(exatest.RowCount(5), exatest.RowCount(6)))
	check("B", "5", "6", "6")
	if seq.Calls() != 3 {
		t.Errorf("%d calls, want 3", seq.Calls())
	}
	seq.Remove()
	check("B", "0A000")
	srv.HandleSQL("C", exatest.Sequence())
	check("C", "0A000")
	srv.HandleSQL("INSERT INTO t ...", exatest.RowCount(7))
	check("insert into t VALUES (1)", "0A000")
	check("INSERT INTO t VALUES (1)", "7")
	srv.HandleSQLRegexp(regexp.MustCompile(`(?i)^insert .* values`), exatest.RowCount(8))
	check("insert into t VALUES (1)", "8")
	watched := 0
	watcher := srv.Handle("execute", func(*exatest.Request) exatest.Response { watched++; return exatest.Pass() })
	check("A", "2")
	if watched != 1 || watcher.Calls() != 0 {
		t.Errorf("watched %d requests, %d calls", watched, watcher.Calls())
	}
	srv.Handle("execute", func(r *exatest.Request) exatest.Response { return exatest.RowCount(int64(len(r.SQL))) }).Once()
	check("A", "1", "2")
	srv.ForgetRequests()
	if got := srv.Requests(""); len(got) != 0 {
		t.Errorf("%d requests after ForgetRequests", len(got))
	}
	srv.Handle("unheardOf", func(*exatest.Request) exatest.Response { return exatest.Data([]int{1}) })
	c.Send(`{"command":"unheardOf"}`)
	if text, _ := c.Recv(); text != `{"status":"ok","responseData":[1]}` {
		t.Errorf("got %s", text)
	}
	c.Bye()
}

// backend is a Backend that echoes.
type backend struct {
	mu     sync.Mutex
	events []string
	ended  chan struct{} // gets one for each session that has ended
	waits  chan struct{} // gets one when WAIT has begun
}

func (b *backend) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, fmt.Sprintf(format, args...))
}

func (b *backend) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := strings.Join(b.events, "; ")
	b.events = nil
	return s
}

func (b *backend) Connect(_ context.Context, s exatest.SessionInfo) (exatest.BackendSession, error) {
	b.note("connect %s V%d %s schema=%s", s.User, s.Version, s.Release, s.Attributes.CurrentSchema)
	if s.Attributes.CurrentSchema == "FOO" {
		return nil, &exatest.SQLError{Code: "42000", Text: "schema FOO not found"}
	}
	return &backendSession{b}, nil
}

func (b *backend) Close() error {
	b.note("close")
	return nil
}

type backendSession struct{ b *backend }

func (s *backendSession) Execute(ctx context.Context, sql string) (*exatest.Result, error) {
	s.b.note("execute %s", sql)
	switch sql {
	case "FAIL":
		return nil, &exatest.SQLError{Code: "42X91", Text: "constraint violation"}
	case "ODD":
		return nil, errors.New("odd")
	case "NOTHING":
		return nil, nil
	case "RAGGED":
		return &exatest.Result{Columns: exatest.Columns("A INT"), Data: []exatest.Values{nil}}, nil
	case "WAIT":
		s.b.waits <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	case "ROWS":
		return &exatest.Result{Columns: exatest.Columns("A INT"), Data: []exatest.Values{exatest.TextValues("1")}}, nil
	}
	return &exatest.Result{RowCount: 3, Attributes: map[string]any{"openTransaction": true, "currentSchema": "S", "queryTimeout": 4}}, nil
}

func (s *backendSession) Prepare(_ context.Context, sql string) (exatest.BackendStatement, error) {
	s.b.note("prepare %s", sql)
	if sql == "FAIL" {
		return nil, &exatest.SQLError{Code: "42000", Text: "syntax error"}
	}
	return &backendStatement{s.b}, nil
}

func (s *backendSession) Set(_ context.Context, attribute string, value any) error {
	s.b.note("set %s=%v", attribute, value)
	if value == "missing" {
		return &exatest.SQLError{Code: "42000", Text: "schema missing not found"}
	}
	return nil
}

func (s *backendSession) Metadata(_ context.Context, command string, filter map[string]any) (*exatest.Result, error) {
	s.b.note("metadata %s %v", command, filter)
	return &exatest.Result{Columns: exatest.MetadataColumns("getTableTypes"), Data: []exatest.Values{exatest.TextValues("TABLE")}}, nil
}

func (s *backendSession) Close() error {
	s.b.note("end")
	s.b.ended <- struct{}{}
	return nil
}

type backendStatement struct{ b *backend }

func (s *backendStatement) Params() []commands.ColumnInfo {
	return exatest.Columns("A INT, G GEOMETRY")
}

func (s *backendStatement) Columns() []commands.ColumnInfo {
	return exatest.Columns("A INT, G VARCHAR(2000)")
}

func (s *backendStatement) Execute(_ context.Context, params []exatest.Values) (*exatest.Result, error) {
	s.b.note("run %s", texts(params))
	return &exatest.Result{Columns: s.Columns(), Data: params}, nil
}

func (s *backendStatement) Close() error {
	s.b.note("forget")
	return nil
}

func TestBackend(t *testing.T) {
	b := &backend{ended: make(chan struct{}, 1), waits: make(chan struct{}, 1)}
	srv := exatest.NewServer(t, exatest.WithBackend(b))
	srv.HandleSQL("SCRIPTED", exatest.RowCount(1))
	c := testclient.Dial(t, srv, srv.Addr(), false)
	c.Login(`,"attributes":{"currentSchema":"S0"}`)
	want := func(events string) {
		t.Helper()
		if got := b.take(); got != events {
			t.Errorf("the backend saw %q, want %q", got, events)
		}
	}
	want("connect SYS V5 8.32.0 schema=S0")
	if a := c.Execute("X"); a.Raw != `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":3}]},"attributes":`+orderedAttrs(a) {
		t.Errorf("got %s", a.Raw)
	}
	c.Execute("SCRIPTED")
	want("execute X")
	c.Failed(c.Execute("FAIL"), "42X91", "constraint violation (Session: ")
	c.Failed(c.Execute("ODD"), "00000", "odd (Session: ")
	c.Failed(c.Execute("NOTHING"), "00000", "neither a result nor an error")
	c.Failed(c.Execute("RAGGED"), "00000", "no data for column 0")
	if a := c.Execute("ROWS"); testclient.Data(a.Set(0)) != "[[1]]" {
		t.Errorf("got %s", a.Raw)
	}
	c.Send(`{"command":"execute","sqlText":"WAIT","attributes":{"queryTimeout":0,"autocommit":false}}`)
	<-b.waits
	c.Send(testclient.Abort)
	c.Failed(c.Receive(), "R0003", "abort")
	b.take()
	c.OK(`{"command":"setAttributes","attributes":{"queryTimeout":1,"numericCharacters":",."}}`)
	want("set numericCharacters=,.")
	c.Fails("42000", "schema missing not found", `{"command":"setAttributes","attributes":{"currentSchema":"missing"}}`)
	b.take()

	a := c.OK(`{"command":"createPreparedStatement","sqlText":"P"}`)
	if !strings.Contains(a.Raw, `"parameterData":{"numColumns":2,"columns":[{"name":"","dataType":{"type":"DECIMAL","precision":18,"scale":0}},{"name":"","dataType":{"type":"VARCHAR","size":2000000,"characterSet":"UTF8"}}]}`) {
		t.Errorf("got %s", a.Raw)
	}
	a = c.OK(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":2,"numRows":1,"data":[[1],["POINT (1 2)"]]}`)
	if testclient.Data(a.Set(0)) != `[[1],["POINT (1 2)"]]` {
		t.Errorf("got %s", a.Raw)
	}
	c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
	c.Fails("42000", "syntax error", `{"command":"createPreparedStatement","sqlText":"FAIL"}`)
	want("prepare P; run 1|POINT (1 2); forget; prepare FAIL")
	a = c.OK(`{"command":"getTables","schema":"A%%","table":null,"tableTypes":["TABLE"]}`)
	if testclient.Data(a.Set(0)) != `[["TABLE"]]` {
		t.Errorf("got %s", a.Raw)
	}
	c.OK(`{"command":"getTables","schema":""}`)
	want("metadata getTables map[schema:A% tableTypes:[TABLE]]")
	c.Bye()
	<-b.ended // the backend's half ends after the client's
	want("end")
	d := testclient.Dial(t, srv, srv.Addr(), false)
	d.Failed(d.TryLogin(5, "sys", "exasol", `,"attributes":{"currentSchema":"FOO"}`), "42000", "schema FOO not found")
	d.Gone()
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	want("connect SYS V5 8.32.0 schema=FOO; close")
}

// orderedAttrs is the attributes object of an answer as text; the order of the backend's map is not defined.
func orderedAttrs(a testclient.Answer) string {
	_, rest, _ := strings.Cut(a.Raw, `"attributes":`)
	if fmt.Sprint(a.Attrs) != "map[currentSchema:S openTransaction:true queryTimeout:4]" {
		return "wrong"
	}
	return rest
}

func TestCloseWhileBusy(t *testing.T) {
	srv, err := exatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	srv.HandleSQL("WAIT", exatest.Func(func(r *exatest.Request) exatest.Response {
		close(started)
		<-r.Context().Done()
		return exatest.OK()
	}))
	c := testclient.Connect(t, srv)
	c.Send(`{"command":"execute","sqlText":"WAIT"}`)
	<-started
	for range 2 {
		if err := srv.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	c.Gone()
	if n := srv.Connections(); n != 0 {
		t.Errorf("%d connections after Close", n)
	}
}
