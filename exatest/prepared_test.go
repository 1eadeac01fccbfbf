package exatest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestPrepared(t *testing.T) {
	srv := exatest.NewServer(t)
	insert := srv.HandleSQL("INSERT INTO t VALUES (?, ?, ?)", exatest.RowCount(2).Params(exatest.Columns("ID INT, NAME VARCHAR(5), AMT DECIMAL(12,2)")...)).Once()
	srv.HandleSQL("SELECT ...", exatest.Rows(exatest.Columns("X DOUBLE"), exatest.ValuesOf([]float64{0.5})))
	srv.HandleSQL("DELETE FROM t WHERE a = ? AND b = '?' -- ?", exatest.OK())
	c := testclient.Connect(t, srv)
	a := c.OK(`{"command":"createPreparedStatement","sqlText":"INSERT INTO t VALUES (?, ?, ?)"}`)
	want := `{"status":"ok","responseData":{"statementHandle":1,"parameterData":{"numColumns":3,"columns":[` +
		`{"name":"","dataType":{"type":"DECIMAL","precision":18,"scale":0}},{"name":"","dataType":{"type":"VARCHAR","size":5,"characterSet":"UTF8"}},` +
		`{"name":"","dataType":{"type":"DECIMAL","precision":12,"scale":2}}]},"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}}`
	if a.Raw != want {
		t.Errorf("got  %s\nwant %s", a.Raw, want)
	}
	if insert.Calls() != 0 {
		t.Error("preparing counted as a call")
	}
	a = c.OK(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":3,"numRows":2,` +
		`"columns":[{"name":"","dataType":{"type":"DECIMAL","precision":18,"scale":0}},{"name":"","dataType":{"type":"VARCHAR","size":5,"characterSet":"UTF8"}},` +
		`{"name":"","dataType":{"type":"DECIMAL","precision":12,"scale":2}}],"data":[[1,2],["a",null],["10.50",1]]}`)
	if fmt.Sprint(a.Result(0)["rowCount"]) != "2" || insert.Calls() != 1 {
		t.Errorf("got %s", a.Raw)
	}
	if r := srv.Requests("executePreparedStatement")[0]; r.SQL != "INSERT INTO t VALUES (?, ?, ?)" || texts(r.Params) != "1,2|a,NULL|10.5,1" {
		t.Errorf("logged %q with %s", r.SQL, texts(r.Params))
	}
	// The declaration of columns may be left out.
	c.Fails("0A000", "neither a handler", `{"command":"executePreparedStatement","statementHandle":1,"numColumns":3,"numRows":1,"data":[[1],["b"],["2"]]}`)

	a = c.OK(`{"command":"createPreparedStatement","sqlText":"SELECT x FROM t"}`)
	if a.Data["parameterData"] != nil || a.Set(0)["data"] != nil || fmt.Sprint(a.Set(0)["numRows"]) != "0" || fmt.Sprint(a.Data["statementHandle"]) != "2" {
		t.Errorf("got %s", a.Raw)
	}
	for _, form := range []string{``, `,"columns":[],"data":[]`, `,"data":[]`} {
		a = c.OK(`{"command":"executePreparedStatement","statementHandle":2,"numColumns":0,"numRows":0%s}`, form)
		if testclient.Data(a.Set(0)) != "[[0.5]]" {
			t.Errorf("%s: got %s", form, a.Raw)
		}
	}
	a = c.OK(`{"command":"createPreparedStatement","sqlText":"DELETE FROM t WHERE a = ? AND b = '?' -- ?"}`)
	if got := a.Data["parameterData"].(map[string]any); fmt.Sprint(got["numColumns"]) != "1" {
		t.Errorf("placeholders: %s", a.Raw)
	}
	c.Fails("42000", "syntax error", `{"command":"createPreparedStatement","sqlText":" "}`)
	c.Fails("0A000", "neither", `{"command":"createPreparedStatement","sqlText":"MERGE"}`)
	c.Fails("00000", "Statement handle not found", `{"command":"executePreparedStatement","statementHandle":7,"numColumns":0,"numRows":0}`)
	c.Fails("00000", "Statement handle not found", `{"command":"closePreparedStatement","statementHandle":7}`)
	for handle := 1; handle <= 3; handle++ {
		if a := c.OK(`{"command":"closePreparedStatement","statementHandle":%d}`, handle); a.Raw != `{"status":"ok","attributes":{}}` {
			t.Errorf("close: %s", a.Raw)
		}
	}
	c.Fails("00000", "Statement handle not found", `{"command":"closePreparedStatement","statementHandle":1}`)
	c.Bye()
}

