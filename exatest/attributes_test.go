package exatest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestAttributes(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithSessionAttribute("timezone", "EUROPE/BERLIN"), exatest.WithSessionAttribute("queryTimeout", 5))
	c := testclient.Connect(t, srv)
	a := c.OK(`{"command":"getAttributes"}`)
	want := `{"status":"ok","attributes":{"autocommit":true,"compressionEnabled":false,"currentSchema":"","dateFormat":"YYYY-MM-DD",` +
		`"dateLanguage":"ENG","datetimeFormat":"YYYY-MM-DD HH24:MI:SS.FF6","defaultLikeEscapeCharacter":"\\","feedbackInterval":1,` +
		`"numericCharacters":".,","openTransaction":false,"queryTimeout":5,"resultSetMaxRows":0,"snapshotTransactionsEnabled":false,` +
		`"timestampUtcEnabled":false,"timezone":"EUROPE/BERLIN","timeZoneBehavior":"INVALID SHIFT AMBIGUOUS ST"}}`
	if a.Raw != want {
		t.Errorf("got  %s\nwant %s", a.Raw, want)
	}
	if a := c.OK(`{"command":"setAttributes","attributes":{"autocommit":false,"queryTimeout":9,"currentSchema":null}}`); a.Raw != `{"status":"ok","attributes":{"autocommit":false,"queryTimeout":9}}` {
		t.Errorf("got %s", a.Raw)
	}
	if a := c.OK(`{"command":"getAttributes"}`); a.Attrs["autocommit"] != false || fmt.Sprint(a.Attrs["queryTimeout"]) != "9" || fmt.Sprint(a.Attrs["timezone"]) != "EUROPE/BERLIN" {
		t.Errorf("got %s", a.Raw)
	}
	for attrs, text := range map[string]string{
		`{"autocommit":"yes"}`:     "JSON value '/attributes/autocommit' is not a boolean",
		`{"currentSchema":1}`:      "JSON value '/attributes/currentSchema' is not a string",
		`{"queryTimeout":"1"}`:     "JSON value '/attributes/queryTimeout' is not an integer",
		`{"nonsense":1}`:           "Unknown attribute: nonsense",
		`[]`:                       "JSON value '/attributes' is not an object",
		`{"queryTimeout":1.5}`:     "JSON value '/attributes/queryTimeout' is not an integer",
		`{"feedbackInterval":"1"}`: "JSON value '/attributes/feedbackInterval' is not an integer",
	} {
		c.Fails("00000", text, `{"command":"setAttributes","attributes":%s}`, attrs)
	}
	c.Fails("42000", "invalid value 1000000", `{"command":"setAttributes","attributes":{"queryTimeout":1000000}}`)
	c.Fails("42000", "invalid value -1", `{"command":"setAttributes","attributes":{"resultSetMaxRows":-1}}`)
	c.Fails("00000", "JSON value '/attributes' is required, but was not provided.", `{"command":"setAttributes"}`)
	// One bad attribute keeps the good ones from being applied.
	c.Fails("00000", "JSON value '/attributes/queryTimeout' is not an integer", `{"command":"setAttributes","attributes":{"autocommit":true,"queryTimeout":"x"}}`)
	if a := c.OK(`{"command":"getAttributes"}`); a.Attrs["autocommit"] != false {
		t.Errorf("got %s", a.Raw)
	}
	c.Bye()
}

func TestReadOnlyAttributes(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		options := []exatest.Option{exatest.WithLeniency()}
		if ignore {
			options = append(options, exatest.WithoutReadOnlyExceptions())
		}
		srv := exatest.NewServer(t, options...)
		c := testclient.Connect(t, srv)
		a := c.Do(`{"command":"setAttributes","attributes":{"dateFormat":"DD.MM.YYYY","autocommit":false}}`)
		if ignore != (a.Status == "ok") {
			t.Errorf("ignore %v: got %s", ignore, a.Raw)
		}
		a = c.OK(`{"command":"getAttributes"}`)
		if a.Attrs["dateFormat"] != "YYYY-MM-DD" || a.Attrs["autocommit"] != !ignore {
			t.Errorf("ignore %v: got %s", ignore, a.Raw)
		}
		if v := srv.Violations(); len(v) != 1 || !strings.Contains(v[0], "read-only attribute dateFormat") {
			t.Errorf("violations %q", v)
		}
		c.Bye()
	}
}

