package exasqlite_test

import (
	"context"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

func chainSession(t *testing.T) exatest.BackendSession {
	t.Helper()
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA q")
	run(t, s, "CREATE TABLE t (id INT, v VARCHAR(20), d DOUBLE)")
	run(t, s, "INSERT INTO t SELECT x, x, x FROM (VALUES BETWEEN 1 AND 9) AS v(x)")
	return s
}

// TestLongStatements runs statements with 10,000 parts of each kind.
func TestLongStatements(t *testing.T) {
	s := chainSession(t)
	n := 10_000 / slowdown
	for name, st := range longStatements {
		res, err := s.Execute(context.Background(), st.sql(n))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(st.want(n), rowsOf(res)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLongStatementsAreFlat checks that twice as many parts make twice as much SQL for SQLite, which is not deeper, and no
// more callbacks.
func TestLongStatementsAreFlat(t *testing.T) {
	const n = 5000
	s := chainSession(t)
	for name, st := range longStatements {
		once, callbacks, err := exasqlite.Bound(s, st.sql(n))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		twice, more, err := exasqlite.Bound(s, st.sql(2*n))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(twice) > 5*len(once)/2 {
			t.Errorf("%s: %d bytes of SQL for %d parts, %d for %d", name, len(once), n, len(twice), 2*n)
		}
		if once, twice := depth(once), depth(twice); once > 300 || twice > once+20 {
			t.Errorf("%s: %d levels of SQL for %d parts, %d for %d", name, once, n, twice, 2*n)
		}
		if more > callbacks {
			t.Errorf("%s: %d callbacks for %d parts, %d for %d", name, callbacks, n, more, 2*n)
		}
	}
}

// depth counts the parentheses that are open at once. The statements have none in their texts.
func depth(sql string) int {
	level, deepest := 0, 0
	for _, r := range sql {
		switch r {
		case '(':
			level++
			deepest = max(deepest, level)
		case ')':
			level--
		}
	}
	return deepest
}

// TestTooDeep checks that what cannot be made flat has a bound and a clear error, and that nothing overflows.
func TestTooDeep(t *testing.T) {
	s := chainSession(t)
	for name, part := range map[string][3]string{
		"parentheses": {"(", "1", ")"}, "signs": {"- ", "1", ""}, "NOT": {"NOT ", "TRUE", ""}, "CASE": {"CASE WHEN TRUE THEN ", "1", " END"},
		"right side": {"1 + (", "1", ")"}, "subqueries": {"(SELECT ", "1", ")"}, "functions": {"ABS(", "1", ")"}, "IS NULL": {"", "1", " IS NULL"},
		"equal": {"", "TRUE", " = TRUE"}, "LIKE": {"", "'a'", " LIKE 'a'"}, "BETWEEN": {"", "TRUE", " BETWEEN FALSE AND TRUE"}, "IN": {"", "TRUE", " IN (TRUE)"},
		"days": {"", "DATE '2024-01-01'", " + 1"}, "intervals": {"", "INTERVAL '1' DAY", " - INTERVAL '1' DAY"}, "EXCEPT": {"", "1", " EXCEPT SELECT 2"},
		"INTERSECT": {"", "1", " INTERSECT SELECT 1"}, "two kinds of UNION": {"", "1", " UNION SELECT 1 UNION ALL SELECT 1"},
		"ORs in ANDs": {"TRUE AND (FALSE OR ", "TRUE", ")"}, "CAST": {"CAST(", "1", " AS INT)"},
	} {
		statement := func(n int) string {
			return "SELECT " + strings.Repeat(part[0], n) + part[1] + strings.Repeat(part[2], n)
		}
		for _, n := range []int{302, 10_000} {
			_, err := s.Execute(context.Background(), statement(n))
			if !strings.HasPrefix(show(nil, err), "error 0A000 Feature not supported: more than 300 ") {
				t.Errorf("%s, %d times: %v", name, n, err)
			}
		}
		if name == "BETWEEN" {
			continue
		}
		if res, err := s.Execute(context.Background(), statement(40)); err != nil {
			t.Errorf("%s, 40 times: %v", name, show(res, err))
		}
	}
}

// TestTooLong checks that operands which are written more than once do not make endless SQL.
func TestTooLong(t *testing.T) {
	s := chainSession(t)
	for _, sql := range []string{
		"SELECT TRUE" + strings.Repeat(" BETWEEN FALSE AND TRUE", 200),
		"SELECT " + strings.Repeat("NULLIF(", 200) + "1" + strings.Repeat(", 2)", 200),
		"SELECT " + strings.Repeat("DECODE(", 200) + "1" + strings.Repeat(", 1, 1, 2, 2)", 200),
		"SELECT CASE '" + strings.Repeat("x", 10_000) + "'" + strings.Repeat(" WHEN 'y' THEN 1", 10_000) + " END",
	} {
		res, err := s.Execute(context.Background(), sql)
		if diff := cmp.Diff("error 0A000 Feature not supported: an expression of more than 64 MB for SQLite", show(res, err)); diff != "" {
			t.Errorf("%.40s (-want +got):\n%s", sql, diff)
		}
	}
}

// TestTooManyArguments checks that functions without a bound in the database name theirs, and that the last call within it
// works. A wrong number of arguments stays a mistake of the statement.
func TestTooManyArguments(t *testing.T) {
	s := chainSession(t)
	for name, most := range map[string]int{"COALESCE": 100, "CONCAT": 100, "GREATEST": 100, "LEAST": 100, "DECODE": 200} {
		call := func(n int) string {
			return "SELECT " + name + "(" + repeated(n, ", ", func(int) string { return "1" }) + ")"
		}
		for _, n := range []int{most + 1, 10_000} {
			_, err := s.Execute(context.Background(), call(n))
			want := fmt.Sprintf("error 0A000 Feature not supported: %s with more than %d arguments [line 1, column 8]", name, most)
			if diff := cmp.Diff(want, show(nil, err)); diff != "" {
				t.Errorf("%d arguments (-want +got):\n%s", n, diff)
			}
		}
		if res, err := s.Execute(context.Background(), call(most)); err != nil {
			t.Errorf("%s with %d arguments: %v", name, most, show(res, err))
		}
		_, err := s.Execute(context.Background(), call(0))
		want := "error 42000 wrong number or kind of arguments for function " + name + " [line 1, column 8]"
		if diff := cmp.Diff(want, show(nil, err)); diff != "" {
			t.Errorf("no arguments (-want +got):\n%s", diff)
		}
	}
	_, err := s.Execute(context.Background(), "SELECT ABS(1, 2)")
	if diff := cmp.Diff("error 42000 wrong number or kind of arguments for function ABS [line 1, column 8]", show(nil, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLongSums compares long sums with package big and with the sums of Go.
func TestLongSums(t *testing.T) {
	s := chainSession(t)
	r := rand.New(rand.NewPCG(9, 22))
	for range 40 {
		var sql strings.Builder
		exact := new(big.Rat)
		double, isDouble := 0.0, false
		sql.WriteString("SELECT 0")
		n := 51 + r.IntN(1200)
		for i := range n {
			digits, scale := r.Int64N(1e15), r.IntN(9)
			text := new(big.Rat).SetFrac64(digits, int64(pow10(scale))).FloatString(scale)
			// Half of the sums become DOUBLE on the way.
			if i > 55 && n%2 == 0 && r.IntN(50) == 0 {
				text += "e0"
				if !isDouble {
					isDouble = true
					double, _ = exact.Float64()
				}
			}
			value, _ := new(big.Rat).SetString(strings.TrimSuffix(text, "e0"))
			f, _ := value.Float64()
			op := "+-"[r.IntN(2)]
			if op == '-' {
				value.Neg(value)
				f = -f
			}
			exact.Add(exact, value)
			double += f
			fmt.Fprintf(&sql, " %c %s", op, text)
		}
		want := strings.TrimSuffix(strings.TrimRight(exact.FloatString(20), "0"), ".")
		if isDouble {
			want = strconv.FormatFloat(double, 'g', -1, 64)
		}
		if diff := cmp.Diff(want, rowsOf(run(t, s, sql.String()))); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", sql.String(), diff)
		}
	}
	for sql, want := range map[string]string{
		"SELECT 9" + strings.Repeat("9", 35) + strings.Repeat(" - 0", 60) + " + 1 - 1":                                  "error 22003 data exception - numeric value out of range",
		"SELECT 1" + strings.Repeat(" + 0", 60) + " + NULL":                                                             "NULL",
		"SELECT 1" + strings.Repeat(" + 0", 60) + " + '1.5'":                                                            "2.5",
		"SELECT 1" + strings.Repeat(" + 0", 60) + " + TRUE":                                                             "error 42000 invalid datatype of +: BOOLEAN [line 1, column 250]",
		"SELECT 1.5" + strings.Repeat(" * 1.5", 60):                                                                     "error 0A000 Feature not supported: product with a scale above 36 [line 1, column 222]",
		"SELECT 1e300" + strings.Repeat(" * 1e0", 60) + " * 1e300":                                                      "error 22003 data exception - numeric value out of range",
		"SELECT 1" + strings.Repeat(" / 1", 60) + " / 0":                                                                "error 22012 data exception - division by zero",
		"SELECT id + 1" + strings.Repeat(" + 1", 60) + ", COUNT(*) FROM t WHERE id = 1 GROUP BY id + 1":                 "62 | 1",
		"SELECT DATE '2024-01-01'" + strings.Repeat(" + 1", 100) + " - DATE '2024-01-01'" + strings.Repeat(" + 1", 100): "200",
	} {
		res, err := s.Execute(context.Background(), sql)
		got := show(res, err)
		if err == nil {
			got = rowsOf(res)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}

// TestLongConditions compares long rows of AND and OR, and IN of rows, with their meaning for NULL, TRUE and FALSE.
func TestLongConditions(t *testing.T) {
	s := connect(t, newBackend(t), commands.V5)
	run(t, s, "CREATE SCHEMA q")
	run(t, s, "CREATE TABLE t (a INT, b VARCHAR(5))")
	run(t, s, "INSERT INTO t VALUES (1, 'x'), (2, NULL), (NULL, 'y'), (NULL, NULL)")
	r := rand.New(rand.NewPCG(9, 23))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	for range 60 {
		op := pick("AND", "OR")
		op2 := map[string]string{"AND": "<>", "OR": "="}[op]
		tests := make([]string, 51+r.IntN(30))
		for i := range tests {
			switch r.IntN(12) {
			case 0:
				tests[i] = pick("a > 0", "b LIKE '%'", "NULL", "a IS NULL")
			case 1:
				tests[i] = pick("a = 1", "b <> 'x'")
			default:
				tests[i] = pick("a "+op2+" 7", "b "+op2+" 'z'", "a "+op2+" 8.5", "'w' "+op2+" b", "a "+op2+" '3'", "b "+op2+" 'zzzzzzz'", "b || 'q' "+op2+" 'zq'")
			}
		}
		// The same in pieces that are bound one inside of the other.
		var pieces []string
		for i := 0; i < len(tests); i += 20 {
			pieces = append(pieces, "(SELECT "+strings.Join(tests[i:min(i+20, len(tests))], " "+op+" ")+")")
		}
		long, short := strings.Join(tests, " "+op+" "), strings.Join(pieces, " "+op+" ")
		if diff := cmp.Diff(rowsOf(run(t, s, "SELECT "+short+" FROM t ORDER BY a, b")), rowsOf(run(t, s, "SELECT "+long+" FROM t ORDER BY a, b"))); diff != "" {
			t.Errorf("%s (-in pieces +whole):\n%s", long, diff)
		}
		rows, equals := make([]string, 1+r.IntN(5)), []string{}
		for i := range rows {
			x, y := pick("1", "2", "NULL", "a", "1.5"), pick("'x'", "'y'", "NULL", "b", "'longer'")
			rows[i] = "(" + x + ", " + y + ")"
			equals = append(equals, "(a = "+x+" AND b = "+y+")")
		}
		in, or := "(a, b) IN ("+strings.Join(rows, ", ")+")", strings.Join(equals, " OR ")
		sql := "SELECT " + in + ", NOT " + in + " FROM t ORDER BY a, b"
		if diff := cmp.Diff(rowsOf(run(t, s, "SELECT "+or+", NOT ("+or+") FROM t ORDER BY a, b")), rowsOf(run(t, s, sql))); diff != "" {
			t.Errorf("%s (-OR +IN):\n%s", in, diff)
		}
	}
}

// TestLongUnions checks names, types, order and the operator's meaning in more branches than SQLite takes in one compound.
func TestLongUnions(t *testing.T) {
	s := chainSession(t)
	branch := func(i int) string {
		return []string{fmt.Sprintf("SELECT %d AS n, NULL AS m", i), fmt.Sprintf("(SELECT %d.5, DATE '2024-01-01' ORDER BY 1 LIMIT 1)", i)}[i%2]
	}
	for sql, want := range map[string]string{
		"SELECT * FROM (" + repeated(1000, " UNION ALL ", branch) + ") WHERE n > 997 ORDER BY n":                                 "997.5 | 2024-01-01; 998 | NULL; 999.5 | 2024-01-01",
		repeated(1000, " UNION ALL ", branch) + " ORDER BY 1 DESC LIMIT 1":                                                       "999.5 | 2024-01-01",
		repeated(1000, " UNION ", func(int) string { return "SELECT 1" }) + " UNION ALL SELECT 1":                                "1; 1",
		repeated(1000, " UNION ALL ", func(int) string { return "SELECT 1" }) + " UNION SELECT 2 UNION SELECT 1 EXCEPT SELECT 2": "1",
		"SELECT MAX(x) FROM (" + repeated(1000, " UNION ALL ", func(i int) string {
			return fmt.Sprintf("SELECT ROW_NUMBER() OVER (ORDER BY id) + %d AS x FROM t", i)
		}) + ")": "1008",
	} {
		if diff := cmp.Diff(want, rowsOf(run(t, s, sql))); diff != "" {
			t.Errorf("%.100s (-want +got):\n%s", sql, diff)
		}
	}
	if diff := cmp.Diff("N DECIMAL(4,1), M DATE", showColumns(run(t, s, repeated(1000, " UNION ALL ", branch)).Columns)); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	_, err := s.Execute(context.Background(), repeated(1000, " UNION ALL ", branch)+"\nUNION ALL SELECT 'a', NULL")
	if diff := cmp.Diff("error 42000 datatypes are not compatible: DECIMAL(4,1) and CHAR(1) ASCII [line 2, column 1]", show(nil, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
