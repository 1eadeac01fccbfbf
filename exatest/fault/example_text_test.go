package fault_test

import (
	"fmt"
	"strings"

	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// Half a document in a whole message.
func ExampleTruncateJSON() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.TruncateJSON())
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"status":"ok","responseData":{"numResults":1,"re <nil>
}

// A message that is not JSON.
func ExampleGarbage() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.Garbage())
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"status":"ok",,] <nil>
}

// What no other fault does: any text in place of another.
func ExampleReplace() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.Replace(`"rowCount":0`, `"rowCount":-1`))
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":-1}]}} <nil>
}

// White space wherever JSON allows it.
func ExampleWhiteSpace() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.WhiteSpace())
	a := c.Execute("COMMIT")
	fmt.Println(a.Status, strings.Count(a.Raw, "\r\n") > 10)
	// Output:
	// ok true
}

// The order of keys means nothing.
func ExampleReorderKeys() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.ReorderKeys())
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"responseData":{"results":[{"rowCount":0,"resultType":"rowCount"}],"numResults":1},"status":"ok"} <nil>
}

// Keys of a version to come.
func ExampleUnknownKeys() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.UnknownKeys())
	a := c.Execute("COMMIT")
	fmt.Println(a.Status, a.Data["zzLast"])
	// Output:
	// ok "\ é
}

// Keys that are missing.
func ExampleOmitKeys() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.OmitKeys("numResults"))
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"status":"ok","responseData":{"results":[{"resultType":"rowCount","rowCount":0}]}} <nil>
}

// A key with another value.
func ExampleSetKey() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.SetKey("status", "maybe"))
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"status":"maybe","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}} <nil>
}

// A number where others send true or false.
func ExampleOpenTransactionAsNumber() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.OpenTransactionAsNumber())
	c.OK(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
	fmt.Println(c.Execute("Q").Attrs["openTransaction"])
	// Output:
	// 1
}

// All attributes with every answer, changed or not.
func ExampleAttributesEverywhere() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.AttributesEverywhere())
	fmt.Println(len(c.Execute("COMMIT").Attrs), "attributes")
	// Output:
	// 16 attributes
}
