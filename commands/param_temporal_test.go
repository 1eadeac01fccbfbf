package commands_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/formatcases"
)

func TestParamSessionFormats(t *testing.T) {
	day := time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)
	moment := time.Date(2024, 6, 18, 17, 22, 13, 120000000, time.UTC)
	for _, tt := range []struct {
		format string
		v      any
		want   string // or
		err    error
	}{
		{"DD.MM.YYYY HH24:MI:SS.FF2", moment, `"18.06.2024 17:22:13.12"`, nil},
		{"DD.MM.YYYY HH24:MI:SS.FF2", "18.06.2024 17:22:13.12", `"18.06.2024 17:22:13.12"`, nil},
		{"DD.MM.YYYY HH24:MI:SS.FF2", "2024-06-18T17:22:13.12", `"18.06.2024 17:22:13.12"`, nil},
		{"DD.MM.YYYY HH24:MI:SS.FF2", moment.Add(time.Millisecond), ``, commands.ErrParamInexact},
		{"YYYY-MM-DD HH24:MI:SS", moment.Truncate(time.Second), `"2024-06-18 17:22:13"`, nil},
		{"YYYY-MM-DD HH24:MI:SS", moment, ``, commands.ErrParamInexact},
		{"YYYY-MM-DD HH24:MI:SS.FF9", moment.Add(1), `"2024-06-18 17:22:13.120000001"`, nil},
		{"YYYY-MM-DD HH24:MI:SS.FF1", moment.Truncate(100 * time.Millisecond), `"2024-06-18 17:22:13.1"`, nil},
		{"YYYY-MM-DD", day, `"2024-06-18"`, nil},
		{"YYYY-MM-DD", moment.Truncate(time.Second), ``, commands.ErrParamInexact},
		{"DD/MM/YYYY", day, `"18/06/2024"`, nil},
		{"DD/MM/YYYY", moment.Truncate(time.Second), ``, commands.ErrParamInexact},
		{"DD/MM/YYYY", moment.Truncate(24 * time.Hour), `"18/06/2024"`, nil},
		{`YYYY-MM-DD\ HH12:MI:SS AM`, moment.Truncate(time.Second), `"2024-06-18\\ 05:22:13 PM"`, nil},
		{"YYYY-MM-DD HH:MI:SS", moment.Truncate(time.Second), `"2024-06-18 17:22:13"`, nil},
		{"YYYY-MM-DD HH24:MI:SS.FF", moment, ``, commands.ErrParamType},
		{"YYYY-MM-DD HH24:MI:SS.FF", "2024-06-18T17:22:13.12", `"2024-06-18T17:22:13.12"`, nil}, // left to the server
		{"DD-MON-YYYY", day, ``, commands.ErrParamType},
		{"DD-MON-YYYY", "18-JUN-2024", `"18-JUN-2024"`, nil}, // not understood, so left to the server
		{"DD-MON-YYYY", "18-\xff-2024", ``, commands.ErrParamText},
	} {
		f := commands.ParamFormats{Timestamp: tt.format}
		got, err := encode(t, commands.Values([]any{tt.v}), of(commands.Timestamp), f)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%v in format %s: got %s, %v, want %s, %v", tt.v, tt.format, got, err, tt.want, tt.err)
		}
	}
	got, err := encode(t, commands.Values([]time.Time{day}), of(commands.Date), commands.ParamFormats{Date: "MM/DD/YYYY"})
	if want := `"06/18/2024"`; err != nil || got != want {
		t.Errorf("date: got %s, %v, want %s", got, err, want)
	}
}

// TestParamFormatCases runs the table that exatest and exasqlite run as well.
func TestParamFormatCases(t *testing.T) {
	for _, c := range formatcases.Cases() {
		f := commands.ParamFormats{Timestamp: c.Format}
		at := formatcases.Time(c.Moment)
		if !c.Exact {
			if _, err := encode(t, commands.Values([]time.Time{at}), of(commands.Timestamp), f); !errors.Is(err, commands.ErrParamType) {
				t.Errorf("%s: a time.Time is %v, want ErrParamType", c.Format, err)
			}
			if got, err := encode(t, commands.Values([]string{"a text"}), of(commands.Timestamp), f); err != nil || got != `"a text"` {
				t.Errorf("%s: a text becomes %s, %v", c.Format, got, err)
			}
			continue
		}
		want := asJSON(t, c.Text)
		if got, err := encode(t, commands.Values([]time.Time{formatcases.Time(c.Back)}), of(commands.Timestamp), f); err != nil || got != want {
			t.Errorf("%s: %s becomes %s, %v; want %s", c.Format, c.Back, got, err, want)
		}
		if got, err := encode(t, commands.Values([]string{c.Text}), of(commands.Timestamp), f); err != nil || got != want {
			t.Errorf("%s: the text %q becomes %s, %v", c.Format, c.Text, got, err)
		}
		exact, err := encode(t, commands.Values([]time.Time{at}), of(commands.Timestamp), f)
		if formatcases.Time(c.Back).Equal(at) != (err == nil) || err != nil && !errors.Is(err, commands.ErrParamInexact) {
			t.Errorf("%s: %s becomes %s, %v", c.Format, c.Moment, exact, err)
		}
		f.Truncate = true
		if got, err := encode(t, commands.Values([]time.Time{at}), of(commands.Timestamp), f); err != nil || got != want {
			t.Errorf("%s: %s, truncated, becomes %s, %v; want %s", c.Format, c.Moment, got, err, want)
		}
	}
}

