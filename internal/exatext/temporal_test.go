package exatext_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/exatext"
	"github.com/exawire/exawire/internal/formatcases"
)

// formats are texts of the moment 2024-06-18 17:02:03.123456789 in formats of all kinds.
var formats = []struct{ format, text string }{
	{"YYYY-MM-DD", "2024-06-18"},
	{"YYYY-MM-DD HH24:MI:SS", "2024-06-18 17:02:03"},
	{"YYYY-MM-DD HH24:MI:SS.FF1", "2024-06-18 17:02:03.1"},
	{"YYYY-MM-DD HH24:MI:SS.FF3", "2024-06-18 17:02:03.123"},
	{"YYYY-MM-DD HH24:MI:SS.FF6", "2024-06-18 17:02:03.123456"},
	{"YYYY-MM-DD HH24:MI:SS.FF9", "2024-06-18 17:02:03.123456789"},
	{"yyyy-mm-dd hh24:mi:ss.ff6", "2024-06-18 17:02:03.123456"},
	{"YYYY-MM-DD HH:MI:SS", "2024-06-18 17:02:03"},
	{"DD.MM.YYYY", "18.06.2024"},
	{"DD.MM.YYYY HH24:MI:SS.FF3", "18.06.2024 17:02:03.123"},
	{"MM/DD/YYYY HH12:MI:SS AM", "06/18/2024 05:02:03 PM"},
	{`YYYY\MM\DD a.m. HH12:MI:SS`, `2024\06\18 p.m. 05:02:03`},
	{"YYYYMMDDHH24MISSFF2", "2024061817020312"},
	{"YYYY-MM-DD HH24:MI", "2024-06-18 17:02"},
	{"SS;MI HH24 YYYY_DD_MM", "03;02 17 2024_18_06"},
}

func TestLayout(t *testing.T) {
	full := exatext.Civil{Year: 2024, Month: 6, Day: 18, Hour: 17, Min: 2, Sec: 3, Nanos: 123456789}
	for _, tt := range formats {
		t.Run(tt.format, func(t *testing.T) {
			l, err := exatext.Compile(tt.format)
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.Append([]byte("x"), full)
			if err != nil || string(got) != "x"+tt.text {
				t.Fatalf("Append = %q, %v; want %q", got, err, "x"+tt.text)
			}
			c, err := l.Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			again, err := l.Append(nil, c)
			if err != nil || string(again) != tt.text {
				t.Errorf("%q reads as %+v, which prints as %q, %v", tt.text, c, again, err)
			}
			if c.Year != 2024 || c.Month != 6 || c.Day != 18 {
				t.Errorf("%q reads as %+v", tt.text, c)
			}
			for n := range tt.text {
				if c, err := l.Parse([]byte(tt.text[:n])); err == nil {
					t.Errorf("%q reads as %+v", tt.text[:n], c)
				}
				for _, wrong := range []byte{0, ' ' + 1, 'x', '/' - 1, 0xff} {
					broken := []byte(tt.text)
					if broken[n] == wrong {
						continue
					}
					broken[n] = wrong
					if c, err := l.Parse(broken); err == nil {
						t.Errorf("%q reads as %+v", broken, c)
					}
				}
			}
			if c, err := l.Parse([]byte(tt.text + "0")); err == nil {
				t.Errorf("%q reads as %+v", tt.text+"0", c)
			}
		})
	}
}

func TestLayoutFacts(t *testing.T) {
	tests := []struct {
		format        string
		digits, width int
	}{
		{"YYYY-MM-DD", 0, 10},
		{"YYYY-MM-DD HH24:MI:SS", 0, 19},
		{"YYYY-MM-DD HH24:MI:SS.FF6", 6, 26},
		{"yyyy-mm-dd HH24:mi:SS.ff9", 9, 29},
		{"DD.MM.YYYY", 0, 0},
		{"YYYY-MM-DD HH24:MI:SS;FF3", 3, 0},
		{"YYYY-MM-DD HH24:MI", 0, 0},
		{"YYYY-MM-DD HH24:MI:SS.FF3 ", 3, 0},
		{"YYYY-MM-DD HH24:MI:SS.FF6-", 6, 0},
	}
	for _, tt := range tests {
		l, err := exatext.Compile(tt.format)
		if err != nil {
			t.Fatal(err)
		}
		if l.Digits() != tt.digits || l.ISOWidth() != tt.width {
			t.Errorf("%s: %d digits, ISO width %d; want %d, %d", tt.format, l.Digits(), l.ISOWidth(), tt.digits, tt.width)
		}
	}
}

