package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// Defects of exasol-driver-go 1.0.15, each of which must not be ours. D10 and D20 are about pools and local files, which
// are not part of this module yet.

// The driver returns at once when a context ends and leaves the goroutine that reads the answer behind. With a late
// answer two goroutines read one socket: the next query gets the previous one's rows, or the process dies.
func TestD1CancelKeepsAnswersApart(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		srv.Inject(fault.AbortIgnored())
		big := make([]string, 900)
		for i := range big {
			big[i] = strings.Repeat("old ", 900)
		}
		srv.HandleSQL("OLD", exatest.Rows(exatest.Columns("A VARCHAR(10000)"), exatest.ValuesOf(big)).After(2*time.Second))
		srv.HandleSQL("NEW", exatest.Rows(exatest.Columns("A VARCHAR(10000)"), exatest.TextValues("new")))
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := sess.Query(ctx, "OLD"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the cancelled query returned %v", err)
			}
			cancel()
			rows, err := sess.Query(t.Context(), "NEW")
			if err != nil {
				t.Fatal(err)
			}
			got, err := resultset.One[string](rows)
			if err != nil || got != "new" {
				t.Errorf("the next query got %.20q, %v", got, err)
			}
		}
	})
}

// The driver reports a connection that the server closes after an INSERT arrived as driver.ErrBadConn, and database/sql
// runs the INSERT again, up to three times.
func TestD2NothingRunsTwice(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	srv.HandleSQL("INSERT", exatest.RowCount(1))
	srv.Inject(fault.CutAnswer().On("execute"))
	_, err := sess.Exec(t.Context(), "INSERT")
	if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	if n := len(srv.Requests("execute")); n != 1 {
		t.Errorf("the statement was sent %d times", n)
	}
}

// The driver decodes numbers as float64: DECIMAL(18,0) 123456789012345678 becomes 123456789012345680.
func TestD3DecimalsAreExact(t *testing.T) {
	srv, sess := serve(t)
	const text36 = "123456789012345678901234567890.123456"
	want, err := resultset.ParseDecimal(text36)
	if err != nil {
		t.Fatal(err)
	}
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0), B DECIMAL(36,6), C DECIMAL(36,0)"),
		exatest.TextValues("123456789012345678"), exatest.TextValues(text36), exatest.TextValues(strings.Repeat("9", 36))))
	rows, err := sess.Query(t.Context(), "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	got, err := resultset.One[struct {
		A int64
		B exawire.Decimal
		C string
	}](rows)
	if err != nil {
		t.Fatal(err)
	}
	if got.A != 123456789012345678 || got.B != want || got.C != strings.Repeat("9", 36) {
		t.Errorf("got %d, %v, %s", got.A, got.B, got.C)
	}
}

// The driver divides by the number of parameters: a query with an argument too many panics if it has none.
func TestD4ArgumentsWithoutPlaceholders(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("SELECT 1", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf([]int{1})))
	if _, err := sess.Query(t.Context(), "SELECT 1", 5); err == nil || !exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	if n := len(srv.Requests("closePreparedStatement")); n != 1 {
		t.Errorf("the statement was closed %d times", n)
	}
	checkUsable(t, sess)
}

// The driver panics on a fetch answer without rows.
func TestD5EmptyFetchChunk(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	scriptWorkload(srv)
	srv.Handle("fetch", func(*exatest.Request) exatest.Response {
		return exatest.Raw(`{"status":"ok","responseData":{"numRows":0,"data":[]}}`)
	})
	rows, err := sess.Query(t.Context(), "SELECT 2500")
	if err != nil {
		t.Fatal(err)
	}
	_, err = resultset.Collect[[]any](rows)
	var protocol *exawire.ProtocolError
	if !errors.As(err, &protocol) {
		t.Errorf("error is %v", err)
	}
}

// The driver switches compression off in a configuration that all connections share while one of them logs in: sessions
// stay uncompressed, or take plain messages for compressed ones.
func TestD6ConcurrentLoginsShareNothing(t *testing.T) {
	srv := exatest.NewServer(t)
	scriptWorkload(srv)
	client := newClient(t, srv, func(c *exawire.Config) { c.Compression = true })
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			sess, err := client.Connect(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			defer sess.Close(context.Background())
			if !sess.Attributes().CompressionEnabled {
				t.Errorf("a session is not compressed")
			}
			if err := workload(t.Context(), sess); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// The driver fetches with a context of its own: rows.Next blocks for 3 s after a deadline of 200 ms, and Close without
// any bound.
func TestD7RowsHonourTheContext(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			scriptWorkload(srv)
			srv.Inject(fault.Delay(3 * time.Second).On("fetch"))
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			start := time.Now()
			rows, err := sess.Query(ctx, "SELECT 2500")
			if err != nil {
				t.Fatal(err)
			}
			if rows.Next() || !errors.Is(rows.Err(), context.DeadlineExceeded) {
				t.Errorf("rows: %v", rows.Err())
			}
			if err := rows.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if took := time.Since(start); took > testGrace {
				t.Errorf("it took %v", took)
			}
			if n := len(srv.Requests("closeResultSet")); n != 1 {
				t.Errorf("the result set was closed %d times", n)
			}
			checkUsable(t, sess)
		})
}

