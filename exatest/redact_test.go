package exatest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

func TestRedactSQL(t *testing.T) {
	for _, test := range []struct{ sql, want string }{
		{`SELECT 1`, `SELECT 1`},
		{`CREATE USER ann IDENTIFIED BY "s3cret"`, `CREATE USER ann IDENTIFIED BY "<redacted>"`},
		{`create user ann identified  by "s3""cret" ;`, `create user ann identified  by "<redacted>" ;`},
		{`CREATE USER ann IDENTIFIED BY s3cret;`, `CREATE USER ann IDENTIFIED BY <redacted>;`},
		{`ALTER USER ann IDENTIFIED BY "s3cret" REPLACE "s3old"`, `ALTER USER ann IDENTIFIED BY "<redacted>" REPLACE "<redacted>"`},
		{`CREATE USER ann IDENTIFIED BY KERBEROS PRINCIPAL 'ann@X'`, `CREATE USER ann IDENTIFIED BY KERBEROS PRINCIPAL 'ann@X'`},
		{`CREATE USER ann IDENTIFIED AT LDAP AS 'cn=ann'`, `CREATE USER ann IDENTIFIED AT LDAP AS 'cn=ann'`},
		{
			`CREATE CONNECTION c TO 'ftp://h/' USER 'ann' IDENTIFIED BY 's3''cret'`,
			`CREATE CONNECTION c TO 'ftp://h/' USER 'ann' IDENTIFIED BY '<redacted>'`,
		},
		{`CREATE CONNECTION c TO 'x' IDENTIFIED/* why */BY--
'''s3cret'' ' AND 'x'`, `CREATE CONNECTION c TO 'x' IDENTIFIED/* why */BY--
'<redacted>' AND 'x'`},
		{
			`IMPORT INTO t FROM EXA AT 'h:8563' USER 'u' IDENTIFIED BY 's3cret' STATEMENT 'SELECT ''x'''`,
			`IMPORT INTO t FROM EXA AT 'h:8563' USER 'u' IDENTIFIED BY '<redacted>' STATEMENT 'SELECT ''x'''`,
		},
		{
			`EXECUTE SCRIPT s('CREATE USER a IDENTIFIED BY ''s3cret'' ', 'x')`,
			`EXECUTE SCRIPT s('CREATE USER a IDENTIFIED BY ''<redacted>'' ', 'x')`,
		},
		{`EXECUTE SCRIPT s('IDENTIFIED BY ''s3cret''', 'x')`, `EXECUTE SCRIPT s('IDENTIFIED BY ''<redacted>''', 'x')`},
		{`EXECUTE SCRIPT s('f(''IDENTIFIED BY ''''s3cret'''''')', 'x')`, `EXECUTE SCRIPT s('f(''IDENTIFIED BY ''''<redacted>'''''')', 'x')`},
		{`query("CREATE USER a IDENTIFIED BY \"s3cret\"") -- don't`, `query("CREATE USER a IDENTIFIED BY \"<redacted>\"") -- don't`},
		{`CREATE CONNECTION c TO '' USER '' IDENTIFIED BY '';`, `CREATE CONNECTION c TO '' USER '' IDENTIFIED BY '';`},
		{`CREATE CONNECTION c TO '' USER '' IDENTIFIED BY ''`, `CREATE CONNECTION c TO '' USER '' IDENTIFIED BY ''`},
		{`x IDENTIFIED BY 's3cret`, `x IDENTIFIED BY '<redacted>`},
		{`x IDENTIFIED BY ?`, `x IDENTIFIED BY ?`},
		{`x IDENTIFIED BY`, `x IDENTIFIED BY`},
		{`x IDENTIFIED`, `x IDENTIFIED`},
		{`ALTER SESSION SET PASSWORD = 's3cret'`, `ALTER SESSION SET PASSWORD = '<redacted>'`},
		{`UPDATE t SET [password] = 's3cret'`, `UPDATE t SET [password] = '<redacted>'`},
		{`WHERE password <> 's3cret' AND x = 'y'`, `WHERE password <> '<redacted>' AND x = 'y'`},
		{`WHERE "pwd" >= 's3''cret' OR t.pw!='s3old'`, `WHERE "pwd" >= '<redacted>' OR t.pw!='<redacted>'`},
		{`WHERE password NOT LIKE 's3cret%' ESCAPE 'x'`, `WHERE password NOT LIKE '<redacted>' ESCAPE 'x'`},
		{`WHERE token IN ('s3cret', 's3old' ,'') AND x IN ('y')`, `WHERE token IN ('<redacted>', '<redacted>' ,'') AND x IN ('y')`},
		{`EXECUTE SCRIPT s('WHERE pw IN (''s3cret'',''s3old'')', 'x')`, `EXECUTE SCRIPT s('WHERE pw IN (''<redacted>'',''<redacted>'')', 'x')`},
		{`EXECUTE SCRIPT s('WHERE pw LIKE ''s3cret''', 'x')`, `EXECUTE SCRIPT s('WHERE pw LIKE ''<redacted>''', 'x')`},
		{`WHERE password <> x AND token IN (SELECT 'y')`, `WHERE password <> x AND token IN (SELECT 'y')`},
		{`IMPORT FROM JDBC AT 'jdbc:x://h;user=u;password=s3cret;x=y'`, `IMPORT FROM JDBC AT 'jdbc:x://h;user=u;password=<redacted>;x=y'`},
		{`AT 'https://u:s3c:ret@h/p?x-api-key=s3cret&y=1'`, `AT 'https://u:<redacted>@h/p?x-api-key=<redacted>&y=1'`},
		{`TO '{"aws_secret_key": "s3\"cret", "id": 1}'`, `TO '{"aws_secret_key": "<redacted>", "id": 1}'`},
		{`WITH ACCESS_TOKEN='s3cret' x`, `WITH ACCESS_TOKEN='<redacted>' x`},
		{`SELECT a.token FROM a WHERE a.token = b.token AND pwd=?`, `SELECT a.token FROM a WHERE a.token = b.token AND pwd=?`},
		{`SELECT 'a:b@c', "x://y"`, `SELECT 'a:b@c', "x://y"`},
		{`AT 'https://a.blob.core/c/f.csv?sv=2024&sig=s3cr%2Bet%3D&se=1'`, `AT 'https://a.blob.core/c/f.csv?sv=2024&sig=<redacted>&se=1'`},
		{`TO 'x;PASSCODE=123456;user_pw: s3cret;auth=s3cret'`, `TO 'x;PASSCODE=<redacted>;user_pw: <redacted>;auth=<redacted>'`},
		{`f('Bearer eyJ.s3cret-x_y/z+a==', 2)`, `f('Bearer <redacted>', 2)`},
		{`f('Authorization: Bearer s3cret', 2)`, `f('Authorization: Bearer <redacted>', 2)`},
		{`'{"Authorization": "basic dTpwdw==", "x": 1}'`, `'{"Authorization": "<redacted>", "x": 1}'`},
		{`SELECT bearer, basic FROM t WHERE bearer = 'of news'`, `SELECT bearer, basic FROM t WHERE bearer = 'of news'`},
		{`f('https://hooks.slack.com/services/T00/B00/s3cret')`, `f('https://hooks.slack.com/<redacted>/<redacted>/<redacted>/<redacted>')`},
		{`f('https://x.y/api/webhooks/123/s3cret?a=1')`, `f('https://x.y/api/webhooks/<redacted>/<redacted>?a=1')`},
		{`AT 'https://x.y/password=s3cret/a'`, `AT 'https://x.y/password=<redacted>/a'`},
		{`AT 'https://x.y/a/0b5ef3aa91s3cretAbCdEf/list'`, `AT 'https://x.y/a/<redacted>/list'`},
		{`AT 'https://x.y/bucket/2024/part-0000000000000001.csv' FILE 'a/b.csv'`, `AT 'https://x.y/bucket/2024/part-0000000000000001.csv' FILE 'a/b.csv'`},
		{`AT 'jdbc:oracle:thin:scott/s3c:ret@//h:1521/x'`, `AT 'jdbc:oracle:thin:scott/<redacted>@//h:1521/x'`},
		{`USER 'scott/s3cret@db'`, `USER 'scott/<redacted>@db'`},
		{`SELECT a/b, c /d FROM t -- x@y`, `SELECT a/b, c /d FROM t -- x@y`},
	} {
		got, secrets := exatest.RedactSQL(test.sql)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
		if again, more := exatest.RedactSQL(got); again != got || more != nil {
			t.Errorf("%s: redacted twice it is %s, %q", test.sql, again, more)
		}
		if changed := got != test.sql; changed != (len(secrets) > 0) {
			t.Errorf("%s: secrets %q", test.sql, secrets)
		}
	}
}

