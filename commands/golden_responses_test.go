package commands_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/exawire/exawire/commands"
)

// response is a document and what must be read from it.
type response struct {
	document   string
	exception  *commands.Exception
	attributes string                            // raw
	parse      func(payload []byte) (any, error) // nil if the answer has no payload
	payload    any
}

func results(data []byte) (any, error)     { return commands.ParseResults(data) }
func prepared(data []byte) (any, error)    { return commands.ParsePrepared(data) }
func sessionInfo(data []byte) (any, error) { return commands.ParseSessionInfo(data) }
func hosts(data []byte) (any, error)       { return commands.ParseHosts(data) }
func parallel(data []byte) (any, error)    { return commands.ParseParallel(data) }
func offset(data []byte) (any, error)      { return commands.ParseOffset(data) }
func raw(data []byte) (any, error)         { return data, jsonError(data) }

// publicKey reads a key to what can be compared. The key itself is tested with its private half.
func publicKey(data []byte) (any, error) {
	key, err := commands.ParsePublicKey(data)
	if err != nil {
		return nil, err
	}
	_, err = key.Encrypt("secret")
	return nil, err
}

func jsonError(data []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a number of any size is JSON
	if err := d.Decode(&v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the document")
	}
	return nil
}

func rowCount(n int64) commands.Result {
	return commands.Result{Type: commands.TypeRowCount, RowCount: n}
}

func resultSet(rs commands.ResultSet) commands.Result {
	return commands.Result{Type: commands.TypeResultSet, ResultSet: &rs}
}

func columnsOf(names string, types ...commands.DataType) []commands.ColumnInfo {
	columns := params(types...)
	for i := range columns {
		columns[i].Name = names[i : i+1]
	}
	return columns
}

var (
	idColumn   = commands.ColumnInfo{Name: "ID", DataType: decimal(18, 0)}
	nameColumn = commands.ColumnInfo{Name: "NAME", DataType: varchar(100)}

	authenticationFailed = &commands.Exception{Text: "Connection exception - authentication failed.", SQLCode: "08004"}
)

// login returns what the documents of logins say.
func login(version commands.Version, release string) commands.SessionInfo {
	return commands.SessionInfo{
		SessionID:             1825312482065121281,
		ProtocolVersion:       version,
		ReleaseVersion:        release,
		DatabaseName:          "DB1",
		ProductName:           "EXASolution",
		MaxDataMessageSize:    67108864,
		MaxIdentifierLength:   128,
		MaxVarcharLength:      2000000,
		IdentifierQuoteString: `"`,
		TimeZone:              "EUROPE/BERLIN",
		TimeZoneBehavior:      "INVALID SHIFT AMBIGUOUS ST",
	}
}

// everyType returns the result set of one row of everything as the versions of the protocol describe it.
func everyType(version int) []commands.Result {
	interval := commands.DataType{Type: commands.IntervalDayToSecond, Precision: new(2), Fraction: new(3)}
	months := commands.DataType{Type: commands.IntervalYearToMonth, Precision: new(2)}
	date := commands.DataType{Type: commands.Date}
	timestamp := commands.DataType{Type: commands.Timestamp, WithLocalTimeZone: new(false), Precision: new(6)}
	local := commands.DataType{Type: commands.TimestampLTZ, WithLocalTimeZone: new(true), Precision: new(3)}
	hash := commands.DataType{Type: commands.Hashtype, Size: new(32)}
	if version < 5 {
		size := 16
		if version < 3 {
			size = 8
		}
		date.Size, interval.Size, months.Size = new(4), new(16), new(8)
		timestamp.Size, timestamp.Precision = &size, nil
		local.Size, local.Precision = &size, nil
	}
	if version < 2 {
		hash = commands.DataType{Type: commands.Char, Size: new(32), CharacterSet: "ASCII"}
	}
	return []commands.Result{resultSet(commands.ResultSet{
		Handle: commands.NoHandle, NumRows: 1, NumRowsInMessage: 1,
		Columns: columnsOf("BINWFCVDTLYSGH",
			commands.DataType{Type: commands.Boolean}, decimal(18, 0), decimal(12, 4), decimal(36, 0),
			commands.DataType{Type: commands.Double}, commands.DataType{Type: commands.Char, Size: new(4), CharacterSet: "ASCII"}, varchar(255),
			date, timestamp, local, months, interval, commands.DataType{Type: commands.Geometry, Size: new(8000000), SRID: new(0)}, hash,
		),
		Data: []byte(`[[true],[900719925474099312],["12.5"],["999999999999999999999999999999999999"],[0.10000000000000001],["ab  "],` +
			`["Z\u00fcrich"],["1999-12-31"],["1999-12-31 23:59:59.000001"],["1999-12-31 23:59:59.000000"],["-00-11"],["+02 12:50:10.123"],` +
			`["POINT (1 2)"],["00112233445566778899aabbccddeeff"]]`),
	})}
}