// The driver leaves the socket of a failed login open: five failures, five sockets.
func TestD8FailedLoginsLeaveNothing(t *testing.T) {
	srv := exatest.NewServer(t)
	client := newClient(t, srv, func(c *exawire.Config) { c.Password = "wrong" })
	for range 5 {
		if _, err := client.Connect(t.Context()); codeOf(err) != "08004" {
			t.Fatalf("error is %v", err)
		}
	}
	waitForNoConnections(t, srv)
}

// The driver cannot begin a transaction in its default mode, and its Ping sends nothing, so it is always true.
func TestD9BeginAndPing(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	srv.HandleSQL("ROLLBACK", exatest.OK())
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv.Inject(fault.CutAnswer())
	if err := sess.Ping(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("ping of a server that is gone: %v", err)
	}
}

// The driver sends arguments of one-shot queries unconverted, DOUBLE as 1 and times as RFC 3339 (D11); it cannot bind
// NULL to DOUBLE, TIMESTAMP or DATE (D12); it cuts times to microseconds and drops their zone (D15).
func TestD11D12D15Arguments(t *testing.T) {
	srv, sess := serve(t,
		exatest.WithSessionAttribute("datetimeFormat", "YYYY-MM-DD HH24:MI:SS.FF9"), exatest.WithSessionAttribute("timezone", "EUROPE/BERLIN"))
	srv.HandleSQL("INSERT", exatest.RowCount(1).Params(exatest.Columns(
		"A DOUBLE, B DATE, C TIMESTAMP(9), D TIMESTAMP(9) WITH LOCAL TIME ZONE")...))
	tokyo := time.FixedZone("Tokyo", 9*3600)
	at := time.Date(2024, 6, 18, 1, 2, 3, 123456789, tokyo)
	if _, err := sess.Exec(t.Context(), "INSERT", 1, time.Date(2024, 6, 18, 0, 0, 0, 0, tokyo), at, at); err != nil {
		t.Fatal(err)
	}
	if _, err := sess.Exec(t.Context(), "INSERT", nil, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range srv.Requests("executePreparedStatement") {
		got = append(got, string(r.Field("data")))
	}
	want := []string{
		`[[1.0],["2024-06-18"],["2024-06-18 01:02:03.123456789"],["2024-06-17 18:02:03.123456789"]]`,
		`[[null],[null],[null],[null]]`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}

// The driver answers NaN with "driver: bad connection" and three logins.
func TestD13NaNIsRefused(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT", exatest.RowCount(1).Params(exatest.Columns("A DOUBLE")...))
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := sess.Exec(t.Context(), "INSERT", v)
		var param *exawire.ParamError
		if !errors.As(err, &param) || !exawire.SafeToRetry(err) {
			t.Errorf("%v: %v", v, err)
		}
	}
	if n := len(srv.Requests("login")); n != 1 {
		t.Errorf("%d logins", n)
	}
	checkUsable(t, sess)
}

// The driver refuses more than one row of parameters although the command takes columns of them.
func TestD14ManyRowsAtOnce(t *testing.T) {
	srv, _, stmt := insertServer(t)
	if n, err := stmt.ExecColumns(t.Context(), exawire.Values([]int{1, 2, 3}), exawire.Values([]string{"a", "b", "c"})); err != nil || n != 3 {
		t.Errorf("%d, %v", n, err)
	}
	if n := len(srv.Requests("executePreparedStatement")); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// The driver's Exec of a SELECT leaks the result set, and further results of one request are dropped with their handles.
func TestD16NothingStaysOpen(t *testing.T) {
	srv, sess := serve(t) // strict: an open handle at disconnect fails the test
	large := exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 2000)))
	srv.HandleSQL("SELECT", large)
	srv.HandleSQL("SEVERAL", exatest.Results(exatest.RowCount(1), large, large))
	if _, err := sess.Exec(t.Context(), "SELECT"); err != nil {
		t.Error(err)
	}
	if _, err := sess.Exec(t.Context(), "SEVERAL"); err != nil {
		t.Error(err)
	}
	closed := 0
	for _, r := range srv.Requests("closeResultSet") {
		var fields struct{ ResultSetHandles []int }
		if err := r.Decode(&fields); err != nil {
			t.Fatal(err)
		}
		closed += len(fields.ResultSetHandles)
	}
	if closed != 3 {
		t.Errorf("%d of 3 result sets were closed", closed)
	}
}

