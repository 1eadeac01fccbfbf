package exasqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// endToEnd runs a test with a session in a schema of its own, by every protocol version, with and without compression.
// With EXAWIRE_TEST_DSN set it does so against that database too.
func endToEnd(t *testing.T, test func(t *testing.T, sess *exawire.Session)) {
	t.Helper()
	run := func(t *testing.T, dsn string, v commands.Version, compression bool) {
		cfg, err := exawire.ParseDSN(dsn)
		if err != nil {
			t.Fatal(err)
		}
		cfg.ProtocolVersion, cfg.Compression = v, compression
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		sess, err := client.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := sess.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		schema := fmt.Sprintf("EXAWIRE_TEST_%d", sess.Info().SessionID)
		mustExec(t, sess, "CREATE SCHEMA "+schema)
		t.Cleanup(func() { mustExec(t, sess, "DROP SCHEMA "+schema+" CASCADE") })
		test(t, sess)
	}
	for v := commands.V1; v <= commands.Latest; v++ {
		for _, compression := range []bool{false, true} {
			if slowdown > 1 && v != commands.Latest {
				continue
			}
			t.Run(fmt.Sprintf("%v/compression=%v", v, compression), func(t *testing.T) {
				backend, err := exasqlite.New()
				if err != nil {
					t.Fatal(err)
				}
				run(t, exatest.NewServer(t, exatest.WithBackend(backend)).DSN(), v, compression)
			})
			if dsn := os.Getenv("EXAWIRE_TEST_DSN"); dsn != "" {
				t.Run(fmt.Sprintf("database/%v/compression=%v", v, compression), func(t *testing.T) { run(t, dsn, v, compression) })
			}
		}
	}
}

