package fault_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// The first row comes with the answer, the others by the handle.
func ExampleSplitInline() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.SplitInline(1))
	set := c.Execute("Q").Set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// 1 3 1 [[1],["x"]]
}

// One row for each fetch.
func ExampleFetchRows() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.FetchRows(1))
	c.Execute("BIG")
	fmt.Println(c.OK(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1000}`).Raw)
	// Output:
	// {"status":"ok","responseData":{"numRows":1,"data":[[0]]}}
}

// All rows for each fetch, however few bytes it asks for.
func ExampleAllRows() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.AllRows())
	c.Execute("BIG")
	fmt.Println(c.OK(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":1}`).Data["numRows"])
	// Output:
	// 1000
}

// No rows, spelled out.
func ExampleEmptyArrays() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.EmptyArrays())
	set := c.Execute("BIG").Set(0)
	fmt.Println(set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// 0 [[]]
}

// A handle that is none.
func ExampleNegativeHandles() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.NegativeHandles())
	set := c.Execute("Q").Set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// -3 3 3 [[1,2,3],["x","y","z"]]
}

// More rows announced than there are.
func ExampleWrongNumRows() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.WrongNumRows(2))
	set := c.Execute("Q").Set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// <nil> 3 5 [[1,2,3],["x","y","z"]]
}

// A column without data.
func ExampleMissingColumn() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.MissingColumn())
	set := c.Execute("Q").Set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// <nil> 3 3 [[1,2,3]]
}

// Columns of different length.
func ExampleRaggedColumns() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.RaggedColumns())
	set := c.Execute("Q").Set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// <nil> 3 3 [[1,2,3],["x","y"]]
}

// Values that no column can have.
func ExampleWrongKinds() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.WrongKinds())
	set := c.Execute("Q").Set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// <nil> 3 3 [[{"a":[1]},2,3],[{"a":[1]},"y","z"]]
}

// Numbers as servers write large ones.
func ExampleNumbersAsStrings() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.NumbersAsStrings())
	set := c.Execute("Q").Set(0)
	fmt.Println(set["resultSetHandle"], set["numRows"], set["numRowsInMessage"], testclient.Data(set))
	// Output:
	// <nil> 3 3 [["1","2","3"],["x","y","z"]]
}

// Two columns with one name.
func ExampleDuplicateNames() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.DuplicateNames())
	for _, column := range c.Execute("Q").Set(0)["columns"].([]any) {
		fmt.Printf("%q\n", column.(map[string]any)["name"])
	}
	// Output:
	// "A"
	// "A"
}

// Columns without names.
func ExampleEmptyNames() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.EmptyNames())
	for _, column := range c.Execute("Q").Set(0)["columns"].([]any) {
		fmt.Printf("%q\n", column.(map[string]any)["name"])
	}
	// Output:
	// ""
	// ""
}
