package bulk_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/bulk"
)

// column makes a file with one column.
func column(values ...string) string { return "V\n" + strings.Join(values, "\n") + "\n" }

// Each value of the sample comes back from the type as it was, and no type is wider than it has to be.
func TestTypesOfSamples(t *testing.T) {
	nines := func(n int) string { return strings.Repeat("9", n) }
	tests := []struct{ values, want string }{
		{"true|FALSE|True", "BOOLEAN"},
		{"true|1", "VARCHAR(100) UTF8"},
		{"1|0", "DECIMAL(18,0)"},
		{"1|-5|0|999999999999999999", "DECIMAL(18,0)"},
		{"1000000000000000000", "DECIMAL(36,0)"},
		{nines(36), "DECIMAL(36,0)"},
		{nines(37), "VARCHAR(1000) UTF8"},
		{"1.5|-0.25|10", "DECIMAL(18,2)"},
		{"0.1|-.5", "DECIMAL(18,1)"},
		{"1.000|123456789012345", "DECIMAL(18,3)"},
		{"0.001|1234567890123456", "DECIMAL(36,3)"},
		{"0." + nines(36), "DECIMAL(36,36)"},
		{"0." + nines(36) + "|1", "VARCHAR(1000) UTF8"},
		{"5.", "VARCHAR(100) UTF8"},
		{".", "VARCHAR(100) UTF8"},
		{"-", "VARCHAR(100) UTF8"},
		{"007|1", "VARCHAR(100) UTF8"},
		{"+5", "VARCHAR(100) UTF8"},
		{"00.5", "VARCHAR(100) UTF8"},
		{"1 000", "VARCHAR(100) UTF8"},
		{" 5", "VARCHAR(100) UTF8"},
		{"1_000", "VARCHAR(100) UTF8"},
		{"0x10", "VARCHAR(100) UTF8"},
		{"٣", "VARCHAR(100) UTF8"},
		{"1e5|2.5E-3|3", "DOUBLE PRECISION"},
		{"1e5|0.10000000000000001", "DOUBLE PRECISION"},
		{"1e5|0.1234567890123456789", "VARCHAR(100) UTF8"},
		{"1e5|9007199254740993", "VARCHAR(100) UTF8"},
		{"1e5|9.31322574615478515625e-10", "VARCHAR(1000) UTF8"},
		{"1" + strings.Repeat("0", 40), "VARCHAR(1000) UTF8"},
		{"1e400", "VARCHAR(100) UTF8"},
		{"1e-400", "VARCHAR(100) UTF8"},
		{"0e5", "DOUBLE PRECISION"},
		{"1e|2", "VARCHAR(100) UTF8"},
		{"1e5.5", "VARCHAR(100) UTF8"},
		{"NaN", "VARCHAR(100) UTF8"},
		{"Infinity", "VARCHAR(100) UTF8"},
		{"2024-02-29|0001-01-01|9999-12-31", "DATE"},
		{"2023-02-29", "VARCHAR(100) UTF8"},
		{"0000-01-01", "VARCHAR(100) UTF8"},
		{"2024-1-1", "VARCHAR(100) UTF8"},
		{"20240101|19991231", "DECIMAL(18,0)"},
		{"2024-06-18 23:59:59", "TIMESTAMP"},
		{"2024-06-18 23:59:59.123|2024-06-18 00:00:00", "TIMESTAMP"},
		{"2024-06-18 23:59:59.123456", "TIMESTAMP(6)"},
		{"2024-06-18 23:59:59.123456789", "TIMESTAMP(9)"},
		{"2024-06-18 23:59:59.1234567890", "VARCHAR(1000) UTF8"},
		{"2024-06-18 24:00:00", "VARCHAR(100) UTF8"},
		{"2024-06-18 23:59:59.", "VARCHAR(100) UTF8"},
		{"2024-06-18T23:59:59", "VARCHAR(100) UTF8"},
		{"2024-06-18 23:59:59Z", "VARCHAR(100) UTF8"},
		{"2024-06-18|2024-06-18 00:00:00", "VARCHAR(100) UTF8"},
		{"|", "VARCHAR(2000000) UTF8"},
		{"|5|", "DECIMAL(18,0)"},
		{`""|5`, "DECIMAL(18,0)"},
		{`"5"`, "DECIMAL(18,0)"},
		{strings.Repeat("ä", 25), "VARCHAR(100) UTF8"},
		{strings.Repeat("ä", 26), "VARCHAR(1000) UTF8"},
		{strings.Repeat("x", 2500), "VARCHAR(10000) UTF8"},
		{strings.Repeat("x", 25_000), "VARCHAR(100000) UTF8"},
		{strings.Repeat("x", 25_001), "VARCHAR(2000000) UTF8"},
	}
	for _, tt := range tests {
		def, _, err := bulk.TableFromCSV("t", strings.NewReader(column(strings.Split(tt.values, "|")...)), bulk.CSV{Header: true})
		if err != nil {
			t.Errorf("%.60s: %v", tt.values, err)
			continue
		}
		if diff := cmp.Diff([]bulk.ColumnDef{{Name: "V", Type: tt.want}}, def.Columns); diff != "" {
			t.Errorf("%.60s (-want +got):\n%s", tt.values, diff)
		}
	}
}

