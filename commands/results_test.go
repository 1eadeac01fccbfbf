package commands_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/jsonscan"
	"github.com/google/go-cmp/cmp"
)

// Columns of the result sets in the tests of this package.
const (
	oneColumn  = `"columns":[{"name":"ID","dataType":{"type":"DECIMAL","precision":18,"scale":0}}]`
	twoColumns = `"columns":[{"name":"ID","dataType":{"type":"DECIMAL","precision":18,"scale":0}},` +
		`{"name":"NAME","dataType":{"type":"VARCHAR","size":100,"characterSet":"UTF8"}}]`
)

func TestParseResults(t *testing.T) {
	one, two := []commands.ColumnInfo{idColumn}, []commands.ColumnInfo{idColumn, nameColumn}
	// set wraps the members of one result set.
	set := func(members string) string {
		return `{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{` + members + `}}]}`
	}
	tests := []struct {
		name string
		data string
		want []commands.Result
	}{
		{"no results", `{"numResults":0,"results":[]}`, nil},
		{"null results", `{"numResults":0,"results":null}`, nil},
		{"nothing", `{}`, nil},
		{"row count", `{"numResults":1,"results":[{"resultType":"rowCount","rowCount":3}]}`, []commands.Result{rowCount(3)}},
		{
			"large row count", `{"results":[{"rowCount":9007199254740993,"resultType":"rowCount"}],"numResults":1}`,
			[]commands.Result{rowCount(1<<53 + 1)},
		},
		{"no numResults", `{"results":[{"resultType":"rowCount","rowCount":3}]}`, []commands.Result{rowCount(3)}},
		{"no rowCount", `{"results":[{"resultType":"rowCount"}]}`, []commands.Result{rowCount(0)}},
		{"row count with a null result set", `{"results":[{"resultType":"rowCount","rowCount":1,"resultSet":null}]}`, []commands.Result{rowCount(1)}},
		{
			"unknown keys", `{"new":1,"numResults":1,"results":[{"new":[],"resultType":"rowCount","rowCount":1,"more":{"rowCount":7}}]}`,
			[]commands.Result{rowCount(1)},
		},
		{
			"rows in the message", set(`"numColumns":1,"numRows":2,"numRowsInMessage":2,` + oneColumn + `,"data":[[1,2]]`),
			[]commands.Result{resultSet(commands.ResultSet{
				Handle: commands.NoHandle, NumRows: 2, NumRowsInMessage: 2, Columns: one, Data: []byte(`[[1,2]]`),
			})},
		},
		{"keys in another order", set(`"data":[[1,2]],` + oneColumn + `,"numRowsInMessage":2,"numRows":2,"numColumns":1`), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle, NumRows: 2, NumRowsInMessage: 2, Columns: one, Data: []byte(`[[1,2]]`)},
		)}},
		{"all rows by handle", set(`"resultSetHandle":7,"numRows":1000,"numRowsInMessage":0,` + oneColumn), []commands.Result{resultSet(
			commands.ResultSet{Handle: 7, NumRows: 1000, Columns: one},
		)}},
		{"handle 0", set(`"resultSetHandle":0,"numRows":1000,` + oneColumn), []commands.Result{resultSet(
			commands.ResultSet{Handle: 0, NumRows: 1000, Columns: one},
		)}},
		{
			"null handle", set(`"resultSetHandle":null,"numRows":1,` + oneColumn + `,"data":[[1]]`),
			[]commands.Result{resultSet(commands.ResultSet{
				Handle: commands.NoHandle, NumRows: 1, NumRowsInMessage: 1, Columns: one, Data: []byte(`[[1]]`),
			})},
		},
		{
			"handle of a small result set", set(`"resultSetHandle":-3,"numRows":1,` + oneColumn + `,"data":[[1]]`),
			[]commands.Result{resultSet(commands.ResultSet{
				Handle: commands.NoHandle, NumRows: 1, NumRowsInMessage: 1, Columns: one, Data: []byte(`[[1]]`),
			})},
		},
		{"handle as text", set(`"resultSetHandle":"12","numRows":1,` + oneColumn), []commands.Result{resultSet(
			commands.ResultSet{Handle: 12, NumRows: 1, Columns: one},
		)}},
		{
			"rows in the message and a handle", set(`"resultSetHandle":4,"numRows":5,"numRowsInMessage":2,` + twoColumns + `,"data":[[1,2],["a",null]]`),
			[]commands.Result{resultSet(commands.ResultSet{
				Handle: 4, NumRows: 5, NumRowsInMessage: 2, Columns: two, Data: []byte(`[[1,2],["a",null]]`),
			})},
		},
		{"handle and null data", set(`"resultSetHandle":4,"numRows":5,"numRowsInMessage":0,` + oneColumn + `,"data":null`), []commands.Result{resultSet(
			commands.ResultSet{Handle: 4, NumRows: 5, Columns: one},
		)}},
		{"no rows, no data", set(`"numColumns":2,"numRows":0,"numRowsInMessage":0,` + twoColumns), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle, Columns: two},
		)}},
		{"no rows, null data", set(`"numRows":0,` + twoColumns + `,"data":null`), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle, Columns: two},
		)}},
		{"no rows, empty data", set(`"numRows":0,` + twoColumns + `,"data":[]`), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle, Columns: two, Data: []byte(`[]`)},
		)}},
		{"no rows, empty columns", set(`"numRows":0,` + twoColumns + `,"data":[[],[]]`), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle, Columns: two, Data: []byte(`[[],[]]`)},
		)}},
		{"no counts of a described statement", set(oneColumn), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle, Columns: one},
		)}},
		{"no columns", set(`"numColumns":0,"numRows":0,"columns":[]`), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle, Columns: []commands.ColumnInfo{}},
		)}},
		{"null columns", set(`"numColumns":0,"numRows":0,"columns":null`), []commands.Result{resultSet(
			commands.ResultSet{Handle: commands.NoHandle},
		)}},
		{
			"names twice and unknown", set(`"numRows":0,"columns":[{"dataType":{"type":"DATE"},"name":"\u00dc"},` +
				`{"name":"\u00dc","dataType":{"type":"JSON","new":1,"size":9},"comment":""},{"dataType":{"type":"BOOLEAN"}}]`),
			[]commands.Result{resultSet(commands.ResultSet{Handle: commands.NoHandle, Columns: []commands.ColumnInfo{
				{Name: "\u00dc", DataType: commands.DataType{Type: commands.Date}},
				{Name: "\u00dc", DataType: commands.DataType{Type: "JSON", Size: new(9)}},
				{DataType: commands.DataType{Type: commands.Boolean}},
			}})},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.ParseResults([]byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, rawText); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseResultsErrors(t *testing.T) {
	set := func(members string) string {
		return `{"results":[{"resultType":"resultSet","resultSet":{` + members + `}}]}`
	}
	tests := []struct{ name, data, want string }{
		{"nothing", ``, "unexpected end"},
		{"null", `null`, "expected an object"},
		{"list", `[]`, "expected an object"},
		{"too few results", `{"numResults":2,"results":[{"resultType":"rowCount"}]}`, "numResults is 2 but there are 1"},
		{"too many results", `{"results":[{"resultType":"rowCount"}],"numResults":0}`, "numResults is 0 but there are 1"},
		{"results announced only", `{"numResults":1}`, "numResults is 1 but there are 0"},
		{"negative numResults", `{"numResults":-1,"results":[]}`, "numResults is -1"},
		{"numResults as text", `{"numResults":"1"}`, "numResults: json: expected an integer"},
		{"fractional numResults", `{"numResults":1.0}`, "without fraction"},
		{"numResults too large", `{"numResults":9223372036854775808}`, "does not fit"},
		{"results as an object", `{"results":{}}`, "expected an array"},
		{"null result", `{"results":[null]}`, "result 1: json: expected an object"},
		{"second result", `{"results":[{"resultType":"rowCount"},{}]}`, "result 2: resultType \"\""},
		{"no type", `{"results":[{"rowCount":1}]}`, "neither rowCount nor resultSet"},
		{"unknown type", `{"results":[{"resultType":"ROWCOUNT","rowCount":1}]}`, "neither rowCount nor resultSet"},
		{"negative row count", `{"results":[{"resultType":"rowCount","rowCount":-1}]}`, "rowCount is -1"},
		{"row count as text", `{"results":[{"resultType":"rowCount","rowCount":"1"}]}`, "rowCount"},
		{"no result set", `{"results":[{"resultType":"resultSet"}]}`, "resultSet but there is none"},
		{"null result set", `{"results":[{"resultType":"resultSet","resultSet":null}]}`, "resultSet but there is none"},
		{"row count with a result set", `{"results":[{"resultType":"rowCount","resultSet":{}}]}`, "rowCount but there is a result set"},
		{"result set as a list", `{"results":[{"resultType":"resultSet","resultSet":[]}]}`, "result set: json: expected an object"},
		{"too few columns", set(`"numColumns":2,"numRows":0,` + oneColumn), "numColumns is 2 but 1 columns are described"},
		{"too many columns", set(`"numColumns":1,"numRows":0,` + twoColumns), "numColumns is 1 but 2 columns are described"},
		{"columns announced only", set(`"numColumns":1,"numRows":0`), "numColumns is 1 but 0 columns are described"},
		{"negative numColumns", set(`"numColumns":-1,"numRows":0`), "numColumns is -1"},
		{"negative numRows", set(`"numRows":-1,` + oneColumn), "numRows is -1"},
		{"negative numRowsInMessage", set(`"numRows":1,"numRowsInMessage":-1,` + oneColumn), "numRowsInMessage is -1"},
		{"very negative numRowsInMessage", set(`"numRows":1,"numRowsInMessage":-9223372036854775808,` + oneColumn), "numRowsInMessage is -9"},
		{"more rows in the message than in the result", set(`"numRows":1,"numRowsInMessage":2,` + oneColumn + `,"data":[[1,2]]`), "2 rows in the message"},
		{"rows announced without data", set(`"numRows":2,"numRowsInMessage":2,` + oneColumn), "it has no data"},
		{"rows announced with null data", set(`"numRows":2,"numRowsInMessage":1,"resultSetHandle":1,` + oneColumn + `,"data":null`), "it has no data"},
		{"data without numRows", set(oneColumn + `,"data":[[1]]`), "no numRows"},
		{"handle without numRows", set(oneColumn + `,"resultSetHandle":1`), "no numRows"},
		{"handle as an object", set(`"resultSetHandle":{},"numRows":1,` + oneColumn), "handle"},
		{"handle too large", set(`"resultSetHandle":9223372036854775808,"numRows":1,` + oneColumn), "handle"},
		{"fractional handle", set(`"resultSetHandle":1.5,"numRows":1,` + oneColumn), "handle"},
		{"handle of other text", set(`"resultSetHandle":"x","numRows":1,` + oneColumn), "handle"},
		{"columns as an object", set(`"numRows":0,"columns":{}`), "columns"},
		{"column as text", set(`"numRows":0,"columns":["ID"]`), "columns"},
		{"null column", set(`"numRows":0,"columns":[null]`), "column 1: json: expected an object"},
		{"column without type", set(`"numRows":0,"columns":[{"name":"A","dataType":{"type":"DATE"}},{"name":"B"}]`), "column 2 has no data type"},
		{"null data type", set(`"numRows":0,"columns":[{"name":"B","dataType":null}]`), "column 1 has no data type"},
		{"data type as text", set(`"numRows":0,"columns":[{"name":"B","dataType":"DATE"}]`), "columns"},
		{"precision as text", set(`"numRows":0,"columns":[{"dataType":{"type":"DECIMAL","precision":"18"}}]`), "columns"},
		{"precision too large", set(`"numRows":0,"columns":[{"dataType":{"type":"DECIMAL","precision":99999999999999999999}}]`), "columns"},
		{"malformed escape in the data", set(`"numRows":1,` + oneColumn + `,"data":[["\udc0"]]`), "malformed escape"},
		{"second value", `{"results":[]} {}`, "unexpected data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.ParseResults([]byte(test.data))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "results: ") {
				t.Errorf("error %q does not say %q", err, "results: ... "+test.want)
			}
			if got != nil {
				t.Errorf("an error and %d results", len(got))
			}
		})
	}
}

