package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

func set(t testing.TB, s exatest.BackendSession, attribute string, value any) {
	t.Helper()
	if err := s.Set(context.Background(), attribute, value); err != nil {
		t.Fatalf("set %s: %v", attribute, err)
	}
}

// script runs steps "session: statement -> outcome" of two sessions.
func script(t *testing.T, sessions map[string]exatest.BackendSession, steps string) {
	t.Helper()
	for _, step := range strings.Split(strings.TrimSpace(steps), "\n") {
		name, rest, _ := strings.Cut(strings.TrimSpace(step), ": ")
		sql, want, _ := strings.Cut(rest, " -> ")
		res, err := sessions[name].Execute(context.Background(), sql)
		if got := strings.ReplaceAll(show(res, err), "\n", "; "); got != want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", name, sql, got, want)
		}
	}
}

// TestTransactions checks what a second session sees of a first one, and what a rollback takes back.
func TestTransactions(t *testing.T) {
	b := newBackend(t, exasqlite.WithLockTimeout(20*time.Millisecond))
	one, two := connect(t, b, commands.V5), connect(t, b, commands.V5)
	set(t, one, "autocommit", false)
	const conflict = "error 40001 GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback."
	script(t, map[string]exatest.BackendSession{"1": one, "2": two}, `
		1: CREATE SCHEMA s -> count 0; currentSchema=S; openTransaction=true
		1: ROLLBACK -> count 0; currentSchema=; openTransaction=false
		1: OPEN SCHEMA s -> error 42000 schema S not found [line 1, column 13]
		1: CREATE SCHEMA s -> count 0; currentSchema=S; openTransaction=true
		1: CREATE TABLE t (i INT) -> count 0
		2: SELECT * FROM s.t -> error 42000 object S.T not found [line 1, column 15]
		1: COMMIT -> count 0; openTransaction=false
		2: OPEN SCHEMA s -> count 0; currentSchema=S
		1: INSERT INTO t VALUES (1) -> count 1; openTransaction=true
		1: SELECT COUNT(*) FROM t -> COUNT(*) DECIMAL(18,0); 1
		2: SELECT COUNT(*) FROM t -> COUNT(*) DECIMAL(18,0); 0
		2: INSERT INTO t VALUES (2) -> `+conflict+`
		1: INSERT INTO t VALUES ('x') -> error 22018 data exception - invalid character value for cast; Value: 'x' in write of column T.I
		1: SELECT COUNT(*) FROM t -> COUNT(*) DECIMAL(18,0); 1
		1: COMMIT -> count 0; openTransaction=false
		2: SELECT i FROM t -> I DECIMAL(18,0); 1
		1: SELECT i FROM t -> I DECIMAL(18,0); 1; openTransaction=true
		2: INSERT INTO t VALUES (2) -> count 1
		1: SELECT i FROM t -> I DECIMAL(18,0); 1
		1: INSERT INTO t VALUES (3) -> `+conflict+`
		1: SELECT i FROM t ORDER BY i -> I DECIMAL(18,0); 1; 2
		1: ROLLBACK -> count 0; openTransaction=false
		1: ALTER TABLE t ADD j INT DEFAULT 7 -> count 0; openTransaction=true
		1: SELECT j FROM t -> J DECIMAL(18,0); 7; 7
		2: SELECT * FROM t -> I DECIMAL(18,0); 1; 2
		1: MERGE INTO t USING DUAL ON i = 1 WHEN MATCHED THEN UPDATE SET j = 'x' -> error 22018 data exception - invalid character value for cast; Value: 'x' in write of column T.J
		1: MERGE INTO t USING DUAL ON i = 1 WHEN MATCHED THEN DELETE -> count 1
		1: RENAME TABLE t TO u -> count 0
		1: ROLLBACK -> count 0; openTransaction=false
		1: SELECT * FROM t -> I DECIMAL(18,0); 1; 2; openTransaction=true
		1: ROLLBACK -> count 0; openTransaction=false
		1: DELETE FROM t -> count 2; openTransaction=true
		1: DROP TABLE t -> count 0
		1: ROLLBACK -> count 0; openTransaction=false
		2: SELECT COUNT(*) FROM t -> COUNT(*) DECIMAL(18,0); 2
	`)
	set(t, one, "currentSchema", "S")
	script(t, map[string]exatest.BackendSession{"1": one}, "1: COMMIT -> count 0") // nothing was left open
	script(t, map[string]exatest.BackendSession{"1": one}, `
		1: CREATE SCHEMA "s" -> count 0; currentSchema=s; openTransaction=true
		1: CREATE SCHEMA other -> count 0; currentSchema=OTHER
		1: COMMIT -> count 0; openTransaction=false
	`)
	set(t, one, "currentSchema", "s") // as it is before it is in upper case
	script(t, map[string]exatest.BackendSession{"1": one}, "1: SELECT CURRENT_SCHEMA -> CURRENT_SCHEMA VARCHAR(128) UTF8; s; openTransaction=true")
	set(t, one, "currentSchema", "other")
	script(t, map[string]exatest.BackendSession{"1": one}, "1: SELECT CURRENT_SCHEMA -> CURRENT_SCHEMA VARCHAR(128) UTF8; OTHER; currentSchema=OTHER")
	if err := one.Set(context.Background(), "currentSchema", "NOPE"); err == nil || err.Error() != "42000: schema NOPE not found" {
		t.Errorf("opening a missing schema: %v", err)
	}
}