func TestLayoutRanges(t *testing.T) {
	l, err := exatext.Compile(exatext.DefaultTimestampFormat)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		text string
		want error
	}{
		{"0001-01-01 00:00:00.000000", nil},
		{"9999-12-31 23:59:59.999999", nil},
		{"2024-02-29 00:00:00.000000", nil},
		{"2000-02-29 00:00:00.000000", nil},
		{"0000-01-01 00:00:00.000000", exatext.ErrRange},
		{"2023-02-29 00:00:00.000000", exatext.ErrRange},
		{"1900-02-29 00:00:00.000000", exatext.ErrRange},
		{"2024-13-01 00:00:00.000000", exatext.ErrRange},
		{"2024-00-01 00:00:00.000000", exatext.ErrRange},
		{"2024-04-31 00:00:00.000000", exatext.ErrRange},
		{"2024-01-00 00:00:00.000000", exatext.ErrRange},
		{"2024-01-01 24:00:00.000000", exatext.ErrRange},
		{"2024-01-01 00:60:00.000000", exatext.ErrRange},
		{"2024-01-01 00:00:60.000000", exatext.ErrRange},
		{"2024-01-01T00:00:00.000000", exatext.ErrSyntax},
		{"2024-01-01 00:00:00.00000x", exatext.ErrSyntax},
	}
	for _, tt := range tests {
		c, err := l.Parse([]byte(tt.text))
		if !errors.Is(err, tt.want) {
			t.Errorf("Parse(%q) = %+v, %v; want %v", tt.text, c, err, tt.want)
		}
		checkUnix(t, l, tt.text, c, err)
	}
	for _, c := range []exatext.Civil{{}, {Year: 10000, Month: 1, Day: 1}, {Year: 2023, Month: 2, Day: 29}, {Year: 1, Month: 1, Day: 1, Hour: 24}, {Year: 1, Month: 1, Day: 1, Nanos: 1e9}, {Year: 1, Month: 1, Day: 1, Sec: -1}} {
		if text, err := l.Append(nil, c); !errors.Is(err, exatext.ErrRange) || len(text) != 0 {
			t.Errorf("Append(%+v) = %q, %v; want ErrRange", c, text, err)
		}
	}
	noon, err := exatext.Compile("YYYY-MM-DD HH12 AM")
	if err != nil {
		t.Fatal(err)
	}
	for text, hour := range map[string]int{"12 AM": 0, "01 AM": 1, "12 PM": 12, "11 pm": 23} {
		if c, err := noon.Parse([]byte("2024-01-01 " + text)); err != nil || c.Hour != hour {
			t.Errorf("%s is hour %d, %v; want %d", text, c.Hour, err, hour)
		}
	}
	for _, text := range []string{"00 AM", "13 PM", "1 PM", "01 XM"} {
		if c, err := noon.Parse([]byte("2024-01-01 " + text)); err == nil {
			t.Errorf("%s is hour %d", text, c.Hour)
		}
	}
}

// checkUnix compares ParseUnix with Parse.
func checkUnix(t *testing.T, l *exatext.Layout, text string, want exatext.Civil, wantErr error) {
	t.Helper()
	seconds, nanos, err := l.ParseUnix([]byte(text))
	if !errors.Is(err, wantErr) || err == nil && (seconds != want.Unix() || nanos != int64(want.Nanos)) {
		t.Errorf("ParseUnix(%q) = %d, %d, %v; want %+v, %v", text, seconds, nanos, err, want, wantErr)
	}
}

