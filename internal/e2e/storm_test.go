package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/resultset"
)

// storm is one session and those who use it at the same time, each in a way that chance decides.
type storm struct {
	t    *testing.T
	sess *exawire.Session
}

// user does some things one after the other. Every result is checked, and an error must have a reason.
func (s *storm) user(r *rand.Rand) {
	for range 12 {
		ctx, cancel := s.context(r)
		var err error
		switch n := r.IntN(8); n {
		case 0:
			_, err = s.sess.Exec(ctx, "INSERT ?", 1)
		case 1:
			_, err = s.sess.Exec(ctx, fmt.Sprint("INSERT ? ", r.IntN(6)), 1) // more than are kept
		case 2:
			err = s.rows(ctx, r, "SELECT BIG")
		case 3:
			err = s.rows(ctx, r, "SELECT BIG ?", 1)
		case 4:
			var stmt *exawire.Stmt
			if stmt, err = s.sess.Prepare(ctx, "INSERT ?"); err == nil {
				_, err = stmt.Exec(ctx, 1)
				err = errors.Join(err, stmt.Close(ctx))
			}
		case 5:
			var count int64
			count, err = s.sess.Exec(ctx, "UPDATE")
			if err == nil && count != 1 {
				s.t.Errorf("%d rows were updated", count)
			}
		case 6:
			err = s.sess.SetAttributes(ctx, exawire.QueryTimeout(time.Hour))
		case 7:
			_, err = s.sess.Exec(ctx, "CREATE ?", 1) // flushes what is kept
		}
		s.check(ctx, err)
		cancel()
		time.Sleep(time.Duration(r.IntN(20)) * time.Millisecond)
	}
}

// context ends soon, or late, or never.
func (s *storm) context(r *rand.Rand) (context.Context, context.CancelFunc) {
	switch r.IntN(3) {
	case 0:
		return context.WithTimeout(s.t.Context(), time.Duration(r.IntN(300))*time.Millisecond)
	case 1:
		ctx, cancel := context.WithCancel(s.t.Context())
		timer := time.AfterFunc(time.Duration(r.IntN(2000))*time.Millisecond, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	}
	return s.t.Context(), func() {}
}

// rows reads some rows, or all, or none.
func (s *storm) rows(ctx context.Context, r *rand.Rand, sql string, args ...any) error {
	rows, err := s.sess.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	switch r.IntN(4) {
	case 0:
		got, err := resultset.Collect[int64](rows)
		if err == nil && len(got) != 3000 {
			s.t.Errorf("%d rows were read", len(got))
		}
		return err
	case 1:
		for _, err := range rows.All() {
			return err
		}
		return nil
	case 2:
		for range r.IntN(2500) {
			if !rows.Next() {
				break
			}
		}
		return errors.Join(rows.Err(), rows.Close())
	}
	return rows.Close()
}

// check accepts the errors that there may be: that of the context, that of an abort, and that of the end of the session.
func (s *storm) check(ctx context.Context, err error) {
	switch {
	case err == nil, ctx.Err() != nil && errors.Is(err, ctx.Err()), errors.Is(err, exawire.ErrQueryAborted), errors.Is(err, exawire.ErrStmtClosed):
	case errors.Is(err, exawire.ErrSessionClosed) && s.sess.Err() != nil, errors.Is(err, exawire.ErrNotLoggedIn):
	default:
		s.t.Errorf("error without a reason: %v", err)
	}
}

// Many use a session and give up, are aborted, leave rows open and evict each other's statements. The server sees no breach
// of the protocol, what is left is closed by and by, and the session stays good to its last command. In every other round
// it is closed in the middle.
func TestStorm(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			bubble(t, func(c *exawire.Config) {
				c.CancelGrace, c.StatementCache, c.Compression = testGrace, 3, seed%3 == 0
				if seed%4 < 2 {
					c.Prefetch = -1
				}
			}, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
				chance := rand.New(rand.NewPCG(seed, 1))
				sess := connect(t, client)
				scriptSteps(srv)
				srv.Inject(fault.Delay(time.Duration(chance.IntN(100)) * time.Millisecond))
				switch chance.IntN(4) {
				case 0:
					srv.Inject(fault.AbortIgnored())
				case 1:
					srv.Inject(fault.AbortLate())
				case 2:
					srv.Inject(fault.AbortDelayed(time.Duration(chance.IntN(1000)) * time.Millisecond))
				}
				s := &storm{t, sess}
				early := seed%2 == 1
				var users, others sync.WaitGroup
				for i := range uint64(8) {
					users.Go(func() { s.user(rand.New(rand.NewPCG(seed, 100+i))) })
				}
				stop := make(chan struct{})
				others.Go(func() {
					for {
						select {
						case <-stop:
							return
						case <-time.After(170 * time.Millisecond):
							_ = sess.AbortQuery(t.Context())
						}
					}
				})
				if early {
					time.Sleep(time.Duration(chance.IntN(20_000)) * time.Millisecond)
					s.check(t.Context(), sess.Close(t.Context()))
				}
				users.Wait()
				close(stop)
				others.Wait()
				if !early {
					s.settle(srv)
					s.check(t.Context(), sess.Close(t.Context()))
				}
				for _, text := range srv.Violations() {
					if !strings.Contains(text, "disconnect while") { // what others are about to close; the rest settle looks at
						t.Error(text)
					}
				}
			})
		})
	}
}

// settle checks that the session can be used, and that commands close what was left.
func (s *storm) settle(srv *exatest.Server) {
	for range 100 {
		checkUsable(s.t, s.sess)
	}
	open := srv.Sessions()[0]
	if len(open.ResultSets) > 0 || len(open.Statements) > 3+8 { // kept, and one for each user at most
		s.t.Errorf("results %v and statements %v are open", open.ResultSets, open.Statements)
	}
}
