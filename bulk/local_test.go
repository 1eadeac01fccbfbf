package bulk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/bulk"
)

func TestLocalStatement(t *testing.T) {
	for _, tt := range []struct {
		name, sql, want string
		files           []string
	}{
		{
			"import", `IMPORT INTO T FROM LOCAL CSV FILE 'a.csv' COLUMN SEPARATOR = ';' SKIP = 1;`,
			`IMPORT INTO T FROM CSV` + at0 + ` COLUMN SEPARATOR = ';' SKIP = 1;`,
			[]string{"a.csv"},
		},
		{
			"two files, in small letters, over lines", "import into S.T (a, b)\n  from local\tcsv\n file 'a.csv'\nfile 'b c.csv'\n(1..2)\n",
			"import into S.T (a, b)\n  from csv" + at0 + " (1..2)" + at1 + " (1..2)\n",
			[]string{"a.csv", "b c.csv"},
		},
		{
			"comments and quotes", "/* LOCAL CSV FILE 'x' */ IMPORT INTO \"FROM LOCAL CSV FILE 'y'\" -- FROM LOCAL\nFROM /* 1 */ LOCAL /* 2 */ SECURE CSV FILE -- 3\n'it''s.csv'ENCODING='x' -- FILE 'z'",
			"/* LOCAL CSV FILE 'x' */ IMPORT INTO \"FROM LOCAL CSV FILE 'y'\" -- FROM LOCAL\nFROM /* 1 */ CSV" + at0 + "ENCODING='x' -- FILE 'z'",
			[]string{"it's.csv"},
		},
		{
			"FBV", "IMPORT INTO T FROM LOCAL FBV FILE 'a.fbv' (SIZE=8)",
			"IMPORT INTO T FROM FBV" + strings.ReplaceAll(at0, ".csv", ".fbv") + " (SIZE=8)",
			[]string{"a.fbv"},
		},
		{
			"Parquet", "IMPORT INTO T FROM LOCAL PARQUET FILE 'a.parquet'",
			"IMPORT INTO T FROM PARQUET AT 'https://10.0.0.1:20000;MaxConcurrentReads=1' PUBLIC KEY 'sha256//k=' FILE '000.parquet'",
			[]string{"a.parquet"},
		},
		{
			"export of a query", "EXPORT (SELECT ') INTO LOCAL CSV FILE ''x''' FROM (SELECT 1) -- )\n) INTO LOCAL CSV FILE 'C:\\data\\a.csv' WITH COLUMN NAMES",
			"EXPORT (SELECT ') INTO LOCAL CSV FILE ''x''' FROM (SELECT 1) -- )\n) INTO CSV" + at0 + " WITH COLUMN NAMES",
			[]string{`C:\data\a.csv`},
		},
		{
			"export of a table", "EXPORT S.T (A) INTO LOCAL SECURE CSV FILE 'a' FILE '' REPLACE",
			"EXPORT S.T (A) INTO CSV" + at0 + at1 + " REPLACE",
			[]string{"a", ""},
		},
		{"a table of that name", "IMPORT INTO LOCAL.CSV FROM LOCAL CSV FILE 'a'", "IMPORT INTO LOCAL.CSV FROM CSV" + at0, []string{"a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, files, ok := bulk.LocalSQL(tt.sql)
			if diff := cmp.Diff(tt.want, got); diff != "" || !ok {
				t.Errorf("%v (-want +got):\n%s", ok, diff)
			}
			if diff := cmp.Diff(tt.files, files); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if !bulk.IsLocal(tt.sql) {
				t.Error("not recognized")
			}
		})
	}
}

func TestOtherStatements(t *testing.T) {
	for _, sql := range []string{
		"",
		"SELECT 'IMPORT INTO T FROM LOCAL CSV FILE ''a'''",
		"-- IMPORT INTO T FROM LOCAL CSV FILE 'a'\nSELECT 1",
		"INSERT INTO T VALUES ('FROM LOCAL CSV FILE')",
		"IMPORT INTO T FROM CSV AT 'http://x' FILE 'a.csv'",
		"IMPORT INTO T FROM CSV AT 'http://x' FILE 'a.csv' ERRORS INTO LOCAL CSV FILE 'err.csv'",
		"IMPORT INTO T FROM CSV AT 'x' USER 'FROM LOCAL CSV' FILE 'a' -- FROM LOCAL CSV FILE 'b'",
		"IMPORT INTO T FROM CSV AT 'x' FILE 'a'; IMPORT INTO T FROM LOCAL CSV FILE 'b'",
		"IMPORT INTO T FROM EXA AT C STATEMENT 'SELECT * FROM LOCAL.CSV'",
		"IMPORT INTO T FROM LOCAL JDBC FILE 'a'",
		"IMPORT INTO T FROM LOCALS CSV FILE 'a'",
		"(IMPORT INTO T FROM LOCAL CSV FILE 'a')",
		"SELECT * FROM (IMPORT INTO (A INT) FROM LOCAL CSV FILE 'a')",
		"EXPORT (SELECT 1 FROM T INTO LOCAL CSV FILE 'a')",
		"EXPORT T INTO CSV AT 'x' FILE 'a' ERRORS INTO LOCAL CSV FILE 'b'",
		"EXPORT T INTO LOCAL PARQUET FILE 'a'",
		"IMPORT INTO T FROM 'LOCAL CSV FILE'",
		"IMPORT", "EXPORT", "IMPORT INTO T FROM", "IMPORT INTO T FROM LOCAL",
	} {
		if got, files, ok := bulk.LocalSQL(sql); ok || bulk.IsLocal(sql) {
			t.Errorf("%q is %q of %q", sql, got, files)
		}
	}
}

