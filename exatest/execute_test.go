package exatest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestExecute(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("SELECT id, name FROM t", exatest.Rows(
		exatest.Columns("ID DECIMAL(18,0), NAME VARCHAR(20)"),
		exatest.ValuesOf([]int64{1, 2}), exatest.ValuesOf([]any{"a", nil})))
	srv.HandleSQL("DELETE ...", exatest.RowCount(7))
	srv.HandleSQL("BAD", exatest.Exception("42000", "syntax error [line 1, column 1]"))
	c := testclient.Connect(t, srv)

	a := c.Execute("SELECT id, name FROM t")
	want := `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{"numColumns":2,` +
		`"numRows":2,"numRowsInMessage":2,"columns":[{"name":"ID","dataType":{"type":"DECIMAL","precision":18,"scale":0}},` +
		`{"name":"NAME","dataType":{"type":"VARCHAR","size":20,"characterSet":"UTF8"}}],"data":[[1,2],["a",null]]}}]}}`
	if a.Raw != want {
		t.Errorf("got  %s\nwant %s", a.Raw, want)
	}
	a = c.Execute(" DELETE FROM t ;")
	if want := `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":7}]}}`; a.Raw != want {
		t.Errorf("got  %s\nwant %s", a.Raw, want)
	}
	a = c.Execute("BAD")
	want = fmt.Sprintf(`{"status":"error","exception":{"text":"syntax error [line 1, column 1] (Session: %d)","sqlCode":"42000"}}`, c.SessionID)
	if a.Raw != want {
		t.Errorf("got  %s\nwant %s", a.Raw, want)
	}
	c.Failed(c.Execute("SELECT something else"), "0A000", "neither a handler nor a backend")
	c.Failed(c.Execute("  "), "42000", "syntax error")
	c.Fails("00000", "JSON value '/sqlText' is not a string", `{"command":"execute","sqlText":1}`)
	c.Fails("00000", "JSON value '/sqlText' is required, but was not provided.", `{"command":"execute"}`)
	// A document that is wrong in itself is refused, and the session goes on.
	c.Fails("00000", "JSON value '/command' is required, but was not provided.", `{"sqlText":"A"}`)
	c.Fails("00000", "JSON value '/statementHandle' is not an integer", `{"command":"closePreparedStatement","statementHandle":null}`)
	c.Fails("00000", "JSON value '/sqlTexts' is not an array", `{"command":"executeBatch","sqlTexts":null}`)
	c.Fails("00000", "JSON value '/sqlTexts/1' is not a string", `{"command":"executeBatch","sqlTexts":["A",1]}`)
	c.Fails("00000", "JSON value '/resultSetHandles/0' is not an integer", `{"command":"closeResultSet","resultSetHandles":["1"]}`)
	c.Fails("00000", "Unknown command: dance", `{"command":"dance"}`)
	c.Bye()

	if got := len(srv.Requests("execute")); got != 7 {
		t.Errorf("the request log has %d execute requests, want 7", got)
	}
	r := srv.Requests("execute")[0]
	if r.SQL != "SELECT id, name FROM t" || r.SessionID != c.SessionID || r.User != "SYS" || r.Version != 5 || string(r.Field("sqlText")) != `"SELECT id, name FROM t"` {
		t.Errorf("logged %+v", r)
	}
}

func TestExecuteBatch(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("A", exatest.RowCount(1))
	srv.HandleSQL("B", exatest.Rows(exatest.Columns("X BOOLEAN"), exatest.ValuesOf([]bool{true, false})))
	srv.HandleSQL("C", exatest.Exception("42000", "no"))
	c := testclient.Connect(t, srv)
	a := c.OK(`{"command":"executeBatch","sqlTexts":["A","B","A"]}`)
	if len(a.Data["results"].([]any)) != 3 || testclient.Data(a.Set(1)) != "[[true,false]]" {
		t.Errorf("got %s", a.Raw)
	}
	c.Fails("42000", "no", `{"command":"executeBatch","sqlTexts":["A","C","B"]}`)
	a = c.OK(`{"command":"executeBatch","sqlTexts":[]}`)
	if got := a.Data["results"]; len(got.([]any)) != 0 {
		t.Errorf("an empty batch gives %v", got)
	}
	c.Fails("00000", "not an array", `{"command":"executeBatch","sqlTexts":"A"}`)
	if got := srv.Requests("executeBatch")[0].SQLs; strings.Join(got, ",") != "A,B,A" {
		t.Errorf("logged %q", got)
	}
	c.Bye()
}

