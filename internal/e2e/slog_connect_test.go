package e2e_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// unreachable dials for as long as it may.
func unreachable(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// connectAndFail connects, which must not work, in a context that end makes.
func connectAndFail(t *testing.T, client *exawire.Client, end func(context.Context) (context.Context, context.CancelFunc)) error {
	ctx, cancel := end(t.Context())
	defer cancel()
	_, err := client.Connect(ctx)
	return failing(err)
}

// What opening a session leaves in the log.
func TestSlogConnect(t *testing.T) {
	fails := func(t *testing.T, _ *exatest.Server, client *exawire.Client) error {
		return connectAndFail(t, client, context.WithCancel)
	}
	for _, test := range []struct {
		name   string
		opts   []exatest.Option
		change func(*exawire.Config)
		run    func(t *testing.T, srv *exatest.Server, client *exawire.Client) error
		want   []string
	}{
		{"a session", nil, nil, func(t *testing.T, _ *exatest.Server, client *exawire.Client) error {
			sess, err := client.Connect(t.Context())
			if err != nil {
				return err
			}
			time.Sleep(time.Second)
			return sess.Close(t.Context())
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=#`,
			`at=0s level=INFO msg="exawire connect" session=1 node=exatest:8563 attempt=1 duration=0s`,
			`at=1s level=DEBUG msg="exawire command" command=disconnect session=1 number=2 node=exatest:8563 duration=0s sent=# received=#`,
			`at=1s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=1s commands=2`,
		}},
		{"a rejected password", nil, func(c *exawire.Config) { c.Password = "wrong" }, fails, []string{
			`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=# class=login sql_code=08004`,
			`at=0s level=ERROR msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=login sql_code=08004`,
		}},
		{"a schema that is not there", []exatest.Option{exatest.WithSchemas("MART")}, func(c *exawire.Config) { c.Schema = "NOWHERE" }, fails, []string{
			`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=# class=statement sql_code=42000`,
			`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=statement sql_code=42000`,
		}},
		{
			"formats that cannot be pinned", nil, func(c *exawire.Config) { c.PinFormats = true },
			func(t *testing.T, srv *exatest.Server, client *exawire.Client) error {
				srv.HandleSQL("ALTER SESSION...", exatest.Exception("42500", "no"))
				return fails(t, srv, client)
			},
			[]string{
				`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=# class=statement sql_code=42500`,
				`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=statement sql_code=42500`,
			},
		},
		{"another certificate", nil, func(c *exawire.Config) { c.CertificateFingerprint = strings.Repeat("ab", 32) }, fails, []string{
			`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=tls class=connection`,
		}},
		{"a source of passwords that fails", nil, func(c *exawire.Config) {
			c.Password, c.PasswordSource = "", func(context.Context) (string, error) { return "", errTest }
		}, fails, []string{
			`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=argument`,
		}},
		{"a password that is too long", nil, func(c *exawire.Config) { c.Password = strings.Repeat("x", 200) }, fails, []string{
			`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=0 class=argument`,
			`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=argument`,
		}},
		{"nobody there", nil, func(c *exawire.Config) { c.DialContext = unreachable }, fails, []string{
			`at=10s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=10s op=dial class=connection`,
		}},
		{"a server that does not greet", nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) error {
			srv.Handle("login", func(*exatest.Request) exatest.Response { return exatest.Hang() })
			return fails(t, srv, client)
		}, []string{
			`at=10s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=10s sent=# received=0 class=connection`,
			`at=10s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=10s op=login class=connection`,
		}},
		{
			"cancelled while dialing", nil, func(c *exawire.Config) { c.DialContext = unreachable },
			func(t *testing.T, _ *exatest.Server, client *exawire.Client) error {
				return connectAndFail(t, client, cancelSoon)
			},
			[]string{
				`at=1s level=INFO msg="exawire connect" node=exatest:8563 attempt=1 duration=1s op=dial class=cancelled`,
			},
		},
		{"past its deadline in the login", nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) error {
			srv.Handle(exatest.Credentials, func(*exatest.Request) exatest.Response { return exatest.Hang() })
			return connectAndFail(t, client, deadlineSoon)
		}, []string{
			`at=1s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=1s sent=# received=0 class=deadline`,
			`at=1s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=1s op=login class=deadline`,
		}},
		{"no sense in the login", nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) error {
			srv.Inject(fault.Garbage().On(exatest.Credentials))
			return fails(t, srv, client)
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=0 class=protocol`,
			`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=protocol`,
		}},
		{"the end of the connection in the login", nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) error {
			srv.Inject(fault.CutAnswer().On("login"))
			return fails(t, srv, client)
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=0 class=connection`,
			`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=connection`,
		}},
		{
			"an old server",
			[]exatest.Option{exatest.WithRelease("6.0.16"), exatest.WithPlaintext()},
			nil,
			func(t *testing.T, _ *exatest.Server, client *exawire.Client) error {
				sess, err := client.Connect(t.Context())
				if err != nil {
					return err
				}
				return sess.Close(t.Context())
			},
			[]string{
				`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=# class=unknown sql_code=00000`,
				`at=0s level=WARN msg="exawire connect" node=exatest:8563 attempt=1 duration=0s op=login class=unknown sql_code=00000`,
				`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=#`,
				`at=0s level=INFO msg="exawire connect" session=1 node=exatest:8563 attempt=2 duration=0s`,
				`at=0s level=DEBUG msg="exawire command" command=disconnect session=1 number=2 node=exatest:8563 duration=0s sent=# received=#`,
				`at=0s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=0s commands=2`,
			},
		},
		{"by hand", nil, nil, func(t *testing.T, _ *exatest.Server, client *exawire.Client) error {
			sess, err := client.Dial(t.Context())
			if err != nil {
				return err
			}
			time.Sleep(time.Second)
			cfg := client.Config()
			_, err = sess.Login(t.Context(), commands.Login{Username: cfg.User, Password: cfg.Password})
			return errors.Join(err, sess.Close(t.Context()))
		}, []string{
			`at=0s level=INFO msg="exawire connect" node=exatest:8563 attempt=1 duration=0s`,
			`at=1s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=#`,
			`at=1s level=DEBUG msg="exawire command" command=disconnect session=1 number=2 node=exatest:8563 duration=0s sent=# received=#`,
			`at=1s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=1s commands=2`,
		}},
		{"by hand, with a wrong password", nil, nil, func(t *testing.T, _ *exatest.Server, client *exawire.Client) error {
			sess, err := client.Dial(t.Context())
			if err != nil {
				return err
			}
			_, err = sess.Login(t.Context(), commands.Login{Username: "sys", Password: "wrong"})
			return errors.Join(failing(err), sess.Close(t.Context()))
		}, []string{
			`at=0s level=INFO msg="exawire connect" node=exatest:8563 attempt=1 duration=0s`,
			`at=0s level=DEBUG msg="exawire command" command=login number=1 node=exatest:8563 duration=0s sent=# received=# class=login sql_code=08004`,
			`at=0s level=WARN msg="exawire close" node=exatest:8563 duration=0s commands=1 class=login`,
		}},
		{"by hand, and not further", nil, nil, func(t *testing.T, _ *exatest.Server, client *exawire.Client) error {
			sess, err := client.Dial(t.Context())
			if err != nil {
				return err
			}
			return sess.Close(t.Context())
		}, []string{
			`at=0s level=INFO msg="exawire connect" node=exatest:8563 attempt=1 duration=0s`,
			`at=0s level=INFO msg="exawire close" node=exatest:8563 duration=0s commands=0`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var log *logbook
			bubble(t, func(c *exawire.Config) {
				log = newLogbook()
				c.Tracer, c.ConnectTimeout = exawire.SlogTracer(log.logger(everything), exawire.SlogOptions{}), 10*time.Second
				if test.change != nil {
					test.change(c)
				}
			}, append(test.opts, exatest.WithLeniency()), func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				if err := test.run(t, srv, client); err != nil {
					t.Error(err)
				}
				got := log.take()
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
				if n := srv.Connections(); n != 0 {
					t.Errorf("%d connections are open", n)
				}
			})
		})
	}
}
