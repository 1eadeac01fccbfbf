package e2e_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// Every protocol version, with and without compression, encrypted or not, and both forms of the server's key.
func TestConnect(t *testing.T) {
	for v := commands.V1; v <= commands.Latest; v++ {
		for _, compression := range []bool{false, true} {
			for _, key := range []exatest.KeyForm{exatest.PEMOnly, exatest.ModulusOnly} {
				t.Run(fmt.Sprintf("%v compression=%v key=%v", v, compression, key), func(t *testing.T) {
					srv := exatest.NewServer(t, exatest.WithKeyForm(key))
					sess := connect(t, newClient(t, srv, func(c *exawire.Config) {
						c.ProtocolVersion = v
						c.Compression = compression
					}))
					if got := sess.Info().ProtocolVersion; got != v {
						t.Errorf("session speaks %v instead of %v", got, v)
					}
					if got := sess.Attributes().CompressionEnabled; got != compression {
						t.Errorf("compressionEnabled is %v", got)
					}
					if id := sess.Info().SessionID; id <= 1<<53 {
						t.Errorf("session id %d has lost digits", id)
					}
					checkUsable(t, sess)
				})
			}
		}
	}
}

// A server that speaks an older version is followed, and one so old that it refuses newer versions is asked again.
func TestConnectToOlderServers(t *testing.T) {
	for release, want := range map[string]commands.Version{
		"6.1.0": commands.V1, "6.2.10": commands.V1, "7.0.5": commands.V2, "7.1.30": commands.V3, "8.29.0": commands.V3,
		"8.32.0": commands.V5, "2025.1.11": commands.V5,
	} {
		t.Run(release, func(t *testing.T) {
			_, sess := serve(t, exatest.WithRelease(release))
			if got := sess.Info().ProtocolVersion; got != want {
				t.Errorf("session speaks %v instead of %v", got, want)
			}
			if !sess.Attributes().Autocommit {
				t.Errorf("autocommit is off")
			}
		})
	}
}

func TestConnectFailures(t *testing.T) {
	for _, tt := range []struct {
		name   string
		opts   []exatest.Option
		change func(*exawire.Config)
		op     string
		check  func(error) bool
	}{
		{
			"wrong password", nil,
			func(c *exawire.Config) { c.Password = "wrong" }, "login",
			func(err error) bool { return codeOf(err) == "08004" },
		},
		{
			"unknown user", nil,
			func(c *exawire.Config) { c.User = "nobody" }, "login",
			func(err error) bool { return codeOf(err) == "08004" },
		},
		{
			"unknown schema",
			[]exatest.Option{exatest.WithSchemas("MART")},
			func(c *exawire.Config) { c.Schema = "NOWHERE" }, "login",
			func(err error) bool { return codeOf(err) == "42000" },
		},
		{
			"certificate nobody signed", nil,
			func(c *exawire.Config) { c.CertificateFingerprint = "" }, "tls",
			func(err error) bool {
				var unknown x509.UnknownAuthorityError
				return errors.As(err, &unknown)
			},
		},
		{
			"wrong fingerprint", nil,
			func(c *exawire.Config) { c.CertificateFingerprint = strings.Repeat("ab", 32) }, "tls",
			func(err error) bool { return strings.Contains(err.Error(), "fingerprint") },
		},
		{
			"plaintext to a server that wants TLS", nil,
			func(c *exawire.Config) { c.Plaintext, c.CertificateFingerprint = true, "" }, "login",
			func(err error) bool { return codeOf(err) == "08004" && strings.Contains(err.Error(), "TLS") },
		},
		{
			"host that resolves to nothing", nil,
			func(c *exawire.Config) { c.Host = "no-such-host.invalid" }, "resolve",
			exawire.SafeToRetry,
		},
		{
			"nobody listens", nil,
			func(c *exawire.Config) { c.Host = "127.0.0.1:1" }, "dial",
			exawire.SafeToRetry,
		},
		{
			"password source fails", nil,
			func(c *exawire.Config) {
				c.Password, c.PasswordSource = "", func(context.Context) (string, error) { return "", errTest }
			}, "login",
			func(err error) bool { return errors.Is(err, errTest) },
		},
		{
			"password too long for the key", nil,
			func(c *exawire.Config) { c.Password = strings.Repeat("x", 200) }, "login",
			func(err error) bool { return strings.Contains(err.Error(), "too long") },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := exatest.NewServer(t, append(tt.opts, exatest.WithLeniency())...)
			client := newClient(t, srv, tt.change)
			sess, err := client.Connect(t.Context())
			if err == nil {
				sess.Close(t.Context())
				t.Fatal("connected")
			}
			var connect *exawire.ConnectError
			if !errors.As(err, &connect) || connect.Op != tt.op {
				t.Errorf("error %v is not of step %q", err, tt.op)
			}
			if !tt.check(err) {
				t.Errorf("error is %v", err)
			}
			if strings.Contains(err.Error(), "exasol") {
				t.Errorf("error %v holds the password", err)
			}
			waitForNoConnections(t, srv)
		})
	}
}

