package exatest_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// survives fails if the server does not answer a new client within a few seconds.
func survives(t *testing.T, srv *exatest.Server) {
	t.Helper()
	c := testclient.Connect(t, srv)
	c.OK(`{"command":"getAttributes"}`)
	c.Bye()
}

// FuzzMessage sends a message of the fuzzer to a session that has a result set and a statement open.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{
		`{"command":"execute","sqlText":"Q"}`,
		`{"command":"executeBatch","sqlTexts":["Q","x"],"attributes":{"queryTimeout":1,"autocommit":false}}`,
		`{"command":"fetch","resultSetHandle":1,"startPosition":3,"numBytes":100}`,
		`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":2,"columns":[{"dataType":{"type":"DECIMAL"}}],"data":[["1",1e5]]}`,
		`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"columns":[{"dataType":{"type":"TIMESTAMP"}}],"data":[["x"]]}`,
		`{"command":"closeResultSet","resultSetHandles":[1,-1,99999999999]}`,
		`{"command":"getColumns","schema":"%\\","table":"_","tableTypes":["x"]}`,
		`{"command":"requestParallelConnections","numRequestedConnections":9223372036854775807}`,
		`{"command":"createPreparedStatement","sqlText":"SELECT '?' /* ? */ -- ?"}`,
		`{"command":"abortQuery"}`, `{"command":"disconnect"}`, `{"username":1}`, `[`, `null`, `{"command":null}`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()), exatest.WithLeniency(), exatest.WithInlineRows(3))
		srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A INT"), exatest.ValuesOf(testclient.Numbers(9))))
		srv.HandleSQL("INSERT ?", exatest.RowCount(1))
		c := testclient.Connect(t, srv)
		c.Execute("Q")
		c.OK(`{"command":"createPreparedStatement","sqlText":"INSERT ?"}`)
		if err := c.Frame(true, 1, true, message); err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(message, []byte("abortQuery")) && !bytes.Contains(message, []byte("SLEEP")) && !bytes.Contains(message, []byte(`\`)) {
			_ = c.Conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if _, err := c.Recv(); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Errorf("no answer to %q: %v", message, err)
			}
		}
		survives(t, srv)
	})
}

// FuzzFrames sends bytes of the fuzzer in place of frames.
func FuzzFrames(f *testing.F) {
	f.Add([]byte("\x81\x82\x00\x00\x00\x00{}"))
	f.Add([]byte("\x01\x81\x00\x00\x00\x00{\x80\x81\x00\x00\x00\x00}"))
	f.Add([]byte("\x88\x80\x01\x02\x03\x04"))
	f.Add([]byte("\x89\x85\x01\x02\x03\x04hello"))
	f.Add([]byte("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("\x81\xfe\x00\x01\x00\x00\x00\x00{"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()), exatest.WithLeniency(), exatest.WithMaxMessageSize(1000))
		c := testclient.Connect(t, srv)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.Copy(io.Discard, c.Conn)
		}()
		_, _ = c.Conn.Write(wire)
		c.Conn.Close()
		<-done
		survives(t, srv)
	})
}

// FuzzTimeFormat checks that what a format writes it also reads, if the format has all parts once, in any order and with
// any separators between them. Other formats must not panic.
func FuzzTimeFormat(f *testing.F) {
	f.Add("YYYY-MM-DD HH24:MI:SS.FF9", uint64(0), int64(0))
	f.Add("MONTH DY HH12 AM YYYY", uint64(12345), int64(1718731333123456789))
	f.Add("FF9h DD, at", uint64(987654321), int64(-1))
	f.Fuzz(func(t *testing.T, format string, order uint64, nanos int64) {
		moment := time.Unix(0, nanos).UTC()
		for _, language := range []string{"ENG", "DEU"} {
			text, err := exatest.WriteTime(format, language, 7, moment)
			if err != nil {
				continue
			}
			back, err := exatest.ReadTime(format, language, text)
			if err != nil {
				continue
			}
			if again, err := exatest.WriteTime(format, language, 7, back); err != nil || again != text {
				t.Errorf("%q: %v becomes %q, that is %v, which becomes %q, %v", format, moment, text, back, again, err)
			}
		}

		parts := []string{"YYYY", "MM", "DD", "HH24", "MI", "SS", "FF9"}
		const separators = `-./: \_`
		format = ""
		for len(parts) > 0 {
			i := int(order % uint64(len(parts)))
			order /= uint64(len(parts))
			format += parts[i] + separators[order%7:order%7+1]
			order /= 7
			parts = slices.Delete(parts, i, i+1)
		}
		text, err := exatest.WriteTime(format, "ENG", 7, moment)
		if err != nil {
			t.Fatal(err)
		}
		back, err := exatest.ReadTime(format, "ENG", text)
		if err != nil || !back.Equal(moment) {
			t.Errorf("%q: %v becomes %q and that %v, %v", format, moment, text, back, err)
		}
	})
}

// FuzzParseType looks for types that cannot be read after they were written.
func FuzzParseType(f *testing.F) {
	for _, s := range []string{
		"DECIMAL(18,0)", "VARCHAR(10) ASCII", "INTERVAL DAY(3) TO SECOND(6)", "HASHTYPE(16 BYTE)", "TIMESTAMP(6) WITH LOCAL TIME ZONE", "X Y (1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		dt, err := exatest.ParseType(s)
		if err != nil {
			return
		}
		again, err := exatest.ParseType(dt.String())
		if err != nil || again.String() != dt.String() {
			t.Errorf("%q is %q, which is %q, %v", s, dt, again, err)
		}
	})
}

// FuzzTransfer looks at statements as releases do that know clauses of IMPORT and EXPORT or do not.
func FuzzTransfer(f *testing.F) {
	for _, seed := range []string{
		"SELECT  'a  b' -- c\n FROM \"x  y\";", "/* a */ import into t from csv at 'https://1.2.3.4:5' public key 'x' file 'y'", "'a b", ";", "--", "\u00a0a\u2003b",
		"EXPORT t INTO CSV AT 'https://[::1]:1' FILE 'a' AT 'https://1.2.3.4' IGNORE CERTIFICATE",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		for _, release := range []string{"7.1.0", "8.32.0", "2025.1.0"} {
			err := exatest.CheckTransfer(release, sql)
			if err != nil && !strings.Contains(strings.ToUpper(sql), "AT") {
				t.Errorf("release %s: %q: %v", release, sql, err)
			}
		}
	})
}
