package sqlsplit_test

import (
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/exawire/exawire/internal/sqlsplit"
	"github.com/google/go-cmp/cmp"
)

var splitTests = []struct {
	name, script string
	want         []string
}{
	{"nothing", "", nil},
	{"white space", " \r\n\t\f\v ", nil},
	{"comments", "-- a comment;\n/* another; one */", nil},
	{"empty statements", ";;\n ; -- nothing;\n;/* nothing */;", nil},
	{"no semicolon", "SELECT 1", []string{"SELECT 1"}},
	{"one semicolon", "SELECT 1;", []string{"SELECT 1"}},
	{"two statements", "SELECT 1; SELECT 2 ;\n", []string{"SELECT 1", "SELECT 2"}},
	{"on one line", "SELECT 1;SELECT 2", []string{"SELECT 1", "SELECT 2"}},
	{"carriage returns", "SELECT 1\r\nFROM t\r\n;\r\nSELECT 2\r\n", []string{"SELECT 1\r\nFROM t", "SELECT 2"}},
	{"byte order mark", "\xEF\xBB\xBFSELECT 1;", []string{"SELECT 1"}},
	{"marks alone", "\uFEFF\uFEFF \uFEFF", nil},

	{"string", "SELECT 'a; b'; SELECT 2", []string{"SELECT 'a; b'", "SELECT 2"}},
	{"quote in a string", "SELECT 'it''s; fine'; SELECT ''''; SELECT ''';'", []string{"SELECT 'it''s; fine'", "SELECT ''''", "SELECT ''';'"}},
	{"no escape by backslash", `SELECT '\'; SELECT 2`, []string{`SELECT '\'`, "SELECT 2"}},
	{"string over lines", "SELECT 'a;\n--b\n/\n/*'; SELECT 2", []string{"SELECT 'a;\n--b\n/\n/*'", "SELECT 2"}},
	{
		"quoted identifier", `SELECT "a;b" FROM "s;s"."t;t"; SELECT "x"";y", "--", "'"; SELECT 3`,
		[]string{`SELECT "a;b" FROM "s;s"."t;t"`, `SELECT "x"";y", "--", "'"`, "SELECT 3"},
	},
	{"identifier in brackets", `SELECT [a;b], [it's], [[]; SELECT []]; SELECT 3`, []string{`SELECT [a;b], [it's], [[]`, `SELECT []]`, "SELECT 3"}},
	{"quote in a comment", "SELECT 1 -- it's\n; /* \" */ SELECT 2", []string{"SELECT 1 -- it's", "/* \" */ SELECT 2"}},
	{"comment in a string", "SELECT '/*', '--'; SELECT 2", []string{"SELECT '/*', '--'", "SELECT 2"}},
	{"semicolon in a line comment", "SELECT 1 -- a; b\n; SELECT 2", []string{"SELECT 1 -- a; b", "SELECT 2"}},
	{"line comment at the end", "SELECT 1 -- a; b", []string{"SELECT 1 -- a; b"}},
	{"semicolon in a block comment", "SELECT /* a; b */ 1; SELECT 2", []string{"SELECT /* a; b */ 1", "SELECT 2"}},
	{"comments do not nest", "SELECT /* a /* b */ 1; SELECT 2 /* c */", []string{"SELECT /* a /* b */ 1", "SELECT 2 /* c */"}},
	{"stars", "/**/SELECT/***/1/*/;/*/;/* **/", []string{"/**/SELECT/***/1/*/;/*/"}},
	{"minus and division", "SELECT 1 - - 2 / 3 -1/2;", []string{"SELECT 1 - - 2 / 3 -1/2"}},
	{"division on a line", "SELECT 6\n/\n2;", []string{"SELECT 6\n/\n2"}},
	{"hint", "/*snapshot execution*/ SELECT 1; -- why\n-- not\nSELECT 2", []string{"/*snapshot execution*/ SELECT 1", "-- why\n-- not\nSELECT 2"}},

	{"a slash for nothing", "SELECT 1;\n/\nSELECT 2;\n-- c\n / \n/", []string{"SELECT 1", "SELECT 2"}},
	{"a slash that is not alone", "SELECT 1; /\n", []string{"SELECT 1", "/"}},
	{"a block of DbVisualizer", "--/\nCREATE LUA SCRIPT s AS\nx = 1;\n/\nSELECT 2;", []string{"--/\nCREATE LUA SCRIPT s AS\nx = 1;", "SELECT 2"}},

	{"script", "CREATE SCRIPT s AS\nx = 1;\ny = '\n/\nSELECT 1;", []string{"CREATE SCRIPT s AS\nx = 1;\ny = '", "SELECT 1"}},
	{
		"adapter script", "CREATE OR REPLACE PYTHON3 ADAPTER SCRIPT a.b() AS\n  x = 1;\n  y = 2;\n/\nSELECT 1",
		[]string{"CREATE OR REPLACE PYTHON3 ADAPTER SCRIPT a.b() AS\n  x = 1;\n  y = 2;", "SELECT 1"},
	},
	{
		"adapter script without parameters", "CREATE JAVA ADAPTER SCRIPT a AS\n%jar /buckets/a.jar;\n/\nSELECT 1;",
		[]string{"CREATE JAVA ADAPTER SCRIPT a AS\n%jar /buckets/a.jar;", "SELECT 1"},
	},
	{"preprocessor script", "CREATE PYTHON3 PREPROCESSOR SCRIPT p AS\nf('x;')\n/\n;", []string{"CREATE PYTHON3 PREPROCESSOR SCRIPT p AS\nf('x;')"}},
	{"language of one's own", "create my_lang scalar script s as\nf(';')\n/\nSELECT 1", []string{"create my_lang scalar script s as\nf(';')", "SELECT 1"}},
	{"languages named like objects", "CREATE my_lang index SCRIPT s AS\n;\n/CREATE\n/\nCREATE connections SET SCRIPT s AS\n;\n/", []string{"CREATE my_lang index SCRIPT s AS\n;\n/CREATE", "CREATE connections SET SCRIPT s AS\n;"}},
	{"quoted names", "CREATE \"My Lang\" SET SCRIPT \"as\".\"b\" (\"AS\" INT) EMITS (...) AS\n;\n/", []string{"CREATE \"My Lang\" SET SCRIPT \"as\".\"b\" (\"AS\" INT) EMITS (...) AS\n;"}},
	{
		"comments in the header", "-- c\nCREATE/* AS */JAVA--AS\nSCALAR SCRIPT /* s; */ s(a INT) /* ; */ RETURNS INT AS\nreturn 6 / 2;\n/",
		[]string{"-- c\nCREATE/* AS */JAVA--AS\nSCALAR SCRIPT /* s; */ s(a INT) /* ; */ RETURNS INT AS\nreturn 6 / 2;"},
	},
	{"body on the line of AS", "CREATE SCRIPT s AS x = 1; / \n/\n", []string{"CREATE SCRIPT s AS x = 1; / "}},
	{"carriage returns in a body", "CREATE LUA SCRIPT s() AS\r\nreturn 1;\r\n/\r\nSELECT 1;\r\n", []string{"CREATE LUA SCRIPT s() AS\r\nreturn 1;", "SELECT 1"}},
	{"white space around the slash", "CREATE SCRIPT s AS\nreturn 1;  \n\n \t/ \t\n\nSELECT 1", []string{"CREATE SCRIPT s AS\nreturn 1;  \n", "SELECT 1"}},
	{"empty body", "CREATE LUA SCALAR SCRIPT s() RETURNS INT AS\n   /", []string{"CREATE LUA SCALAR SCRIPT s() RETURNS INT AS"}},
	{"slash at the end of the script", "CREATE SCRIPT s AS\nreturn '/';\n//\n/*\n/", []string{"CREATE SCRIPT s AS\nreturn '/';\n//\n/*"}},
	{"a body is not SQL", "CREATE R SCALAR SCRIPT s() AS\n\" ' /* [ --\n/\nSELECT 1", []string{"CREATE R SCALAR SCRIPT s() AS\n\" ' /* [ --", "SELECT 1"}},
	{
		"function", "CREATE OR REPLACE FUNCTION f (a DECIMAL)\nRETURN DECIMAL\nIS\n  b DECIMAL;\nBEGIN\n  b := a / 2;\n  RETURN b;\nEND f;\n/\nSELECT f(1);",
		[]string{"CREATE OR REPLACE FUNCTION f (a DECIMAL)\nRETURN DECIMAL\nIS\n  b DECIMAL;\nBEGIN\n  b := a / 2;\n  RETURN b;\nEND f;", "SELECT f(1)"},
	},

	{"table named script", "CREATE TABLE script AS SELECT (1) AS x; SELECT 2", []string{"CREATE TABLE script AS SELECT (1) AS x", "SELECT 2"}},
	{"views named so", "CREATE OR REPLACE FORCE VIEW script AS SELECT 1; CREATE VIEW r AS SELECT 2;", []string{"CREATE OR REPLACE FORCE VIEW script AS SELECT 1", "CREATE VIEW r AS SELECT 2"}},
	{"virtual schema named so", "CREATE VIRTUAL SCHEMA script USING a.b; SELECT 2", []string{"CREATE VIRTUAL SCHEMA script USING a.b", "SELECT 2"}},
	{"script in a string", "CREATE CONNECTION c TO 'a script b AS'; SELECT 1", []string{"CREATE CONNECTION c TO 'a script b AS'", "SELECT 1"}},
	{"script in a comment", "CREATE /* LUA SCRIPT s AS */ TABLE t (i INT);\nSELECT 1;", []string{"CREATE /* LUA SCRIPT s AS */ TABLE t (i INT)", "SELECT 1"}},
	{"other statements on scripts", "DROP SCRIPT s; EXECUTE SCRIPT s; SELECT 1 AS x", []string{"DROP SCRIPT s", "EXECUTE SCRIPT s", "SELECT 1 AS x"}},
	{
		"a script behind other things", "CREATE SCHEMA s; CREATE CONNECTION c TO 'h;p'; CREATE JAVA SCALAR SCRIPT m() AS\nreturn x;\n/\n",
		[]string{"CREATE SCHEMA s", "CREATE CONNECTION c TO 'h;p'", "CREATE JAVA SCALAR SCRIPT m() AS\nreturn x;"},
	},
	{"header without AS", "CREATE SCRIPT s (); SELECT 1", []string{"CREATE SCRIPT s ()", "SELECT 1"}},

	{"mark of a second file", "\uFEFFSELECT 1;\n\uFEFFSELECT 2;\r\n\uFEFF\r\nSELECT 3", []string{"SELECT 1", "SELECT 2", "SELECT 3"}},
	{"mark behind comments", "SELECT 1; -- the end\n\uFEFF-- the next\nSELECT 2;", []string{"SELECT 1", "-- the next\nSELECT 2"}},
	{"mark before a script", "SELECT 1;\n\uFEFFCREATE LUA SCRIPT s AS\nx = 1;\ny = 2;\n/\n", []string{"SELECT 1", "CREATE LUA SCRIPT s AS\nx = 1;\ny = 2;"}},
	{
		"mark behind a slash without a line break", "CREATE SCRIPT s AS\nx = 1;\n/\uFEFFCREATE SCRIPT t AS\ny = 2;\n/ \uFEFF\n/\nSELECT 1",
		[]string{"CREATE SCRIPT s AS\nx = 1;", "CREATE SCRIPT t AS\ny = 2;", "SELECT 1"},
	},
	{"mark in a body", "CREATE SCRIPT s AS\nx = '\uFEFF';\n\uFEFFy = 2;\n/x\n\uFEFF/\nSELECT 1", []string{"CREATE SCRIPT s AS\nx = '\uFEFF';\n\uFEFFy = 2;\n/x", "SELECT 1"}},
	{"mark in a statement", "SELECT\uFEFF 1, '\uFEFF;', \"\uFEFF;\" -- \uFEFF;\n/* \uFEFF; */;", []string{"SELECT\uFEFF 1, '\uFEFF;', \"\uFEFF;\" -- \uFEFF;\n/* \uFEFF; */"}},
	{"no-break spaces around statements", "\u00A0SELECT 1\u00A0;\u00A0\n\u00A0SELECT 2;\u00A0\n\u00A0", []string{"SELECT 1", "SELECT 2"}},
	{"no-break space inside", "SELECT\u00A01", []string{"SELECT\u00A01"}},
	{"no-break space before a script", "\u00A0CREATE SCRIPT s AS\nx = 1;\ny = 2;\n/", []string{"CREATE SCRIPT s AS\nx = 1;\ny = 2;"}},
	{
		"spaces in a header", "CREATE\u00A0OR\u2009REPLACE\u3000LUA\u200BSCALAR\uFEFFSCRIPT\u2028s\u2060()\u0085RETURNS INT\u00A0AS\u00A0\nx = 1;\n/",
		[]string{"CREATE\u00A0OR\u2009REPLACE\u3000LUA\u200BSCALAR\uFEFFSCRIPT\u2028s\u2060()\u0085RETURNS INT\u00A0AS\u00A0\nx = 1;"},
	},
	{"function behind a space", "CREATE FUNCTION\u00A0f\u00A0() RETURN INT IS BEGIN RETURN 1; END;\n/", []string{"CREATE FUNCTION\u00A0f\u00A0() RETURN INT IS BEGIN RETURN 1; END;"}},
	{"spaces around the slash", "CREATE SCRIPT s AS\nreturn 1;\u00A0\n\u00A0/\u3000\nSELECT 1", []string{"CREATE SCRIPT s AS\nreturn 1;\u00A0", "SELECT 1"}},
	{"control characters", "\x00SELECT 1;\x1c\n\x1a", []string{"SELECT 1"}},
	{"letters that begin like spaces", "SELECT 1 AS \u00C0\u2042\u30A2\uFEFE;\u00AD;\u30A2", []string{"SELECT 1 AS \u00C0\u2042\u30A2\uFEFE", "\u00AD", "\u30A2"}},

	{"body at the end without a slash", "SELECT 1;\nCREATE SCRIPT s AS\nreturn 1;\n/x\n", []string{"SELECT 1", "CREATE SCRIPT s AS\nreturn 1;\n/x"}},
	{"body at the end with white space behind", "CREATE SCRIPT s AS\nreturn 1; \r\n\u00A0\n\x1a", []string{"CREATE SCRIPT s AS\nreturn 1;"}},
	{"function at the end", "CREATE FUNCTION f() RETURN INT IS\nBEGIN\n  RETURN 1;\nEND f;", []string{"CREATE FUNCTION f() RETURN INT IS\nBEGIN\n  RETURN 1;\nEND f;"}},
	{"what stands behind belongs to it", "CREATE SCRIPT s AS\nreturn 1;\n\uFEFFSELECT 1;\n", []string{"CREATE SCRIPT s AS\nreturn 1;\n\uFEFFSELECT 1;"}},
	{"letters beyond ASCII", "SELECT 'ä;', ö; CREATE ſcript s AS SELECT 1; SELECT 2", []string{"SELECT 'ä;', ö", "CREATE ſcript s AS SELECT 1", "SELECT 2"}},
}

