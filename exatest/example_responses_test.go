package exatest_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// A result from the structs that a program scans into.
func ExampleRowsOf() {
	srv, c := testclient.Session()
	defer srv.Close()
	type user struct {
		ID   int64
		Name *string `exa:"FULL_NAME"`
		Paid string  `exatype:"DECIMAL(12,2)"`
	}
	ann := "ann"
	srv.HandleSQL("SELECT * FROM users", exatest.RowsOf([]user{{1, &ann, "12.50"}, {2, nil, "0"}}))

	for _, column := range columnTexts(c.Execute("SELECT * FROM users").Set(0)) {
		fmt.Println(column)
	}
	// Output:
	// ID DECIMAL(18,0): [1,2]
	// FULL_NAME VARCHAR(2000000): ["ann",null]
	// PAID DECIMAL(12,2): ["12.5","0"]
}

// A result from typed columns and Go slices.
func ExampleRows() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("SELECT * FROM users", exatest.Rows(
		exatest.Columns(`ID DECIMAL(18,0), "Name" CHAR(3) ASCII, BORN DATE`),
		exatest.ValuesOf([]int64{1, 2}),
		exatest.ValuesOf([]any{"ann", nil}), // nil is NULL
		exatest.TextValues("2001-02-03", "2004-05-06")))

	for _, column := range columnTexts(c.Execute("SELECT * FROM users").Set(0)) {
		fmt.Println(column)
	}
	// Output:
	// ID DECIMAL(18,0): [1,2]
	// Name CHAR(3): ["ann",null]
	// BORN DATE: ["2001-02-03","2004-05-06"]
}

func ExampleColumns() {
	for _, column := range exatest.Columns(`id INT, "Mixed" VARCHAR(100), AT TIMESTAMP(6) WITH LOCAL TIME ZONE`) {
		fmt.Println(column.Name, column.DataType)
	}
	// Output:
	// ID DECIMAL(18,0)
	// Mixed VARCHAR(100) UTF8
	// AT TIMESTAMP(6) WITH LOCAL TIME ZONE
}

// Go values in the text form in which servers and backends hand them on.
func ExampleValuesOf() {
	seen := exatest.ValuesOf([]time.Time{time.Date(2024, 6, 18, 17, 22, 13, 5e8, time.UTC)})
	text, null := seen.AppendText(nil, 0)
	fmt.Println(string(text), null)
	// Output:
	// 2024-06-18 17:22:13.5 false
}

func ExampleTextValues() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("EXACT", exatest.Rows(exatest.Columns("N DECIMAL(36,6)"), exatest.TextValues("123456789012345678901234567890.123456")))
	fmt.Println(testclient.Data(c.Execute("EXACT").Set(0)))
	// Output:
	// [["123456789012345678901234567890.123456"]]
}

func ExampleRowCount() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("DELETE FROM users", exatest.RowCount(7))
	fmt.Println(c.Execute("DELETE FROM users").Result(0)["rowCount"])
	// Output:
	// 7
}

// Success without data; statements get a row count of 0.
func ExampleOK() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("CREATE TABLE ...", exatest.OK())
	fmt.Println(c.Execute("CREATE TABLE t (a INT)").Result(0)["rowCount"])
	// Output:
	// 0
}

// An error of the database.
func ExampleException() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("DELETE ...", exatest.Exception("42500", "insufficient privileges"))
	fmt.Println(c.Execute("DELETE FROM users").Exception.SQLCode)
	// Output:
	// 42500
}

// Several results in one answer.
func ExampleResults() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("SCRIPT", exatest.Results(exatest.RowCount(1), exatest.Rows(exatest.Columns("A INT"), exatest.ValuesOf([]int{5}))))
	a := c.Execute("SCRIPT")
	fmt.Println(a.Result(0)["rowCount"], testclient.Data(a.Set(1)))
	// Output:
	// 1 [[5]]
}

// The data of any command, such as the addresses behind a gateway.
func ExampleData() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Handle("getHosts", func(*exatest.Request) exatest.Response {
		return exatest.Data(map[string]any{"numNodes": 1, "nodes": []string{"10.0.0.11"}})
	})
	fmt.Println(c.OK(`{"command":"getHosts","hostIp":"127.0.0.1"}`).Data["nodes"])
	// Output:
	// [10.0.0.11]
}

// A message as it stands.
func ExampleRaw() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("ODD", exatest.Raw(`{"status":"ok"`))
	c.Send(`{"command":"execute","sqlText":"ODD"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"status":"ok" <nil>
}

// A statement that runs until it is aborted.
func ExampleHang() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("MERGE ...", exatest.Hang())
	c.Send(`{"command":"execute","sqlText":"MERGE INTO t"}`)
	c.Send(`{"command":"abortQuery"}`)
	fmt.Println(c.Receive().Exception.SQLCode)
	// Output:
	// R0003
}

// A statement that takes the connection with it.
func ExampleDrop() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("CRASH", exatest.Drop())
	c.Send(`{"command":"execute","sqlText":"CRASH"}`)
	_, err := c.Recv()
	fmt.Println(err != nil)
	// Output:
	// true
}

// A handler that only watches: the next one answers.
func ExamplePass() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("UPDATE t ...", exatest.RowCount(1))
	srv.HandleSQL("UPDATE ...", exatest.Func(func(r *exatest.Request) exatest.Response {
		fmt.Println("seen:", r.SQL)
		return exatest.Pass()
	}))
	fmt.Println(c.Execute("UPDATE t SET a = 1").Result(0)["rowCount"])
	// Output:
	// seen: UPDATE t SET a = 1
	// 1
}

// A delay, during which the statement runs: it can be aborted, and feedback is sent.
func ExampleResponse_After() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("SLOW", exatest.RowCount(1).After(5*time.Millisecond))
	began := time.Now()
	c.Execute("SLOW")
	fmt.Println(time.Since(began) >= 5*time.Millisecond)
	// Output:
	// true
}

// A statement that changes an attribute of the session.
func ExampleResponse_Attribute() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("ALTER ...", exatest.OK().Attribute("dateFormat", "DD.MM.YYYY"))
	srv.HandleSQL("TODAY", exatest.Rows(exatest.Columns("D DATE"), exatest.TextValues("2024-06-18")))
	fmt.Println(c.Execute("ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'").Attrs["dateFormat"])
	fmt.Println(testclient.Data(c.Execute("TODAY").Set(0)))
	// Output:
	// DD.MM.YYYY
	// [["18.06.2024"]]
}

// The types of placeholders. Without them each is a VARCHAR.
func ExampleResponse_Params() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("INSERT INTO t VALUES (?)", exatest.RowCount(1).Params(exatest.Columns(`"" DECIMAL(9,0)`)...))
	handle := c.Prepare("INSERT INTO t VALUES (?)")
	fmt.Println(c.Run(handle, 1, `["one"]`).Exception.SQLCode)
	fmt.Println(c.Run(handle, 1, `[1]`).Status)
	// Output:
	// 22018
	// ok
}
