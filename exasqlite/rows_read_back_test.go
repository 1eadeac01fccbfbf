package exasqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// fullRow is a row of every type. The same struct writes it and reads it.
type fullRow struct {
	ID      int64
	Small   sql.Null[int8]              `exa:"SMALLNUM"`
	Count   *uint32                     `exa:"COUNTNUM"`
	Price   sql.Null[exawire.Decimal]   `exa:"PRICE"`
	Ratio   *float64                    `exa:"RATIO"`
	Open    *bool                       `exa:"ISOPEN"`
	Code    sql.Null[string]            `exa:"CODE"`
	Body    *string                     `exa:"BODY"`
	Born    *time.Time                  `exa:"BORN"`
	Seen    sql.Null[time.Time]         `exa:"SEEN"`
	Stamped *time.Time                  `exa:"STAMPED"`
	Term    *exawire.YearMonth          `exa:"TERM"`
	Span    sql.Null[exawire.DaySecond] `exa:"SPAN"`
	Elapsed *time.Duration              `exa:"ELAPSED"`
	Hashed  *string                     `exa:"HASHED"`
	Shape   *string                     `exa:"SHAPE"`
}

const recordTable = `CREATE TABLE records (id DECIMAL(18,0), smallnum DECIMAL(3,0), countnum DECIMAL(10,0), price DECIMAL(36,8), ratio DOUBLE,
	isopen BOOLEAN, code CHAR(8), body VARCHAR(300), born DATE, seen TIMESTAMP(6), stamped TIMESTAMP(6) WITH LOCAL TIME ZONE,
	term INTERVAL YEAR(4) TO MONTH, span INTERVAL DAY(9) TO SECOND(3), elapsed INTERVAL DAY(6) TO SECOND(3), hashed HASHTYPE(16 BYTE), shape GEOMETRY)`

// formats are settings of a session that change how values are written.
type formats struct {
	date, timestamp, zone string
	unit                  time.Duration // that the timestamp format can tell apart
}

var someFormats = []formats{
	{"", "", "UTC", time.Microsecond},
	{"DD.MM.YYYY", "DD.MM.YYYY HH24:MI:SS.FF3", "EUROPE/BERLIN", time.Millisecond},
	{"YYYYMMDD", "YYYY-MM-DD HH24:MI:SS", "AMERICA/NEW_YORK", time.Second},
	{"MM/DD/YYYY", "YYYY/MM/DD HH12:MI:SS.FF9 AM", "UTC", time.Microsecond},
}

func (f formats) apply(t *testing.T, sess *exawire.Session) {
	t.Helper()
	for name, value := range map[string]string{"NLS_DATE_FORMAT": f.date, "NLS_TIMESTAMP_FORMAT": f.timestamp, "TIME_ZONE": f.zone} {
		if value != "" {
			mustExec(t, sess, fmt.Sprintf("ALTER SESSION SET %s = '%s'", name, value))
		}
	}
}

// maybe returns a pointer to v, or nil in one of eight cases.
func maybe[T any](r *rand.Rand, v T) *T {
	if r.IntN(8) == 0 {
		return nil
	}
	return &v
}

func maybeNull[T any](r *rand.Rand, v T) sql.Null[T] {
	if p := maybe(r, v); p != nil {
		return sql.Null[T]{V: *p, Valid: true}
	}
	return sql.Null[T]{}
}

