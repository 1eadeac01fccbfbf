package bulk_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/bulk"
)

const (
	at0            = ` AT 'https://10.0.0.1:20000' PUBLIC KEY 'sha256//k=' FILE '000.csv'`
	at1            = ` AT 'https://10.0.0.1:20001' PUBLIC KEY 'sha256//k=' FILE '001.csv'`
	importedFields = ` (1, 2 FORMAT = 'DD.MM.YYYY ''x''', 4..6, 7)`
	exportedFields = ` (1..3 DELIMIT = ALWAYS, 4 FORMAT = 'YYYY')`
	always         = ` ENCODING = 'UTF-8' ROW SEPARATOR = 'LF' COLUMN SEPARATOR = ',' COLUMN DELIMITER = '"'`
)

func TestImportStatement(t *testing.T) {
	for _, tt := range []struct {
		name, table, want string
		suffixes          []string
		opts              []bulk.Option
	}{
		{
			name: "nothing set", table: "T", suffixes: []string{".csv"},
			want: `IMPORT INTO T FROM CSV` + at0 + always,
		},
		{
			name: "columns and several files", table: `sales."Order lines"`, suffixes: []string{".csv", ".csv.gz"},
			opts: []bulk.Option{bulk.Columns("ID", `it's "x"`)},
			want: `IMPORT INTO sales."Order lines" ("ID", "it's ""x""") FROM CSV` + at0 +
				` AT 'https://10.0.0.1:20001' PUBLIC KEY 'sha256//k=' FILE '001.csv.gz'` + always,
		},
		{
			name: "everything", table: "T", suffixes: []string{".csv", ".csv"},
			opts: []bulk.Option{
				bulk.Format(bulk.CSV{
					RowSeparator: bulk.CRLF, ColumnSeparator: "';'", ColumnDelimiter: "|", Null: "it's", Encoding: "ISO-8859-1",
					Header: true, Skip: 2, Trim: bulk.TrimBoth,
					Fields: []bulk.Field{{From: 1}, {From: 2, Format: "DD.MM.YYYY 'x'"}, {From: 4, To: 6}, {From: 7, To: 7}},
				}),
				bulk.Rejected(bulk.Reject{Limit: 5, Into: "S.ERR", Tag: "o'clock"}),
			},
			want: `IMPORT INTO T FROM CSV` + at0 + importedFields + at1 + importedFields + ` ENCODING = 'ISO-8859-1' ROW SEPARATOR = 'CRLF' COLUMN SEPARATOR = ''';''' COLUMN DELIMITER = '|'` +
				` NULL = 'it''s' SKIP = 3 TRIM ERRORS INTO S.ERR ('o''clock') REJECT LIMIT 5`,
		},
		{
			name: "percent signs, tab, no delimiter, any number of refused rows", table: "T", suffixes: []string{".csv"},
			opts: []bulk.Option{
				bulk.Format(bulk.CSV{ColumnSeparator: "\t", ColumnDelimiter: bulk.NoDelimiter, Null: "%d%!", Skip: 1, Trim: bulk.TrimLeft}),
				bulk.Rejected(bulk.Reject{Limit: bulk.Unlimited}),
			},
			want: `IMPORT INTO T FROM CSV` + at0 +
				" ENCODING = 'UTF-8' ROW SEPARATOR = 'LF' COLUMN SEPARATOR = '\t' COLUMN DELIMITER = '' NULL = '%d%!' SKIP = 1 LTRIM REJECT LIMIT UNLIMITED",
		},
		{
			name: "Parquet", table: "T", suffixes: []string{".parquet"}, opts: []bulk.Option{bulk.Columns("A")},
			want: `IMPORT INTO T ("A") FROM PARQUET AT 'https://10.0.0.1:20000;MaxConcurrentReads=1' PUBLIC KEY 'sha256//k=' FILE '000.parquet'`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := bulk.ImportSQL(tt.table, tt.suffixes, tt.opts...)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestExportStatement(t *testing.T) {
	for _, tt := range []struct {
		name, from, want string
		opts             []bulk.Option
	}{
		{name: "a table", from: " S.T ", want: `EXPORT S.T INTO CSV` + at0 + at1 + always},
		{
			name: "columns of a table", from: "T", opts: []bulk.Option{bulk.Columns("A", "b")},
			want: `EXPORT T ("A", "b") INTO CSV` + at0 + at1 + always,
		},
		{
			name: "everything", from: "SELECT 'a%d' FROM T -- the end",
			opts: []bulk.Option{bulk.Format(bulk.CSV{
				Boolean: "ja/nein", Delimit: bulk.DelimitNever, Header: true, Null: "NULL", RowSeparator: bulk.CR, Encoding: "UTF-16",
				ColumnSeparator: "0x09", Fields: []bulk.Field{{From: 1, To: 3, Delimit: bulk.DelimitAlways}, {From: 4, Format: "YYYY"}},
			})},
			want: "EXPORT (SELECT 'a%d' FROM T -- the end\n) INTO CSV" + at0 + exportedFields + at1 + exportedFields + ` ENCODING = 'UTF-16' ROW SEPARATOR = 'CR' COLUMN SEPARATOR = '0x09' COLUMN DELIMITER = '"'` +
				` NULL = 'NULL' BOOLEAN = 'ja/nein' DELIMIT = NEVER WITH COLUMN NAMES`,
		},
		{name: "WITH", from: "with x AS (SELECT 1) SELECT * FROM x;", want: "EXPORT (with x AS (SELECT 1) SELECT * FROM x\n) INTO CSV" + at0 + at1 + always},
		{name: "VALUES", from: "VALUES (';', '?') ; ; -- x", want: "EXPORT (VALUES (';', '?') \n) INTO CSV" + at0 + at1 + always},
		{name: "parentheses", from: "(SELECT 1) UNION (SELECT 2)", want: "EXPORT ((SELECT 1) UNION (SELECT 2)\n) INTO CSV" + at0 + at1 + always},
		{name: "what ends in a name", from: `SELECT "a;?(" FROM T`, want: "EXPORT (SELECT \"a;?(\" FROM T\n) INTO CSV" + at0 + at1 + always},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := bulk.ExportSQL(tt.from, []string{".csv", ".csv"}, tt.opts...)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestExportRefused(t *testing.T) {
	for from, want := range map[string]string{
		"":                                 "neither",
		"my table":                         "neither",
		"DELETE FROM T":                    "neither",
		"T; DROP TABLE T":                  "neither",
		"SELECT * FROM T WHERE A = ?":      "write the values into the query",
		"SELECT 1; SELECT 2":               "one query at a time",
		"(SELECT 1; )":                     "one query at a time",
		"SELECT 1) INTO CSV AT 'x' FILE (": "without the other one",
		"SELECT (1":                        "without the other one",
		"SELECT 'a":                        "without the other one",
		`SELECT "a`:                        "without the other one",
		"SELECT 1 /* a":                    "without the other one",
		"SELECT '''":                       "without the other one",
	} {
		if sql, err := bulk.ExportSQL(from, []string{".csv"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, not %q; %s", from, err, want, sql)
		}
	}
	if _, err := bulk.ExportSQL("SELECT 1", []string{".csv"}, bulk.Columns("A")); err == nil {
		t.Error("columns of a query are accepted")
	}
}

// FuzzExportedQuery checks that what is accepted stays inside of its parentheses: a reader who goes through the statement
// byte by byte finds the one that closes them right before INTO.
func FuzzExportedQuery(f *testing.F) {
	f.Add("SELECT 'a' FROM T -- x")
	f.Add("SELECT ')' || \"(\" /* ) */ ;")
	f.Fuzz(func(t *testing.T, query string) {
		sql, err := bulk.ExportSQL(query, []string{".csv"})
		rest, isQuery := strings.CutPrefix(sql, "EXPORT (")
		if err != nil || !isQuery {
			return
		}
		depth, state := 1, byte(0)
		for i := 0; i < len(rest); i++ {
			two := rest[i:min(i+2, len(rest))]
			switch {
			case state == 0 && (two == "--" || two == "/*"):
				state = two[0]
				i++
			case state == '-':
				if rest[i] == '\n' {
					state = 0
				}
			case state == '/':
				if two == "*/" {
					state = 0
					i++
				}
			case state != 0:
				if rest[i] == state {
					state = 0
				}
			case rest[i] == '\'' || rest[i] == '"':
				state = rest[i]
			case rest[i] == '(':
				depth++
			case rest[i] == ')':
				if depth--; depth == 0 {
					if !strings.HasPrefix(rest[i:], ") INTO CSV AT '") {
						t.Errorf("%q is %q", query, sql)
					}
					return
				}
			case rest[i] == ';':
				t.Errorf("%q is %q", query, sql)
			}
		}
		t.Errorf("%q is %q", query, sql)
	})
}
