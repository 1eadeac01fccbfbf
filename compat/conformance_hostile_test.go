package compat

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/stdlib"
)

// panics is a switch: the next callback that looks at it panics.
type panics struct{ next bool }

func (p *panics) here() {
	if p.next {
		p.next = false
		panic("own")
	}
}

// startTracer panics before a command is sent, endTracer after its answer.
type (
	startTracer struct {
		quietTracer
		*panics
	}
	endTracer struct {
		quietTracer
		*panics
	}
)

// quietTracer looks away.
type quietTracer struct{}

func (quietTracer) TraceConnect(ctx context.Context, _ exawire.ConnectStart) (context.Context, func(exawire.ConnectEnd)) {
	return ctx, nil
}

func (quietTracer) TraceClose(exawire.SessionEnd) {}

func (s startTracer) TraceCommand(ctx context.Context, _ exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	s.here()
	return ctx, nil
}

func (e endTracer) TraceCommand(ctx context.Context, _ exawire.CommandStart) (context.Context, func(exawire.CommandEnd)) {
	return ctx, func(exawire.CommandEnd) { e.here() }
}

// A callback of the user that panics, wherever it does, costs no place in the pool: the next statement works, with one
// connection allowed. What a panic may leave open is no transaction, and autocommit is on.
func TestConformancePanicsOfCallbacks(t *testing.T) {
	configs := map[string]func(*exawire.Config, *panics){
		"tracer, start": func(c *exawire.Config, p *panics) { c.Tracer = startTracer{panics: p} },
		"tracer, end":   func(c *exawire.Config, p *panics) { c.Tracer = endTracer{panics: p} },
		"dial": func(c *exawire.Config, p *panics) {
			c.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				p.here()
				return (&net.Dialer{}).DialContext(ctx, network, addr)
			}
		},
		"tokens": func(c *exawire.Config, p *panics) {
			c.User, c.Password = "", ""
			c.TokenSource = func(context.Context) (exawire.Token, error) {
				p.here()
				return exawire.Token{Access: "token"}, nil
			}
		},
	}
	for name, change := range configs {
		t.Run(name, func(t *testing.T) {
			p := &panics{}
			srv := sqlServer(t, exatest.WithAccessToken("sys", "token"))
			db := openServer(t, srv, func(cfg *exawire.Config) { change(cfg, p) })
			db.SetMaxOpenConns(1)
			inTx := func(call func(*sql.Tx) error) func() error {
				return func() error {
					tx, err := db.BeginTx(t.Context(), nil)
					if err != nil {
						return err
					}
					defer tx.Rollback()
					p.next = true
					return call(tx)
				}
			}
			for name, call := range map[string]func() error{
				"Connect": func() error {
					srv.KillSessions()
					p.next = true
					return db.PingContext(t.Context())
				},
				"Ping":     func() error { p.next = true; return db.PingContext(t.Context()) },
				"Exec":     func() error { p.next = true; return second(db.ExecContext(t.Context(), "SELECT 1 FROM DUAL")) },
				"Query":    func() error { p.next = true; return queryAll(db.QueryContext(t.Context(), "SELECT 1 FROM DUAL")) },
				"Prepare":  func() error { p.next = true; return second(db.PrepareContext(t.Context(), "SELECT 1 FROM DUAL")) },
				"Begin":    func() error { p.next = true; return inTx((*sql.Tx).Commit)() },
				"Commit":   inTx((*sql.Tx).Commit),
				"Rollback": inTx((*sql.Tx).Rollback),
				"Reset": func() error {
					if _, err := db.ExecContext(t.Context(), "ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'"); err != nil {
						return err
					}
					p.next = true
					return db.PingContext(t.Context())
				},
			} {
				func() {
					defer func() { _ = recover() }()
					if err := call(); err != nil && strings.Contains(err.Error(), "own") {
						t.Errorf("%s: %v holds the value of the panic", name, err)
					}
				}()
				p.next = false
				if stats := db.Stats(); stats.InUse != 0 || stats.OpenConnections > 1 {
					t.Fatalf("%s: %d connections in use, %d open", name, stats.InUse, stats.OpenConnections)
				}
				if _, err := db.ExecContext(t.Context(), "SELECT 1 FROM DUAL"); err != nil {
					t.Errorf("after %s: %v", name, err)
				}
				if s := srv.Sessions(); len(s) != 1 || !s[0].Attributes.Autocommit || s[0].Attributes.OpenTransaction {
					t.Errorf("after %s: sessions %v", name, s)
				}
			}
		})
	}
}

