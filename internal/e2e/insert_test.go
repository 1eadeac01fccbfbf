package e2e_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// tableServer has a table T with these columns, described as a database does. Inserts count their rows.
func tableServer(t testing.TB, columns string, opts ...exatest.Option) (*exatest.Server, *exawire.Session) {
	t.Helper()
	srv, sess := serve(t, opts...)
	handleTable(srv, columns)
	return srv, sess
}

func handleTable(srv *exatest.Server, columns string) {
	cols := exatest.Columns(columns)
	srv.HandleSQL("SELECT * FROM t", exatest.Rows(cols))
	srv.HandleSQL("COMMIT", exatest.RowCount(0))
	srv.HandleSQL("ROLLBACK", exatest.RowCount(0))
	srv.HandleSQL("INSERT INTO t...", exatest.Func(func(r *exatest.Request) exatest.Response {
		if len(r.Params) > 0 {
			return exatest.RowCount(int64(r.Params[0].Len()))
		}
		params := cols
		if _, list, ok := strings.Cut(r.SQL, "("); ok && strings.HasPrefix(list, `"`) {
			list, _, _ = strings.Cut(list, ")")
			params = nil
			for name := range strings.SplitSeq(list, ", ") {
				i := slices.IndexFunc(cols, func(c commands.ColumnInfo) bool { return exawire.QuoteIdentifier(c.Name) == name })
				params = append(params, cols[i])
			}
		}
		return exatest.RowCount(0).Params(params...)
	}))
}

// prepared returns the texts that were prepared.
func prepared(srv *exatest.Server) (texts []string) {
	for _, r := range srv.Requests("createPreparedStatement") {
		texts = append(texts, r.SQL)
	}
	return texts
}

type item struct {
	ID   int64
	Name string
}

func items(n int) iter.Seq[item] {
	return func(yield func(item) bool) {
		for i := range n {
			if !yield(item{int64(i), fmt.Sprint("n", i)}) {
				return
			}
		}
	}
}

const itemColumns = "ID DECIMAL(18,0), NAME VARCHAR(100) UTF8"

type audit struct {
	By sql.Null[string] `exa:"CREATED BY"`
	At *time.Time
}

type ledger struct {
	audit
	Key    myKey
	Amount *exawire.Decimal `exa:"amount"`
	Note   any
	Raw    []byte
	Skip   func() `exa:"-"`
}

type myKey uint32

