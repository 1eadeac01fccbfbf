package e2e_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// A login whose version lacks the command, or an attribute that it sets, is refused before anything is sent.
func TestLoginVersionGate(t *testing.T) {
	for name, test := range map[string]struct {
		login func(context.Context, *exawire.Session) error
		want  *exawire.UnsupportedError
	}{
		"loginToken": {
			func(ctx context.Context, s *exawire.Session) error {
				_, err := s.LoginToken(ctx, commands.LoginToken{AccessToken: "token"})
				return err
			},
			&exawire.UnsupportedError{What: "loginToken", Need: commands.V3, Have: commands.V1},
		},
		"subLoginToken": {
			func(ctx context.Context, s *exawire.Session) error {
				_, err := s.SubLoginToken(ctx, commands.SubLoginToken{AccessToken: "token", ProtocolVersion: commands.V2})
				return err
			},
			&exawire.UnsupportedError{What: "subLoginToken", Need: commands.V3, Have: commands.V2},
		},
		"attribute": {
			func(ctx context.Context, s *exawire.Session) error {
				_, err := s.Login(ctx, commands.Login{Username: "sys", Attributes: []exawire.Attribute{exawire.ResultSetMaxRows(5)}})
				return err
			},
			&exawire.UnsupportedError{What: "attribute resultSetMaxRows", Need: commands.V2, Have: commands.V1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t)
			sess, err := newClient(t, srv, func(c *exawire.Config) { c.ProtocolVersion = commands.V1 }).Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer sess.Close(context.Background())
			err = test.login(t.Context(), sess)
			var got *exawire.UnsupportedError
			if !errors.As(err, &got) || !errors.Is(err, exawire.ErrUnsupported) || !exawire.SafeToRetry(err) {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if n := len(srv.Requests("")); n != 0 {
				t.Errorf("%d messages were sent", n)
			}
		})
	}
}

// What no host can do is tried on one of them only.
func TestUnsupportedLoginIsFinal(t *testing.T) {
	bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
		cfg.ProtocolVersion = commands.V1
		cfg.Attributes = []exawire.Attribute{exawire.ResultSetMaxRows(5)}
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.Connect(t.Context())
		if !errors.Is(err, exawire.ErrUnsupported) || strings.Count(err.Error(), "connect to") != 1 {
			t.Errorf("error is %v", err)
		}
	})
}

// A server that closes the connection together with its answer is still heard: a rejected login says why, and a session
// that ends at once says that it is closed and sends nothing.
func TestLoginThenClose(t *testing.T) {
	t.Run("rejected", func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithLeniency())
		srv.Inject(fault.CutAfter().On(exatest.Credentials))
		client := newClient(t, srv, func(c *exawire.Config) { c.Password = "wrong" })
		if _, err := client.Connect(t.Context()); codeOf(err) != "08004" {
			t.Errorf("error is %v", err)
		}
		waitForNoConnections(t, srv)
	})
	t.Run("accepted", func(t *testing.T) {
		bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			srv.Inject(fault.CutAfter().On("getAttributes").Once()) // the last answer of Connect
			sess := connect(t, client)
			synctest.Wait()
			_, err := sess.Exec(t.Context(), "X")
			if !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
				t.Errorf("error is %v", err)
			}
		})
	})
	t.Run("in the middle", func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithLeniency())
		srv.Inject(fault.CutAnswer().On(exatest.Credentials))
		var connect *exawire.ConnectError
		_, err := newClient(t, srv, nil).Connect(t.Context())
		if !errors.As(err, &connect) || connect.Op != "login" || !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error is %v", err)
		}
	})
}

// What an abort does to a login is not defined, so none is sent.
func TestNoAbortOfLogin(t *testing.T) {
	bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess, err := client.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		srv.Handle(exatest.Credentials, func(*exatest.Request) exatest.Response { return exatest.Hang() })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := sess.Login(ctx, commands.Login{Username: exatest.DefaultUser, Password: exatest.DefaultPassword})
			done <- err
		}()
		synctest.Wait()
		if err := sess.AbortQuery(t.Context()); !errors.Is(err, exawire.ErrNotLoggedIn) {
			t.Errorf("abort: %v", err)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("login: %v", err)
		}
		if n := len(srv.Requests("abortQuery")); n != 0 {
			t.Errorf("%d aborts were sent", n)
		}
	})
}

// The end of a session is told: disconnect is sent and answered, then comes a close frame.
func TestCloseSaysGoodbye(t *testing.T) {
	var line func() *valve
	bubble(t, func(c *exawire.Config) {
		line = through(c)
		c.CertificateFingerprint, c.Plaintext = "", true
	}, []exatest.Option{exatest.WithPlaintext()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess, err := client.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(srv.Requests("disconnect")); n != 1 {
			t.Errorf("%d disconnects were sent", n)
		}
		const closeFrame = 0x88 // the first byte of one
		if last := line().last; len(last) == 0 || last[0] != closeFrame {
			t.Errorf("the last write was %x", last)
		}
	})
}
