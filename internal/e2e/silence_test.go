package e2e_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

const testSilence = 20 * time.Second

// silentServer runs a test on a session whose server gives no feedback and, from then on, never answers the command.
func silentServer(t *testing.T, change func(*exawire.Config), command string, test func(t *testing.T, srv *exatest.Server, sess *exawire.Session)) {
	bubble(t, func(c *exawire.Config) {
		c.PeerTimeout = testSilence
		if change != nil {
			change(c)
		}
	}, []exatest.Option{exatest.WithoutFeedback(), exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.Handle(command, func(*exatest.Request) exatest.Response { return exatest.Hang() })
		test(t, srv, sess)
	})
}

// A server that falls silent is left when the time-out has passed, whatever it was asked and also if the caller would wait
// for ever.
func TestSilenceEndsEveryCommand(t *testing.T) {
	all := calls()
	for name, call := range all {
		t.Run(name, func(t *testing.T) {
			silentServer(t, nil, name, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) {
				start := time.Now()
				err := call(context.Background(), sess)
				if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) || sess.Err() == nil {
					t.Errorf("error is %v, the session's %v", err, sess.Err())
				}
				if took := time.Since(start); took != testSilence {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// With a negative time-out, and during statements if the server was asked to be silent, silence may last for ever.
func TestSilenceWithoutEnd(t *testing.T) {
	for name, change := range map[string]func(*exawire.Config){
		"negative":    func(c *exawire.Config) { c.PeerTimeout = -1 },
		"no feedback": func(c *exawire.Config) { c.Attributes = []exawire.Attribute{exawire.FeedbackInterval(0)} },
	} {
		t.Run(name, func(t *testing.T) {
			silentServer(t, change, "getHosts", func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
				srv.HandleSQL("SLOW", exatest.RowCount(1).After(1000*time.Hour))
				if n, err := sess.Exec(context.Background(), "SLOW"); n != 1 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
				if name != "negative" {
					return
				}
				srv.Handle("getHosts", func(*exatest.Request) exatest.Response {
					return exatest.Data(map[string]any{"nodes": []string{"10.0.0.1"}}).After(1000 * time.Hour)
				})
				if _, err := sess.GetHosts(context.Background()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A statement may be silent for some feedback intervals, also if it is itself what makes them longer.
func TestSilenceWithinFeedbackIntervals(t *testing.T) {
	const interval = time.Minute
	for name, run := range map[string]func(context.Context, *exawire.Session) error{
		"set before": func(ctx context.Context, s *exawire.Session) error {
			if err := s.SetAttributes(ctx, exawire.FeedbackInterval(interval)); err != nil {
				return err
			}
			return closeResult(s.Execute(ctx, "SLOW"))
		},
		"set by the statement": func(ctx context.Context, s *exawire.Session) error {
			return closeResult(s.Execute(ctx, "SLOW", exawire.FeedbackInterval(interval)))
		},
		"made shorter by the statement": func(ctx context.Context, s *exawire.Session) error {
			if err := s.SetAttributes(ctx, exawire.FeedbackInterval(interval)); err != nil {
				return err
			}
			return closeResult(s.Execute(ctx, "SLOW", exawire.FeedbackInterval(time.Second)))
		},
	} {
		for after, survives := range map[time.Duration]bool{3*interval - time.Second: true, 3*interval + time.Second: false} {
			t.Run(name+" "+after.String(), func(t *testing.T) {
				silentServer(t, nil, "getHosts", func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
					srv.HandleSQL("SLOW", exatest.RowCount(1).After(after))
					err := run(context.Background(), sess)
					if (err == nil) != survives || !survives && !errors.Is(err, exawire.ErrSessionClosed) {
						t.Errorf("error is %v", err)
					}
				})
			})
		}
	}
}

// What is closed for a caller without a deadline ends with the time-out, too.
func TestSilenceEndsTidyingUp(t *testing.T) {
	for command, use := range map[string]func(*exawire.Session) error{
		"closeResultSet": func(s *exawire.Session) error {
			rows, err := s.Query(context.Background(), "SELECT")
			if err != nil {
				return err
			}
			return rows.Close()
		},
		"closePreparedStatement": func(s *exawire.Session) error {
			stmt, err := s.Prepare(context.Background(), "INSERT")
			if err != nil {
				return err
			}
			return stmt.Close(context.Background())
		},
		"fetch": func(s *exawire.Session) error {
			rows, err := s.Query(context.Background(), "SELECT")
			if err != nil {
				return err
			}
			for _, err := range rows.All() {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"disconnect": func(s *exawire.Session) error { return errors.Join(s.Close(context.Background()), s.Err()) },
	} {
		t.Run(command, func(t *testing.T) {
			silentServer(t, nil, command, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
				srv.Inject(fault.SplitInline(1))
				srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf([]int64{1, 2})))
				srv.HandleSQL("INSERT", exatest.RowCount(1))
				start := time.Now()
				if err := use(sess); !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
					t.Errorf("error is %v, the session's %v", err, sess.Err())
				}
				if took := time.Since(start); took > testSilence {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// Logins of Connect end with the ConnectTimeout, those by hand with the PeerTimeout: whichever of their messages is not
// answered.
func TestSilenceEndsLogins(t *testing.T) {
	for _, command := range []string{"login", exatest.Credentials, "getAttributes"} {
		t.Run(command, func(t *testing.T) {
			opts := []exatest.Option{exatest.WithLeniency()}
			bubble(t, func(c *exawire.Config) { c.PeerTimeout = testSilence; c.ConnectTimeout = 7 * time.Second }, opts,
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					srv.Inject(fault.Delay(time.Hour).On(command))
					start := time.Now()
					_, err := client.Connect(context.Background())
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("error is %v", err)
					}
					if took := time.Since(start); took != 7*time.Second {
						t.Errorf("it took %v", took)
					}
					sess, err := client.Dial(context.Background())
					if err != nil {
						t.Fatal(err)
					}
					defer sess.Close(context.Background())
					start = time.Now()
					_, err = sess.Login(context.Background(), commands.Login{Username: exatest.DefaultUser, Password: exatest.DefaultPassword})
					if !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
						t.Errorf("error is %v, the session's %v", err, sess.Err())
					}
					if took := time.Since(start); took != testSilence {
						t.Errorf("it took %v", took)
					}
				})
		})
	}
}

// mute is a connection whose server is never heard of.
type mute struct {
	net.Conn
	closed chan struct{}
}

func (m *mute) Read([]byte) (int, error) {
	<-m.closed
	return 0, net.ErrClosed
}

// A node that accepts connections and says nothing more holds nobody up: neither a group of subconnections, nor a session.
func TestSilentNode(t *testing.T) {
	for name, after := range map[string]string{"at once": "", "after the upgrade": "subLogin"} {
		t.Run(name, func(t *testing.T) {
			bubbleNodes(t, func(t *testing.T, _ *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
				cfg.ConnectTimeout = 7 * time.Second
				dial, quiet := cfg.DialContext, false
				cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := dial(ctx, network, addr)
					if err == nil && quiet && addr[:4] == "exa2" {
						quietConn := &mute{conn, make(chan struct{})}
						context.AfterFunc(ctx, func() { close(quietConn.closed) })
						return quietConn, nil
					}
					return conn, err
				}
				client, err := exawire.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				sess := connect(t, client)
				if after == "" {
					quiet = true
				} else {
					srv.Inject(fault.Delay(time.Hour).On(after).Times(1))
				}
				start := time.Now()
				if _, err := sess.Parallel(context.Background(), 3); err == nil {
					t.Errorf("the group was opened")
				}
				if took := time.Since(start); took < 7*time.Second || took > 7*time.Second+exawire.DefaultCancelGrace {
					t.Errorf("it took %v", took)
				}
				quiet = false
				checkUsable(t, sess)
			})
		})
	}
}

// SubLogin by hand waits for the other subconnections, but not for ever.
func TestSubLoginAlone(t *testing.T) {
	bubbleNodes(t, func(t *testing.T, _ *exatest.VirtualNetwork, _ *exatest.Server, cfg *exawire.Config) {
		cfg.PeerTimeout = testSilence
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sess := connect(t, client)
		if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
			t.Fatal(err)
		}
		info, err := sess.RequestParallelConnections(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		sub, err := client.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer sub.Close(context.Background())
		start := time.Now()
		_, err = sub.SubLogin(context.Background(), commands.SubLogin{
			Username: exatest.DefaultUser, Password: exatest.DefaultPassword, Token: info.Token, SessionID: sess.Info().SessionID,
		})
		if !errors.Is(err, exawire.ErrSessionClosed) || sub.Err() == nil {
			t.Errorf("error is %v, the session's %v", err, sub.Err())
		}
		if took := time.Since(start); took != testSilence {
			t.Errorf("it took %v", took)
		}
		synctest.Wait()
		checkUsable(t, sess)
	})
}