func TestInsert(t *testing.T) {
	srv, sess := tableServer(t, `AMOUNT DECIMAL(18,2), "KEY" DECIMAL(10,0), "CREATED BY" VARCHAR(20), AT TIMESTAMP, NOTE VARCHAR(10), RAW HASHTYPE(2 BYTE)`)
	price, err := exawire.ParseDecimal("12.50")
	if err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2024, 6, 18, 12, 0, 0, 0, time.UTC)
	rows := []ledger{
		{audit: audit{sql.Null[string]{V: "ann", Valid: true}, &noon}, Key: 7, Amount: &price, Note: 5, Raw: []byte{0xab, 1}},
		{},
		{Note: "x"},
	}
	for range 2 { // the second time with the plan and the buffer of the first
		srv.ForgetRequests()
		n, err := exawire.Insert(t.Context(), sess, "t", slices.Values(rows))
		if err != nil || n != 3 {
			t.Fatalf("%d rows, %v", n, err)
		}
		want := [][]string{{"12.5|7|ann|2024-06-18 12:00:00|5|ab01", "NULL|0|NULL|NULL|NULL|NULL", "NULL|0|NULL|NULL|x|NULL"}}
		if diff := cmp.Diff(want, sent(srv)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		wantSQL := []string{"SELECT * FROM t", `INSERT INTO t ("AMOUNT", "KEY", "CREATED BY", "AT", "NOTE", "RAW") VALUES (?, ?, ?, ?, ?, ?)`}
		if diff := cmp.Diff(wantSQL, prepared(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
		if n := len(srv.Requests("closePreparedStatement")); n != 2 {
			t.Errorf("%d statements were closed", n)
		}
	}
	if n, err := exawire.Insert(t.Context(), sess, "t", slices.Values([]ledger{})); n != 0 || err != nil {
		t.Errorf("no rows: %d, %v", n, err)
	}
}

// wordList is a slice that is the value of one column.
type wordList []string

func (l wordList) Value() (driver.Value, error) { return strings.Join(l, ","), nil }

func TestInsertMapping(t *testing.T) {
	lax, position := exawire.Mapping(resultset.Lax()), exawire.Mapping(resultset.ByPosition())
	both := exawire.Mapping(resultset.ByPosition(), resultset.Lax())
	one := func(opts ...exawire.WriteOption) func(context.Context, *exawire.Session) error {
		return func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]item{{1, "a"}}), opts...)
			return err
		}
	}
	for _, tt := range []struct {
		name, columns string
		insert        func(context.Context, *exawire.Session) error
		sql           string // the INSERT, or part of the error
		row           string
	}{
		{"other order", `NAME VARCHAR(9), ID DECIMAL(9,0)`, one(), `INSERT INTO t ("NAME", "ID") VALUES (?, ?)`, "a|1"},
		{"other case", `"name" VARCHAR(9), "Id" DECIMAL(9,0)`, one(), `INSERT INTO t ("name", "Id") VALUES (?, ?)`, "a|1"},
		{"underscores", `ITEM_ID DECIMAL(9,0), FULL_NAME VARCHAR(9)`, func(ctx context.Context, sess *exawire.Session) error {
			type item struct {
				ItemID   int
				FullName string
			}
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]item{{1, "a"}}))
			return err
		}, `INSERT INTO t ("ITEM_ID", "FULL_NAME") VALUES (?, ?)`, "1|a"},
		{"more columns", `ID DECIMAL(9,0), NAME VARCHAR(9), X DATE`, one(), `no field for "X"; the tag`, ""},
		{"fewer columns", `ID DECIMAL(9,0)`, one(), `field Name: no column "Name"`, ""},
		{"more columns, lax", `X DATE, NAME VARCHAR(9)`, one(lax), `INSERT INTO t ("NAME") VALUES (?)`, "a"},
		{"nothing in common", `X DATE, Y DATE`, one(lax), `no field has a column`, ""},
		{"by position", `X DECIMAL(9,0), Y VARCHAR(9)`, one(position), `INSERT INTO t VALUES (?, ?)`, "1|a"},
		{"by position, too many columns", `X DECIMAL(9,0), Y VARCHAR(9), Z DATE`, one(position), `2 columns for 3 parameters`, ""},
		{"by position, lax", `X DECIMAL(9,0), Y VARCHAR(9), Z DATE`, one(both), `INSERT INTO t ("X", "Y") VALUES (?, ?)`, "1|a"},
		{"a value", `X DECIMAL(9,0)`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]int{5}))
			return err
		}, `INSERT INTO t ("X") VALUES (?)`, "5"},
		{"a value for two columns", `X DECIMAL(9,0), Y DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]int{5}))
			return err
		}, `2 columns for one value`, ""},
		{"a time", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]*time.Time{nil}))
			return err
		}, `INSERT INTO t ("X") VALUES (?)`, "NULL"},
		{"rows of any", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([][]any{{1}}))
			return err
		}, "a row is a struct, not a []any: write stmt.ExecRows(ctx, exawire.WithoutErrors(rows)) with a prepared INSERT, and rows of []any", ""},
		{"rows of strings", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([][]string{{"a"}}))
			return err
		}, "a row is a struct, not a []string: write stmt.ExecRows(", ""},
		{"slices of rows", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Chunk([]item{{}}, 1))
			return err
		}, "a row is one e2e_test.item, not a []e2e_test.item: write Insert(ctx, sess, table, slices.Values(rows)) if rows is a []e2e_test.item, and yield rows one by one", ""},
		{"slices of pointers to rows", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([][]*item{{}}))
			return err
		}, "a row is one e2e_test.item, not a []*e2e_test.item: write", ""},
		{"arrays", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([][2]int{{}}))
			return err
		}, "a row is a struct, not a [2]int: write stmt.ExecRows(", ""},
		{"maps", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]map[string]any{{}}))
			return err
		}, "a row is a struct, not a map[string]any: give the values in the order of the columns to Stmt.ExecRows, as []any", ""},
		{"slices that write themselves", `X VARCHAR(9)`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]wordList{{"a", "b"}}))
			return err
		}, `INSERT INTO t ("X") VALUES (?)`, "a,b"},
		{"pointers to what writes itself", `X VARCHAR(9)`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]*wordList{{"a", "b"}}))
			return err
		}, `INSERT INTO t ("X") VALUES (?)`, "a,b"},
		{"byte arrays", `X HASHTYPE(2 BYTE)`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([][2]byte{{0xab, 1}}))
			return err
		}, `INSERT INTO t ("X") VALUES (?)`, "ab01"},
		{"pointers", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]*item{{}}))
			return err
		}, "rows are e2e_test.item, not pointers to it: yield *v for each v", ""},
		{"a channel", `X DATE`, func(ctx context.Context, sess *exawire.Session) error {
			_, err := exawire.Insert(ctx, sess, "t", slices.Values([]struct{ X chan int }{{}}))
			return err
		}, `parameter 1 of 1 "X": chan int to DATE`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sess := tableServer(t, tt.columns)
			err := tt.insert(t.Context(), sess)
			if tt.row == "" {
				if err == nil || !strings.Contains(err.Error(), tt.sql) || !exawire.SafeToRetry(err) {
					t.Errorf("error is %v, want %s", err, tt.sql)
				}
				if n := len(srv.Requests("executePreparedStatement")); n != 0 {
					t.Errorf("%d messages were sent", n)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if texts := prepared(srv); texts[len(texts)-1] != tt.sql {
				t.Errorf("prepared %q, want %q", texts, tt.sql)
			}
			if diff := cmp.Diff([][]string{{tt.row}}, sent(srv)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestInsertTable(t *testing.T) {
	for name, ok := range map[string]bool{
		"t": true, "T": true, "sales.orders": true, `"Mixed case"`: true, `"a"."b""c"`: true, `s."x;y"`: true, "größe_1": true, "a.b.c": true,
		"": false, ".": false, "a.": false, ".a": false, "a b": false, "a; DROP TABLE b": false, "a--": false, "a/**/": false,
		"(SELECT 1)": false, `"a`: false, `""`: false, `"a"b`: false, `a"b"`: false, "1a": false, "_a": false, "a(b)": false, "a\x00": false,
		`"a"" ; x`: false, "a\xff": false,
	} {
		srv, sess := serve(t)
		srv.ForgetRequests()
		_, err := exawire.Insert(t.Context(), sess, name, items(1))
		if sent := len(srv.Requests("")) > 0; sent != ok || err == nil {
			t.Errorf("%q: error is %v", name, err)
		}
	}
	for want, names := range map[string][]string{`"T"`: {"T"}, `"a"."b""c"`: {"a", `b"c`}, `"; --"`: {"; --"}} {
		if got := exawire.QuoteIdentifier(names...); got != want {
			t.Errorf("%q: got %s, want %s", names, got, want)
		}
	}
}

