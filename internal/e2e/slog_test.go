package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// logbook keeps the records of a logger as lines. Times are counted from when it was made, sessions from 1; numbers of bytes, which every new
// attribute of the server would change, are a # if they are not 0.
type logbook struct {
	mu    sync.Mutex
	text  bytes.Buffer
	began time.Time
	ids   []string // numbers of sessions, in the order in which they came
}

func newLogbook() *logbook { return &logbook{began: time.Now()} }

// session numbers the sessions from 1.
func (l *logbook) session(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Contains(l.ids, id) {
		l.ids = append(l.ids, id)
	}
	return slices.Index(l.ids, id) + 1
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// take returns the lines since the last call.
func (l *logbook) take() []string {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.TrimSuffix(l.text.String(), "\n")
	l.text.Reset()
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i := range len(lines) - 1 {
		// A command and the session that breaks meanwhile end at the same time.
		if strings.Contains(lines[i], `"exawire close"`) && at(lines[i]) == at(lines[i+1]) {
			lines[i], lines[i+1] = lines[i+1], lines[i]
		}
	}
	for i := 1; i < len(lines); i++ {
		// A server that refuses a login and leaves may be seen to leave before the refusal is read.
		refusal := refusalClass.FindString(lines[i-1])
		if strings.Contains(lines[i], `"exawire close"`) && refusal != "" {
			lines[i] = strings.Replace(lines[i], "class=connection", strings.TrimSuffix(refusal, " sql_code"), 1)
		}
	}
	return lines
}

var refusalClass = regexp.MustCompile(`class=login sql_code`)

// at returns the time of a line.
func at(line string) string {
	time, _, _ := strings.Cut(line, " ")
	return time
}

// sessionNumber is what servers put behind the texts of errors.
var sessionNumber = regexp.MustCompile(`Session: \d+`)

func (l *logbook) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey:
			return slog.Duration("at", a.Value.Time().Sub(l.began))
		case "session":
			return slog.Int(a.Key, l.session(a.Value.String()))
		case "error":
			return slog.String(a.Key, sessionNumber.ReplaceAllString(a.Value.String(), "Session: N"))
		case "sent", "received":
			if a.Value.Int64() > 0 {
				return slog.String(a.Key, "#")
			}
		}
		return a
	}}))
}

const everything = slog.LevelDebug - 4

// bubbleLog is bubble with a session and what is logged of it behind the login.
func bubbleLog(
	t *testing.T, opts exawire.SlogOptions, srvOpts []exatest.Option, test func(t *testing.T, srv *exatest.Server, sess *exawire.Session, log *logbook),
) {
	t.Helper()
	var log *logbook
	bubble(t, func(c *exawire.Config) {
		log = newLogbook()
		c.Tracer, c.CancelGrace = exawire.SlogTracer(log.logger(everything), opts), testGrace
	}, srvOpts, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
		sess := connect(t, client)
		log.take()
		test(t, srv, sess, log)
	})
}

// hang runs a statement that the server does not end by itself, in a context that end makes.
func hang(t *testing.T, srv *exatest.Server, sess *exawire.Session, end func(context.Context) (context.Context, context.CancelFunc)) error {
	srv.HandleSQL("HANG", exatest.Hang())
	ctx, cancel := end(t.Context())
	defer cancel()
	_, err := sess.Exec(ctx, "HANG")
	return failing(err)
}

// failing returns an error if there is none.
func failing(err error) error {
	if err == nil {
		return errors.New("no error")
	}
	return nil
}

func cancelSoon(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(testDeadline, cancel)
	return ctx, func() { timer.Stop(); cancel() }
}

func deadlineSoon(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, testDeadline)
}

