package exasqlite_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exasqlite"
)

// slowCSV reads a file that is there as a whole, character by character. It is the oracle of the reader.
func slowCSV(content string, o exasqlite.CSVOptions) (rows []string) {
	content = strings.TrimPrefix(content, "\ufeff")
	for range o.Skip {
		_, content, _ = strings.Cut(content, o.RowEnd)
	}
	for content != "" {
		if content[0] == '#' && o.Separator[0] != '#' && !strings.HasPrefix(o.Delimiter, "#") {
			_, content, _ = strings.Cut(content, o.RowEnd)
			continue
		}
		text, length, fault := slowRow(content, o)
		if fault >= 0 {
			rest, after, _ := strings.Cut(content[length:], o.RowEnd)
			rows = append(rows, fmt.Sprintf("fault %d at %d of %q", fault, length, content[:length]+rest))
			content = after
			continue
		}
		rows = append(rows, text)
		content = content[length:]
	}
	return rows
}

// slowRow reads a row with its end. If it has a fault, length is where.
func slowRow(s string, o exasqlite.CSVOptions) (text string, length, fault int) {
	starts := func(at int, symbol string) bool { return symbol != "" && strings.HasPrefix(s[at:], symbol) }
	ends := func(at int) bool { return at == len(s) || starts(at, o.RowEnd) || starts(at, o.Separator) }
	for at := 0; ; {
		field, enclosed := "", false
		open := at
		for o.TrimLeft && open < len(s) && s[open] == ' ' {
			open++
		}
		if starts(open, o.Delimiter) {
			at, enclosed = open+len(o.Delimiter), true
			for !starts(at, o.Delimiter) || starts(at+len(o.Delimiter), o.Delimiter) {
				if at == len(s) {
					return "", len(s), 2105
				}
				if starts(at, o.Delimiter) {
					field += o.Delimiter
					at += 2 * len(o.Delimiter)
					continue
				}
				field += s[at : at+1]
				at++
			}
			at += len(o.Delimiter)
			for o.TrimRight && at < len(s) && s[at] == ' ' {
				at++
			}
			if !ends(at) {
				return "", at, 2105
			}
		}
		for !enclosed && !ends(at) {
			if starts(at, o.Delimiter) {
				if !starts(at+len(o.Delimiter), o.Delimiter) {
					return "", at, 2107
				}
				field += o.Delimiter
				at += 2 * len(o.Delimiter)
				continue
			}
			field += s[at : at+1]
			at++
		}
		if enclosed {
			text += "*"
		} else {
			if o.TrimLeft {
				field = strings.TrimLeft(field, " ")
			}
			if o.TrimRight {
				field = strings.TrimRight(field, " ")
			}
		}
		text += strconv.Quote(field) + " "
		switch {
		case at == len(s):
			return text, at, -1
		case starts(at, o.RowEnd):
			return text, at + len(o.RowEnd), -1
		}
		at += len(o.Separator)
	}
}

// csvSymbols are combinations that a statement may have.
var csvSymbols = []exasqlite.CSVOptions{
	{RowEnd: "\n", Separator: ",", Delimiter: `"`},
	{RowEnd: "\r\n", Separator: ";", Delimiter: "'"},
	{RowEnd: "\r", Separator: "\t", Delimiter: ""},
	{RowEnd: "\n", Separator: "||", Delimiter: `""`, TrimLeft: true, TrimRight: true},
	{RowEnd: "\r\n", Separator: ",;", Delimiter: "<|", TrimLeft: true},
	{RowEnd: "\n", Separator: "#", Delimiter: "€", TrimRight: true},
	{RowEnd: "\n", Separator: "aab", Delimiter: "aac", Skip: 1},
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"", "a,b\nc,d\n", "\ufeffa\n#b\n\"c\"\"d\",\"e\nf\"", "'a'';b';c\r\n\r", "a\tb\r\r", "\"\"a\"\"\"\"b\"\"||  \"\"c\"\"  \n||",
		"<|x<|<|<|,; y\r\n,", "€a€€b€#c\n#", "skip\naacaabaacaacaacaabx\n", "a\"b\nc,\"d", "\"a\"b\nc", "\"", "\"\"", "aa", "\xff\x00,\"\x00\"",
	} {
		for i := range csvSymbols {
			f.Add(seed, byte(i), byte(1))
		}
	}
	f.Fuzz(func(t *testing.T, content string, symbols, chunk byte) {
		o := csvSymbols[int(symbols)%len(csvSymbols)]
		var from io.Reader = strings.NewReader(content)
		switch chunk % 4 {
		case 1:
			from = iotest.OneByteReader(from)
		case 2:
			from = iotest.HalfReader(from)
		case 3:
			from = iotest.DataErrReader(from)
		}
		got, err := exasqlite.ReadCSV(from, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slowCSV(content, o), got); diff != "" {
			t.Errorf("%+v: %q (-want +got):\n%s", o, content, diff)
		}
	})
}

