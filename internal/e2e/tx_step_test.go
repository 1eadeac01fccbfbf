package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// bank is a server that has a table and transactions: rows that are inserted while autocommit is off are there for good only
// after COMMIT.
type bank struct {
	mu      sync.Mutex
	auto    bool
	pending []string
	rows    map[string]bool
	end     string // COMMIT or ROLLBACK, until the command behind it has come
	between []string
}

func newBank(srv *exatest.Server) *bank {
	b := &bank{rows: map[string]bool{}, auto: true}
	srv.HandleSQL("INSERT...", exatest.Func(b.insert))
	srv.HandleSQL("COMMIT", exatest.Func(func(*exatest.Request) exatest.Response { return b.over("COMMIT") }))
	srv.HandleSQL("ROLLBACK", exatest.Func(func(*exatest.Request) exatest.Response { return b.over("ROLLBACK") }))
	srv.Handle("setAttributes", func(r *exatest.Request) exatest.Response {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.end, b.auto = "", string(r.Raw) == autocommitOn
		return exatest.Pass()
	})
	return b
}

func (b *bank) insert(r *exatest.Request) exatest.Response {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.end != "" {
		b.between = append(b.between, b.end+", "+r.SQL)
	}
	if b.auto {
		b.rows[r.SQL] = true
	} else {
		b.pending = append(b.pending, r.SQL)
	}
	return exatest.RowCount(1)
}

func (b *bank) over(end string) exatest.Response {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, row := range b.pending {
		b.rows[row] = end == "COMMIT"
	}
	b.pending, b.end = nil, end
	return exatest.OK()
}

// Commands of other goroutines that use the session come before the end of a transaction or behind it, when autocommit is on
// again, but never between the two: there they would be reported as done, and be lost.
func TestNothingBetweenTheEndAndAutocommit(t *testing.T) {
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	bubble(t, func(c *exawire.Config) { c.Plaintext, c.CertificateFingerprint = true, "" }, []exatest.Option{exatest.WithPlaintext(), exatest.WithLeniency()},
		func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			b := newBank(srv)
			sess := connect(t, client)
			var wg sync.WaitGroup
			var stop atomic.Bool
			others := map[string]bool{} // rows of another goroutine, in whichever transaction
			wg.Go(func() {
				for i := 0; !stop.Load(); i++ {
					sql := "INSERT " + strconv.Itoa(i)
					if _, err := sess.Exec(context.Background(), sql); err != nil {
						t.Error(err)
						return
					}
					others[sql] = true
				}
			})
			committed := map[string]bool{}
			for i := range rounds {
				tx, err := sess.Begin(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				sql := fmt.Sprintf("INSERT tx %d", i)
				if _, err := tx.Exec(t.Context(), sql); err != nil {
					t.Fatal(err)
				}
				end := tx.Rollback
				if rand.IntN(2) == 0 {
					end = tx.Commit
					committed[sql] = true
				} else {
					committed[sql] = false
				}
				if err := end(t.Context()); err != nil {
					t.Fatal(err)
				}
				if i%500 == 0 {
					srv.ForgetRequests()
				}
			}
			stop.Store(true)
			wg.Wait()
			b.check(t, committed, others)
		})
}

// check fails the test for rows that are not as they should be. Those of other goroutines may have been rolled back, but
// only with a transaction, of which the server has known.
func (b *bank) check(t *testing.T, committed, others map[string]bool) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.between) > 0 {
		t.Errorf("%d commands came between the end and autocommit: %s", len(b.between), strings.Join(b.between[:min(3, len(b.between))], "; "))
	}
	if len(b.pending) > 0 {
		t.Errorf("%d rows were never committed", len(b.pending))
	}
	for sql, want := range committed {
		if b.rows[sql] != want {
			t.Errorf("%s: committed is %t", sql, b.rows[sql])
		}
	}
	kept := 0
	for sql := range others {
		if _, known := b.rows[sql]; !known {
			t.Errorf("%s was reported and is nowhere", sql)
		}
		if b.rows[sql] {
			kept++
		}
	}
	if kept == 0 || kept == len(others) {
		t.Errorf("of %d rows of other goroutines %d were kept: the test does not test", len(others), kept)
	}
}