// What one thing leaves in the log behind the login.
func TestSlogRecords(t *testing.T) {
	all := exawire.SlogOptions{Statement: true, SQLBytes: 40, ErrorText: true}
	for _, test := range []struct {
		name string
		opts exawire.SlogOptions
		run  func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error
		want []string
	}{
		{"a query", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("SELECT...", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf([]int64{1, 2})).After(time.Millisecond))
			_, err := resultset.Collect[int64](openRows(t, sess, "SELECT A FROM T WHERE N = 'Schmidt'"))
			return err
		}, []string{
			`at=1ms level=DEBUG msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=1ms sent=# received=# rows=2`,
		}},
		{"a change", exawire.SlogOptions{}, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) error {
			_, err := sess.Exec(t.Context(), "UPDATE")
			return err
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=# row_count=1`,
		}},
		{"a query that failed", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("NONSENSE...", exatest.Exception("42000", "syntax error at 'Schmidt'"))
			_, err := sess.Query(t.Context(), "NONSENSE 'Schmidt'")
			return failing(err)
		}, []string{
			`at=0s level=WARN msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=# class=statement sql_code=42000`,
		}},
		{"all of a query that failed", all, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("INSERT INTO...", exatest.Exception("27001", "NOT NULL violated by 'Schmidt'"))
			_, err := sess.Query(t.Context(), "INSERT INTO T\n\tVALUES ('M\u00fcller', 'Schmidt', 'Meier')")
			return failing(err)
		}, []string{
			`at=0s level=WARN msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=# statement="INSERT INTO T VALUES (..." sql="INSERT INTO T  VALUES ('Müller', 'Schmi..." class=statement sql_code=27001 error="exawire: execute: NOT NULL violated by 'Schmidt' (Session: N) (27001), in: INSERT INTO T VALUES (..."`,
		}},
		{"a collision", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("MERGE", exatest.Exception("40001", "transaction rolled back"))
			_, err := sess.Exec(t.Context(), "MERGE")
			return failing(err)
		}, []string{
			`at=0s level=WARN msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=# class=retry sql_code=40001`,
		}},
		{"a cancelled query", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			return hang(t, srv, sess, cancelSoon)
		}, []string{
			`at=1s level=INFO msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=1s sent=# received=# aborted=true class=cancelled sql_code=R0003`,
		}},
		{"a query past its deadline", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			return hang(t, srv, sess, deadlineSoon)
		}, []string{
			`at=1s level=WARN msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=1s sent=# received=# aborted=true class=deadline sql_code=R0003`,
		}},
		{"an aborted query", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			time.AfterFunc(time.Second, func() { _ = sess.AbortQuery(context.Background()) })
			return hang(t, srv, sess, context.WithCancel)
		}, []string{
			`at=1s level=INFO msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=1s sent=# received=# aborted=true class=cancelled sql_code=R0003`,
		}},
		{"a query past its queryTimeout", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("MERGE", exatest.Exception("R0001", "query timeout").After(time.Second))
			_, err := sess.Exec(t.Context(), "MERGE")
			return failing(err)
		}, []string{
			`at=1s level=INFO msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=1s sent=# received=# class=cancelled sql_code=R0001`,
		}},
		{"a context that had ended", exawire.SlogOptions{}, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) error {
			_, err := sess.Exec(canceled(t), "UPDATE")
			return failing(err)
		}, []string{
			`at=0s level=INFO msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=0 received=0 class=cancelled`,
		}},
		{"a slow query", exawire.SlogOptions{SlowAfter: time.Second}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("QUICK", exatest.RowCount(1).After(time.Second-1))
			srv.HandleSQL("SLOW", exatest.RowCount(1).After(time.Second))
			srv.HandleSQL("LOST", exatest.Drop().After(time.Second))
			_, quick := sess.Exec(t.Context(), "QUICK")
			_, slow := sess.Exec(t.Context(), "SLOW")
			_, lost := sess.Exec(t.Context(), "LOST")
			return errors.Join(quick, slow, failing(lost))
		}, []string{
			`at=999.999999ms level=DEBUG msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=999.999999ms sent=# received=# row_count=1`,
			`at=1.999999999s level=WARN msg="exawire command" command=execute session=1 number=3 node=exatest:8563 duration=1s sent=# received=# row_count=1 slow=true`,
			`at=2.999999999s level=ERROR msg="exawire command" command=execute session=1 number=4 node=exatest:8563 duration=1s sent=# received=0 slow=true class=connection`,
			`at=2.999999999s level=WARN msg="exawire close" session=1 node=exatest:8563 duration=2.999999999s commands=4 class=connection`,
		}},
		{"fetches", exawire.SlogOptions{}, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) error {
			_, err := resultset.Collect[int64](openRows(t, sess, "SELECT BIG"))
			return err
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=# rows=3000`,
			`at=0s level=DEBUG-4 msg="exawire command" command=fetch session=1 number=3 node=exatest:8563 duration=0s sent=# received=# rows=1000`,
			`at=0s level=DEBUG-4 msg="exawire command" command=fetch session=1 number=4 node=exatest:8563 duration=0s sent=# received=# rows=1000`,
			`at=0s level=DEBUG-4 msg="exawire command" command=fetch session=1 number=5 node=exatest:8563 duration=0s sent=# received=# rows=1000`,
			`at=0s level=DEBUG-4 msg="exawire command" command=closeResultSet session=1 number=6 node=exatest:8563 duration=0s sent=# received=#`,
		}},
		{"a batch", all, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("DELETE", exatest.RowCount(7))
			results, err := sess.ExecuteBatch(t.Context(), []string{"DELETE", "SELECT * FROM T", "SELECT BIG", "DELETE"})
			for _, r := range results {
				err = errors.Join(err, r.Close())
			}
			return err
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=executeBatch session=1 number=2 node=exatest:8563 duration=0s sent=# received=# rows=3000 row_count=14 statements=4 statement=DELETE sql="DELETE; SELECT * FROM T; SELECT BIG; DEL..."`,
			`at=0s level=DEBUG-4 msg="exawire command" command=closeResultSet session=1 number=3 node=exatest:8563 duration=0s sent=# received=#`,
		}},
		{"a prepared insert", all, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.HandleSQL("INSERT...", exatest.RowCount(2).Params(exatest.Columns(`"" VARCHAR(100)`)...))
			stmt, err := sess.Prepare(t.Context(), "INSERT INTO T VALUES (?)")
			if err != nil {
				return err
			}
			_, err = stmt.ExecColumns(t.Context(), exawire.Values([]string{"Schmidt", "Meier"}))
			return errors.Join(err, stmt.Close(t.Context()))
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=createPreparedStatement session=1 number=2 node=exatest:8563 duration=0s sent=# received=# statement="INSERT INTO T VALUES (?)" sql="INSERT INTO T VALUES (?)"`,
			`at=0s level=DEBUG msg="exawire command" command=executePreparedStatement session=1 number=3 node=exatest:8563 duration=0s sent=# received=# param_rows=2 row_count=2 statement="INSERT INTO T VALUES (?)" sql="INSERT INTO T VALUES (?)"`,
			`at=0s level=DEBUG-4 msg="exawire command" command=closePreparedStatement session=1 number=4 node=exatest:8563 duration=0s sent=# received=#`,
		}},
		{"not sent", exawire.SlogOptions{}, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) error {
			tx, err := sess.Begin(t.Context())
			if err != nil {
				return err
			}
			err = tx.Commit(t.Context())
			_, done := tx.Exec(t.Context(), "UPDATE")
			return errors.Join(err, failing(done))
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=setAttributes session=1 number=2 node=exatest:8563 duration=0s sent=# received=#`,
			`at=0s level=DEBUG msg="exawire command" command=execute session=1 number=3 node=exatest:8563 duration=0s sent=# received=#`,
			`at=0s level=DEBUG msg="exawire command" command=setAttributes session=1 number=4 node=exatest:8563 duration=0s sent=# received=#`,
			`at=0s level=WARN msg="exawire command" command=execute session=1 number=5 node=exatest:8563 duration=0s sent=0 received=0 class=argument`,
		}},
		{"a session killed while idle", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			time.Sleep(time.Hour)
			srv.KillSessions()
			time.Sleep(time.Hour) // nobody asks it for anything
			return sess.Close(t.Context())
		}, []string{
			`at=1h0m0s level=WARN msg="exawire close" session=1 node=exatest:8563 duration=1h0m0s commands=1 class=connection`,
		}},
		{"a session killed while it runs something", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			time.AfterFunc(time.Second, srv.KillSessions)
			return hang(t, srv, sess, context.WithCancel)
		}, []string{
			`at=1s level=ERROR msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=1s sent=# received=0 class=connection`,
			`at=1s level=WARN msg="exawire close" session=1 node=exatest:8563 duration=1s commands=2 class=connection`,
		}},
		{"an answer without sense", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.Inject(fault.Garbage().On("execute"))
			_, err := sess.Exec(t.Context(), "UPDATE")
			return failing(err)
		}, []string{
			`at=0s level=ERROR msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=0 class=protocol`,
			`at=0s level=WARN msg="exawire close" session=1 node=exatest:8563 duration=0s commands=2 class=protocol`,
		}},
		{"an answer too many", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.Inject(fault.ExtraAnswer().On("execute"))
			_, err := sess.Exec(t.Context(), "UPDATE")
			return err
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=# row_count=1`,
			`at=0s level=WARN msg="exawire close" session=1 node=exatest:8563 duration=0s commands=2 class=protocol`,
		}},
		{"an abort without an answer", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.Inject(fault.AbortIgnored())
			return hang(t, srv, sess, deadlineSoon)
		}, []string{
			`at=6s level=ERROR msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=6s sent=# received=0 aborted=true class=connection`,
			`at=6s level=WARN msg="exawire close" session=1 node=exatest:8563 duration=6s commands=2 class=connection`,
		}},
		{"Close", exawire.SlogOptions{}, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) error {
			time.Sleep(time.Minute)
			err := sess.Close(t.Context())
			_, after := sess.Exec(t.Context(), "UPDATE")
			return errors.Join(err, failing(after), sess.Close(t.Context()))
		}, []string{
			`at=1m0s level=DEBUG msg="exawire command" command=disconnect session=1 number=2 node=exatest:8563 duration=0s sent=# received=#`,
			`at=1m0s level=WARN msg="exawire command" command=execute session=1 number=3 node=exatest:8563 duration=0s sent=0 received=0 class=argument`,
			`at=1m0s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=1m0s commands=2`,
		}},
		{"Close while a statement runs", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			time.AfterFunc(time.Second, func() { _ = sess.Close(context.Background()) })
			return hang(t, srv, sess, context.WithCancel)
		}, []string{
			`at=1s level=INFO msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=1s sent=# received=0 class=cancelled`,
			`at=1s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=1s commands=2`,
		}},
		{"Disconnect", exawire.SlogOptions{}, func(t *testing.T, _ *exatest.Server, sess *exawire.Session) error {
			return errors.Join(sess.Disconnect(t.Context()), sess.Close(t.Context()))
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=disconnect session=1 number=2 node=exatest:8563 duration=0s sent=# received=#`,
			`at=0s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=0s commands=2`,
		}},
		{"Disconnect, and the server leaves", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.Inject(fault.CutAfter().On("disconnect"))
			err := sess.Disconnect(t.Context())
			time.Sleep(time.Second)
			return errors.Join(err, sess.Close(t.Context()))
		}, []string{
			`at=0s level=DEBUG msg="exawire command" command=disconnect session=1 number=2 node=exatest:8563 duration=0s sent=# received=#`,
			`at=0s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=0s commands=2`,
		}},
		{"a goodbye without an answer", exawire.SlogOptions{}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) error {
			srv.Handle("disconnect", func(*exatest.Request) exatest.Response { return exatest.Hang() })
			return sess.Close(t.Context())
		}, []string{
			`at=5s level=ERROR msg="exawire command" command=disconnect session=1 number=2 node=exatest:8563 duration=5s sent=# received=0 class=connection`,
			`at=5s level=INFO msg="exawire close" session=1 node=exatest:8563 duration=5s commands=2`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubbleLog(t, test.opts, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, log *logbook) {
				scriptSteps(srv)
				if err := test.run(t, srv, sess); err != nil {
					t.Error(err)
				}
				got := log.take()
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A session that the server ends with a code is gone.
func TestSlogGone(t *testing.T) {
	bubbleLog(t, exawire.SlogOptions{}, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, log *logbook) {
		srv.HandleSQL("MERGE", exatest.Exception("40018", "connection lost, out of memory"))
		if _, err := sess.Exec(t.Context(), "MERGE"); err == nil {
			t.Error("no error")
		}
		got := log.take()
		want := []string{
			`at=0s level=ERROR msg="exawire command" command=execute session=1 number=2 node=exatest:8563 duration=0s sent=# received=# class=gone sql_code=40018`,
			`at=0s level=WARN msg="exawire close" session=1 node=exatest:8563 duration=0s commands=2 class=gone`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}