func TestSplit(t *testing.T) {
	for _, tt := range splitTests {
		t.Run(tt.name, func(t *testing.T) {
			all, err := pieces(strings.NewReader(tt.script), fuzzLimit)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range statementsOf(all) {
				got = append(got, p.Text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

var errorTests = []struct {
	name, script string
	want         string
	is           error
}{
	{"string", "SELECT 1;\nSELECT 'a''\n\n", "line 2, column 8: script ends too early: a string has no closing quote", sqlsplit.ErrUnterminated},
	{"quoted identifier", "SELECT\n \"a;", "line 2, column 2: script ends too early: a quoted identifier has no closing quote", sqlsplit.ErrUnterminated},
	{"brackets", "SELECT [a;\n", "line 1, column 8: script ends too early: an identifier in brackets has no closing bracket", sqlsplit.ErrUnterminated},
	{"comment", "SELECT 'ä', /* a\n/* b *", "line 1, column 13: script ends too early: a comment has no */", sqlsplit.ErrUnterminated},
	{"comment alone", "SELECT 1;\n/*", "line 2, column 1: script ends too early: a comment has no */", sqlsplit.ErrUnterminated},
	{"body", "-- c\nCREATE SCRIPT s AS\n \u00A0\n", "line 2, column 1: script ends too early: a script or function has no body", sqlsplit.ErrUnterminated},
	{"function", "CREATE FUNCTION f", "line 1, column 1: script ends too early: a script or function has no body", sqlsplit.ErrUnterminated},
	{"behind marks", "\uFEFFSELECT 1;\n\uFEFF SELECT\u00A0'", "line 2, column 10: script ends too early: a string has no closing quote", sqlsplit.ErrUnterminated},
	{"not UTF-8", "-- \xff\n; SELECT 1;\nSELECT\n'ä\xc3'; SELECT 2", "line 4, column 3: statement is not UTF-8", sqlsplit.ErrEncoding},
	{"UTF-16", "\xff\xfeS\x00E\x00", "line 1, column 1: statement is not UTF-8", sqlsplit.ErrEncoding},
}

func TestErrors(t *testing.T) {
	for _, tt := range errorTests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := pieces(strings.NewReader(tt.script), fuzzLimit)
			if diff := cmp.Diff(tt.want, text(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !errors.Is(err, tt.is) {
				t.Errorf("%v is not %v", err, tt.is)
			}
		})
	}
}

func TestPositions(t *testing.T) {
	all, err := pieces(strings.NewReader("\xEF\xBB\xBFA; -- ä\r\n\tB 'ä\n' ;C\n;"), fuzzLimit)
	if err != nil {
		t.Fatal(err)
	}
	want := []sqlsplit.Piece{
		{
			Text: "A", Statement: true,
			Begin: sqlsplit.Position{Offset: 3, Line: 1, Column: 1}, Word: sqlsplit.Position{Offset: 3, Line: 1, Column: 1},
		},
		{
			Text: "-- ä\r\n\tB 'ä\n'", Statement: true,
			Begin: sqlsplit.Position{Offset: 6, Line: 1, Column: 4}, Word: sqlsplit.Position{Offset: 14, Line: 2, Column: 2},
		},
		{
			Text: "C", Statement: true,
			Begin: sqlsplit.Position{Offset: 23, Line: 3, Column: 4}, Word: sqlsplit.Position{Offset: 23, Line: 3, Column: 4},
		},
	}
	if diff := cmp.Diff(want, statementsOf(all)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A statement may have as many bytes as the limit says, however it arrives, and not one more.
func TestLimit(t *testing.T) {
	const limit = 100_000
	for _, tt := range []struct {
		name, before, statement, after string
	}{
		{"letters", "", "X", ";"},
		{"string", "A;", "'", "';"},
		{"comment", "", "/*", "*/B;"},
		{"line comment", "\n", "A--", "\n;"},
		{"body", "", "CREATE SCRIPT s AS ", "\n/\n"},
	} {
		for extra := range 2 {
			n := limit + extra - len(tt.statement) - len(strings.TrimRight(tt.after, "\n/;"))
			script := tt.before + tt.statement + strings.Repeat("x", n) + tt.after + "C"
			for _, r := range []io.Reader{strings.NewReader(script), iotest.OneByteReader(strings.NewReader(script))} {
				_, err := pieces(r, limit)
				if got := errors.Is(err, sqlsplit.ErrTooLarge); got != (extra > 0) {
					t.Errorf("%s with %d bytes more than the limit: %v", tt.name, extra, err)
				}
			}
		}
	}
	for _, endless := range []string{"SELECT ", "'", "x", "/*", "--", "CREATE SCRIPT s AS\n", "SELECT 1\n      "} {
		r := &repeated{text: endless}
		_, err := pieces(r, limit)
		if !errors.Is(err, sqlsplit.ErrTooLarge) || r.n > 2*limit {
			t.Errorf("endless %q: %v after %d bytes", endless, err, r.n)
		}
	}
}

// How much white space may stand before the end of a statement does not depend on how it arrives.
func TestLimitOfWhiteSpace(t *testing.T) {
	const limit = 100_000
	for n := limit; n < limit+20_000; n += 1000 {
		script := "A" + strings.Repeat(" ", n) + ";"
		_, whole := pieces(strings.NewReader(script), limit)
		_, drop := pieces(iotest.OneByteReader(strings.NewReader(script)), limit)
		if diff := cmp.Diff(text(whole), text(drop)); diff != "" {
			t.Fatalf("%d spaces (-whole +byte by byte):\n%s", n, diff)
		}
	}
}

// repeated gives a text again and again, up to most bytes.
type repeated struct {
	text    string
	n, most int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.most > 0 && r.n >= r.most {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) {
		m := copy(p[n:], r.text[(r.n+n)%len(r.text):])
		n += m
	}
	r.n += n
	return n, nil
}

// A long script needs no more memory than a short one.
func TestMemory(t *testing.T) {
	measure := func(megabytes int) uint64 {
		r := &repeated{text: "-- one\nINSERT INTO t VALUES (1, 'x');\n;\n\n", most: megabytes << 20}
		s := sqlsplit.New(r, fuzzLimit)
		var most uint64
		for i := 0; ; i++ {
			if _, err := s.Next(); err != nil {
				if !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				return most
			}
			if i%10_000 == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
	}
	short, long := measure(1), measure(16)
	if long > short+(1<<20) {
		t.Errorf("%d bytes for 1 MiB, %d for 16 MiB", short, long)
	}
}

// The memory of a large statement is given back behind it.
func TestMemoryBehindLargeStatement(t *testing.T) {
	large := &repeated{text: strings.Repeat("x", 4096), most: 8 << 20}
	s := sqlsplit.New(io.MultiReader(strings.NewReader("'"), large, strings.NewReader("';"+strings.Repeat("B;", 100_000))), 1<<30)
	var err error
	for err == nil {
		_, err = s.Next()
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 4<<20 {
		t.Errorf("%d bytes are in use", m.HeapAlloc)
	}
	runtime.KeepAlive(s)
}

// A statement is there before anything behind its end was read.
func TestNoReadingAhead(t *testing.T) {
	reads, w := io.Pipe()
	s := sqlsplit.New(reads, fuzzLimit)
	for _, script := range []string{"SELECT 1;", "SELECT 2 /* c */ ;", "\nCREATE SCRIPT s AS\n;\n/\n"} {
		done := make(chan error)
		go func() {
			_, err := io.WriteString(w, script)
			done <- err
		}()
		for {
			p, err := s.Next()
			if err != nil {
				t.Fatal(err)
			}
			if p.Statement {
				break
			}
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

// An error of the reader is no end of the script: what was begun is not a statement.
func TestReadError(t *testing.T) {
	cause := errors.New("connection lost")
	for _, script := range []string{"", "A; ", "A; SELECT 1", "A; 'x", "A; --", "A;/*", "A; CREATE SCRIPT s AS\n", "A;\n/", "A; SELECT -"} {
		all, err := pieces(io.MultiReader(strings.NewReader(script), iotest.ErrReader(cause)), fuzzLimit)
		if !errors.Is(err, cause) {
			t.Errorf("%q: %v", script, err)
		}
		want := min(strings.Count(script, "A;"), 1)
		if got := len(statementsOf(all)); got != want {
			t.Errorf("%q: %d statements", script, got)
		}
	}
	if _, err := pieces(iotest.ErrReader(nil), fuzzLimit); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}
