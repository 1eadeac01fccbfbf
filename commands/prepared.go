package commands

import "strconv"

// CreatePreparedStatement is the command createPreparedStatement (V1). The answer is read by [ParsePrepared].
type CreatePreparedStatement struct {
	SQLText string `json:"sqlText"` // one statement, with "?" for each parameter
}

// ExecutePreparedStatement is the command executePreparedStatement (V1). It is answered like [Execute]; the row count
// is the sum over all rows of parameters.
type ExecutePreparedStatement struct {
	Handle  int          // of the statement
	Columns []ColumnInfo // the parameters as the server described them; empty for a statement without parameters
	NumRows int          // rows of parameters

	// Data holds the parameters, already encoded: for each column its values as JSON, separated by commas and without
	// brackets, len(Columns) x NumRows. It is empty for a statement without parameters.
	Data [][]byte
}

// ClosePreparedStatement is the command closePreparedStatement (V1).
type ClosePreparedStatement struct {
	Handle int `json:"statementHandle"` // of the statement
}

// PreparedStatement is the server's description of a prepared statement.
type PreparedStatement struct {
	Handle  int          // by which it is run and closed; 0 is a valid one
	Params  []ColumnInfo // empty if the statement has none
	Results []Result     // what an execution will give: no data, no handles
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

func (c CreatePreparedStatement) appendFields(dst []byte) ([]byte, error) {
	return appendString(append(dst, `,"sqlText":`...), c.SQLText), nil
}

func (c ExecutePreparedStatement) appendFields(dst []byte) ([]byte, error) {
	dst = c.appendDescription(dst)
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

// AppendHead appends the request up to the bracket that opens the array of columns, so that the values need not be
// copied into it. The caller then writes each column in brackets, with commas between them, and "]}" at the end. Data
// is not looked at. The text and the errors are those of [Append].
func (c ExecutePreparedStatement) AppendHead(dst []byte, attrs ...Attribute) ([]byte, error) {
	c.Data = make([][]byte, len(c.Columns))
	dst, err := appendStart(dst, c, attrs)
	if err != nil {
		return dst, err
	}
	return c.appendDescription(dst), nil
}

// appendDescription writes the fields up to the bracket that opens the data.
func (c ExecutePreparedStatement) appendDescription(dst []byte) []byte {
	rows := c.NumRows
	if len(c.Columns) == 0 {
		rows = 0
	}
	dst = strconv.AppendInt(append(dst, `,"statementHandle":`...), int64(c.Handle), 10)
	dst = strconv.AppendInt(append(dst, `,"numColumns":`...), int64(len(c.Columns)), 10)
	dst = strconv.AppendInt(append(dst, `,"numRows":`...), int64(rows), 10)
	dst = append(dst, `,"columns":[`...)
	for i, column := range c.Columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendColumn(dst, column)
	}
	return append(dst, `],"data":[`...)
}

func appendColumn(dst []byte, c ColumnInfo) []byte {
	dst = appendString(append(dst, `{"name":`...), c.Name)
	dst = appendString(append(dst, `,"dataType":{"type":`...), string(c.DataType.Type))
	dst = appendProperty(dst, `,"precision":`, c.DataType.Precision)
	dst = appendProperty(dst, `,"scale":`, c.DataType.Scale)
	dst = appendProperty(dst, `,"size":`, c.DataType.Size)
	if c.DataType.CharacterSet != "" {
		dst = appendString(append(dst, `,"characterSet":`...), c.DataType.CharacterSet)
	}
	if on := c.DataType.WithLocalTimeZone; on != nil {
		dst = strconv.AppendBool(append(dst, `,"withLocalTimeZone":`...), *on)
	}
	dst = appendProperty(dst, `,"fraction":`, c.DataType.Fraction)
	dst = appendProperty(dst, `,"srid":`, c.DataType.SRID)
	return append(dst, "}}"...)
}

func appendProperty(dst []byte, key string, n *int) []byte {
	if n == nil {
		return dst
	}
	return strconv.AppendInt(append(dst, key...), int64(*n), 10)
}
