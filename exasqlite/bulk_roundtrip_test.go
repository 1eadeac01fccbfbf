package exasqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

var releases = []string{"7.1.30", "8.29.13", "8.32.0", "2025.1.11"}

// bulkServer is a server of a release with tables A of each alphabet, and sessions of both kinds.
type bulkServer struct {
	release  string
	digits   int                // of a second
	sessions []*exawire.Session // in plain text and encrypted
	check    *exawire.Session   // whose formats are the widest
	rows     [3][]typesRow      // of each alphabet, in tables A0, A1 and A2
}

func newBulkServer(t testing.TB, release string) *bulkServer {
	t.Helper()
	backend, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	srv := exatest.NewServer(t, exatest.WithBackend(backend), exatest.WithRelease(release), exatest.WithPlaintext(), exatest.WithoutRequestLog())
	s := &bulkServer{release: release, digits: 3}
	if release == "8.32.0" || release == "2025.1.11" {
		s.digits = 9
	}
	for _, dsn := range []string{
		srv.DSN("repeatedhour=second"), strings.ReplaceAll(srv.DSN("repeatedhour=second"), "tls=0", "fingerprint="+srv.Fingerprint()), srv.DSN("pinformats=1"),
	} {
		sess, err := exawire.Connect(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := sess.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		s.sessions = append(s.sessions, sess)
	}
	s.sessions, s.check = s.sessions[:2], s.sessions[2]
	mustExec(t, s.check, "CREATE SCHEMA r")
	for _, sess := range s.sessions {
		mustExec(t, sess, "OPEN SCHEMA r")
	}
	return s
}

// fill makes the tables of the rows.
func (s *bulkServer) fill(t *testing.T, random int, alphabets ...alphabet) {
	t.Helper()
	r := rand.New(rand.NewPCG(12, uint64(s.digits)))
	for _, of := range alphabets {
		s.rows[of] = typesRows(t, r, of, s.digits, random)
		name := fmt.Sprintf("A%d", of)
		mustExec(t, s.check, typesTable(name, s.digits))
		if n, err := exawire.Insert(t.Context(), s.check, name, slices.Values(s.rows[of])); err != nil || n != int64(len(s.rows[of])) {
			t.Fatalf("%d rows, %v", n, err)
		}
		s.compare(t, name, s.rows[of])
	}
}

// compare expects these rows in a table.
func (s *bulkServer) compare(t *testing.T, table string, want []typesRow) {
	t.Helper()
	rows, err := s.check.Query(t.Context(), "SELECT * FROM "+table+" ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	got, err := exawire.Collect[typesRow](rows)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, sameDecimals); diff != "" {
		t.Errorf("%s (-want +got):\n%.6000s", table, diff)
	}
}

// equal expects the same rows in two tables, as the database sees them.
func (s *bulkServer) equal(t *testing.T, a, b string) {
	t.Helper()
	for _, q := range []string{"SELECT * FROM " + a + " EXCEPT SELECT * FROM " + b, "SELECT * FROM " + b + " EXCEPT SELECT * FROM " + a} {
		n, err := queryOne[int64](t, s.check, "SELECT COUNT(*) FROM ("+q+")")
		if diff := cmp.Diff(int64(0), n); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", q, err, diff)
		}
	}
}

// The choices of the matrix, besides the release and the kind of session.
var (
	columnSeparators = []string{"", ";", "TAB", "|", "||", "0x1f", "~~", " ", "."}
	columnDelimiters = []string{"", "'", "^", "<>", bulk.NoDelimiter}
	delimits         = []bulk.Delimit{"", bulk.DelimitAlways, bulk.DelimitNever, bulk.DelimitAuto}
	nulls            = []string{"", "NULL", "0"}
	encodings        = []string{"", "ISO-8859-1", "WINDOWS-1252", "ISO-8859-15", "UTF8"}
	numerics         = []string{".,", ",."}
	zones            = []string{"UTC", "EUROPE/BERLIN", "AMERICA/NEW_YORK"}
	dateFormats      = [][2]string{
		{"YYYY-MM-DD", "YYYY-MM-DD HH24:MI:SS.FF6"},
		{"DD.MM.YYYY", "DD.MM.YYYY HH24:MI:SS.FF9"},
		{"DD-MON-YYYY", "DD-MONTH-YYYY HH12:MI:SS.FF9 AM"},
		{"YYYYMMDD", "YYYYMMDDHH24MISSFF9"},
	}
)

