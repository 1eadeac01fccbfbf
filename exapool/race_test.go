package exapool_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// TestCallersLeaveAtEveryMoment is not in virtual time, so that goroutines really run at the same time: callers of few
// sessions leave at the moment when their turn comes, and give sessions back twice at the same time, while somebody reads the
// numbers.
func TestCallersLeaveAtEveryMoment(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithoutRequestLog())
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	pool := open(t, cfg, exapool.Options{MaxSessions: 2})
	releaseAll(acquireAll(t, pool, 2))
	var users, reader sync.WaitGroup
	over := make(chan struct{})
	reader.Go(func() { watchStats(t, pool, over) })
	served, left := make([]int, 16), make([]int, 16)
	for i := range served {
		users.Go(func() {
			for n := range 1000 {
				ctx, cancel := context.WithCancel(context.Background())
				go func() {
					for range n % 8 {
						runtime.Gosched()
					}
					cancel()
				}()
				sess, err := pool.Acquire(ctx)
				if err != nil {
					left[i]++
					continue
				}
				served[i]++
				runtime.Gosched()
				if n%4 == 0 {
					var both sync.WaitGroup
					both.Go(sess.Release)
					both.Go(sess.Release)
					both.Wait()
				} else {
					sess.Release()
				}
			}
		})
	}
	users.Wait()
	close(over)
	reader.Wait()
	var got, gone int64
	for i := range served {
		got, gone = got+int64(served[i]), gone+int64(left[i])
	}
	st := pool.Stats()
	if got == 0 || gone == 0 || st.Acquired != got+2 || st.Cancelled != gone || st.Opened != 2 || st.Idle != 2 {
		t.Errorf("%d were served, %d left: %+v", got, gone, st)
	}
	checkPlaces(t, pool)
}

// watchStats fails the test if numbers do not fit together, or if a counter goes down.
func watchStats(t *testing.T, pool *exapool.Pool, over <-chan struct{}) {
	var before exapool.Stats
	for {
		select {
		case <-over:
			return
		default:
		}
		now := pool.Stats()
		atNodes := 0
		for _, n := range now.Nodes {
			atNodes += n.Sessions
		}
		sum := now.Idle + now.InUse + now.Checking + now.Resetting
		if now.Open != sum || now.Open != atNodes || now.Open+now.Connecting+now.Closing > now.Max {
			t.Errorf("%d sessions at hosts: %+v", atNodes, now)
			return
		}
		if now.Acquired < before.Acquired || now.Waited < before.Waited || now.WaitTime < before.WaitTime || now.Cancelled < before.Cancelled {
			t.Errorf("a counter has gone down: %+v, then %+v", before, now)
			return
		}
		before = now
		runtime.Gosched()
	}
}
