package exatest

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/exawire/exawire/commands"
)

// Response is what the server answers to one command. The zero Response, see [Pass], leaves the command to the next
// handler and in the end to the server itself. A Response is a value: its methods return a changed copy, and one
// Response may be given to any number of handlers and sessions.
type Response struct {
	kind    responseKind
	results []outcome
	code    string
	text    string
	raw     []byte
	delay   time.Duration
	attrs   []member
	params  []commands.ColumnInfo
	hasArgs bool // params was given

	importFile func(file string, content io.Reader) (rows int64, err error) // or the other, of kindTransfer
	exportFile func(file string, content io.Writer) (rows int64, err error)
}

type responseKind int

const (
	kindPass responseKind = iota
	kindOK
	kindResults
	kindData
	kindException
	kindRaw
	kindHang
	kindDrop
	kindTransfer
)

// outcome is what one statement gave back: a row count, or a result set if columns is not nil.
type outcome struct {
	rowCount int64
	columns  []commands.ColumnInfo
	data     []Values
}

func (o *outcome) isSet() bool { return o.columns != nil }

func (o *outcome) numRows() int {
	if len(o.data) == 0 {
		return 0
	}
	return o.data[0].Len()
}

// Pass is the zero Response: the handler has only watched, the next one decides.
func Pass() Response { return Response{} }

// OK is success without data. Commands that run a statement get a row count of 0.
func OK() Response { return Response{kind: kindOK} }

// RowCount is the answer to a statement that affected n rows.
func RowCount(n int64) Response {
	return Response{kind: kindResults, results: []outcome{{rowCount: n}}}
}

// Rows is a result set. data has one Values per column, all of the same length, or is left out for a result without
// rows; see [Columns] and [ValuesOf] for the short way to write both. Whether the rows travel in the message or have to
// be fetched follows the server's rules, see [WithInlineRows]. Rows panics if data does not fit cols.
//
// As the answer to fetch, the rows are that chunk and cols only say how to encode them; as the answer to
// createPreparedStatement only cols counts.
func Rows(cols []commands.ColumnInfo, data ...Values) Response {
	o := outcome{columns: slices.Clone(cols), data: data}
	if o.columns == nil {
		o.columns = []commands.ColumnInfo{}
	}
	if err := o.check(); err != nil {
		panic("exatest: Rows: " + err.Error())
	}
	return Response{kind: kindResults, results: []outcome{o}}
}

// check reports the first column whose data does not fit.
func (o *outcome) check() error {
	if len(o.data) == 0 {
		return nil
	}
	if len(o.data) != len(o.columns) {
		return fmt.Errorf("the number of columns is %d, but there is data for %d", len(o.columns), len(o.data))
	}
	for i, v := range o.data {
		if v == nil {
			return fmt.Errorf("no data for column %d (%s)", i, o.columns[i].Name)
		}
		if v.Len() != o.data[0].Len() {
			return fmt.Errorf("column %d (%s) has %d values, column 0 has %d", i, o.columns[i].Name, v.Len(), o.data[0].Len())
		}
	}
	return nil
}

// Results joins the results of several responses made by [RowCount], [Rows] and [OK] into one answer, as executeBatch
// gives them. It panics if one of them has no results.
func Results(rs ...Response) Response {
	joined := Response{kind: kindResults}
	for i, r := range rs {
		switch r.kind {
		case kindOK:
			joined.results = append(joined.results, outcome{})
		case kindResults:
			joined.results = append(joined.results, r.results...)
		default:
			panic(fmt.Sprintf("exatest: Results: response %d is neither a row count nor rows", i))
		}
	}
	return joined
}

// Data is success with v, encoded by encoding/json, as responseData: for the answers that the other constructors do
// not know, such as that of getHosts. Data panics if v cannot be encoded.
func Data(v any) Response {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("exatest: Data: " + err.Error())
	}
	return Response{kind: kindData, raw: raw}
}

// Exception is an error of the database: code has five characters, such as "42000". The server appends the session's
// id to the text, as a database does. As the answer to a login it ends the connection.
func Exception(code, text string) Response {
	return Response{kind: kindException, code: code, text: text}
}

// Raw is sent as it stands, in one message, whether it is JSON or not.
func Raw(message string) Response { return Response{kind: kindRaw, raw: []byte(message)} }

// Hang never answers. The command ends when the client aborts it (R0003), when its queryTimeout has passed (R0001) or
// when the connection ends.
func Hang() Response { return Response{kind: kindHang} }

// Drop cuts the connection without an answer and without a Close frame.
func Drop() Response { return Response{kind: kindDrop} }

// ImportFiles is the answer to an IMPORT whose files the client serves itself, by tunnels that it has opened on the port
// of the database: FROM CSV AT 'http://10.0.0.11:20107' FILE '000.csv'. The server asks for each file by the tunnel that
// its AT clause names, one file after the other, and fn reads content, which is valid until fn returns, and says how
// many rows it holds; the sum is the row count. What fn leaves is read and dropped. Content is what the client sends: a
// file that it has compressed is not unpacked. With https the client is the server of TLS too, and its key has to be
// that of the clause PUBLIC KEY if there is one.
//
// The statement ends with 42636 if a tunnel is not there, or if the client hangs up in the middle, whatever fn returns;
// otherwise with the error of fn, if that is not nil. A tunnel serves one file and is closed after it. fn may be called
// by several sessions at once.
func ImportFiles(fn func(file string, content io.Reader) (rows int64, err error)) Response {
	return Response{kind: kindTransfer, importFile: fn}
}

// ExportFiles is [ImportFiles] for an EXPORT: fn writes the content of each file, which the server sends to the client
// in chunks, and says how many rows it holds. If fn returns an error the file is not brought to its end.
func ExportFiles(fn func(file string, content io.Writer) (rows int64, err error)) Response {
	return Response{kind: kindTransfer, exportFile: fn}
}

// After delays the response by d, counted from the moment the handler returned. While it waits the command is running:
// it can be aborted, it can time out, and feedback is sent.
func (r Response) After(d time.Duration) Response {
	r.delay = d
	return r
}

// Attribute adds a session attribute to the answer, by its name on the wire: the statement has changed it. The server
// keeps the new value and applies it to what it sends from then on, so Attribute("dateFormat", "DD.MM.YYYY") changes
// the text of dates. value is a bool, an integer or a string.
func (r Response) Attribute(name string, value any) Response {
	r.attrs = append(slices.Clip(r.attrs), field(name, value))
	return r
}

// Params describes the placeholders of a prepared statement. Without it the server counts the question marks of the
// statement and describes each as VARCHAR(2000000).
func (r Response) Params(params ...commands.ColumnInfo) Response {
	r.params = slices.Clone(params)
	r.hasArgs = true
	return r
}

// Respond makes a Response a [Responder] that always answers itself.
func (r Response) Respond(*Request) Response { return r }