func randomText(r *rand.Rand, runes int) string {
	alphabet := []rune("ab cXYZ09äß€東\U0001F600\"\\/\n\t\x01\x00<&>',;")
	var b strings.Builder
	for range runes {
		b.WriteRune(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

// randomRow returns a row whose values the session can hold exactly.
func randomRow(t *testing.T, r *rand.Rand, id int, f formats, zone *time.Location) fullRow {
	t.Helper()
	number := fmt.Sprintf("%s%d%014d.%08d", []string{"", "-"}[r.IntN(2)], r.Int64N(1e13), r.Int64N(1e14), r.Int64N(1e8))
	price, err := resultset.ParseDecimal(number)
	if err != nil {
		t.Fatal(err)
	}
	ratio := math.Float64frombits(r.Uint64())
	for math.IsNaN(ratio) || math.Abs(ratio) > 1.7e308 {
		ratio = math.Float64frombits(r.Uint64())
	}
	day := time.Date(1+r.IntN(9999), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	seen := day.Add(time.Duration(r.Int64N(24 * int64(time.Hour)))).Truncate(f.unit)
	// Not at night, when clocks are changed.
	stamped := time.Date(1971+r.IntN(60), time.Month(1+r.IntN(12)), 1+r.IntN(28), 6+r.IntN(12), r.IntN(60), r.IntN(60), r.IntN(1e9), zone).Truncate(f.unit)
	return fullRow{
		ID: int64(id), Small: maybeNull(r, int8(r.IntN(256)-128)), Count: maybe(r, r.Uint32()), Price: maybeNull(r, price),
		Ratio: maybe(r, ratio), Open: maybe(r, r.IntN(2) == 0), Code: maybeNull(r, randomText(r, 8)), Body: maybe(r, randomText(r, 1+r.IntN(300))),
		Born: maybe(r, day), Seen: maybeNull(r, seen), Stamped: maybe(r, stamped),
		Term:    maybe(r, exawire.YearMonth{Months: r.Int64N(2*119_999+1) - 119_999}),
		Span:    maybeNull(r, exawire.DaySecond{Days: r.Int64N(1e9), Nanos: r.Int64N(86_400_000) * 1e6}),
		Elapsed: maybe(r, time.Duration(r.Int64N(2e9)-1e9)*time.Millisecond),
		Hashed:  maybe(r, fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64())), Shape: maybe(r, fmt.Sprintf("POINT (%d %d)", r.IntN(100), r.IntN(100))),
	}
}

// column returns one field of all rows.
func column[T any](rows []fullRow, field func(*fullRow) T) exawire.ParamColumn {
	values := make([]T, len(rows))
	for i := range rows {
		values[i] = field(&rows[i])
	}
	return exawire.Values(values)
}

// writers are the three ways to write rows.
var writers = map[string]func(ctx context.Context, sess *exawire.Session, rows []fullRow, opts ...exawire.WriteOption) (int64, error){
	"Insert": func(ctx context.Context, sess *exawire.Session, rows []fullRow, opts ...exawire.WriteOption) (int64, error) {
		return exawire.Insert(ctx, sess, "records", slices.Values(rows), opts...)
	},
	"ExecRows": func(ctx context.Context, sess *exawire.Session, rows []fullRow, opts ...exawire.WriteOption) (int64, error) {
		return prepared(ctx, sess, func(stmt *exawire.Stmt) (int64, error) {
			return stmt.With(opts...).ExecRows(ctx, exawire.WithoutErrors(func(yield func([]any) bool) {
				for _, v := range rows {
					if !yield([]any{
						v.ID, v.Small, v.Count, v.Price, v.Ratio, v.Open, v.Code, v.Body, v.Born, v.Seen, v.Stamped, v.Term, v.Span, v.Elapsed, v.Hashed, v.Shape,
					}) {
						return
					}
				}
			}))
		})
	},
	"ExecColumns": func(ctx context.Context, sess *exawire.Session, rows []fullRow, opts ...exawire.WriteOption) (int64, error) {
		return prepared(ctx, sess, func(stmt *exawire.Stmt) (int64, error) {
			return stmt.With(opts...).ExecColumns(ctx,
				column(rows, func(v *fullRow) int64 { return v.ID }), column(rows, func(v *fullRow) sql.Null[int8] { return v.Small }),
				column(rows, func(v *fullRow) *uint32 { return v.Count }), column(rows, func(v *fullRow) sql.Null[exawire.Decimal] { return v.Price }),
				column(rows, func(v *fullRow) *float64 { return v.Ratio }), column(rows, func(v *fullRow) *bool { return v.Open }),
				column(rows, func(v *fullRow) sql.Null[string] { return v.Code }), column(rows, func(v *fullRow) *string { return v.Body }),
				column(rows, func(v *fullRow) *time.Time { return v.Born }), column(rows, func(v *fullRow) sql.Null[time.Time] { return v.Seen }),
				column(rows, func(v *fullRow) *time.Time { return v.Stamped }), column(rows, func(v *fullRow) *exawire.YearMonth { return v.Term }),
				column(rows, func(v *fullRow) sql.Null[exawire.DaySecond] { return v.Span }), column(rows, func(v *fullRow) *time.Duration { return v.Elapsed }),
				column(rows, func(v *fullRow) *string { return v.Hashed }), column(rows, func(v *fullRow) *string { return v.Shape }),
			)
		})
	},
}

func prepared(ctx context.Context, sess *exawire.Session, run func(*exawire.Stmt) (int64, error)) (int64, error) {
	stmt, err := sess.Prepare(ctx, "INSERT INTO records VALUES (?"+strings.Repeat(", ?", 15)+")")
	if err != nil {
		return 0, err
	}
	defer stmt.Close(ctx)
	return run(stmt)
}

// TestWritesReadBack sends random rows of every type in each of the ways there are, by every version of the protocol, with
// and without compression and under several formats, and reads back exactly what was sent.
func TestWritesReadBack(t *testing.T) {
	const rows = max(25/slowdown, 3)
	seed := uint64(20240618)
	endToEnd(t, func(t *testing.T, sess *exawire.Session) {
		for i, f := range someFormats {
			seed++
			t.Run(fmt.Sprint("formats ", i), func(t *testing.T) { writeAndReadBack(t, sess, f, seed, rows) })
		}
	})
}

func writeAndReadBack(t *testing.T, sess *exawire.Session, f formats, seed uint64, rows int) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the seed is %d", seed)
		}
	}()
	r := rand.New(rand.NewPCG(seed, 1))
	mustExec(t, sess, recordTable)
	defer mustExec(t, sess, "DROP TABLE records")
	f.apply(t, sess)
	if sess.Info().ProtocolVersion < commands.V5 {
		f.unit = max(f.unit, time.Millisecond) // older versions know no precision, and the server keeps three digits
	}
	zone := time.UTC
	switch f.zone {
	case "EUROPE/BERLIN":
		zone = location(t, "Europe/Berlin")
	case "AMERICA/NEW_YORK":
		zone = location(t, "America/New_York")
	}
	for name, write := range writers {
		var want []fullRow
		for i := range rows {
			want = append(want, randomRow(t, r, i, f, zone))
		}
		opts := []exawire.WriteOption{exawire.ChunkRows(1 + r.IntN(rows))}
		if r.IntN(2) == 0 {
			opts = append(opts, exawire.Atomic())
		}
		if n, err := write(t.Context(), sess, want, opts...); err != nil || n != int64(rows) {
			t.Fatalf("%s: %d rows, %v", name, n, err)
		}
		result, err := sess.Query(t.Context(), "SELECT * FROM records ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		got, err := resultset.Collect[fullRow](result)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b exawire.Decimal) bool { return a == b })); diff != "" {
			t.Fatalf("%s: rows (-want +got):\n%s", name, diff)
		}
		mustExec(t, sess, "DELETE FROM records")
	}
}

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