func TestTableFromCSV(t *testing.T) {
	tests := []struct {
		name, file string
		csv        bulk.CSV
		opts       []bulk.TableOption
		want       string // columns and formats
	}{
		{
			"header", "order_id,Order Date, ä ,\"a \"\"b\"\"\",1st\n1,2024-06-18,x,y,z\n",
			bulk.CSV{Header: true},
			nil,
			`"ORDER_ID" DECIMAL(18,0)|"Order Date" DATE 2:YYYY-MM-DD|"Ä" VARCHAR(100) UTF8|"a ""b""" VARCHAR(100) UTF8|"1st" VARCHAR(100) UTF8`,
		},
		{"names", "1,x\n", bulk.CSV{}, []bulk.TableOption{bulk.ColumnNames("id", "B")}, `"id" DECIMAL(18,0)|"B" VARCHAR(100) UTF8`},
		{"names instead of a header", "A,A\n1,x\n", bulk.CSV{Header: true}, []bulk.TableOption{bulk.ColumnNames("id", "B")}, `"id" DECIMAL(18,0)|"B" VARCHAR(100) UTF8`},
		{"BOM, CRLF, no end", "\ufeffA;B\r\n1;2\r\n3;x", bulk.CSV{Header: true, RowSeparator: bulk.CRLF, ColumnSeparator: ";"}, nil, `"A" DECIMAL(18,0)|"B" VARCHAR(100) UTF8`},
		{"long delimiter", "A||B\r1||##2||\r##\r", bulk.CSV{Header: true, RowSeparator: bulk.CR, ColumnSeparator: "||", ColumnDelimiter: "##"}, nil, `"A" DECIMAL(18,0)|"B" VARCHAR(100) UTF8`},
		{"no delimiter", "A,B\n\"1,2\"\n", bulk.CSV{Header: true, ColumnDelimiter: bulk.NoDelimiter}, nil, `"A" VARCHAR(100) UTF8|"B" VARCHAR(100) UTF8`},
		{"NULL and trim", "A,B,C\nn/a,\"n/a\", 5\n1, 2,6 \n", bulk.CSV{Header: true, Null: "n/a", Trim: bulk.TrimBoth}, nil, `"A" DECIMAL(18,0)|"B" VARCHAR(100) UTF8|"C" DECIMAL(18,0)`},
		{"skip rows with delimiters", "A\n\"x\ny\"\n5\n", bulk.CSV{Header: true, Skip: 2}, nil, `"A" DECIMAL(18,0)`},
		{"comments", "#A\n#x\n5\n\"#\"\n", bulk.CSV{Header: true}, nil, `"#A" VARCHAR(100) UTF8`},
		{"comments only", "A\n#x\n5\n#\n", bulk.CSV{Header: true}, nil, `"A" DECIMAL(18,0)`},
		{"no comments", "A#B\n#1\n", bulk.CSV{Header: true, ColumnSeparator: "#"}, nil, `"A" VARCHAR(2000000) UTF8|"B" DECIMAL(18,0)`},
		{"names of characters", "A\tB\n1\t'x\t'\n", bulk.CSV{Header: true, ColumnSeparator: "TAB", ColumnDelimiter: "0x27"}, nil, `"A" DECIMAL(18,0)|"B" VARCHAR(100) UTF8`},
		{"skip", "A\nx\n5\n", bulk.CSV{Header: true, Skip: 1}, nil, `"A" DECIMAL(18,0)`},
		{"sample", "A\n1\nx\n", bulk.CSV{Header: true}, []bulk.TableOption{bulk.SampleRows(1)}, `"A" DECIMAL(18,0)`},
		{"all", "A\n1\nx\n", bulk.CSV{Header: true}, []bulk.TableOption{bulk.SampleRows(bulk.AllRows)}, `"A" VARCHAR(100) UTF8`},
		{"no rows", "A,B\n", bulk.CSV{Header: true}, nil, `"A" VARCHAR(2000000) UTF8|"B" VARCHAR(2000000) UTF8`},
		{"stated", "A,B\n1,2024-06-18\n", bulk.CSV{Header: true}, []bulk.TableOption{bulk.ColumnTypes(map[string]string{"a": "DECIMAL(9,0)", "B": "VARCHAR(10)"})}, `"A" DECIMAL(9,0)|"B" VARCHAR(10)`},
		{
			"fields", "A,B,C,D\n1,18.06.2024,x,18.06.2024 12:30:00\n",
			bulk.CSV{Header: true, Fields: []bulk.Field{{From: 4, Format: "DD.MM.YYYY HH24:MI:SS"}, {From: 2, Format: "DD.MM.YYYY"}, {From: 1}}},
			nil,
			`"D" TIMESTAMP 4:DD.MM.YYYY HH24:MI:SS|"B" DATE 2:DD.MM.YYYY|"A" DECIMAL(18,0) 1:`,
		},
		{
			"number format", "A,B\n\"1,5\",x\n",
			bulk.CSV{Header: true, Fields: []bulk.Field{{From: 1, Format: "9G999"}}},
			[]bulk.TableOption{bulk.ColumnTypes(map[string]string{"A": "DECIMAL(18,1)"})},
			`"A" DECIMAL(18,1) 1:9G999`,
		},
	}
	for _, tt := range tests {
		def, again, err := bulk.TableFromCSV("t", iotest.OneByteReader(strings.NewReader(tt.file)), tt.csv, tt.opts...)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		lines := strings.Split(strings.TrimSuffix(strings.TrimPrefix(def.SQL(), "CREATE TABLE t (\n  "), "\n)"), ",\n  ")
		for i, f := range def.CSV.Fields {
			if f.Format != "" || tt.csv.Fields != nil {
				lines[i] += " " + string(rune('0'+f.From)) + ":" + f.Format
			}
		}
		if diff := cmp.Diff(strings.Split(tt.want, "|"), lines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if all, err := io.ReadAll(again); err != nil || string(all) != tt.file {
			t.Errorf("%s: the file is %q afterwards, %v", tt.name, all, err)
		}
	}
}

func TestTableFromCSVErrors(t *testing.T) {
	header := bulk.CSV{Header: true}
	broken := errors.New("broken pipe")
	tests := []struct {
		file string
		csv  bulk.CSV
		opts []bulk.TableOption
		want string
	}{
		{"", header, nil, "the file is empty"},
		{"", bulk.CSV{}, []bulk.TableOption{bulk.ColumnNames("A")}, "the file has no rows"},
		{"1\n", bulk.CSV{}, nil, "the columns have no names: set CSV.Header"},
		{"1,2\n", bulk.CSV{}, []bulk.TableOption{bulk.ColumnNames("A")}, "row 1: ColumnNames has 1 name for 2 columns"},
		{"A,,C\n", header, nil, "field 2 of the header: it has no name; ColumnNames gives another one"},
		{"a,A\n", header, nil, `columns 1 and 2 have the same name "A"`},
		{strings.Repeat("x", 129) + "\n", header, nil, "129 characters"},
		{"A,B\n1,2\n1\n", header, nil, "row 3: it has 1 field and the first row has 2"},
		{"A,B\n1,2,3\n", header, nil, "row 2: it has 3 fields and the first row has 2"},
		{"A\n" + strings.Repeat(",", 60_000) + "\n", header, nil, "row 2 has more than 50000 fields: is the column separator right?"},
		{"A\n\"x\n", header, nil, "row 2, field 1: there is no closing delimiter"},
		{"A,B\n\"x\" y,1\n", header, nil, "row 2, field 1: there is text behind the closing delimiter"},
		{"A,B\r\n1,2\r\n", header, nil, `row 1, field 2: the end of the row is not what RowSeparator says: "\n" is bulk.LF`},
		{"A,B\n1,2\n", bulk.CSV{Header: true, RowSeparator: bulk.CRLF}, nil, "is not what RowSeparator says"},
		{"A,B\r1,2\r", header, nil, "is not what RowSeparator says"},
		{"A\n\xff\n", header, nil, `row 2: column "A" is not UTF-8`},
		{"\xff\n1\n", header, nil, "is not UTF-8 text"},
		{"A\n1\n", bulk.CSV{Header: true, Encoding: "ISO-8859-1"}, nil, "encoding ISO-8859-1: only UTF-8 can be sampled"},
		{"A\n1\n", bulk.CSV{Header: true, RowSeparator: "\n"}, nil, "it is LF, CRLF or CR"},
		{"\"A\nB\"\n1\n", header, nil, "field 1 of the header has the end of a row in it"},
		{"A\n1\n", bulk.CSV{Header: true, Boolean: "Y/N"}, nil, "Boolean is for exports"},
		{"A\n1\n", bulk.CSV{Header: true, ColumnSeparator: "\""}, nil, "cannot be told apart"},
		{"A\n1\n", bulk.CSV{Header: true, Skip: -1}, nil, "Skip is -1"},
		{"A\n1\n", header, []bulk.TableOption{bulk.SampleRows(-2)}, "SampleRows(-2)"},
		{"A\n1\n", bulk.CSV{Header: true, Fields: []bulk.Field{{From: 2}}}, nil, "the rows have fields 1 to 1"},
		{"A\n1\n", bulk.CSV{Header: true, Fields: []bulk.Field{{}}}, nil, "fields are counted from 1"},
		{"A\n1,5\n", bulk.CSV{Header: true, ColumnSeparator: ";", Fields: []bulk.Field{{From: 1, Format: "9D9"}}}, nil, "state the type by ColumnTypes"},
		{"A\n2024-06-18\n", bulk.CSV{Header: true, Fields: []bulk.Field{{From: 1, Format: "DD.MM.YYYY"}}}, nil, "state the type by ColumnTypes"},
		{"A\n1\n", header, []bulk.TableOption{bulk.ColumnTypes(map[string]string{"B": "DATE"})}, `there is no column "B"`},
	}
	for _, tt := range tests {
		def, again, err := bulk.TableFromCSV("t", strings.NewReader(tt.file), tt.csv, tt.opts...)
		if err == nil || def != nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.40q: got %v, want %s", tt.file, err, tt.want)
		}
		if all, err := io.ReadAll(again); err != nil || string(all) != tt.file {
			t.Errorf("%.40q: the file is %q afterwards, %v", tt.file, all, err)
		}
	}
	if _, _, err := bulk.TableFromCSV("t", nil, header); err == nil || !strings.Contains(err.Error(), "the reader is nil") {
		t.Errorf("no reader: %v", err)
	}
	_, again, err := bulk.TableFromCSV("t", io.MultiReader(strings.NewReader("A\n1"), iotest.ErrReader(broken)), header)
	if !errors.Is(err, broken) {
		t.Errorf("a reader that fails: %v", err)
	}
	if all, err := io.ReadAll(again); string(all) != "A\n1" || !errors.Is(err, broken) {
		t.Errorf("a reader that fails gives %q and %v afterwards", all, err)
	}
}

