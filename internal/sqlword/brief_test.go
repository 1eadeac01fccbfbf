package sqlword_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/sqlword"
)

func TestOf(t *testing.T) {
	long := strings.Repeat("COLUMN_NAME, ", 20)
	for _, tt := range []struct{ sql, want string }{
		{"SELECT * FROM T", "SELECT * FROM T"},
		{"  select a.B,\n\t\"C d\" from\tS.T;  ", `select a.B, "C d" from S.T`},
		{"-- of a report\nSELECT /* all */ A/**/FROM T -- end", "SELECT A FROM T"},
		{"SELECT " + long, "SELECT COLUMN_NAME, COLUMN_NAME, COLUMN_NAME, COLUMN_NAME, COLUMN_NAME, ..."},
		{"INSERT INTO T (A, B) VALUES (?, ?)", "INSERT INTO T (A, B) VALUES (?, ?)"},
		{"SELCT * FROM T", "SELCT ..."},
		{"", ""},
		{"-- nothing", ""},
		{"'pw'", "..."},
		{`"pw"`, "..."},

		// Data.
		{"SELECT * FROM T WHERE NAME = 'Bob' AND X = 1", "SELECT * FROM T WHERE NAME = ..."},
		{"SELECT * FROM T WHERE NAME = 'O'Brien' AND PIN = 'x'", "SELECT * FROM T WHERE NAME = ..."},
		{"SELECT * FROM T WHERE ID = 4711 AND A", "SELECT * FROM T WHERE ID = ..."},
		{"SELECT A2, .5", "SELECT A2, ..."},
		{"INSERT INTO T VALUES (17, ?)", "INSERT INTO T VALUES (..."},
		{"SELECT 'a;b'", "SELECT ..."},
		{"SELECT A FROM T; SELECT B FROM T", "SELECT A FROM T ..."},

		// Secrets.
		{`CREATE USER bob IDENTIFIED BY "secret"`, "CREATE USER ..."},
		{`create or replace connection c to 'x' user 'u' identified by 'secret'`, "create or replace connection ..."},
		{`ALTER USER bob IDENTIFIED BY "secret"`, "ALTER USER ..."},
		{"IMPORT INTO T FROM JDBC AT 'x' USER 'u' IDENTIFIED BY 'secret'", "IMPORT INTO ..."},
		{`SELECT * FROM (IMPORT FROM JDBC AT C USER u IDENTIFIED BY "secret")`, "SELECT ..."},
		{`SELECT A FROM T -- identified by secret`, "SELECT ..."},
		{`/* x */ CREATE VIRTUAL SCHEMA V USING A WITH PASSWORD = 'secret'`, "CREATE VIRTUAL SCHEMA ..."},
		{"EXECUTE SCRIPT S(secret)", "EXECUTE SCRIPT ..."},
		{"CREATE SCRIPT", "CREATE SCRIPT"},

		// What ends too early.
		{"SELECT 'secret", "SELECT ..."},
		{"SELECT A /* secret", "SELECT A"},
		{`SELECT "`, `SELECT ...`},
		{`SELECT A" FROM T WHERE B = 'secret' AND "C"`, `SELECT A...`},
		{"SELECT \xff\x1b[31m A", "SELECT \ufffd [..."},
	} {
		if diff := cmp.Diff(tt.want, sqlword.Brief(tt.sql)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.sql, diff)
		}
	}
}

func FuzzOf(f *testing.F) {
	f.Add("SELECT A FROM T WHERE B = 'x'")
	f.Add("CREATE USER U IDENTIFIED BY \"p\"")
	f.Add("\"a'b'--/*;1:$@")
	f.Fuzz(func(t *testing.T, sql string) {
		got := sqlword.Brief(sql)
		if n := utf8.RuneCountInString(got); n > 84 || !utf8.ValidString(got) || strings.ContainsAny(got, "'\n\r\t") {
			t.Errorf("%q is shown as %q", sql, got)
		}
		if name := sqlword.BriefColumn(sql); strings.Contains(name, "'") {
			t.Errorf("a column %q is shown as %q", sql, name)
		}
		sqlword.Placeholder(sql)
	})
}

func TestBriefColumn(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"ID", "ID"},
		{`Mixed "case" 17`, `Mixed "case" 17`},
		{strings.Repeat("Ä", 128), strings.Repeat("Ä", 128)},
		{"'s3cret' || ID", "..."},
		{"ID || 's3cret' || B", "ID || ..."},
		{"UPPER(A, 's3cret')", "UPPER(A, ..."},
		{`CASE WHEN "A b" = 17 THEN 's3cret' END`, `CASE WHEN "A b" = ...`},
		{strings.Repeat("Ä", 129), "..."},
		{"A + " + strings.Repeat("B + ", 40) + "17", "A + " + strings.Repeat("B + ", 18) + "B + ..."},
	} {
		if diff := cmp.Diff(tt.want, sqlword.BriefColumn(tt.name)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.name, diff)
		}
	}
}

func ExampleBrief() {
	fmt.Println(sqlword.Brief("SELECT *\n\tFROM customers WHERE name = 'Bob'"))
	fmt.Println(sqlword.Brief(`CREATE USER bob IDENTIFIED BY "secret"`))
	// Output:
	// SELECT * FROM customers WHERE name = ...
	// CREATE USER ...
}

func TestHoldsSecret(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT * FROM T":                                                    false,
		"CREATE USER u IDENTIFIED BY \"pw\"":                                 true,
		"create user u identified by \"pw\"":                                 true,
		"IMPORT INTO t FROM CSV AT 'h' USER 'u' IDENTIFIED BY 'pw' FILE 'f'": true,
		"CREATE OR REPLACE CONNECTION c TO 'token'":                          true,
		"/* c */ alter connection c TO 'token'":                              true,
		"CREATE TABLE connection (a INT)":                                    true, // rather too many
		"CREATE SCHEMA s":                                                    false,
		"CREATE VIEW v AS SELECT connection FROM t":                          false,
		"SELECT connection FROM t":                                           false,
		"DROP CONNECTION c":                                                  false,
		"GRANT CONNECTION c TO u":                                            false,
		"":                                                                   false,
		"'IDENTIFIED'":                                                       true,
	} {
		if got := sqlword.HoldsSecret(sql); got != want {
			t.Errorf("%q: %v", sql, got)
		}
	}
}
