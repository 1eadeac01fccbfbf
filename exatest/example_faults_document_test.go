package exatest_test

import (
	"fmt"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// Half a document in a whole message.
func ExampleTruncateJSON() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.TruncateJSON())
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.recv())
	// Output:
	// {"status":"ok","responseData":{"numResults":1,"re <nil>
}

// A message that is not JSON.
func ExampleGarbage() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.Garbage())
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.recv())
	// Output:
	// {"status":"ok",,] <nil>
}

// What no other fault does: any text in place of another.
func ExampleReplace() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.Replace(`"rowCount":0`, `"rowCount":-1`))
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.recv())
	// Output:
	// {"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":-1}]}} <nil>
}

// White space wherever JSON allows it.
func ExampleWhiteSpace() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.WhiteSpace())
	a := c.execute("COMMIT")
	fmt.Println(a.Status, strings.Count(a.raw, "\r\n") > 10)
	// Output:
	// ok true
}

// The order of keys means nothing.
func ExampleReorderKeys() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.ReorderKeys())
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.recv())
	// Output:
	// {"responseData":{"results":[{"rowCount":0,"resultType":"rowCount"}],"numResults":1},"status":"ok"} <nil>
}

// Keys of a version to come.
func ExampleUnknownKeys() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.UnknownKeys())
	a := c.execute("COMMIT")
	fmt.Println(a.Status, a.Data["zzLast"])
	// Output:
	// ok "\ é
}

// Keys that are missing.
func ExampleOmitKeys() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.OmitKeys("numResults"))
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.recv())
	// Output:
	// {"status":"ok","responseData":{"results":[{"resultType":"rowCount","rowCount":0}]}} <nil>
}

// A key with another value.
func ExampleSetKey() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.SetKey("status", "maybe"))
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.recv())
	// Output:
	// {"status":"maybe","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}} <nil>
}

// A number where others send true or false.
func ExampleOpenTransactionAsNumber() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.OpenTransactionAsNumber())
	c.ok(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
	fmt.Println(c.execute("Q").Attrs["openTransaction"])
	// Output:
	// 1
}

// All attributes with every answer, changed or not.
func ExampleAttributesEverywhere() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.AttributesEverywhere())
	fmt.Println(len(c.execute("COMMIT").Attrs), "attributes")
	// Output:
	// 16 attributes
}

// Two columns with one name.
func ExampleDuplicateNames() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.DuplicateNames())
	fmt.Println(columnTexts(c.execute("Q").set(0)))
	// Output:
	// [A DECIMAL(18,0): [1,2,3] A VARCHAR(9): ["x","y","z"]]
}

// Columns without names.
func ExampleEmptyNames() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.EmptyNames())
	fmt.Println(columnTexts(c.execute("Q").set(0)))
	// Output:
	// [ DECIMAL(18,0): [1,2,3]  VARCHAR(9): ["x","y","z"]]
}
