package exatest_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// A database of the year 2018.
func ExampleWithRelease() {
	srv, c := testclient.Session(exatest.WithRelease("6.2.15"))
	defer srv.Close()
	fmt.Println("version", c.Version, "autocommit", c.Attributes["autocommit"])
	c.Fails("00000", "Unknown command: getTables", `{"command":"getTables"}`)
	// Output:
	// version 1 autocommit false
}

func ExampleWithProtocolVersion() {
	srv, c := testclient.Session(exatest.WithProtocolVersion(2))
	defer srv.Close()
	fmt.Println(c.Version)
	// Output:
	// 2
}

// A handle that clients may take for none.
func ExampleWithFirstHandle() {
	srv, c := testclient.Session(exatest.WithFirstHandle(0))
	defer srv.Close()
	fmt.Println(c.Execute("BIG").Set(0)["resultSetHandle"])
	// Output:
	// 0
}

// Every result has to be fetched.
func ExampleWithInlineRows() {
	srv, c := testclient.Session(exatest.WithInlineRows(0))
	defer srv.Close()
	fmt.Println(testclient.Data(c.Execute("Q").Set(0)) == "")
	// Output:
	// true
}

// Formats that a database administrator has chosen.
func ExampleWithSessionAttribute() {
	srv, c := testclient.Session(exatest.WithSessionAttribute("dateFormat", "DD.MM.YYYY"))
	defer srv.Close()
	srv.HandleSQL("TODAY", exatest.Rows(exatest.Columns("D DATE"), exatest.TextValues("2024-06-18")))
	fmt.Println(testclient.Data(c.Execute("TODAY").Set(0)))
	// Output:
	// [["18.06.2024"]]
}

// A small number of a large type is a number, not a string.
func ExampleWithDecimalsByValue() {
	srv, c := testclient.Session(exatest.WithDecimalsByValue())
	defer srv.Close()
	srv.HandleSQL("N", exatest.Rows(exatest.Columns("N DECIMAL(36,0)"), exatest.ValuesOf([]int{1})))
	fmt.Println(testclient.Data(c.Execute("N").Set(0)))
	// Output:
	// [[1]]
}

// A session of which the numbers have a comma, on a server that does not care.
func ExampleWithDecimalPoints() {
	srv, c := testclient.Session(exatest.WithDecimalPoints(), exatest.WithSessionAttribute("numericCharacters", ",."))
	defer srv.Close()
	srv.HandleSQL("N", exatest.Rows(exatest.Columns("N DECIMAL(5,2)"), exatest.TextValues("1.5")))
	fmt.Println(testclient.Data(c.Execute("N").Set(0)))
	// Output:
	// [["1.5"]]
}

// A whole DOUBLE that looks like an integer.
func ExampleWithIntegerDoubles() {
	srv, c := testclient.Session(exatest.WithIntegerDoubles())
	defer srv.Close()
	srv.HandleSQL("F", exatest.Rows(exatest.Columns("F DOUBLE"), exatest.ValuesOf([]float64{3, 0.5})))
	fmt.Println(testclient.Data(c.Execute("F").Set(0)))
	// Output:
	// [[3,0.5]]
}

// A session that was idle for too long is gone.
func ExampleWithIdleTimeout() {
	srv, c := testclient.Session(exatest.WithIdleTimeout(time.Millisecond))
	defer srv.Close()
	_, err := c.Recv()
	fmt.Println(err != nil)
	// Output:
	// true
}

// The crash of a database.
func ExampleServer_KillSessions() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.KillSessions()
	_, err := c.Recv()
	fmt.Println(err != nil)
	// Output:
	// true
}
