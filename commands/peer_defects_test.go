package commands_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// Each test here is named after a mistake that another client makes. The comment says what that client does.

func sent(t *testing.T, cmd commands.Command, attrs ...commands.Attribute) string {
	t.Helper()
	msg, err := commands.Append(nil, cmd, attrs...)
	if err != nil {
		t.Fatal(err)
	}
	return string(msg)
}

func oneResult(t *testing.T, msg string) commands.Result {
	t.Helper()
	r, err := commands.ParseResponse([]byte(msg))
	if err != nil {
		t.Fatal(err)
	}
	list, err := commands.ParseResults(r.Data)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d results", len(list))
	}
	return list[0]
}

// go-exasol-client marks the timeout omitempty: SetTimeout(0), which should lift a limit, sends nothing.
func TestQueryTimeoutZeroIsSent(t *testing.T) {
	want := `{"command":"setAttributes","attributes":{"queryTimeout":0}}`
	if got := sent(t, commands.SetAttributes{}, commands.QueryTimeout(0)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// go-exasol-client marks autocommit omitempty: false is dropped, and a server whose default is true stays at true.
func TestAutocommitFalseIsSent(t *testing.T) {
	want := `{"command":"setAttributes","attributes":{"autocommit":false}}`
	if got := sent(t, commands.SetAttributes{}, commands.Autocommit(false)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	creds, err := commands.LoginToken{AccessToken: "x", Attributes: attributes(commands.Autocommit(false))}.AppendCredentials(nil)
	if err != nil || !strings.Contains(string(creds), `"attributes":{"autocommit":false}`) {
		t.Errorf("the credentials %s lack autocommit: %v", creds, err)
	}
}

// exarrow-rs sends resultSetMaxRows beside sqlText, where it has no effect.
func TestResultSetMaxRowsIsAnAttribute(t *testing.T) {
	want := `{"command":"execute","attributes":{"resultSetMaxRows":10},"sqlText":"SELECT 1"}`
	if got := sent(t, commands.Execute{SQLText: "SELECT 1"}, commands.ResultSetMaxRows(10)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// exasol-driver-go sends useCompression false together with the read-only attribute compressionEnabled.
func TestCompressionIsNegotiatedByItsField(t *testing.T) {
	key := documentKey(t)
	creds, err := commands.Login{Username: "SYS", UseCompression: true}.AppendCredentials(nil, key)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(creds), `"useCompression":true`) || strings.Contains(string(creds), "compressionEnabled") {
		t.Errorf("credentials %s", creds)
	}
	for _, info := range commands.AllAttributes() {
		if info.Name == "compressionEnabled" && info.Writable {
			t.Error("compressionEnabled can be set")
		}
	}
}

// exasol-driver-go's encoder escapes <, > and & in SQL, which makes every comparison six times as long.
func TestHTMLIsNotEscaped(t *testing.T) {
	want := `{"command":"execute","sqlText":"SELECT 1 WHERE 1<2 AND 2>1 & 1"}`
	if got := sent(t, commands.Execute{SQLText: "SELECT 1 WHERE 1<2 AND 2>1 & 1"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// exasol-driver-ts reads parameterData without looking whether it is there; exasol-driver-go divides by the number of
// parameters. A statement without placeholders has neither.
func TestStatementWithoutParameters(t *testing.T) {
	for _, data := range []string{
		`{"statementHandle":3,"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}`,
		`{"statementHandle":3,"parameterData":null,"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}`,
		`{"statementHandle":3,"parameterData":{"numColumns":0,"columns":[]},"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}`,
	} {
		p, err := commands.ParsePrepared([]byte(data))
		if err != nil || p.Handle != 3 || len(p.Params) != 0 || len(p.Results) != 1 {
			t.Errorf("%s is read as %+v, %v", data, p, err)
			continue
		}
		want := `{"command":"executePreparedStatement","statementHandle":3,"numColumns":0,"numRows":0,"columns":[],"data":[]}`
		if got := sent(t, commands.ExecutePreparedStatement{Handle: p.Handle, Columns: p.Params}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// pyexasol and exasol-driver-go ask whether the handle is true: a result set with handle 0 is never fetched.
func TestHandleZeroIsAHandle(t *testing.T) {
	r := oneResult(t, `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{`+
		`"resultSetHandle":0,"numColumns":1,"numRows":2500,"numRowsInMessage":0,`+oneColumn+`}}]}}`)
	if r.ResultSet.Handle != 0 || r.ResultSet.Handle == commands.NoHandle {
		t.Errorf("handle 0 is read as %d", r.ResultSet.Handle)
	}
	for cmd, want := range map[commands.Command]string{
		commands.Fetch{Handle: 0, NumBytes: 1}:        `{"command":"fetch","resultSetHandle":0,"startPosition":0,"numBytes":1}`,
		commands.ClosePreparedStatement{Handle: 0}:    `{"command":"closePreparedStatement","statementHandle":0}`,
		commands.GetOffset{Handle: 0}:                 `{"command":"getOffset","resultSetHandle":0}`,
		commands.EnterParallel{HostIP: "10.0.0.11"}:   `{"command":"enterParallel","hostIp":"10.0.0.11","numRequestedConnections":0}`,
		commands.RequestParallelConnections{}:         `{"command":"requestParallelConnections","numRequestedConnections":0}`,
		commands.CreatePreparedStatement{SQLText: ""}: `{"command":"createPreparedStatement","sqlText":""}`,
	} {
		if got := sent(t, cmd); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The example of the protocol's authors uses handle -3 for "all rows are in the message".
func TestNegativeHandleIsNone(t *testing.T) {
	r := oneResult(t, `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{`+
		`"resultSetHandle":-3,"numColumns":1,"numRows":1,"numRowsInMessage":1,`+oneColumn+`,"data":[[1]]}}]}}`)
	if r.ResultSet.Handle != commands.NoHandle {
		t.Errorf("handle -3 is read as %d", r.ResultSet.Handle)
	}
}

// sqlx-exasol reads handles into 16 bits.
func TestHandleAbove16Bits(t *testing.T) {
	r := oneResult(t, `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{`+
		`"resultSetHandle":2147483647,"numColumns":1,"numRows":2500,"numRowsInMessage":0,`+oneColumn+`}}]}}`)
	if r.ResultSet.Handle != 2147483647 {
		t.Errorf("the handle is read as %d", r.ResultSet.Handle)
	}
}

// pyexasol before 0.21.2 takes for granted that fewer than 1000 rows are in the message.
func TestFewRowsWithoutData(t *testing.T) {
	r := oneResult(t, string(document(t, "responses", "execute.large_rows")))
	if rs := r.ResultSet; rs.Handle != 1 || rs.NumRows != 12 || rs.NumRowsInMessage != 0 || rs.Data != nil {
		t.Errorf("12 large rows are read as %+v", rs)
	}
}

// exarrow-rs reads the first result of executeBatch only, so that the handles of the others stay open.
func TestAllResultsAreRead(t *testing.T) {
	r, err := commands.ParseResponse(document(t, "responses", "executeBatch"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := commands.ParseResults(r.Data)
	if err != nil || len(list) != 3 || list[1].ResultSet.Handle != 7 {
		t.Errorf("got %+v, %v", list, err)
	}
}

// exarrow-rs looks for the attributes inside responseData.
func TestAttributesAreAtTheTop(t *testing.T) {
	r, err := commands.ParseResponse([]byte(`{"status":"ok","responseData":{"attributes":{"autocommit":false}},"attributes":{"autocommit":true}}`))
	if err != nil || string(r.RawAttributes) != `{"autocommit":true}` {
		t.Errorf("got %s, %v", r.RawAttributes, err)
	}
	r, err = commands.ParseResponse([]byte(`{"status":"ok","responseData":{"attributes":{"autocommit":false}}}`))
	if err != nil || r.RawAttributes != nil {
		t.Errorf("got %s, %v", r.RawAttributes, err)
	}
}

// sqlx-exasol forgets the open schema when an answer does not name it.
func TestAbsentAttributesStay(t *testing.T) {
	got := marked()
	if err := got.Merge([]byte(`{"openTransaction":false}`)); err != nil {
		t.Fatal(err)
	}
	want := marked()
	want.OpenTransaction = false
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// go-exasol-client has openTransaction as a number, the documents as a boolean.
func TestOpenTransactionIsBooleanOrNumber(t *testing.T) {
	for raw, want := range map[string]bool{`true`: true, `1`: true, `false`: false, `0`: false} {
		got := commands.Attributes{OpenTransaction: !want}
		if err := got.Merge([]byte(`{"openTransaction":` + raw + `}`)); err != nil || got.OpenTransaction != want {
			t.Errorf("openTransaction %s is read as %t, %v", raw, got.OpenTransaction, err)
		}
	}
}

// sqlx-exasol reads timezoneBehavior and exarrow-rs maxVarcharSize. The session info and the attributes spell the time
// zone in two ways.
func TestKeysAreSpeltAsServersDo(t *testing.T) {
	info, err := commands.ParseSessionInfo([]byte(
		`{"protocolVersion":5,"maxVarcharLength":2000000,"maxVarcharSize":1,"timeZone":"UTC","timezone":"x","timeZoneBehavior":"y","timezoneBehavior":"x"}`))
	if err != nil || info.MaxVarcharLength != 2000000 || info.TimeZone != "UTC" || info.TimeZoneBehavior != "y" {
		t.Errorf("got %+v, %v", info, err)
	}
	var a commands.Attributes
	err = a.Merge([]byte(`{"timezone":"UTC","timeZone":"x","timeZoneBehavior":"y","timezoneBehavior":"x"}`))
	if err != nil || a.Timezone != "UTC" || a.TimeZoneBehavior != "y" {
		t.Errorf("got %+v, %v", a, err)
	}
}

// sqlx-exasol fails if an answer lacks a field that it never uses.
func TestOptionalKeysMayBeMissing(t *testing.T) {
	if _, err := commands.ParseSessionInfo([]byte(`{"sessionId":1,"protocolVersion":3}`)); err != nil {
		t.Error(err)
	}
	for _, result := range []string{
		`{"results":[{"resultType":"rowCount"}]}`,
		`{"results":[{"resultType":"resultSet","resultSet":{"numRows":0,"columns":[{"dataType":{"type":"VARCHAR"}}]}}]}`,
		`{"results":[{"resultType":"resultSet","resultSet":{"numRows":1,"columns":[{"name":"A","dataType":{"type":"TIMESTAMP"}}],"data":[["x"]]}}]}`,
	} {
		if _, err := commands.ParseResults([]byte(result)); err != nil {
			t.Errorf("%s: %v", result, err)
		}
	}
	if _, err := commands.ParsePrepared([]byte(`{"statementHandle":1}`)); err != nil {
		t.Error(err)
	}
}

// The TypeScript and Lua clients read session ids as float64, exasol-driver-go as int: none holds all of them exactly.
func TestSessionIDIsExact(t *testing.T) {
	for _, id := range []string{"1825312482065121281", "9007199254740993", "18446744073709551615"} {
		info, err := commands.ParseSessionInfo([]byte(`{"protocolVersion":5,"sessionId":` + id + `}`))
		if err != nil {
			t.Fatal(err)
		}
		creds, err := commands.SubLoginToken{ProtocolVersion: 5, AccessToken: "x", SessionID: info.SessionID}.AppendCredentials(nil)
		if err != nil || !strings.Contains(string(creds), `"sessionId":`+id+`}`) {
			t.Errorf("session id %s comes back in %s, %v", id, creds, err)
		}
	}
}

// exasol-driver-go decodes result data into float64: DECIMAL(18,0) 123456789012345678 becomes 123456789012345680.
func TestDataKeepsItsDigits(t *testing.T) {
	r := oneResult(t, `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{`+
		`"numColumns":1,"numRows":1,"numRowsInMessage":1,`+oneColumn+`,"data":[[123456789012345678]]}}]}}`)
	if got := string(r.ResultSet.Data); got != `[[123456789012345678]]` {
		t.Errorf("the data is %s", got)
	}
}

// exasol-driver-go indexes the columns of a chunk without rows.
func TestFetchWithoutRows(t *testing.T) {
	for _, msg := range []string{
		`{"status":"ok","responseData":{"numRows":0}}`, `{"status":"ok","responseData":{"numRows":0,"data":[]}}`, `{"status":"ok","responseData":{}}`,
	} {
		if got, err := fetch([]byte(msg)); err != nil || got.NumRows != 0 {
			t.Errorf("%s is read as %+v, %v", msg, got, err)
		}
	}
}

// The example of the protocol's authors raises when an exception comes with the status ok; the other clients go on
// with a result that is not there.
func TestExceptionWithStatusOK(t *testing.T) {
	r, err := commands.ParseResponse([]byte(`{"status":"ok","exception":{"text":"no","sqlCode":"42000"}}`))
	if err != nil || r.Exception == nil || r.Exception.SQLCode != "42000" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// go-exasol-client ignores what hex.DecodeString says of the server's key.
func TestBrokenKeyIsAnError(t *testing.T) {
	_, err := commands.ParsePublicKey([]byte(`{"publicKeyModulus":"not hexadecimal","publicKeyExponent":"010001"}`))
	if err == nil || !strings.Contains(err.Error(), "modulus") {
		t.Errorf("error %v", err)
	}
}

// exasol-driver-go and pyexasol write the second message of the login to their debug logs, tokens in clear.
func TestErrorsOfCredentialsTellNoSecret(t *testing.T) {
	_, err := commands.LoginToken{AccessToken: "Tr0ub4dor\xff"}.AppendCredentials(nil)
	if err == nil || strings.Contains(err.Error(), "Tr0ub4dor") {
		t.Errorf("error %v", err)
	}
}

// No request struct may have a field that is left out because of its value, except for filters that are not set: the
// mistake above in general.
func TestNoFieldIsOmitted(t *testing.T) {
	for _, r := range requests {
		info, _ := commands.Lookup(r.cmd.CommandName())
		if info.Family == commands.FamilyMetadata || info.Family == commands.FamilyLogin {
			continue
		}
		zero := reflect.Zero(reflect.TypeOf(r.cmd)).Interface().(commands.Command)
		if info.Name == "fetch" {
			zero = commands.Fetch{NumBytes: 1} // 0 is refused
		}
		var want, got map[string]json.RawMessage
		for msg, m := range map[string]*map[string]json.RawMessage{sent(t, r.cmd): &want, sent(t, zero): &got} {
			if err := json.Unmarshal([]byte(msg), m); err != nil {
				t.Fatal(err)
			}
		}
		for key := range want {
			if value, ok := got[key]; !ok || string(value) == "null" {
				t.Errorf("%s: the zero value is sent with %s = %s", r.document, key, value)
			}
		}
	}
}
