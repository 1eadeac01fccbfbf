package e2e_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
)

// serveTwoColumns is a server with an open result set of two columns, which are described as the session knows them.
func serveTwoColumns(t *testing.T) (*exatest.Server, *exawire.Session, *commands.ResultSet) {
	t.Helper()
	srv, sess := serve(t, exatest.WithLeniency())
	cols := exatest.Columns("N DECIMAL(18,0), S VARCHAR(10)")
	srv.HandleSQL("SELECT", exatest.Rows(cols, exatest.ValuesOf([]int64{1, 2, 3}), exatest.ValuesOf([]string{"a", "b", "c"})))
	srv.Inject(fault.SplitInline(0))
	rows := openRows(t, sess, "SELECT")
	return srv, sess, &commands.ResultSet{Handle: rows.Handle(), NumRows: 3, Columns: cols}
}

// Columns that are not those of the result set are a mistake of the caller's: the session goes on.
func TestFetchWithWrongColumns(t *testing.T) {
	_, sess, rs := serveTwoColumns(t)
	for name, columns := range map[string][]exawire.ColumnInfo{
		"too many":    exatest.Columns("N DECIMAL(18,0), S VARCHAR(10), T VARCHAR(10)"),
		"too few":     exatest.Columns("N DECIMAL(18,0)"),
		"none":        nil,
		"wrong types": exatest.Columns("N BOOLEAN, S DATE"),
		"exchanged":   exatest.Columns("S VARCHAR(10), N DECIMAL(18,0)"),
	} {
		_, err := sess.Fetch(t.Context(), &commands.ResultSet{Handle: rs.Handle, NumRows: 3, Columns: columns}, 0, 1<<20)
		if err == nil || errors.Is(err, exawire.ErrSessionClosed) || !strings.Contains(err.Error(), "do not fit") {
			t.Errorf("%s: %v", name, err)
		}
		if exawire.SafeToRetry(err) {
			t.Errorf("%s: the error claims that nothing was sent", name)
		}
		batch, err := sess.Fetch(t.Context(), rs, 0, 1<<20)
		if err != nil || batch.Len() != 3 {
			t.Fatalf("%s: the session cannot be used: %v", name, err)
		}
	}
}

// Rows that no columns would fit are the fault of the server.
func TestFetchOfSenselessRows(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"ragged": fault.RaggedColumns(), "truncated": fault.TruncateJSON(), "garbage": fault.Garbage(),
		"too many": fault.WrongNumRows(1), "too few": fault.WrongNumRows(-1), "negative": fault.SetKey("numRows", -1),
		"no array": fault.SetKey("data", "x"), "no columns": fault.SetKey("data", []int{}), "an array of numbers": fault.SetKey("data", []int{1}),
		"attributes behind": fault.Replace(`]]}}`, `]]},"attributes":7}`),
		"cut off behind":    fault.Replace(`]]}}`, `]]}`),
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess, rs := serveTwoColumns(t)
			srv.Inject(f.On("fetch"))
			_, err := sess.Fetch(t.Context(), rs, 0, 1<<20)
			checkProtocolError(t, sess, err)
		})
	}
}

// What cannot be asked for is refused before anything is sent, and the session goes on.
func TestInvalidRequests(t *testing.T) {
	srv, sess, rs := serveTwoColumns(t)
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"fetch before the first row": func() error { _, err := sess.Fetch(ctx, rs, -1, 1<<20); return err },
		"fetch of no bytes":          func() error { _, err := sess.Fetch(ctx, rs, 0, 0); return err },
		"fetch of negative bytes":    func() error { _, err := sess.Fetch(ctx, rs, 0, -1); return err },
		"fetch of too many bytes":    func() error { _, err := sess.Fetch(ctx, rs, 0, commands.MaxFetchBytes+1); return err },
		"a negative timeout":         func() error { return sess.SetAttributes(ctx, exawire.QueryTimeout(-time.Second)) },
		"one of two attributes":      func() error { return sess.SetAttributes(ctx, exawire.Autocommit(true), exawire.FeedbackInterval(-1)) },
		"text that is none":          func() error { return sess.SetAttributes(ctx, exawire.CurrentSchema("\xff")) },
		"execute with an attribute": func() error {
			return closeResult(sess.Execute(ctx, "SELECT", exawire.QueryTimeout(-time.Second)))
		},
		"a batch with an attribute": func() error {
			_, err := sess.ExecuteBatch(ctx, []string{"SELECT"}, exawire.ResultSetMaxRows(-1))
			return err
		},
		"a statement that is no text": func() error { _, err := sess.Exec(ctx, "SELECT '\xff'"); return err },
		"prepare of no text":          func() error { _, err := sess.Prepare(ctx, "SELECT '\xff'"); return err },
	} {
		srv.ForgetRequests()
		err := call()
		if err == nil || !exawire.SafeToRetry(err) || errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("%s: %v", name, err)
		}
		if sent := srv.Requests(""); len(sent) > 0 {
			t.Errorf("%s: %v was sent", name, sent)
		}
		checkUsable(t, sess)
	}
}