// TestSyntaxErrorsAreTyped: whoever wants to know where a document broke can ask for the type.
func TestSyntaxErrorsAreTyped(t *testing.T) {
	_, err := commands.ParseResults([]byte(`{"results":[{"resultType":?`))
	var syntax *jsonscan.SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset != 26 {
		t.Errorf("got %v, want a syntax error at byte 26", err)
	}
}

func TestParsePrepared(t *testing.T) {
	one := []commands.ColumnInfo{idColumn}
	tests := []struct {
		name string
		data string
		want *commands.PreparedStatement
	}{
		{"handle alone", `{"statementHandle":3}`, &commands.PreparedStatement{Handle: 3}},
		{"handle 0", `{"statementHandle":0}`, &commands.PreparedStatement{Handle: 0}},
		{"handle as text", `{"statementHandle":"3"}`, &commands.PreparedStatement{Handle: 3}},
		{"null parameterData", `{"statementHandle":3,"parameterData":null,"results":null}`, &commands.PreparedStatement{Handle: 3}},
		{"empty parameterData", `{"statementHandle":3,"parameterData":{}}`, &commands.PreparedStatement{Handle: 3}},
		{
			"parameterData without columns", `{"statementHandle":3,"parameterData":{"numColumns":0,"columns":[]}}`,
			&commands.PreparedStatement{Handle: 3, Params: []commands.ColumnInfo{}},
		},
		{
			"parameterData without count", `{"new":[],"parameterData":{"new":0,` + oneColumn + `},"statementHandle":3}`,
			&commands.PreparedStatement{Handle: 3, Params: one},
		},
		{
			"keys in another order", `{"results":[{"resultType":"rowCount"}],"parameterData":{` + oneColumn + `,"numColumns":1},"numResults":1,"statementHandle":3}`,
			&commands.PreparedStatement{Handle: 3, Params: one, Results: []commands.Result{rowCount(0)}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.ParsePrepared([]byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("prepared statement (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsePreparedErrors(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"nothing", ``, "unexpected end"},
		{"null", `null`, "expected an object"},
		{"no handle", `{"parameterData":{"numColumns":0}}`, "no statement handle"},
		{"null handle", `{"statementHandle":null}`, "no statement handle"},
		{"negative handle", `{"statementHandle":-5}`, "no statement handle"},
		{"handle as a list", `{"statementHandle":[3]}`, "handle"},
		{"too few parameters", `{"statementHandle":3,"parameterData":{"numColumns":2,` + oneColumn + `}}`, "numColumns is 2 but 1 parameters"},
		{"too many parameters", `{"statementHandle":3,"parameterData":{` + oneColumn + `,"numColumns":0}}`, "numColumns is 0 but 1 parameters"},
		{"negative count", `{"statementHandle":3,"parameterData":{"numColumns":-1}}`, "numColumns is -1"},
		{"parameterData as a list", `{"statementHandle":3,"parameterData":[]}`, "expected an object"},
		{"parameter without type", `{"statementHandle":3,"parameterData":{"columns":[{"name":""}]}}`, "column 1 has no data type"},
		{"too few results", `{"statementHandle":3,"numResults":1,"results":[]}`, "numResults is 1 but there are 0"},
		{"bad result", `{"statementHandle":3,"results":[{"resultType":"rowCount","rowCount":-1}]}`, "result 1: rowCount is -1"},
		{"second value", `{"statementHandle":3}{}`, "unexpected data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.ParsePrepared([]byte(test.data))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "prepared statement: ") {
				t.Errorf("error %q does not say %q", err, "prepared statement: ... "+test.want)
			}
			if got != nil {
				t.Error("an error and a prepared statement")
			}
		})
	}
}