// What was committed by other means than Commit cannot be undone by a collision that comes later: fn does not run again.
func TestRunTxAfterForeignCommit(t *testing.T) {
	type setUp = func(t *testing.T, sess *exawire.Session) (inside func() error)
	ctx := context.Background()
	inside := func(run func(sess *exawire.Session) error) setUp {
		return func(_ *testing.T, sess *exawire.Session) func() error { return func() error { return run(sess) } }
	}
	for name, set := range map[string]setUp{
		"prepared before": func(t *testing.T, sess *exawire.Session) func() error {
			t.Helper()
			st, err := sess.Prepare(ctx, "COMMIT")
			if err != nil {
				t.Fatal(err)
			}
			return func() error { _, err := st.Exec(ctx); return errors.Join(err, st.Close(ctx)) }
		},
		"prepared before, by its handle": func(t *testing.T, sess *exawire.Session) func() error {
			t.Helper()
			desc, err := sess.CreatePreparedStatement(ctx, "-- now\ncommit")
			if err != nil {
				t.Fatal(err)
			}
			return func() error {
				_, err := sess.ExecutePreparedStatement(ctx, desc.Handle, nil, nil)
				return errors.Join(err, sess.ClosePreparedStatement(ctx, desc.Handle))
			}
		},
		"prepared before, by Do": func(t *testing.T, sess *exawire.Session) func() error {
			t.Helper()
			desc, err := sess.CreatePreparedStatement(ctx, "COMMIT")
			if err != nil {
				t.Fatal(err)
			}
			return func() error {
				_, err := sess.Do(ctx, commands.Raw{Name: "executePreparedStatement", Fields: map[string]any{
					"statementHandle": desc.Handle, "numColumns": 0, "numRows": 0,
				}})
				return errors.Join(err, sess.ClosePreparedStatement(ctx, desc.Handle))
			}
		},
		"by another goroutine": inside(func(sess *exawire.Session) error {
			done := make(chan error, 1)
			go func() { _, err := sess.Exec(ctx, "COMMIT"); done <- err }()
			return <-done
		}),
		"by another goroutine, in a batch": inside(func(sess *exawire.Session) error {
			done := make(chan error, 1)
			go func() { _, err := sess.ExecuteBatch(ctx, []string{"INSERT", "COMMIT"}); done <- err }()
			return <-done
		}),
		"by a script": inside(func(sess *exawire.Session) error {
			return last(sess.RunScript(ctx, strings.NewReader("INSERT; COMMIT;")))
		}),
		"by Do": inside(func(sess *exawire.Session) error {
			_, err := sess.Do(ctx, commands.Raw{Name: "execute", Fields: map[string]any{"sqlText": "COMMIT"}})
			return err
		}),
		"by a script of the database": inside(func(sess *exawire.Session) error { _, err := sess.Exec(ctx, "EXECUTE SCRIPT s"); return err }),
	} {
		t.Run(name, func(t *testing.T) {
			runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
				srv.HandleSQL("EXECUTE...", exatest.OK())
				commit := set(t, sess)
				runs := 0
				err := sess.RunTx(ctx, func(tx *exawire.Tx) error {
					runs++
					if _, err := tx.Exec(ctx, "INSERT"); err != nil {
						return err
					}
					if err := commit(); err != nil {
						t.Error(err)
					}
					srv.HandleSQL("INSERT", collision).Once()
					_, err := tx.Exec(ctx, "INSERT")
					return err
				})
				if runs != 1 || codeOf(err) != "40001" {
					t.Errorf("%d runs, %v", runs, err)
				}
			})
		})
	}
}

// RunTx waits between half of the pause and all of it, doubled each time, and never twice the same for all.
func TestRunTxPauses(t *testing.T) {
	const first, most = 100 * time.Millisecond, 500 * time.Millisecond
	want := []time.Duration{first, 2 * first, 4 * first, most, most}
	seen := make([]map[time.Duration]bool, len(want))
	for i := range seen {
		seen[i] = map[time.Duration]bool{}
	}
	runTxBubble(t, func(t *testing.T, srv *exatest.Server, sess *exawire.Session) {
		srv.HandleSQL("INSERT", collision)
		for range 20 {
			var times []time.Time
			err := sess.RunTx(t.Context(), func(tx *exawire.Tx) error {
				times = append(times, time.Now())
				_, err := tx.Exec(t.Context(), "INSERT")
				return err
			}, exawire.TxAttempts(len(want)+1), exawire.TxBackoff(first, most))
			if codeOf(err) != "40001" || len(times) != len(want)+1 {
				t.Fatalf("%d runs, %v", len(times), err)
			}
			for i, d := range want {
				pause := times[i+1].Sub(times[i])
				if pause < d/2 || pause > d {
					t.Errorf("pause %d is %v, not between %v and %v", i, pause, d/2, d)
				}
				seen[i][pause] = true
			}
		}
	})
	for i, pauses := range seen {
		low, high := want[i], time.Duration(0)
		for d := range pauses {
			low, high = min(low, d), max(high, d)
		}
		if len(pauses) < 5 || high-low < want[i]/10 {
			t.Errorf("pause %d is always about the same: %d different ones between %v and %v", i, len(pauses), low, high)
		}
	}
}