// A value that does not fit is named by its column and its row in the sequence, and the rows before its chunk are
// written.
func TestInsertParamError(t *testing.T) {
	srv, sess := tableServer(t, "ID DECIMAL(4,0), NAME VARCHAR(100) UTF8")
	n, err := exawire.Insert(t.Context(), sess, "t", items(20_000), exawire.ChunkRows(4000))
	var batch *exawire.WriteError
	var param *exawire.ParamError
	if !errors.As(err, &batch) || !errors.As(err, &param) {
		t.Fatalf("error is %v", err)
	}
	if param.Row != 10_000 || param.Column != 0 || param.Name != "ID" || param.GoType != "int64" || n != 8000 {
		t.Errorf("%d rows, error %+v", n, param)
	}
	want := exawire.WriteError{First: 8000, Last: 10_001, RowCount: 8000, Autocommit: true, Err: batch.Err}
	if *batch != want {
		t.Errorf("error is %+v, want %+v", *batch, want)
	}
	const text = "exawire: rows 8001 to 10001 failed, 8000 rows were changed before and committed: " +
		`parameter 1 of 2 "ID", row 10001: int64 to DECIMAL(4,0): ` + "value out of range: more than 4 digits before the point"
	if err.Error() != text {
		t.Errorf("error is %q, want %q", err, text)
	}
	if got := len(sent(srv)); got != 2 {
		t.Errorf("%d messages were sent", got)
	}
	checkUsable(t, sess)
}

