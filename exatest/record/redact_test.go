package record_test

import (
	"os"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// TestRedactTranscript looks for every secret of a session in its transcript.
func TestRedactTranscript(t *testing.T) {
	const user, password, access, refresh = "quentin", "pass-S1", "access-S2", "refresh-S3"
	srv := exatest.NewServer(t, exatest.WithUser(user, password), exatest.WithAccessToken(user, access),
		exatest.WithRefreshToken(user, refresh), exatest.WithSessionAttribute("autocommit", false))
	srv.HandleSQL("CREATE USER...", exatest.Exception("42000", `user "user-S4" not created`))
	srv.HandleSQL("CREATE CONNECTION...", exatest.RowCount(0))
	srv.HandleSQL("INSERT...", exatest.RowCount(1))
	columns := exatest.Columns("NAME VARCHAR(20), API_KEY CHAR(5), TOKEN DECIMAL(18,0), SIG HASHTYPE(4 BYTE), PASSWORD_SET BOOLEAN")
	srv.HandleSQL("SELECT few", exatest.Rows(columns, exatest.ValuesOf([]string{"kept", "kept"}), exatest.ValuesOf([]any{"S-13 ", nil}),
		exatest.ValuesOf([]int64{8888888, 1}), exatest.TextValues("5ec4e714", "5ec4e714"), exatest.ValuesOf([]bool{true, false})))
	secret := make([]string, 1000)
	for i := range secret {
		secret[i] = "fetched-S14"
	}
	srv.HandleSQL("SELECT many", exatest.Rows(exatest.Columns("PASSWORD VARCHAR(20), N INT"), exatest.ValuesOf(secret), exatest.ValuesOf(testclient.Numbers(1000))))
	var token string
	path := recorded(t, srv, func(dial func() *testclient.Client) {
		c := dial()
		if a := c.TryLogin(5, user, password, `,"clientOsUsername":"os-S5","useCompression":true`); a.Status != "ok" {
			t.Fatal(a.Raw)
		}
		c.Compressed = true
		c.Execute(`CREATE USER x IDENTIFIED BY "user-S4"`)
		c.OK(`{"command":"executeBatch","sqlTexts":["INSERT INTO t VALUES 1", "CREATE CONNECTION c TO 'https://u:url-S6@h' USER 'u' IDENTIFIED BY 'conn-\u00537'"]}`)
		c.OK(`{"command":"createPreparedStatement","sqlText":"INSERT INTO t VALUES (?)"}`)
		c.OK(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[["x password=param-S8"]]}`)
		for _, param := range []string{"Bearer bearer-S9", "scott/oracle-S10@db", "?sig=sas-S11"} {
			c.OK(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[[%s]],`+
				`"columns":[{"name":"","dataType":{"type":"VARCHAR","size":100}}]}`, testclient.Quote(param))
		}
		c.OK(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":2,"data":[["named-S12",null]],` +
			`"columns":[{"name":"PASSWORD","dataType":{"type":"VARCHAR","size":100}}]}`)
		c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
		c.Execute("SELECT few")
		many := c.Execute("SELECT many")
		handle := many.Set(0)["resultSetHandle"]
		c.OK(`{"command":"fetch","resultSetHandle":%v,"startPosition":0,"numBytes":100000}`, handle)
		c.OK(`{"command":"closeResultSet","resultSetHandles":[%v]}`, handle)
		a := c.OK(`{"command":"requestParallelConnections","numRequestedConnections":1}`)
		token = a.Data["token"].(interface{ String() string }).String()
		sub := dial()
		s := sub.Do(`{"command":"subLogin","protocolVersion":5}`)
		a = sub.Do(`{"username":%q,"password":%q,"token":%s,"sessionId":%d}`, user, sub.Encrypt(s, password), token, c.SessionID)
		if a.Status != "ok" {
			t.Fatal(a.Raw)
		}
		sub.Bye()
		c.Bye()
		for _, field := range []string{`"accessToken":"` + access, `"refreshToken":"` + refresh} {
			c := dial()
			c.OK(`{"command":"loginToken","protocolVersion":5}`)
			if a := c.FinishLogin(c.Do(`{%s","useCompression":false}`, field)); a.Status != "ok" {
				t.Fatal(a.Raw)
			}
			c.Bye()
		}
	})
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		user, strings.ToUpper(user), password, access, refresh, "user-S4", "os-S5", "url-S6", "conn-", "param-S8", token,
		"bearer-S9", "oracle-S10", "sas-S11", "named-S12", "S-13", "8888888", "5ec4e714", "fetched-S14",
	} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the transcript has %q:\n%s", secret, text)
		}
	}
	for _, kept := range []string{`"token":1`, `CREATE USER x IDENTIFIED BY`, `"release":"8.32.0"`, `"kind":"binary"`, `[["kept","kept"],["<reda",null],[0,0],["00000000","00000000"],[true,false]]`, `[0,1,2,3,`, `["<redacted>",null]`} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("the transcript has no %q:\n%s", kept, text)
		}
	}
}
