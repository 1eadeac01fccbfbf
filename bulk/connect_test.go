package bulk

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// dialled notes the addresses that are dialled, and can replace what they lead to.
type dialled struct {
	mu      sync.Mutex
	addrs   []string
	replace map[string]func(ctx context.Context) (net.Conn, error)
}

// on takes over the connections of a session that are opened from now on.
func (d *dialled) on(dial func(ctx context.Context, network, addr string) (net.Conn, error)) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		d.mu.Lock()
		d.addrs = append(d.addrs, addr)
		instead := d.replace[addr]
		d.mu.Unlock()
		if instead != nil {
			return instead(ctx)
		}
		return dial(ctx, network, addr)
	}
}

// reset forgets what was dialled, and replaces an address from now on, if it has one.
func (d *dialled) reset(addr string, instead func(ctx context.Context) (net.Conn, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.addrs, d.replace = nil, map[string]func(ctx context.Context) (net.Conn, error){addr: instead}
}

// counts returns how often each address was dialled, by how many times.
func (d *dialled) counts() (addrs map[string]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	addrs = map[string]int{}
	for _, a := range d.addrs {
		addrs[a]++
	}
	return addrs
}

// cluster runs a test with a session of a cluster of three nodes, with what its configuration says of hosts.
func cluster(t *testing.T, hosts string, test func(t *testing.T, srv *exatest.Server, s *exawire.Session, d *dialled)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(vn), exatest.WithNodes("exa1", "exa2", "exa3"))
		srv.Handle("getHosts", func(*exatest.Request) exatest.Response {
			return exatest.Data(map[string]any{"numNodes": 3, "nodes": []string{"exa1", "exa2", "exa3"}})
		})
		d := &dialled{}
		s := session(t, srv, func(c *exawire.Config) { c.Host, c.DialContext = hosts, d.on(vn.DialContext) })
		d.reset("", nil)
		test(t, srv, s, d)
	})
}

// fourFiles are the files of an import.
func fourFiles() (files []file) {
	for _, name := range []string{"a.csv", "b.csv", "c.csv", "d.csv"} {
		files = append(files, textFile(name, "1\n", nil))
	}
	return files
}

// others returns the nodes without that of the session.
func others(s *exawire.Session) []string {
	return slices.DeleteFunc([]string{"exa1:8563", "exa2:8563", "exa3:8563"}, func(addr string) bool { return addr == s.Addr() })
}

func TestNodes(t *testing.T) {
	for name, hosts := range map[string]string{"of the configuration": "exa1..3", "of getHosts": "exa2"} {
		t.Run(name, func(t *testing.T) {
			cluster(t, hosts, func(t *testing.T, srv *exatest.Server, s *exawire.Session, d *dialled) {
				var got []string
				imports(srv, &got)
				_, err := transferOf(s, opImport, fourFiles()).run(t.Context())
				check(t, err, "")
				o := others(s)
				if diff := cmp.Diff(map[string]int{s.Addr(): 2, o[0]: 1, o[1]: 1}, d.counts()); diff != "" {
					t.Errorf("dialled (-want +got):\n%s", diff)
				}
				d.reset("", nil)
				srv.ForgetRequests()
				_, err = transferOf(s, opImport, fourFiles()[:1]).run(t.Context())
				check(t, err, "")
				if diff := cmp.Diff(map[string]int{s.Addr(): 1}, d.counts()); diff != "" {
					t.Errorf("one file dialled (-want +got):\n%s", diff)
				}
				if n := len(srv.Requests("getHosts")); n > 0 {
					t.Errorf("one file asked for the nodes %d times", n)
				}
			})
		})
	}
}

