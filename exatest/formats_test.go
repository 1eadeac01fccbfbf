package exatest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/exawire/exawire/internal/formatcases"
)

// TestFormatCases runs the tables that the client and exasqlite run as well.
func TestFormatCases(t *testing.T) {
	for _, c := range formatcases.Cases() {
		text, err := exatest.WriteTime(c.Format, "ENG", 7, formatcases.Time(c.Moment))
		if text != c.Text || (err != nil) != c.Refused() {
			t.Errorf("%s: %s is written %q, %v; want %q", c.Format, c.Moment, text, err, c.Text)
		}
		back, err := exatest.ReadTime(c.Format, "ENG", c.Text)
		if c.Back == "" {
			if err == nil {
				t.Errorf("%s: %q reads as %v", c.Format, c.Text, back)
			}
			continue
		}
		if want := formatcases.Time(c.Back); err != nil || !back.Equal(want) {
			t.Errorf("%s: %q reads as %v, %v; want %v", c.Format, c.Text, back, err, want)
		}
	}
	for _, c := range formatcases.BadTexts() {
		if back, err := exatest.ReadTime(c.Format, "ENG", c.Text); err == nil {
			t.Errorf("%s: %q reads as %v", c.Format, c.Text, back)
		}
	}
}

// A text may leave out the time of day or the end of it.
func TestShortTexts(t *testing.T) {
	for text, want := range map[string]string{
		"2024-06-18":             "2024-06-18",
		"2024-06-18 15":          "2024-06-18 15:00:00",
		"2024-06-18 15:04":       "2024-06-18 15:04:00",
		"2024-06-18 15:04:05":    "2024-06-18 15:04:05",
		"2024-06-18 15:04:05.6":  "2024-06-18 15:04:05.6",
		"2024-6-8 5:4:5.6789":    "2024-06-08 05:04:05.6789",
		"2024-06-18 15:04:05.67": "2024-06-18 15:04:05.67",
	} {
		back, err := exatest.ReadTime("YYYY-MM-DD HH24:MI:SS.FF6", "ENG", text)
		if err != nil || !back.Equal(formatcases.Time(want)) {
			t.Errorf("%q reads as %v, %v; want %s", text, back, err, want)
		}
	}
}

// Names follow NLS_DATE_LANGUAGE, the number of a day of the week NLS_FIRST_DAY_OF_WEEK.
func TestFormatParameters(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("D DATE"), exatest.TextValues("2024-03-05")))
	srv.HandleSQL("P ?", exatest.Func(func(r *exatest.Request) exatest.Response {
		return exatest.Rows(exatest.Columns("D DATE"), r.Params...).Params(exatest.Columns(`"" DATE`)...)
	}))
	c := testclient.Connect(t, srv)
	set := func(parameter, value string) {
		t.Helper()
		if a := c.Execute("ALTER SESSION SET " + parameter + " = '" + value + "'"); a.Status != "ok" {
			t.Fatal(a.Raw)
		}
	}
	shows := func(want string) {
		t.Helper()
		if diff := cmp.Diff(`[["`+want+`"]]`, testclient.Data(c.Execute("Q").Set(0))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	set("NLS_DATE_FORMAT", "Day DD MON YYYY")
	shows("Tuesday 05 MAR 2024")
	set("NLS_DATE_LANGUAGE", "german")
	shows("Dienstag 05 M\u00c4R 2024")
	c.OK(`{"command":"createPreparedStatement","sqlText":"P ?"}`)
	for _, text := range []string{"Dienstag 05 M\u00c4R 2024", "dienstag 05 m\u00e4r 2024"} {
		a := c.Do(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[[%s]]}`, testclient.Quote(text))
		if got := testclient.Data(a.Set(0)); got != "[[\"Dienstag 05 M\u00c4R 2024\"]]" {
			t.Errorf("%s: %s", text, a.Raw)
		}
	}
	set("NLS_DATE_FORMAT", "DY dd month yyyy")
	shows("DI 05 m\u00e4rz 2024")
	set("NLS_DATE_FORMAT", "D")
	shows("3")
	set("NLS_FIRST_DAY_OF_WEEK", "1")
	shows("2")
	set("NLS_FIRST_DAY_OF_WEEK", "2")
	shows("1")
	set("NLS_FIRST_DAY_OF_WEEK", "3")
	shows("7")
	for sql, want := range map[string]string{
		"NLS_DATE_LANGUAGE = 'FRA'":         "42000: invalid value 'FRA' for session parameter NLS_DATE_LANGUAGE [line 1, column 19]",
		"NLS_FIRST_DAY_OF_WEEK = 8":         "42000: invalid value '8' for session parameter NLS_FIRST_DAY_OF_WEEK [line 1, column 19]",
		"NLS_DATE_FORMAT = ''":              "0A000: Feature not supported: empty format",
		"NLS_TIMESTAMP_FORMAT = 'SS.FF'":    "0A000: Feature not supported: format 'SS.FF' at 'FF'",
		"NLS_DATE_FORMAT = 'YYYY-MM-DD \"'": "0A000: Feature not supported: format 'YYYY-MM-DD \"' at '\"'",
		"NLS_DATE_FORMAT = 'HH12'":          "0A000: Feature not supported: format 'HH12' with HH12 and without a meridian",
		"NLS_DATE_FORMAT = 'HH24 AM'":       "0A000: Feature not supported: format 'HH24 AM' with a meridian and without HH12",
	} {
		if diff := cmp.Diff(want, outcome(c.Execute("ALTER SESSION SET "+sql))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
	a := c.Do(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[["3"]]}`)
	if diff := cmp.Diff("0A000: Feature not supported: text in the format 'D'", outcome(a)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shows("7")
	c.Bye()
}
