package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// oracleFlag asks for a long run, which reads and writes millions of values: go test -run Oracle -oracle 1000000 .
var oracleFlag = flag.Int("oracle", 0, "how many random values of each type are compared with the oracle; 0 for some hundreds or thousands")

// oracleValues is how many values of each kind the oracle compares in each direction.
func oracleValues() int {
	switch {
	case *oracleFlag > 0:
		return *oracleFlag
	case raceEnabled:
		return 400
	}
	return 4000
}

// oracleKind is a SQL type with a slow and obvious understanding of it, which shares no code with the module: texts are
// written and read with encoding/json, math/big and time.
type oracleKind struct {
	name       string
	sql        string                  // as ParseType has it
	dataType   string                  // as columns describe it
	layout     string                  // of package time, for types of dates and times
	zone       *time.Location          // for TIMESTAMP WITH LOCAL TIME ZONE
	options    []exatest.Option        // what the session is told
	random     func(*rand.Rand) string // JSON of a value
	attributes []exawire.Attribute     // what the session then sets itself

	// want says what a value means that encoding/json has read, as a text that is equal for equal values. ok is false
	// if it has no meaning.
	want func(v any) (meaning string, ok bool)
}

func oracleKinds() []oracleKind {
	kinds := []oracleKind{
		{name: "BOOLEAN", sql: "BOOLEAN", dataType: `{"type":"BOOLEAN"}`, random: randomBool, want: wantAsIs},
		{name: "DOUBLE", sql: "DOUBLE", dataType: `{"type":"DOUBLE"}`, random: randomDouble, want: wantDouble},
		{name: "VARCHAR", sql: "VARCHAR(2000000)", dataType: `{"type":"VARCHAR","size":2000000,"characterSet":"UTF8"}`, random: randomText, want: wantAsIs},
		{name: "GEOMETRY", sql: "VARCHAR(2000000)", dataType: `{"type":"GEOMETRY","size":2000000,"srid":0}`, random: randomPoint, want: wantAsIs},
		{name: "HASHTYPE", sql: "HASHTYPE(16 BYTE)", dataType: `{"type":"HASHTYPE","size":32}`, random: randomHash, want: wantAsIs},
		{name: "INTERVAL YEAR TO MONTH", sql: "INTERVAL YEAR(9) TO MONTH", dataType: `{"type":"INTERVAL YEAR TO MONTH","precision":9}`, random: randomYearMonth, want: wantYearMonth},
		{name: "INTERVAL DAY TO SECOND", sql: "INTERVAL DAY(9) TO SECOND(9)", dataType: `{"type":"INTERVAL DAY TO SECOND","precision":9,"fraction":9}`, random: randomDaySecond, want: wantDaySecond},
	}
	for _, d := range []struct{ precision, scale int }{{1, 0}, {9, 0}, {18, 0}, {19, 0}, {36, 0}, {18, 2}, {18, 18}, {36, 1}, {36, 18}, {36, 36}} {
		kinds = append(kinds, oracleKind{
			name:     fmt.Sprintf("DECIMAL(%d,%d)", d.precision, d.scale),
			sql:      fmt.Sprintf("DECIMAL(%d,%d)", d.precision, d.scale),
			dataType: fmt.Sprintf(`{"type":"DECIMAL","precision":%d,"scale":%d}`, d.precision, d.scale),
			random:   func(r *rand.Rand) string { return randomDecimal(r, d.precision, d.scale) },
			want:     wantDecimal,
		})
	}
	kinds = append(kinds, oracleKind{
		name:       "DECIMAL(14,4) with a comma",
		sql:        "DECIMAL(14,4)",
		dataType:   `{"type":"DECIMAL","precision":14,"scale":4}`,
		attributes: []exawire.Attribute{exawire.NumericCharacters(",.")},
		random:     func(r *rand.Rand) string { return strings.Replace(randomDecimal(r, 14, 4), ".", ",", 1) },
		want:       wantDecimal,
	})
	for _, f := range oracleFormats {
		kinds = append(kinds, oracleKind{
			name:     "DATE " + f.nls,
			sql:      "DATE",
			layout:   f.layout,
			dataType: `{"type":"DATE"}`,
			options:  []exatest.Option{exatest.WithSessionAttribute("dateFormat", f.nls)},
			random:   func(r *rand.Rand) string { return quoted(randomTime(r).Truncate(24 * time.Hour).Format(f.layout)) },
			want:     func(v any) (string, bool) { return wantTime(v, f.layout) },
		}, oracleKind{
			name:     "TIMESTAMP " + f.nls,
			sql:      "TIMESTAMP(9)",
			layout:   f.layout,
			dataType: `{"type":"TIMESTAMP","precision":9,"withLocalTimeZone":false}`,
			options:  []exatest.Option{exatest.WithSessionAttribute("datetimeFormat", f.nls)},
			random:   func(r *rand.Rand) string { return quoted(randomTime(r).Format(f.layout)) },
			want:     func(v any) (string, bool) { return wantTime(v, f.layout) },
		})
	}
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			panic(err)
		}
		kinds = append(kinds, oracleKind{
			name:     "TIMESTAMP WITH LOCAL TIME ZONE " + zone,
			sql:      "TIMESTAMP(6) WITH LOCAL TIME ZONE",
			layout:   oracleZonedLayout,
			zone:     loc,
			dataType: `{"type":"TIMESTAMP WITH LOCAL TIME ZONE","precision":6,"withLocalTimeZone":true}`,
			options:  []exatest.Option{exatest.WithSessionAttribute("timezone", strings.ToUpper(zone))},
			random:   func(r *rand.Rand) string { return quoted(randomTime(r).In(loc).Format(oracleZonedLayout)) },
			want:     func(v any) (string, bool) { return wantInstant(v, oracleZonedLayout, loc) },
		})
	}
	return kinds
}