func TestCompileRefuses(t *testing.T) {
	for format, want := range map[string]string{
		"":                          `NLS format "" does not have all of YYYY, MM and DD`,
		"YYYY-MM":                   `NLS format "YYYY-MM" does not have all of YYYY, MM and DD`,
		"DD-MON-YYYY":               `NLS format "DD-MON-YYYY" has MON, which cannot be read and written exactly`,
		"YYYY-DDD":                  `NLS format "YYYY-DDD" has DDD, which cannot be read and written exactly`,
		"YYYY-MM-DD HH24:MI:SS.FF":  `NLS format "YYYY-MM-DD HH24:MI:SS.FF" has FF, which cannot be read and written exactly`,
		"YYYY-MM-DD HH24:MI:SS,FF3": `NLS format "YYYY-MM-DD HH24:MI:SS,FF3" has ",", which cannot be read and written exactly`,
		"YYYY-MM-DD\u00e9":          "NLS format \"YYYY-MM-DD\u00e9\" has \"\u00e9\", which cannot be read and written exactly",
		`YYYY-MM-DD"T"HH24`:         `NLS format "YYYY-MM-DD\"T\"HH24" has "\"", which cannot be read and written exactly`,
		"YYYY-MM-DD HH HH24":        `NLS format "YYYY-MM-DD HH HH24" has two elements for HH24`,
		"YYYY-MM-DD HH24 HH12 AM":   `NLS format "YYYY-MM-DD HH24 HH12 AM" has two elements for the hour`,
		"YYYY-MM-DD HH12":           `NLS format "YYYY-MM-DD HH12" has one of HH12 and AM without the other`,
		"YYYY-MM-DD HH12 Am":        `NLS format "YYYY-MM-DD HH12 Am" has Am, which cannot be read and written exactly`,
	} {
		_, err := exatext.Compile(format)
		if !errors.Is(err, exatext.ErrFormat) || err.Error() != want {
			t.Errorf("Compile(%q): %v, want %s", format, err, want)
		}
	}
	for _, format := range []string{"YYYY-MM-DD\x00", "YYYY-MM-DD\xff", "YYYY-MM-DDx"} {
		if _, err := exatext.Compile(format); !errors.Is(err, exatext.ErrFormat) {
			t.Errorf("Compile(%q): %v, want ErrFormat", format, err)
		}
	}
}

