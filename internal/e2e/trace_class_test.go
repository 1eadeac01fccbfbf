package e2e_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// misleading are causes of contexts that look like what else can happen to a command.
var misleading = map[string]error{
	"none":               nil,
	"the server's":       &exawire.Error{SQLCode: "40018", Text: "connection lost", Command: "execute"},
	"a rejected login":   &exawire.ConnectError{Op: "login", Err: &exawire.Error{SQLCode: "08004"}},
	"a closed session":   exawire.ErrSessionClosed,
	"a broken protocol":  &exawire.ProtocolError{Reason: "no", Err: context.Canceled},
	"a bad connection":   driver.ErrBadConn,
	"the end of a file":  io.EOF,
	"another context's":  context.DeadlineExceeded,
	"several":            errors.Join(exawire.ErrQueryAborted, exawire.ErrTxDone, context.Canceled),
	"not of the session": exawire.ErrNotLoggedIn,
}

// The class of a command, of an attempt and of a session is a fact, whatever the cause of the caller's context claims to be.
func TestClassesIgnoreCauses(t *testing.T) {
	sleepThenCancel := func(ctx context.Context, cause error) (context.Context, func()) {
		ctx, cancel := context.WithCancelCause(ctx)
		timer := time.AfterFunc(testDeadline, func() { cancel(cause) })
		return ctx, func() { timer.Stop(); cancel(nil) }
	}
	deadline := func(ctx context.Context, cause error) (context.Context, func()) {
		ctx, cancel := context.WithTimeoutCause(ctx, testDeadline, cause)
		return ctx, cancel
	}
	exec := func(t *testing.T, ctx context.Context, client *exawire.Client) {
		sess := connect(t, client)
		if _, err := sess.Exec(ctx, "HANG"); err == nil {
			t.Error("no error")
		}
	}
	for _, test := range []struct {
		name string
		end  func(context.Context, error) (context.Context, func())
		opts []fault.Fault
		run  func(t *testing.T, ctx context.Context, client *exawire.Client)
		want []string // classes: of commands and attempts that failed, and of the ends of sessions; sorted
	}{
		{"cancelled", sleepThenCancel, nil, exec, []string{"close ", "execute done cancelled"}},
		{"deadline", deadline, nil, exec, []string{"close ", "execute done deadline"}},
		{
			"cancelled, no answer", sleepThenCancel,
			[]fault.Fault{fault.AbortIgnored()},
			exec,
			[]string{"close connection", "execute done connection"},
		},
		{"deadline, no answer", deadline, []fault.Fault{fault.AbortIgnored()}, exec, []string{"close connection", "execute done connection"}},
		{"before it was sent", func(ctx context.Context, cause error) (context.Context, func()) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(cause)
			return ctx, func() {}
		}, nil, exec, []string{"close ", "execute done cancelled"}},
		{"waiting for the session", deadline, nil, func(t *testing.T, ctx context.Context, client *exawire.Client) {
			sess := connect(t, client)
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = sess.Exec(t.Context(), "SLOW")
			}()
			time.Sleep(testDeadline / 2)
			if _, err := sess.Exec(ctx, "UPDATE"); err == nil {
				t.Error("no error")
			}
			<-done
		}, []string{"close ", "execute done deadline"}},
		{
			"login, cancelled", sleepThenCancel,
			[]fault.Fault{fault.Delay(time.Hour).On("login")},
			func(t *testing.T, ctx context.Context, client *exawire.Client) {
				if err := failing(second(client.Connect(ctx))); err != nil {
					t.Error(err)
				}
			},
			[]string{"connected logincancelled", "login done cancelled"},
		},
		{
			"login by hand, past its deadline", deadline,
			[]fault.Fault{fault.Delay(time.Hour).On("login")},
			func(t *testing.T, ctx context.Context, client *exawire.Client) {
				sess, err := client.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				_, err = sess.Login(ctx, commands.Login{Username: "sys", Password: "x"})
				if err := errors.Join(failing(err), sess.Close(t.Context())); err != nil {
					t.Error(err)
				}
			},
			[]string{"close deadline", "login done deadline"},
		},
		{"rollback", deadline, []fault.Fault{fault.Delay(time.Hour).On("execute")}, func(t *testing.T, ctx context.Context, client *exawire.Client) {
			sess := connect(t, client)
			err := sess.RunTx(ctx, func(tx *exawire.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE")
				return err
			})
			if err == nil {
				t.Error("no error")
			}
		}, []string{"close connection", "execute done connection"}},
	} {
		for name, cause := range misleading {
			t.Run(test.name+", "+name, func(t *testing.T) {
				w := &witness{}
				bubbleWitness(t, w, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					srv.HandleSQL("HANG", exatest.Hang())
					srv.HandleSQL("SLOW", exatest.RowCount(1).After(time.Hour))
					srv.HandleSQL("UPDATE", exatest.RowCount(1))
					for _, f := range test.opts {
						srv.Inject(f)
					}
					ctx, stop := test.end(t.Context(), cause)
					defer stop()
					test.run(t, ctx, client)
				})
				var got []string
				for _, event := range w.take() {
					failed := strings.Contains(event, " done ") && !strings.HasSuffix(event, " done ") ||
						strings.HasPrefix(event, "connected ") && event != "connected " || strings.HasPrefix(event, "close ")
					if failed {
						got = append(got, event)
					}
				}
				slices.Sort(got) // the session and its command end at the same time
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("classes (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// second returns the second of two values.
func second[T any](_ T, err error) error { return err }

// secretTexts are planted by TestSlogHoldsNoSecrets wherever there is room for one.
const (
	secretPassword  = "p4ssw0rd-of-sys"
	secretToken     = "t0ken-of-sys"
	secretLiteral   = "l1teral-of-a-statement"
	secretParameter = "par4meter-of-a-statement"
	secretInError   = "v4lue-in-an-error"
	secretInCause   = "c4use-of-a-context"
	secretAttribute = "SCHEM4_OF_SOMEBODY"
)

// Without being asked to a log holds nothing but names, numbers and classes.
func TestSlogHoldsNoSecrets(t *testing.T) {
	var log *logbook
	var text string
	bubble(t, func(c *exawire.Config) {
		log = newLogbook()
		c.Tracer, c.CancelGrace, c.Password = exawire.SlogTracer(log.logger(everything), exawire.SlogOptions{SlowAfter: 1}), testGrace, secretPassword
		c.Schema = secretAttribute
	}, []exatest.Option{exatest.WithLeniency(), exatest.WithUser("sys", secretPassword), exatest.WithAccessToken("sys", secretToken)},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(fmt.Errorf("%s: %w", secretInCause, &exawire.Error{SQLCode: "42000", Text: secretInCause, Command: secretInCause}))
			srv.HandleSQL("SELECT '"+secretLiteral+"'", exatest.Exception("42000", secretInError+" "+secretLiteral))
			srv.HandleSQL("INSERT...", exatest.Exception("27001", secretInError+" "+secretParameter).Params(exatest.Columns(`"" VARCHAR(100)`)...))
			srv.HandleSQL("GONE", exatest.Exception("40018", secretInError))

			sess := connect(t, client)
			_, _ = sess.Query(t.Context(), "SELECT '"+secretLiteral+"'")
			_, _ = sess.ExecuteBatch(t.Context(), []string{"SELECT '" + secretLiteral + "'", "SELECT 2"})
			_, _ = sess.Exec(t.Context(), "INSERT INTO T VALUES ('"+secretLiteral+"', ?)", secretParameter)
			_, _ = sess.Exec(t.Context(), "INSERT INTO T VALUES (?)", []string{secretParameter}) // does not fit
			_, _ = sess.Exec(ctx, "SELECT '"+secretLiteral+"'")
			_ = sess.SetAttributes(t.Context(), commands.CurrentSchema(secretAttribute))
			_, _ = sess.Do(t.Context(), commands.Raw{Name: "getHosts", Fields: map[string]any{"hostIp": secretParameter}})
			_, _ = sess.Exec(t.Context(), "GONE")

			for _, change := range []func(*exawire.Config){
				func(c *exawire.Config) { c.Password = secretPassword + secretPassword },
				func(c *exawire.Config) { c.User, c.Password, c.Token = "", "", exawire.Token{Access: secretToken} },
				func(c *exawire.Config) {
					c.User, c.Password, c.Token = "", "", exawire.Token{Access: secretToken + secretToken}
				},
				func(c *exawire.Config) {
					c.Password, c.PasswordSource = "", func(context.Context) (string, error) { return "", errors.New(secretPassword) }
				},
			} {
				cfg := client.Config()
				change(cfg)
				other, err := exawire.New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				if sess, err := other.Connect(t.Context()); err == nil {
					_ = sess.Close(t.Context())
				}
				_, _ = other.Connect(ctx)
			}
			srv.Handle("login", func(*exatest.Request) exatest.Response { return exatest.Exception("08004", secretInError) })
			_, _ = client.Connect(t.Context())
			text = strings.Join(log.take(), "\n")
		})
	for _, secret := range []string{secretPassword, secretToken, secretLiteral, secretParameter, secretInError, secretInCause, secretAttribute, "SELECT", "INSERT"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q:\n%s", secret, text)
		}
	}
	for _, class := range []string{"statement", "argument", "cancelled", "gone", "login"} {
		if !strings.Contains(text, "class="+class) {
			t.Errorf("nothing of class %s was logged:\n%s", class, text)
		}
	}
}