func TestParamFormatError(t *testing.T) {
	_, err := encode(t, commands.Values([]time.Time{{}}), of(commands.Timestamp), commands.ParamFormats{Timestamp: "DD-MON-YYYY"})
	const want = `exawire: parameter 1, row 1: time.Time to TIMESTAMP: Go type does not fit the parameter: NLS format "DD-MON-YYYY" has MON, ` +
		`which cannot be read and written exactly: send text in that format, or ALTER SESSION to a format of YYYY MM DD HH24 MI SS FF1 to FF9`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func asJSON(t *testing.T, text string) string {
	t.Helper()
	out, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestParamLocalTimestamps(t *testing.T) {
	// In 2024 the clocks of Berlin went from 02:00 to 03:00 on 31 March and from 03:00 to 02:00 on 27 October.
	utc := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2024, month, day, hour, minute, 0, 0, time.UTC)
	}
	const first, second = "INVALID SHIFT AMBIGUOUS DST", "INVALID SHIFT AMBIGUOUS ST"
	const reject = "INVALID REJECT AMBIGUOUS REJECT"
	for _, tt := range []struct {
		at       time.Time
		behavior string
		want     string // "" if it is refused
	}{
		{utc(6, 18, 12, 0), "", `"2024-06-18 14:00:00.000000"`},
		{utc(1, 18, 12, 0), reject, `"2024-01-18 13:00:00.000000"`},
		{utc(3, 31, 0, 59), reject, `"2024-03-31 01:59:00.000000"`},
		{utc(3, 31, 1, 0), reject, `"2024-03-31 03:00:00.000000"`},
		{utc(10, 26, 23, 59), reject, `"2024-10-27 01:59:00.000000"`},
		{utc(10, 27, 0, 0), first, `"2024-10-27 02:00:00.000000"`},
		{utc(10, 27, 0, 59), first, `"2024-10-27 02:59:00.000000"`},
		{utc(10, 27, 0, 0), second, ``},
		{utc(10, 27, 0, 59), "", ``},
		{utc(10, 27, 0, 59), reject, ``},
		{utc(10, 27, 1, 0), second, `"2024-10-27 02:00:00.000000"`},
		{utc(10, 27, 1, 59), "", `"2024-10-27 02:59:00.000000"`},
		{utc(10, 27, 1, 0), first, ``},
		{utc(10, 27, 1, 59), reject, ``},
		{utc(10, 27, 2, 0), reject, `"2024-10-27 03:00:00.000000"`},
	} {
		f := commands.ParamFormats{Location: berlin, TimeZoneBehavior: tt.behavior}
		// The values around it make the encoder remember the periods on both sides.
		for _, before := range []time.Time{utc(1, 1, 0, 0), utc(7, 1, 0, 0), utc(12, 1, 0, 0)} {
			e, err := commands.NewParamEncoder(commands.Values([]time.Time{before, tt.at}), 0, params(of(commands.TimestampLTZ))[0], f)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = e.Append(nil, 0, 1); err != nil {
				t.Fatal(err)
			}
			got, err := e.Append(nil, 1, 2)
			if string(got) != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("%v, %q after %v: got %s, %v, want %s", tt.at, tt.behavior, before, got, err, tt.want)
			}
			if err != nil && !errors.Is(err, commands.ErrParamInexact) {
				t.Errorf("%v: got %v, want ErrParamInexact", tt.at, err)
			}
		}
	}
	for text, want := range map[string]string{
		"2024-06-18T12:00:00Z":       `"2024-06-18 14:00:00.000000"`,
		"2024-06-18T12:00:00-0130":   `"2024-06-18 15:30:00.000000"`,
		"2024-06-18T12:00:00+02:00":  `"2024-06-18 12:00:00.000000"`,
		"2024-06-18 12:00:00":        `"2024-06-18 12:00:00.000000"`, // the session's wall clock
		"2024-10-27 02:30:00.000000": `"2024-10-27 02:30:00.000000"`,
	} {
		got, err := encode(t, commands.Values([]string{text}), of(commands.TimestampLTZ), commands.ParamFormats{Location: berlin})
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, at := range []time.Time{time.Unix(1<<62, 0), time.Unix(-1<<62, 0), time.Date(9999, 12, 31, 23, 30, 0, 0, time.UTC)} {
		_, err := encode(t, commands.Values([]time.Time{at}), of(commands.TimestampLTZ), commands.ParamFormats{Location: berlin})
		if !errors.Is(err, commands.ErrParamRange) {
			t.Errorf("%v: got %v, want ErrParamRange", at, err)
		}
	}
}
