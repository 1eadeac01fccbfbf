package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
	"github.com/google/go-cmp/cmp"
)

// outcome is what a script came to, in words.
func outcome(ctx context.Context, sess *exawire.Session, script string, opts ...exawire.ScriptOption) (lines []string, err error) {
	for res, err := range sess.RunScript(ctx, strings.NewReader(script), opts...) {
		if err != nil {
			return lines, err
		}
		line := fmt.Sprintf("%d:%d %s", res.Line, res.Column, res.SQL)
		if rows, ok := res.Rows(); ok {
			all, err := resultset.Collect[int64](rows)
			line += fmt.Sprint(" rows ", len(all), " ", err)
		} else {
			line += fmt.Sprint(" count ", res.RowCount())
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// scriptServer answers some statements. SELECT has more rows than a message.
func scriptServer(t *testing.T, opts ...exatest.Option) (*exatest.Server, *exawire.Session) {
	srv, sess := serve(t, opts...)
	srv.HandleSQL("INSERT...", exatest.RowCount(3))
	srv.HandleSQL("/* all */ SELECT", exatest.Rows(exatest.Columns("A DECIMAL(18,0)"), exatest.ValuesOf(make([]int64, 2500))))
	srv.HandleSQL("CREATE...", exatest.RowCount(0))
	srv.HandleSQL("FAIL...", exatest.Exception("42000", "object T not found [line 2, column 3]"))
	srv.HandleSQL("OOPS...", exatest.Exception("42000", "syntax error [line 1, column 2]"))
	srv.HandleSQL("-- c\nOOPS...", exatest.Exception("42000", "syntax error [line 1, column 2]"))
	return srv, sess
}

const goodScript = "-- what it is for\nINSERT 'a;b';\n\n/* all */ SELECT;\nCREATE LUA SCRIPT s AS\nx = 1;\n/\nINSERT 2"

var goodOutcome = []string{
	"2:1 -- what it is for\nINSERT 'a;b' count 3", "4:11 /* all */ SELECT rows 2500 <nil>",
	"5:1 CREATE LUA SCRIPT s AS\nx = 1; count 0", "8:1 INSERT 2 count 3",
}

// Scripts of several statements in one string: pyexasol#348, sqlx-exasol#28, exasol-driver-go#121.
func TestRunScript(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []exawire.ScriptOption
		want []string // requests
	}{
		"one by one":        {nil, []string{"execute", "execute", "execute", "execute"}},
		"in one message":    {[]exawire.ScriptOption{exawire.Grouped(100)}, []string{"executeBatch"}},
		"three in one":      {[]exawire.ScriptOption{exawire.Grouped(3)}, []string{"executeBatch", "execute"}},
		"batches of one":    {[]exawire.ScriptOption{exawire.Grouped(1)}, []string{"execute", "execute", "execute", "execute"}},
		"batches of nobody": {[]exawire.ScriptOption{exawire.Grouped(-1)}, []string{"execute", "execute", "execute", "execute"}},
	} {
		t.Run(name, func(t *testing.T) {
			srv, sess := scriptServer(t)
			srv.HandleSQL("-- what it is for\nINSERT...", exatest.RowCount(3))
			got, err := outcome(t.Context(), sess, goodScript, tt.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(goodOutcome, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, executions(srv)); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			checkUsable(t, sess)
		})
	}
}

// Files that an editor has put a byte order mark before can be joined, and the places are those of the joined text.
func TestRunScriptOfFiles(t *testing.T) {
	srv, sess := scriptServer(t)
	files := []string{
		"\uFEFFINSERT 1;\r\n-- the end\r\n", "\uFEFFCREATE\u00A0LUA SCRIPT s AS\r\nx = 1;\r\ny = 2;\r\n/", "\uFEFFINSERT 2;\u00A0\n\u00A0",
		"\uFEFF\u00A0CREATE FUNCTION f()\nRETURN 1;\nEND f;\n\u00A0",
	}
	got, err := outcome(t.Context(), sess, strings.Join(files, ""))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1:1 INSERT 1 count 3", "3:2 CREATE\u00A0LUA SCRIPT s AS\r\nx = 1;\r\ny = 2; count 0", "6:3 INSERT 2 count 3",
		"7:4 CREATE FUNCTION f()\nRETURN 1;\nEND f; count 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(statements(srv)); n != len(want) {
		t.Errorf("%d statements were sent", n)
	}
}

// executions returns the commands by which statements were sent.
func executions(srv *exatest.Server) (names []string) {
	for _, r := range srv.Requests("") {
		if strings.HasPrefix(r.Command, "execute") {
			names = append(names, r.Command)
		}
	}
	return names
}

// The first error ends the script. It says which statement failed, and where if the server knows.
func TestRunScriptError(t *testing.T) {
	for _, tt := range []struct {
		name, script string
		batch        int
		want         exawire.ScriptError
		text         string
		sent         []string
	}{
		{
			name: "behind a comment", script: "INSERT 1;\n -- c\n FAIL\n   x; INSERT 2", batch: 1,
			want: exawire.ScriptError{Line: 3, Column: 2, Count: 1, LastLine: 3, AtLine: 3, AtColumn: 3, Index: 1},
			text: "exawire: script: line 3, column 3: execute: object T not found [line 2, column 3] (Session: %d) (42000), in: FAIL ...",
			sent: []string{"INSERT 1", "-- c\n FAIL\n   x"},
		},
		{
			name: "place", script: "INSERT 1;\n\n  FAIL\n   x; INSERT 2", batch: 1,
			want: exawire.ScriptError{Line: 3, Column: 3, Count: 1, LastLine: 3, AtLine: 4, AtColumn: 3, Index: 1},
			text: "exawire: script: line 4, column 3, in the statement of line 3: execute: object T not found [line 2, column 3] (Session: %d) (42000), in: FAIL ...",
			sent: []string{"INSERT 1", "FAIL\n   x"},
		},
		{
			name: "no such place", script: "FAIL x", batch: 1,
			want: exawire.ScriptError{Line: 1, Column: 1, Count: 1, LastLine: 1},
			text: "exawire: script: line 1, column 1: execute: object T not found [line 2, column 3] (Session: %d) (42000), in: FAIL ...",
			sent: []string{"FAIL x"},
		},
		{
			name: "place on the first line", script: "INSERT 1;\n INSERT 2; OOPS", batch: 1,
			want: exawire.ScriptError{Line: 2, Column: 12, Count: 1, LastLine: 2, AtLine: 2, AtColumn: 13, Index: 2},
			text: "exawire: script: line 2, column 13: execute: syntax error [line 1, column 2] (Session: %d) (42000), in: OOPS",
			sent: []string{"INSERT 1", "INSERT 2", "OOPS"},
		},
		{
			name: "place in a comment", script: "-- c\nOOPS", batch: 1,
			want: exawire.ScriptError{Line: 2, Column: 1, Count: 1, LastLine: 2},
			text: "exawire: script: line 2, column 1: execute: syntax error [line 1, column 2] (Session: %d) (42000), in: OOPS",
			sent: []string{"-- c\nOOPS"},
		},
		{
			name: "place in a message", script: "OOPS 1; OOPS 2", batch: 2,
			want: exawire.ScriptError{Line: 1, Column: 1, Count: 2, LastLine: 1},
			text: "exawire: script: one of the 2 statements of lines 1 to 1, sent in one message: executeBatch: syntax error [line 1, column 2] (Session: %d) (42000)",
			sent: []string{"OOPS 1", "OOPS 2"},
		},
		{
			name: "message", script: "INSERT 1;INSERT 2;INSERT 3;\nFAIL\n;INSERT 4", batch: 2,
			want: exawire.ScriptError{Line: 1, Column: 19, Count: 2, LastLine: 2, Index: 2},
			text: "exawire: script: one of the 2 statements of lines 1 to 2, sent in one message: executeBatch: object T not found [line 2, column 3] (Session: %d) (42000)",
			sent: []string{"INSERT 1", "INSERT 2", "INSERT 3", "FAIL"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, sess := scriptServer(t)
			srv.HandleSQL("-- c\n FAIL...", exatest.Exception("42000", "object T not found [line 2, column 3]"))
			_, err := outcome(t.Context(), sess, tt.script, exawire.Grouped(tt.batch))
			var got *exawire.ScriptError
			if !errors.As(err, &got) || codeOf(err) != "42000" {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(fmt.Sprintf(tt.text, sess.Info().SessionID), err.Error()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
			tt.want.Err = got.Err
			if *got != tt.want {
				t.Errorf("got %+v instead of %+v", *got, tt.want)
			}
			if exawire.SafeToRetry(err) {
				t.Error("it is safe to run a script again that was begun")
			}
			var sent []string
			for _, r := range srv.Requests("") {
				switch r.Command {
				case "execute":
					sent = append(sent, r.SQL)
				case "executeBatch":
					sent = append(sent, r.SQLs...)
				}
			}
			if diff := cmp.Diff(tt.sent, sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			checkUsable(t, sess)
		})
	}
}

// What stands before a mistake of the script is run, the rest is not, and secrets stay out of the error.
func TestRunScriptUnterminated(t *testing.T) {
	for _, batch := range []int{1, 10} {
		srv, sess := scriptServer(t)
		lines, err := outcome(t.Context(), sess, "INSERT 1;\nINSERT 2;\nCREATE USER u IDENTIFIED BY \"secret; INSERT 3;", exawire.Grouped(batch))
		var got *exawire.ScriptError
		if !errors.As(err, &got) || !errors.Is(err, exawire.ErrUnterminated) || got.Line != 3 || got.Column != 29 || got.Index != 2 {
			t.Errorf("error is %#v", err)
		}
		if strings.Contains(err.Error(), "secret") || exawire.SafeToRetry(err) {
			t.Errorf("error is %v", err)
		}
		if n := len(executions(srv)); len(lines) != 2 || n != 2/min(batch, 2) {
			t.Errorf("%q by %d requests", lines, n)
		}
	}
	srv, sess := scriptServer(t)
	if _, err := outcome(t.Context(), sess, "INSERT 'x"); !errors.Is(err, exawire.ErrUnterminated) || !exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	if got := executions(srv); got != nil {
		t.Errorf("requests %q", got)
	}
}

// Leaving the loop stops the script and closes what is open.
func TestRunScriptLeft(t *testing.T) {
	for _, tt := range []struct {
		batch int
		want  []string
	}{{1, []string{"execute"}}, {2, []string{"executeBatch"}}} {
		srv, sess := scriptServer(t)
		seq := sess.RunScript(t.Context(), strings.NewReader(strings.Repeat("/* all */ SELECT;", 5)), exawire.Grouped(tt.batch))
		var kept *exawire.Rows
		for res, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			kept, _ = res.Rows()
			break
		}
		if _, err := resultset.Collect[int64](kept); !errors.Is(err, resultset.ErrUsed) {
			t.Errorf("rows behind their loop turn: %v", err)
		}
		if diff := cmp.Diff(tt.want, executions(srv)); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if n := len(srv.Requests("closeResultSet")); n != tt.batch {
			t.Errorf("%d result sets closed", n)
		}
		for _, err := range seq {
			if err == nil {
				t.Error("a script is run twice")
			}
		}
		if n := len(executions(srv)); n != 1 {
			t.Errorf("%d requests", n)
		}
	}
}

// Rows that cannot be closed end the script behind a statement that was run.
func TestRunScriptCloseError(t *testing.T) {
	srv, sess := scriptServer(t, exatest.WithLeniency())
	srv.Handle("closeResultSet", func(*exatest.Request) exatest.Response { return exatest.Exception("42000", "no such handle") })
	n := 0
	var last error
	for _, err := range sess.RunScript(t.Context(), strings.NewReader("\n/* all */ SELECT; INSERT 1")) {
		n++
		last = err
	}
	var got *exawire.ScriptError
	if !errors.As(last, &got) || got.Line != 2 || n != 2 || exawire.SafeToRetry(last) {
		t.Errorf("%d results, then %v", n, last)
	}
	if diff := cmp.Diff([]string{"execute"}, executions(srv)); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// When the context ends the script does, and nothing of it is sent again.
func TestRunScriptContext(t *testing.T) {
	srv, sess := scriptServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	srv.HandleSQL("INSERT 2", exatest.Func(func(*exatest.Request) exatest.Response {
		cancel()
		return exatest.Hang()
	}))
	_, err := outcome(ctx, sess, "INSERT 1;\nINSERT 2;\nINSERT 3;")
	var got *exawire.ScriptError
	if !errors.As(err, &got) || got.Line != 2 || !errors.Is(err, context.Canceled) || !errors.Is(err, exawire.ErrQueryAborted) {
		t.Errorf("error is %v", err)
	}
	_, err = outcome(ctx, sess, "INSERT 4")
	if !errors.Is(err, context.Canceled) || !exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	if diff := cmp.Diff([]string{"INSERT 1", "INSERT 2"}, statements(srv)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkUsable(t, sess)
}

// A connection that breaks ends the script; nobody knows about the statement that was under way.
func TestRunScriptConnectionLost(t *testing.T) {
	srv, sess := scriptServer(t)
	srv.HandleSQL("INSERT 2", exatest.Drop())
	_, err := outcome(t.Context(), sess, "INSERT 1;\nINSERT 2;\nINSERT 3;")
	var got *exawire.ScriptError
	if !errors.As(err, &got) || got.Line != 2 || !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	if diff := cmp.Diff([]string{"INSERT 1", "INSERT 2"}, statements(srv)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A script takes part in the transaction that is open, and leaves it open.
func TestRunScriptInTx(t *testing.T) {
	srv, sess := scriptServer(t)
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := outcome(t.Context(), sess, "INSERT 1; FAIL"); codeOf(err) != "42000" {
		t.Fatal(err)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{autocommitOff, "INSERT 1", "FAIL", "ROLLBACK", autocommitOn}, statements(srv)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Messages of several statements stay below the server's limit, however long the text gets in them.
func TestRunScriptMessageSize(t *testing.T) {
	srv, sess := scriptServer(t, exatest.WithMaxMessageSize(1<<16))
	script := strings.Repeat("INSERT '"+strings.Repeat("\x01", 3000)+"';", 20)
	lines, err := outcome(t.Context(), sess, script, exawire.Grouped(100))
	if err != nil || len(lines) != 20 {
		t.Fatalf("%d statements, %v", len(lines), err)
	}
	got := executions(srv)
	if len(got) < 2 || slices.Contains(got, "execute") {
		t.Errorf("requests %q", got)
	}
	_, err = outcome(t.Context(), sess, "INSERT 1; INSERT '"+strings.Repeat("x", 1<<16)+"'")
	var scriptErr *exawire.ScriptError
	if !errors.Is(err, exawire.ErrMessageTooLarge) || !errors.As(err, &scriptErr) || scriptErr.Column != 11 {
		t.Errorf("error is %v", err)
	}
}

func TestSplitSQL(t *testing.T) {
	const script = "\xEF\xBB\xBF-- ä\nSELECT 'ö;'; ;\r\nCREATE FUNCTION f() RETURN INT BEGIN RETURN 1; END f;\r\n/\r\nSELECT 2"
	seq := exawire.SplitSQL(strings.NewReader(script))
	var got []exawire.ScriptStatement
	for st, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		if text := script[st.Offset:]; !strings.HasPrefix(text, st.SQL) {
			t.Errorf("%q instead of %q", text, st.SQL)
		}
		got = append(got, st)
	}
	want := []exawire.ScriptStatement{
		{SQL: "-- ä\nSELECT 'ö;'", Offset: 3, Line: 2, Column: 1},
		{SQL: "CREATE FUNCTION f() RETURN INT BEGIN RETURN 1; END f;", Offset: 26, Line: 3, Column: 1},
		{SQL: "SELECT 2", Offset: 84, Line: 5, Column: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, err := range seq {
		if err == nil {
			t.Error("a script is read twice")
		}
	}
}

// Statements larger than the bound are not kept in memory.
func TestSplitSQLTooLarge(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("SELECT 1;\n'"), letters{})
	n := 0
	for _, err := range exawire.SplitSQL(endless) {
		var scriptErr *exawire.ScriptError
		if n++; n == 2 && (!errors.Is(err, exawire.ErrMessageTooLarge) || !errors.As(err, &scriptErr) || scriptErr.Line != 2) {
			t.Errorf("error is %v", err)
		}
	}
	if n != 2 {
		t.Errorf("%d pairs", n)
	}
}

// letters is a text without an end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}
