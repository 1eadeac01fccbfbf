package bulk_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// TestQueryNeverLooksComplete: whatever is missing, the rows end with an error.
func TestQueryNeverLooksComplete(t *testing.T) {
	failing := errors.New("no more")
	for _, c := range []struct {
		name    string
		content string
		rows    int64
		err     error
		want    string
	}{
		{"failed at the end", itemsCSV(manyItems), manyItems, &exatest.SQLError{Code: "42636", Text: "out of memory"}, "out of memory"},
		{"failed at once", "", 0, failing, "no more"},
		{"half a row", itemsCSV(1000) + "1000,the na", 1001, nil, "row 1001: the data ends within the row"},
		{"half a text", itemsCSV(10) + "10,\"the\nna\n", 11, nil, "row 11: the data ends within the row"},
		{"too few rows", itemsCSV(999), 1000, nil, "999 rows came, but the database has exported 1000"},
		{"too few fields", itemsCSV(2) + "1\n", 3, nil, `column 1 of 2 "ID", row 3: DECIMAL(18,0): the row has 1 fields, not 2`},
		{"too many fields", itemsCSV(2) + "1,2,3\n", 3, nil, `column 2 of 2 "NAME", row 3: VARCHAR(100) UTF8: the row has more than 2 fields`},
		{"no number", itemsCSV(2) + "one,2\n", 3, nil, `column 1 of 2 "ID", row 3: DECIMAL(18,0): the field is no number`},
		{"no value of its type", itemsCSV(2) + "1.5,2\n", 3, nil, `"ID"`},
	} {
		d := newTyped(t, itemColumns)
		d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
			_, err := io.WriteString(content, c.content)
			return c.rows, errors.Join(c.err, err)
		}))
		rows := query(t, d)
		n := 0
		var err error
		for _, err = range exawire.Each[item](rows) {
			if err == nil {
				n++
			}
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if whole := strings.Count(c.content, "\n"); n > whole {
			t.Errorf("%s: %d rows of %d", c.name, n, whole)
		}
		if err := d.sess.Ping(t.Context()); err != nil {
			t.Errorf("%s: the session does not go on: %v", c.name, err)
		}
		if one, err := exawire.One[item](query(t, d)); err == nil {
			t.Errorf("%s: one is %v", c.name, one)
		}
	}
}

// TestQueryRowWithoutEnd: a text without an end does not fill the memory.
func TestQueryRowWithoutEnd(t *testing.T) {
	for name, c := range map[string]struct{ columns, dsn string }{
		"columns":      {"A VARCHAR(20000) UTF8", ""},
		"MessageLimit": {strings.TrimSuffix(strings.Repeat("A VARCHAR(2000000) UTF8, ", 100), ", "), "&messagelimit=1048576"},
	} {
		t.Run(name, func(t *testing.T) { testRowWithoutEnd(t, c.columns, c.dsn) })
	}
}

func testRowWithoutEnd(t *testing.T, columns, dsn string) {
	d := newTyped(t, columns)
	sess, err := exawire.Connect(t.Context(), d.DSN()+dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.Background()) //nolint:errcheck // the transfer counts
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (rows int64, err error) {
		_, err = io.WriteString(content, strings.Repeat(",", strings.Count(columns, "VARCHAR")-1)+"\n\"")
		for block := bytes.Repeat([]byte("x"), 1<<16); err == nil; {
			_, err = content.Write(block)
		}
		return rows, err
	}))
	var read atomic.Int64 // by the client; what is on its way is in the buffers of the network
	rows, err := bulk.Query(t.Context(), sess, "t", bulk.OnProgress(func(p bulk.Progress) { read.Store(p.Bytes) }))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
	}
	err = rows.Err()
	var data *exawire.DataError
	if !errors.As(err, &data) || data.Row != 1 || !strings.Contains(err.Error(), "the row is longer than its columns") {
		t.Errorf("%v", err)
	}
	if n := read.Load(); n == 0 || n > 4<<20 {
		t.Errorf("%d bytes were read", n)
	}
}

// endless answers an EXPORT until the client hangs up.
func endless(d *door) {
	d.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (rows int64, err error) {
		block := []byte(itemsCSV(1000))
		for ; err == nil; rows += 1000 {
			_, err = content.Write(block)
		}
		return rows, err
	}))
}

// TestQueryEndsEarly: to close rows in the middle, or to cancel them, ends the statement and the tunnels.
func TestQueryEndsEarly(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(rows *exawire.Rows, cancel func()) error
		want error
	}{
		{"closed", func(rows *exawire.Rows, _ func()) error { return rows.Close() }, nil},
		{"closed at once", func(rows *exawire.Rows, _ func()) error { return rows.Close() }, nil},
		{"canceled", func(rows *exawire.Rows, cancel func()) error {
			cancel()
			for rows.Next() {
			}
			return errors.Join(rows.Err(), rows.Close())
		}, context.Canceled},
	} {
		d := newTyped(t, itemColumns)
		endless(d)
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := bulk.Query(ctx, d.sess, "t")
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < 10_000 && c.name != "closed at once"; i++ {
			if !rows.Next() {
				t.Fatalf("%s: %v", c.name, rows.Err())
			}
		}
		if err := c.end(rows, cancel); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := d.sess.Ping(t.Context()); err != nil {
			t.Errorf("%s: the session does not go on: %v", c.name, err)
		}
		cancel()
	}
}

// TestQueryProgressPanics: a panic of another function of the caller's reaches the one who reads the rows.
func TestQueryProgressPanics(t *testing.T) {
	d := newTyped(t, itemColumns)
	endless(d)
	rows := query(t, d, bulk.OnProgress(func(bulk.Progress) { panic("of the report") }))
	func() {
		defer func() {
			if got := recover(); got != "of the report" {
				t.Error(got)
			}
		}()
		for rows.Next() {
		}
		t.Error("the rows ended", rows.Err())
	}()
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	if err := d.sess.Ping(t.Context()); err != nil {
		t.Errorf("the session does not go on: %v", err)
	}
}
