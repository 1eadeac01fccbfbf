package exatest_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestHandlers(t *testing.T) {
	srv := exatest.NewServer(t)
	c := testclient.Connect(t, srv)
	count := func(sql string) string {
		a := c.Execute(sql)
		if a.Status != "ok" {
			return a.Exception.SQLCode
		}
		return fmt.Sprint(a.Result(0)["rowCount"])
	}
	check := func(sql string, want ...string) {
		t.Helper()
		for i, w := range want {
			if got := count(sql); got != w {
				t.Errorf("%s, call %d: got %s, want %s", sql, i, got, w)
			}
		}
	}
	srv.HandleSQL("A", exatest.RowCount(1))
	srv.HandleSQL("A", exatest.RowCount(2)) // the newest wins
	check("A", "2", "2")
	srv.HandleSQL("A", exatest.RowCount(3)).Once() // those with a limit come first, in order
	srv.HandleSQL("A", exatest.RowCount(4)).Times(2)
	check("A", "3", "4", "4", "2")
	late := srv.HandleSQL("L", exatest.RowCount(9))
	check("L", "9", "9")
	late.Times(2) // more
	check("L", "9", "9", "0A000")
	late.Times(0)
	check("L", "0A000")
	seq := srv.HandleSQL("B", exatest.Sequence(exatest.RowCount(5), exatest.RowCount(6)))
	check("B", "5", "6", "6")
	if seq.Calls() != 3 {
		t.Errorf("%d calls, want 3", seq.Calls())
	}
	seq.Remove()
	check("B", "0A000")
	srv.HandleSQL("C", exatest.Sequence())
	check("C", "0A000")
	srv.HandleSQL("INSERT INTO t ...", exatest.RowCount(7))
	check("insert into t VALUES (1)", "0A000")
	check("INSERT INTO t VALUES (1)", "7")
	srv.HandleSQLRegexp(regexp.MustCompile(`(?i)^insert .* values`), exatest.RowCount(8))
	check("insert into t VALUES (1)", "8")
	watched := 0
	watcher := srv.Handle("execute", func(*exatest.Request) exatest.Response { watched++; return exatest.Pass() })
	check("A", "2")
	if watched != 1 || watcher.Calls() != 0 {
		t.Errorf("watched %d requests, %d calls", watched, watcher.Calls())
	}
	srv.Handle("execute", func(r *exatest.Request) exatest.Response { return exatest.RowCount(int64(len(r.SQL))) }).Once()
	check("A", "1", "2")
	srv.ForgetRequests()
	if got := srv.Requests(""); len(got) != 0 {
		t.Errorf("%d requests after ForgetRequests", len(got))
	}
	srv.AllowCommands("unheardOf")
	srv.Handle("unheardOf", func(*exatest.Request) exatest.Response { return exatest.Data([]int{1}) })
	c.Send(`{"command":"unheardOf"}`)
	if text, _ := c.Recv(); text != `{"status":"ok","responseData":[1]}` {
		t.Errorf("got %s", text)
	}
	c.Bye()
}
