package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// countDials makes the client count its connections.
func countDials(c *exawire.Config) *atomic.Int64 {
	var dials atomic.Int64
	dial := c.DialContext
	c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dials.Add(1)
		return dial(ctx, network, addr)
	}
	return &dials
}

// Nothing is dialed, and no memory taken, for what makes no sense.
func TestParallelNonsense(t *testing.T) {
	data := func(v map[string]any) exatest.Response { return exatest.Data(v) }
	hosts := func(nodes ...any) exatest.Response {
		return data(map[string]any{"numNodes": len(nodes), "nodes": nodes})
	}
	enter := func(n any, nodes ...any) exatest.Response {
		return data(map[string]any{"numOpenConnections": n, "token": 7, "nodes": nodes})
	}
	for name, tt := range map[string]struct {
		command string
		r       exatest.Response
	}{
		"2^50 connections":            {"requestParallelConnections", data(map[string]any{"numOpenConnections": int64(1 << 50), "token": 7})},
		"5000 connections":            {"requestParallelConnections", data(map[string]any{"numOpenConnections": 5000, "token": 7})},
		"less than none":              {"requestParallelConnections", data(map[string]any{"numOpenConnections": -1, "token": 7})},
		"no hosts":                    {"getHosts", hosts()},
		"null for hosts":              {"getHosts", data(map[string]any{"numNodes": 3, "nodes": nil})},
		"host without a name":         {"getHosts", hosts("exa1", "")},
		"host with a blank":           {"getHosts", hosts("exa1", "exa 2")},
		"host with a path":            {"getHosts", hosts("exa1/..")},
		"host with a line break":      {"getHosts", hosts("exa1\r\nHost: x")},
		"2^50 connections, V3":        {"enterParallel", enter(int64(1<<50), "exa1:8563")},
		"5000 connections, V3":        {"enterParallel", enter(5000, "exa1:8563")},
		"no nodes, V3":                {"enterParallel", enter(2)},
		"node without a port, V3":     {"enterParallel", enter(2, "exa1:8563", "exa2")},
		"node with port 0, V3":        {"enterParallel", enter(2, "exa1:0")},
		"node with a wrong port, V3":  {"enterParallel", enter(2, "exa1:70000")},
		"node with a sign, V3":        {"enterParallel", enter(2, "exa1:+22")},
		"node that is only a port":    {"enterParallel", enter(2, ":8563")},
		"node with a strange name":    {"enterParallel", enter(2, "a,b:8563")},
		"node that is no address, V3": {"enterParallel", enter(2, "nonsense", "exa1:8563")},
	} {
		t.Run(name, func(t *testing.T) {
			var dials *atomic.Int64
			groupBubble(t, func(c *exawire.Config) {
				dials = countDials(c)
				if tt.command == "enterParallel" {
					c.ProtocolVersion = commands.V3
				}
			}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
				srv.Handle(tt.command, func(*exatest.Request) exatest.Response { return tt.r }).Once()
				dials.Store(0)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := sess.Parallel(t.Context(), 2)
				runtime.ReadMemStats(&after)
				var protocol *exawire.ProtocolError
				if !errors.As(err, &protocol) || protocol.Command != tt.command || exawire.SafeToRetry(err) {
					t.Errorf("error is %v", err)
				}
				if n := dials.Load(); n != 0 {
					t.Errorf("%d connections were dialed", n)
				}
				if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 {
					t.Errorf("%d bytes were allocated", n)
				}
				if sess.Err() == nil {
					t.Errorf("the session goes on")
				}
			})
		})
	}
}

// More subconnections than a cluster can have nodes are not asked for.
func TestParallelAsksForWhatThereMayBe(t *testing.T) {
	groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		group, err := sess.Parallel(t.Context(), math.MaxInt)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(srv.Requests("requestParallelConnections")[0].Field("numRequestedConnections")); got != fmt.Sprint(commands.MaxNodes) {
			t.Errorf("%s were asked for", got)
		}
		if err := group.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Subconnections have no groups of their own, and nothing is sent to find that out, however busy they are.
func TestParallelOfASubconnection(t *testing.T) {
	groupBubble(t, nil, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		group := openGroup(t, sess)
		sub := group.Sessions()[0]
		srv.HandleSQL("INSERT ?", exatest.Hang())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = insertOnSubs(context.Background(), group)
		}()
		synctest.Wait()
		srv.ForgetRequests()
		if _, err := sub.Parallel(t.Context(), 2); err == nil || !exawire.SafeToRetry(err) {
			t.Errorf("error is %v", err)
		}
		if n := len(srv.Requests("")); n != 0 {
			t.Errorf("%d commands were sent", n)
		}
		for _, sub := range group.Sessions() {
			if err := sub.AbortQuery(t.Context()); err != nil {
				t.Error(err)
			}
		}
		<-done
		if _, err := sess.Parallel(t.Context(), 2); err == nil || !exawire.SafeToRetry(err) {
			t.Errorf("second group: %v", err)
		}
		if err := group.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Sources of credentials are asked again for each login.
func TestParallelAsksForCredentials(t *testing.T) {
	var mu sync.Mutex
	asked := 0
	ask := func() {
		mu.Lock()
		defer mu.Unlock()
		asked++
	}
	for name, change := range map[string]func(*exawire.Config){
		"password": func(c *exawire.Config) {
			c.Password, c.PasswordSource = "", func(context.Context) (string, error) { ask(); return exatest.DefaultPassword, nil }
		},
		"access token": func(c *exawire.Config) {
			c.User, c.Password = "", ""
			c.TokenSource = func(context.Context) (exawire.Token, error) { ask(); return exawire.Token{Access: "access"}, nil }
		},
		"refresh token": func(c *exawire.Config) {
			c.User, c.Password = "", ""
			c.TokenSource = func(context.Context) (exawire.Token, error) { ask(); return exawire.Token{Refresh: "refresh"}, nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			asked = 0
			bubble(t, change, []exatest.Option{
				exatest.WithNodes("exa1", "exa2", "exa3"), exatest.WithAccessToken("sys", "access"), exatest.WithRefreshToken("sys", "refresh"),
			}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				if asked != 1 {
					t.Errorf("asked %d times for a session", asked)
				}
				for range 2 {
					asked = 0
					group := openGroup(t, sess)
					if asked != 2 {
						t.Errorf("asked %d times for 2 subconnections", asked)
					}
					if err := group.Close(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}
