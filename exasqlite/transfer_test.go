package exasqlite_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// countOf is how many rows a query has.
func countOf(t *testing.T, s exatest.BackendSession, query string) string {
	t.Helper()
	text, _ := run(t, s, "SELECT COUNT(*) FROM ("+query+")").Data[0].AppendText(nil, 0)
	return string(text)
}

// transferColumns is a table with a column of each type, and rows with what may go wrong.
const transferColumns = `(id DECIMAL(18,0), n DECIMAL(9,3), w DECIMAL(36,10), f DOUBLE, b BOOLEAN, c CHAR(6), v VARCHAR(2000), a VARCHAR(100) ASCII,
	d DATE, s TIMESTAMP(9), z TIMESTAMP(3) WITH LOCAL TIME ZONE, h HASHTYPE(16 BYTE), y INTERVAL YEAR(4) TO MONTH, l INTERVAL DAY(5) TO SECOND(3), g GEOMETRY)`

const transferRows = `INSERT INTO a VALUES
	(1, 1.5, -12345678901234567890123456.0123456789, 1e-300, TRUE, 'ab', 'a,b;c|d', '"q"', DATE '0001-01-01', TIMESTAMP '2024-06-18 17:22:13.123456789', TIMESTAMP '2024-06-18 17:22:13.123', '00112233445566778899aabbccddeeff', INTERVAL '-1234-11' YEAR(4) TO MONTH, INTERVAL '-12345 23:59:59.999' DAY(5) TO SECOND(3), 'POINT (1 2)'),
	(2, -0.001, 0.0000000001, -1.7976931348623157e308, FALSE, 'äöü€', '''it''s''' || CHR(10) || CHR(13) || '"two"' || CHR(9), '#', DATE '9999-12-31', TIMESTAMP '0001-01-01 00:00:00', TIMESTAMP '1970-01-01 00:00:00', NULL, INTERVAL '0-0' YEAR TO MONTH, INTERVAL '0 00:00:00' DAY TO SECOND, 'LINESTRING (1 2, 3 4)'),
	(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(4, 999999.999, 99999999999999999999999999.9999999999, 0.1, TRUE, ' x', ' lead and trail ', 'NULL', DATE '2024-02-29', TIMESTAMP '9999-12-31 23:59:59.999999999', TIMESTAMP '2024-01-01 00:00:00', 'ffffffffffffffffffffffffffffffff', NULL, NULL, NULL),
	(5, 0, 0, 0, FALSE, '""""""', '` + "\x00" + `a' || UNICODECHR(128512), ',', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`

// TestTransferRoundTrip writes a table with all types into files and reads it again, with many options and settings.
func TestTransferRoundTrip(t *testing.T) {
	few := func(all []string, n int) []string {
		if slowdown > 1 {
			return all[:n]
		}
		return all
	}
	for _, settings := range few([]string{
		"", "NLS_NUMERIC_CHARACTERS = ',.'", "NLS_DATE_FORMAT = 'DD.MM.YYYY'", "NLS_TIMESTAMP_FORMAT = 'DD.MM.YYYY HH12:MI:SS.FF9 AM'", "TIME_ZONE = 'EUROPE/BERLIN'",
	}, 2) {
		t.Run(settings, func(t *testing.T) {
			t.Parallel()
			files := newClientFiles()
			s := files.connect(t, newBackend(t))
			run(t, s, "CREATE SCHEMA r")
			run(t, s, "CREATE TABLE a "+transferColumns)
			run(t, s, transferRows)
			run(t, s, "CREATE TABLE b "+transferColumns)
			formats := "(1..9, 10 FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9', 11..15)"
			if strings.Contains(settings, "FF9") {
				formats = ""
			}
			if settings != "" {
				run(t, s, "ALTER SESSION SET "+settings)
			}
			for _, options := range few([]string{
				"", "ROW SEPARATOR = 'CRLF'", "ROW SEPARATOR = 'CR'", "COLUMN SEPARATOR = ';'", "COLUMN SEPARATOR = 'TAB' COLUMN DELIMITER = ''''",
				"COLUMN SEPARATOR = '||' COLUMN DELIMITER = '<>'", "COLUMN SEPARATOR = '0x1f' NULL = 'NULL'", "NULL = '0'",
			}, 2) {
				for _, export := range few([]string{"", " DELIMIT = ALWAYS", " BOOLEAN = 'true/false'"}, 1) {
					for _, ext := range few([]string{"csv", "gz", "zip"}, 2) {
						places := fmt.Sprintf("AT 'http://h' FILE 'a.%s' %s FILE 'b.%[1]s' %[2]s", ext, formats)
						run(t, s, "EXPORT a INTO CSV "+places+options+export)
						if n := run(t, s, "IMPORT INTO b FROM CSV "+places+options).RowCount; n != 5 {
							t.Fatalf("%s%s %s: %d rows", options, export, ext, n)
						}
						for _, q := range []string{"SELECT * FROM a EXCEPT SELECT * FROM b", "SELECT * FROM b EXCEPT SELECT * FROM a"} {
							if n := countOf(t, s, q); n != "0" {
								t.Errorf("%s%s %s: %s has %s rows; file %q", options, export, ext, q, n, files.written["a."+ext])
							}
						}
						run(t, s, "TRUNCATE TABLE b")
					}
				}
			}
		})
	}
}

