package e2e_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/google/go-cmp/cmp"
)

// waysToRun are the ways to run one statement by a session.
func waysToRun() map[string]func(context.Context, *exawire.Session, string) error {
	raw := func(fields map[string]any, name string) func(context.Context, *exawire.Session) error {
		return func(ctx context.Context, sess *exawire.Session) error {
			_, err := sess.Do(ctx, commands.Raw{Name: name, Fields: fields})
			return err
		}
	}
	return map[string]func(context.Context, *exawire.Session, string) error{
		"exec": func(ctx context.Context, sess *exawire.Session, sql string) error {
			_, err := sess.Exec(ctx, sql)
			return err
		},
		"execute": func(ctx context.Context, sess *exawire.Session, sql string) error {
			r, err := sess.Execute(ctx, sql)
			return closeResult(r, err)
		},
		"executeBatch": func(ctx context.Context, sess *exawire.Session, sql string) error {
			_, err := sess.ExecuteBatch(ctx, []string{"SELECT", sql, "SELECT"})
			return err
		},
		"prepared": func(ctx context.Context, sess *exawire.Session, sql string) error {
			st, err := sess.Prepare(ctx, sql)
			if err != nil {
				return err
			}
			_, err = st.Exec(ctx)
			return errors.Join(err, st.Close(ctx))
		},
		"by its handle": func(ctx context.Context, sess *exawire.Session, sql string) error {
			desc, err := sess.CreatePreparedStatement(ctx, sql)
			if err != nil {
				return err
			}
			r, err := sess.ExecutePreparedStatement(ctx, desc.Handle, nil, nil)
			return errors.Join(closeResult(r, err), sess.ClosePreparedStatement(ctx, desc.Handle))
		},
		"execute by Do": func(ctx context.Context, sess *exawire.Session, sql string) error {
			return raw(map[string]any{"sqlText": sql}, "execute")(ctx, sess)
		},
		"executeBatch by Do": func(ctx context.Context, sess *exawire.Session, sql string) error {
			return raw(map[string]any{"sqlTexts": []string{"SELECT", sql}}, "executeBatch")(ctx, sess)
		},
		"executeBatch by Do with a list of anything": func(ctx context.Context, sess *exawire.Session, sql string) error {
			return raw(map[string]any{"sqlTexts": []any{sql, "SELECT"}}, "executeBatch")(ctx, sess)
		},
		"script": func(ctx context.Context, sess *exawire.Session, sql string) error {
			return last(sess.RunScript(ctx, strings.NewReader("SELECT; "+sql+"; SELECT")))
		},
	}
}

// A user that was taken on cannot be left again. Reset names it, however the statement was run.
func TestResetAfterImpersonate(t *testing.T) {
	for name, run := range waysToRun() {
		for _, sql := range []string{"IMPERSONATE other", "/* now */ impersonate other", "-- x\nImpersonate other"} {
			t.Run(name, func(t *testing.T) {
				bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					srv.HandleSQL("SELECT", exatest.RowCount(0))
					srv.HandleSQL(sql, exatest.OK().Params())
					sess := connect(t, client)
					if err := run(t.Context(), sess, sql); err != nil {
						t.Fatal(err)
					}
					for range 2 {
						var reset *exawire.ResetError
						if err := sess.Reset(t.Context()); !errors.As(err, &reset) || !slices.Equal(reset.What, []string{"user (IMPERSONATE)"}) {
							t.Errorf("error is %v", err)
						}
					}
				})
			})
		}
	}
}

// A statement that was refused has changed nothing.
func TestResetAfterRefusedImpersonate(t *testing.T) {
	for name, run := range waysToRun() {
		if name != "exec" && name != "execute" && name != "execute by Do" {
			continue // of the others it is not known what came before
		}
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				srv.HandleSQL("...", exatest.Exception("42500", "insufficient privileges"))
				sess := connect(t, client)
				for _, sql := range []string{"IMPERSONATE other", "ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1"} {
					if err := run(t.Context(), sess, sql); codeOf(err) != "42500" {
						t.Fatal(err)
					}
				}
				if err := sess.Reset(t.Context()); err != nil {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

// What a command does that only the server can read is not known, and Reset says so.
func TestResetAfterUnreadableCommand(t *testing.T) {
	type text string
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.HandleSQL("IMPERSONATE other", exatest.OK())
		sess := connect(t, client)
		if _, err := sess.Do(t.Context(), commands.Raw{Name: "execute", Fields: map[string]any{"sqlText": text("IMPERSONATE other")}}); err != nil {
			t.Fatal(err)
		}
		var reset *exawire.ResetError
		if err := sess.Reset(t.Context()); !errors.As(err, &reset) {
			t.Errorf("error is %v", err)
		}
	})
}

// A Reset that has restored something leaves a session that is as it was: the next one sends nothing, whether or not the
// answers to the statements name what they have changed.
func TestResetAfterReset(t *testing.T) {
	for name, silent := range map[string]bool{"answers name the attributes": false, "answers name nothing": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				before := sess.Attributes()
				if silent {
					srv.Inject(fault.OmitKeys("attributes").On("execute"))
				}
				do(t, sess, "ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'", "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'", "OPEN SCHEMA x")
				if err := sess.Reset(t.Context()); err != nil {
					t.Errorf("first: %v", err)
				}
				if got := srv.Sessions()[0].Attributes; got.DateFormat != before.DateFormat || got.Timezone != before.Timezone || got.CurrentSchema != "" {
					t.Errorf("the session has %+v", got)
				}
				if diff := cmp.Diff(before, sess.Attributes()); diff != "" {
					t.Errorf("attributes (-before +after):\n%s", diff)
				}
				srv.ForgetRequests()
				if err := sess.Reset(t.Context()); err != nil || len(srv.Requests("")) > 0 {
					t.Errorf("second: %v, sent %v", err, names(srv))
				}
			})
		})
	}
}

// A parameter that was set to the value that it has is no difference. One getAttributes finds that out, at most.
func TestResetFindsNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		sqls []string
		most int
	}{
		"set to what it was":            {[]string{"ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'"}, 1},
		"changed and set back":          {[]string{"ALTER SESSION SET NLS_DATE_FORMAT = 'DD'", "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'"}, 0},
		"the time-out, which has two":   {[]string{"ALTER SESSION SET QUERY_TIMEOUT = 0"}, 1},
		"numbers":                       {[]string{"alter session set nls_numeric_characters = '.,'"}, 1},
		"something else":                {[]string{"CREATE TABLE t (a INT)"}, 1},
		"queries, changes and a commit": {[]string{"SELECT", "INSERT", "TRUNCATE TABLE t", "COMMIT"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				for _, sql := range []string{"SELECT", "INSERT", "TRUNCATE...", "CREATE..."} {
					srv.HandleSQL(sql, exatest.RowCount(0))
				}
				sess := connect(t, client)
				do(t, sess, tt.sqls...)
				srv.ForgetRequests()
				if err := sess.Reset(t.Context()); err != nil {
					t.Errorf("reset: %v", err)
				}
				if sent := names(srv); len(sent) > tt.most || len(sent) == 1 && sent[0] != "getAttributes" {
					t.Errorf("sent %v", sent)
				}
				srv.ForgetRequests()
				if err := sess.Reset(t.Context()); err != nil || len(srv.Requests("")) > 0 {
					t.Errorf("again: %v, sent %v", err, names(srv))
				}
			})
		})
	}
}
