package e2e_test

import (
	"context"
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
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// traffic returns the commands about prepared statements since the last call, as "create A", "run 1", "close 1", and what
// else was executed as it is.
func traffic(srv *exatest.Server) []string {
	var list []string
	for _, r := range srv.Requests("") {
		switch r.Command {
		case "createPreparedStatement":
			list = append(list, "create "+r.SQL)
		case "executePreparedStatement":
			list = append(list, "run "+string(r.Field("statementHandle")))
		case "closePreparedStatement":
			list = append(list, "close "+string(r.Field("statementHandle")))
		case "execute":
			list = append(list, r.SQL)
		}
	}
	srv.ForgetRequests()
	return list
}

func checkTraffic(t *testing.T, srv *exatest.Server, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, traffic(srv)); diff != "" {
		t.Errorf("traffic (-want +got):\n%s", diff)
	}
}

var oneNumber = exatest.Columns(`"" DECIMAL(18,0)`)

// serveCache is a server whose statements that begin with INSERT and SELECT take a number, with a session that keeps size
// statements.
func serveCache(t *testing.T, size int, opts ...exatest.Option) (*exatest.Server, *exawire.Session) {
	t.Helper()
	srv := exatest.NewServer(t, opts...)
	srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(oneNumber...))
	srv.HandleSQL("SELECT...", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf([]int64{7})).Params(oneNumber...))
	srv.HandleSQL("SELECT BIG...", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 3000))).Params(oneNumber...))
	for _, sql := range []string{"CREATE...", "DROP...", "EXECUTE SCRIPT..."} {
		srv.HandleSQL(sql, exatest.OK())
	}
	sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.StatementCache = size }))
	srv.ForgetRequests()
	return srv, sess
}

