package fault_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// The statement is through before the abort.
func ExampleAbortIgnored() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("SLOW", exatest.RowCount(7).After(5*time.Millisecond))
	srv.Inject(fault.AbortIgnored())
	c.Send(`{"command":"execute","sqlText":"SLOW"}`)
	c.Send(testclient.Abort)
	fmt.Println(c.Receive().Result(0)["rowCount"])
	// Output:
	// 7
}

// The statement is stuck: the server ends the session.
func ExampleAbortDrops() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("HANG", exatest.Hang())
	srv.Inject(fault.AbortDrops())
	c.Send(`{"command":"execute","sqlText":"HANG"}`)
	c.Send(testclient.Abort)
	_, err := c.Recv()
	fmt.Println(err != nil)
	// Output:
	// true
}

// The server had to roll the transaction back.
func ExampleAbortRollsBack() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("HANG", exatest.Hang())
	srv.Inject(fault.AbortRollsBack())
	c.Send(`{"command":"execute","sqlText":"HANG"}`)
	c.Send(testclient.Abort)
	fmt.Println(c.Receive().Exception.SQLCode)
	// Output:
	// 40007
}

// The abort takes its time.
func ExampleAbortDelayed() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("HANG", exatest.Hang())
	srv.Inject(fault.AbortDelayed(time.Millisecond))
	c.Send(`{"command":"execute","sqlText":"HANG"}`)
	c.Send(testclient.Abort)
	fmt.Println(c.Receive().Exception.SQLCode)
	// Output:
	// R0003
}

// An abort for which nothing runs hits the next command.
func ExampleAbortLate() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.AbortLate().Once())
	c.Send(testclient.Abort)
	fmt.Println(c.Execute("COMMIT").Exception.SQLCode, c.Execute("COMMIT").Status)
	// Output:
	// R0003 ok
}

// A fetch can be aborted too.
func ExampleAbortFetch() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.AbortFetch())
	srv.Handle("fetch", func(*exatest.Request) exatest.Response { return exatest.Hang() })
	c.Execute("BIG")
	c.Send(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1}`)
	c.Send(testclient.Abort)
	fmt.Println(c.Receive().Exception.SQLCode)
	// Output:
	// R0003
}