// repeated is a file without an end.
type repeated struct{ row string }

func (r repeated) Read(p []byte) (n int, err error) {
	for n+len(r.row) <= len(p) {
		n += copy(p[n:], r.row)
	}
	if n == 0 {
		n = copy(p, strings.Repeat("1", len(p)))
	}
	return n, nil
}

// A sample ends where it would need too much memory.
func TestSampleOfEndlessReader(t *testing.T) {
	names := bulk.ColumnNames("A")
	row := repeated{strings.Repeat("x", 1<<14-1) + "\n"} // 10,000 of these are 160 MB
	def, again, err := bulk.TableFromCSV("t", row, bulk.CSV{}, names)
	if err != nil || def.Columns[0].Type != "VARCHAR(100000) UTF8" {
		t.Errorf("got %v, %v", def, err)
	}
	first := make([]byte, len(row.row))
	if _, err := io.ReadFull(again, first); err != nil || string(first) != row.row {
		t.Errorf("the first row is gone: %v", err)
	}
	for _, r := range []repeated{row, {strings.Repeat("1", 1<<12)}} {
		if _, _, err := bulk.TableFromCSV("t", r, bulk.CSV{}, names, bulk.SampleRows(bulk.AllRows)); err == nil || !strings.Contains(err.Error(), "16 MiB of a reader") {
			t.Errorf("got %v", err)
		}
	}
}

func TestTableFromFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var packed bytes.Buffer
	gz := gzip.NewWriter(&packed)
	if _, err := gz.Write([]byte(column("1", "2"))); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	bz2 := []byte("\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x59\x2c\x54\x3b\x00\x00\x02\xca\x00\x00\x10\x30\x00\x01\x00\x20\x00\x21\x9a\x68\x33\x4d\x1c\xb7\x8b\xb9\x22\x9c\x28\x48\x2c\x96\x2a\x1d\x80") // of the same
	want := []bulk.ColumnDef{{Name: "V", Type: "DECIMAL(18,0)"}}
	for _, path := range []string{write("a.csv", []byte(column("1", "2"))), write("a.csv.GZ", packed.Bytes()), write("a.csv.bz2", bz2)} {
		def, err := bulk.TableFromFile("t", path, bulk.CSV{Header: true})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if diff := cmp.Diff(want, def.Columns); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	for _, path := range []string{filepath.Join(dir, "none.csv"), dir, write("b.csv.gz", []byte("no gzip")), write("b.zip", nil), write("b.csv.bz2", bz2[:20])} {
		if _, err := bulk.TableFromFile("t", path, bulk.CSV{Header: true}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
