package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// logbook keeps the records of a logger as lines. Times are counted from when it was made; numbers of bytes, which every new
// attribute of the server would change, are a # if they are not 0.
type logbook struct {
	mu    sync.Mutex
	text  bytes.Buffer
	began time.Time
}

func newLogbook() *logbook { return &logbook{began: time.Now()} }

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
	return strings.Split(text, "\n")
}

func (l *logbook) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey:
			return slog.Duration("at", a.Value.Time().Sub(l.began))
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

// What one thing leaves in the log behind the login.
func TestSlogRecords(t *testing.T) {
	secret := exatest.Columns(`"" VARCHAR(100)`)
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
	} {
		t.Run(test.name, func(t *testing.T) {
			bubbleLog(t, test.opts, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, sess *exawire.Session, log *logbook) {
				if err := test.run(t, srv, sess); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(test.want, log.take()); diff != "" {
					t.Errorf("records (-want +got):\n%s", diff)
				}
			})
		})
	}
	_, _, _, _, _, _ = secret, errors.New, fmt.Sprint, fault.Delay, context.Background, slog.New
}