// fileCase is one combination.
type fileCase struct {
	session, parallel, doors          int
	compress, header, boolean, fields bool
	csv                               bulk.CSV
	numeric, zone, date, timestamp    string
	encrypt                           bulk.Encryption
	text                              alphabet
}

// The numbers of choices, in the order in which newFileCase takes them.
var fileSizes = []int{
	2, 2, 6, 2, 2, 2, 2, 3, len(columnSeparators), len(columnDelimiters), len(delimits), len(nulls), len(encodings), len(numerics), len(zones), len(dateFormats),
}

func newFileCase(c []int) fileCase {
	fc := fileCase{
		session: c[0], parallel: []int{1, 4}[c[1]], doors: c[2], compress: c[3] == 1, header: c[4] == 1, boolean: c[5] == 1, fields: c[6] == 1,
		csv: bulk.CSV{
			RowSeparator: []bulk.RowSeparator{"", bulk.CRLF, bulk.CR}[c[7]], ColumnSeparator: columnSeparators[c[8]], ColumnDelimiter: columnDelimiters[c[9]],
			Delimit: delimits[c[10]], Null: nulls[c[11]], Encoding: encodings[c[12]],
		},
		numeric: numerics[c[13]], zone: zones[c[14]], date: dateFormats[c[15]][0], timestamp: dateFormats[c[15]][1], encrypt: bulk.EncryptionOff,
	}
	switch {
	case fc.csv.ColumnDelimiter == bulk.NoDelimiter || fc.csv.Delimit == bulk.DelimitNever:
		fc.text = tameText
	case fc.csv.Encoding != "" && fc.csv.Encoding != "UTF8":
		fc.text = latinText
	}
	return fc
}

// fixFileCase changes what cannot be together.
func fixFileCase(c []int) {
	fc := newFileCase(c)
	if fc.csv.ColumnDelimiter == bulk.NoDelimiter && fc.csv.Delimit == bulk.DelimitAlways {
		c[10] = 0
	}
	if fc.text == tameText && fc.csv.Null == "0" {
		c[11] = 0 // who writes 0 for NULL has to enclose a 0
	}
	if fc.text == tameText && (fc.csv.ColumnSeparator == " " || fc.csv.ColumnSeparator == ".") {
		c[8] = 1 // they stand in values
	}
	if fc.text == tameText && fc.numeric == ",." && fc.csv.ColumnSeparator == "" {
		c[13] = 0 // a number with a comma would be two fields
	}
	if fc.date == "YYYY-MM-DD" && fc.timestamp[len(fc.timestamp)-1] == '6' {
		c[6] = 1 // the format of the session has not all digits
	}
}

// TestBulkFilesRoundTrip moves tables with every type out into files and in again, and expects the same values. Each pair of
// choices of the matrix is there for each pair of releases that know the same digits of a second: 7.1 and 8.29, 8.32 and
// 2025.1, one of which takes the even cases and the other one the odd ones.
func TestBulkFilesRoundTrip(t *testing.T) {
	for generation := range 2 {
		t.Run(releases[2*generation], func(t *testing.T) {
			t.Parallel()
			servers := []*bulkServer{newBulkServer(t, releases[2*generation]), newBulkServer(t, releases[2*generation+1])}
			for _, s := range servers {
				s.fill(t, 20/min(slowdown, 10), anyText, latinText, tameText)
				mustExec(t, s.check, typesTable("B", s.digits))
			}
			cases := pairs(rand.New(rand.NewPCG(3, uint64(generation))), fileSizes, fixFileCase)
			t.Logf("%d cases", len(cases))
			for i, c := range cases {
				if i%min(slowdown, 4) != 0 {
					continue
				}
				fc := newFileCase(c)
				t.Run(fmt.Sprintf("%+v", fc), func(t *testing.T) { servers[i/min(slowdown, 4)%2].moveFiles(t, fc) })
			}
		})
	}
}

