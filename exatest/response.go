package exatest

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/exawire/exawire/commands"
)

// Response is the answer to one command. The zero Response (see [Pass]) leaves the command to the next handler and in
// the end to the server itself. A Response is a value: its methods return a changed copy, and one Response may be given
// to any number of handlers and sessions.
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

// Pass returns the zero Response: the handler has only watched, and the next one decides.
func Pass() Response { return Response{} }

// OK reports success without data. Commands that run a statement get a row count of 0.
func OK() Response { return Response{kind: kindOK} }

// RowCount answers a statement that affected n rows.
func RowCount(n int64) Response {
	return Response{kind: kindResults, results: []outcome{{rowCount: n}}}
}

// Rows answers with a result set. data has one [Values] per column, all of the same length, or is left out for a result
// without rows; see [Columns] and [ValuesOf] for a short way to write both. The rules of the server decide whether the
// rows are sent with the answer or have to be fetched, see [WithInlineRows]. Rows panics if data does not fit cols.
//
// As the answer to fetch, the rows are the ones that this fetch returns, and cols only say how to encode them. As the
// answer to createPreparedStatement, only cols count.
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
// returns them. It panics if one of the responses has no results.
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

// Data reports success with v, encoded by encoding/json, as responseData. It is for answers that the other constructors
// do not cover, such as that of getHosts. Data panics if v cannot be encoded.
func Data(v any) Response {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("exatest: Data: " + err.Error())
	}
	return Response{kind: kindData, raw: raw}
}

// Exception answers with an error of the database. code has five characters, such as "42000". The server appends the
// number of the session to the text, as a database does. As the answer to a login an exception ends the connection.
func Exception(code, text string) Response {
	return Response{kind: kindException, code: code, text: text}
}

// Raw sends the text as it stands, in one message, whether it is JSON or not.
func Raw(message string) Response { return Response{kind: kindRaw, raw: []byte(message)} }

// Hang lets the command run until the client aborts it (R0003), until its queryTimeout has passed (R0001) or until the
// connection ends.
func Hang() Response { return Response{kind: kindHang} }

// Drop cuts the connection without an answer and without a Close frame.
func Drop() Response { return Response{kind: kindDrop} }

// ImportFiles answers an IMPORT whose files the client serves itself, through tunnels that it has opened on the port of
// the database: FROM CSV AT 'http://10.0.0.11:20107' FILE '000.csv'. The server takes one file after the other, each
// through the tunnel that its AT clause names. fn reads content, which is valid until fn returns, and returns the
// number of rows in it; their sum is the row count of the statement. The client is asked when fn reads for the first
// time; if fn reads nothing, the tunnel stays as it is, and the statement ends as fn does. What fn leaves of a file that
// it has begun, the server drops. content is what the client sends, so a compressed file is not unpacked. With https the
// client is the TLS server as well, and its key has to be that of the clause PUBLIC KEY if there is one.
//
// A client that answers before it is asked is read to its end and gets no request. For that, a request without TLS waits
// until nothing has come for 10 milliseconds.
//
// For FROM PARQUET, content is a [RangedFile]: a file that is read by ranges.
//
// The statement fails with 42636 if a tunnel is missing or if the client hangs up in the middle, whatever fn returns;
// otherwise it fails with the error of fn, if that is not nil. A tunnel serves one file and is then closed. Several
// sessions may call fn at the same time.
func ImportFiles(fn func(file string, content io.Reader) (rows int64, err error)) Response {
	return Response{kind: kindTransfer, importFile: fn}
}

// ExportFiles answers an EXPORT as [ImportFiles] answers an IMPORT. fn writes the content of each file, which the
// server sends to the client in chunks of 65524 bytes, and returns the number of rows in it. A file that fn has begun by
// a Write, of nothing perhaps, is completed when fn returns. If fn returns an error, the file is left incomplete.
func ExportFiles(fn func(file string, content io.Writer) (rows int64, err error)) Response {
	return Response{kind: kindTransfer, exportFile: fn}
}

// After delays the response by d, counted from the moment the handler returns. The command is running meanwhile: it can
// be aborted, it can time out, and feedback is sent.
func (r Response) After(d time.Duration) Response {
	r.delay = d
	return r
}

// Attribute adds a session attribute, by its name on the wire, that the statement has changed. The server keeps the new
// value and applies it to everything that it sends from then on: Attribute("dateFormat", "DD.MM.YYYY") changes the text
// of dates. value is a bool, an integer or a string.
func (r Response) Attribute(name string, value any) Response {
	r.attrs = append(slices.Clip(r.attrs), field(name, value))
	return r
}

// Params describes the parameters of a prepared statement. Without Params the server counts the question marks of the
// statement and describes each as VARCHAR(2000000).
func (r Response) Params(params ...commands.ColumnInfo) Response {
	r.params = slices.Clone(params)
	r.hasArgs = true
	return r
}

// Respond returns r. It makes a Response a [Responder] that gives the same answer every time.
func (r Response) Respond(*Request) Response { return r }