func texts(columns []exatest.Values) string {
	var b strings.Builder
	for i, v := range columns {
		if i > 0 {
			b.WriteByte('|')
		}
		for j := range v.Len() {
			if j > 0 {
				b.WriteByte(',')
			}
			text, null := v.AppendText(nil, j)
			if null {
				text = []byte("NULL")
			}
			b.Write(text)
		}
	}
	return b.String()
}

func TestPrepareOfScriptedFailures(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("COMPILE", exatest.Exception("42000", "compile"))
	srv.HandleSQL("RUN", exatest.Exception("27001", "run"))
	srv.HandleSQL("SEQ", exatest.Sequence(exatest.RowCount(1), exatest.Exception("40001", "collision")))
	srv.HandleSQL("FUNC", exatest.Func(func(r *exatest.Request) exatest.Response {
		if r.Command == "createPreparedStatement" {
			return exatest.Rows(exatest.Columns("A DATE")).Params(exatest.Columns(`"" TIMESTAMP`)...)
		}
		return exatest.Exception("00001", texts(r.Params))
	}))
	c := testclient.Connect(t, srv)
	c.Fails("42000", "compile", `{"command":"createPreparedStatement","sqlText":"COMPILE"}`)
	c.OK(`{"command":"createPreparedStatement","sqlText":"RUN"}`)
	c.Fails("27001", "run", `{"command":"executePreparedStatement","statementHandle":1,"numColumns":0,"numRows":0}`)
	c.OK(`{"command":"createPreparedStatement","sqlText":"SEQ"}`)
	c.OK(`{"command":"executePreparedStatement","statementHandle":2,"numColumns":0,"numRows":0}`)
	for range 2 {
		c.Fails("40001", "collision", `{"command":"executePreparedStatement","statementHandle":2,"numColumns":0,"numRows":0}`)
	}
	if a := c.OK(`{"command":"createPreparedStatement","sqlText":"FUNC"}`); !strings.Contains(a.Raw, `"name":"A"`) {
		t.Errorf("got %s", a.Raw)
	}
	c.Fails("00001", "2024-06-18 01:02:03.5 ", `{"command":"executePreparedStatement","statementHandle":3,"numColumns":1,"numRows":1,"data":[["2024-06-18 01:02:03.500000"]]}`)
	c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
	c.OK(`{"command":"closePreparedStatement","statementHandle":2}`)
	c.OK(`{"command":"closePreparedStatement","statementHandle":3}`)
	c.Bye()
}