func mustExec(t testing.TB, sess *exawire.Session, text string, args ...any) int64 {
	t.Helper()
	n, err := sess.Exec(context.Background(), text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// everything is a row of all types. The tags are the columns.
type everything struct {
	ID  int64                       `exa:"ID"`
	N   sql.Null[int64]             `exa:"N"`
	D   sql.Null[exawire.Decimal]   `exa:"D"`
	Big sql.Null[exawire.Decimal]   `exa:"BIG"`
	F   sql.Null[float64]           `exa:"F"`
	B   sql.Null[bool]              `exa:"B"`
	C   sql.Null[string]            `exa:"C"`
	V   sql.Null[string]            `exa:"V"`
	Day sql.Null[time.Time]         `exa:"DATED"`
	At  sql.Null[time.Time]         `exa:"AT_TIME"`
	YM  sql.Null[exawire.YearMonth] `exa:"YM"`
	DS  sql.Null[exawire.DaySecond] `exa:"DS"`
}

func some[T any](v T) sql.Null[T] { return sql.Null[T]{V: v, Valid: true} }

func decimal(t *testing.T, text string) sql.Null[exawire.Decimal] {
	t.Helper()
	d, err := resultset.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return some(d)
}

// TestEndToEndTypes writes a value of each type through a session and reads it back, here and on a database if there is
// one.
func TestEndToEndTypes(t *testing.T) {
	endToEnd(t, func(t *testing.T, sess *exawire.Session) {
		mustExec(t, sess, `CREATE TABLE everything (id DECIMAL(18,0), n DECIMAL(18,0), d DECIMAL(12,3), big DECIMAL(36,6), f DOUBLE,
			b BOOLEAN, c CHAR(5), v VARCHAR(1000), dated DATE, at_time TIMESTAMP, ym INTERVAL YEAR(4) TO MONTH, ds INTERVAL DAY(4) TO SECOND(3))`)
		want := []everything{
			{ID: 1},
			{
				2, some(int64(-999_999_999_999_999_999)), decimal(t, "-123456789.001"), decimal(t, "123456789012345678901234567890.123456"),
				some(0.1), some(true), some("ab   "), some("\u00e4\u20ac\U0001F600 \"quoted\" \\ \n\t"), some(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)),
				some(time.Date(2024, 2, 29, 23, 59, 59, 123_000_000, time.UTC)), some(exawire.YearMonth{Months: -11}),
				some(exawire.DaySecond{Nanos: -1_000_000}),
			},
			{
				3, some(int64(0)), decimal(t, "0.000"), decimal(t, "-0.000001"), some(-1.7e308), some(false), some("     "), some("x"),
				some(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)), some(time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC)),
				some(exawire.YearMonth{Months: 9999*12 + 11}), some(exawire.DaySecond{Days: 9999, Nanos: 86_399_999_000_000}),
			},
		}
		stmt, err := sess.Prepare(t.Context(), "INSERT INTO everything VALUES (?,?,?,?,?,?,?,?,?,?,?,?)")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close(t.Context())
		n, err := stmt.ExecRows(t.Context(), exawire.WithoutErrors(func(yield func([]any) bool) {
			for _, r := range want {
				if !yield([]any{r.ID, r.N, r.D, r.Big, r.F, r.B, r.C, r.V, r.Day, r.At, r.YM, r.DS}) {
					return
				}
			}
		}))
		if err != nil || n != int64(len(want)) {
			t.Fatalf("%d rows, %v", n, err)
		}
		rows, err := sess.Query(t.Context(), "SELECT * FROM everything ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		got, err := resultset.Collect[everything](rows)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b exawire.Decimal) bool { return a == b })); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

// TestEndToEndLargeResult reads more rows than fit into one message.
func TestEndToEndLargeResult(t *testing.T) {
	const rows = 20_000 / min(slowdown, 10)
	endToEnd(t, func(t *testing.T, sess *exawire.Session) {
		mustExec(t, sess, "CREATE TABLE big (id DECIMAL(18,0), v VARCHAR(100))")
		ids, texts := make([]int64, rows), make([]string, rows)
		for i := range rows {
			ids[i], texts[i] = int64(i), fmt.Sprintf("text %d", i)
		}
		stmt, err := sess.Prepare(t.Context(), "INSERT INTO big VALUES (?, ?)")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close(t.Context())
		if n, err := stmt.ExecColumns(t.Context(), exawire.Values(ids), exawire.Values(texts)); err != nil || n != rows {
			t.Fatalf("%d rows, %v", n, err)
		}
		result, err := sess.Query(t.Context(), "SELECT id, v FROM big ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for row, err := range resultset.Each[struct {
			ID int64
			V  string
		}](result) {
			if err != nil {
				t.Fatal(err)
			}
			if row.ID != ids[n] || row.V != texts[n] {
				t.Fatalf("row %d is %+v", n, row)
			}
			n++
		}
		if n != rows {
			t.Errorf("%d rows", n)
		}
	})
}

// TestEndToEndSession goes through a session: transactions, a deadline, an error, a list of tables.
func TestEndToEndSession(t *testing.T) {
	endToEnd(t, func(t *testing.T, sess *exawire.Session) {
		mustExec(t, sess, "CREATE TABLE t (a DECIMAL(9,0))")
		tx, err := sess.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		mustExec(t, sess, "INSERT INTO t VALUES (?)", 1)
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		if tx, err = sess.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		mustExec(t, sess, "INSERT INTO t VALUES (?)", 2)
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := sess.Exec(ctx, `SELECT "$SLEEP"(30)`); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, exawire.ErrSessionClosed) {
			t.Errorf("the deadline gave %v", err)
		}
		var server *exawire.Error
		if _, err := sess.Exec(t.Context(), "SELECT * FROM nowhere"); !errors.As(err, &server) || server.SQLCode != "42000" {
			t.Errorf("a table that does not exist gave %v", err)
		}
		rows, err := sess.Query(t.Context(), "SELECT a FROM t")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := resultset.One[int](rows); err != nil || got != 2 {
			t.Errorf("got %d, %v", got, err)
		}
		if sess.Info().ProtocolVersion < commands.V2 {
			return
		}
		schema := sess.Attributes().CurrentSchema
		var names []string
		for table, err := range sess.GetTables(t.Context(), commands.TablesFilter{Schema: &schema}) {
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, table.Name)
		}
		if diff := cmp.Diff([]string{"T"}, names); diff != "" {
			t.Errorf("tables (-want +got):\n%s", diff)
		}
	})
}