// TestCSVRandom compares the two on random files that are mostly made of what has a meaning.
func TestCSVRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	n := 5000 / slowdown
	for range n {
		o := csvSymbols[random.IntN(len(csvSymbols))]
		pieces := []string{o.RowEnd, o.Separator, o.Separator, o.Delimiter, o.Delimiter, o.Delimiter, "#", " ", "a", "x", "\n", "\r", o.Separator[:1], "\ufeff", "\xff"}
		var content strings.Builder
		for range random.IntN(30) {
			content.WriteString(pieces[random.IntN(len(pieces))])
		}
		var from io.Reader = strings.NewReader(content.String())
		if random.IntN(2) == 0 {
			from = iotest.OneByteReader(from)
		}
		got, err := exasqlite.ReadCSV(from, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slowCSV(content.String(), o), got); diff != "" {
			t.Fatalf("%+v: %q (-want +got):\n%s", o, content.String(), diff)
		}
	}
}

// FuzzImportValue compares the short ways of an IMPORT with the conversions of SQL.
func FuzzImportValue(f *testing.F) { fuzzValues(f, exasqlite.ImportValue) }

// FuzzParameterValue compares the short ways of parameters with the conversions of SQL.
func FuzzParameterValue(f *testing.F) { fuzzValues(f, exasqlite.ParameterValue) }

func fuzzValues(f *testing.F, convert func(text, typeName string) (short, long string, err error)) {
	types := []string{
		"DECIMAL(9,2)", "DECIMAL(18,0)", "DECIMAL(18,18)", "DECIMAL(36,0)", "DECIMAL(36,36)", "DECIMAL(25,5)", "DOUBLE", "BOOLEAN", "DATE",
		"TIMESTAMP(0)", "TIMESTAMP(3)", "TIMESTAMP(9)", "TIMESTAMP(6) WITH LOCAL TIME ZONE", "VARCHAR(5)", "VARCHAR(5) ASCII", "CHAR(4)",
	}
	for _, text := range []string{
		"0", "-0", "+1.5", ".5", "5.", ".", "-", "1e3", "00000000000000000000000000000000000000001", "123456789012345678901234567890123456",
		"-999999999999999999.9999999", "0.000000000000000000000000000000000001", "1234567.891", "true", "t", "2024-02-29", "2023-02-29", "0001-01-01 00:00:00", "0000-01-01", "0001-01-01",
		"2024-06-18 17:22:13", "2024-06-18 17:22:13.1", "2024-06-18 17:22:13.123456789", "2024-06-18 17:22:13.1234567890", "2024-06-18 24:00:00.0",
		"2024-6-18 7:2:3.5", " 2024-06-18", "abcd", "abcde", "abcdef", "ab   ", "äöü", "\xff", "1 ", "1\r", "1,000.5", "0x1p3", "1_0", "NaN", "Inf",
	} {
		for i := range types {
			f.Add(text, byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, text string, of byte) {
		if text == "" {
			return
		}
		typeName := types[int(of)%len(types)]
		short, long, err := convert(text, typeName)
		if err != nil {
			t.Fatal(err)
		}
		if short != long {
			t.Errorf("%q as %s is %s, and by the conversions of SQL %s", text, typeName, short, long)
		}
	})
}
