package exatest_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest"
)

// The first row comes with the answer, the others by the handle.
func ExampleSplitInline() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.SplitInline(1))
	set := c.execute("Q").set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], data(set))
	// Output:
	// 1 3 1 [[1],["x"]]
}

// One row for each fetch.
func ExampleFetchRows() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.FetchRows(1))
	c.execute("BIG")
	fmt.Println(c.ok(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1000}`).raw)
	// Output:
	// {"status":"ok","responseData":{"numRows":1,"data":[[0]]}}
}

// All rows for each fetch, however few bytes it asks for.
func ExampleAllRows() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.AllRows())
	c.execute("BIG")
	fmt.Println(c.ok(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1}`).Data["numRows"])
	// Output:
	// 1000
}

// No rows, spelled out.
func ExampleEmptyArrays() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.EmptyArrays())
	set := c.execute("BIG").set(0)
	fmt.Println(set["numRowsInMessage"], data(set))
	// Output:
	// 0 [[]]
}

// A handle that is none.
func ExampleNegativeHandles() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.NegativeHandles())
	set := c.execute("Q").set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], data(set))
	// Output:
	// -3 3 3 [[1,2,3],["x","y","z"]]
}

// More rows announced than there are.
func ExampleWrongNumRows() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.WrongNumRows(2))
	set := c.execute("Q").set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], data(set))
	// Output:
	// <nil> 3 5 [[1,2,3],["x","y","z"]]
}

// A column without data.
func ExampleMissingColumn() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.MissingColumn())
	set := c.execute("Q").set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], data(set))
	// Output:
	// <nil> 3 3 [[1,2,3]]
}

// Columns of different length.
func ExampleRaggedColumns() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.RaggedColumns())
	set := c.execute("Q").set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], data(set))
	// Output:
	// <nil> 3 3 [[1,2,3],["x","y"]]
}

// Values that no column can have.
func ExampleWrongKinds() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.WrongKinds())
	set := c.execute("Q").set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], data(set))
	// Output:
	// <nil> 3 3 [[{"a":[1]},2,3],[{"a":[1]},"y","z"]]
}

// Numbers as servers write large ones.
func ExampleNumbersAsStrings() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.NumbersAsStrings())
	set := c.execute("Q").set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], data(set))
	// Output:
	// <nil> 3 3 [["1","2","3"],["x","y","z"]]
}
