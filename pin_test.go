package exawire_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

const (
	pinDates      = "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'"
	pinTimestamps = "ALTER SESSION SET NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9'"
)

// The formats are pinned once, behind the login and with autocommit on, and come back with Reset. Subconnections have them.
func TestPinFormats(t *testing.T) {
	for _, autocommit := range []bool{true, false} {
		srv := exatest.NewServer(t, exatest.SessionAttribute("dateFormat", "DD.MM.YYYY"))
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
