package exatest_test

import (
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
		{`IMPORT FROM JDBC AT 'jdbc:x://h;user=u;password=s3cret;x=y'`, `IMPORT FROM JDBC AT 'jdbc:x://h;user=u;password=<redacted>;x=y'`},
		{`AT 'https://u:s3c:ret@h/p?x-api-key=s3cret&y=1'`, `AT 'https://u:<redacted>@h/p?x-api-key=<redacted>&y=1'`},
		{`TO '{"aws_secret_key": "s3\"cret", "id": 1}'`, `TO '{"aws_secret_key": "<redacted>", "id": 1}'`},
		{`WITH ACCESS_TOKEN='s3cret' x`, `WITH ACCESS_TOKEN='<redacted>' x`},
		{`SELECT a.token FROM a WHERE a.token = b.token AND pwd=?`, `SELECT a.token FROM a WHERE a.token = b.token AND pwd=?`},
		{`SELECT 'a:b@c', "x://y"`, `SELECT 'a:b@c', "x://y"`},
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

// TestRedactTranscript looks for every secret of a session in its transcript.
func TestRedactTranscript(t *testing.T) {
	const user, password, access, refresh = "quentin", "pass-S1", "access-S2", "refresh-S3"
	srv := exatest.NewServer(t, exatest.WithUser(user, password), exatest.WithAccessToken(user, access),
		exatest.WithRefreshToken(user, refresh), exatest.SessionAttribute("autocommit", false))
	srv.HandleSQL("CREATE USER...", exatest.Exception("42000", `user "user-S4" not created`))
	srv.HandleSQL("CREATE CONNECTION...", exatest.RowCount(0))
	srv.HandleSQL("INSERT...", exatest.RowCount(1))
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
		c.ok(`{"command":"closePreparedStatement","statementHandle":1}`)
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
	for _, secret := range []string{user, strings.ToUpper(user), password, access, refresh, "user-S4", "os-S5", "url-S6", "conn-", "param-S8", token} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the transcript has %q:\n%s", secret, text)
		}
	}
	for _, kept := range []string{`"token":1`, `CREATE USER x IDENTIFIED BY`, `"release":"8.32.0"`, `"kind":"binary"`} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("the transcript has no %q:\n%s", kept, text)
		}
	}
}