// TestTransferBlocks distributes many rows over files, and reads them from several.
func TestTransferBlocks(t *testing.T) {
	files := newClientFiles()
	s := files.connect(t, newBackend(t))
	run(t, s, "CREATE SCHEMA r")
	n := 10500 / min(slowdown, 4)
	run(t, s, fmt.Sprintf("CREATE TABLE a AS SELECT * FROM VALUES BETWEEN 1 AND %d AS v(id)", n))
	places := "AT 'http://h' FILE '000.csv' FILE '001.csv' AT 'http://i' FILE '002.csv.gz'"
	if got := run(t, s, "EXPORT (SELECT id FROM a ORDER BY id) INTO CSV "+places).RowCount; got != int64(n) {
		t.Errorf("%d rows", got)
	}
	if len(files.written["000.csv"]) < 3000 || len(files.written["001.csv"]) < 3000 || files.written["002.csv.gz"] == "" {
		t.Errorf("the files have %d, %d and %d bytes", len(files.written["000.csv"]), len(files.written["001.csv"]), len(files.written["002.csv.gz"]))
	}
	run(t, s, "CREATE TABLE b LIKE a")
	if got := run(t, s, "IMPORT INTO b FROM CSV "+places).RowCount; got != int64(n) {
		t.Errorf("%d rows", got)
	}
	if got := countOf(t, s, "SELECT id FROM a EXCEPT SELECT id FROM b"); got != "0" {
		t.Errorf("%s rows are missing", got)
	}
}

// TestImportLongLines reads lines of two million characters, with and without what needs a delimiter.
func TestImportLongLines(t *testing.T) {
	files := newClientFiles()
	s := files.connect(t, newBackend(t))
	run(t, s, "CREATE SCHEMA r")
	n := 2000000 / slowdown
	run(t, s, fmt.Sprintf("CREATE TABLE t (id INT, v VARCHAR(%d), w VARCHAR(%[1]d))", n))
	long, nested := strings.Repeat("ä", n), strings.Repeat("\"\n", n/2)
	files.read["a.csv"] = "1," + long + ",\"" + strings.ReplaceAll(nested, `"`, `""`) + "\"\n2,a,b\n"
	run(t, s, "IMPORT INTO t FROM CSV AT 'http://h' FILE 'a.csv'")
	res := run(t, s, "SELECT v, w FROM t ORDER BY id")
	for i, want := range []string{long, nested} {
		if got, _ := res.Data[i].AppendText(nil, 0); string(got) != want {
			t.Errorf("column %d has %d bytes", i, len(got))
		}
	}
	files.read["a.csv"] = "3," + long + "x,\n"
	_, err := s.Execute(context.Background(), "IMPORT INTO t FROM CSV AT 'http://h' FILE 'a.csv'")
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("ETL-3003: [Column=1 Row=0] [String data right truncation. String length exceeds limit of %d characters]", n)) {
		t.Errorf("a longer line gave %v", err)
	}
}

// TestImportBroken reads compressed files that are not whole.
func TestImportBroken(t *testing.T) {
	files := newClientFiles()
	s := files.connect(t, newBackend(t))
	run(t, s, "CREATE SCHEMA r")
	run(t, s, "CREATE TABLE t (id INT)")
	run(t, s, "EXPORT (SELECT * FROM VALUES BETWEEN 1 AND 5000) INTO CSV AT 'http://h' FILE 'a.gz' FILE 'b.zip'")
	whole := files.written["a.gz"]
	// Several members in a row are one file.
	files.read["two.gz"] = whole + whole
	if n := run(t, s, "IMPORT INTO t FROM CSV AT 'http://h' FILE 'two.gz'").RowCount; n == 0 || n%1000 != 0 {
		t.Errorf("%d rows of two members", n)
	}
	run(t, s, "TRUNCATE TABLE t")
	files.read["cut.gz"], files.read["none.gz"], files.read["x.gz"] = whole[:len(whole)-20], "", "1\n2\n"
	files.read["cut.zip"], files.read["cut.bz2"] = files.written["b.zip"][:50], "BZh9"
	for _, name := range []string{"cut.gz", "none.gz", "x.gz", "cut.zip", "cut.bz2"} {
		_, err := s.Execute(context.Background(), "IMPORT INTO t FROM CSV AT 'http://h' FILE '"+name+"'")
		var e *exatest.SQLError
		if !errors.As(err, &e) || e.Code != "42636" || !strings.HasPrefix(e.Text, "ETL-5105: ") {
			t.Errorf("%s gave %v", name, err)
		}
	}
	if n := countOf(t, s, "SELECT * FROM t"); n != "0" {
		t.Errorf("%s rows stayed", n)
	}
}

