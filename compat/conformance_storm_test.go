package compat

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// The context of Begin ends while the server is asked: no transaction is left open, and autocommit is on.
func TestConformanceCancelBegin(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		slowServer(srv)
		exec(t, db, "QUICK")
		for _, command := range []string{"setAttributes", "getAttributes"} {
			srv.Inject(fault.Delay(2 * time.Second).On(command).Once())
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			tx, err := db.BeginTx(ctx, nil)
			if err == nil {
				err = tx.Commit()
			}
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, sql.ErrTxDone) { // package sql may be faster
				t.Errorf("%s: %v", command, err)
			}
			synctest.Wait()
			exec(t, db, "QUICK")
			if s := srv.Sessions(); len(s) != 1 || !s[0].Attributes.Autocommit {
				t.Errorf("%s: %d sessions; autocommit has to be on", command, len(s))
			}
		}
	})
}

// The timeout of the server (R0001) is an error of its own, and the connection is the same.
func TestConformanceQueryTimeout(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		slowServer(srv)
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		before := srv.Sessions()[0].ID
		if err := conn.Raw(func(c any) error { return session(t, c).SetAttributes(t.Context(), exawire.QueryTimeout(time.Second)) }); err != nil {
			t.Fatal(err)
		}
		_, err = conn.ExecContext(t.Context(), "SLOW")
		wantError(t, err, exawire.ErrQueryTimeout)
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v is taken for the end of a context", err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		wantSame(t, srv, db, before)
		if d := srv.Sessions()[0].Attributes.QueryTimeout; d != 0 {
			t.Errorf("the next user has a timeout of %v", d)
		}
	})
}

// Statements of many goroutines are cancelled at many moments; none is run twice, no connection is lost, none is mixed up.
func TestConformanceCancelStorm(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(4)
		db.SetMaxIdleConns(4)
		srv.HandleSQL("ECHO ?", exatest.Func(func(r *exatest.Request) exatest.Response {
			if r.Command != "executePreparedStatement" {
				return exatest.Rows(exatest.Columns("S VARCHAR(20)"))
			}
			return exatest.Rows(exatest.Columns("S VARCHAR(20)"), exatest.ValuesOf([]string{r.ParamRows()[0][0].(string)})).After(3 * time.Millisecond)
		}))
		done := make(chan struct{})
		for g := range 16 {
			go func() {
				defer func() { done <- struct{}{} }()
				for i := range 20 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+(g+i)%7)*time.Millisecond)
					want := string(rune('a'+g)) + string(rune('a'+i))
					var got string
					err := db.QueryRowContext(ctx, "ECHO ?", want).Scan(&got)
					cancel()
					switch {
					case err == nil && got != want:
						t.Errorf("%q got the answer %q", want, got)
					case err != nil && !errors.Is(err, context.DeadlineExceeded):
						t.Errorf("%q: %v", want, err)
					}
				}
			}()
		}
		for range 16 {
			<-done
		}
		synctest.Wait()
		seen := map[any]int{}
		for _, r := range srv.Requests("executePreparedStatement") {
			seen[r.ParamRows()[0][0]]++
		}
		for key, n := range seen {
			if n > 1 {
				t.Errorf("%v was run %d times", key, n)
			}
		}
		if diff := cmp.Diff(0, db.Stats().InUse); diff != "" {
			t.Errorf("in use: %s", diff)
		}
		if n := len(srv.Requests(exatest.Credentials)); n > 4 {
			t.Errorf("%d logins for 4 connections", n)
		}
	})
}
