package exatest_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// In a test, NewServer(t) starts the server and closes it at the end. Programs use Start.
func Example() {
	srv, err := exatest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	srv.HandleSQL("SELECT id, name FROM users", exatest.Rows(
		exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(100)"),
		exatest.ValuesOf([]int64{1, 2}),
		exatest.ValuesOf([]string{"ann", "bob"})))
	srv.HandleSQL("DELETE FROM users ...", exatest.RowCount(2))

	// Give srv.DSN() to the program under test. This one is as simple as it can be.
	c := testclient.Connected(srv)
	fmt.Println(c.Execute("SELECT id, name FROM users").Raw)
	fmt.Println(c.Execute("DELETE FROM users WHERE id < 3").Raw)
	c.Bye()

	for _, r := range srv.Requests("execute") {
		fmt.Println(r.User, "sent", r.SQL)
	}
	fmt.Println(len(srv.Violations()), "violations")
	// Output:
	// {"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"numColumns":2,"numRows":2,"numRowsInMessage":2,"columns":[{"name":"ID","dataType":{"type":"DECIMAL","precision":18,"scale":0}},{"name":"NAME","dataType":{"type":"VARCHAR","size":100,"characterSet":"UTF8"}}],"data":[[1,2],["ann","bob"]]}}]}}
	// {"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":2}]}}
	// SYS sent SELECT id, name FROM users
	// SYS sent DELETE FROM users WHERE id < 3
	// 0 violations
}

// A function decides for each request.
func ExampleServer_Handle() {
	srv, err := exatest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	n := int64(0)
	srv.Handle("execute", func(r *exatest.Request) exatest.Response {
		if n++; n == 2 {
			return exatest.Exception("40001", "GlobalTransactionRollback msg: Transaction collision: automatic transaction rollback.")
		}
		return exatest.RowCount(n)
	})
	c := testclient.Connected(srv)
	for range 3 {
		a := c.Execute("UPDATE t SET x = 1")
		fmt.Println(a.Status, a.Exception.SQLCode, a.Result(0)["rowCount"])
	}
	c.Bye()
	// Output:
	// ok  1
	// error 40001 <nil>
	// ok  3
}

// The second fetch of a result finds the connection cut in the middle of the answer.
func ExampleServer_Inject() {
	srv, err := exatest.Start(exatest.WithInlineRows(0))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.HandleSQL("SELECT n FROM t", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf([]int{1, 2, 3})))
	srv.Inject(fault.FetchRows(1))
	cut := srv.Inject(fault.CutMiddle().On("fetch").Skip(1).Once())

	c := testclient.Connected(srv)
	c.Execute("SELECT n FROM t")
	for position := range 2 {
		c.Send(fmt.Sprintf(`{"command":"fetch","resultSetHandle":1,"startPosition":%d,"numBytes":1000}`, position))
		fmt.Println(c.Recv())
	}
	fmt.Println(cut.Count(), "cut")
	// Output:
	// {"status":"ok","responseData":{"numRows":1,"data":[[1]]}} <nil>
	//  unexpected EOF
	// 1 cut
}

// A cluster of two nodes on a network in memory, one of which is down. In a bubble of testing/synctest, the same server
// runs in virtual time.
func ExampleVirtualNetwork() {
	vn := exatest.NewVirtualNetwork()
	srv, err := exatest.Start(exatest.WithNetwork(vn), exatest.WithNodes("exa1", "exa2"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	vn.SetDown("exa1", true)

	// A client gets vn.DialContext to dial with.
	for _, addr := range srv.Addrs() {
		nc, err := vn.DialContext(context.Background(), "tcp", addr)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println("connected to", nc.RemoteAddr())
		nc.Close()
	}
	// Output:
	// dial tcp exa1:8563: connection refused
	// connected to exa2:8563
}
