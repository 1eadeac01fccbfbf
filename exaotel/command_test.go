package exaotel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

const second = time.Second

// command returns the span of a command below the caller: its name, the protocol command, its number, and what else there
// is to it.
func command(name, command string, number int, took time.Duration, status string, attrs ...string) span {
	attrs = append(attrs, "db.operation.name="+name, "exawire.command="+command, fmt.Sprint("exawire.command.number=", number),
		"exawire.request.size=n", "exawire.response.size=n", "exawire.session.id=n")
	slices.Sort(attrs)
	return span{name: name, kind: "client", parent: "the caller", took: took, attrs: strings.Join(attrs, " "), status: status}
}

// counts returns the metrics of commands that have changed, with those of sizes for each operation.
func counts(operations []string, more map[string]string) map[string]string {
	all := map[string]string{}
	for _, name := range operations {
		all["exawire.client.sent{db.operation.name="+name+"}"] = "n"
		all["exawire.client.received{db.operation.name="+name+"}"] = "n"
	}
	for key, value := range more {
		all[key] = value
	}
	return all
}

// errOfCaller is what a caller may cancel a context with.
var errOfCaller = errors.New("the caller's own reason: hunter2")

// What a session exports of commands: all spans, and all metrics that have changed.
func TestCommands(t *testing.T) {
	type row struct{ A int64 }
	number := exatest.Columns(`"" DECIMAL(18,0)`)
	cols := exatest.Columns("A DECIMAL(18,0)")
	for _, test := range []struct {
		name    string
		run     func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error
		spans   []span
		metrics map[string]string
	}{
		{
			name: "a query",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("select A from T", exatest.RowsOf([]row{{1}, {2}}).After(3*second))
				rows, err := sess.Query(ctx, "select A from T")
				if err != nil {
					return err
				}
				_, err = exawire.Collect[row](rows)
				return err
			},
			spans: []span{command("SELECT", "execute", 2, 3*second, "", "db.response.returned_rows=2")},
			metrics: counts([]string{"SELECT"}, map[string]string{
				"db.client.operation.duration{db.operation.name=SELECT}":     "1 of 3s",
				"db.client.response.returned_rows{db.operation.name=SELECT}": "1 of 2",
			}),
		},
		{
			name: "a query without rows",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("SELECT A FROM T", exatest.Rows(cols))
				rows, err := sess.Query(ctx, "SELECT A FROM T")
				if err != nil {
					return err
				}
				return rows.Close()
			},
			spans: []span{command("SELECT", "execute", 2, 0, "")},
			metrics: counts([]string{"SELECT"}, map[string]string{
				"db.client.operation.duration{db.operation.name=SELECT}":     "1 of 0s",
				"db.client.response.returned_rows{db.operation.name=SELECT}": "1 of 0",
			}),
		},
		{
			name: "a query that is fetched",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.Inject(fault.FetchRows(2000))
				srv.HandleSQL("SELECT BIG", exatest.Rows(cols, exatest.ValuesOf(make([]int64, 3000))))
				rows, err := sess.Query(ctx, "SELECT BIG")
				if err != nil {
					return err
				}
				_, err = exawire.Collect[row](rows)
				return err
			},
			spans: []span{
				command("SELECT", "execute", 2, 0, "", "db.response.returned_rows=3000"),
				command("fetch", "fetch", 3, 0, "", "db.response.returned_rows=2000"),
				command("fetch", "fetch", 4, 0, "", "db.response.returned_rows=1000"),
				command("closeResultSet", "closeResultSet", 5, 0, ""),
			},
			metrics: counts([]string{"SELECT", "fetch", "closeResultSet"}, map[string]string{
				"db.client.operation.duration{db.operation.name=SELECT}":         "1 of 0s",
				"db.client.operation.duration{db.operation.name=fetch}":          "2 of 0s",
				"db.client.operation.duration{db.operation.name=closeResultSet}": "1 of 0s",
				"db.client.response.returned_rows{db.operation.name=SELECT}":     "1 of 3000",
			}),
		},
		{
			name: "a change with parameters",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("UPDATE...", exatest.RowCount(7).Params(number...))
				_, err := sess.Exec(ctx, "UPDATE T SET A = ?", 5)
				return err
			},
			spans: []span{
				command("createPreparedStatement", "createPreparedStatement", 2, 0, ""),
				command("UPDATE", "executePreparedStatement", 3, 0, "", "exawire.changed_rows=7"),
			},
			metrics: counts([]string{"createPreparedStatement", "UPDATE"}, map[string]string{
				"db.client.operation.duration{db.operation.name=createPreparedStatement}": "1 of 0s",
				"db.client.operation.duration{db.operation.name=UPDATE}":                  "1 of 0s",
			}),
		},
		{
			name: "many rows",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("INSERT...", exatest.RowCount(3).Params(number...))
				st, err := sess.Prepare(ctx, "INSERT INTO T VALUES (?)")
				if err != nil {
					return err
				}
				_, err = st.ExecColumns(ctx, exawire.Values([]int64{1, 2, 3}))
				return errors.Join(err, st.Close(ctx))
			},
			spans: []span{
				command("createPreparedStatement", "createPreparedStatement", 2, 0, ""),
				command("BATCH INSERT", "executePreparedStatement", 3, 0, "", "db.operation.batch.size=3", "exawire.changed_rows=3"),
				command("closePreparedStatement", "closePreparedStatement", 4, 0, ""),
			},
			metrics: counts([]string{"createPreparedStatement", "BATCH INSERT", "closePreparedStatement"}, map[string]string{
				"db.client.operation.duration{db.operation.name=createPreparedStatement}": "1 of 0s",
				"db.client.operation.duration{db.operation.name=BATCH INSERT}":            "1 of 0s",
				"db.client.operation.duration{db.operation.name=closePreparedStatement}":  "1 of 0s",
			}),
		},
		{
			name: "a batch of statements",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("INSERT...", exatest.RowCount(1))
				srv.HandleSQL("DELETE...", exatest.RowCount(4))
				_, err := sess.ExecuteBatch(ctx, []string{"INSERT 1", "DELETE 2", "INSERT 3"})
				return err
			},
			spans: []span{command("BATCH", "executeBatch", 2, 0, "", "db.operation.batch.size=3", "exawire.changed_rows=6")},
			metrics: counts([]string{"BATCH"}, map[string]string{
				"db.client.operation.duration{db.operation.name=BATCH}": "1 of 0s",
			}),
		},
		{
			name: "a query that fails",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("SELECT B FROM T", exatest.Exception("42000", "object B not found, in 'hunter2'").After(second))
				if _, err := sess.Query(ctx, "SELECT B FROM T"); err == nil {
					return errors.New("no error")
				}
				return nil
			},
			spans: []span{command("SELECT", "execute", 2, second, "statement (42000)", "db.response.status_code=42000", "error.type=42000")},
			metrics: counts([]string{"SELECT"}, map[string]string{
				"db.client.operation.duration{db.operation.name=SELECT db.response.status_code=42000 error.type=42000}": "1 of 1s",
				"exawire.client.errors{db.operation.name=SELECT exawire.error.class=statement}":                         "1",
			}),
		},
		{
			name: "cancelled",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("DELETE...", exatest.Hang())
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(2*second, func() { cancel(errOfCaller) })
				if _, err := sess.Exec(ctx, "DELETE FROM T"); !errors.Is(err, context.Canceled) {
					return err
				}
				return nil
			},
			spans: []span{command("DELETE", "execute", 2, 2*second, "cancelled (R0003)", "db.response.status_code=R0003", "error.type=cancelled", "exawire.aborted=true")},
			metrics: counts([]string{"DELETE"}, map[string]string{
				"db.client.operation.duration{db.operation.name=DELETE db.response.status_code=R0003 error.type=cancelled}": "1 of 2s",
				"exawire.client.errors{db.operation.name=DELETE exawire.error.class=cancelled}":                             "1",
			}),
		},
		{
			name: "a deadline",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("DELETE...", exatest.Hang())
				ctx, cancel := context.WithTimeout(ctx, 4*second)
				defer cancel()
				if _, err := sess.Exec(ctx, "DELETE FROM T"); !errors.Is(err, context.DeadlineExceeded) {
					return err
				}
				return nil
			},
			spans: []span{command("DELETE", "execute", 2, 4*second, "deadline (R0003)", "db.response.status_code=R0003", "error.type=deadline", "exawire.aborted=true")},
			metrics: counts([]string{"DELETE"}, map[string]string{
				"db.client.operation.duration{db.operation.name=DELETE db.response.status_code=R0003 error.type=deadline}": "1 of 4s",
				"exawire.client.errors{db.operation.name=DELETE exawire.error.class=deadline}":                             "1",
			}),
		},
		{
			name: "killed on the server",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.HandleSQL("DELETE...", exatest.Exception("R0003", "killed"))
				if _, err := sess.Exec(ctx, "DELETE FROM T"); err == nil {
					return errors.New("no error")
				}
				return nil
			},
			spans: []span{command("DELETE", "execute", 2, 0, "cancelled (R0003)", "db.response.status_code=R0003", "error.type=cancelled")},
			metrics: counts([]string{"DELETE"}, map[string]string{
				"db.client.operation.duration{db.operation.name=DELETE db.response.status_code=R0003 error.type=cancelled}": "1 of 0s",
				"exawire.client.errors{db.operation.name=DELETE exawire.error.class=cancelled}":                             "1",
			}),
		},
		{
			name: "a command that is not sent",
			run: func(ctx context.Context, _ *exatest.Server, sess *exawire.Session) error {
				ctx, cancel := context.WithCancel(ctx)
				cancel()
				if _, err := sess.Exec(ctx, "DELETE FROM T"); !errors.Is(err, context.Canceled) {
					return err
				}
				return nil
			},
			spans: []span{{
				name: "DELETE", kind: "client", parent: "the caller", status: "cancelled",
				attrs: "db.operation.name=DELETE error.type=cancelled exawire.command.number=2 exawire.command=execute exawire.request.size=n exawire.response.size=0 exawire.session.id=n",
			}},
			metrics: map[string]string{
				"db.client.operation.duration{db.operation.name=DELETE error.type=cancelled}":   "1 of 0s",
				"exawire.client.errors{db.operation.name=DELETE exawire.error.class=cancelled}": "1",
			},
		},
		{
			name: "a command that the protocol does not have",
			run: func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error {
				srv.AllowCommands("hunter2")
				srv.Handle("hunter2", func(*exatest.Request) exatest.Response { return exatest.OK() })
				_, err := sess.Do(ctx, commands.Raw{Name: "hunter2"})
				return err
			},
			spans: []span{command("unknown", "unknown", 2, 0, "")},
			metrics: counts([]string{"unknown"}, map[string]string{
				"db.client.operation.duration{db.operation.name=unknown}": "1 of 0s",
			}),
		},
		{
			name: "metadata",
			run: func(ctx context.Context, _ *exatest.Server, sess *exawire.Session) error {
				_, err := sess.GetAttributes(ctx)
				return err
			},
			spans: []span{command("getAttributes", "getAttributes", 2, 0, "")},
			metrics: counts([]string{"getAttributes"}, map[string]string{
				"db.client.operation.duration{db.operation.name=getAttributes}": "1 of 0s",
			}),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
				cfg.CancelGrace = 5 * second
				sess := connect(t, t.Context(), cfg)
				o.take(t)
				before := o.collect(t)
				if err := test.run(called(t.Context()), srv, sess); err != nil {
					t.Error(err)
				}
				checkSpans(t, test.spans, o.take(t))
				checkMetrics(t, test.metrics, o.changed(t, before))
				if err := sess.Close(context.WithoutCancel(t.Context())); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
