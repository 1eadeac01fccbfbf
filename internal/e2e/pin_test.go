package e2e_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

const (
	pinDates      = "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'"
	pinTimestamps = "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9'"
)

// The formats are pinned once, behind the login and with autocommit on, and come back with Reset. Subconnections have them.
func TestPinFormats(t *testing.T) {
	for _, autocommit := range []bool{true, false} {
		srv := exatest.NewServer(t, exatest.WithSessionAttribute("dateFormat", "DD.MM.YYYY"))
		sess := connect(t, newClient(t, srv, func(c *exawire.Config) {
			c.PinFormats = true
			c.Attributes = []exawire.Attribute{exawire.Autocommit(autocommit)}
		}))
		a := sess.Attributes()
		if a.DateFormat != "YYYY-MM-DD" || a.DatetimeFormat != "YYYY-MM-DD HH24:MI:SS.FF9" || a.NumericCharacters != ".," ||
			a.Autocommit != autocommit || a.OpenTransaction {
			t.Errorf("attributes are %+v", a)
		}
		var sent []string
		for _, r := range srv.Requests("execute") {
			sent = append(sent, r.SQL)
		}
		if strings.Join(sent, ";") != pinDates+";"+pinTimestamps {
			t.Errorf("sent %q", sent)
		}
		if _, err := sess.Exec(t.Context(), "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY'"); err != nil {
			t.Fatal(err)
		}
		if err := sess.Reset(t.Context()); err != nil || sess.Attributes().DatetimeFormat != a.DatetimeFormat {
			t.Errorf("reset: %v, %q", err, sess.Attributes().DatetimeFormat)
		}
		group, err := sess.Parallel(t.Context(), 1)
		if err != nil {
			if autocommit {
				t.Fatal(err)
			}
			continue
		}
		if got := group.Sessions()[0].Attributes().DatetimeFormat; got != a.DatetimeFormat {
			t.Errorf("the subconnection has %q", got)
		}
		_ = group.Close(t.Context())
	}
}

// A server that refuses a format, or says that it has it and does not, gives no session.
func TestPinFormatsRefused(t *testing.T) {
	for name, script := range map[string]func(srv *exatest.Server){
		"refused": func(srv *exatest.Server) { srv.HandleSQL(pinTimestamps, exatest.Exception("42500", "not allowed")) },
		"ignored": func(srv *exatest.Server) { srv.HandleSQL(pinTimestamps, exatest.OK()) },
	} {
		srv := exatest.NewServer(t)
		script(srv)
		sess, err := newClient(t, srv, func(c *exawire.Config) { c.PinFormats = true }).Connect(t.Context())
		var failed *exawire.ConnectError
		if sess != nil || !errors.As(err, &failed) || !strings.Contains(err.Error(), "pin formats") || exawire.SafeToRetry(err) {
			t.Errorf("%s: %v, %v", name, sess, err)
		}
	}
}

// A TIMESTAMP(9) keeps its nine digits with the formats pinned. Without that the server's format cuts it to six on reading,
// and the client refuses to send more.
func TestPinFormatsNanoseconds(t *testing.T) {
	const text = "2024-06-18 10:11:12.123456789"
	at := time.Date(2024, 6, 18, 10, 11, 12, 123456789, time.UTC)
	for _, pinned := range []bool{true, false} {
		srv := exatest.NewServer(t)
		column := exatest.Columns("AT TIMESTAMP(9)")
		srv.HandleSQL("SELECT", exatest.Rows(column, exatest.TextValues(text)))
		insert := srv.HandleSQL("INSERT ?", exatest.RowCount(1).Params(column...))
		sess := connect(t, newClient(t, srv, func(c *exawire.Config) { c.PinFormats = pinned }))
		rows, err := sess.Query(t.Context(), "SELECT")
		if err != nil {
			t.Fatal(err)
		}
		got, err := resultset.One[time.Time](rows)
		want := at
		if !pinned {
			want = at.Truncate(time.Microsecond)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("pinned %v: %v, -want +got\n%s", pinned, err, diff)
		}
		_, err = sess.Exec(t.Context(), "INSERT ?", at)
		var refused *exawire.ParamError
		switch {
		case pinned && err != nil:
			t.Errorf("insert: %v", err)
		case !pinned && (!errors.As(err, &refused) || insert.Calls() > 1):
			t.Errorf("insert of nine digits into six: %v after %d calls", err, insert.Calls())
		}
	}
}