// A change of the session's formats between two chunks is followed.
func TestInsertFollowsFormats(t *testing.T) {
	srv, sess := tableServer(t, "DAY DATE")
	calls := 0
	srv.HandleSQL("INSERT INTO t...", exatest.Func(func(r *exatest.Request) exatest.Response {
		if calls++; len(r.Params) > 0 && calls == 3 {
			return exatest.RowCount(1).Attribute("dateFormat", "DD.MM.YYYY")
		}
		return exatest.Pass()
	}))
	type row struct{ Day time.Time }
	_, err := exawire.Insert(t.Context(), sess, "t", func(yield func(row) bool) {
		for i := range 3 {
			if !yield(row{time.Date(2024, 6, 18+i, 0, 0, 0, 0, time.UTC)}) {
				return
			}
		}
	}, exawire.ChunkRows(1))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range srv.Requests("executePreparedStatement") {
		_, data, _ := strings.Cut(string(r.Raw), `"data":`)
		got = append(got, data)
	}
	want := []string{`[["2024-06-18"]]}`, `[["2024-06-19"]]}`, `[["20.06.2024"]]}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
}

func TestInsertTruncate(t *testing.T) {
	srv, sess := tableServer(t, "PRICE DECIMAL(9,2), DAY DATE, AT TIMESTAMP(3)")
	moment := time.Date(2024, 6, 18, 12, 13, 14, 123456789, time.UTC)
	type row struct {
		Price   float64
		Day, At time.Time
	}
	_, err := exawire.Insert(t.Context(), sess, "t", slices.Values([]row{{1.239, moment, moment}}))
	if !errors.Is(err, commands.ErrParamInexact) {
		t.Errorf("error is %v", err)
	}
	want := [][]string{{"1.23|2024-06-18|2024-06-18 12:13:14.123"}}
	if _, err = exawire.Insert(t.Context(), sess, "t", slices.Values([]row{{1.239, moment, moment}}), exawire.Truncate()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, sent(srv)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	stmt, err := sess.Prepare(t.Context(), "INSERT INTO t VALUES (?, ?, ?)")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close(t.Context())
	if _, err := stmt.Exec(t.Context(), 1.239, moment, moment); !errors.Is(err, commands.ErrParamInexact) {
		t.Errorf("error is %v", err)
	}
	srv.ForgetRequests()
	if _, err := stmt.With(exawire.Truncate()).Exec(t.Context(), 1.239, moment, moment); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, sent(srv)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// With Config.Truncate nobody has to ask for it.
func TestConfigTruncate(t *testing.T) {
	srv, _ := tableServer(t, "PRICE DECIMAL(9,2), DAY DATE, AT TIMESTAMP(3)")
	sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.Truncate = true }))
	moment := time.Date(2024, 6, 18, 12, 13, 14, 123456789, time.UTC)
	const insert = "INSERT INTO t VALUES (?, ?, ?)"
	for name, write := range map[string]func() error{
		"Exec": func() error { _, err := sess.Exec(t.Context(), insert, 1.239, moment, moment); return err },
		"Stmt": func() error {
			stmt, err := sess.Prepare(t.Context(), insert)
			if err != nil {
				return err
			}
			defer stmt.Close(t.Context())
			_, err = stmt.ExecColumns(t.Context(), exawire.Values([]float64{1.239}), exawire.Values([]time.Time{moment}), exawire.Values([]time.Time{moment}))
			return err
		},
	} {
		srv.ForgetRequests()
		if err := write(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff([][]string{{"1.23|2024-06-18|2024-06-18 12:13:14.123"}}, sent(srv)); diff != "" {
			t.Errorf("%s: rows (-want +got):\n%s", name, diff)
		}
	}
}

// Sessions and goroutines share plans and buffers of a type.
func TestInsertConcurrently(t *testing.T) {
	srv, sess := tableServer(t, itemColumns)
	other := connect(t, newClient(t, srv, nil))
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			s := sess
			if i%2 == 0 {
				s = other
			}
			if n, err := exawire.Insert(t.Context(), s, "t", items(3000), exawire.ChunkRows(700)); n != 3000 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
	wg.Wait()
	count := map[string]int{}
	for _, message := range sent(srv) {
		for _, row := range message {
			count[row]++
		}
	}
	for row, n := range count {
		if n != 6 {
			t.Fatalf("row %s arrived %d times", row, n)
		}
	}
	if len(count) != 3000 {
		t.Errorf("%d rows arrived", len(count))
	}
}

// alike has fields for columns whose names say the same when they are written one behind the other.
type alike struct {
	AB    string `exa:"A B"`
	A1B   string `exa:"A1 B"`
	A, B  string
	Long  string `exa:"1Y8bbbbbbbb"`
	One   string `exa:"1"`
	Y     string
	Other string `exa:"bbbbbbbb"`
}

// TestInsertPlansAreKeptApart writes one type into tables with such columns.
func TestInsertPlansAreKeptApart(t *testing.T) {
	row := alike{AB: "ab", A1B: "a1b", A: "a", B: "b", Long: "long", One: "one", Y: "y", Other: "other"}
	for columns, want := range map[string]string{
		`"A B" VARCHAR(9)`: "ab", `"A1 B" VARCHAR(9)`: "a1b", "A VARCHAR(9), B VARCHAR(9)": "a|b",
		`"1Y8bbbbbbbb" VARCHAR(9)`: "long", `"1" VARCHAR(9), Y VARCHAR(9), "bbbbbbbb" VARCHAR(9)`: "one|y|other",
	} {
		srv, sess := tableServer(t, columns)
		if _, err := exawire.Insert(t.Context(), sess, "t", slices.Values([]alike{row}), exawire.Mapping(resultset.Lax())); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][]string{{want}}, sent(srv)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", columns, diff)
		}
	}
}

// trap is a value whose method keeps the memory that it may append to, and panics when it is told to.
type trap string

var kept []byte

func (v trap) AppendText(b []byte) ([]byte, error) {
	if v == "panic" {
		kept = b
		panic("trap")
	}
	for i := range kept[:cap(kept)] {
		kept[:cap(kept)][i] = 'X'
	}
	return append(b, v...), nil
}

// TestInsertPanics has panics in a sequence and in methods of values. They reach the caller, the statements are closed, and
// memory that others may still write to is not used again.
func TestInsertPanics(t *testing.T) {
	type row struct {
		ID   int64
		Name trap
	}
	srv, sess := tableServer(t, itemColumns)
	write := func(rows iter.Seq2[row, error], opts ...exawire.WriteOption) (recovered any, err error) {
		defer func() { recovered = recover() }()
		_, err = exawire.InsertEach(t.Context(), sess, "t", rows, opts...)
		return nil, err
	}
	sequence := func(n int, last trap, then func()) iter.Seq2[row, error] {
		return func(yield func(row, error) bool) {
			for i := range n {
				v := row{int64(i), "name"}
				if i == n-1 {
					v.Name = last
				}
				if !yield(v, nil) {
					return
				}
			}
			then()
		}
	}
	nothing := func() {}
	var want [][]string
	for _, n := range []int{1, 5, 128, 300} {
		kept = nil
		if got, _ := write(sequence(n, "name", func() { panic("sequence") })); got != "sequence" {
			t.Errorf("%d rows: recovered %v", n, got)
		}
		if got, _ := write(sequence(n, "panic", nothing)); got != "trap" {
			t.Errorf("%d rows: recovered %v", n, got)
		}
		srv.ForgetRequests()
		if got, err := write(sequence(3, "last", nothing)); got != nil || err != nil {
			t.Errorf("after a panic: %v, %v", got, err)
		}
		want = [][]string{{"0|name", "1|name", "2|last"}}
		if diff := cmp.Diff(want, sent(srv)); diff != "" {
			t.Errorf("after a panic (-want +got):\n%s", diff)
		}
	}
	srv.ForgetRequests()
	if got, _ := write(sequence(300, "panic", nothing), exawire.ChunkRows(100), exawire.Atomic()); got != "trap" {
		t.Errorf("recovered %v", got)
	}
	opened, closed := len(srv.Requests("createPreparedStatement")), len(srv.Requests("closePreparedStatement"))
	if opened != 2 || closed != opened {
		t.Errorf("%d statements were prepared, %d closed", opened, closed)
	}
	if last := srv.Requests("execute"); len(last) == 0 || last[len(last)-1].SQL != "ROLLBACK" {
		t.Errorf("the transaction was not rolled back: %v", last)
	}
	checkUsable(t, sess)
}
