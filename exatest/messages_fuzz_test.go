package exatest_test

import (
	"bytes"
	"io"
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
