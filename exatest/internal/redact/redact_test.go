package redact_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest/internal/redact"
	"github.com/google/go-cmp/cmp"
)

func TestSQL(t *testing.T) {
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
		got, secrets := redact.SQL(test.sql)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.sql, diff)
		}
		if again, more := redact.SQL(got); again != got || more != nil {
			t.Errorf("%s: redacted twice it is %s, %q", test.sql, again, more)
		}
		if changed := got != test.sql; changed != (len(secrets) > 0) {
			t.Errorf("%s: secrets %q", test.sql, secrets)
		}
	}
}

// FuzzSQL hides a secret in a text at places that the redactor has to find, whatever stands around.
func FuzzSQL(f *testing.F) {
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
		got, _ := redact.SQL(before + forms[int(how)%len(forms)] + after)
		// A word right before could swallow the form: that of a value is secret anyway.
		if strings.Contains(got, secret) {
			t.Errorf("%q", got)
		}
		if again, _ := redact.SQL(got); strings.Contains(again, secret) {
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
		got := redact.HideColumns(src.Bytes())
		if !json.Valid(got) {
			t.Errorf("%s becomes %s", src.Bytes(), got)
		}
		if !strings.Contains(text, "columns") && !bytes.Equal(got, src.Bytes()) && !strings.Contains(text, `\u`) {
			t.Errorf("%s becomes %s", src.Bytes(), got)
		}
	})
}
