package e2e_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// loginOf is the login that a configuration describes.
func loginOf(cfg *exawire.Config) commands.Login {
	return commands.Login{Username: cfg.User, Password: cfg.Password, UseCompression: cfg.Compression}
}

// credentialKinds are the ways to log in.
func credentialKinds() map[string]func(*exawire.Config) {
	return map[string]func(*exawire.Config){
		"password": func(*exawire.Config) {},
		"password source": func(c *exawire.Config) {
			c.Password, c.PasswordSource = "", func(context.Context) (string, error) { return exatest.DefaultPassword, nil }
		},
		"token": func(c *exawire.Config) { c.User, c.Password, c.Token = "", "", exawire.Token{Access: "access"} },
		"token source": func(c *exawire.Config) {
			c.User, c.Password = "", ""
			c.TokenSource = func(context.Context) (exawire.Token, error) { return exawire.Token{Refresh: "refresh"}, nil }
		},
	}
}

// onThreeNodes runs a test for each way to log in with a cluster of three nodes.
func onThreeNodes(t *testing.T, change func(*exawire.Config), test func(t *testing.T, srv *exatest.Server, client *exawire.Client)) {
	t.Helper()
	for kind, credentials := range credentialKinds() {
		t.Run(kind, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) {
				credentials(c)
				c.Host = "exa1..3:8563"
				c.ConnectTimeout = time.Minute
				if change != nil {
					change(c)
				}
			}, []exatest.Option{
				exatest.WithNodes("exa1", "exa2", "exa3"), exatest.WithLeniency(),
				exatest.WithAccessToken("sys", "access"), exatest.WithRefreshToken("sys", "refresh"),
			}, test)
		})
	}
}

// Once the credentials have left no other host is tried, whatever becomes of them.
func TestCredentialsLeaveOnce(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"cut before they are read":        fault.CutRequest().On(exatest.Credentials),
		"cut before the answer":           fault.CutAnswer().On(exatest.Credentials),
		"cut in the answer":               fault.CutMiddle().On(exatest.Credentials),
		"cut behind the answer":           fault.CutAfter().On(exatest.Credentials),
		"unreadable answer":               fault.Garbage().On(exatest.Credentials),
		"no answer":                       fault.Delay(time.Hour).On(exatest.Credentials),
		"cut before the attributes":       fault.CutRequest().On("getAttributes"),
		"cut in the attributes":           fault.CutMiddle().On("getAttributes"),
		"attributes without an answer":    fault.Delay(time.Hour).On("getAttributes"),
		"attributes that make no sense":   fault.SetKey("autocommit", "perhaps").On("getAttributes"),
		"session that makes no sense":     fault.SetKey("sessionId", "perhaps").On(exatest.Credentials),
		"answer to the login comes twice": fault.ExtraAnswer().On(exatest.Credentials),
	} {
		t.Run(name, func(t *testing.T) {
			onThreeNodes(t, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.Inject(f)
				_, err := client.Connect(t.Context())
				if err == nil || exawire.SafeToRetry(err) {
					t.Errorf("error is %v", err)
				}
				if n := len(srv.Requests(exatest.Credentials)); n != 1 {
					t.Errorf("the credentials have left %d times", n)
				}
			})
		})
	}
}

// So it is if the caller's context ends while the server looks at the credentials.
func TestCredentialsLeaveOnceWhenTheContextEnds(t *testing.T) {
	for name, command := range map[string]string{"credentials": exatest.Credentials, "attributes": "getAttributes"} {
		t.Run(name, func(t *testing.T) {
			onThreeNodes(t, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.Inject(fault.Delay(time.Hour).On(command))
				ctx, cancel := context.WithTimeout(t.Context(), testDeadline)
				defer cancel()
				start := time.Now()
				_, err := client.Connect(ctx)
				if !errors.Is(err, context.DeadlineExceeded) || exawire.SafeToRetry(err) {
					t.Errorf("error is %v", err)
				}
				if took := time.Since(start); took != testDeadline {
					t.Errorf("it took %v", took)
				}
				if n := len(srv.Requests(exatest.Credentials)); n != 1 {
					t.Errorf("the credentials have left %d times", n)
				}
			})
		})
	}
}

