package e2e_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

func TestReset(t *testing.T) {
	alter := func(parameter, value string) string { return "ALTER SESSION SET " + parameter + " = '" + value + "'" }
	for name, tt := range map[string]struct {
		change func(t *testing.T, sess *exawire.Session)
		want   []string
	}{
		"nothing":     {func(*testing.T, *exawire.Session) {}, nil},
		"a statement": {func(t *testing.T, sess *exawire.Session) { t.Helper(); do(t, sess, "INSERT") }, nil},
		"transaction": {func(t *testing.T, sess *exawire.Session) {
			t.Helper()
			tx, err := sess.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := tx.Commit(t.Context()); !errors.Is(err, exawire.ErrTxDone) {
					t.Errorf("commit after reset: %v", err)
				}
			})
		}, []string{"ROLLBACK", autocommitOn}},
		"transaction without Begin": {func(t *testing.T, sess *exawire.Session) {
			t.Helper()
			if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
				t.Fatal(err)
			}
			do(t, sess, "INSERT")
		}, []string{"ROLLBACK", autocommitOn}},
		"attributes": {func(t *testing.T, sess *exawire.Session) {
			t.Helper()
			err := sess.SetAttributes(t.Context(), exawire.FeedbackInterval(7*time.Second), exawire.NumericCharacters(",."), exawire.QueryTimeout(time.Minute),
				exawire.ResultSetMaxRows(5), exawire.SnapshotTransactions(true), exawire.TimestampUTC(true), exawire.CurrentSchema("OTHER"))
			if err != nil {
				t.Fatal(err)
			}
		}, []string{
			`{"command":"setAttributes","attributes":{"feedbackInterval":1,"numericCharacters":".,","queryTimeout":0,"resultSetMaxRows":0,` +
				`"snapshotTransactionsEnabled":false,"timestampUtcEnabled":false}}`,
			`{"command":"setAttributes","attributes":{"currentSchema":"MINE"}}`,
		}},
		"one attribute": {func(t *testing.T, sess *exawire.Session) {
			t.Helper()
			do(t, sess, "ALTER SESSION SET QUERY_TIMEOUT = 5")
		}, []string{`{"command":"setAttributes","attributes":{"queryTimeout":0}}`}},
		"no schema": {
			func(t *testing.T, sess *exawire.Session) { t.Helper(); do(t, sess, "CLOSE SCHEMA") },
			[]string{`{"command":"setAttributes","attributes":{"currentSchema":"MINE"}}`},
		},
		"parameters": {func(t *testing.T, sess *exawire.Session) {
			t.Helper()
			do(t, sess, alter("NLS_DATE_FORMAT", "DD.MM.YYYY"), alter("NLS_DATE_LANGUAGE", "DEU"), alter("NLS_TIMESTAMP_FORMAT", "DD"),
				alter("DEFAULT_LIKE_ESCAPE_CHARACTER", "!"), alter("TIME_ZONE", "EUROPE/BERLIN"), alter("TIME_ZONE_BEHAVIOR", "x"))
		}, []string{
			alter("NLS_DATE_FORMAT", "YYYY-MM-DD"), alter("NLS_DATE_LANGUAGE", "ENG"), alter("NLS_TIMESTAMP_FORMAT", "YYYY-MM-DD HH24:MI:SS.FF6"),
			alter("DEFAULT_LIKE_ESCAPE_CHARACTER", `\`), alter("TIME_ZONE", "UNIVERSAL"), alter("TIME_ZONE_BEHAVIOR", "INVALID SHIFT AMBIGUOUS ST"),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t)
			srv.HandleSQL("INSERT", exatest.RowCount(1))
			sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.Schema = "MINE" }))
			before := sess.Attributes()
			tt.change(t, sess)
			srv.ForgetRequests()
			if err := sess.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, statements(srv)); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, sess.Attributes()); diff != "" {
				t.Errorf("attributes (-before +after):\n%s", diff)
			}
			srv.ForgetRequests()
			if err := sess.Reset(t.Context()); err != nil || len(srv.Requests("")) > 0 {
				t.Errorf("the second time: %v, %d commands", err, len(srv.Requests("")))
			}
			if _, err := sess.Begin(t.Context()); err != nil {
				t.Errorf("begin: %v", err)
			}
		})
	}
}

// A session that began without a schema is brought back there by a statement.
func TestResetClosesSchema(t *testing.T) {
	srv, sess := serve(t)
	do(t, sess, "OPEN SCHEMA x")
	srv.ForgetRequests()
	if err := sess.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"CLOSE SCHEMA"}, statements(srv)); diff != "" {
		t.Errorf("statements (-want +got):\n%s", diff)
	}
}

// A rollback may take attributes along without a word.
func TestResetAfterRollback(t *testing.T) {
	for _, autocommit := range []bool{true, false} {
		srv := exatest.NewServer(t)
		sess := connect(t, newClient(t, srv, func(c *exawire.Config) {
			c.Attributes = []exawire.Attribute{exawire.Autocommit(autocommit)}
		}))
		do(t, sess, "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'", "COMMIT")
		if autocommit {
			if _, err := sess.Begin(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		do(t, sess, "ALTER SESSION SET TIME_ZONE = 'UNIVERSAL'")
		srv.HandleSQL("ROLLBACK", exatest.OK().Attribute("timezone", "EUROPE/BERLIN"))
		srv.Inject(fault.OmitKeys("attributes").On("execute").Once())
		if err := sess.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := srv.Sessions()[0].Attributes.Timezone; got != "UNIVERSAL" {
			t.Errorf("autocommit %t: the time zone is %s", autocommit, got)
		}
	}
}

// What cannot be restored is named.
func TestResetReports(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(*exatest.Server)
		change  []string
		want    []string
		code    string
	}{
		"parameter without attribute": {change: []string{"ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1"}, want: []string{"NLS_FIRST_DAY_OF_WEEK"}},
		"dropped schema": {func(srv *exatest.Server) {
			srv.Handle("setAttributes", func(*exatest.Request) exatest.Response {
				return exatest.Exception("42000", "schema MINE not found").Attribute("currentSchema", "")
			})
		}, []string{"CLOSE SCHEMA"}, []string{"currentSchema"}, "42000"},
		"refused parameter, and the rest goes on": {func(srv *exatest.Server) {
			srv.HandleSQL("ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'", exatest.Exception("42500", "no"))
		}, []string{"ALTER SESSION SET NLS_DATE_FORMAT = 'DD'", "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'"}, []string{"dateFormat"}, "42500"},
		"parameter that stays": {func(srv *exatest.Server) {
			srv.HandleSQL("ALTER SESSION SET TIME_ZONE = 'UNIVERSAL'", exatest.OK())
		}, []string{"ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'"}, []string{"timezone"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t)
			sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.Schema = "MINE" }))
			do(t, sess, tt.change...)
			if tt.prepare != nil {
				tt.prepare(srv)
			}
			err := sess.Reset(t.Context())
			var reset *exawire.ResetError
			if !errors.As(err, &reset) || !slices.Equal(reset.What, tt.want) || codeOf(err) != tt.code {
				t.Errorf("error is %v", err)
			}
			if sess.Attributes().Timezone != "UNIVERSAL" && name != "parameter that stays" {
				t.Errorf("the rest was not restored")
			}
		})
	}
}

// An ALTER SESSION that came another way may have changed anything.
func TestResetAfterHiddenAlterations(t *testing.T) {
	const sql = "ALTER SESSION SET NLS_DATE_FORMAT = 'DD'"
	for name, change := range map[string]func(*exawire.Session) error{
		"batch": func(sess *exawire.Session) error {
			_, err := sess.ExecuteBatch(t.Context(), []string{sql, "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1"})
			return err
		},
		"prepared": func(sess *exawire.Session) error {
			stmt, err := sess.Prepare(t.Context(), sql)
			if err != nil {
				return err
			}
			return stmt.Close(t.Context())
		},
		"no transaction any more": func(sess *exawire.Session) error {
			if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
				return err
			}
			_, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1") // openTransaction changes
			return err
		},
	} {
		_, sess := serve(t)
		if err := change(sess); err != nil {
			t.Fatal(err)
		}
		var reset *exawire.ResetError
		if err := sess.Reset(t.Context()); !errors.As(err, &reset) || sess.Attributes().DateFormat != "YYYY-MM-DD" {
			t.Errorf("%s: error is %v, dates are %s", name, err, sess.Attributes().DateFormat)
		}
	}
}

func TestResetRefused(t *testing.T) {
	srv, sess := serve(t, exatest.WithLeniency())
	if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
		t.Fatal(err)
	}
	p, err := sess.Parallel(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Sessions()[0].Reset(t.Context()); err == nil || !exawire.SafeToRetry(err) {
		t.Errorf("subconnection: %v", err)
	}
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv.HandleSQL("ROLLBACK", exatest.Exception("42000", "no"))
	if err := sess.Reset(t.Context()); codeOf(err) != "42000" || sess.Err() == nil {
		t.Errorf("rollback fails: %v, the session's error is %v", err, sess.Err())
	}
	if err := sess.Reset(t.Context()); !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("closed session: %v", err)
	}
	dialed, err := newClient(t, srv, nil).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer dialed.Close(t.Context())
	if err := dialed.Reset(t.Context()); !errors.Is(err, exawire.ErrNotLoggedIn) {
		t.Errorf("session without a login: %v", err)
	}
}