func TestAttributesOfVersion1(t *testing.T) {
	srv := exatest.NewServer(t)
	c := testclient.Dial(t, srv, srv.Addr(), false)
	c.TryLogin(1, "sys", "exasol", "")
	if a := c.OK(`{"command":"getAttributes"}`); len(a.Attrs) != 15 {
		t.Errorf("V1 has %d attributes, want 15: %s", len(a.Attrs), a.Raw)
	}
	c.Fails("00000", "Unknown attribute", `{"command":"setAttributes","attributes":{"resultSetMaxRows":1}}`)
	c.Bye()
}

func TestBuiltInStatements(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithSchemas("MART", "Mixed"))
	srv.HandleSQL("INSERT", exatest.RowCount(1))
	srv.HandleSQL("D", exatest.Rows(exatest.Columns("D DATE, T TIMESTAMP(9)"), exatest.TextValues("2024-06-18"), exatest.TextValues("2024-06-18 01:02:03.123456789")))
	c := testclient.Connect(t, srv)
	for _, tt := range []struct{ sql, attrs string }{
		{"OPEN SCHEMA mart", `{"currentSchema":"MART"}`},
		{`open schema "Mixed";`, `{"currentSchema":"Mixed"}`},
		{"CLOSE SCHEMA", `{"currentSchema":""}`},
		{"ALTER SESSION SET NLS_DATE_FORMAT = 'DD.MM.YYYY'", `{"dateFormat":"DD.MM.YYYY"}`},
		{"alter session set nls_timestamp_format='YYYY-MM-DD HH24:MI:SS.FF9'", `{"datetimeFormat":"YYYY-MM-DD HH24:MI:SS.FF9"}`},
		{"ALTER SESSION SET TIME_ZONE='UTC'", `{"timezone":"UTC"}`},
		{"ALTER SESSION SET QUERY_TIMEOUT=10", `{"queryTimeout":10}`},
		{"ALTER SESSION SET HASHTYPE_FORMAT='HEX'", `null`},
		{"/* nothing */ -- at all", `null`},
		{"COMMIT", `null`},
	} {
		a := c.Execute(tt.sql)
		if got, _ := json.Marshal(a.Attrs); a.Status != "ok" || string(got) != tt.attrs {
			t.Errorf("%s: got %s, want attributes %s", tt.sql, a.Raw, tt.attrs)
		}
	}
	c.Failed(c.Execute("OPEN SCHEMA nowhere"), "42000", "schema NOWHERE not found [line 1, column 13]")
	c.Fails("42000", "schema X not found", `{"command":"setAttributes","attributes":{"currentSchema":"X"}}`)
	if a := c.Execute("D"); testclient.Data(a.Set(0)) != `[["18.06.2024"],["2024-06-18 01:02:03.123456789"]]` {
		t.Errorf("got %s", a.Raw)
	}
	if a := c.Execute(`SELECT "$SLEEP"(0) FROM DUAL`); testclient.Data(a.Set(0)) != "[[0]]" {
		t.Errorf("got %s", a.Raw)
	}
	if a := c.OK(`{"command":"createPreparedStatement","sqlText":"COMMIT"}`); a.Data["parameterData"] != nil {
		t.Errorf("got %s", a.Raw)
	}
	c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)

	// Transactions of scripted statements.
	c.OK(`{"command":"setAttributes","attributes":{"autocommit":false}}`)
	for _, tt := range []struct{ sql, open string }{{"INSERT", "true"}, {"INSERT", "<nil>"}, {"ROLLBACK", "false"}, {"INSERT", "true"}, {"commit;", "false"}} {
		if a := c.Execute(tt.sql); fmt.Sprint(a.Attrs["openTransaction"]) != tt.open {
			t.Errorf("%s: got %s, want openTransaction %s", tt.sql, a.Raw, tt.open)
		}
	}
	c.Bye()
}

// Clients send back what getAttributes gave them.
func TestUnchangedReadOnlyAttributes(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithLeniency())
	c := testclient.Connect(t, srv)
	c.OK(`{"command":"setAttributes","attributes":{"dateFormat":"YYYY-MM-DD","compressionEnabled":false,"queryTimeout":9}}`)
	c.Fails("00000", "dateFormat is read-only", `{"command":"setAttributes","attributes":{"dateFormat":"DD.MM.YYYY"}}`)
	c.Fails("00000", "openTransaction is read-only", `{"command":"setAttributes","attributes":{"openTransaction":false}}`)
	if n := len(srv.Violations()); n != 4 {
		t.Errorf("violations: %q", srv.Violations())
	}
	c.Bye()
}
