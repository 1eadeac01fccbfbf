package exatest_test

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// A statement is matched by its text or, with "..." at the end, by how it begins.
func ExampleServer_HandleSQL() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("SELECT a FROM t", exatest.RowCount(1))
	srv.HandleSQL("DELETE FROM t ...", exatest.RowCount(2))
	fmt.Println(c.Execute("SELECT a\n  FROM t;").Result(0)["rowCount"])
	fmt.Println(c.Execute("DELETE FROM t WHERE a = 1").Result(0)["rowCount"])
	fmt.Println(c.Execute("SELECT b FROM t").Exception.SQLCode)
	// Output:
	// 1
	// 2
	// 0A000
}

func ExampleServer_HandleSQLRegexp() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQLRegexp(regexp.MustCompile(`(?i)^insert\s.*\bt\b`), exatest.RowCount(1))
	fmt.Println(c.Execute("insert into t values (1)").Status)
	// Output:
	// ok
}

// A function that computes the answer from the request.
func ExampleFunc() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("SELECT ...", exatest.Func(func(r *exatest.Request) exatest.Response {
		return exatest.Rows(exatest.Columns("LENGTH INT"), exatest.ValuesOf([]int{len(r.SQL)}))
	}))
	fmt.Println(testclient.Data(c.Execute("SELECT 1").Set(0)))
	// Output:
	// [[8]]
}

// The first execution collides with another transaction, the second one does not.
func ExampleSequence() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("UPDATE ...", exatest.Sequence(
		exatest.Exception("40001", "Transaction collision: automatic transaction rollback."),
		exatest.RowCount(1)))
	for range 3 {
		fmt.Println(c.Execute("UPDATE t SET a = 1").Status)
	}
	// Output:
	// error
	// ok
	// ok
}

// One-shot handlers are used up in their order, before those without a limit.
func ExampleHandler_Once() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("COUNT", exatest.RowCount(0))
	srv.HandleSQL("COUNT", exatest.RowCount(1)).Once()
	srv.HandleSQL("COUNT", exatest.RowCount(2)).Once()
	for range 3 {
		fmt.Print(c.Execute("COUNT").Result(0)["rowCount"], " ")
	}
	// Output:
	// 1 2 0
}

func ExampleHandler_Times() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("PING", exatest.Exception("40005", "transaction was rolled back")).Times(2)
	srv.HandleSQL("PING", exatest.OK())
	for range 3 {
		fmt.Print(c.Execute("PING").Status, " ")
	}
	// Output:
	// error error ok
}

// One answer for each value of a parameter. Values are compared by their type: 7 and "7.00" are equal.
func ExampleHandler_WithParams() {
	srv, c := testclient.Session()
	defer srv.Close()
	params := exatest.Columns(`"" DECIMAL(12,2)`)
	srv.HandleSQL("UPDATE ?", exatest.RowCount(0).Params(params...))
	srv.HandleSQL("UPDATE ?", exatest.RowCount(1)).WithParams(7)
	srv.HandleSQL("UPDATE ?", exatest.Exception("42X91", "constraint violation")).WithParams(nil)

	handle := c.Prepare("UPDATE ?")
	fmt.Println(c.Run(handle, 1, `["7.00"]`).Result(0)["rowCount"])
	fmt.Println(c.Run(handle, 1, `["8.00"]`).Result(0)["rowCount"])
	fmt.Println(c.Run(handle, 1, `[null]`).Exception.SQLCode)
	// Output:
	// 1
	// 0
	// 42X91
}

// Whatever can be said of a request.
func ExampleHandler_When() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("INSERT ?", exatest.RowCount(1)).WithParams(exatest.Any)
	srv.HandleSQL("INSERT ?", exatest.Exception("22001", "too many rows")).When(func(r *exatest.Request) bool {
		return len(r.ParamRows()) > 2
	})
	handle := c.Prepare("INSERT ?")
	fmt.Println(c.Run(handle, 1, `["a"]`).Status, c.Run(handle, 3, `["a","b","c"]`).Status)
	// Output:
	// ok error
}

// A test fails at its end if something that it expects was not sent. A server without a test lists it.
func ExampleHandler_Expect() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("COMMIT", exatest.OK()).Expect()
	srv.HandleSQL("INSERT ...", exatest.RowCount(1)).Times(3).Expect()
	c.Execute("INSERT INTO t VALUES (1)")
	c.Execute("COMMIT")
	for _, text := range srv.Unmet() {
		name, _, _ := strings.Cut(text, " of ") // and where in the test it was made
		_, missing, _ := strings.Cut(text, " has ")
		fmt.Println(name, "has", missing)
	}
	// Output:
	// HandleSQL("INSERT ...") has given 1 of 3 answers
}

func ExampleHandler_Calls() {
	srv, c := testclient.Session()
	defer srv.Close()
	update := srv.HandleSQL("UPDATE", exatest.OK())
	c.Execute("UPDATE")
	c.Execute("UPDATE")
	fmt.Println(update.Calls())
	// Output:
	// 2
}

func ExampleHandler_Remove() {
	srv, c := testclient.Session()
	defer srv.Close()
	update := srv.HandleSQL("UPDATE", exatest.OK())
	update.Remove()
	fmt.Println(c.Execute("UPDATE").Exception.SQLCode)
	// Output:
	// 0A000
}

// What a client has sent, with parameters as Go values.
func ExampleServer_Requests() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("INSERT INTO t VALUES (?, ?)", exatest.RowCount(2).Params(exatest.Columns(`"" INT, "" DATE`)...))
	handle := c.Prepare("INSERT INTO t VALUES (?, ?)")
	c.Run(handle, 2, `[1,2]`, `["2024-06-18",null]`)
	for _, r := range srv.Requests("executePreparedStatement") {
		fmt.Println(r.ParamRows()[0][0].(int64) + 1)
		fmt.Println(r)
	}
	// Output:
	// 2
	// executePreparedStatement INSERT INTO t VALUES (?, ?) with (1, 2024-06-18 00:00:00), (2, NULL)
}

// The statements of all sessions, in order.
func ExampleServer_Statements() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("INSERT ...", exatest.RowCount(1))
	c.Execute("INSERT INTO t VALUES (1)")
	c.OK(`{"command":"executeBatch","sqlTexts":["INSERT INTO t VALUES (2)","COMMIT"]}`)
	fmt.Printf("%q\n", srv.Statements())
	// Output:
	// ["INSERT INTO t VALUES (1)" "INSERT INTO t VALUES (2)" "COMMIT"]
}

// What a client has open, and has forgotten to close.
func ExampleServer_Sessions() {
	srv, c := testclient.Session()
	defer srv.Close()
	c.Execute("BIG")
	for _, s := range srv.Sessions() {
		fmt.Println(s.User, s.Version, "result sets", s.ResultSets, "statements", s.Statements)
	}
	// Output:
	// SYS V5 result sets [1] statements []
}

// A client that breaks the protocol fails the test, or is only listed if the server has no test.
func ExampleServer_Violations() {
	srv, c := testclient.Session()
	defer srv.Close()
	c.Execute("BIG")
	c.Bye() // without closing the result set
	for _, text := range srv.Violations() {
		fmt.Println(strings.SplitN(text, ": ", 2)[1])
	}
	// Output:
	// disconnect while the result sets [1] are open
}
