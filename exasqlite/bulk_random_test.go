package exasqlite_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/resultset"
)

// randomType returns a type as SQL has it.
func randomType(r *rand.Rand) string {
	precision := 1 + r.IntN(36)
	return []string{
		fmt.Sprintf("DECIMAL(%d,%d)", precision, r.IntN(precision+1)), fmt.Sprintf("DECIMAL(%d,0)", 1+r.IntN(36)), "DOUBLE", "BOOLEAN",
		fmt.Sprintf("VARCHAR(%d) UTF8", 1+r.IntN(200)), fmt.Sprintf("VARCHAR(%d) ASCII", 1+r.IntN(200)), fmt.Sprintf("CHAR(%d) UTF8", 1+r.IntN(20)), fmt.Sprintf("CHAR(%d) ASCII", 1+r.IntN(20)),
		"DATE", fmt.Sprintf("TIMESTAMP(%d)", r.IntN(10)), fmt.Sprintf("TIMESTAMP(%d) WITH LOCAL TIME ZONE", r.IntN(10)), fmt.Sprintf("INTERVAL YEAR(%d) TO MONTH", 1+r.IntN(9)),
		fmt.Sprintf("INTERVAL DAY(%d) TO SECOND(%d)", 1+r.IntN(9), r.IntN(10)), fmt.Sprintf("HASHTYPE(%d BYTE)", 1+r.IntN(20)), "GEOMETRY",
	}[r.IntN(15)]
}

