package stdlib_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"slices"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/stdlib"
	"github.com/google/go-cmp/cmp"
)

// Whatever Reset finds wrong ends the connection: database/sql would use it as it is after any other error.
func TestResetFails(t *testing.T) {
	tests := map[string]func(srv *exatest.Server, sess *exawire.Session) error{
		"a user of another name": func(srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("IMPERSONATE ...", exatest.RowCount(0))
			_, err := sess.Exec(context.Background(), "IMPERSONATE boss")
			return err
		},
		"a schema that stays open": func(srv *exatest.Server, sess *exawire.Session) error {
			_, err := sess.Exec(context.Background(), "OPEN SCHEMA other")
			srv.HandleSQL("CLOSE SCHEMA", exatest.Exception("42000", "no schema is open"))
			return err
		},
		"a session that its user has closed": func(_ *exatest.Server, sess *exawire.Session) error {
			return sess.Close(context.Background())
		},
		"an answer that does not come": func(srv *exatest.Server, sess *exawire.Session) error {
			err := sess.SetAttributes(context.Background(), exawire.QueryTimeout(time.Hour))
			srv.Inject(fault.CutRequest().On("setAttributes").Once())
			return err
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				srv.HandleSQL("INSERT ...", exatest.RowCount(1))
				conn := pinned(t, db)
				var first uint64
				if err := conn.Raw(func(dc any) error {
					sess, err := stdlib.SessionOf(dc)
					if err != nil {
						return err
					}
					first = sess.Info().SessionID
					return spoil(srv, sess)
				}); err != nil {
					t.Fatal(err)
				}
				if err := conn.Close(); err != nil {
					t.Fatal(err)
				}
				if _, err := db.ExecContext(t.Context(), plain); err != nil {
					t.Fatal(err)
				}
				if i := slices.IndexFunc(srv.Sessions(), func(s exatest.Session) bool { return s.ID == first }); i >= 0 {
					t.Error("the session is still there")
				}
				if n := inserts(srv); n != 1 {
					t.Errorf("%d statements arrived", n)
				}
			}, exatest.WithSchemas("OTHER"))
		})
	}
}

// What a user leaves behind is gone before the next one comes.
func TestReset(t *testing.T) {
	tests := map[string]func(ctx context.Context, sess *exawire.Session) error{
		"nothing": func(context.Context, *exawire.Session) error { return nil },
		"an attribute": func(ctx context.Context, sess *exawire.Session) error {
			return sess.SetAttributes(ctx, exawire.QueryTimeout(time.Hour))
		},
		"a transaction": func(ctx context.Context, sess *exawire.Session) error {
			_, err := sess.Begin(ctx)
			return err
		},
		"a schema": func(ctx context.Context, sess *exawire.Session) error {
			_, err := sess.Exec(ctx, "OPEN SCHEMA other")
			return err
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.Schema = "S" }, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				conn := pinned(t, db)
				before := srv.Sessions()
				if err := conn.Raw(func(dc any) error {
					sess, err := stdlib.SessionOf(dc)
					if err != nil {
						return err
					}
					return change(t.Context(), sess)
				}); err != nil {
					t.Fatal(err)
				}
				if err := conn.Close(); err != nil {
					t.Fatal(err)
				}
				sent := len(srv.Requests(""))
				pinned(t, db)
				if sent = len(srv.Requests("")) - sent; name == "nothing" && sent > 0 {
					t.Errorf("%d commands were sent to a clean session", sent)
				}
				if diff := cmp.Diff(before, srv.Sessions()); diff != "" {
					t.Errorf("the next user's session (-want +got):\n%s", diff)
				}
			}, exatest.WithSchemas("S", "OTHER"))
		})
	}
}

// A reset whose caller has left is done all the same: the connection is as good as it was.
func TestResetAfterTheCallerHasLeft(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		dc := raw(t, pinned(t, db))
		sess, err := stdlib.SessionOf(dc)
		if err != nil {
			t.Fatal(err)
		}
		before := srv.Sessions()
		for name, after := range map[string]time.Duration{"before": 0, "meanwhile": time.Second} {
			if err := sess.SetAttributes(t.Context(), exawire.QueryTimeout(time.Hour)); err != nil {
				t.Fatal(err)
			}
			slow := srv.Inject(fault.Delay(2 * time.Second).On("setAttributes").Once())
			ctx, cancel := context.WithTimeout(t.Context(), after)
			if err := dc.(driver.SessionResetter).ResetSession(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			cancel()
			slow.Remove()
			if diff := cmp.Diff(before, srv.Sessions()); diff != "" {
				t.Errorf("%s: the session is different (-want +got):\n%s", name, diff)
			}
		}
	})
}