func TestLocalRefused(t *testing.T) {
	const plain = "IMPORT INTO T FROM LOCAL CSV FILE 'a'"
	for _, tt := range []struct {
		sql  string
		opt  bulk.Option
		want string
	}{
		{plain, nil, ""},
		{plain, bulk.Compress(), ""},
		{plain, bulk.Parallel(2), ""},
		{plain, bulk.Parallel(-2), "positive"},
		{plain, bulk.Format(bulk.CSV{Header: true}), "write them into the statement"},
		{plain, bulk.Columns("A"), "write them into the statement"},
		{plain, bulk.Rejected(bulk.Reject{Limit: 1}), "write them into the statement"},
		{plain, bulk.Compressed(bulk.Gzip), "the names of the files"},
		{plain + " FILE 'b' (1..2) FILE 'c' (1..3)", nil, "different lists of fields"},
		{plain + " (1..2) FILE 'b'", nil, "different lists of fields"},
		{plain + " (1..2) FILE 'b' (1..2)", nil, ""},
		{"IMPORT INTO T FROM LOCAL CSV", nil, "are to follow LOCAL CSV"},
		{`IMPORT INTO T FROM LOCAL CSV FILE "a"`, nil, "are to follow LOCAL CSV"},
		{"IMPORT INTO T FROM LOCAL CSV FILE 'a", nil, "are to follow LOCAL CSV"},
		{"IMPORT INTO T FROM LOCAL CSV FILE 17", nil, "are to follow LOCAL CSV"},
		{plain + " SKIP = 1 ERRORS INTO LOCAL CSV FILE 'b' REJECT LIMIT 1", nil, "name a table"},
		{plain + " ERRORS INTO E REJECT LIMIT 1 -- ERRORS INTO LOCAL", nil, ""},
	} {
		says(t, tt.sql, bulk.CheckLocal(tt.sql, tt.opt), tt.want)
	}
}

// FuzzLocal checks that what is outside of the replaced part stays as it is, and that the part is LOCAL to the last file.
func FuzzLocal(f *testing.F) {
	f.Add("IMPORT INTO T FROM LOCAL CSV FILE 'a''b' FILE 'c' SKIP = 1")
	f.Add("/* ' */ EXPORT (SELECT ')') INTO LOCAL SECURE CSV FILE 'x'")
	f.Fuzz(func(t *testing.T, sql string) {
		before, after, ok := bulk.LocalParts(sql)
		if want := slowIsLocal(sql); ok != want && isASCII(sql) {
			t.Fatalf("%q: %v", sql, ok)
		}
		if !ok {
			return
		}
		part, prefixed := strings.CutPrefix(sql, before)
		part, suffixed := strings.CutSuffix(part, after)
		if !prefixed || !suffixed || len(part) < len("LOCAL CSV") || !strings.EqualFold(part[:5], "LOCAL") {
			t.Fatalf("%q is %q, %q and %q", sql, before, part, after)
		}
		rewritten, files, _ := bulk.LocalSQL(sql)
		if !strings.HasPrefix(rewritten, before) || !strings.HasSuffix(rewritten, after) {
			t.Errorf("%q becomes %q", sql, rewritten)
		}
		for _, file := range files {
			if !strings.Contains(part, "'"+strings.ReplaceAll(file, "'", "''")+"'") {
				t.Errorf("%q is not in %q", file, part)
			}
		}
		if bulk.IsLocal(rewritten) && len(files) > 0 {
			t.Errorf("%q becomes %q, which still has LOCAL", sql, rewritten)
		}
	})
}

// slowIsLocal replaces what is in quotes, comments and parentheses, and looks at the words that are left.
func slowIsLocal(sql string) bool {
	masked, depth := "", 0
	for sql != "" {
		shown, n := " "+sql[:1]+" ", 1
		switch c := sql[0]; {
		case strings.HasPrefix(sql, "--"):
			shown, n = " ", len(sql)
			if i := strings.IndexByte(sql[2:], '\n'); i >= 0 {
				n = i + 3
			}
		case strings.HasPrefix(sql, "/*"):
			shown, n = " ", len(sql)
			if i := strings.Index(sql[2:], "*/"); i >= 0 {
				n = i + 4
			}
		case c == '\'' || c == '"':
			shown, n = " quoted ", len(sql)
			if i := strings.IndexByte(sql[1:], c); i >= 0 {
				n = i + 2
			}
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ';' && depth == 0:
			shown, n = " ", len(sql)
		case c < ' ' || c == 0x7f:
			shown = " "
		case strings.IndexByte("_$#@", c) >= 0 || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z':
			shown = sql[:1]
		}
		if depth == 0 {
			masked += strings.ToUpper(shown)
		}
		sql = sql[n:]
	}
	words := strings.Fields(masked)
	clause := map[string]string{"IMPORT": "FROM", "EXPORT": "INTO"}
	if len(words) == 0 || clause[words[0]] == "" {
		return false
	}
	at := slices.Index(words, clause[words[0]])
	words = append(words, "", "", "", "")
	if at < 0 || words[at+1] != "LOCAL" {
		return false
	}
	if at += 2; words[at] == "SECURE" {
		at++
	}
	return words[at] == "CSV" || words[at] == "FBV" || words[at] == "PARQUET" && words[0] == "IMPORT"
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

func TestReleasesWithParquet(t *testing.T) {
	for version, want := range map[string]bool{
		"7.1.30": false, "8.34.0": false, "2025.1.10": false, "2025.1": false, "2025.1.9": false, "2025.1.x": false,
		"2025.1.11": true, "2025.1.12": true, "2025.2.0": false, "2025.2.1": true, "2026.1.0": true, "": true, "unknown": true,
	} {
		if got := bulk.KnowsParquet(version); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}
