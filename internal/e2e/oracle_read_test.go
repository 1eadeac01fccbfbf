package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

// TestOracleReads has random values of every type read by the module, in every way that it has, and by an oracle.
func TestOracleReads(t *testing.T) {
	for i, k := range oracleKinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			var values []string
			srv := exatest.NewServer(t, k.options...)
			srv.HandleSQL("READ", exatest.Func(func(*exatest.Request) exatest.Response {
				return exatest.Raw(k.message(values, len(values)))
			}))
			srv.HandleSQL("FETCH", exatest.Func(func(*exatest.Request) exatest.Response { return exatest.Raw(k.message(values, 0)) }))
			srv.Handle("fetch", func(r *exatest.Request) exatest.Response { return exatest.Raw(chunk(t, r, values)) })
			srv.Handle("closeResultSet", exatest.OK().Respond)
			sess := k.connect(t, srv)
			random := rand.New(rand.NewPCG(uint64(i), uint64(oracleValues())))
			var doubtful []string
			for left := oracleValues(); left > 0; {
				var want []string
				values, want = k.sample(t, random, min(left, 1+random.IntN(2000)), &doubtful)
				left -= len(values)
				for name, read := range oracleReaders {
					rows, err := sess.Query(t.Context(), []string{"READ", "FETCH"}[random.IntN(2)])
					if err != nil {
						t.Fatal(err)
					}
					got, err := read(rows)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Fatalf("%s: -want +got\n%s", name, diff)
					}
				}
			}
			for _, value := range doubtful {
				values = []string{value}
				rows, err := sess.Query(t.Context(), "READ")
				if err != nil {
					t.Fatal(err)
				}
				if v, err := resultset.One[time.Time](rows); err == nil {
					t.Errorf("%s has more than one meaning or none, and is read as %v", value, v)
				}
			}
			checkUsable(t, sess)
		})
	}
}

// sample returns random values as JSON, and what they mean. Those without one meaning become doubtful.
func (k oracleKind) sample(t *testing.T, random *rand.Rand, n int, doubtful *[]string) (values, want []string) {
	for len(values) < n {
		value, meaning := "null", "NULL"
		if random.IntN(10) > 0 {
			value = k.random(random)
			var v any
			d := json.NewDecoder(strings.NewReader(value))
			d.UseNumber()
			if err := d.Decode(&v); err != nil {
				t.Fatalf("%s: %v", value, err)
			}
			var ok bool
			if meaning, ok = k.want(v); !ok {
				*doubtful = append(*doubtful, value)
				continue
			}
		}
		values, want = append(values, value), append(want, meaning)
	}
	return values, want
}

// message is an answer with one column of values, of which so many are sent and the others wait to be fetched.
func (k oracleKind) message(values []string, inline int) string {
	rows := fmt.Sprintf(`"resultSetHandle":1,"numRowsInMessage":%d`, inline)
	if inline == len(values) {
		rows = fmt.Sprintf(`"numRowsInMessage":%d,"data":[[%s]]`, inline, strings.Join(values, ","))
	}
	return fmt.Sprintf(`{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{`+
		`"numColumns":1,"numRows":%d,"columns":[{"name":"V","dataType":%s}],%s}}]}}`, len(values), k.dataType, rows)
}

// chunk answers a fetch with at most 700 values.
func chunk(t *testing.T, r *exatest.Request, values []string) string {
	var fetch struct{ StartPosition int }
	if err := r.Decode(&fetch); err != nil {
		t.Error(err)
	}
	values = values[fetch.StartPosition:min(len(values), fetch.StartPosition+700)]
	return fmt.Sprintf(`{"status":"ok","responseData":{"numRows":%d,"data":[[%s]]}}`, len(values), strings.Join(values, ","))
}

