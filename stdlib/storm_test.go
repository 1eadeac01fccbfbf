package stdlib_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
)

// Many goroutines share five connections, give up at any moment, and the server crashes now and then. Each INSERT has a
// number of its own: none arrives twice, and one that is reported as done has arrived.
func TestStorm(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			bubble(t, nil, func(t *testing.T, srv *exatest.Server, db *sql.DB) {
				storm(t, seed, srv, db)
			}, exatest.WithLeniency())
		})
	}
}

const (
	stormUsers = 200
	stormTurns = 4
)

func storm(t *testing.T, seed uint64, srv *exatest.Server, db *sql.DB) {
	srv.HandleSQL("INSERT ...", exatest.Func(func(r *exatest.Request) exatest.Response {
		return exatest.RowCount(1).After(time.Duration(len(r.SQL)%7) * 10 * time.Millisecond)
	}))
	db.SetMaxOpenConns(5)
	db.SetMaxIdleConns(3)
	shared, err := db.Prepare("INSERT INTO prepared VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	s := &stormWorld{t: t, db: db, shared: shared}
	stop := make(chan struct{})
	var crashes sync.WaitGroup
	crashes.Go(func() {
		r := rand.New(rand.NewPCG(seed, 0))
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(100+r.IntN(900)) * time.Millisecond):
				srv.KillSessions()
			}
		}
	})
	var users sync.WaitGroup
	for i := range uint64(stormUsers) {
		users.Go(func() {
			r := rand.New(rand.NewPCG(seed, 1+i))
			for range stormTurns {
				s.turn(r)
				time.Sleep(time.Duration(r.IntN(100)) * time.Millisecond)
			}
		})
	}
	users.Wait()
	close(stop)
	crashes.Wait()
	if err := shared.Close(); err != nil {
		t.Error(err)
	}
	arrived := s.count(srv)
	for id := range s.done.Range {
		if arrived[id.(string)] == 0 {
			t.Errorf("INSERT %s is reported as done and has not arrived", id)
		}
	}
	for id, n := range arrived {
		if n > 1 {
			t.Errorf("INSERT %s has arrived %d times", id, n)
		}
	}
	if s.good.Load() < stormUsers {
		t.Errorf("only %d statements were done", s.good.Load())
	}
	if stats := db.Stats(); stats.InUse != 0 {
		t.Errorf("%d connections are lost", stats.InUse)
	}
	if err := db.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
}

type stormWorld struct {
	t      *testing.T
	db     *sql.DB
	shared *sql.Stmt
	last   atomic.Int64
	good   atomic.Int64
	done   sync.Map // numbers that are reported as done
}

// count returns how often each number has arrived.
func (s *stormWorld) count(srv *exatest.Server) map[string]int {
	arrived := map[string]int{}
	for _, r := range srv.Requests("executePreparedStatement") {
		for _, row := range r.ParamRows() {
			arrived[fmt.Sprint(row[0])]++
		}
	}
	for _, r := range srv.Requests("execute") {
		var id string
		if n, _ := fmt.Sscanf(r.SQL, "INSERT INTO plain VALUES (%s", &id); n == 1 {
			arrived[id]++
		}
	}
	for _, r := range srv.Requests("executeBatch") {
		var id string
		if n, _ := fmt.Sscanf(r.SQLs[0], "INSERT INTO plain VALUES (%s", &id); n == 1 {
			arrived[id]++
		}
	}
	return arrived
}

// turn inserts one number in one of many ways.
func (s *stormWorld) turn(r *rand.Rand) {
	id := fmt.Sprintf("n%d", s.last.Add(1))
	ctx, cancel := s.t.Context(), func() {}
	if r.IntN(2) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(3000))*time.Millisecond)
	}
	defer cancel()
	plain := fmt.Sprintf("INSERT INTO plain VALUES (%s )", id)
	var err error
	switch r.IntN(7) {
	case 0:
		_, err = s.db.ExecContext(ctx, plain)
	case 1:
		_, err = s.db.ExecContext(ctx, "INSERT INTO t VALUES (?)", id)
	case 2:
		_, err = s.shared.ExecContext(ctx, id)
	case 3:
		_, err = s.db.ExecContext(ctx, "INSERT INTO t VALUES (?)", exawire.Values([]string{id}))
	case 4:
		_, err = s.db.ExecContext(ctx, plain, stdlib.Script)
	case 5:
		err = s.inTx(r, id)
	case 6: // with a context that does not end, as in inTx
		err = drain(s.db.QueryContext(context.Background(), "INSERT INTO t VALUES (?)", id))
	}
	if err == nil {
		s.good.Add(1)
		s.done.Store(id, true)
		return
	}
	if (ctx.Err() == nil || !errors.Is(err, ctx.Err())) && !errors.Is(err, exawire.ErrSessionClosed) {
		var e *exawire.ConnectError // the server may crash during a login
		if !errors.As(err, &e) {
			s.t.Errorf("an error without a reason: %v", err)
		}
	}
}

// inTx inserts in a transaction. Its context does not end: database/sql waits for a mutex then, and virtual time stands still.
func (s *stormWorld) inTx(r *rand.Rand, id string) error {
	tx, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // does nothing after Commit
	if r.IntN(2) == 0 {
		_, err = tx.Stmt(s.shared).Exec(id)
	} else {
		_, err = tx.Exec("INSERT INTO t VALUES (?)", id)
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}
