package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

// serve runs a test in virtual time, with a service of n sessions on a scripted server.
func serve(t *testing.T, n int, test func(t *testing.T, srv *exatest.Server, s *service)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(network))
		cfg, err := exawire.ParseDSN(srv.DSN())
		if err != nil {
			t.Fatal(err)
		}
		cfg.DialContext = network.DialContext
		pool, err := exapool.New(cfg, exapool.Options{MaxSessions: n})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := pool.Close(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		test(t, srv, &service{pool, slog.New(slog.DiscardHandler)})
	})
}

// request has the service answer a request.
func request(ctx context.Context, s *service, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body)))
	return w
}

// list asks the service for the orders of ann.
func list(ctx context.Context, s *service) *httptest.ResponseRecorder {
	return request(ctx, s, http.MethodGet, "/customers/ann/orders", "")
}

var ordersOfAnn = exatest.RowsOf([]Order{{ID: 1, Customer: "ann"}}).Params(exatest.Columns(`"" VARCHAR(40)`)...)

func TestList(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, s *service) {
		srv.HandleSQL("SELECT id, customer, total FROM orders WHERE customer = ?...", ordersOfAnn).WithParams("ann").Expect()
		w := list(t.Context(), s)
		if want := `[{"id":1,"customer":"ann","total":"0.00"}]`; w.Code != http.StatusOK || strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("answer is %d %s", w.Code, w.Body)
		}
	})
}

// Requests wait for a session, and there are never more sessions than places.
func TestSessionsAreShared(t *testing.T) {
	serve(t, 2, func(t *testing.T, srv *exatest.Server, s *service) {
		srv.HandleSQL("SELECT...", ordersOfAnn.After(time.Second))
		var all sync.WaitGroup
		start := time.Now()
		for range 6 {
			all.Go(func() {
				if w := list(t.Context(), s); w.Code != http.StatusOK {
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
	serve(t, 1, func(t *testing.T, srv *exatest.Server, s *service) {
		srv.HandleSQL("SELECT...", ordersOfAnn)
		srv.HandleSQL("SELECT...", ordersOfAnn.After(time.Hour)).Once()
		if w := list(t.Context(), s); w.Code != http.StatusGatewayTimeout {
			t.Errorf("answer is %d", w.Code)
		}
		if w := list(t.Context(), s); w.Code != http.StatusOK {
			t.Errorf("the answer after it is %d", w.Code)
		}
		if n := len(srv.Requests("login")); n != 1 {
			t.Errorf("there were %d logins", n)
		}
	})
}

// A session that the server has ended while it was idle is replaced.
func TestSessionIsReplaced(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, s *service) {
		srv.HandleSQL("SELECT...", ordersOfAnn)
		for range 2 {
			if w := list(t.Context(), s); w.Code != http.StatusOK {
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

// Fifty clients want what takes long, and leave: four of them after a second in the middle of it, the others while they
// wait, before those four or in the same moment. In that moment one who waits may still get the session of one who has
// left. Every query is aborted, and all sessions are there for the next client.
func TestClientsLeave(t *testing.T) {
	const patience = time.Second
	for _, patienceOfOthers := range []time.Duration{patience / 2, patience} {
		serve(t, 4, func(t *testing.T, srv *exatest.Server, s *service) {
			srv.HandleSQL(slowQuery, exatest.RowCount(0).After(time.Hour))
			srv.HandleSQL("SELECT id...", ordersOfAnn)
			var all sync.WaitGroup
			visit := func(n int, patience time.Duration) {
				for range n {
					all.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), patience)
						defer cancel()
						if w := request(ctx, s, http.MethodGet, "/report", ""); w.Body.Len() > 0 {
							t.Errorf("a client who has left gets %s", w.Body)
						}
					})
				}
				synctest.Wait()
			}
			visit(4, patience)
			visit(46, patienceOfOthers)
			all.Wait()
			start := time.Now()
			for range 4 {
				all.Go(func() {
					if w := list(t.Context(), s); w.Code != http.StatusOK {
						t.Errorf("answer is %d", w.Code)
					}
				})
			}
			all.Wait()
			if waited := time.Since(start); waited > 0 {
				t.Errorf("the next clients have waited for %v", waited)
			}
			if n := len(srv.Requests("login")); n != 4 {
				t.Errorf("there were %d logins", n)
			}
			begun, aborted := len(srv.Requests("execute")), len(srv.Requests("abortQuery"))
			if begun != aborted || begun < 4 || begun > 4 && patienceOfOthers < patience {
				t.Errorf("others leave after %v: %d queries were begun, %d aborted", patienceOfOthers, begun, aborted)
			}
		})
	}
}

// An order that collides with another transaction is added all the same, once.
func TestAdd(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, s *service) {
		insert := exatest.RowCount(1).Params(exatest.Columns("id DECIMAL(18,0), customer VARCHAR(40), total DECIMAL(12,2)")...)
		srv.HandleSQL("INSERT INTO orders...", insert).WithParams(7, "ann", "12.50")
		update := exatest.RowCount(1).Params(exatest.Columns("name VARCHAR(40)")...)
		srv.HandleSQL("UPDATE customers...", update)
		srv.HandleSQL("UPDATE customers...", exatest.Exception(exawire.CodeCollision, "transaction rollback")).Once()
		if w := request(t.Context(), s, http.MethodPost, "/orders", `{"id": 7, "customer": "ann", "total": "12.50"}`); w.Code != http.StatusCreated {
			t.Errorf("answer is %d", w.Code)
		}
		once := []string{"INSERT INTO orders VALUES (?, ?, ?)", "UPDATE customers SET orders = orders + 1 WHERE name = ?"}
		want := slices.Concat(once, []string{"ROLLBACK"}, once, []string{"COMMIT"})
		if diff := cmp.Diff(want, srv.Statements()); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}

// Without a session there is no answer, but the service is not wrong.
func TestNoDatabase(t *testing.T) {
	serve(t, 1, func(t *testing.T, srv *exatest.Server, s *service) {
		srv.Handle("login", func(*exatest.Request) exatest.Response {
			return exatest.Exception(exawire.CodeLoginRejected, "authentication failed")
		})
		if w := list(t.Context(), s); w.Code != http.StatusServiceUnavailable {
			t.Errorf("answer is %d", w.Code)
		}
	})
}