// moveFiles exports a table and imports another one from what came.
func (s *bulkServer) moveFiles(t *testing.T, fc fileCase) {
	sess := s.sessions[fc.session]
	alter(t, sess, fc.numeric, fc.zone, [2]string{fc.date, fc.timestamp})
	opts := []bulk.Option{bulk.Parallel(fc.parallel), bulk.Encrypt(fc.encrypt)}
	if fc.compress {
		opts = append(opts, bulk.Compress())
	}
	csv := fc.csv
	csv.Header = fc.header
	if fc.fields {
		stamp := fmt.Sprintf("DD.MM.YYYY HH24:MI:SS.FF%d", s.digits)
		csv.Fields = []bulk.Field{{From: 1, To: 12}, {From: 13, Format: "MM/DD/YYYY"}, {From: 14, To: 18, Format: stamp}, {From: 19, To: 24}}
	}
	from := fmt.Sprintf("A%d", fc.text)
	if fc.parallel == 1 {
		from = "SELECT * FROM " + from + " ORDER BY id"
	}
	d := doorsFor(t, fc.doors)
	export := csv
	if fc.boolean {
		export.Boolean = "true/false"
	}
	result, err := bulk.Export(t.Context(), sess, from, d.to, append(append(opts, bulk.Format(export)), d.opts...)...)
	if want := int64(len(s.rows[fc.text])); err != nil || result.Rows != want {
		t.Fatalf("%d rows of %d were exported, %v", result.Rows, want, err)
	}
	csv.Delimit = ""
	result, err = bulk.Import(t.Context(), sess, "B", d.from(), append(append(opts, bulk.Format(csv)), d.opts...)...)
	if want := int64(len(s.rows[fc.text])); err != nil || result.Rows != want {
		t.Fatalf("%d rows of %d were imported, %v", result.Rows, want, err)
	}
	s.compare(t, "B", s.rows[fc.text])
	s.equal(t, fmt.Sprintf("A%d", fc.text), "B")
	mustExec(t, s.check, "TRUNCATE TABLE b")
}

// doors are targets, and sources with the same data.
type doors struct {
	to   bulk.Target
	from func() bulk.Source
	opts []bulk.Option
}

func doorsFor(t *testing.T, kind int) doors {
	t.Helper()
	dir := t.TempDir()
	files := func(ext string) doors {
		var paths []string
		for i := range 4 {
			paths = append(paths, filepath.Join(dir, fmt.Sprintf("%d%s", i, ext)))
		}
		return doors{to: bulk.ToFiles(paths...), from: func() bulk.Source { return bulk.FromFiles(filepath.Join(dir, "*"+ext)) }}
	}
	buffers := func(n int, opts ...bulk.Option) doors {
		var to []io.Writer
		var from []io.Reader
		for range n {
			b := new(bytes.Buffer)
			to, from = append(to, b), append(from, b)
		}
		return doors{to: bulk.ToWriters(to...), from: func() bulk.Source { return bulk.FromReaders(from...) }, opts: opts}
	}
	switch kind {
	case 0:
		return buffers(1)
	case 1:
		return buffers(4)
	case 2:
		return buffers(2, bulk.Compressed(bulk.Gzip))
	case 3:
		return files(".csv")
	case 4:
		return files(".csv.gz")
	}
	var b bytes.Buffer
	return doors{
		to: bulk.ToCreate("a.gz", func(context.Context) (io.WriteCloser, error) { return nopCloser{&b}, nil }),
		from: func() bulk.Source {
			return bulk.FromOpen("a.gz", func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil })
		},
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
