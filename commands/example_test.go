package commands_test

import (
	"fmt"
	"log"
	"time"

	"github.com/exawire/exawire/commands"
)

func ExampleAppend() {
	msg, err := commands.Append(nil, commands.Execute{SQLText: "SELECT 1"}, commands.CurrentSchema("MART"), commands.QueryTimeout(time.Minute))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(msg))

	pattern := `F\_%`
	msg, err = commands.Append(nil, commands.TablesFilter{Table: &pattern, TableTypes: []string{"TABLE"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(msg))
	// Output:
	// {"command":"execute","attributes":{"currentSchema":"MART","queryTimeout":60},"sqlText":"SELECT 1"}
	// {"command":"getTables","table":"F\\_%","tableTypes":["TABLE"]}
}

// A command that is newer than this module is sent with its name and its fields.
func ExampleRaw() {
	msg, err := commands.Append(nil, commands.Raw{Name: "getNews", Fields: map[string]any{"since": 2025}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(msg))
	// Output: {"command":"getNews","since":2025}
}

func ExampleParseResults() {
	msg := []byte(`{"status":"ok","responseData":{"numResults":2,"results":[
		{"resultType":"rowCount","rowCount":3},
		{"resultType":"resultSet","resultSet":{"resultSetHandle":4,"numColumns":1,"numRows":2500,"numRowsInMessage":2,
		 "columns":[{"name":"ID","dataType":{"type":"DECIMAL","precision":18,"scale":0}}],"data":[[1,2]]}}]},
		"attributes":{"openTransaction":true}}`)
	answer, err := commands.ParseResponse(msg)
	if err != nil {
		log.Fatal(err)
	}
	if answer.Exception != nil {
		log.Fatal(answer.Exception.Text)
	}
	results, err := commands.ParseResults(answer.Data)
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range results {
		if r.Type == commands.TypeRowCount {
			fmt.Println(r.RowCount, "rows changed")
			continue
		}
		fmt.Printf("%d of %d rows: %s\n", r.ResultSet.NumRowsInMessage, r.ResultSet.NumRows, r.ResultSet.Data)
		for _, c := range r.ResultSet.Columns {
			fmt.Println(c.Name, c.DataType)
		}
	}
	attributes := commands.DefaultAttributes()
	if err := attributes.Merge(answer.RawAttributes); err != nil {
		log.Fatal(err)
	}
	fmt.Println("transaction open:", attributes.OpenTransaction)
	// Output:
	// 3 rows changed
	// 2 of 2500 rows: [[1,2]]
	// ID DECIMAL(18,0)
	// transaction open: true
}

func ExampleAll() {
	for _, info := range commands.All() {
		if info.Since == commands.V3 || info.Since == commands.V4 {
			fmt.Println(info.Since, info.Name)
		}
	}
	// Output:
	// V3 loginToken
	// V3 subLoginToken
	// V4 requestParallelConnections
}