// randomValue returns a Go value, mostly one that a column of the type holds, or NULL.
func randomValue(t testing.TB, r *rand.Rand, sqlType string) any {
	if r.IntN(8) == 0 {
		return nil
	}
	if r.IntN(12) == 0 {
		sqlType = randomType(r) // something else
	}
	name, _, _ := strings.Cut(sqlType, "(")
	size := func(format string) (n int) {
		if _, err := fmt.Sscanf(sqlType, format, &n); err != nil || r.IntN(12) == 0 {
			return 1 + r.IntN(9) // a wrong one, sometimes
		}
		return n
	}
	day := time.Date(1+r.IntN(9999), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	switch name {
	case "DECIMAL":
		var p, s int
		if _, err := fmt.Sscanf(sqlType, "DECIMAL(%d,%d)", &p, &s); err != nil {
			t.Fatal(err)
		}
		text := randomDecimal(r, p, s)
		n, _ := new(big.Int).SetString(strings.Split(text, ".")[0], 10)
		return []any{text, *dec(t, text), r.Int64N(1000) - 500, int32(r.Uint32()) >> r.IntN(32), r.Uint64() >> r.IntN(64), float64(r.IntN(1000)) / 8, float32(r.IntN(100)) / 4, n, text + "0"}[r.IntN(9)]
	case "DOUBLE":
		return []any{math.Float64frombits(r.Uint64()), r.NormFloat64(), float32(r.NormFloat64()), r.Int64(), fmt.Sprint(r.ExpFloat64()), *dec(t, "0.1"), float64(r.IntN(100))}[r.IntN(7)]
	case "BOOLEAN":
		return []any{true, false, "true", "0", 1}[r.IntN(5)]
	case "DATE":
		return []any{day, day, day.Format("2006-01-02"), day.Add(time.Hour)}[r.IntN(4)]
	case "TIMESTAMP":
		at := day.Add(time.Duration(r.Int64N(int64(24 * time.Hour)))).Truncate(time.Duration(math.Pow10(9 - size("TIMESTAMP(%d)"))))
		return []any{at, at.In(time.FixedZone("", 7200)), at.Format("2006-01-02 15:04:05"), at.Format("2006-01-02 15:04:05.999999999"), day}[r.IntN(5)]
	case "INTERVAL YEAR":
		months := r.Int64N(int64(math.Pow10(1 + size("INTERVAL YEAR(%d)"))))
		return []any{exawire.YearMonth{Months: months}, exawire.YearMonth{Months: -months}, fmt.Sprintf("+%d-%02d", months/12, months%12)}[r.IntN(3)]
	case "INTERVAL DAY":
		nanos := r.Int64N(86_400) * 1e9
		if r.IntN(3) == 0 {
			nanos += r.Int64N(1000) * 1e6
		}
		days := r.Int64N(int64(math.Pow10(size("INTERVAL DAY(%d)"))))
		return []any{exawire.DaySecond{Days: days, Nanos: nanos}, time.Duration(nanos), -time.Duration(nanos), resultset.NewDaySecond(time.Duration(nanos) * 7), "-1 02:03:04.5"}[r.IntN(5)]
	case "HASHTYPE":
		b := make([]byte, size("HASHTYPE(%d BYTE)"))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return []any{b, fmt.Sprintf("%x", b), fmt.Sprintf("%X", b)}[r.IntN(3)]
	case "GEOMETRY":
		return fmt.Sprintf("POINT (%d %d)", r.IntN(100), r.IntN(100))
	}
	text := anyText.text(r, r.IntN(25))
	switch {
	case strings.HasSuffix(sqlType, "ASCII"):
		text = tameText.text(r, r.IntN(8))
	case r.IntN(2) == 0:
		text = anyText.texts()[r.IntN(90)]
	}
	if n := size(name + "(%d)"); r.IntN(12) > 0 {
		text = string([]rune(text)[:min(n, utf8.RuneCountInString(text))])
	}
	return []any{text, text, text, text, []byte(text), exawire.JSON[[]string]{V: []string{text}}, r.IntN(100), true, day, 1.5}[r.IntN(10)]
}

// randomRow3 is a row with values of any types.
type randomRow3 struct {
	ID      int64
	A, B, C any
}

// FuzzBulkRows makes random tables and values: what Insert takes, ImportRows takes as well and stores as the same, what one
// refuses the other one refuses for the same reason, and Query reads what a SELECT reads, in a session whose numbers have a comma too.
// (A parameter for a GEOMETRY is described as a VARCHAR, so Insert leaves more to the server than ImportRows.)
//
//fuzz:runs 800x
func FuzzBulkRows(f *testing.F) {
	for seed := range uint64(60) / min(slowdown, 10) {
		f.Add(seed)
	}
	s := newBulkServer(f, "2025.1.11")
	alter(f, s.sessions[0], ",.", "UTC", [2]string{"YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS.FF9"})
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 5))
		types := []string{randomType(r), randomType(r), randomType(r)}
		columns := fmt.Sprintf("(id DECIMAL(18,0), a %s, b %s, c %s)", types[0], types[1], types[2])
		for _, name := range []string{"RA", "RB"} {
			mustExec(t, s.check, "CREATE OR REPLACE TABLE "+name+" "+columns)
		}
		sess := s.check
		if seed%2 == 1 {
			sess = s.sessions[0]
		}
		opts := []bulk.Option{bulk.Parallel(1 + r.IntN(2)), bulk.Encrypt(bulk.EncryptionOff)}
		var cut []exawire.WriteOption
		if r.IntN(3) == 0 {
			cut, opts = append(cut, exawire.Truncate()), append(opts, bulk.Truncate())
		}
		var rows, bad []randomRow3
		var reasons []error
		for id := range int64(8) {
			row := randomRow3{ID: id}
			for i, to := range []*any{&row.A, &row.B, &row.C} {
				*to = randomValue(t, r, types[i])
			}
			_, err := exawire.Insert(t.Context(), s.check, "RA", slices.Values([]randomRow3{row}), cut...)
			if err != nil {
				bad, reasons = append(bad, row), append(reasons, err)
				continue
			}
			rows = append(rows, row)
		}
		if _, err := bulk.ImportRows(t.Context(), sess, "RB", exawire.WithoutErrors(slices.Values(rows)), opts...); err != nil {
			t.Errorf("seed %d: %s: %v: %v", seed, columns, rows, err)
		}
		for i, row := range bad {
			_, err := bulk.ImportRows(t.Context(), sess, "RB", exawire.WithoutErrors(slices.Values([]randomRow3{row})), opts...)
			if param := (*exawire.ParamError)(nil); errors.As(reasons[i], &param) && !slices.Contains(types, "GEOMETRY") {
				if diff := cmp.Diff(reasonOf(reasons[i]), reasonOf(err)); diff != "" {
					t.Errorf("seed %d: %s: %#v (-Insert +ImportRows):\n%s", seed, columns, row, diff)
				}
			} else if err == nil {
				t.Errorf("seed %d: %s: %#v: ImportRows does not say: %v", seed, columns, row, reasons[i])
			}
		}
		s.equal(t, "RA", "RB")
		want, wantErr := texts(s.check.Query(t.Context(), "SELECT * FROM ra ORDER BY id"))
		got, gotErr := texts(bulk.Query(t.Context(), sess, "SELECT * FROM ra ORDER BY id", bulk.Encrypt(bulk.EncryptionOff)))
		if diff := cmp.Diff(want, got); diff != "" || wantErr != nil || gotErr != nil {
			t.Errorf("seed %d: %s: %v, %v (-SELECT +Query):\n%s", seed, columns, wantErr, gotErr, diff)
		}
	})
}

// texts returns the values of rows as text, and as what Scan makes of them.
func texts(rows *exawire.Rows, err error) ([][]string, error) {
	if err != nil {
		return nil, err
	}
	var all [][]string
	for row, err := range rows.All() {
		if err != nil {
			return all, err
		}
		values := make([]any, 4)
		if err := row.Scan(&values[0], &values[1], &values[2], &values[3]); err != nil {
			return all, err
		}
		var line []string
		for _, v := range values {
			line = append(line, fmt.Sprintf("%T %v", v, v))
		}
		all = append(all, line)
	}
	return all, nil
}
