package exapool_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// cancels is how many callers leave in the random test before they have what they wanted. EXAWIRE_POOL_CANCELS sets it.
func cancels(t *testing.T) int64 {
	t.Helper()
	if text := os.Getenv("EXAWIRE_POOL_CANCELS"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if testing.Short() || raceEnabled {
		return 10_000
	}
	return 100_000
}

// storm is the random test: many users of few sessions, who come, wait, work, leave things behind and go, all at random
// moments.
type storm struct {
	db    *cluster
	pool  *exapool.Pool
	clean exawire.Attributes // after the login

	cancels, most atomic.Int64
	nextID        atomic.Int64

	mu       sync.Mutex
	users    map[uint64]int    // who has a session
	tainted  map[uint64]string // sessions that must not come back, and why
	executed map[int]int       // statements by their numbers
	did      map[string]int
	problems []string
}

func (s *storm) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.problems) < 20 {
		s.problems = append(s.problems, fmt.Sprintf(format, args...))
	}
}

// own notes that a user has a session.
func (s *storm) own(user int, sess *exawire.Session) {
	id := sess.Info().SessionID
	s.mu.Lock()
	other, busy := s.users[id]
	tainted := s.tainted[id]
	s.users[id] = user
	s.mu.Unlock()
	if busy {
		s.problem("session %d has the users %d and %d", id, other, user)
	}
	if tainted != "" {
		s.problem("session %d came back with %s", id, tainted)
	}
}

// take notes that a user has a session, and finds what the one before has left.
func (s *storm) take(user int, sess *exawire.Session) {
	s.own(user, sess)
	id := sess.Info().SessionID
	s.compare(id, "attributes", sess.Attributes())
	for _, at := range s.db.Sessions() {
		if at.ID != id {
			continue
		}
		s.compare(id, "attributes at the server", at.Attributes)
		if at.Subconnection || len(at.ResultSets) > 0 || len(at.Statements) > 1 { // one of them is kept
			s.problem("session %d: %+v", id, at)
		}
	}
}

// compare finds attributes that are not as they were after the login.
func (s *storm) compare(id uint64, what string, got exawire.Attributes) {
	if got != s.clean { // cmp.Diff takes its time
		s.problem("session %d, %s (-want +got):\n%s", id, what, cmp.Diff(s.clean, got))
	}
}

func (s *storm) giveBack(sess *exawire.Session, taint string) {
	id := sess.Info().SessionID
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.users, id)
	if taint != "" {
		s.tainted[id] = taint
	}
}

// statement returns an INSERT with a number of its own.
func (s *storm) statement() string { return fmt.Sprintf("INSERT INTO t VALUES (%d)", s.nextID.Add(1)) }

var numberOf = regexp.MustCompile(`\d+`)

func (s *storm) handle() {
	s.db.HandleSQLRegexp(regexp.MustCompile(`^INSERT INTO t VALUES \(\d+\)$`), exatest.Func(func(r *exatest.Request) exatest.Response {
		id, _ := strconv.Atoi(numberOf.FindString(r.SQL))
		s.mu.Lock()
		s.executed[id]++
		s.mu.Unlock()
		return exatest.RowCount(1).After(time.Duration(id%5) * time.Millisecond)
	}))
	many := make([]struct{ N int64 }, 1200)
	s.db.HandleSQL("SELECT many", exatest.RowsOf(many))
	s.db.HandleSQL("SELECT slow", exatest.RowsOf(many[:1]).After(3*time.Millisecond))
	s.db.HandleSQL("DELETE WHERE ?", exatest.RowCount(1).Params(exatest.Columns("A DECIMAL(18,0)")...))
	s.db.HandleSQL("IMPERSONATE other", exatest.OK())
	s.db.HandleSQL("ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1", exatest.RowCount(0))
}

// dirt is what a user leaves in a session. taints is true if the session must not be used again, provided that err is nil.
type dirt struct {
	name   string
	taints bool
	leave  func(ctx context.Context, s *storm, sess *exawire.Session) (after func(), err error)
}