var responses = []response{
	{document: "login.1", parse: publicKey},
	{document: "login.2", attributes: `{"autocommit":true}`, parse: sessionInfo, payload: login(commands.V5, "8.32.0")},
	{document: "login.2.v1", parse: sessionInfo, payload: login(commands.V1, "6.2.17")},
	{document: "login.2.v3", parse: sessionInfo, payload: login(commands.V3, "7.1.30")},
	{document: "login.2.error", exception: authenticationFailed},
	{document: "loginToken.1"},
	{document: "loginToken.2", parse: sessionInfo, payload: login(commands.V5, "2025.1.11")},
	{document: "loginToken.2.error", exception: &commands.Exception{Text: "Connection exception - authentication failed", SQLCode: "08004"}},
	{document: "subLogin.1", parse: publicKey},
	{document: "subLogin.2", parse: sessionInfo, payload: login(commands.V4, "8.32.0")},
	{document: "subLogin.2.v3", parse: sessionInfo, payload: login(commands.V3, "8.31.0")},
	{document: "subLoginToken.1"},
	{document: "subLoginToken.2", parse: sessionInfo, payload: login(commands.V5, "8.32.0")},

	{document: "disconnect"},
	{document: "getAttributes", attributes: `{"autocommit":false,"compressionEnabled":false,"currentSchema":"MART","dateFormat":"YYYY-MM-DD",` +
		"\n" + ` "dateLanguage":"ENG","datetimeFormat":"YYYY-MM-DD HH24:MI:SS.FF6","defaultLikeEscapeCharacter":"\\","feedbackInterval":1,` +
		"\n" + ` "numericCharacters":".,","openTransaction":false,"queryTimeout":0,"resultSetMaxRows":1000,"snapshotTransactionsEnabled":false,` +
		"\n" + ` "timestampUtcEnabled":false,"timezone":"EUROPE/BERLIN","timeZoneBehavior":"INVALID SHIFT AMBIGUOUS ST"}`},
	{document: "setAttributes", attributes: `{"autocommit":false}`},
	{document: "setAttributes.silent"},
	{document: "setAttributes.error", exception: &commands.Exception{
		Text: "schema FOO not found [line 1, column 13] (Session: 1825312482065121281)", SQLCode: "42000",
	}},

	{document: "execute", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: commands.NoHandle, NumRows: 1, NumRowsInMessage: 1,
		Columns: []commands.ColumnInfo{{Name: "ONE", DataType: decimal(1, 0)}}, Data: []byte("[[1]]"),
	})}},
	{document: "execute.rowcount", attributes: `{"openTransaction":true}`, parse: results, payload: []commands.Result{rowCount(3)}},
	{document: "execute.ddl", attributes: `{"currentSchema":"MART"}`, parse: results, payload: []commands.Result{rowCount(0)}},
	{document: "execute.handle", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: 4, NumRows: 2500, Columns: []commands.ColumnInfo{idColumn},
	})}},
	{document: "execute.partial", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: 1, NumRows: 3, NumRowsInMessage: 2, Columns: []commands.ColumnInfo{idColumn, nameColumn}, Data: []byte(`[[1,2],["a",null]]`),
	})}},
	{document: "execute.large_rows", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: 1, NumRows: 12, Columns: []commands.ColumnInfo{nameColumn},
	})}},
	{document: "execute.norows", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: commands.NoHandle, Columns: []commands.ColumnInfo{idColumn, nameColumn},
	})}},
	{document: "execute.norows_data", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: commands.NoHandle, Columns: []commands.ColumnInfo{idColumn, nameColumn}, Data: []byte(`[[],[]]`),
	})}},
	{document: "execute.types.v1", parse: results, payload: everyType(1)},
	{document: "execute.types.v2", parse: results, payload: everyType(2)},
	{document: "execute.types.v4", parse: results, payload: everyType(4)},
	{document: "execute.types.v5", parse: results, payload: everyType(5)},
	{document: "execute.error", exception: &commands.Exception{
		Text: "syntax error, unexpected '?' [line 1, column 8] (Session: 1825312482065121281)", SQLCode: "42000",
	}},
	{document: "execute.aborted", attributes: `{"openTransaction":true}`, exception: &commands.Exception{
		Text: "Client requested execution abort. (Session: 1825312482065121281)", SQLCode: "R0003",
	}},
	{document: "executeBatch", attributes: `{"openTransaction":false}`, parse: results, payload: []commands.Result{
		rowCount(1), resultSet(commands.ResultSet{Handle: 7, NumRows: 1000, Columns: []commands.ColumnInfo{idColumn}}), rowCount(0),
	}},
	{document: "executeBatch.empty", parse: results, payload: []commands.Result(nil)},

	{document: "createPreparedStatement", parse: prepared, payload: &commands.PreparedStatement{
		Handle: 3, Params: params(decimal(18, 0), varchar(100), decimal(12, 2)), Results: []commands.Result{rowCount(0)},
	}},
	{document: "createPreparedStatement.select", parse: prepared, payload: &commands.PreparedStatement{
		Handle: 4,
		Params: params(commands.DataType{Type: commands.Timestamp, Precision: new(3), WithLocalTimeZone: new(false)}),
		Results: []commands.Result{resultSet(commands.ResultSet{
			Handle: commands.NoHandle, Columns: []commands.ColumnInfo{idColumn, nameColumn},
		})},
	}},
	{document: "createPreparedStatement.noparams", parse: prepared, payload: &commands.PreparedStatement{
		Handle: 5, Results: []commands.Result{rowCount(0)},
	}},
	{document: "createPreparedStatement.error", exception: &commands.Exception{
		Text: "object MISSING not found [line 1, column 15] (Session: 1825312482065121281)", SQLCode: "42000",
	}},
	{document: "executePreparedStatement", attributes: `{"openTransaction":true}`, parse: results, payload: []commands.Result{rowCount(2)}},
	{document: "executePreparedStatement.rows", parse: results, payload: []commands.Result{resultSet(commands.ResultSet{
		Handle: commands.NoHandle, NumRows: 1, NumRowsInMessage: 1, Columns: []commands.ColumnInfo{nameColumn}, Data: []byte("[[null]]"),
	})}},
	{document: "executePreparedStatement.error", exception: &commands.Exception{Text: "getDouble: JSON value is not a double", SQLCode: "00000"}},
	{document: "closePreparedStatement", attributes: `{"openTransaction":false}`},

	{document: "fetch", parse: raw, payload: []byte(`{"numRows":3,"data":[[1,2,3],["a","b]}","c"]]}`)},
	{document: "fetch.attributes", attributes: `{"openTransaction":false}`, parse: raw, payload: []byte(`{"data":[[1],["\u005d\""]],"numRows":1}`)},
	{document: "fetch.norows", parse: raw, payload: []byte(`{"numRows":0}`)},
	{document: "fetch.error", exception: &commands.Exception{
		Text: "Invalid result set handle 7 (Session: 1825312482065121281)", SQLCode: "00000",
	}},
	{document: "closeResultSet"},
	{document: "getResultSetHeader", parse: results, payload: []commands.Result{
		resultSet(commands.ResultSet{Handle: 4, NumRows: 2500, Columns: []commands.ColumnInfo{idColumn}}),
		resultSet(commands.ResultSet{Handle: 7, NumRows: 1000, Columns: []commands.ColumnInfo{nameColumn}}),
	}},
	{document: "getOffset", parse: offset, payload: int64(1<<53 + 1)},

	{document: "getHosts", parse: hosts, payload: commands.Hosts{NumNodes: 3, Nodes: []string{"10.0.0.12", "10.0.0.11", "10.0.0.13"}}},
	{document: "enterParallel", parse: parallel, payload: commands.ParallelInfo{
		NumOpenConnections: 2, Token: 1<<63 + 1, Nodes: []string{"10.0.0.11:20017", "10.0.0.12:20386"},
	}},
	{document: "requestParallelConnections", parse: parallel, payload: commands.ParallelInfo{
		NumOpenConnections: 3, Token: 1825312482065121281,
	}},
}

func TestPayloadsAliasTheMessage(t *testing.T) {
	msg := document(t, "responses", "execute.partial")
	r, err := commands.ParseResponse(msg)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := commands.ParseResults(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	data := parsed[0].ResultSet.Data
	if cap(data) != len(data) {
		t.Errorf("appending to Data would overwrite the message: capacity %d, length %d", cap(data), len(data))
	}
	data[1] = '!'
	if !bytes.Contains(msg, []byte(`[!1,2]`)) {
		t.Errorf("Data does not alias the message:\n%s", msg)
	}
}
