package commands

import (
	"fmt"
	"strconv"

	"github.com/goccy/go-json"
)

// CreatePreparedStatement is the command createPreparedStatement (V1). The answer is read by [ParsePrepared].
type CreatePreparedStatement struct {
	SQLText string `json:"sqlText"` // one statement, with "?" for each parameter
}

// ExecutePreparedStatement is the command executePreparedStatement (V1). It is answered like [Execute]; the row count
// is the sum over all rows of parameters.
type ExecutePreparedStatement struct {
	Handle  int      // of the statement
	Columns []Column // the parameters as the server described them; empty for a statement without placeholders
	NumRows int      // rows of parameters

	// Data holds the parameters, already encoded: for each column its values as JSON, separated by commas and without
	// brackets, len(Columns) x NumRows. It is empty for a statement without placeholders.
	Data [][]byte
}

// ClosePreparedStatement is the command closePreparedStatement (V1).
type ClosePreparedStatement struct {
	Handle int `json:"statementHandle"` // of the statement
}

// PreparedStatement is the server's description of a prepared statement.
type PreparedStatement struct {
	Handle  int      // by which it is run and closed; 0 is a valid one
	Params  []Column // empty if the statement has no placeholders
	Results []Result // what an execution will give: no data, no handles
}

var (
	_ Command = CreatePreparedStatement{}
	_ Command = ExecutePreparedStatement{}
	_ Command = ClosePreparedStatement{}
)

// CommandName returns "createPreparedStatement".
func (CreatePreparedStatement) CommandName() string { return "createPreparedStatement" }

// CommandName returns "executePreparedStatement".
func (ExecutePreparedStatement) CommandName() string { return "executePreparedStatement" }

// CommandName returns "closePreparedStatement".
func (ClosePreparedStatement) CommandName() string { return "closePreparedStatement" }

func (c CreatePreparedStatement) texts(yield func(string)) { yield(c.SQLText) }

func (c ExecutePreparedStatement) texts(yield func(string)) {
	for _, column := range c.Columns {
		yield(column.Name)
		yield(string(column.DataType.Type))
		yield(column.DataType.CharacterSet)
	}
}

func (c ExecutePreparedStatement) appendFields(dst []byte) ([]byte, error) {
	dst = append(dst, `,"statementHandle":`...)
	dst = strconv.AppendInt(dst, int64(c.Handle), 10)
	dst = append(dst, `,"numColumns":`...)
	dst = strconv.AppendInt(dst, int64(len(c.Columns)), 10)
	dst = append(dst, `,"numRows":`...)
	if len(c.Columns) == 0 {
		return append(dst, `0,"columns":[],"data":[]`...), nil
	}
	dst = strconv.AppendInt(dst, int64(c.NumRows), 10)
	columns, err := json.MarshalWithOption(c.Columns, json.DisableHTMLEscape())
	if err != nil {
		return dst, fmt.Errorf("executePreparedStatement: %w", err)
	}
	dst = append(dst, `,"columns":`...)
	dst = append(dst, columns...)
	dst = append(dst, `,"data":[`...)
	for i, values := range c.Data {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = append(dst, values...)
		dst = append(dst, ']')
	}
	return append(dst, ']'), nil
}