// TestFormatCases runs the tables that exatest and exasqlite run as well.
func TestFormatCases(t *testing.T) {
	for _, c := range formatcases.Cases() {
		l, err := exatext.Compile(c.Format)
		if !c.Exact {
			if !errors.Is(err, exatext.ErrFormat) {
				t.Errorf("Compile(%q): %v, want ErrFormat", c.Format, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := l.Parse([]byte(c.Text))
		if want := civilOf(c.Back); err != nil || got != want {
			t.Errorf("%s: %q reads as %+v, %v; want %+v", c.Format, c.Text, got, err, want)
		}
		checkUnix(t, l, c.Text, got, err)
		if text, err := l.Append(nil, civilOf(c.Moment)); err != nil || string(text) != c.Text {
			t.Errorf("%s: %s is written %q, %v; want %q", c.Format, c.Moment, text, err, c.Text)
		}
	}
	for _, c := range formatcases.BadTexts() {
		l, err := exatext.Compile(c.Format)
		if err != nil {
			continue
		}
		if got, err := l.Parse([]byte(c.Text)); err == nil {
			t.Errorf("%s: %q reads as %+v", c.Format, c.Text, got)
		}
	}
}

// civilOf reads a moment of the tables.
func civilOf(moment string) exatext.Civil {
	at := formatcases.Time(moment)
	return exatext.Civil{
		Year: at.Year(), Month: int(at.Month()), Day: at.Day(), Hour: at.Hour(), Min: at.Minute(), Sec: at.Second(), Nanos: at.Nanosecond(),
	}
}

func TestCivilAgainstTime(t *testing.T) {
	day := time.Date(1, 1, 1, 12, 30, 15, 0, time.UTC)
	for day.Year() < 10000 {
		y, m, d := day.Date()
		if got := (exatext.Civil{Year: y, Month: int(m), Day: d, Hour: 12, Min: 30, Sec: 15}).Unix(); got != day.Unix() {
			t.Fatalf("%v is second %d, want %d", day, got, day.Unix())
		}
		gotY, gotM, gotD, ok := exatext.Date(exatext.Days(y, int(m), d))
		if gotY != y || gotM != int(m) || gotD != d || !ok {
			t.Fatalf("%v comes back as %d-%d-%d, %v", day, gotY, gotM, gotD, ok)
		}
		day = day.AddDate(0, 0, 13)
	}
	for _, days := range []int64{exatext.Days(1, 1, 1) - 1, exatext.Days(9999, 12, 31) + 1, -1 << 63, 1<<63 - 1} {
		if y, m, d, ok := exatext.Date(days); ok {
			t.Errorf("day %d is %d-%d-%d", days, y, m, d)
		}
	}
}

func FuzzLayout(f *testing.F) {
	for _, tt := range formats {
		f.Add(tt.format, tt.text)
	}
	f.Fuzz(func(t *testing.T, format, text string) {
		l, err := exatext.Compile(format)
		if err != nil {
			return
		}
		c, err := l.Parse([]byte(text))
		checkUnix(t, l, text, c, err)
		if err != nil {
			return
		}
		again, err := l.Append(nil, c)
		if err != nil {
			t.Fatalf("%s: %q reads as %+v, which has no text: %v", format, text, c, err)
		}
		back, err := l.Parse(again)
		if err != nil {
			t.Fatalf("%s: %q prints as %q: %v", format, text, again, err)
		}
		if diff := cmp.Diff(c, back); diff != "" {
			t.Fatalf("%s: %q prints as %q (-want +got):\n%s", format, text, again, diff)
		}
	})
}

func TestYearMonth(t *testing.T) {
	tests := []struct {
		text, wire string
		months     int64
		precision  int
	}{
		{"+05-03", "+05-03", 63, 2},
		{"5-3", "+05-03", 63, 2},
		{"-00-11", "-00-11", -11, 2},
		{"+1000-05", "+1000-05", 12005, 4},
		{"-1-0", "-000000001-00", -12, 9},
		{"999999999-11", "+999999999-11", 999999999*12 + 11, 9},
		{"+0-0", "+0-00", 0, 0},
		{"-0-0", "+00-00", 0, 2},
	}
	for _, tt := range tests {
		months, err := exatext.ParseYearMonth([]byte(tt.text))
		if err != nil || months != tt.months {
			t.Errorf("ParseYearMonth(%q) = %d, %v; want %d", tt.text, months, err, tt.months)
		}
		if wire, err := exatext.AppendYearMonth(nil, months, tt.precision); err != nil || string(wire) != tt.wire {
			t.Errorf("AppendYearMonth(%d) = %q, %v; want %q", months, wire, err, tt.wire)
		}
	}
	for _, text := range []string{"", "+", "5", "5-", "-3", "5-12", "5-3x", "+-5-3", "5--3", "1234567890-1", "5-003", " 5-3", "5 3", "a-b"} {
		if months, err := exatext.ParseYearMonth([]byte(text)); err == nil {
			t.Errorf("ParseYearMonth(%q) = %d", text, months)
		}
	}
	for _, months := range []int64{1e9 * 12, -1e9 * 12, -1 << 63, 1<<63 - 1} {
		if text, err := exatext.AppendYearMonth(nil, months, 2); !errors.Is(err, exatext.ErrRange) {
			t.Errorf("AppendYearMonth(%d) = %q, %v; want ErrRange", months, text, err)
		}
	}
}

func TestDaySecond(t *testing.T) {
	const second = int64(1e9)
	tests := []struct {
		text, wire          string
		days, nanos         int64
		precision, fraction int
	}{
		{"+02 12:50:10.123", "+02 12:50:10.123", 2, 46210*second + 123e6, 2, 3},
		{"2 12:50:10.123", "+02 12:50:10.123", 2, 46210*second + 123e6, 2, 3},
		{"-00 00:00:01.000", "-00 00:00:01.000", 0, -second, 2, 3},
		{"+000000003 10:59:59.123000000", "+000000003 10:59:59.123000000", 3, 39599*second + 123e6, 9, 9},
		{"-1 0:0:0", "-01 00:00:00", -1, 0, 2, 0},
		{"-999999999 23:59:59.999999999", "-999999999 23:59:59.999999999", -999999999, -(86400*second - 1), 9, 9},
		{"+00 00:00:00.000", "+00 00:00:00.0", 0, 0, 2, 1},
		{"-00 00:00:00", "+00 00:00:00", 0, 0, 2, 0},
	}
	for _, tt := range tests {
		days, nanos, err := exatext.ParseDaySecond([]byte(tt.text))
		if err != nil || days != tt.days || nanos != tt.nanos {
			t.Errorf("ParseDaySecond(%q) = %d, %d, %v; want %d, %d", tt.text, days, nanos, err, tt.days, tt.nanos)
		}
		if wire, err := exatext.AppendDaySecond(nil, days, nanos, tt.precision, tt.fraction); err != nil || string(wire) != tt.wire {
			t.Errorf("AppendDaySecond(%d, %d) = %q, %v; want %q", days, nanos, wire, err, tt.wire)
		}
	}
	for _, text := range []string{
		"", "1", "1 ", "1 1", "1 1:1", "1 1:1:", "1 24:00:00", "1 00:60:00", "1 00:00:60", "1 00:00:00.", "1 00:00:00.1234567890", "1 00:00:00x", "1234567890 00:00:00",
		"1  00:00:00", "1 -1:00:00", "+-1 00:00:00", "1 001:00:00",
	} {
		if days, nanos, err := exatext.ParseDaySecond([]byte(text)); err == nil {
			t.Errorf("ParseDaySecond(%q) = %d, %d", text, days, nanos)
		}
	}
	sums := []struct {
		days, nanos int64
		want        string // empty if out of range
	}{
		{1, -second, "+00 23:59:59.000"},
		{-1, second, "-00 23:59:59.000"},
		{0, 86400 * second, "+01 00:00:00.000"},
		{0, -1 << 63, "-106751 23:47:16.854"},
		{1 << 62, 0, ""},
		{-1 << 63, 0, ""},
		{1e9, 0, ""},
		{1e9, -1, "+999999999 23:59:59.999"},
		{-1e9, 0, ""},
	}
	for _, tt := range sums {
		got, err := exatext.AppendDaySecond(nil, tt.days, tt.nanos, 2, 3)
		if string(got) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("AppendDaySecond(%d, %d) = %q, %v; want %q", tt.days, tt.nanos, got, err, tt.want)
		}
	}
}

func FuzzInterval(f *testing.F) {
	f.Add("+05-03", 2, 3)
	f.Add("-00-11", 9, 0)
	f.Add("-00 00:00:01.000", 2, 9)
	f.Add("+000000003 10:59:59.123000000", 9, 9)
	f.Fuzz(func(t *testing.T, text string, precision, fraction int) {
		if months, err := exatext.ParseYearMonth([]byte(text)); err == nil {
			wire, err := exatext.AppendYearMonth(nil, months, precision)
			if err != nil {
				t.Fatalf("%q reads as %d, which has no text: %v", text, months, err)
			}
			if back, err := exatext.ParseYearMonth(wire); err != nil || back != months {
				t.Fatalf("%q prints as %q, which reads as %d, %v", text, wire, back, err)
			}
		}
		if days, nanos, err := exatext.ParseDaySecond([]byte(text)); err == nil {
			wire, err := exatext.AppendDaySecond(nil, days, nanos, precision, 9)
			if err != nil {
				t.Fatalf("%q reads as %d, %d, which has no text: %v", text, days, nanos, err)
			}
			backDays, backNanos, err := exatext.ParseDaySecond(wire)
			if err != nil || backDays != days || backNanos != nanos {
				t.Fatalf("%q prints as %q, which reads as %d, %d, %v", text, wire, backDays, backNanos, err)
			}
			if _, err := exatext.AppendDaySecond(nil, days, nanos, precision, fraction); err != nil {
				t.Fatalf("with %d digits: %v", fraction, err)
			}
		}
	})
}

func ExampleLayout() {
	layout, err := exatext.Compile("DD.MM.YYYY HH24:MI:SS.FF3")
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := layout.Parse([]byte("18.06.2024 17:22:13.123"))
	fmt.Println(c, err)
	text, err := layout.Append(nil, c)
	fmt.Println(string(text), err)
	// Output:
	// {2024 6 18 17 22 13 123000000} <nil>
	// 18.06.2024 17:22:13.123 <nil>
}

// TestDates goes through all days: each comes after the one before, and Days leads back to it.
func TestDates(t *testing.T) {
	const first, last = -719162, 2932896
	before := 0
	for days := int64(first); days <= last; days++ {
		year, month, day, ok := exatext.Date(days)
		number := year*372 + month*31 + day
		if !ok || month < 1 || month > 12 || day < 1 || day > 31 || number <= before || exatext.Days(year, month, day) != days {
			t.Fatalf("day %d is %d-%d-%d", days, year, month, day)
		}
		before = number
	}
}