func exec(t *testing.T, sess *exawire.Session, sqls ...string) {
	t.Helper()
	for _, sql := range sqls {
		if _, err := sess.Exec(t.Context(), sql, 1); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// do runs statements without arguments.
func do(t *testing.T, sess *exawire.Session, sqls ...string) {
	t.Helper()
	for _, sql := range sqls {
		if _, err := sess.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// The first run prepares, the others take one round trip.
func TestStatementCache(t *testing.T) {
	srv, sess := serveCache(t, 0)
	exec(t, sess, "INSERT a", "INSERT a", "INSERT b", "INSERT a")
	for range 2 {
		rows, err := sess.Query(t.Context(), "SELECT a", 1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := resultset.Collect[int64](rows); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
	}
	checkTraffic(t, srv, "create INSERT a", "run 1", "run 1", "create INSERT b", "run 2", "run 1", "create SELECT a", "run 3", "run 3")
}

// The statement that was used least recently goes, and it goes after the caller's has run.
func TestStatementCacheEvicts(t *testing.T) {
	srv, sess := serveCache(t, 2)
	exec(t, sess, "INSERT a", "INSERT b", "INSERT a", "INSERT c", "INSERT a", "INSERT b")
	checkTraffic(t, srv, "create INSERT a", "run 1", "create INSERT b", "run 2", "run 1",
		"create INSERT c", "run 3", "close 2", "run 1", "create INSERT b", "run 4", "close 3")
	if open := srv.Sessions()[0].Statements; !slices.Equal(open, []int{1, 4}) {
		t.Errorf("statements %v are open", open)
	}
}

func TestStatementCacheOff(t *testing.T) {
	srv, sess := serveCache(t, -1)
	exec(t, sess, "INSERT a", "INSERT a")
	checkTraffic(t, srv, "create INSERT a", "run 1", "close 1", "create INSERT a", "run 2", "close 2")
}

// Subconnections have to prepare and close together, so they keep nothing.
func TestStatementCacheNotOnSubconnections(t *testing.T) {
	srv, sess := serveCache(t, 0)
	if err := sess.SetAttributes(t.Context(), exawire.Autocommit(false)); err != nil {
		t.Fatal(err)
	}
	p, err := sess.Parallel(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(t.Context())
	srv.ForgetRequests()
	exec(t, p.Sessions()[0], "INSERT a")
	checkTraffic(t, srv, "create INSERT a", "run 1", "close 1")
}

// Rows that have to be fetched keep their statement: a second run at the same time gets a handle of its own. One of the
// two is kept afterwards.
func TestStatementCacheWhileRowsAreOpen(t *testing.T) {
	srv, sess := serveCache(t, 0)
	open := func() *exawire.Rows {
		t.Helper()
		rows, err := sess.Query(t.Context(), "SELECT BIG", 1)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	first, second := open(), open()
	if err := errors.Join(second.Close(), first.Close(), open().Close()); err != nil {
		t.Fatal(err)
	}
	checkTraffic(t, srv, "create SELECT BIG", "run 1", "create SELECT BIG", "run 2", "close 1", "run 2")

	// Rows that are all here do not.
	small, err := sess.Query(t.Context(), "SELECT small", 1)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, sess, "SELECT small")
	if err := small.Close(); err != nil {
		t.Fatal(err)
	}
	checkTraffic(t, srv, "create SELECT small", "run 3", "run 3")
}

// The cache of go-exasol-client ignores the schema: after it has changed, the statement runs against the table of another
// schema. Here a handle runs only under the attributes that it was prepared under.
func TestG5StatementsKnowTheirSchema(t *testing.T) {
	ways := map[string]func(*exawire.Session, string) error{
		"OPEN SCHEMA": func(s *exawire.Session, schema string) error {
			_, err := s.Exec(t.Context(), "OPEN SCHEMA "+schema)
			return err
		},
		"SetAttributes": func(s *exawire.Session, schema string) error {
			return s.SetAttributes(t.Context(), exawire.CurrentSchema(schema))
		},
		"attribute of another statement": func(s *exawire.Session, schema string) error {
			_, err := s.Execute(t.Context(), "INSERT x", exawire.CurrentSchema(schema))
			return err
		},
		"Do": func(s *exawire.Session, schema string) error {
			_, err := s.Do(t.Context(), commands.Raw{Name: "setAttributes"}, exawire.CurrentSchema(schema))
			return err
		},
		"batch": func(s *exawire.Session, schema string) error {
			_, err := s.ExecuteBatch(t.Context(), []string{"INSERT x", "OPEN SCHEMA " + schema})
			return err
		},
		"prepared": func(s *exawire.Session, schema string) error {
			stmt, err := s.Prepare(t.Context(), "OPEN SCHEMA "+schema)
			if err != nil {
				return err
			}
			_, err = stmt.Exec(t.Context())
			return errors.Join(err, stmt.Close(t.Context()))
		},
	}
	faults := map[string]fault.Fault{
		"reported":       fault.FragmentFrames(1000),
		"not reported":   fault.OmitKeys("attributes").On("execute", "setAttributes", "executeBatch", "executePreparedStatement"),
		"reported twice": fault.AttributesEverywhere(),
	}
	for way, open := range ways {
		for name, f := range faults {
			t.Run(way+" "+name, func(t *testing.T) {
				srv, sess := serveCache(t, 0)
				srv.Inject(f)
				prepared := map[string]string{} // handle to the schema that its names are looked up in
				srv.Handle("createPreparedStatement", func(r *exatest.Request) exatest.Response {
					if r.Field("sqlText") != nil {
						prepared[fmt.Sprint(len(prepared)+1)] = srv.Sessions()[0].Attributes.CurrentSchema
					}
					return exatest.Pass()
				})
				for _, schema := range []string{"A", "B", "A", "A", "B"} {
					if err := open(sess, schema); err != nil {
						t.Fatal(err)
					}
					srv.ForgetRequests()
					exec(t, sess, "INSERT INTO t VALUES (?)")
					runs := srv.Requests("executePreparedStatement")
					if got := prepared[string(runs[0].Field("statementHandle"))]; len(runs) != 1 || got != schema {
						t.Errorf("the statement ran in schema %s instead of %s", got, schema)
					}
				}
			})
		}
	}
}

// Changing back to a schema finds what was prepared under it.
func TestStatementCacheKeepsSchemasApart(t *testing.T) {
	srv, sess := serveCache(t, 0)
	for range 2 {
		do(t, sess, "OPEN SCHEMA a")
		exec(t, sess, "INSERT x")
		do(t, sess, "OPEN SCHEMA b")
		exec(t, sess, "INSERT x")
	}
	checkTraffic(t, srv, "OPEN SCHEMA a", "create INSERT x", "run 1", "OPEN SCHEMA b", "create INSERT x", "run 2",
		"OPEN SCHEMA a", "run 1", "OPEN SCHEMA b", "run 2")
}

// What may change the meaning of a statement, and what may not.
func TestStatementCacheInvalidation(t *testing.T) {
	for sql, kept := range map[string]bool{
		"INSERT y":                             true,
		"-- x\n( SELECT y":                     true,
		"/*snapshot execution*/SELECT y":       true,
		"COMMIT":                               true,
		"ROLLBACK":                             false,
		"CREATE TABLE t (a INT)":               false,
		"create or replace view v as select 1": false,
		"DROP TABLE t":                         false,
		"EXECUTE SCRIPT s":                     false,
		"OPEN SCHEMA other":                    false,
		"ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'": false,
		"ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'": false, // changes nothing, or nothing that is reported
		"ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1":      false,
		"/* unfinished": false,
	} {
		srv, sess := serveCache(t, 0, exatest.WithLeniency())
		for _, pattern := range []string{"create...", "--...", "/*..."} {
			srv.HandleSQL(pattern, exatest.OK())
		}
		exec(t, sess, "INSERT x")
		do(t, sess, sql)
		exec(t, sess, "INSERT x")
		want := []string{"create INSERT x", "run 1", sql, "run 1"}
		if !kept {
			want = []string{"create INSERT x", "run 1", sql, "create INSERT x", "run 2"}
			if sess.Attributes() == commands.DefaultAttributes() {
				want = append(want, "close 1")
			}
		}
		if diff := cmp.Diff(want, traffic(srv)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
	for name, attr := range map[string]exawire.Attribute{
		"schema": exawire.CurrentSchema("X"), "numbers": exawire.NumericCharacters(",."), "snapshot": exawire.SnapshotTransactions(true),
		"utc": exawire.TimestampUTC(true),
	} {
		srv, sess := serveCache(t, 0)
		exec(t, sess, "INSERT x")
		if err := sess.SetAttributes(t.Context(), attr); err != nil {
			t.Fatal(err)
		}
		exec(t, sess, "INSERT x")
		if diff := cmp.Diff([]string{"create INSERT x", "run 1", "create INSERT x", "run 2"}, traffic(srv)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	srv, sess := serveCache(t, 0)
	exec(t, sess, "INSERT x")
	err := sess.SetAttributes(t.Context(), exawire.Autocommit(false), exawire.QueryTimeout(time.Minute), exawire.FeedbackInterval(2*time.Second),
		exawire.ResultSetMaxRows(5))
	if err != nil {
		t.Fatal(err)
	}
	exec(t, sess, "INSERT x")
	checkTraffic(t, srv, "create INSERT x", "run 1", "run 1")
}

// Emptying the cache does not make one call pay for all: each one that prepares closes one.
func TestStatementCacheClosesOneAtATime(t *testing.T) {
	srv, sess := serveCache(t, 0)
	exec(t, sess, "INSERT a", "INSERT b", "INSERT c")
	do(t, sess, "DROP TABLE t")
	srv.ForgetRequests()
	exec(t, sess, "INSERT c", "INSERT c", "INSERT d", "INSERT e", "INSERT f")
	checkTraffic(t, srv, "create INSERT c", "run 4", "close 3", "run 4", "create INSERT d", "run 5", "close 1",
		"create INSERT e", "run 6", "close 2", "create INSERT f", "run 7")
}

// What is open on the server stays bounded whatever happens.
func TestStatementCacheIsBounded(t *testing.T) {
	const size = 5
	srv, sess := serveCache(t, size)
	for i := range 200 {
		exec(t, sess, fmt.Sprintf("INSERT %d", i*i%17))
		if i%13 == 0 {
			do(t, sess, "DROP TABLE t")
		}
		if n := len(srv.Sessions()[0].Statements); n > size+1 {
			t.Fatalf("%d statements are open", n)
		}
	}
}

// A context that has ended sends nothing and costs no statement, and one that ends in time of the run leaves none open.
func TestStatementCacheCancel(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		srv.HandleSQL("INSERT x", exatest.RowCount(1).Params(oneNumber...))
		sess := connect(t, client)
		exec(t, sess, "INSERT x")
		srv.ForgetRequests()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := sess.Exec(ended, "INSERT x", 1); !errors.Is(err, context.Canceled) || !exawire.SafeToRetry(err) {
			t.Errorf("error is %v", err)
		}
		exec(t, sess, "INSERT x")
		checkTraffic(t, srv, "run 1")
		srv.HandleSQL("INSERT x", exatest.Hang()).Once()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := sess.Exec(ctx, "INSERT x", 1); !errors.Is(err, exawire.ErrQueryAborted) {
			t.Errorf("error is %v", err)
		}
		exec(t, sess, "INSERT x")
		checkTraffic(t, srv, "run 1", "close 1", "create INSERT x", "run 2")
	})
}

// Goroutines that share a session and a statement never share a handle, and none is lost.
func TestStatementCacheConcurrently(t *testing.T) {
	srv, sess := serveCache(t, 3)
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			for i := range 30 {
				rows, err := sess.Query(t.Context(), fmt.Sprintf("SELECT BIG %d", (g+i)%4), 1)
				if err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 {
					_ = rows.Next()
				}
				if i%10 == 0 {
					if _, err := sess.Exec(t.Context(), "OPEN SCHEMA s"+strings.Repeat("x", i%7)); err != nil {
						t.Error(err)
					}
				}
				if err := rows.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(srv.Sessions()[0].Statements); n > 3+6 {
		t.Errorf("%d statements are open", n)
	}
}

// Settings that come back find no second copy of a statement: the server, which is strict, sees each text open once under
// the same settings. Setting a parameter to the value that it has empties the cache, since no change shows.
func TestKeptUnderSettingsThatComeBack(t *testing.T) {
	srv, sess := serve(t)
	srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(exatest.Columns(`"" INT`)...))
	srv.HandleSQL("UPDATE ?", exatest.RowCount(1).Params(exatest.Columns(`"" INT`)...))
	for i := range 12 {
		for _, sql := range []string{
			"ALTER SESSION SET TIME_ZONE = 'AMERICA/NEW_YORK'",
			"ALTER SESSION SET TIME_ZONE_BEHAVIOR = '" + []string{"INVALID SHIFT AMBIGUOUS ST", "INVALID SHIFT AMBIGUOUS DST"}[i/4%2] + "'",
			"INSERT ?",
			"ALTER SESSION SET TIME_ZONE = 'UTC'",
			"UPDATE ?",
		} {
			args := []any{i}[:strings.Count(sql, "?")]
			if _, err := sess.Exec(t.Context(), sql, args...); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
}
