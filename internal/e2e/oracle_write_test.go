package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// TestOracleWrites has random values of every type written as parameters, from every Go type that holds them, and reads
// the requests with the oracle.
func TestOracleWrites(t *testing.T) {
	for i, k := range oracleKinds() {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			typ, err := exatest.ParseType(k.sql)
			if err != nil {
				t.Fatal(err)
			}
			stmt, request := k.prepare(t, exawire.ColumnInfo{DataType: typ})
			random := rand.New(rand.NewPCG(uint64(i), uint64(oracleValues())))
			var doubtful []string
			for left := oracleValues(); left > 0; {
				values, want := k.sample(t, random, min(left, 1+random.IntN(2000)), &doubtful)
				left -= len(values)
				for name, column := range k.columns(t, values) {
					if _, err := stmt.ExecColumns(t.Context(), column); err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if diff := cmp.Diff(want, k.sent(t, *request)); diff != "" {
						t.Fatalf("%s: -want +sent\n%s", name, diff)
					}
				}
			}
		})
	}
}

// TestOracleWritesInstants has instants around the changes of clocks written. What is sent stands for that instant, by
// the server's rule for the hour that comes twice, or is refused.
func TestOracleWritesInstants(t *testing.T) {
	for i, k := range oracleKinds() {
		if k.zone == nil {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			stmt, request := k.prepare(t, exatest.Columns(`"" TIMESTAMP(6) WITH LOCAL TIME ZONE`)...)
			random := rand.New(rand.NewPCG(uint64(i), uint64(oracleValues())))
			for range oracleValues() / 20 {
				instant := changeOfClocks(random, k.zone).Add(time.Duration(random.Int64N(int64(8*time.Hour))) - 4*time.Hour).Truncate(time.Microsecond)
				_, err := stmt.Exec(t.Context(), instant)
				wall := instant.In(k.zone).Format(oracleZonedLayout)
				meanings := instants(wall, oracleZonedLayout, k.zone)
				if err != nil {
					if pe := new(exawire.ParamError); !errors.As(err, &pe) || len(meanings) < 2 {
						t.Fatalf("%v: %v", instant, err)
					}
					continue
				}
				if diff := cmp.Diff([]string{meaningOf(standard(meanings))}, k.sentAs(t, *request, func(v any) (string, bool) {
					return meaningOf(standard(instants(v.(string), oracleZonedLayout, k.zone))), true
				})); diff != "" || !standard(meanings).Equal(instant) {
					t.Fatalf("%v: stored as %v, -want +sent\n%s", instant, standard(meanings), diff)
				}
			}
		})
	}
}

// prepare returns a statement with these parameters, and where the last request with values for it is.
func (k oracleKind) prepare(t *testing.T, params ...exawire.ColumnInfo) (*exawire.Stmt, *json.RawMessage) {
	t.Helper()
	request := new(json.RawMessage)
	srv := exatest.NewServer(t, k.options...)
	srv.HandleSQL("WRITE ?", exatest.RowCount(1).Params(params...)).When(func(r *exatest.Request) bool {
		*request = r.Raw
		return true
	})
	stmt, err := k.connect(t, srv).Prepare(t.Context(), "WRITE ?")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stmt.Close(context.Background()) })
	return stmt, request
}

// changeOfClocks returns an instant at which the clocks of a zone are changed, or any if they never are.
func changeOfClocks(random *rand.Rand, zone *time.Location) time.Time {
	t := time.Unix(random.Int64N(1<<31), 0)
	if _, end := t.In(zone).ZoneBounds(); !end.IsZero() {
		return end
	}
	return t
}

// standard returns the instant that the server takes by default, of those that have the same text: that of standard time.
func standard(meanings []time.Time) time.Time {
	for _, t := range meanings {
		if !t.IsDST() {
			return t
		}
	}
	return meanings[len(meanings)-1]
}