// oracleZonedLayout is the default format.
const oracleZonedLayout = "2006-01-02 15:04:05.000000"

// oracleFormats are formats of the server and the layouts of package time that mean the same.
var oracleFormats = []struct{ nls, layout string }{
	{"YYYY-MM-DD", "2006-01-02"},
	{"YYYY-MM-DD HH24:MI:SS.FF6", "2006-01-02 15:04:05.000000"},
	{"YYYY-MM-DD HH24:MI:SS.FF9", "2006-01-02 15:04:05.000000000"},
	{"YYYY-MM-DD HH:MI:SS", "2006-01-02 15:04:05"},
	{"DD.MM.YYYY HH24:MI:SS.FF3", "02.01.2006 15:04:05.000"},
	{"MM/DD/YYYY HH12:MI:SS AM", "01/02/2006 03:04:05 PM"},
	{"DD_MM_YYYY pm HH12:MI:SS.FF1", "02_01_2006 pm 03:04:05.0"},
	{"YYYYMMDDHH24MISS", "20060102150405"},
}

func wantAsIs(v any) (string, bool) { return fmt.Sprint(v), true }

// number returns a JSON number, or the one in a string, with a point.
func number(v any) string {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	return strings.Replace(v.(string), ",", ".", 1)
}

// connect opens a session in which values travel as those of the kind.
func (k oracleKind) connect(t *testing.T, srv *exatest.Server) *exawire.Session {
	t.Helper()
	sess := connect(t, newClient(t, srv, nil))
	if len(k.attributes) > 0 {
		if err := sess.SetAttributes(t.Context(), k.attributes...); err != nil {
			t.Fatal(err)
		}
	}
	return sess
}

func wantDecimal(v any) (string, bool) {
	r, ok := new(big.Rat).SetString(number(v))
	return r.RatString(), ok
}

func wantDouble(v any) (string, bool) {
	f, err := strconv.ParseFloat(number(v), 64)
	return meaningOf(f), err == nil
}

// wantYearMonth counts the months of +YYYY-MM.
func wantYearMonth(v any) (string, bool) {
	years, months, _ := strings.Cut(v.(string)[1:], "-")
	n := new(big.Int).Mul(integer(years), big.NewInt(12))
	return signed(v.(string)[0], n.Add(n, integer(months))), true
}

// wantDaySecond counts the nanoseconds of +DDD HH:MI:SS.FFFFFFFFF.
func wantDaySecond(v any) (string, bool) {
	parts := strings.FieldsFunc(v.(string)[1:], func(c rune) bool { return strings.ContainsRune(" :.", c) })
	n := integer(parts[0])
	for i, unit := range []int64{24, 60, 60, 1e9} {
		n.Mul(n, big.NewInt(unit)).Add(n, integer(parts[i+1]))
	}
	return signed(v.(string)[0], n), true
}

func signed(sign byte, n *big.Int) string {
	if sign == '-' {
		n.Neg(n)
	}
	return n.String()
}

func integer(digits string) *big.Int {
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		panic(digits)
	}
	return n
}

func wantTime(v any, layout string) (string, bool) {
	t, err := time.Parse(layout, v.(string))
	return meaningOf(t), err == nil
}

// wantInstant is clear if the text stands for exactly one instant.
func wantInstant(v any, layout string, loc *time.Location) (string, bool) {
	found := instants(v.(string), layout, loc)
	if len(found) != 1 {
		return "", false
	}
	return meaningOf(found[0]), true
}

// instants tries every instant that a clock on earth may show as the text, and returns those that do, the first first.
func instants(text, layout string, loc *time.Location) (found []time.Time) {
	wall, err := time.Parse(layout, text)
	if err != nil {
		return nil
	}
	var tried []time.Time // most are the same
	for h := 48 * time.Hour; h >= -48*time.Hour; h -= time.Hour / 2 {
		_, offset := wall.Add(h).In(loc).Zone()
		t := wall.Add(-time.Duration(offset) * time.Second).In(loc)
		if slices.ContainsFunc(tried, t.Equal) {
			continue
		}
		tried = append(tried, t)
		if t.Format(layout) == text {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return found
}

// meaningOf writes a value that the module has read, so that equal values have equal texts.
func meaningOf(v any) string {
	switch v := v.(type) {
	case exawire.Decimal:
		meaning, _ := wantDecimal(v.String())
		return meaning
	case float64:
		return strconv.FormatFloat(v+0, 'x', -1, 64)
	case time.Time:
		return fmt.Sprintf("%d s %d ns", v.Unix(), v.Nanosecond())
	case exawire.YearMonth:
		return strconv.FormatInt(v.Months, 10)
	case exawire.DaySecond:
		n := new(big.Int).Mul(big.NewInt(v.Days), big.NewInt(24*int64(time.Hour)))
		return n.Add(n, big.NewInt(v.Nanos)).String()
	}
	return fmt.Sprint(v)
}