// oracleReaders are the ways to read a column, each with the meanings of its values.
var oracleReaders = map[string]func(*exawire.Rows) ([]string, error){
	"Batches": readColumns,
	"Each[any]": func(rows *exawire.Rows) (got []string, err error) {
		for v, err := range resultset.Each[any](rows) {
			if err != nil {
				return nil, err
			}
			got = append(got, meaningOrNull(v, v != nil))
		}
		return got, nil
	},
	"Scan": func(rows *exawire.Rows) (got []string, err error) {
		defer func() { _ = rows.Close() }()
		for row, err := range rows.All() {
			if err != nil {
				return nil, err
			}
			var v any
			if err := row.Scan(&v); err != nil {
				return nil, err
			}
			got = append(got, meaningOrNull(v, v != nil))
		}
		return got, nil
	},
	"Collect": readNatural,
}

func meaningOrNull(v any, ok bool) string {
	if !ok {
		return "NULL"
	}
	return meaningOf(v)
}

// readColumns reads the column in all forms in which it is available, which must agree.
func readColumns(rows *exawire.Rows) (got []string, err error) {
	for b, err := range rows.Batches() {
		if err != nil {
			return nil, err
		}
		var all [][]string
		switch typ := b.Columns()[0].DataType.Type; {
		case typ == "DECIMAL":
			all = append(all, readForm(b.Decimal))
			if b.Columns()[0].DataType.Scale != nil && *b.Columns()[0].DataType.Scale == 0 && *b.Columns()[0].DataType.Precision <= 18 {
				all = append(all, readForm(b.Int64))
			}
		case typ == "DOUBLE":
			all = append(all, readForm(b.Float64))
		case typ == "BOOLEAN":
			all = append(all, readForm(b.Bool))
		case strings.HasPrefix(string(typ), "INTERVAL YEAR"):
			all = append(all, readForm(b.YearMonth))
		case strings.HasPrefix(string(typ), "INTERVAL DAY"):
			all = append(all, readForm(b.DaySecond))
		case typ == "DATE" || strings.HasPrefix(string(typ), "TIMESTAMP"):
			all = append(all, readForm(b.Time))
		default:
			all = append(all, readText(b))
		}
		for _, form := range all[1:] {
			if diff := cmp.Diff(all[0], form); diff != "" {
				return nil, fmt.Errorf("two forms of a column differ: %s", diff)
			}
		}
		got = append(got, all[0]...)
	}
	return got, nil
}

func readForm[T any](form func(int) (resultset.Column[T], error)) []string {
	c, err := form(0)
	if err != nil {
		return []string{err.Error()}
	}
	meanings := make([]string, c.Len())
	for i := range meanings {
		v, ok := c.Get(i)
		meanings[i] = meaningOrNull(v, ok)
	}
	return meanings
}

func readText(b *exawire.Batch) []string {
	c, err := b.Text(0)
	if err != nil {
		return []string{err.Error()}
	}
	meanings := make([]string, c.Len())
	for i := range meanings {
		v, ok := c.Get(i)
		meanings[i] = meaningOrNull(v, ok)
	}
	return meanings
}

// readNatural reads the column into pointers to its natural type.
func readNatural(rows *exawire.Rows) ([]string, error) {
	typ := string(rows.Columns()[0].DataType.Type)
	switch {
	case typ == "DECIMAL":
		return collect[exawire.Decimal](rows)
	case typ == "DOUBLE":
		return collect[float64](rows)
	case typ == "BOOLEAN":
		return collect[bool](rows)
	case strings.HasPrefix(typ, "INTERVAL YEAR"):
		return collect[exawire.YearMonth](rows)
	case strings.HasPrefix(typ, "INTERVAL DAY"):
		return collect[exawire.DaySecond](rows)
	case typ == "DATE" || strings.HasPrefix(typ, "TIMESTAMP"):
		return collect[time.Time](rows)
	}
	return collect[string](rows)
}

func collect[T any](rows *exawire.Rows) ([]string, error) {
	values, err := resultset.Collect[*T](rows)
	if err != nil {
		return nil, err
	}
	got := make([]string, len(values))
	for i, v := range values {
		got[i] = "NULL"
		if v != nil {
			got[i] = meaningOf(*v)
		}
	}
	return got, nil
}
