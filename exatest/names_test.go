package exatest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// TestMisspeltCommands: a handler or a fault for a command that does not exist would wait for ever.
func TestMisspeltCommands(t *testing.T) {
	handle := func(s *exatest.Server, command string) {
		s.Handle(command, func(*exatest.Request) exatest.Response { return exatest.OK() })
	}
	for name, tt := range map[string]struct {
		do   func(s *exatest.Server)
		want string // "" for nothing
	}{
		"handler":           {func(s *exatest.Server) { handle(s, "getHosts") }, ""},
		"credentials":       {func(s *exatest.Server) { handle(s, exatest.Credentials) }, ""},
		"handler, allowed":  {func(s *exatest.Server) { s.AllowCommands("getHost"); handle(s, "getHost") }, ""},
		"handler, misspelt": {func(s *exatest.Server) { handle(s, "getHost") }, `exatest: Handle: the protocol has no command "getHost": did you mean "getHosts"?`},
		"other letters":     {func(s *exatest.Server) { handle(s, "GETHOSTS") }, `exatest: Handle: the protocol has no command "GETHOSTS": did you mean "getHosts"?`},
		"handler, unheard of": {
			func(s *exatest.Server) { handle(s, "getWeather") },
			`exatest: Handle: the protocol has no command "getWeather": Server.AllowCommands takes it if that is what the test is about`,
		},
		"handler without a name": {
			func(s *exatest.Server) { handle(s, "") },
			`exatest: Handle: the protocol has no command "": Server.AllowCommands takes it if that is what the test is about`,
		},
		"fault":          {func(s *exatest.Server) { s.Inject(fault.CutMiddle().On("fetch", exatest.Credentials)) }, ""},
		"fault, allowed": {func(s *exatest.Server) { s.AllowCommands("x", "y"); s.Inject(fault.CutMiddle().On("y")) }, ""},
		"fault, misspelt": {
			func(s *exatest.Server) { s.Inject(fault.CutMiddle().On("execute", "executePrepared")) },
			`exatest: Inject: CutMiddle: the protocol has no command "executePrepared": did you mean "executePreparedStatement"?`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := &reporter{TB: t, errors: make(chan string, 10)}
			tt.do(exatest.NewServer(r))
			got := ""
			if len(r.errors) > 0 {
				got = <-r.errors
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || len(r.errors) > 0 {
				t.Errorf("with a test (-want +got):\n%s", diff)
			}
			srv, err := exatest.Start()
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			defer func() {
				panicked := ""
				if p := recover(); p != nil {
					panicked = fmt.Sprint(p)
				}
				if diff := cmp.Diff(tt.want, panicked); diff != "" {
					t.Errorf("without a test (-want +got):\n%s", diff)
				}
			}()
			tt.do(srv)
		})
	}
}

func TestMisspeltOptions(t *testing.T) {
	for want, option := range map[string]exatest.Option{
		`WithSessionAttribute: there is no attribute "dateformat": did you mean "dateFormat"?`: exatest.WithSessionAttribute("dateformat", "YYYY"),
		`WithSessionAttribute: there is no attribute "color"`:                                  exatest.WithSessionAttribute("color", "red"),
		`WithSessionAttribute: dateFormat takes a value of type string, not int`:               exatest.WithSessionAttribute("dateFormat", 1),
		`WithSessionAttribute: queryTimeout takes a value of type int, not string`:             exatest.WithSessionAttribute("queryTimeout", "1s"),
		`WithSessionAttribute: autocommit takes a value of type bool, not <nil>`:               exatest.WithSessionAttribute("autocommit", nil),
		`WithRelease: "banana" does not begin with a number, as 8.32.0 does`:                   exatest.WithRelease("banana"),
	} {
		srv, err := exatest.Start(option)
		if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
		if err == nil {
			_ = srv.Close()
		}
	}
}

// TestExpectNothing: Times(0) and Expect say that a request must not come.
func TestExpectNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		statements []string
		want       string
	}{
		"not sent":    {[]string{"SELECT 1"}, ""},
		"sent":        {[]string{"DELETE FROM t"}, `HandleSQL("DELETE...") of PLACE was to get no request, and got 1`},
		"sent twice":  {[]string{"DELETE FROM t", "SELECT 1", "DELETE FROM u"}, `HandleSQL("DELETE...") of PLACE was to get no request, and got 2`},
		"others take": {[]string{"DELETE FROM v"}, `HandleSQL("DELETE...") of PLACE was to get no request, and got 1`},
	} {
		t.Run(name, func(t *testing.T) {
			srv, c := testclient.Session()
			defer srv.Close()
			srv.HandleSQL("DELETE FROM v", exatest.RowCount(1))
			srv.HandleSQL("SELECT 1", exatest.RowCount(1))
			srv.HandleSQL("UPDATE...", exatest.RowCount(0)).Times(0)
			srv.HandleSQL("DELETE...", exatest.RowCount(0)).Times(0).Expect()
			for _, sql := range tt.statements {
				c.Execute(sql)
			}
			c.Execute("UPDATE t") // of which nothing is expected
			got := regexp.MustCompile(`names_test\.go:\d+`).ReplaceAllString(strings.Join(srv.Unmet(), "; "), "PLACE")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unmet (-want +got):\n%s", diff)
			}
			c.Bye()
		})
	}
	srv, c := testclient.Session()
	defer srv.Close()
	once := srv.HandleSQL("A", exatest.RowCount(1))
	c.Execute("A")
	once.Times(0).Expect()
	if unmet := srv.Unmet(); len(unmet) != 0 {
		t.Errorf("what came before counts: %v", unmet)
	}
	c.Execute("A")
	if unmet := srv.Unmet(); len(unmet) != 1 {
		t.Errorf("what came behind does not count: %v", unmet)
	}
	once.Times(1)
	c.Execute("A")
	if unmet := srv.Unmet(); len(unmet) != 0 {
		t.Errorf("it may come again: %v", unmet)
	}
	c.Bye()
}
