package exawire_test

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// Defects of go-exasol-client (2026-03), each of which must not be ours. G1, G2, G10 and G14 are about bulk transfer, G4 and
// G5 about a cache of statements, G7 about quoting, which are not part of this module yet; G6 is D3, G9 is about loggers,
// of which there is none.

// The client panics in a goroutine of its own when a fetch fails: the whole process dies.
func TestG3FetchErrorIsReturned(t *testing.T) {
	srv, sess := serve(t)
	scriptWorkload(srv)
	srv.Inject(exatest.FetchRows(100))
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

// The client has no contexts: a limit on the client's side leaves a reader behind and answers get mixed up.
func TestG11ContextsEverywhere(t *testing.T) {
	// The table in cancel_test.go is about every command; here is the login.
	bubble(t, nil, []exatest.Option{exatest.Lenient()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
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
	srv.Inject(exatest.FetchRows(10))
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

// The client needs the name of the operating system's user and panics without one.
func TestG13WithoutUserDatabase(t *testing.T) {
	t.Setenv("LANG", "")
	t.Setenv("USER", "")
	t.Setenv("HOME", "")
	_, sess := serve(t)
	checkUsable(t, sess)
}

// The client panics on data that is empty or ragged and on a second Disconnect, sends no timeout of 0, leaves the socket of
// a failed login open, and fetches for ever when a chunk is empty.
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
		srv, sess := serve(t, exatest.Lenient())
		scriptWorkload(srv)
		srv.Inject(exatest.RaggedColumns().On("execute"))
		rows, err := sess.Query(t.Context(), "SELECT 10")
		if err == nil {
			_, err = resultset.Collect[[]any](rows)
		}
		if !errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("error is %v", err)
		}
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
