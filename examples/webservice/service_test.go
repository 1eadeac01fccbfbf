package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// serve runs a test in virtual time, with a service of n sessions on a scripted server.
func serve(t *testing.T, n int, test func(t *testing.T, srv *exatest.Server, sessions *sessions)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(network))
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.DialContext = network.DialContext
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sessions := newSessions(client, n)
		defer func() {
			if err := sessions.close(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		test(t, srv, sessions)
	})
}

// list asks the service for the orders of ann.
func list(ctx context.Context, sessions *sessions) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/customers/ann/orders", nil)
	(&service{sessions}).handler().ServeHTTP(w, r)
	return w
}

var ordersOfAnn = exatest.RowsOf([]Order{{ID: 1, Customer: "ann"}}).Params(exatest.Columns(`"" VARCHAR(40)`)...)

func TestList(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, sessions *sessions) {
		srv.HandleSQL("SELECT id, customer, total FROM orders WHERE customer = ?...", ordersOfAnn).WithParams("ann").Expect()
		w := list(t.Context(), sessions)
		if want := `[{"id":1,"customer":"ann","total":"0.00"}]`; w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("answer is %d %s", w.Code, w.Body)
		}
	})
}

// Requests wait for a session, and there are never more sessions than places.
func TestSessionsAreShared(t *testing.T) {
	serve(t, 2, func(t *testing.T, srv *exatest.Server, sessions *sessions) {
		srv.HandleSQL("SELECT...", ordersOfAnn.After(time.Second))
		var all sync.WaitGroup
		start := time.Now()
		for range 6 {
			all.Go(func() {
				if w := list(t.Context(), sessions); w.Code != http.StatusOK {
					t.Errorf("answer is %d", w.Code)
				}
			})
		}
		all.Wait()
		if n := len(srv.Requests("login")); n != 2 {
			t.Errorf("there were %d logins", n)
		}
		if took := time.Since(start); took < 3*time.Second {
			t.Errorf("six queries of a second took %v on two sessions", took)
		}
	})
}

// A query that takes too long is aborted. The next request uses the same session.
func TestDeadline(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, sessions *sessions) {
		srv.HandleSQL("SELECT...", ordersOfAnn)
		srv.HandleSQL("SELECT...", ordersOfAnn.After(time.Hour)).Once()
		if w := list(t.Context(), sessions); w.Code != http.StatusGatewayTimeout {
			t.Errorf("answer is %d", w.Code)
		}
		if w := list(t.Context(), sessions); w.Code != http.StatusOK {
			t.Errorf("the answer after it is %d", w.Code)
		}
		if n := len(srv.Requests("login")); n != 1 {
			t.Errorf("there were %d logins", n)
		}
	})
}

// A session that the server has ended while it was idle is replaced.
func TestSessionIsReplaced(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, sessions *sessions) {
		srv.HandleSQL("SELECT...", ordersOfAnn)
		for range 2 {
			if w := list(t.Context(), sessions); w.Code != http.StatusOK {
				t.Errorf("answer is %d", w.Code)
			}
			srv.KillSessions()
			synctest.Wait()
		}
		if n := len(srv.Requests("login")); n != 2 {
			t.Errorf("there were %d logins", n)
		}
	})
}

// What one request has changed in its session, the next one does not find; a handler that panics costs the session.
func TestNextUser(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, sessions *sessions) {
		ctx := t.Context()
		if err := sessions.use(ctx, func(sess *exawire.Session) error {
			_, err := sess.Begin(ctx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := sessions.use(ctx, func(sess *exawire.Session) error {
			if !sess.Attributes().Autocommit {
				t.Error("the transaction of the last user is open")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = sessions.use(ctx, func(*exawire.Session) error { panic("a mistake") })
		}()
		if err := sessions.use(ctx, func(*exawire.Session) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if n := len(srv.Requests("login")); n != 2 {
			t.Errorf("there were %d logins", n)
		}
	})
}