// FuzzRedactSQL hides a secret in a text at places that the redactor has to find, whatever stands around.
func FuzzRedactSQL(f *testing.F) {
	f.Add("SELECT 'x' ", " FROM t", uint8(0))
	f.Add("a 'b ", " REPLACE 'x", uint8(1))
	f.Add("--", "' IDENTIFIED", uint8(2))
	f.Add(`"`, `" IDENTIFIED BY`, uint8(3))
	f.Add("", "'''", uint8(4))
	f.Fuzz(func(t *testing.T, before, after string, how uint8) {
		const secret = "S3cr3tS3cr3t"
		forms := []string{
			" IDENTIFIED BY 'S3cr3tS3cr3t' ", " identified\tby \"S3cr3tS3cr3t\" ", " IDENTIFIED /**/ BY S3cr3tS3cr3t ",
			" IDENTIFIED BY ''S3cr3tS3cr3t'' ", " x.password = 'S3cr3tS3cr3t' ", " ftp://u:S3cr3tS3cr3t@h ",
		}
		if strings.Contains(before+after, "S3") {
			return
		}
		got, _ := exatest.RedactSQL(before + forms[int(how)%len(forms)] + after)
		// A word right before could swallow the form: that of a value is secret anyway.
		if strings.Contains(got, secret) {
			t.Errorf("%q", got)
		}
		if again, _ := exatest.RedactSQL(got); strings.Contains(again, secret) {
			t.Errorf("%q", again)
		}
	})
}

