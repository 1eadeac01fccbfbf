package exatest_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/exatest"
)

// A database of the year 2018.
func ExampleRelease() {
	srv, c := exampleSession(exatest.Release("6.2.15"))
	defer srv.Close()
	fmt.Println("version", c.version, "autocommit", c.attributes["autocommit"])
	c.fails("00000", "Unknown command: getTables", `{"command":"getTables"}`)
	// Output:
	// version 1 autocommit false
}

func ExampleProtocolVersion() {
	srv, c := exampleSession(exatest.ProtocolVersion(2))
	defer srv.Close()
	fmt.Println(c.version)
	// Output:
	// 2
}

// A handle that clients may take for none.
func ExampleFirstHandle() {
	srv, c := exampleSession(exatest.FirstHandle(0))
	defer srv.Close()
	fmt.Println(c.execute("BIG").set(0)["resultSetHandle"])
	// Output:
	// 0
}

// Every result has to be fetched.
func ExampleInlineRows() {
	srv, c := exampleSession(exatest.InlineRows(0))
	defer srv.Close()
	fmt.Println(data(c.execute("Q").set(0)) == "")
	// Output:
	// true
}

// Formats that a database administrator has chosen.
func ExampleSessionAttribute() {
	srv, c := exampleSession(exatest.SessionAttribute("dateFormat", "DD.MM.YYYY"))
	defer srv.Close()
	srv.HandleSQL("TODAY", exatest.Rows(exatest.Columns("D DATE"), exatest.TextValues("2024-06-18")))
	fmt.Println(data(c.execute("TODAY").set(0)))
	// Output:
	// [["18.06.2024"]]
}

// A small number of a large type is a number, not a string.
func ExampleDecimalsByValue() {
	srv, c := exampleSession(exatest.DecimalsByValue())
	defer srv.Close()
	srv.HandleSQL("N", exatest.Rows(exatest.Columns("N DECIMAL(36,0)"), exatest.ValuesOf([]int{1})))
	fmt.Println(data(c.execute("N").set(0)))
	// Output:
	// [[1]]
}

// A session of which the numbers have a comma, on a server that does not care.
func ExampleDecimalPoints() {
	srv, c := exampleSession(exatest.DecimalPoints(), exatest.SessionAttribute("numericCharacters", ",."))
	defer srv.Close()
	srv.HandleSQL("N", exatest.Rows(exatest.Columns("N DECIMAL(5,2)"), exatest.TextValues("1.5")))
	fmt.Println(data(c.execute("N").set(0)))
	// Output:
	// [["1.5"]]
}

// A whole DOUBLE that looks like an integer.
func ExampleIntegerDoubles() {
	srv, c := exampleSession(exatest.IntegerDoubles())
	defer srv.Close()
	srv.HandleSQL("F", exatest.Rows(exatest.Columns("F DOUBLE"), exatest.ValuesOf([]float64{3, 0.5})))
	fmt.Println(data(c.execute("F").set(0)))
	// Output:
	// [[3,0.5]]
}

// A session that was idle for too long is gone.
func ExampleIdleTimeout() {
	srv, c := exampleSession(exatest.IdleTimeout(time.Millisecond))
	defer srv.Close()
	_, err := c.recv()
	fmt.Println(err != nil)
	// Output:
	// true
}

// The crash of a database.
func ExampleServer_KillSessions() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.KillSessions()
	_, err := c.recv()
	fmt.Println(err != nil)
	// Output:
	// true
}
