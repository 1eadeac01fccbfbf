package sqlword_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/sqlword"
)

func TestScan(t *testing.T) {
	const (
		word    = sqlword.Word
		name    = sqlword.Name
		literal = sqlword.Literal
		mark    = sqlword.Mark
	)
	type token struct {
		Kind sqlword.Kind
		Text string
	}
	for _, tt := range []struct {
		sql  string
		want []token
	}{
		{"", nil},
		{" -- nothing", nil},
		{"a 'it''s' 'b'", []token{{word, "a"}, {literal, "'it''s'"}, {literal, "'b'"}}},
		{`"a""b"."it's"x`, []token{{name, `"a""b"`}, {mark, "."}, {name, `"it's"`}, {word, "x"}}},
		{"/* 'x' */ 1.5;--'\n''", []token{{literal, "1"}, {literal, ".5"}, {mark, ";"}, {literal, "''"}}},
		{"a 'b", []token{{word, "a"}, {literal, "'b"}}},
		{"a 'b''", []token{{word, "a"}, {literal, "'b''"}}},
		{`a "b`, []token{{word, "a"}, {name, `"b`}}},
		{"a /* b", []token{{word, "a"}}},
		{"\xff(", []token{{mark, "\xff"}, {mark, "("}}},
	} {
		var got []token
		for tok := range sqlword.Scan(tt.sql) {
			got = append(got, token{tok.Kind, tok.Text})
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.sql, diff)
		}
	}
}

// FuzzScan compares the pieces with what a reader finds who looks at one byte after the other: which bytes are inside of
// quotes and of comments.
func FuzzScan(f *testing.F) {
	f.Add("IMPORT INTO t FROM LOCAL CSV FILE 'it''s.csv' -- x")
	f.Add(`"a""b"/* ' */'--'`)
	f.Fuzz(func(t *testing.T, sql string) {
		want := ""
		for i, state := 0, byte(0); i < len(sql); i++ {
			two := sql[i:min(i+2, len(sql))]
			switch {
			case state == 0 && (two == "--" || two == "/*"):
				state = two[0]
				i++
			case state == '-':
				if sql[i] == '\n' {
					state = 0
				}
			case state == '/':
				if two == "*/" {
					state = 0
					i++
				}
			case state != 0:
				want += "q"
				if sql[i] == state {
					state = 0
				}
			case sql[i] == '\'' || sql[i] == '"':
				state = sql[i]
				want += "q"
			}
		}
		got, at := "", 0
		for tok := range sqlword.Scan(sql) {
			if tok.At < at || tok.Text != sql[tok.At:tok.End()] || tok.Text == "" {
				t.Fatalf("%q: %+v after %d", sql, tok, at)
			}
			at = tok.End()
			if tok.Text[0] == '\'' || tok.Text[0] == '"' {
				got += strings.Repeat("q", len(tok.Text))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sql, diff)
		}
	})
}