// Nodes that fail before the credentials are passed over.
func TestNodesThatFailBeforeTheCredentials(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"the first message is lost": fault.CutRequest().On("login", "loginToken"),
		"its answer is lost":        fault.CutAnswer().On("login", "loginToken"),
		"its answer is cut":         fault.CutMiddle().On("login", "loginToken"),
		"its answer is unreadable":  fault.Garbage().On("login", "loginToken"),
		"it has no answer":          fault.Delay(time.Hour).On("login", "loginToken"),
	} {
		t.Run(name, func(t *testing.T) {
			onThreeNodes(t, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.Inject(f.Times(2))
				checkUsable(t, connect(t, client))
				if n := len(srv.Requests(exatest.Credentials)); n != 1 {
					t.Errorf("the credentials have left %d times", n)
				}
			})
		})
	}
}

// readHook is a connection that calls a function before each Read.
type readHook struct {
	net.Conn
	before func()
}

func (c *readHook) Read(p []byte) (int, error) {
	c.before()
	return c.Conn.Read(p)
}

// A login whose context ends with the last answer has failed: nobody gets a session that is closed already.
func TestContextEndsWithTheLastAnswer(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		var srv *exatest.Server
		bubble(t, func(c *exawire.Config) {
			c.Plaintext, c.CertificateFingerprint = true, ""
			dial := c.DialContext
			c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dial(ctx, network, addr)
				return &readHook{conn, func() {
					if len(srv.Requests("getAttributes")) > 0 { // who reads again has handed the answer over
						cancel()
					}
				}}, err
			}
		}, []exatest.Option{exatest.WithLeniency(), exatest.WithPlaintext()}, func(t *testing.T, s *exatest.Server, client *exawire.Client) {
			srv = s
			sess, err := client.Connect(ctx)
			switch {
			case err != nil && (!errors.Is(err, context.Canceled) || exawire.SafeToRetry(err)):
				t.Errorf("error is %v", err)
			case err == nil && sess.Err() != nil:
				t.Errorf("a session that is closed was given out: %v", sess.Err())
			case err == nil:
				_ = sess.Close(context.Background())
			}
		})
		cancel()
	}
}

// cutConn is a connection that breaks in the middle of the write after so many.
type cutConn struct {
	net.Conn
	left int
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.left--; c.left >= 0 {
		return c.Conn.Write(p)
	}
	n, _ := c.Conn.Write(p[:len(p)/2])
	_ = c.Conn.Close()
	return n, net.ErrClosed
}

// Wherever the connections to two of three nodes break, be it in TLS, in the upgrade or in the login: as long as the
// credentials have not left the next node is tried, and afterwards none.
func TestConnectionBreaksAtEachWrite(t *testing.T) {
	tried, failed, done := 0, 0, false
	for writes := 0; !done && writes < 50; writes++ {
		dials := 0
		bubble(t, func(c *exawire.Config) {
			c.Host = "exa1..3:8563"
			dial := c.DialContext
			c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dial(ctx, network, addr)
				if dials++; dials < 3 {
					conn = &cutConn{conn, writes}
				}
				return conn, err
			}
		}, []exatest.Option{exatest.WithNodes("exa1", "exa2", "exa3"), exatest.WithLeniency()},
			func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess, err := client.Connect(t.Context())
				n := len(srv.Requests(exatest.Credentials))
				switch {
				case err != nil && dials == 1:
					failed++
					if n > 1 || exawire.SafeToRetry(err) {
						t.Errorf("after %d writes: the credentials have left %d times: %v", writes, n, err)
					}
					return
				case err != nil:
					t.Errorf("after %d writes: %d nodes were tried: %v", writes, dials, err)
					return
				case dials == 3:
					if tried++; failed > 0 || n != 1 {
						t.Errorf("after %d writes: other nodes were tried, the credentials have left %d times", writes, n)
					}
				default:
					done = true
				}
				_ = sess.Close(context.Background())
			})
	}
	if tried < 4 || failed < 2 || !done {
		t.Errorf("%d times another node was tried, %d times not", tried, failed)
	}
}