// The driver loses resultSetMaxRows on the way and reports clientversion as "(unknown version)".
func TestD18OptionsReachTheServer(t *testing.T) {
	srv := exatest.NewServer(t)
	sess, err := exawire.Connect(t.Context(), srv.DSN("resultsetmaxrows=5", "clientname=report", "clientversion=1.2", "querytimeout=7"))
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.Background())
	var got struct {
		ClientName, ClientVersion string
		Attributes                map[string]any
	}
	if err := srv.Requests(exatest.Credentials)[0].Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.ClientName != "report" || got.ClientVersion != "1.2" || got.Attributes["resultSetMaxRows"] != 5.0 || got.Attributes["queryTimeout"] != 7.0 {
		t.Errorf("the server got %+v", got)
	}
	srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 50))))
	rows, err := sess.Query(t.Context(), "SELECT")
	if err != nil {
		t.Fatal(err)
	}
	if all, err := resultset.Collect[int64](rows); err != nil || len(all) != 5 {
		t.Errorf("%d rows, %v", len(all), err)
	}
}

// The driver's errors and logs hold passwords, tokens, SQL and whole messages.
func TestD19NoSecretsInErrors(t *testing.T) {
	const secret = "s3cret-t0ken"
	srv := exatest.NewServer(t, exatest.WithUser("sys", "other"), exatest.WithLeniency())
	check := func(what string, v any) {
		t.Helper()
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			if text := fmt.Sprintf(format, v); strings.Contains(text, secret) {
				t.Errorf("%s with %s holds the secret: %s", what, format, text)
			}
		}
	}
	client := newClient(t, srv, func(c *exawire.Config) { c.Password = secret })
	_, err := client.Connect(t.Context())
	check("rejected password", err)
	check("configuration", *client.Config())
	client = newClient(t, srv, func(c *exawire.Config) { c.User, c.Password, c.Token = "", "", exawire.Token{Access: secret} })
	_, err = client.Connect(t.Context())
	check("rejected token", err)
	check("configuration", *client.Config())
	srv.Inject(fault.Garbage().On(exatest.Credentials))
	_, err = client.Connect(t.Context())
	check("broken login", err)
	check("login", commands.Login{Username: "sys", Password: secret})
	check("token login", commands.LoginToken{AccessToken: secret})
	tracer := &recorder{}
	client = newClient(t, srv, func(c *exawire.Config) { c.Password = secret; c.Tracer = tracer })
	_, err = client.Connect(t.Context())
	check("broken login", err)
	check("trace", tracer.starts)
}

// recorder keeps what a tracer is shown.
type recorder struct {
	untraced
	mu     sync.Mutex
	starts []exawire.CommandStart
	ends   []exawire.CommandEnd
}

func (r *recorder) TraceCommand(ctx context.Context, start exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.starts = append(r.starts, start)
	return ctx, func(end exawire.CommandEnd) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ends = append(r.ends, end)
	}
}

// last returns the last command that ended. Others may still be running.
func (r *recorder) last() exawire.CommandEnd {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ends[len(r.ends)-1]
}

// The driver's cleanup of a cancelled query runs without any bound.
func TestD7CleanupIsBounded(t *testing.T) {
	bubble(t, func(c *exawire.Config) { c.CancelGrace = testGrace }, []exatest.Option{exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			scriptWorkload(srv)
			rows, err := sess.Query(t.Context(), "SELECT 2500")
			if err != nil {
				t.Fatal(err)
			}
			srv.Handle("closeResultSet", func(*exatest.Request) exatest.Response { return exatest.Hang() })
			start := time.Now()
			if err := rows.Close(); err == nil {
				t.Errorf("close of a result that the server does not close returned no error")
			}
			if took := time.Since(start); took > 3*testGrace {
				t.Errorf("close took %v", took)
			}
			synctest.Wait()
		})
}

// In the driver encryption=true switches TLS off, autocommit=true switches autocommit off, validateservercertificate=false
// goes on validating, unknown keys are ignored, IPv6 is refused, a password that ends in a backslash swallows the next
// option, and a semicolon at the end is an error.
func TestD17SwitchesMeanWhatTheySay(t *testing.T) {
	cfg, err := exawire.ParseDSN(`exa:[::1]:8563;user=sys;password=secret\\;encryption=true;autocommit=true;validateservercertificate=false;`)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case cfg.Host != "[::1]:8563":
		t.Errorf("host is %q", cfg.Host)
	case cfg.Password != `secret\`:
		t.Errorf("the password has %d characters", len(cfg.Password))
	case cfg.Plaintext:
		t.Error("TLS is off")
	case cfg.TLS == nil || !cfg.TLS.InsecureSkipVerify:
		t.Error("certificates are verified")
	case !cmp.Equal([]exawire.Attribute{exawire.Autocommit(true)}, cfg.Attributes, cmp.Comparer(func(a, b exawire.Attribute) bool { return a == b })):
		t.Errorf("attributes are %v", cfg.Attributes)
	}
	if _, err := exawire.ParseDSN("exa:exa1;user=sys;encrypt=true"); err == nil {
		t.Error("an unknown key was ignored")
	}
}
