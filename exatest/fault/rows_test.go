package fault_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestFetchFaults(t *testing.T) {
	const fetch = `{"command":"fetch","resultSetHandle":1,"startPosition":10,"numBytes":5000}`
	for _, tt := range []struct {
		fault fault.Fault
		want  string
	}{
		{fault.FetchRows(1), `{"status":"ok","responseData":{"numRows":1,"data":[[10]]}}`},
		{fault.FetchRows(0), `{"status":"ok","responseData":{"numRows":0}}`},
		{fault.AllRows(), `{"status":"ok","responseData":{"numRows":990,"data":[[` + strings.Trim(strings.ReplaceAll(fmt.Sprint(testclient.Numbers(1000)[10:]), " ", ","), "[]") + `]]}}`},
		{fault.FetchRows(2).Once(), `{"status":"ok","responseData":{"numRows":2,"data":[[10,11]]}}`},
		{fault.WrongNumRows(-989).On("fetch"), `{"status":"ok","responseData":{"numRows":1,"data":[[` + strings.Trim(strings.ReplaceAll(fmt.Sprint(testclient.Numbers(1000)[10:]), " ", ","), "[]") + `]]}}`},
	} {
		faulty(t, tt.fault, func(t *testing.T, c *testclient.Client) {
			c.Execute("BIG")
			if a := c.Do(fetch); a.Raw != tt.want {
				t.Errorf("got %s, want %s", a.Raw, tt.want)
			}
		})
	}
}

func TestEmptyArrays(t *testing.T) {
	faulty(t, fault.EmptyArrays(), func(t *testing.T, c *testclient.Client) {
		c.Server.HandleSQL("NONE", exatest.Rows(exatest.Columns("A INT, B INT")))
		if a := c.Execute("NONE"); !strings.Contains(a.Raw, `"numRowsInMessage":0,"columns":[`) || testclient.Data(a.Set(0)) != "[[],[]]" {
			t.Errorf("got %s", a.Raw)
		}
		if a := c.Execute("BIG"); testclient.Data(a.Set(0)) != "[[]]" || a.Set(0)["resultSetHandle"] == nil {
			t.Errorf("got %s", a.Raw)
		}
		if a := c.Execute("Q"); a.Raw != plainAnswer {
			t.Errorf("got %s", a.Raw)
		}
	})
}
