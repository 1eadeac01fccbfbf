package e2e_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// Defects of go-exasol-client (2026-03), each of which must not be ours. G1, G2 and G14 are about bulk transfer, which is not
// part of this module yet; G4 and G5 are with the cache of statements.

// The client's QuoteIdent passes a name on that has quotes already, which lets SQL in, writes "_" for ".", and asks the
// server for keywords under a lock of the whole package, for ever if that query fails.
func TestG7IdentifiersAreQuoted(t *testing.T) {
	for name, want := range map[string]string{
		`ORDERS`:                    `"ORDERS"`,
		`SELECT`:                    `"SELECT"`,
		`sales.orders`:              `"sales.orders"`,
		`"a"`:                       `"""a"""`,
		`"a"; DROP TABLE orders --`: `"""a""; DROP TABLE orders --"`,
	} {
		if got := exawire.QuoteIdentifier(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// The client panics in a goroutine of its own when a fetch fails: the whole process dies.
func TestG3FetchErrorIsReturned(t *testing.T) {
	srv, sess := serve(t)
	scriptWorkload(srv)
	srv.Inject(fault.FetchRows(100))
	srv.Handle("fetch", func(r *exatest.Request) exatest.Response {
		if string(r.Field("startPosition")) != "0" {
			return exatest.Exception("42000", "result set is gone")
		}
		return exatest.Pass()
	})
	rows, err := sess.Query(t.Context(), "SELECT 2500")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var last error
	for _, err := range rows.All() {
		if last = err; err == nil {
			n++
		}
	}
	if n != 100 || codeOf(last) != "42000" {
		t.Errorf("%d rows, then %v", n, last)
	}
	checkUsable(t, sess)
}

// The client decodes the rows of a fetch as float64: integers lose digits.
func TestG6FetchedIntegersAreExact(t *testing.T) {
	srv, sess := serve(t)
	want := make([]int64, 2500)
	for i := range want {
		want[i] = 900_000_000_000_000_001 + int64(i)
	}
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(want)))
	rows, err := sess.Query(t.Context(), "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	got, err := resultset.Collect[int64](rows)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(srv.Requests("fetch")); n == 0 {
		t.Error("nothing was fetched")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

// The client changes a dialer that all its connections share: the TLS settings of one reach the others.
func TestG8ClientsShareNothing(t *testing.T) {
	srv := exatest.NewServer(t)
	open := newClient(t, srv, func(c *exawire.Config) {
		c.CertificateFingerprint = ""
		c.TLS = &tls.Config{InsecureSkipVerify: true}
	})
	strict := newClient(t, srv, func(c *exawire.Config) { c.CertificateFingerprint = strings.Repeat("0", 64) })
	for range 3 {
		checkUsable(t, connect(t, open))
		if _, err := strict.Connect(t.Context()); err == nil {
			t.Error("a client took over the settings of another one")
		}
	}
}

// The client uses its logger before it has set the default: a configuration with a timeout and no logger panics.
func TestG9OptionalHooksAreOptional(t *testing.T) {
	srv := exatest.NewServer(t)
	client := newClient(t, srv, func(c *exawire.Config) {
		*c = exawire.Config{
			Host: c.Host, Port: c.Port, CertificateFingerprint: c.CertificateFingerprint, User: c.User, Password: c.Password,
			ConnectTimeout: time.Minute, CancelGrace: time.Minute, PeerTimeout: time.Minute,
		}
	})
	checkUsable(t, connect(t, client))
}

// The client passes SQL through Sprintf: a percent sign changes it.
func TestG10SQLTravelsUnchanged(t *testing.T) {
	srv, sess := serve(t)
	const sql = "SELECT '%d%s%%', \"a%20b\" /* \\ <&> \u2028 \U0001f600 */ FROM \"T\"\tWHERE x LIKE '\\_%'\n-- \x01"
	srv.HandleSQL("SELECT...", exatest.RowCount(1).Params(exatest.Columns("A VARCHAR(10)")...))
	if _, err := sess.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	if _, err := sess.ExecuteBatch(t.Context(), []string{sql}); err != nil {
		t.Fatal(err)
	}
	if _, err := sess.Exec(t.Context(), sql, "%s"); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"execute", "createPreparedStatement"} {
		if diff := cmp.Diff(sql, srv.Requests(command)[0].SQL); diff != "" {
			t.Errorf("%s (-want +got):\n%s", command, diff)
		}
	}
	var batch struct{ SQLTexts []string }
	if err := srv.Requests("executeBatch")[0].Decode(&batch); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{sql}, batch.SQLTexts); diff != "" {
		t.Errorf("executeBatch (-want +got):\n%s", diff)
	}
}

// The client has no contexts: a limit on the client's side leaves a reader behind and answers get mixed up.
func TestG11ContextsEverywhere(t *testing.T) {
	// The table in cancel_test.go is about every command; here is the login.
	bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.Handle(exatest.Credentials, func(*exatest.Request) exatest.Response { return exatest.Hang() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := client.Connect(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// The client's channel of rows cannot be stopped: its goroutine stays, and its fetches go on between other commands.
func TestG12RowsCanBeStopped(t *testing.T) {
	srv, sess := serve(t)
	scriptWorkload(srv)
	srv.Inject(fault.FetchRows(10))
	rows, err := sess.Query(t.Context(), "SELECT 2500")
	if err != nil {
		t.Fatal(err)
	}
	for range resultset.Each[[]any](rows) {
		break
	}
	before := len(srv.Requests("fetch"))
	if err := sess.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := len(srv.Requests("fetch")); after != before {
		t.Errorf("rows were fetched after the loop had ended")
	}
	if n := len(srv.Requests("closeResultSet")); n != 1 {
		t.Errorf("the result set was closed %d times", n)
	}
}

// The client panics on data that is empty or ragged, in either direction, and on a second Disconnect, sends no timeout of
// 0, has errors without codes, cannot use IPv6, leaves the socket of a failed login open (D8), and fetches for ever when a
// chunk is empty.
func TestG15SmallThings(t *testing.T) {
	t.Run("second disconnect", func(t *testing.T) {
		_, sess := serve(t)
		for range 2 {
			_ = sess.Disconnect(t.Context())
		}
		if err := sess.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("timeout of 0", func(t *testing.T) {
		srv, sess := serve(t)
		if err := sess.SetAttributes(t.Context(), exawire.QueryTimeout(0)); err != nil {
			t.Fatal(err)
		}
		if got := string(srv.Requests("setAttributes")[0].Field("attributes")); got != `{"queryTimeout":0}` {
			t.Errorf("sent %s", got)
		}
	})
	t.Run("ragged data", func(t *testing.T) {
		srv, sess := serve(t, exatest.WithLeniency())
		scriptWorkload(srv)
		srv.Inject(fault.RaggedColumns().On("execute"))
		rows, err := sess.Query(t.Context(), "SELECT 10")
		if err == nil {
			_, err = resultset.Collect[[]any](rows)
		}
		if !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("ragged parameters", func(t *testing.T) {
		_, sess, stmt := insertServer(t)
		for _, names := range [][]string{nil, {"a"}, {"a", "b", "c"}} {
			if _, err := stmt.ExecColumns(t.Context(), exawire.Values([]int{1, 2}), exawire.Values(names)); !exawire.SafeToRetry(err) {
				t.Errorf("%d names for 2 numbers: %v", len(names), err)
			}
		}
		if n, err := stmt.ExecRows(t.Context(), exawire.WithoutErrors(func(func([]any) bool) {})); n != 0 || err != nil {
			t.Errorf("no rows: %d, %v", n, err)
		}
		checkUsable(t, sess)
	})
	t.Run("empty chunk", func(t *testing.T) {
		srv, sess := serve(t, exatest.WithLeniency())
		scriptWorkload(srv)
		srv.Inject(fault.FetchRows(0))
		rows, err := sess.Query(t.Context(), "SELECT 2500")
		if err != nil {
			t.Fatal(err)
		}
		var protocol *exawire.ProtocolError
		if _, err := resultset.Collect[[]any](rows); !errors.As(err, &protocol) {
			t.Errorf("error is %v", err)
		}
		if n := len(srv.Requests("fetch")); n != 6 {
			t.Errorf("%d fetches were sent", n)
		}
	})
	t.Run("errors have codes", func(t *testing.T) {
		srv, sess := serve(t)
		srv.HandleSQL("X", exatest.Exception("42636", "ETL-3003"))
		_, err := sess.Exec(t.Context(), "X")
		var got *exawire.Error
		if !errors.As(err, &got) || got.SQLCode != "42636" || !strings.HasPrefix(got.Text, "ETL-3003") || got.Command != "execute" || got.SessionID != sess.Info().SessionID {
			t.Errorf("error is %#v", err)
		}
	})
	t.Run("IPv6", func(t *testing.T) {
		bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			cfg := client.Config()
			dial, host := cfg.DialContext, cfg.Host
			var dialed string
			cfg.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				dialed = addr
				return dial(ctx, network, host)
			}
			cfg.Host = "[2001:db8::1]:8564"
			client, err := exawire.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			sess := connect(t, client)
			if want := "[2001:db8::1]:8564"; dialed != want || sess.Addr() != want {
				t.Errorf("dialed %s, the session is at %s", dialed, sess.Addr())
			}
			if _, err := sess.GetHosts(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := string(srv.Requests("getHosts")[0].Field("hostIp")); got != `"2001:db8::1"` {
				t.Errorf("hostIp is %s", got)
			}
		})
	})
	t.Run("no rows", func(t *testing.T) {
		srv, sess := serve(t)
		srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0), B VARCHAR(10)")))
		rows, err := sess.Query(t.Context(), "SELECT")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(rows.Columns()); n != 2 {
			t.Errorf("an empty result has %d columns", n)
		}
		if all, err := resultset.Collect[[]any](rows); err != nil || len(all) != 0 {
			t.Errorf("%v, %v", all, err)
		}
	})
}
