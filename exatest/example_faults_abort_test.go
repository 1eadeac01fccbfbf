package exatest_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/exatest"
)

// The statement is through before the abort.
func ExampleAbortIgnored() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.HandleSQL("SLOW", exatest.RowCount(7).After(5*time.Millisecond))
	srv.Inject(exatest.AbortIgnored())
	c.send(`{"command":"execute","sqlText":"SLOW"}`)
	c.send(abort)
	fmt.Println(c.receive().result(0)["rowCount"])
	// Output:
	// 7
}

// The statement is stuck: the server ends the session.
func ExampleAbortDrops() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.HandleSQL("HANG", exatest.Hang())
	srv.Inject(exatest.AbortDrops())
	c.send(`{"command":"execute","sqlText":"HANG"}`)
	c.send(abort)
	_, err := c.recv()
	fmt.Println(err != nil)
	// Output:
	// true
}

// The server had to roll the transaction back.
func ExampleAbortRollsBack() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.HandleSQL("HANG", exatest.Hang())
	srv.Inject(exatest.AbortRollsBack())
	c.send(`{"command":"execute","sqlText":"HANG"}`)
	c.send(abort)
	fmt.Println(c.receive().Exception.SQLCode)
	// Output:
	// 40007
}

// The abort takes its time.
func ExampleAbortDelayed() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.HandleSQL("HANG", exatest.Hang())
	srv.Inject(exatest.AbortDelayed(time.Millisecond))
	c.send(`{"command":"execute","sqlText":"HANG"}`)
	c.send(abort)
	fmt.Println(c.receive().Exception.SQLCode)
	// Output:
	// R0003
}

// An abort for which nothing runs hits the next command.
func ExampleAbortLate() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.AbortLate().Once())
	c.send(abort)
	fmt.Println(c.execute("COMMIT").Exception.SQLCode, c.execute("COMMIT").Status)
	// Output:
	// R0003 ok
}

// A fetch can be aborted too.
func ExampleAbortFetch() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.AbortFetch())
	srv.Handle("fetch", func(*exatest.Request) exatest.Response { return exatest.Hang() })
	c.execute("BIG")
	c.send(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1}`)
	c.send(abort)
	fmt.Println(c.receive().Exception.SQLCode)
	// Output:
	// R0003
}