// Arguments that panic cost no connection either, and nothing is sent.
func TestConformancePanicsOfArguments(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		db.SetMaxOpenConns(1)
		runs := counted(srv)
		for range 3 {
			func() {
				defer func() { _ = recover() }()
				if _, err := db.ExecContext(t.Context(), "INSERT ?", panicking{}); err == nil {
					t.Error("no error")
				}
			}()
			exec(t, db, "QUICK")
		}
		if n := len(srv.Sessions()); n != 1 || runs() != 0 {
			t.Errorf("%d sessions, %d runs", n, runs())
		}
	})
}

type panicking struct{}

func (panicking) MarshalText() ([]byte, error) { panic("own") }

// Columns that need several messages are not begun anew when the connection dies between two of them.
func TestConformanceColumnsConnectionLost(t *testing.T) {
	for name, cut := range map[string]fault.Fault{
		"after the first answer": fault.CutAfter(), "before the second runs": fault.CutRequest().Skip(1), "before the first answer": fault.CutAnswer(),
	} {
		t.Run(name, func(t *testing.T) {
			eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				written := map[any]int{}
				srv.HandleSQL("INSERT ?", exatest.Func(func(r *exatest.Request) exatest.Response {
					if r.Command == "executePreparedStatement" {
						for _, row := range r.ParamRows() {
							written[row[0]]++
						}
					}
					return exatest.RowCount(1)
				}))
				stmt, err := db.PrepareContext(t.Context(), "INSERT ?")
				if err != nil {
					t.Fatal(err)
				}
				defer stmt.Close()
				texts := make([]string, 5000)
				for i := range texts {
					texts[i] = strings.Repeat("x", 10) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
				}
				for name, call := range map[string]func() error{
					"Exec":      func() error { return second(db.ExecContext(t.Context(), "INSERT ?", exawire.Values(texts))) },
					"Stmt.Exec": func() error { return second(stmt.ExecContext(t.Context(), exawire.Values(texts))) },
				} {
					clear(written)
					struck := srv.Inject(cut.On("executePreparedStatement").Once())
					err := call()
					struck.Remove()
					wantError(t, err, exawire.ErrSessionClosed)
					for key, n := range written {
						if n > 1 {
							t.Fatalf("%s: %v was written %d times", name, key, n)
						}
					}
					if len(written) == 0 || len(written) == len(texts) || struck.Count() != 1 {
						t.Errorf("%s: %d rows were written", name, len(written))
					}
				}
			}, exatest.WithMaxMessageSize(20000))
		})
	}
}

// A transaction that the server has rolled back takes nothing any more, whichever way it comes.
func TestConformanceTxLostEveryWay(t *testing.T) {
	eachBubble(t, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
		srv.HandleSQL("COLLIDE", exatest.Exception("40001", "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback."))
		runs := counted(srv)
		stmt, err := db.PrepareContext(t.Context(), "INSERT ?")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		used := tx.StmtContext(t.Context(), stmt)
		if _, err := used.ExecContext(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.ExecContext(t.Context(), "COLLIDE"); err == nil {
			t.Fatal("no collision")
		}
		for i, err := range []error{
			second(tx.ExecContext(t.Context(), "INSERT; INSERT", stdlib.Script)), second(tx.QueryContext(t.Context(), "INSERT; INSERT", stdlib.Script)),
			second(tx.ExecContext(t.Context(), "INSERT ?", exawire.Values([]string{"a"}))), second(used.ExecContext(t.Context(), "a")),
			second(tx.StmtContext(t.Context(), stmt).ExecContext(t.Context(), "a")), second(used.QueryContext(t.Context(), "a")),
			second(tx.StmtContext(t.Context(), stmt).ExecContext(t.Context(), exawire.Values([]string{"a"}))),
			second(tx.ExecContext(t.Context(), "INSERT ?", "a")), second(tx.QueryContext(t.Context(), "INSERT ?", "a")),
		} {
			if !errors.Is(err, exawire.ErrTxLost) {
				t.Errorf("call %d: %v", i, err)
			}
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if diff := cmp.Diff(1, runs()); diff != "" {
			t.Errorf("runs (-want +got):\n%s", diff)
		}
	})
}

// Formats that cannot be read exactly make a date an error that says what to do, as TO_CHAR does.
func TestConformanceInexactFormats(t *testing.T) {
	eachVersion(t, func(t *testing.T, db *sql.DB) {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		exec(t, conn, "ALTER SESSION SET NLS_DATE_FORMAT = 'DD-MON-YYYY'")
		err = conn.QueryRowContext(t.Context(), "SELECT CURRENT_DATE FROM DUAL").Scan(new(string))
		wantError(t, err, nil, "DD-MON-YYYY")
		wantTexts(t, conn, "SELECT TO_CHAR(TO_DATE('2024-06-18', 'YYYY-MM-DD'), 'YYYY-MM') FROM DUAL", "2024-06")
	})
}
