package exaotel_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exatest"
)

// login returns the spans of a successful login below the caller.
func login(attempt int) []span {
	return []span{
		{name: "login", kind: "client", parent: "connect", attrs: "db.operation.name=login exawire.command.number=1 exawire.command=login exawire.request.size=n exawire.response.size=n"},
		{name: "connect", kind: "client", parent: "the caller", attrs: fmt.Sprintf("db.operation.name=connect exawire.connect.attempt=%d exawire.session.id=n", attempt)},
	}
}

// loginMetrics are those of a successful login.
func loginMetrics() map[string]string {
	return counts([]string{"login"}, map[string]string{
		"db.client.connection.create_time{db.client.connection.pool.name=exawire}": "1 of 0s",
		"db.client.operation.duration{db.operation.name=login}":                    "1 of 0s",
		"exawire.client.sessions.opened{}":                                         "1",
	})
}

func TestLoginAndDisconnect(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, _ *exatest.Server, o *telemetry, cfg *exawire.Config) {
		sess := connect(t, called(t.Context()), cfg)
		checkSpans(t, login(1), o.take(t))
		checkMetrics(t, loginMetrics(), o.changed(t, nil))
		before := o.collect(t)
		if err := sess.Close(called(t.Context())); err != nil {
			t.Error(err)
		}
		checkSpans(t, []span{command("disconnect", "disconnect", 2, 0, "")}, o.take(t))
		checkMetrics(t, counts([]string{"disconnect"}, map[string]string{
			"db.client.operation.duration{db.operation.name=disconnect}": "1 of 0s",
			"exawire.client.sessions.closed{}":                           "1",
		}), o.changed(t, before))
	})
}

// A failover shows what was tried before.
func TestFailover(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		vn := o.network
		vn.SetDown("exa1", true)
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 { // hosts are tried in random order
			before := o.collect(t)
			sess, err := client.Connect(called(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			got, changed := o.take(t), o.changed(t, before)
			if err := sess.Close(t.Context()); err != nil {
				t.Error(err)
			}
			o.take(t)
			if len(got) == 2 {
				continue
			}
			exa := func(n int) string { return fmt.Sprintf(" server.address=exa%d server.port=8563", n) }
			checkSpans(t, []span{
				{
					name: "connect", kind: "client", parent: "the caller", status: "dial: connection",
					attrs: "db.operation.name=connect db.system.name=exasol error.type=connection exawire.connect.attempt=1 exawire.connect.step=dial" + exa(1),
				},
				{
					name: "login", kind: "client", parent: "connect",
					attrs: "db.operation.name=login db.system.name=exasol exawire.command.number=1 exawire.command=login exawire.request.size=n exawire.response.size=n" + exa(2),
				},
				{
					name: "connect", kind: "client", parent: "the caller",
					attrs: "db.operation.name=connect db.system.name=exasol exawire.connect.attempt=2 exawire.session.id=n" + exa(2),
				},
			}, got)
			var names []string
			for name := range changed {
				names = append(names, name)
			}
			slices.Sort(names)
			want := []string{
				"db.client.connection.create_time{db.client.connection.pool.name=exawire}",
				"db.client.operation.duration{db.operation.name=login db.system.name=exasol" + exa(2) + "}",
				"exawire.client.received{db.operation.name=login db.system.name=exasol" + exa(2) + "}",
				"exawire.client.sent{db.operation.name=login db.system.name=exasol" + exa(2) + "}",
				"exawire.client.sessions.failed{db.system.name=exasol error.type=connection exawire.connect.step=dial exawire.error.class=connection" + exa(1) + "}",
				"exawire.client.sessions.opened{db.system.name=exasol" + exa(2) + "}",
			}
			if diff := cmp.Diff(want, names); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
			return
		}
		t.Error("exa1 was never tried first")
	}, "exa1", "exa2")
}

func TestLoginIsRejected(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, _ *exatest.Server, o *telemetry, cfg *exawire.Config) {
		cfg.Password = "hunter2"
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Connect(called(t.Context())); err == nil {
			t.Fatal("no error")
		}
		checkSpans(t, []span{
			{
				name: "login", kind: "client", parent: "connect", status: "login (08004)",
				attrs: "db.operation.name=login db.response.status_code=08004 error.type=08004 exawire.command.number=1 exawire.command=login exawire.request.size=n exawire.response.size=n",
			},
			{
				name: "connect", kind: "client", parent: "the caller", status: "login: login (08004)",
				attrs: "db.operation.name=connect db.response.status_code=08004 error.type=08004 exawire.connect.attempt=1 exawire.connect.step=login",
			},
		}, o.take(t))
		checkMetrics(t, counts([]string{"login"}, map[string]string{
			"db.client.operation.duration{db.operation.name=login db.response.status_code=08004 error.type=08004}":                                "1 of 0s",
			"exawire.client.errors{db.operation.name=login exawire.error.class=login}":                                                            "1",
			"exawire.client.sessions.failed{db.response.status_code=08004 error.type=08004 exawire.connect.step=login exawire.error.class=login}": "1",
		}), o.changed(t, nil))
	})
}