var errTest = errors.New("test error")

func codeOf(err error) string {
	var e *exawire.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.SQLCode
}

// waitForNoConnections waits until the server has noticed that its connections are gone. A failed login must not leave a
// socket open.
func waitForNoConnections(t *testing.T, srv *exatest.Server) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	for srv.Connections() > 0 {
		select {
		case <-deadline:
			t.Fatalf("%d connections are still open", srv.Connections())
		case <-time.After(time.Millisecond):
		}
	}
}

// Hosts that are down are passed over; a rejected login is final.
func TestFailover(t *testing.T) {
	for range 8 { // the order is random
		bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
			vn.SetDown("exa1", true)
			vn.SetDown("exa3", true)
			client, err := exawire.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			sess := connect(t, client)
			if want := "exa2:8563"; sess.Addr() != want {
				t.Errorf("connected to %s instead of %s", sess.Addr(), want)
			}
		})
		bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
			cfg.Password = "wrong"
			client, err := exawire.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Connect(t.Context()); codeOf(err) != "08004" {
				t.Errorf("error is %v", err)
			}
			if n := len(srv.Requests("login")); n != 1 {
				t.Errorf("%d logins were tried with the same wrong password", n)
			}
		})
		bubbleNodes(t, func(t *testing.T, vn *exatest.VirtualNetwork, srv *exatest.Server, cfg *exawire.Config) {
			for _, host := range []string{"exa1", "exa2", "exa3"} {
				vn.SetDown(host, true)
			}
			client, err := exawire.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Connect(t.Context())
			for _, host := range []string{"exa1", "exa2", "exa3"} {
				if err == nil || !strings.Contains(err.Error(), host) {
					t.Errorf("error %v does not name %s", err, host)
				}
			}
		})
	}
}

func TestTokenLogin(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithAccessToken("sys", "secret-access"), exatest.WithRefreshToken("sys", "secret-refresh"))
	for _, token := range []exawire.Token{{Access: "secret-access"}, {Refresh: "secret-refresh"}} {
		asked := 0
		client := newClient(t, srv, func(c *exawire.Config) {
			c.User, c.Password = "", ""
			c.TokenSource = func(context.Context) (exawire.Token, error) { asked++; return token, nil }
		})
		for want := 1; want <= 2; want++ {
			checkUsable(t, connect(t, client))
			if asked != want {
				t.Errorf("the token source was asked %d times for %d sessions", asked, want)
			}
		}
	}
	client := newClient(t, srv, func(c *exawire.Config) {
		c.User, c.Password, c.Token = "", "", exawire.Token{Access: "expired-secret"}
	})
	if _, err := client.Connect(t.Context()); codeOf(err) != "08004" || strings.Contains(err.Error(), "expired-secret") {
		t.Errorf("error is %v", err)
	}
}

func TestTokenNeedsTLS(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithRelease("7.1.30"), exatest.WithPlaintext(), exatest.WithLeniency())
	client := newClient(t, srv, nil)
	sess, err := client.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.Background())
	if _, err := sess.LoginToken(t.Context(), commands.LoginToken{AccessToken: "secret"}); !errors.Is(err, exawire.ErrPlaintext) {
		t.Errorf("error is %v", err)
	}
	if n := len(srv.Requests("")); n != 0 {
		t.Errorf("%d messages were sent", n)
	}
}