func TestParameters(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithLeniency())
	var params []exatest.Values
	srv.HandleSQL("P ?", exatest.Func(func(r *exatest.Request) exatest.Response {
		params = r.Params
		return exatest.RowCount(1)
	}))
	c := testclient.Connect(t, srv)
	c.OK(`{"command":"createPreparedStatement","sqlText":"P ?"}`)
	for _, tt := range []struct {
		dataType string // properties
		value    string
		want     string // text, or an exception
	}{
		{`"type":"BOOLEAN"`, `true`, "true"},
		{`"type":"BOOLEAN"`, `"true"`, "00000 getBool: JSON value is not a boolean."},
		{`"type":"BOOLEAN"`, `1`, "00000 getBool: JSON value is not a boolean."},
		{`"type":"DECIMAL","precision":18,"scale":0`, `-12`, "-12"},
		{`"type":"DECIMAL","precision":18,"scale":0`, `"0012"`, "12"},
		{`"type":"DECIMAL","precision":18,"scale":0`, `1.1`, "1"},
		{`"type":"DECIMAL","precision":18,"scale":0`, `"1.5"`, "2"},
		{`"type":"DECIMAL","precision":18,"scale":0`, `1e3`, "1000"},
		{`"type":"DECIMAL","precision":3,"scale":0`, `1000`, "22003 numeric value out of range"},
		{`"type":"DECIMAL","precision":3,"scale":2`, `"9.994"`, "9.99"},
		{`"type":"DECIMAL","precision":3,"scale":2`, `"9.995"`, "22003 out of range"},
		{`"type":"DECIMAL","precision":36,"scale":0`, `"999999999999999999999999999999999999"`, "999999999999999999999999999999999999"},
		{`"type":"DECIMAL","precision":18,"scale":0`, `"abc"`, "22018 invalid character value for cast; Value: 'abc'"},
		{`"type":"DECIMAL","precision":18,"scale":0`, `true`, "00000 getString: JSON value is not a string."},
		{`"type":"DECIMAL","precision":18,"scale":0`, `""`, "NULL"},
		{`"type":"DOUBLE"`, `1.5`, "1.5"},
		{`"type":"DOUBLE"`, `2e0`, "2e0"},
		{`"type":"DOUBLE"`, `2`, "00000 getDouble: JSON value is not a double."},
		{`"type":"DOUBLE"`, `"2.5"`, "00000 getDouble: JSON value is not a double."},
		{`"type":"DOUBLE"`, `1.7976931348623157e308`, "22003 out of range"},
		{`"type":"DOUBLE"`, `5e-324`, "5e-324"},
		{`"type":"DOUBLE"`, `1e999`, "22003 out of range"},
		{`"type":"DOUBLE"`, `null`, "NULL"},
		{`"type":"VARCHAR","size":3`, `"a\u00e9\ud83d\ude00"`, "a\u00e9\U0001F600"},
		{`"type":"VARCHAR","size":3`, `"abcd"`, "22001 right truncation"},
		{`"type":"VARCHAR","size":3`, `""`, "NULL"},
		{`"type":"VARCHAR","size":3`, `1`, "00000 getString: JSON value is not a string."},
		{`"type":"VARCHAR","size":3,"characterSet":"ASCII"`, `"\u00e9"`, "22001 ASCII"},
		{`"type":"CHAR","size":4`, `"\u00e9"`, "\u00e9   "},
		{`"type":"DATE"`, `"2024-02-29"`, "2024-02-29"},
		{`"type":"DATE"`, `"2023-02-29"`, "22018 2023-02-29"},
		{`"type":"DATE"`, `"2024-06-18 23:59:59"`, "2024-06-18"},
		{`"type":"DATE"`, `"2024-06-18 10:00:00.123456"`, "2024-06-18"},
		{`"type":"DATE"`, `"2024-06-18 25:00:00"`, "22018 2024-06-18 25:00:00"},
		{`"type":"DATE"`, `20240618`, "00000 getString"},
		{`"type":"TIMESTAMP"`, `"2024-06-18 17:22:13.123456"`, "2024-06-18 17:22:13.123456"},
		{`"type":"TIMESTAMP"`, `"2024-06-18 17:22:13.1"`, "2024-06-18 17:22:13.1"},
		{`"type":"TIMESTAMP"`, `"2024-06-18 17:22:13"`, "2024-06-18 17:22:13"},
		{`"type":"TIMESTAMP"`, `"2024-06-18 17:22"`, "2024-06-18 17:22:00"},
		{`"type":"TIMESTAMP"`, `"2024-06-18"`, "2024-06-18 00:00:00"},
		{`"type":"TIMESTAMP"`, `"2024-06-18 "`, "22018 '2024-06-18 '"},
		{`"type":"TIMESTAMP"`, `"2024-06"`, "22018 '2024-06'"},
		{`"type":"TIMESTAMP"`, `"x"`, "22018 'x'"},
		{`"type":"TIMESTAMP WITH LOCAL TIME ZONE"`, `"2024-06-18 17:22:13"`, "2024-06-18 17:22:13"},
		{`"type":"TIMESTAMP WITH LOCAL TIME ZONE"`, `"2024-06-18"`, "2024-06-18 00:00:00"},
		{`"type":"DATE"`, `"2024-06"`, "22018 '2024-06'"},
		{`"type":"TIMESTAMP"`, `"2024-06-18 17:22:13.1234567"`, "22018 2024"},
		{`"type":"TIMESTAMP"`, `"2024-06-18 25:22:13.123456"`, "22018 2024"},
		{`"type":"TIMESTAMP WITH LOCAL TIME ZONE"`, `"2024-06-18 17:22:13.000000"`, "2024-06-18 17:22:13"},
		{`"type":"INTERVAL YEAR TO MONTH","precision":2`, `"5-3"`, "+05-03"},
		{`"type":"INTERVAL YEAR TO MONTH","precision":2`, `"-1-11"`, "-01-11"},
		{`"type":"INTERVAL YEAR TO MONTH","precision":2`, `"x"`, "22018 'x'"},
		{`"type":"INTERVAL DAY TO SECOND","precision":2,"fraction":3`, `"2 12:50:10.123"`, "+02 12:50:10.123"},
		{`"type":"INTERVAL DAY TO SECOND","precision":2,"fraction":3`, `"-0 00:00:01"`, "-00 00:00:01.000"},
		{`"type":"INTERVAL DAY TO SECOND","precision":2,"fraction":3`, `"1"`, "22018 '1'"},
		{`"type":"HASHTYPE","size":32`, `"{550E8400-e29b-11d4-a716-446655440000}"`, "550e8400e29b11d4a716446655440000"},
		{`"type":"HASHTYPE","size":32`, `"55"`, "22018 '55'"},
		{`"type":"GEOMETRY"`, `"POINT (1 2)"`, "POINT (1 2)"},
	} {
		a := c.Do(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"columns":[{"name":"","dataType":{%s}}],"data":[[%s]]}`, tt.dataType, tt.value)
		if a.Status == "ok" {
			if got := texts(params); got != tt.want {
				t.Errorf("%s %s: got %q, want %q", tt.dataType, tt.value, got, tt.want)
			}
			continue
		}
		code, text, _ := strings.Cut(tt.want, " ")
		if a.Exception.SQLCode != code || !strings.Contains(a.Exception.Text, text) {
			t.Errorf("%s %s: got %s, want %q", tt.dataType, tt.value, a.Raw, tt.want)
		}
	}
	for body, text := range map[string]string{
		`"numColumns":1,"numRows":1,"data":[]`:                   "the number of column metadata objects is not the same as the number of data colums",
		`"numColumns":2,"numRows":1,"data":[["a"]]`:              "numColumns is 2",
		`"numColumns":1,"numRows":2,"data":[["a"]]`:              "numRows is 2",
		`"numColumns":1,"numRows":1,"data":["a"]`:                "not an array of arrays",
		`"numColumns":1,"numRows":1,"columns":{},"data":[["a"]]`: "not an array of columns",
		`"numRows":1,"data":[["a"]]`:                             "JSON value '/numColumns' is required, but was not provided.",
		`"numColumns":1,"data":[["a"]]`:                          "JSON value '/numRows' is required, but was not provided.",
		`"numColumns":0,"numRows":0,"columns":[],"data":[]`:      "1 parameters but 0 columns",
	} {
		c.Fails("00000", text, `{"command":"executePreparedStatement","statementHandle":1,%s}`, body)
	}
	c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
	c.Bye()
	if v := srv.Violations(); len(v) != 1 || !strings.Contains(v[0], "DOUBLE parameter 2 ") {
		t.Errorf("violations %q", v)
	}
}
