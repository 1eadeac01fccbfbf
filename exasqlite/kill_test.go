package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// connected starts a server with a backend and logs n sessions in.
func connected(t *testing.T, n int, opts ...exatest.Option) (*exatest.Server, []*exawire.Session) {
	t.Helper()
	b, err := exasqlite.New(exasqlite.WithLockTimeout(time.Nanosecond)) // who has to wait fails
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithBackend(b)}, opts...)...)
	list := make([]*exawire.Session, n)
	for i := range list {
		if list[i], err = exawire.Connect(t.Context(), srv.DSN("clientname=my-app", "clientversion=1.4")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = list[i].Close(context.Background()) })
	}
	return srv, list
}

// busy waits until a session runs a statement.
func busy(t *testing.T, watcher *exawire.Session, id uint64) (statement int64) {
	t.Helper()
	for {
		rows, err := watcher.Query(t.Context(), fmt.Sprintf("SELECT status, stmt_id FROM exa_all_sessions WHERE session_id = %d", id))
		if err != nil {
			t.Fatal(err)
		}
		type row struct {
			Status    string
			Statement int64 `exa:"STMT_ID"`
		}
		got, err := resultset.One[row](rows)
		if err != nil {
			t.Fatal(err)
		}
		if got.Status == "EXECUTE SQL" {
			return got.Statement
		}
	}
}

// TestKillSession checks that a killed session ends without a Close frame, and that what it held is free at once.
func TestKillSession(t *testing.T) {
	srv, sess := connected(t, 2)
	killer, idle := sess[0], sess[1]
	working, err := exawire.Connect(t.Context(), srv.DSN("autocommit=0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = working.Close(context.Background()) })
	mustExec(t, killer, "CREATE SCHEMA s")
	mustExec(t, killer, "CREATE TABLE s.t (id INT)")
	mustExec(t, working, "INSERT INTO s.t VALUES (1)")
	ended := make(chan error, 1)
	go func() {
		_, err := working.Exec(context.Background(), `SELECT "$SLEEP"(600)`)
		ended <- err
	}()
	busy(t, killer, working.Info().SessionID)
	mustExec(t, killer, fmt.Sprintf("KILL SESSION %d", working.Info().SessionID))
	mustExec(t, killer, "INSERT INTO s.t VALUES (2)") // the lock is free
	if err := <-ended; !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("the statement of the killed session: %v", err)
	}
	mustExec(t, killer, fmt.Sprintf("kill session %d;", idle.Info().SessionID))
	if _, err := idle.Exec(t.Context(), "SELECT 1"); !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("the idle session: %v", err)
	}
	if n := len(srv.Sessions()); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	var e *exawire.Error
	if _, err := killer.Exec(t.Context(), fmt.Sprintf("KILL SESSION %d", idle.Info().SessionID)); !errors.As(err, &e) || e.SQLCode != "42000" {
		t.Errorf("a session that is gone: %v", err)
	}
	if _, err := killer.Exec(t.Context(), "KILL SESSION CURRENT_SESSION"); !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("itself: %v", err)
	}
}