// Attributes of any answer are in the snapshot, and what a session does not report stays as it was.
func TestAttributesAreTracked(t *testing.T) {
	srv, sess := serve(t, exatest.WithSchemas("MART"))
	srv.HandleSQL("ALTER...", exatest.OK().Attribute("dateFormat", "DD.MM.YYYY"))
	if _, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_DATE_FORMAT='DD.MM.YYYY'"); err != nil {
		t.Fatal(err)
	}
	if err := sess.SetAttributes(t.Context(), exawire.CurrentSchema("MART"), exawire.QueryTimeout(90*time.Second)); err != nil {
		t.Fatal(err)
	}
	got := sess.Attributes()
	want := commands.DefaultAttributes()
	want.DateFormat, want.CurrentSchema, want.QueryTimeout = "DD.MM.YYYY", "MART", 90*time.Second
	want.Timezone, want.TimeZoneBehavior = got.Timezone, got.TimeZoneBehavior
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	if err := sess.SetAttributes(t.Context(), exawire.QueryTimeout(0), exawire.Autocommit(false)); err != nil {
		t.Fatal(err)
	}
	if got := sess.Attributes(); got.QueryTimeout != 0 || got.Autocommit {
		t.Errorf("zero and false were not set: %+v", got)
	}
}

// Commands and attributes that the negotiated version lacks are refused before anything is sent.
func TestVersionGate(t *testing.T) {
	all := calls()
	for v := commands.V1; v <= commands.Latest; v++ {
		srv := exatest.NewServer(t, exatest.WithProtocolVersion(int(v)), exatest.WithLeniency())
		sess := connect(t, newClient(t, srv, nil))
		for _, info := range commands.All() {
			if info.Family == commands.FamilyLogin || info.Name == "abortQuery" || info.Name == "disconnect" {
				continue
			}
			before := len(srv.Requests(info.Name))
			err := all[info.Name](t.Context(), sess)
			sent := len(srv.Requests(info.Name)) - before
			var unsupported *exawire.UnsupportedError
			if v >= info.Since {
				if errors.Is(err, exawire.ErrUnsupported) || sent == 0 {
					t.Errorf("%s with %v: %v, %d sent", info.Name, v, err, sent)
				}
				continue
			}
			if !errors.As(err, &unsupported) || !errors.Is(err, exawire.ErrUnsupported) || !exawire.SafeToRetry(err) || sent != 0 {
				t.Errorf("%s with %v: %v, %d sent", info.Name, v, err, sent)
				continue
			}
			if diff := cmp.Diff(&exawire.UnsupportedError{What: info.Name, Need: info.Since, Have: v}, unsupported); diff != "" {
				t.Errorf("%s with %v (-want +got):\n%s", info.Name, v, diff)
			}
		}
		if _, err := sess.Execute(t.Context(), "X", exawire.ResultSetMaxRows(5)); errors.Is(err, exawire.ErrUnsupported) != (v < commands.V2) {
			t.Errorf("resultSetMaxRows with %v: %v", v, err)
		}
		checkUsable(t, sess)
	}
}