// TestCloseRollsBack checks that a session takes its open transaction and its lock with it.
func TestCloseRollsBack(t *testing.T) {
	b := newBackend(t)
	one, two := connect(t, b, commands.V5), connect(t, b, commands.V5)
	run(t, two, "CREATE SCHEMA s")
	run(t, two, "CREATE TABLE t (i INT)")
	set(t, one, "autocommit", false)
	run(t, one, "INSERT INTO s.t VALUES (1)")
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, two, "INSERT INTO t VALUES (2)")
	if got := show(two.Execute(context.Background(), "SELECT i FROM t")); got != "I DECIMAL(18,0)\n2" {
		t.Error(got)
	}
}

// TestConcurrentWriters has four sessions write to one table at once: they wait for each other, and none fails.
func TestConcurrentWriters(t *testing.T) {
	b := newBackend(t, exasqlite.WithLockTimeout(time.Minute))
	run(t, connect(t, b, commands.V5), "CREATE SCHEMA s")
	run(t, connect(t, b, commands.V5), "CREATE TABLE s.t (i INT)")
	var wg sync.WaitGroup
	for range 4 {
		s := connect(t, b, commands.V5)
		wg.Go(func() {
			for i := range 25 {
				if _, err := s.Execute(context.Background(), fmt.Sprintf("INSERT INTO s.t VALUES (%d)", i)); err != nil {
					t.Error(err)
				}
				if _, err := s.Execute(context.Background(), "SELECT SUM(i) FROM s.t"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := show(connect(t, b, commands.V5).Execute(context.Background(), "SELECT COUNT(*) FROM s.t")); !strings.HasSuffix(got, "\n100") {
		t.Error(got)
	}
}

// TestAbort ends statements of several kinds while they run. The session goes on afterwards.
func TestAbort(t *testing.T) {
	b := newBackend(t)
	for _, test := range []struct{ name, sql string }{
		{"sleep", `SELECT "$SLEEP"(3600)`},
		{"first row far away", "SELECT COUNT(*) FROM VALUES BETWEEN 1 AND 1000000000000"},
		{"next row far away", "SELECT x FROM VALUES BETWEEN 1 AND 1000000000000 AS v(x) WHERE x = 1 OR x = 1000000000000"},
		{"function in every row", "SELECT MAX(UPPER(x)) FROM VALUES BETWEEN 1 AND 1000000000000 AS v(x)"},
		{"insert", "INSERT INTO s.t SELECT x FROM VALUES BETWEEN 1 AND 1000000000000 AS v(x)"},
		{"create table", "CREATE TABLE s.u AS SELECT x FROM VALUES BETWEEN 1 AND 1000000000000 AS v(x)"},
	} {
		for _, autocommit := range []bool{true, false} {
			t.Run(fmt.Sprint(test.name, " ", autocommit), func(t *testing.T) {
				s := connect(t, b, commands.V5)
				run(t, s, "CREATE SCHEMA IF NOT EXISTS s")
				run(t, s, "CREATE OR REPLACE TABLE s.t (x INT)")
				set(t, s, "autocommit", autocommit)
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
				defer cancel()
				start := time.Now()
				_, err := s.Execute(ctx, test.sql)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got error %v", err)
				}
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("took %v", took)
				}
				if got := show(s.Execute(context.Background(), "SELECT COUNT(*) FROM s.t")); !strings.Contains(got, "\n0") {
					t.Error(got)
				}
			})
		}
	}
}

// TestDoneContext runs statements with a context that has ended.
func TestDoneContext(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Execute(ctx, "CREATE SCHEMA s"); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
	run(t, s, "CREATE SCHEMA s")
}

// TestManyRows reads a million rows under a context that can end, and logs how long that took.
func TestManyRows(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	start := time.Now()
	const rows = 1_000_000 / slowdown
	res, err := s.Execute(ctx, fmt.Sprint("SELECT range_value, 'row ' || range_value AS t FROM VALUES BETWEEN 1 AND ", rows))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows in %v", rows, time.Since(start))
	if got := res.Data[1].Len(); got != rows {
		t.Errorf("%d rows", got)
	}
	if got := showRow(res.Data, rows-1); got != fmt.Sprintf("%d | row %d", rows, rows) {
		t.Errorf("last row %s", got)
	}
}

// TestCloseRemovesFiles checks that nothing stays on disk.
func TestCloseRemovesFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	b, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	s, err := b.Connect(context.Background(), exatest.SessionInfo{Attributes: commands.DefaultAttributes()})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, "CREATE SCHEMA s")
	if err := errors.Join(s.Close(), b.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := b.Connect(context.Background(), exatest.SessionInfo{}); err == nil {
		t.Error("a closed backend gives sessions")
	}
}