func exec(sql string) func(context.Context, *storm, *exawire.Session) (func(), error) {
	return func(ctx context.Context, _ *storm, sess *exawire.Session) (func(), error) {
		_, err := sess.Exec(ctx, sql)
		return nil, err
	}
}

func set(attrs ...exawire.Attribute) func(context.Context, *storm, *exawire.Session) (func(), error) {
	return func(ctx context.Context, _ *storm, sess *exawire.Session) (func(), error) {
		return nil, sess.SetAttributes(ctx, attrs...)
	}
}

var dirts = []dirt{
	{"an open Tx", false, func(ctx context.Context, s *storm, sess *exawire.Session) (func(), error) {
		tx, err := sess.Begin(ctx)
		if err == nil {
			_, err = tx.Exec(ctx, s.statement())
		}
		return nil, err
	}},
	{"autocommit off", false, func(ctx context.Context, s *storm, sess *exawire.Session) (func(), error) {
		err := sess.SetAttributes(ctx, exawire.Autocommit(false))
		if err == nil {
			_, err = sess.Exec(ctx, s.statement())
		}
		return nil, err
	}},
	{"a schema", false, exec("OPEN SCHEMA other")},
	{"a schema by attribute", false, set(commands.CurrentSchema("OTHER"))},
	{"a date format", false, exec("ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'")},
	{"a timestamp format", false, exec("ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'DD.MM.YYYY HH24:MI:SS'")},
	{"numeric characters", false, set(commands.NumericCharacters(",."))},
	{"numeric characters by statement", false, exec("ALTER SESSION SET NLS_NUMERIC_CHARACTERS = ',.'")},
	{"a query timeout", false, set(exawire.QueryTimeout(time.Minute))},
	{"a query timeout by statement", false, exec("ALTER SESSION SET QUERY_TIMEOUT = 60")},
	{"a limit of rows, a feedback interval", false, set(commands.ResultSetMaxRows(10), commands.FeedbackInterval(3*time.Second))},
	{"a time zone", false, exec("ALTER SESSION SET TIME_ZONE = 'EUROPE/BERLIN'")},
	{"rows", true, func(ctx context.Context, _ *storm, sess *exawire.Session) (func(), error) {
		rows, err := sess.Query(ctx, "SELECT many")
		return func() { _ = rows.Close() }, err
	}},
	{"a statement", true, func(ctx context.Context, _ *storm, sess *exawire.Session) (func(), error) {
		_, err := sess.Prepare(ctx, "DELETE WHERE ?")
		return nil, err
	}},
	{"a kept statement", false, func(ctx context.Context, _ *storm, sess *exawire.Session) (func(), error) {
		_, err := sess.Exec(ctx, "DELETE WHERE ?", 1)
		return nil, err
	}},
	{"another user", true, exec("IMPERSONATE other")},
	{"a parameter without an attribute", true, exec("ALTER SESSION SET NLS_FIRST_DAY_OF_WEEK = 1")},
	{"subconnections", true, func(ctx context.Context, _ *storm, sess *exawire.Session) (func(), error) {
		group, err := sess.Parallel(ctx, 2)
		return func() { _ = group.Close(context.Background()) }, err
	}},
	{"a session that was closed", true, func(ctx context.Context, _ *storm, sess *exawire.Session) (func(), error) {
		return nil, sess.Close(ctx)
	}},
	{"a session that was killed", false, func(_ context.Context, s *storm, sess *exawire.Session) (func(), error) {
		s.db.KillSession(sess.Info().SessionID)
		return nil, nil
	}},
}

// user comes until enough have been cancelled.
func (s *storm) user(number int, seed uint64) {
	r := rand.New(rand.NewPCG(seed, uint64(number))) //nolint:gosec // repeatable
	for s.cancels.Load() < s.most.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(6_000))*time.Microsecond)
		what, err := s.visit(ctx, number, r)
		if ctx.Err() != nil {
			s.cancels.Add(1)
		} else if err != nil && !errors.Is(err, exawire.ErrSessionClosed) {
			s.problem("%s: %v", what, err)
		}
		cancel()
		s.mu.Lock()
		s.did[what]++
		s.mu.Unlock()
		if r.IntN(4) == 0 {
			time.Sleep(time.Duration(r.IntN(5000)) * time.Microsecond)
		}
	}
}