// A node that cannot be reached does not matter as long as that of the session can be, and is not tried again.
func TestNodeIsDown(t *testing.T) {
	for name, instead := range map[string]func(ctx context.Context) (net.Conn, error){
		"refuses": func(context.Context) (net.Conn, error) { return nil, errDisk },
		"silent":  func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
		"answers nonsense": func(context.Context) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				_, _ = io.ReadFull(server, make([]byte, 12))
				_, _ = io.WriteString(server, "HTTP/1.1 400 Bad Request\r\n")
			}()
			return client, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			cluster(t, "exa1..3", func(t *testing.T, srv *exatest.Server, s *exawire.Session, d *dialled) {
				var got []string
				imports(srv, &got)
				o := others(s)
				d.reset(o[0], instead)
				start := time.Now()
				_, err := transferOf(s, opImport, append(fourFiles(), fourFiles()...), Parallel(4)).run(t.Context())
				check(t, err, "")
				if diff := cmp.Diff(map[string]int{s.Addr(): 6, o[0]: 1, o[1]: 2}, d.counts()); diff != "" {
					t.Errorf("dialled (-want +got):\n%s", diff)
				}
				if took := time.Since(start).Truncate(time.Second / 2); took > exawire.DefaultConnectTimeout/hintShare {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// If no tunnel can be opened, nothing is sent, and the error names the first that failed, not those that were stopped.
func TestConnectFails(t *testing.T) {
	hangUp := func(context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		return client, server.Close()
	}
	for name, test := range map[string]struct {
		instead func(ctx context.Context) (net.Conn, error)
		want    string
	}{
		"refused":  {func(context.Context) (net.Conn, error) { return nil, errDisk }, "bulk: import: file a.csv: connect: exa1:8563: the disk is gone"},
		"silent":   {func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, "bulk: import: file a.csv: connect: exa1:8563: no answer within 10s, see Config.ConnectTimeout"},
		"hangs up": {hangUp, "bulk: import: file a.csv: tunnel: exa1:8563: io: read/write on closed pipe"},
		"no answer": {func(context.Context) (net.Conn, error) {
			client, server := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, server); server.Close() }()
			return client, nil
		}, "bulk: import: file a.csv: tunnel: exa1:8563: no answer within 10s, see Config.ConnectTimeout"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster(t, "exa1", func(t *testing.T, srv *exatest.Server, s *exawire.Session, d *dialled) {
				d.reset("exa1:8563", test.instead)
				start := time.Now()
				_, err := transferOf(s, opImport, fourFiles()[:1]).runInTransaction(t.Context())
				check(t, err, test.want)
				if diff := cmp.Diff([]string{"autocommit false", "ROLLBACK", "autocommit true"}, statements(srv)); diff != "" {
					t.Errorf("statements (-want +got):\n%s", diff)
				}
				if took := time.Since(start); took > exawire.DefaultConnectTimeout {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
	cluster(t, "exa1..3", func(t *testing.T, _ *exatest.Server, s *exawire.Session, d *dialled) {
		tunnels := 0
		d.reset(s.Addr(), func(ctx context.Context) (net.Conn, error) {
			d.mu.Lock()
			tunnels++
			first := tunnels == 1
			d.mu.Unlock()
			if first {
				synctest.Wait() // for the others
				return nil, errDisk
			}
			<-ctx.Done()
			return nil, ctx.Err()
		})
		_, err := transferOf(s, opImport, fourFiles()).run(t.Context())
		var both *Error
		if !errors.As(err, &both) || len(both.Files) != 1 || !errors.Is(err, errDisk) || !exawire.SafeToRetry(err) {
			t.Errorf("error %v", err)
		}
	})
}

// A panic of the user's function that opens connections comes out of the call.
func TestDialPanics(t *testing.T) {
	cluster(t, "exa1", func(t *testing.T, srv *exatest.Server, s *exawire.Session, d *dialled) {
		d.reset("exa1:8563", func(context.Context) (net.Conn, error) { panic("out") })
		defer func() {
			if got := recover(); got != "out" {
				t.Errorf("panic %v", got)
			}
			usable(t, srv, s)
		}()
		_, _ = transferOf(s, opImport, fourFiles()).runInTransaction(t.Context())
		t.Error("no panic")
	})
}

// The answer by which a tunnel is opened may come in pieces, and the database may never use the tunnel.
func TestTunnelFaults(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		srv.Inject(fault.TunnelAnswerInPieces())
		_, err := transferOf(s, opImport, fourFiles()).runInTransaction(t.Context())
		check(t, err, "")
		srv.Inject(fault.TunnelIgnored())
		_, err = transferOf(s, opImport, fourFiles()).runInTransaction(t.Context())
		var sql *exawire.Error
		if !errors.As(err, &sql) || sql.SQLCode != "42636" || strings.Contains(err.Error(), "file") {
			t.Errorf("error %v", err)
		}
	})
}

func TestSessionConfig(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		cfg := s.Config()
		if cfg.ConnectTimeout != exawire.DefaultConnectTimeout || cfg.Host == "" {
			t.Errorf("%v, %s", cfg.ConnectTimeout, cfg.Host)
		}
		cfg.Host = "elsewhere"
		if s.Config().Host == cfg.Host {
			t.Error("the configuration of the session was changed")
		}
		var none *exawire.Session
		if none.Config() == nil {
			t.Error("a session that nobody has opened has no configuration")
		}
	})
}