// It does not take the session to refuse what is invalid.
func TestInvalidRequestsDoNotWait(t *testing.T) {
	bubbleDebts(t, nil, func(t *testing.T, _ *exatest.Server, sess *exawire.Session, busy func(time.Duration)) {
		busy(time.Hour)
		start := time.Now()
		for name, err := range map[string]error{
			"set":     sess.SetAttributes(t.Context(), exawire.QueryTimeout(-1)),
			"execute": closeResult(sess.Execute(t.Context(), "INSERT", exawire.QueryTimeout(-1))),
		} {
			if err == nil || !exawire.SafeToRetry(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("it took %v", took)
		}
		time.Sleep(time.Hour + time.Second)
	})
}

// Some chunks without rows are asked for again; a server that sends nothing else breaks the protocol.
func TestEmptyChunks(t *testing.T) {
	for name, prefetch := range map[string]int{"prefetch": 1, "no prefetch": -1} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.Prefetch = prefetch }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					want := make([]int64, 3000)
					for i := range want {
						want[i] = int64(i)
					}
					srv.HandleSQL("SELECT", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(want)))
					srv.Inject(fault.FetchRows(1000))
					srv.Inject(fault.FetchRows(0).Skip(1).Times(3))
					got, err := resultset.Collect[int64](openRows(t, sess, "SELECT"))
					if err != nil || !slices.Equal(got, want) {
						t.Errorf("%d rows, %v", len(got), err)
					}
					srv.Inject(fault.FetchRows(0))
					srv.ForgetRequests()
					_, err = resultset.Collect[int64](openRows(t, sess, "SELECT"))
					checkProtocolError(t, sess, err)
					if n := len(srv.Requests("fetch")); n < 2 || n > 20 {
						t.Errorf("%d times rows were asked for", n)
					}
				})
		})
	}
}

// hearing is a valve whose far end answers by itself: what it says is read before what the server says.
type hearing struct {
	net.Conn
	say chan []byte
}

func (h *hearing) Read(p []byte) (int, error) {
	type read struct {
		n   int
		err error
	}
	done := make(chan read, 1)
	go func() {
		n, err := h.Conn.Read(p)
		done <- read{n, err}
	}()
	select {
	case r := <-done:
		return r.n, r.err
	case words := <-h.say:
		return copy(p, words), nil
	}
}

// An answer to a request that was not written to its end says nothing of it, not even if it reports success: the server may
// have taken it for another one.
func TestAnswerToUnfinishedRequest(t *testing.T) {
	for name, answer := range map[string]string{
		"success":   `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":1}]}}`,
		"exception": `{"status":"error","exception":{"text":"no","sqlCode":"42000"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var say chan []byte
			var line *valve
			bubble(t, func(c *exawire.Config) {
				c.PeerTimeout, c.CancelGrace = time.Minute, testGrace
				c.Plaintext = true
				dial := c.DialContext
				c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					conn, err := dial(ctx, network, addr)
					if err != nil {
						return nil, err
					}
					say = make(chan []byte, 1)
					line = newValve(&hearing{conn, say})
					return line, nil
				}
			}, []exatest.Option{exatest.WithLeniency(), exatest.WithPlaintext(), exatest.WithRelease("7.1.30")}, func(t *testing.T, _ *exatest.Server, client *exawire.Client) {
				sess := connect(t, client)
				line.shut(1000)
				done := make(chan error, 1)
				go func() {
					_, err := sess.Exec(t.Context(), "INSERT"+strings.Repeat(" ", 1<<20))
					done <- err
				}()
				synctest.Wait()
				frame := append([]byte{0x81, 126, byte(len(answer) >> 8), byte(len(answer))}, answer...)
				if len(answer) < 126 {
					frame = append([]byte{0x81, byte(len(answer))}, answer...)
				}
				say <- frame
				synctest.Wait()
				line.failWrites()
				err := <-done
				if !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) || sess.Err() == nil {
					t.Errorf("error is %v, the session's %v", err, sess.Err())
				}
				var server *exawire.Error
				if errors.As(err, &server) != (name == "exception") {
					t.Errorf("error is %v", err)
				}
			})
		})
	}
}

// resultSetOf describes rows for Session.Fetch.
func resultSetOf(rows *exawire.Rows) *commands.ResultSet {
	return &commands.ResultSet{Handle: rows.Handle(), NumRows: rows.NumRows(), Columns: rows.Columns()}
}