// TestKillWaits checks that KILL SESSION is done when the session has ended, not before, and that it can be aborted.
func TestKillWaits(t *testing.T) {
	b := newBackend(t)
	synctest.Test(t, func(t *testing.T) {
		var victim exatest.BackendSession
		var once sync.Once // a server closes a session once, however often it is killed
		open := func(id uint64) exatest.BackendSession {
			s, err := b.Connect(t.Context(), exatest.SessionInfo{
				SessionID: id, Version: commands.V5, Attributes: commands.DefaultAttributes(),
				Kill: func(uint64) bool {
					once.Do(func() { time.AfterFunc(time.Hour, func() { _ = victim.Close() }) })
					return true
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		killer := open(1)
		victim = open(2)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := killer.Execute(ctx, "KILL SESSION 2"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("aborted: %v", err)
		}
		run(t, killer, "KILL SESSION 2")
		if took := time.Since(began); took != time.Hour {
			t.Errorf("it took %v", took)
		}
		if err := killer.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestKillStatement checks that the statement ends with R0003 and the message, and that the session lives.
func TestKillStatement(t *testing.T) {
	_, sess := connected(t, 2)
	killer, victim := sess[0], sess[1]
	var texts []string
	for _, kill := range []string{
		"KILL STATEMENT IN SESSION %[1]d", "KILL STATEMENT %[2]d IN SESSION %[1]d WITH MESSAGE 'make room'",
	} {
		ended := make(chan error, 1)
		go func() {
			_, err := victim.Exec(context.Background(), `SELECT "$SLEEP"(600)`)
			ended <- err
		}()
		statement := busy(t, killer, victim.Info().SessionID)
		if _, err := killer.Exec(t.Context(), fmt.Sprintf("KILL STATEMENT %d IN SESSION %d", statement+7, victim.Info().SessionID)); err == nil {
			t.Error("a statement that does not run can be killed")
		}
		mustExec(t, killer, fmt.Sprintf(kill, victim.Info().SessionID, statement))
		var e *exawire.Error
		if err := <-ended; !errors.As(err, &e) {
			t.Fatalf("the statement: %v", err)
		}
		texts = append(texts, e.SQLCode+" "+e.Text)
		mustExec(t, victim, "SELECT 1")
	}
	suffix := fmt.Sprintf(" (Session: %d)", victim.Info().SessionID)
	want := []string{
		"R0003 Client requested execution abort." + suffix, "R0003 Client requested execution abort: make room" + suffix,
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	mustExec(t, killer, fmt.Sprintf("KILL STATEMENT IN SESSION %d", victim.Info().SessionID)) // which runs none
	mustExec(t, killer, "KILL STATEMENT IN SESSION CURRENT_SESSION")
	mustExec(t, killer, "SELECT 1")
}

// TestKillWithoutServer checks that nobody can end a session of a backend that has no server.
func TestKillWithoutServer(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	if got, want := show(s.Execute(context.Background(), "KILL SESSION CURRENT_SESSION")),
		"error 0A000 Feature not supported: KILL SESSION without a server [line 1, column 14]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSessionTablesKnowTheLogin checks that the session tables say what the client said of itself.
func TestSessionTablesKnowTheLogin(t *testing.T) {
	_, sess := connected(t, 1)
	type row struct {
		Client, Driver string
		OSUser         *string `exa:"OS_USER"`
		OSName         *string `exa:"OS_NAME"`
		Host           *string
		Encrypted      bool
	}
	for table, columns := range map[string]string{
		"exa_user_sessions": "client, driver, os_user, os_name, host, encrypted",
		"exa_dba_sessions":  "client, driver, os_user, os_name, host, encrypted",
		"exa_all_sessions":  "client, driver, CAST(NULL AS VARCHAR(9)) AS os_user, CAST(NULL AS VARCHAR(9)) AS os_name, CAST(NULL AS VARCHAR(9)) AS host, encrypted",
	} {
		rows, err := sess[0].Query(t.Context(), "SELECT "+columns+" FROM "+table+" WHERE session_id = CURRENT_SESSION")
		if err != nil {
			t.Fatal(err)
		}
		got, err := resultset.One[row](rows)
		if err != nil {
			t.Fatal(err)
		}
		if got.Client != "my-app 1.4" || got.Driver != "exawire "+exawire.Version || !got.Encrypted {
			t.Errorf("%s: %+v", table, got)
		}
		if table == "exa_all_sessions" {
			continue
		}
		if *got.Host != "127.0.0.1" || *got.OSUser == "" || *got.OSName == "" {
			t.Errorf("%s: host %q, user %q, system %q", table, *got.Host, *got.OSUser, *got.OSName)
		}
	}
}

// TestSessionTablesShowAClient checks each column for itself, and what is shown of a client that says nothing.
func TestSessionTablesShowAClient(t *testing.T) {
	b := newBackend(t)
	columns := "client, driver, encrypted, host, os_user, os_name"
	for _, test := range []struct {
		info exatest.SessionInfo
		want string
	}{
		{exatest.SessionInfo{
			Client: commands.ClientInfo{ClientName: "Go client", ClientVersion: "(unknown version)", DriverName: "d 1", ClientOs: "plan9", ClientOsUsername: "glenda"},
			Host:   "10.0.0.1", Encrypted: true,
		}, "Go client (unknown version) | d 1 | true | 10.0.0.1 | glenda | plan9"},
		{exatest.SessionInfo{Client: commands.ClientInfo{ClientName: "c"}}, "c | NULL | false | NULL | UNKNOWN | NULL"},
		{exatest.SessionInfo{}, "NULL | NULL | false | NULL | UNKNOWN | NULL"},
	} {
		test.info.SessionID, test.info.Version, test.info.Attributes = 7, commands.V5, commands.DefaultAttributes()
		s, err := b.Connect(t.Context(), test.info)
		if err != nil {
			t.Fatal(err)
		}
		res := run(t, s, "SELECT "+columns+" FROM exa_user_sessions WHERE session_id = CURRENT_SESSION")
		if diff := cmp.Diff(test.want, showRow(res.Data, 0)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestImpersonate checks whose name a session acts under, and that open write locks forbid a change.
func TestImpersonate(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA s")
	run(t, s, "IMPERSONATE bob")
	run(t, s, "CREATE TABLE t (a INT)")
	var got []string
	for _, sql := range []string{
		"SELECT CURRENT_USER, user_name, effective_user, (SELECT table_owner FROM exa_all_tables) FROM exa_user_sessions",
		"IMPERSONATE 'sys'", "SELECT CURRENT_USER, user_name, effective_user FROM exa_dba_sessions", "IMPERSONATE", "IMPERSONATE 1",
	} {
		res, err := s.Execute(t.Context(), sql)
		if err == nil && res.Columns != nil {
			got = append(got, showRow(res.Data, 0))
		} else {
			got = append(got, show(res, err))
		}
	}
	if err := s.Set(t.Context(), "autocommit", false); err != nil {
		t.Fatal(err)
	}
	run(t, s, "INSERT INTO t VALUES (1)")
	got = append(got, show(s.Execute(t.Context(), "IMPERSONATE bob")))
	run(t, s, "ROLLBACK")
	run(t, s, "IMPERSONATE [Bob]")
	got = append(got, showRow(run(t, s, "SELECT CURRENT_USER").Data, 0))
	want := []string{
		"BOB | SYS | BOB | BOB", "count 0", "SYS | SYS | SYS",
		"error 42000 syntax error, unexpected ';' [line 1, column 12]",
		"error 42000 syntax error, unexpected UNSIGNED_NUMERIC_LITERAL_ [line 1, column 13]",
		"error 42000 IMPERSONATE is not allowed while the transaction has write locks [line 1, column 13]", "Bob",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