// TestImportTransactions runs IMPORTs in transactions, which end either way.
func TestImportTransactions(t *testing.T) {
	files := newClientFiles()
	s := files.connect(t, newBackend(t))
	run(t, s, "CREATE SCHEMA r")
	run(t, s, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10))")
	files.read["a.csv"], files.read["b.csv"], files.read["c.csv"] = "1,a\n2,b\n", "3,c\n3,d\n", "4,e\nx,f\n"
	load := func(name string) error {
		_, err := s.Execute(context.Background(), "IMPORT INTO t FROM CSV AT 'http://h' FILE '"+name+"'")
		return err
	}
	count := func(want string) {
		t.Helper()
		if n := countOf(t, s, "SELECT * FROM t"); n != want {
			t.Errorf("%s rows instead of %s", n, want)
		}
	}
	if err := s.Set(context.Background(), "autocommit", false); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := load("a.csv"); err != nil {
			t.Fatal(err)
		}
		// A statement that fails takes nothing but itself.
		for _, name := range []string{"b.csv", "c.csv"} {
			if load(name) == nil {
				t.Errorf("%s was imported", name)
			}
		}
		count("2")
		run(t, s, "ROLLBACK")
		count("0")
	}
	if err := load("a.csv"); err != nil {
		t.Fatal(err)
	}
	run(t, s, "COMMIT")
	count("2")
	// As a prepared statement, any number of times.
	p, err := s.Prepare(context.Background(), "IMPORT INTO t (id) FROM CSV AT 'http://h' FILE 'd.csv'")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		files.read["d.csv"] = fmt.Sprintf("%d\n", 10+i)
		if res, err := p.Execute(context.Background(), nil); err != nil || res.RowCount != 1 {
			t.Errorf("%v, %v", res, err)
		}
	}
	run(t, s, "COMMIT")
	count("4")
}

// TestImportEndsEarly ends an IMPORT that waits for its client: by its context, by another session, and by its own mistake.
func TestImportEndsEarly(t *testing.T) {
	for _, by := range []string{"context", "kill", "key"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			files := newClientFiles()
			b := newBackend(t)
			s := files.connect(t, b)
			run(t, s, "CREATE SCHEMA r")
			run(t, s, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(10))")
			if by == "key" {
				run(t, s, "INSERT INTO t VALUES (7, 'x')")
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failed := make(chan error, 1)
			go func() {
				_, err := s.Execute(ctx, "IMPORT INTO t FROM CSV AT 'http://h' FILE 'endless.csv'")
				failed <- err
			}()
			// A key that exists already may end the IMPORT before the file waits.
			select {
			case <-files.blocked:
			case err := <-failed:
				failed <- err
			}
			var want func(error) bool
			switch by {
			case "context":
				cancel()
				want = func(err error) bool { return errors.Is(err, context.Canceled) }
			case "kill":
				// With a number of its own.
				other, err := b.Connect(t.Context(), exatest.SessionInfo{SessionID: 1, User: "sys", Release: "8.32.0", Attributes: commands.DefaultAttributes()})
				if err != nil {
					t.Error(err)
					cancel()
				} else {
					run(t, other, "KILL STATEMENT IN SESSION 1825312482065121280")
					if err := other.Close(); err != nil {
						t.Error(err)
					}
				}
				want = func(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "R0003") }
			case "key":
				want = func(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "42X91") }
			}
			if err := <-failed; !want(err) {
				t.Errorf("the IMPORT ended with %v", err)
			}
			wanted := "0"
			if by == "key" {
				wanted = "1"
			}
			if n := countOf(t, s, "SELECT * FROM t"); n != wanted {
				t.Errorf("%s rows are there", n)
			}
		})
	}
}

// TestExportFails gives up all files if one of them cannot be written.
func TestExportFails(t *testing.T) {
	files := newClientFiles()
	s := files.connect(t, newBackend(t))
	run(t, s, "CREATE SCHEMA r")
	_, err := s.Execute(context.Background(), "EXPORT (SELECT v, REPEAT('x', 1000) FROM VALUES BETWEEN 1 AND 2500 AS n(v)) INTO CSV AT 'http://h' FILE 'a.csv' FILE 'full.csv'")
	if err == nil || !strings.Contains(err.Error(), "ETL-5106: no space") {
		t.Errorf("the EXPORT ended with %v", err)
	}
	if len(files.written) > 0 {
		t.Errorf("%d files are complete", len(files.written))
	}
}