func TestFetch(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(1000))))
	srv.HandleSQL("SMALL", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(999))))
	srv.HandleSQL("NONE", exatest.Rows(exatest.Columns("N DECIMAL(18,0)")))
	c := testclient.Connect(t, srv)
	for sql, rows := range map[string]string{"SMALL": "999", "NONE": "0"} {
		set := c.Execute(sql).Set(0)
		if set["resultSetHandle"] != nil || fmt.Sprint(set["numRowsInMessage"]) != rows {
			t.Errorf("%s: got %v", sql, set)
		}
	}
	set := c.Execute("BIG").Set(0)
	if fmt.Sprint(set["resultSetHandle"]) != "1" || fmt.Sprint(set["numRowsInMessage"]) != "0" || set["data"] != nil || fmt.Sprint(set["numRows"]) != "1000" {
		t.Fatalf("got %v", set)
	}
	fetch := func(position, bytes int64) testclient.Answer {
		return c.Do(`{"command":"fetch","resultSetHandle":1,"startPosition":%d,"numBytes":%d}`, position, bytes)
	}
	if a := fetch(0, 1); testclient.Data(a.Data) != "[[0]]" || fmt.Sprint(a.Data["numRows"]) != "1" {
		t.Errorf("one byte: got %s", a.Raw)
	}
	if a := fetch(997, 1<<20); testclient.Data(a.Data) != "[[997,998,999]]" {
		t.Errorf("the end: got %s", a.Raw)
	}
	if a := fetch(5, 6); testclient.Data(a.Data) != "[[5,6,7]]" {
		t.Errorf("six bytes: got %s", a.Raw)
	}
	if a := fetch(1000, 10); a.Status != "ok" || a.Data["data"] != nil {
		t.Errorf("past the end: got %s", a.Raw)
	}
	if a := fetch(0, 64<<20); fmt.Sprint(a.Data["numRows"]) != "1000" {
		t.Errorf("everything: got %s", a.Raw)
	}
	c.Failed(fetch(-1, 10), "00000", "startPosition")
	c.Failed(fetch(1001, 10), "00000", "startPosition")
	c.Failed(fetch(0, 0), "00000", "numBytes")
	c.Failed(fetch(0, 64<<20+1), "00000", "numBytes")
	c.Fails("00000", "Result set handle not found", `{"command":"fetch","resultSetHandle":9,"startPosition":0,"numBytes":1}`)

	a := c.OK(`{"command":"getResultSetHeader","resultSetHandles":[1]}`)
	if got := a.Set(0); fmt.Sprint(got["numRows"]) != "1000" || got["data"] != nil || fmt.Sprint(got["resultSetHandle"]) != "1" {
		t.Errorf("header: got %s", a.Raw)
	}
	c.Fails("00000", "not found", `{"command":"getResultSetHeader","resultSetHandles":[1,2]}`)
	if a := c.OK(`{"command":"getOffset","resultSetHandle":1}`); fmt.Sprint(a.Data["rowOffset"]) != "0" {
		t.Errorf("offset: got %s", a.Raw)
	}
	c.Fails("00000", "not found", `{"command":"closeResultSet","resultSetHandles":[7,1]}`)
	c.Failed(fetch(0, 1), "00000", "not found")
	if got := fmt.Sprint(c.Execute("BIG").Set(0)["resultSetHandle"]); got != "2" {
		t.Errorf("the next handle is %s, want 2: handles are not used again", got)
	}
	if a := c.OK(`{"command":"closeResultSet","resultSetHandles":[2]}`); a.Raw != `{"status":"ok"}` {
		t.Errorf("close: got %s", a.Raw)
	}
	c.Bye()
}

