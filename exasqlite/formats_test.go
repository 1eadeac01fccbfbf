package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/internal/formatcases"
	"github.com/exawire/exawire/resultset"
)

// formatSession opens a session whose times are written in their canonical form.
func formatSession(t *testing.T) *exawire.Session {
	t.Helper()
	sess := clientSession(t)
	mustExec(t, sess, "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9'")
	return sess
}

// clientSession opens a session of a client on a backend of its own, with these keys of the connection string.
func clientSession(t *testing.T, keys ...string) *exawire.Session {
	t.Helper()
	sess, err := exawire.Connect(t.Context(), exatest.NewServer(t, exatest.WithBackend(newBackend(t))).DSN(keys...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sess.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return sess
}

func queryOne[T any](t testing.TB, sess *exawire.Session, sql string, args ...any) (T, error) {
	t.Helper()
	rows, err := sess.Query(t.Context(), sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	return resultset.One[T](rows)
}

// literal is the moment of a table as SQL has it under the default formats.
func literal(moment string) string {
	at := formatcases.Time(moment)
	return "TIMESTAMP '" + at.Format("2006-01-02 15:04:05.000000000") + "'"
}

// TestFormatCases runs the tables that the client and exatest run as well, by TO_CHAR and TO_TIMESTAMP.
func TestFormatCases(t *testing.T) {
	sess := formatSession(t)
	for _, c := range formatcases.Cases() {
		text, err := queryOne[string](t, sess, fmt.Sprintf("SELECT TO_CHAR(CAST(%s AS TIMESTAMP(9)), '%s')", literal(c.Moment), c.Format))
		if !c.Refused() && (err != nil || text != c.Text) {
			t.Errorf("TO_CHAR %s: %s is %q, %v; want %q", c.Format, c.Moment, text, err, c.Text)
		}
		back, err := queryOne[time.Time](t, sess, fmt.Sprintf("SELECT TO_TIMESTAMP('%s', '%s')", c.Text, c.Format))
		if c.Back == "" {
			refusesFormat(t, c.Format, err)
			continue
		}
		// TO_TIMESTAMP gives milliseconds.
		if want := formatcases.Time(c.Back).Truncate(time.Millisecond); err != nil || !back.Equal(want) {
			t.Errorf("TO_TIMESTAMP %s: %q is %v, %v; want %v", c.Format, c.Text, back, err, want)
		}
	}
	for _, c := range formatcases.BadTexts() {
		if back, err := queryOne[time.Time](t, sess, fmt.Sprintf("SELECT TO_TIMESTAMP('%s', '%s')", c.Text, c.Format)); err == nil && c.Text != "" {
			t.Errorf("TO_TIMESTAMP %s: %q is %v", c.Format, c.Text, back)
		}
	}
}

// TestSessionFormatCases runs them with the formats of the session, which SQL reads and writes, and exatest in results and
// parameters: they have to be the same.
func TestSessionFormatCases(t *testing.T) {
	sess := formatSession(t)
	cases := formatcases.Cases()
	mustExec(t, sess, "CREATE SCHEMA s")
	mustExec(t, sess, "CREATE TABLE moments (id DECIMAL(9,0), ts TIMESTAMP(9), d DATE)")
	for i, c := range cases {
		at := formatcases.Time(c.Moment)
		mustExec(t, sess, "INSERT INTO moments VALUES (?, ?, ?)", i, at, at.Truncate(24*time.Hour))
	}
	for i, c := range cases {
		checkSessionFormat(t, sess, c, "NLS_TIMESTAMP_FORMAT", fmt.Sprintf("ts FROM moments WHERE id = %d", i), "TIMESTAMP(9)")
		if len(c.Moment) == len("YYYY-MM-DD") {
			checkSessionFormat(t, sess, c, "NLS_DATE_FORMAT", fmt.Sprintf("d FROM moments WHERE id = %d", i), "DATE")
		}
	}
}

func checkSessionFormat(t *testing.T, sess *exawire.Session, c formatcases.Case, parameter, from, dataType string) {
	t.Helper()
	_, err := sess.Exec(t.Context(), fmt.Sprintf("ALTER SESSION SET %s = '%s'", parameter, c.Format))
	if c.Refused() {
		refusesFormat(t, c.Format, err)
		return
	}
	if err != nil {
		t.Errorf("%s: %v", c.Format, err)
		return
	}
	column, rest, _ := strings.Cut(from, " ")
	for what, sql := range map[string]string{
		"as a result": "SELECT " + from,
		"as text":     fmt.Sprintf("SELECT CAST(%s AS VARCHAR(100)) %s", column, rest),
		"by TO_CHAR":  fmt.Sprintf("SELECT TO_CHAR(%s) %s", column, rest),
	} {
		if text, err := queryOne[string](t, sess, sql); err != nil || text != c.Text {
			t.Errorf("%s: %s %s is %q, %v; want %q", c.Format, c.Moment, what, text, err, c.Text)
		}
	}
	const canonical = "SELECT TO_CHAR(CAST(%s AS %s), 'YYYY-MM-DD HH24:MI:SS.FF9')"
	reads := func(what, value string, args ...any) {
		t.Helper()
		got, err := queryOne[string](t, sess, fmt.Sprintf(canonical, value, dataType), args...)
		if c.Back == "" {
			refusesFormat(t, c.Format, err)
			return
		}
		if want := formatcases.Time(c.Back).Format("2006-01-02 15:04:05.000000000"); err != nil || got != want {
			t.Errorf("%s: %s %q is %q, %v; want %q", c.Format, what, c.Text, got, err, want)
		}
	}
	reads("text", "'"+c.Text+"'")
	reads("parameter", "?", c.Text)
	if c.Exact {
		reads("time.Time for", "?", formatcases.Time(c.Back))
	}
}

// What an output alone can do: elements that come twice, and HH12 without a meridian.
func TestWritingFormats(t *testing.T) {
	sess := formatSession(t)
	for format, want := range map[string]string{
		"HH12:MI":             "03:04",
		"HH24:MI AM":          "15:04 PM",
		"DY DAY dy MON Mon":   "TUE TUESDAY tue JUN Jun",
		"YYYY-YYYY":           "2024-2024",
		"DD.MM.YYYY a.m.":     "18.06.2024 p.m.",
		"HH HH24 HH12 p.m. q": "15 15 03 p.m. 2",
	} {
		text, err := queryOne[string](t, sess, fmt.Sprintf("SELECT TO_CHAR(TIMESTAMP '2024-06-18 15:04:05', '%s')", format))
		if err != nil || text != want {
			t.Errorf("%s: got %q, %v; want %q", format, text, err, want)
		}
		_, err = queryOne[time.Time](t, sess, fmt.Sprintf("SELECT TO_TIMESTAMP('%s', '%s')", want, format))
		refusesFormat(t, format, err)
	}
	for _, format := range []string{"FF", "FF0", `"T"`, "YYYY,MM", "DAY, DD", "YYYYTMM", "T", "5", "WW", "SSSSS5", "Am", "(YYYY)", ""} {
		if format == "" {
			continue // NULL
		}
		_, err := queryOne[string](t, sess, fmt.Sprintf("SELECT TO_CHAR(TIMESTAMP '2024-06-18 15:04:05', '%s')", format))
		refusesFormat(t, format, err)
	}
}

// A login with a format that the backend does not know is refused, so that no value is ever written in another one.
func TestFormatOfLogin(t *testing.T) {
	a := commands.DefaultAttributes()
	a.DatetimeFormat = "YYYY-MM-DD HH24:MI:SS.FF"
	_, err := newBackend(t).Connect(t.Context(), exatest.SessionInfo{Attributes: a})
	if diff := cmp.Diff("error 0A000 Feature not supported: format 'YYYY-MM-DD HH24:MI:SS.FF'", show(nil, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// refusesFormat wants the error of a format, which names it.
func refusesFormat(t *testing.T, format string, err error) {
	t.Helper()
	var e *exawire.Error
	if !errors.As(err, &e) || e.SQLCode != "0A000" || !strings.Contains(e.Text, format) {
		t.Errorf("%s: got %v, want the format to be refused", format, err)
	}
}