// Who waits for a server that does not answer.
func TestConnectDeadline(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		srv.Handle("login", func(*exatest.Request) exatest.Response { return exatest.Hang() })
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(called(t.Context()), 3*second)
		defer cancel()
		if _, err := client.Connect(ctx); err == nil {
			t.Fatal("no error")
		}
		checkSpans(t, []span{
			{
				name: "login", kind: "client", parent: "connect", took: 3 * second, status: "deadline",
				attrs: "db.operation.name=login error.type=deadline exawire.command.number=1 exawire.command=login exawire.request.size=n exawire.response.size=0",
			},
			{
				name: "connect", kind: "client", parent: "the caller", took: 3 * second, status: "login: deadline",
				attrs: "db.operation.name=connect error.type=deadline exawire.connect.attempt=1 exawire.connect.step=login",
			},
		}, o.take(t))
	})
}

// A session that is killed while nobody uses it is counted, and is nobody's span. The command after that finds out.
func TestKilledWhileIdle(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		sess := connect(t, t.Context(), cfg)
		o.take(t)
		before := o.collect(t)
		srv.KillSessions()
		synctest.Wait()
		checkSpans(t, nil, o.take(t))
		checkMetrics(t, map[string]string{"exawire.client.sessions.closed{exawire.error.class=connection}": "1"}, o.changed(t, before))

		before = o.collect(t)
		if _, err := sess.Exec(called(t.Context()), "DELETE FROM T"); err == nil {
			t.Error("no error")
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
		checkSpans(t, []span{{
			name: "DELETE", kind: "client", parent: "the caller", status: "connection",
			attrs: "db.operation.name=DELETE error.type=connection exawire.command.number=2 exawire.command=execute exawire.request.size=n exawire.response.size=0 exawire.session.id=n",
		}}, o.take(t))
		checkMetrics(t, map[string]string{
			"db.client.operation.duration{db.operation.name=DELETE error.type=connection}":   "1 of 0s",
			"exawire.client.errors{db.operation.name=DELETE exawire.error.class=connection}": "1",
		}, o.changed(t, before))
	})
}

// A session that the server ends with a code.
func TestEndedByTheServer(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		srv.HandleSQL("DELETE...", exatest.Exception("40018", "out of memory"))
		sess := connect(t, t.Context(), cfg)
		o.take(t)
		before := o.collect(t)
		if _, err := sess.Exec(called(t.Context()), "DELETE FROM T"); err == nil {
			t.Error("no error")
		}
		checkSpans(t, []span{command("DELETE", "execute", 2, 0, "gone (40018)", "db.response.status_code=40018", "error.type=40018")}, o.take(t))
		checkMetrics(t, counts([]string{"DELETE"}, map[string]string{
			"db.client.operation.duration{db.operation.name=DELETE db.response.status_code=40018 error.type=40018}": "1 of 0s",
			"exawire.client.errors{db.operation.name=DELETE exawire.error.class=gone}":                              "1",
			"exawire.client.sessions.closed{exawire.error.class=gone}":                                              "1",
		}), o.changed(t, before))
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A lookup that failed is told of when it is over.
func TestLookup(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, _ *exatest.Server, o *telemetry, _ *exawire.Config) {
		_, end := o.tracer.TraceConnect(called(t.Context()), exawire.ConnectStart{Addr: "exatest:8563", Attempt: 1, Time: time.Now().Add(-2 * second)})
		end(exawire.ConnectEnd{Duration: 2 * second, Op: "resolve", Class: exawire.ClassConnection, Err: errOfCaller})
		checkSpans(t, []span{{
			name: "connect", kind: "client", parent: "the caller", took: 2 * second, status: "resolve: connection",
			attrs: "db.operation.name=connect error.type=connection exawire.connect.attempt=1 exawire.connect.step=resolve",
		}}, o.take(t))
	})
}
