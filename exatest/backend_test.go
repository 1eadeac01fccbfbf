package exatest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// informed is a backend that keeps what it is told of sessions.
type informed struct {
	*backend
	infos chan exatest.SessionInfo
}

func (b *informed) Connect(ctx context.Context, s exatest.SessionInfo) (exatest.BackendSession, error) {
	b.infos <- s
	return b.backend.Connect(ctx, s)
}

// TestBackendLearnsOfTheClient checks what a backend is told of a login, and that it can end a session of its server.
func TestBackendLearnsOfTheClient(t *testing.T) {
	b := &informed{&backend{ended: make(chan struct{}, 2)}, make(chan exatest.SessionInfo, 1)}
	srv := exatest.NewServer(t, exatest.WithBackend(b), exatest.WithRelease("7.1.30"))
	login := func(plain bool, extra string) (*testclient.Client, exatest.SessionInfo) {
		c := testclient.Dial(t, srv, srv.Addr(), plain)
		c.Login(extra)
		return c, <-b.infos
	}
	cutOff := func(c *testclient.Client) {
		t.Helper()
		var closed *testclient.Closed
		if _, err := c.Recv(); err == nil || errors.As(err, &closed) {
			t.Errorf("instead of an end without a Close frame: %v", err)
		}
	}
	one, first := login(false, `,"clientName":"n","clientVersion":"v","driverName":"d","clientOs":"o","clientOsUsername":"u","clientRuntime":"r","clientLanguage":"l"`)
	two, second := login(true, `,"clientName":7`)
	type told struct {
		Client    commands.ClientInfo
		Host      string
		Encrypted bool
	}
	want := []told{
		{commands.ClientInfo{
			ClientName: "n", ClientVersion: "v", DriverName: "d", ClientOs: "o", ClientOsUsername: "u", ClientRuntime: "r", ClientLanguage: "l",
		}, "127.0.0.1", true},
		{commands.ClientInfo{}, "127.0.0.1", false},
	}
	got := []told{{first.Client, first.Host, first.Encrypted}, {second.Client, second.Host, second.Encrypted}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if second.Kill(1) {
		t.Error("a session that does not exist was killed")
	}
	if !second.Kill(first.SessionID) {
		t.Error("the other session was not found")
	}
	cutOff(one)
	if !second.Kill(second.SessionID) {
		t.Error("the session itself was not found")
	}
	cutOff(two)
}

// TestKeywords checks the words that not every release has, and the order.
func TestKeywords(t *testing.T) {
	for release, want := range map[string][]string{
		"6.2.15": nil, "7.1.30": nil, "8.0.0": {"CURRENT_CLUSTER", "CURRENT_CLUSTER_UID"},
		"2025.1.11": {"CURRENT_CLUSTER", "CURRENT_CLUSTER_UID", "PARQUET"},
	} {
		var got []string
		last := ""
		for _, k := range exatest.Keywords(release) {
			if k.Word <= last {
				t.Errorf("%s: %s after %s", release, k.Word, last)
			}
			last = k.Word
			switch {
			case k.Word == "CROSS" && k.Reserved, k.Word == "TEXT" && !k.Reserved:
				t.Errorf("%s: %+v", release, k)
			case k.Word == "PARQUET", k.Word == "CURRENT_CLUSTER", k.Word == "CURRENT_CLUSTER_UID":
				got = append(got, k.Word)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", release, diff)
		}
	}
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
