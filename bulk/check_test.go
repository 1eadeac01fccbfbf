package bulk_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/bulk"
)

// What cannot be is refused before anything is sent.
func TestOptionsAreChecked(t *testing.T) {
	format := bulk.Format
	fields := func(f ...bulk.Field) bulk.Option { return bulk.Format(bulk.CSV{Fields: f}) }
	for _, tt := range []struct {
		name      string
		opt       bulk.Option
		importing string // what the error says; "" if there is none
		exporting string
	}{
		{"none", nil, "", ""},
		{"header", format(bulk.CSV{Header: true}), "", ""},
		{"separator is the delimiter", format(bulk.CSV{ColumnSeparator: `"`}), "told apart", "told apart"},
		{"separator has the delimiter", format(bulk.CSV{ColumnSeparator: "||", ColumnDelimiter: "|"}), "told apart", "told apart"},
		{"delimiter has the separator", format(bulk.CSV{ColumnDelimiter: ",,"}), "told apart", "told apart"},
		{"the same by other names", format(bulk.CSV{ColumnSeparator: "TAB", ColumnDelimiter: "0x09"}), "told apart", "told apart"},
		{"no delimiter, and a quote separates", format(bulk.CSV{ColumnSeparator: `"`, ColumnDelimiter: bulk.NoDelimiter}), "", ""},
		{"separator ends rows", format(bulk.CSV{ColumnSeparator: "\n"}), "line break", "line break"},
		{"separator ends rows by another name", format(bulk.CSV{ColumnSeparator: "LF"}), "line break", "line break"},
		{"delimiter ends rows", format(bulk.CSV{ColumnDelimiter: "\r"}), "line break", "line break"},
		{"separator with NUL", format(bulk.CSV{ColumnSeparator: "\x00"}), "0x00", "0x00"},
		{"delimiter with NUL", format(bulk.CSV{ColumnDelimiter: "a\x00"}), "0x00", "0x00"},
		{"row separator", format(bulk.CSV{RowSeparator: "\n"}), "LF, CRLF or CR", "LF, CRLF or CR"},
		{"encoding of the database", format(bulk.CSV{Encoding: "EBCDIC"}), "", ""},
		{"encoding with NUL", format(bulk.CSV{Encoding: "a\x00"}), "NUL", "NUL"},
		{"null with the delimiter", format(bulk.CSV{Null: `"NULL"`}), "delimiter", "delimiter"},
		{"null with the separator", format(bulk.CSV{Null: "a,b"}), "separator", "separator"},
		{"null with a line break", format(bulk.CSV{Null: "a\nb"}), "line break", "line break"},
		{"null with a quote that means nothing", format(bulk.CSV{Null: `"`, ColumnDelimiter: bulk.NoDelimiter}), "", ""},
		{"skip", format(bulk.CSV{Skip: 1}), "", "for imports"},
		{"negative skip", format(bulk.CSV{Skip: -1}), "Skip is -1", "for imports"},
		{"trim", format(bulk.CSV{Trim: bulk.TrimRight}), "", "for imports"},
		{"unknown trim", format(bulk.CSV{Trim: "both"}), "LTRIM, RTRIM or TRIM", "LTRIM, RTRIM or TRIM"},
		{"boolean", format(bulk.CSV{Boolean: "yes/no"}), "for exports", ""},
		{"boolean of one word", format(bulk.CSV{Boolean: "yes"}), "for exports", "two words"},
		{"boolean of one meaning", format(bulk.CSV{Boolean: "1/1"}), "for exports", "two words"},
		{"delimit", format(bulk.CSV{Delimit: bulk.DelimitAlways}), "for exports", ""},
		{"delimit without delimiter", format(bulk.CSV{Delimit: bulk.DelimitAlways, ColumnDelimiter: bulk.NoDelimiter}), "for exports", "there is none"},
		{"unknown delimit", format(bulk.CSV{Delimit: "SOME"}), "AUTO, ALWAYS or NEVER", "AUTO, ALWAYS or NEVER"},
		{"fields", fields(bulk.Field{From: 3}, bulk.Field{From: 1, To: 2}), "", ""},
		{"field 0", fields(bulk.Field{}), "counted from 1", "counted from 1"},
		{"field backwards", fields(bulk.Field{From: 3, To: 2}), "after the last", "after the last"},
		{"field before 1", fields(bulk.Field{From: 3, To: -1}), "after the last", "after the last"},
		{"fields overlap", fields(bulk.Field{From: 3, To: 5}, bulk.Field{From: 1}, bulk.Field{From: 5}), "5 is there twice", "5 is there twice"},
		{"field with delimit", fields(bulk.Field{From: 1, Delimit: bulk.DelimitAuto}), "for exports", ""},
		{"field with unknown delimit", fields(bulk.Field{From: 1, Delimit: "x"}), "for exports", "AUTO, ALWAYS or NEVER"},
		{"field with NUL", fields(bulk.Field{From: 1, Format: "\x00"}), "NUL", "NUL"},
		{"no columns", bulk.Columns(), "", ""},
		{"a column without a name", bulk.Columns("A", ""), "name 2 is empty", "name 2 is empty"},
		{"a column twice", bulk.Columns("A", "a", "A"), `"A" is there twice`, `"A" is there twice`},
		{"parallel", bulk.Parallel(-1), "positive", "positive"},
		{"encryption", bulk.Encrypt(17), "none of the constants", "none of the constants"},
		{"compressed", bulk.Compressed("lz4"), "none of gz", "none of gz"},
		{"zip", bulk.Compressed(bulk.Zip), "", "does not write zip"},
		{"reject limit", bulk.Rejected(bulk.Reject{Limit: 3}), "", "rejects no rows"},
		{"negative limit", bulk.Rejected(bulk.Reject{Limit: -2}), "limit of -2", "rejects no rows"},
		{"reject into no name", bulk.Rejected(bulk.Reject{Into: "t; DROP TABLE t"}), "not a name", "rejects no rows"},
		{"tag without table", bulk.Rejected(bulk.Reject{Tag: "x"}), "no table", "rejects no rows"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := bulk.ImportSQL("T", []string{".csv"}, tt.opt)
			says(t, "import", err, tt.importing)
			_, err = bulk.ExportSQL("T", []string{".csv"}, tt.opt)
			says(t, "export", err, tt.exporting)
		})
	}
	for _, table := range []string{"", "T; DROP TABLE T", "a b", `"`, "T (A)", "SELECT 1"} {
		if _, err := bulk.ImportSQL(table, []string{".csv"}); err == nil || !strings.Contains(err.Error(), "not a name") {
			t.Errorf("table %q: %v", table, err)
		}
	}
}

func says(t *testing.T, op string, err error, want string) {
	t.Helper()
	if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v, not %q", op, err, want)
	}
}