// FuzzHideColumns checks that any message stays JSON, and one without such columns what it was.
func FuzzHideColumns(f *testing.F) {
	f.Add(`{"a":[{"columns":[{"name":"A","dataType":{"type":"CHAR","size":3}},{"name":"PASSWORD","dataType":{"type":"VARCHAR"}}],"data":[["x"],["y",null,1,{}]]}]}`)
	f.Add(`{"columns":[{"name":"TOKEN"}],"data":{}}`)
	f.Add(`{"columns":[1],"data":[],"columns":null}`)
	f.Add(`[[],{},"",0]`)
	f.Fuzz(func(t *testing.T, text string) {
		var src bytes.Buffer
		if json.Compact(&src, []byte(text)) != nil || src.Len() == 0 {
			return
		}
		got := exatest.HideColumns(src.Bytes())
		if !json.Valid(got) {
			t.Errorf("%s becomes %s", src.Bytes(), got)
		}
		if !strings.Contains(text, "columns") && !bytes.Equal(got, src.Bytes()) && !strings.Contains(text, `\u`) {
			t.Errorf("%s becomes %s", src.Bytes(), got)
		}
	})
}

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
	srv.HandleSQL("SELECT many", exatest.Rows(exatest.Columns("PASSWORD VARCHAR(20), N INT"), exatest.ValuesOf(secret), exatest.ValuesOf(numbers(1000))))
	var token string
	path := recorded(t, srv, func(dial func() *client) {
		c := dial()
		if a := c.tryLogin(5, user, password, `,"clientOsUsername":"os-S5","useCompression":true`); a.Status != "ok" {
			t.Fatal(a.raw)
		}
		c.compressed = true
		c.execute(`CREATE USER x IDENTIFIED BY "user-S4"`)
		c.ok(`{"command":"executeBatch","sqlTexts":["INSERT INTO t VALUES 1", "CREATE CONNECTION c TO 'https://u:url-S6@h' USER 'u' IDENTIFIED BY 'conn-\u00537'"]}`)
		c.ok(`{"command":"createPreparedStatement","sqlText":"INSERT INTO t VALUES (?)"}`)
		c.ok(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[["x password=param-S8"]]}`)
		for _, param := range []string{"Bearer bearer-S9", "scott/oracle-S10@db", "?sig=sas-S11"} {
			c.ok(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[[%s]],`+
				`"columns":[{"name":"","dataType":{"type":"VARCHAR","size":100}}]}`, quote(param))
		}
		c.ok(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":2,"data":[["named-S12",null]],` +
			`"columns":[{"name":"PASSWORD","dataType":{"type":"VARCHAR","size":100}}]}`)
		c.ok(`{"command":"closePreparedStatement","statementHandle":1}`)
		c.execute("SELECT few")
		many := c.execute("SELECT many")
		handle := many.set(0)["resultSetHandle"]
		c.ok(`{"command":"fetch","resultSetHandle":%v,"startPosition":0,"numBytes":100000}`, handle)
		c.ok(`{"command":"closeResultSet","resultSetHandles":[%v]}`, handle)
		a := c.ok(`{"command":"requestParallelConnections","numRequestedConnections":1}`)
		token = a.Data["token"].(interface{ String() string }).String()
		sub := dial()
		s := sub.do(`{"command":"subLogin","protocolVersion":5}`)
		a = sub.do(`{"username":%q,"password":%q,"token":%s,"sessionId":%d}`, user, sub.encrypt(s, password), token, c.sessionID)
		if a.Status != "ok" {
			t.Fatal(a.raw)
		}
		sub.bye()
		c.bye()
		for _, field := range []string{`"accessToken":"` + access, `"refreshToken":"` + refresh} {
			c := dial()
			c.ok(`{"command":"loginToken","protocolVersion":5}`)
			if a := c.finishLogin(c.do(`{%s","useCompression":false}`, field)); a.Status != "ok" {
				t.Fatal(a.raw)
			}
			c.bye()
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
