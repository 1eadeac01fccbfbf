package fault_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// faulty runs fn with a session on a server that has a result of three rows, and then injects the fault.
func faulty(t *testing.T, f fault.Fault, fn func(t *testing.T, c *testclient.Client), login ...string) {
	t.Run(f.String(), func(t *testing.T) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
			srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A INT, B VARCHAR(9)"), exatest.ValuesOf(testclient.Numbers(3)), exatest.TextValues("x", "y", "z")))
			srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("A INT"), exatest.ValuesOf(testclient.Numbers(1000))))
			c := testclient.Dial(t, srv, srv.Addr(), false)
			c.Login(strings.Join(login, ""))
			c.Compressed = len(login) > 0
			i := srv.Inject(f)
			fn(t, c)
			if i.Count() == 0 {
				t.Error("the fault has not struck")
			}
		})
	})
}

const (
	plainAnswer = `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"numColumns":2,"numRows":3,` +
		`"numRowsInMessage":3,"columns":[{"name":"A","dataType":{"type":"DECIMAL","precision":18,"scale":0}},{"name":"B","dataType":` +
		`{"type":"VARCHAR","size":9,"characterSet":"UTF8"}}],"data":[[0,1,2],["x","y","z"]]}}]}}`
	query = `{"command":"execute","sqlText":"Q"}`
)

func TestInjection(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("Q", exatest.OK())
	c := testclient.Connect(t, srv)
	f := srv.Inject(fault.SetKey("rowCount", 9).On("execute").Skip(1).Times(2))
	for i, want := range []string{"0", "9", "9", "0"} {
		c.OK(`{"command":"getAttributes"}`)
		if got := fmt.Sprint(c.Execute("Q").Result(0)["rowCount"]); got != want {
			t.Errorf("call %d: got %s, want %s", i, got, want)
		}
	}
	if f.Count() != 2 {
		t.Errorf("struck %d times, want 2", f.Count())
	}
	f = srv.Inject(fault.SetKey("rowCount", 8))
	if got := fmt.Sprint(c.Execute("Q").Result(0)["rowCount"]); got != "8" {
		t.Errorf("got %s", got)
	}
	f.Remove()
	if got := fmt.Sprint(c.Execute("Q").Result(0)["rowCount"]); got != "0" {
		t.Errorf("got %s after Remove", got)
	}
	c.Bye()
}