// columns returns columns of parameters of every Go type that holds the values.
func (k oracleKind) columns(t *testing.T, values []string) map[string]exawire.ParamColumn {
	t.Helper()
	texts := make([]*string, len(values))
	for i, value := range values {
		if value == "null" {
			continue
		}
		text := strings.Trim(value, `"`)
		if value[0] == '"' {
			if err := json.Unmarshal([]byte(value), &text); err != nil {
				t.Fatal(err)
			}
		}
		if k.sql == "DOUBLE" && !strings.ContainsAny(text, ".e") {
			// Text of an integer has to be the exact value of a DOUBLE, which the shortest one often is not.
			text = strconv.FormatFloat(must(strconv.ParseFloat(text, 64)), 'e', -1, 64)
		}
		texts[i] = &text
	}
	columns := map[string]exawire.ParamColumn{"string": exawire.Values(texts)}
	switch {
	case k.layout != "":
		moment := func(s string) time.Time {
			at, err := time.ParseInLocation(k.layout, s, time.UTC)
			if err == nil && k.zone != nil {
				at = instants(s, k.layout, k.zone)[0]
			}
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
		columns["time.Time"] = converted(texts, moment)
		columns["any"] = converted(texts, func(s string) any { return moment(s) })
	case strings.HasPrefix(k.sql, "DECIMAL"):
		for _, text := range texts {
			if text != nil {
				*text = number(*text) // text for numbers has a point in every session
			}
		}
		columns["Decimal"] = converted(texts, func(s string) exawire.Decimal { return must(exawire.ParseDecimal(s)) })
		columns["big.Rat"] = converted(texts, func(s string) big.Rat { r, _ := new(big.Rat).SetString(s); return *r })
		columns["any"] = converted(texts, func(s string) any { return must(exawire.ParseDecimal(s)) })
		if strings.HasSuffix(k.sql, ",0)") {
			columns["big.Int"] = converted(texts, func(s string) big.Int { return *integer(s) })
		}
	case k.sql == "DOUBLE":
		float := func(s string) float64 { var f float64; _ = json.Unmarshal([]byte(s), &f); return f }
		columns["float64"] = converted(texts, float)
		columns["any"] = converted(texts, func(s string) any { return float(s) })
	case k.sql == "BOOLEAN":
		columns["bool"] = converted(texts, func(s string) bool { return s == "true" })
	case strings.HasPrefix(k.sql, "INTERVAL YEAR"):
		columns["YearMonth"] = converted(texts, func(s string) exawire.YearMonth {
			var v exawire.YearMonth
			if err := v.UnmarshalText([]byte(s)); err != nil {
				t.Fatal(err)
			}
			return v
		})
	case strings.HasPrefix(k.sql, "INTERVAL DAY"):
		columns["DaySecond"] = converted(texts, func(s string) exawire.DaySecond {
			var v exawire.DaySecond
			if err := v.UnmarshalText([]byte(s)); err != nil {
				t.Fatal(err)
			}
			return v
		})
	}
	return columns
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func converted[T any](texts []*string, convert func(string) T) exawire.ParamColumn {
	values := make([]*T, len(texts))
	for i, text := range texts {
		if text != nil {
			v := convert(*text)
			values[i] = &v
		}
	}
	return exawire.Values(values)
}

// sent returns what the values of a request mean.
func (k oracleKind) sent(t *testing.T, request []byte) []string {
	t.Helper()
	return k.sentAs(t, request, k.want)
}

func (k oracleKind) sentAs(t *testing.T, request []byte, want func(any) (string, bool)) []string {
	t.Helper()
	var message struct{ Data [][]any }
	d := json.NewDecoder(strings.NewReader(string(request)))
	d.UseNumber()
	if err := d.Decode(&message); err != nil || len(message.Data) != 1 {
		t.Fatalf("request %.200s: %v", request, err)
	}
	meanings := make([]string, len(message.Data[0]))
	for i, v := range message.Data[0] {
		meanings[i] = "NULL"
		if v == nil {
			continue
		}
		var ok bool
		if meanings[i], ok = want(v); !ok {
			meanings[i] = "no meaning"
		}
	}
	return meanings
}