// Sixteen goroutines on one session: each gets its own answers.
func TestConcurrentUse(t *testing.T) {
	srv, sess := serve(t)
	const workers, rounds = 16, 20
	for i := range workers {
		ids := make([]int64, 1500) // more than fit the answer, so that fetches of several goroutines interleave
		for j := range ids {
			ids[j] = int64(i*10_000 + j)
		}
		srv.HandleSQL(fmt.Sprintf("SELECT %d", i), exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(ids)))
	}
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for range rounds {
				rows, err := sess.Query(t.Context(), fmt.Sprintf("SELECT %d", i))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := resultset.Collect[int64](rows)
				if err != nil || len(got) != 1500 || got[0] != int64(i*10_000) || !slices.IsSorted(got) {
					t.Errorf("worker %d got %d rows of another one, %v", i, len(got), err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// A deferred Close often comes when the caller's context has ended. The server must hear of the end all the same.
func TestCloseAfterContext(t *testing.T) {
	srv, sess := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sess.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	if n := len(srv.Requests("disconnect")); n != 1 {
		t.Errorf("%d times disconnect was sent", n)
	}
}

func TestUseAfterClose(t *testing.T) {
	srv, sess := serve(t)
	if _, err := sess.Prepare(t.Context(), "INSERT INTO t VALUES (?)"); err == nil {
		t.Fatal("a statement that nobody scripted was prepared")
	}
	srv.HandleSQL("INSERT INTO t VALUES (?)", exatest.RowCount(1).Params(exatest.Columns("A DECIMAL(18,0)")...))
	stmt, err := sess.Prepare(t.Context(), "INSERT INTO t VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	if err := stmt.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := stmt.Exec(t.Context(), 1); !errors.Is(err, exawire.ErrStmtClosed) {
		t.Errorf("exec on a closed statement: %v", err)
	}
	if err := sess.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := sess.Close(t.Context()); err != nil {
		t.Errorf("second close: %v", err)
	}
	for name, call := range calls() {
		if err := call(t.Context(), sess); !errors.Is(err, exawire.ErrSessionClosed) && !errors.Is(err, exawire.ErrNotLoggedIn) {
			t.Errorf("%s on a closed session: %v", name, err)
		}
	}
	if err := stmt.Close(t.Context()); err != nil {
		t.Errorf("close of a statement on a closed session: %v", err)
	}
	if n := len(srv.Requests("disconnect")); n != 1 {
		t.Errorf("%d disconnects were sent", n)
	}
}

func TestDo(t *testing.T) {
	srv, sess := serve(t)
	srv.AllowCommands("getWeather")
	srv.Handle("getWeather", func(r *exatest.Request) exatest.Response {
		return exatest.Data(map[string]any{"sunny": true}).Attribute("queryTimeout", 5)
	})
	payload, err := sess.Do(t.Context(), commands.Raw{Name: "getWeather", Fields: map[string]any{"city": "N\u00fcrnberg"}}, exawire.Autocommit(false))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"sunny":true}`, string(payload)); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	if got := sess.Attributes(); got.QueryTimeout != 5*time.Second {
		t.Errorf("the attributes of the answer were not merged: %+v", got)
	}
	if _, err := sess.Do(t.Context(), commands.Raw{Name: "getNothing"}); codeOf(err) == "" {
		t.Errorf("unknown command: %v", err)
	}
	for _, name := range []string{"", "login", "loginToken", "disconnect", "abortQuery"} {
		if _, err := sess.Do(t.Context(), commands.Raw{Name: name}); !exawire.SafeToRetry(err) {
			t.Errorf("%q was sent: %v", name, err)
		}
	}
	checkUsable(t, sess)
}

// A server that is silent during a statement although it should give feedback is taken for dead; one that is slow but
// gives feedback is not.
func TestSilentServer(t *testing.T) {
	run := func(t *testing.T, opts []exatest.Option, want bool) {
		bubble(t, func(c *exawire.Config) { c.PeerTimeout = 10 * time.Second }, opts,
			func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				srv.HandleSQL("SLOW", exatest.RowCount(1).After(time.Minute))
				_, err := sess.Exec(t.Context(), "SLOW")
				if got := errors.Is(err, exawire.ErrSessionClosed); got != want {
					t.Errorf("error is %v", err)
				}
			})
	}
	t.Run("feedback", func(t *testing.T) { run(t, nil, false) })
	t.Run("silence", func(t *testing.T) { run(t, []exatest.Option{exatest.WithoutFeedback(), exatest.WithLeniency()}, true) })
}

// What ended the session is in the error of every later call.
func TestFirstCauseIsKept(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	srv.HandleSQL("BAD", exatest.Raw(`{"status":"ok","responseData":{"numResults":2,"results":[]}}`))
	_, err := sess.Exec(t.Context(), "BAD")
	var protocol *exawire.ProtocolError
	if !errors.As(err, &protocol) || !errors.Is(err, exawire.ErrSessionClosed) {
		t.Fatalf("error is %v", err)
	}
	if err := sess.Ping(t.Context()); !errors.As(err, &protocol) || !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
		t.Errorf("later error is %v", err)
	}
	if err := sess.Err(); !errors.As(err, &protocol) {
		t.Errorf("Err is %v", err)
	}
}

// An exception with a code that means "the session is gone" closes it.
func TestServerEndsSession(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	srv.HandleSQL("X", exatest.Exception("40004", "connection lost"))
	_, err := sess.Exec(t.Context(), "X")
	if codeOf(err) != "40004" || !errors.Is(err, exawire.ErrSessionClosed) || sess.Err() == nil {
		t.Errorf("error is %v", err)
	}
}