func TestInlineLimits(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithInlineRows(0), exatest.WithFirstHandle(0))
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(3))))
	c := testclient.Connect(t, srv)
	if set := c.Execute("Q").Set(0); fmt.Sprint(set["resultSetHandle"]) != "0" {
		t.Errorf("got %v, want handle 0", set)
	}
	c.OK(`{"command":"closeResultSet","resultSetHandles":[0]}`)
	c.Bye()

	srv = exatest.NewServer(t, exatest.WithInlineBytes(5))
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(5))))
	c = testclient.Connect(t, srv)
	set := c.Execute("Q").Set(0)
	if testclient.Data(set) != "[[0,1,2]]" || fmt.Sprintf("%s %s %s", set["numRowsInMessage"], set["numRows"], set["resultSetHandle"]) != "3 5 1" {
		t.Errorf("got %v, want three of five rows and a handle", set)
	}
	c.OK(`{"command":"closeResultSet","resultSetHandles":[1]}`)
	c.Bye()
}

func TestResultSetMaxRows(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(1500))))
	c := testclient.Connect(t, srv)
	a := c.OK(`{"command":"execute","sqlText":"Q","attributes":{"resultSetMaxRows":2}}`)
	if testclient.Data(a.Set(0)) != "[[0,1]]" || fmt.Sprint(a.Attrs["resultSetMaxRows"]) != "2" {
		t.Errorf("got %s", a.Raw)
	}
	if a = c.Execute("Q"); testclient.Data(a.Set(0)) != "[[0,1]]" {
		t.Errorf("the limit is gone: %s", a.Raw)
	}
	c.Bye()
}

func TestScriptedMessages(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.HandleSQL("RAW", exatest.Raw(`{"a":`))
	srv.HandleSQL("OK", exatest.OK())
	srv.HandleSQL("TWO", exatest.Results(exatest.RowCount(1), exatest.OK(), exatest.RowCount(3)))
	srv.HandleSQL("SLOW", exatest.RowCount(1).After(20*time.Millisecond))
	srv.HandleSQL("FORMAT", exatest.OK().Attribute("dateFormat", "DD.MM.YYYY"))
	srv.HandleSQL("DATE", exatest.Rows(exatest.Columns("D DATE"), exatest.TextValues("2024-06-18")))
	srv.Handle("getHosts", func(*exatest.Request) exatest.Response {
		return exatest.Data(map[string]any{"numNodes": 1, "nodes": []string{"10.0.0.11"}})
	})
	srv.HandleSQL("DROP", exatest.Drop())
	c := testclient.Connect(t, srv)
	c.Send(`{"command":"execute","sqlText":"RAW"}`)
	if text, err := c.Recv(); text != `{"a":` || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if a := c.Execute("OK"); fmt.Sprint(a.Result(0)["rowCount"]) != "0" {
		t.Errorf("got %s", a.Raw)
	}
	if a := c.Execute("TWO"); len(a.Data["results"].([]any)) != 3 {
		t.Errorf("got %s", a.Raw)
	}
	began := time.Now()
	if c.Execute("SLOW"); time.Since(began) < 20*time.Millisecond {
		t.Errorf("the delayed answer came after %v", time.Since(began))
	}
	if a := c.Execute("FORMAT"); a.Attrs["dateFormat"] != "DD.MM.YYYY" {
		t.Errorf("got %s", a.Raw)
	}
	if a := c.Execute("DATE"); testclient.Data(a.Set(0)) != `[["18.06.2024"]]` {
		t.Errorf("got %s", a.Raw)
	}
	a := c.OK(`{"command":"getHosts","hostIp":"1.2.3.4"}`)
	if got, _ := json.Marshal(a.Data); string(got) != `{"nodes":["10.0.0.11"],"numNodes":1}` {
		t.Errorf("got %s", got)
	}
	c.Send(`{"command":"execute","sqlText":"DROP"}`)
	if text, err := c.Recv(); err == nil {
		t.Errorf("got %q, want the end of the connection", text)
	}
}