// visit does something with a session, and may leave something behind.
func (s *storm) visit(ctx context.Context, number int, r *rand.Rand) (what string, err error) {
	switch r.IntN(40) {
	case 0:
		_, err := s.pool.Exec(ctx, s.statement())
		return "Pool.Exec", err
	case 1:
		rows, err := s.pool.Query(ctx, "SELECT many")
		if err == nil && r.IntN(2) == 0 {
			rows.Next()
			err = rows.Close()
		} else if err == nil {
			_, err = exawire.Collect[int64](rows)
		}
		return "Pool.Query", err
	case 2:
		return "Pool.RunTx", s.pool.RunTx(ctx, func(tx *exawire.Tx) error {
			s.own(number, tx.Session())
			defer s.giveBack(tx.Session(), "")
			_, err := tx.Exec(ctx, s.statement())
			return err
		})
	case 3:
		return "Pool.Do", s.panicking(ctx, number)
	}
	sess, err := s.pool.Acquire(ctx)
	if err != nil {
		return "Acquire", err
	}
	raw := sess.Session
	s.take(number, raw)
	what, taint, after := "a query", "", func() {}
	switch r.IntN(8) {
	case 0:
		what = "holding"
		time.Sleep(time.Duration(r.IntN(5000)) * time.Microsecond)
	case 1:
		var rows *exawire.Rows
		if rows, err = sess.Query(ctx, "SELECT slow"); err == nil {
			_, err = exawire.Collect[int64](rows)
		}
	case 2:
		what = "an insert"
		_, err = sess.Exec(ctx, s.statement())
	case 3, 4, 5:
		d := dirts[r.IntN(len(dirts))]
		what = d.name
		var later func()
		later, err = d.leave(ctx, s, raw)
		if d.taints && err == nil {
			taint = what
		}
		if later != nil && err == nil {
			after = later
		}
	default:
		what = "nothing"
	}
	s.giveBack(raw, taint)
	sess.Release()
	if r.IntN(10) == 0 {
		sess.Release()
	}
	after()
	return what, err
}

// panicking panics in Do.
func (s *storm) panicking(ctx context.Context, number int) (err error) {
	defer func() {
		if value := recover(); value != nil && value != "boom" {
			s.problem("recovered %v", value)
		}
	}()
	return s.pool.Do(ctx, func(_ context.Context, sess *exawire.Session) error {
		s.take(number, sess)
		s.giveBack(sess, "a panic")
		panic("boom")
	})
}

func TestRandomUsers(t *testing.T) {
	seed := rand.Uint64()
	bubble(t, func(t *testing.T, db *cluster) {
		db.cfg.Plaintext, db.cfg.CertificateFingerprint = true, ""
		db.cfg.CancelGrace = time.Second
		s := &storm{db: db, users: map[uint64]int{}, tainted: map[uint64]string{}, executed: map[int]int{}, did: map[string]int{}}
		s.most.Store(cancels(t))
		s.handle()
		s.pool = open(t, db.cfg, exapool.Options{MaxSessions: 5, PingAfter: 2 * time.Millisecond, IdleTime: time.Second, Lifetime: 5 * time.Second})
		first := acquire(t, s.pool)
		s.clean = first.Attributes()
		first.Release()
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() { s.user(i, seed) })
		}
		wg.Wait()
		synctest.Wait()
		checkPlaces(t, s.pool)
		for id, n := range s.executed {
			if n != 1 {
				t.Errorf("statement %d was executed %d times", id, n)
			}
		}
		for _, p := range s.problems {
			t.Errorf("seed %d: %s", seed, p)
		}
		for _, d := range dirts {
			if s.did[d.name] == 0 && s.most.Load() >= 10_000 {
				t.Errorf("nobody left %s", d.name)
			}
		}
		t.Logf("%d cancelled, %d statements, %v\n%+v", s.cancels.Load(), len(s.executed), s.did, s.pool.Stats())
	}, exatest.WithPlaintext(), exatest.WithLeniency(), exatest.WithoutRequestLog())
}
