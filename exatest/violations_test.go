package exatest_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// reporter is a test that notes what it is told instead of failing.
type reporter struct {
	testing.TB
	errors chan string
}

func (r *reporter) Errorf(format string, args ...any) { r.errors <- fmt.Sprintf(format, args...) }

func TestViolationFailsTheTest(t *testing.T) {
	r := &reporter{TB: t, errors: make(chan string, 10)}
	srv := exatest.NewServer(r)
	c := testclient.Connect(t, srv)
	if err := c.Frame(true, 8, true, nil); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("exatest: protocol violation: session %d: the client closed the WebSocket without sending disconnect", c.SessionID)
	if got := <-r.errors; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c.Gone()
}

func TestViolations(t *testing.T) {
	execute := `{"command":"execute","sqlText":"FAST"}`
	for name, tt := range map[string]struct {
		do    func(c *testclient.Client)
		want  []string
		close int // code of the Close frame
	}{
		"two commands": {do: func(c *testclient.Client) {
			c.Send(`{"command":"execute","sqlText":"SLOW"}`)
			c.Send(execute)
			c.Receive()
			c.Receive()
			c.Bye()
		}, want: []string{"execute was sent before the answer to execute"}},
		"command after abort": {do: func(c *testclient.Client) {
			c.Send(`{"command":"execute","sqlText":"HANG"}`)
			synctest.Wait()
			// The server cannot answer while the client does not read: the answer is on its way, but delayed.
			c.Send(testclient.Abort)
			c.Send(execute)
			c.Receive()
			c.Receive()
			c.Bye()
		}, want: []string{"execute was sent before the answer to the aborted execute"}},
		"two aborts": {do: func(c *testclient.Client) {
			c.Send(`{"command":"execute","sqlText":"HANG"}`)
			synctest.Wait()
			c.Send(testclient.Abort)
			c.Send(testclient.Abort)
			c.Receive()
			c.Bye()
		}, want: []string{"abortQuery was sent twice for one command"}},
		"abort with attributes": {do: func(c *testclient.Client) {
			c.Send(`{"command":"abortQuery","attributes":{"autocommit":true}}`)
			c.Bye()
		}, want: []string{"abortQuery carries attributes"}},
		"leaked handles": {do: func(c *testclient.Client) {
			c.Execute("BIG")
			c.OK(`{"command":"createPreparedStatement","sqlText":"FAST"}`)
			c.Bye()
		}, want: []string{"disconnect while the result sets [1] are open", "disconnect while the prepared statements [1] are open"}},
		"kept statements": {do: func(c *testclient.Client) {
			run := `{"command":"executePreparedStatement","statementHandle":%d,"numColumns":0,"numRows":0}`
			for handle, sql := range []string{"FAST", "SLOW"} {
				c.OK(`{"command":"createPreparedStatement","sqlText":%q}`, sql)
				if handle == 0 {
					c.OK(run, handle+1)
				}
			}
			c.OK(`{"command":"setAttributes","attributes":{"currentSchema":"S"}}`)
			c.OK(`{"command":"createPreparedStatement","sqlText":"FAST"}`)
			c.OK(run, 3)
			c.Bye()
		}, want: []string{"disconnect while the prepared statements [2] are open"}},
		"statement prepared again": {do: func(c *testclient.Client) {
			for handle := 1; handle <= 3; handle++ {
				c.OK(`{"command":"createPreparedStatement","sqlText":"FAST"}`)
				c.OK(`{"command":"executePreparedStatement","statementHandle":%d,"numColumns":0,"numRows":0}`, handle)
			}
			c.Bye()
		}, want: []string{"disconnect while the prepared statements [1 2] are open"}},
		"close without disconnect": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 8, true, []byte{3, 0xe8})
			c.Gone()
		}, want: []string{"without sending disconnect"}},
		"close because of an error": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 8, true, []byte{3, 0xea})
			c.Gone()
		}},
		"close instead of waiting": {do: func(c *testclient.Client) {
			c.Send(`{"command":"execute","sqlText":"HANG"}`)
			_ = c.Frame(true, 8, true, []byte{3, 0xe8})
			c.Gone()
		}},
		"integer for a DOUBLE": {do: func(c *testclient.Client) {
			c.Server.HandleSQL("P", exatest.OK().Params(exatest.Columns(`"" DOUBLE`)...))
			c.Failed(c.Run(c.Prepare("P"), 1, "[2]"), "00000", "getDouble")
			c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
			c.Bye()
		}, want: []string{"DOUBLE parameter 2 has neither a point nor an exponent"}},
		"attribute as field": {do: func(c *testclient.Client) {
			c.OK(`{"command":"execute","sqlText":"FAST","resultSetMaxRows":10}`)
			c.Bye()
		}, want: []string{"execute has the attribute resultSetMaxRows as a field of its own"}},
		"read-only attribute": {do: func(c *testclient.Client) {
			c.Fails("00000", "read-only", `{"command":"execute","sqlText":"FAST","attributes":{"openTransaction":true}}`)
			c.Bye()
		}, want: []string{"read-only attribute openTransaction"}},
		"not masked": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 1, false, []byte(execute))
		}, want: []string{"not masked"}, close: 1002},
		"not UTF-8": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 1, true, []byte("{\"command\":\"\xff\"}"))
		}, want: []string{"not UTF-8"}, close: 1007},
		"binary": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 2, true, []byte(execute))
		}, want: []string{"binary message came while compression is off"}, close: 1003},
		"stray continuation": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 0, true, []byte(execute))
		}, want: []string{"nothing to continue"}, close: 1002},
		"broken fragmentation": {do: func(c *testclient.Client) {
			_ = c.Frame(false, 1, true, []byte(execute))
			_ = c.Frame(true, 1, true, []byte(execute))
		}, want: []string{"before the last one has ended"}, close: 1002},
		"fragmented ping": {do: func(c *testclient.Client) {
			_ = c.Frame(false, 9, true, nil)
		}, want: []string{"control frame is fragmented"}, close: 1002},
		"long ping": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 9, true, make([]byte, 126))
		}, want: []string{"longer than 125"}, close: 1002},
		"unknown opcode": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 3, true, nil)
		}, want: []string{"unknown opcode 3"}, close: 1002},
		"unknown control opcode": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 11, true, nil)
		}, want: []string{"unknown opcode 11"}, close: 1002},
		"reserved bits": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 0x41, true, nil)
		}, want: []string{"reserved bits"}, close: 1002},
		"too long": {do: func(c *testclient.Client) {
			_ = c.Frame(true, 1, true, make([]byte, 160001))
		}, want: []string{"longer than 160000 bytes"}, close: 1009},
		"long form of a short length": {do: func(c *testclient.Client) {
			_, _ = c.Conn.Write([]byte("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff"))
		}, want: []string{"not in its shortest form"}, close: 1002},
		"long form of a tiny length": {do: func(c *testclient.Client) {
			_, _ = c.Conn.Write([]byte("\x81\xfe\x00\x7d"))
		}, want: []string{"not in its shortest form"}, close: 1002},
		"good fragmentation": {do: func(c *testclient.Client) {
			_ = c.Frame(false, 1, true, []byte(execute[:5]))
			_ = c.Frame(true, 9, true, nil)
			_ = c.Frame(false, 0, true, nil)
			_ = c.Frame(true, 0, true, []byte(execute[5:]))
			c.Receive()
			c.Bye()
		}},
		"connection cut": {do: func(c *testclient.Client) {
			c.Conn.Close()
			synctest.Wait()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
				srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(testclient.Numbers(1000))))
				srv.Inject(fault.AbortDelayed(time.Second))
				tt.do(c)
				if tt.close != 0 {
					_, err := c.Recv()
					var closed *testclient.Closed
					if !errors.As(err, &closed) || closed.Code != tt.close {
						t.Errorf("got %v, want a Close frame with %d", err, tt.close)
					}
					c.Gone()
				}
				synctest.Wait()
				got := srv.Violations()
				if len(got) != len(tt.want) {
					t.Fatalf("violations %q, want %q", got, tt.want)
				}
				for i := range got {
					if !slices.ContainsFunc(got, func(v string) bool { return strings.Contains(v, tt.want[i]) }) {
						t.Errorf("violations %q, want %q", got, tt.want)
					}
				}
			}, exatest.WithLeniency(), exatest.WithMaxMessageSize(10000))
		})
	}
}

// TestMaxRequestSize checks that the limit of requests can be another than the one that is announced. What is longer gets
// an exception as long as it can be read to its end.
func TestMaxRequestSize(t *testing.T) {
	opts := []exatest.Option{exatest.WithLeniency(), exatest.WithMaxMessageSize(10000), exatest.WithMaxRequestSize(20000)}
	testclient.Bubble(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		srv.HandleSQL("LONG...", exatest.RowCount(1))
		c.OK(`{"command":"execute","sqlText":"LONG %s"}`, strings.Repeat("x", 15000))
		_ = c.Frame(true, 1, true, make([]byte, 20001))
		c.Failed(c.Receive(), "00000", "longer than 20000 bytes")
		// In fragments, the first of which fits, with a ping between them.
		_ = c.Frame(false, 1, true, make([]byte, 20000))
		_ = c.Frame(true, 9, true, nil)
		_ = c.Frame(true, 0, true, make([]byte, 300000))
		c.Failed(c.Receive(), "00000", "longer than 20000 bytes")
		c.OK(`{"command":"execute","sqlText":"LONG"}`)
		if got := srv.Violations(); len(got) != 2 || !strings.HasSuffix(got[1], ": a message is longer than 20000 bytes") {
			t.Errorf("violations %q", got)
		}
		_ = c.Frame(true, 1, true, make([]byte, 16*20000+1))
		_, err := c.Recv()
		var closed *testclient.Closed
		if !errors.As(err, &closed) || closed.Code != 1009 {
			t.Errorf("got %v, want a Close frame with 1009", err)
		}
		c.Gone()
	}, opts...)

	srv := exatest.NewServer(t, append(opts, exatest.WithCompression(true))...)
	srv.HandleSQL("LONG...", exatest.RowCount(1))
	c := testclient.Dial(t, srv, srv.Addr(), false)
	c.Login(`,"useCompression":true`)
	c.Compressed = true
	c.OK(`{"command":"execute","sqlText":"LONG %s"}`, strings.Repeat("x", 15000))
	c.Fails("00000", "longer than 20000 bytes", `{"command":"execute","sqlText":"LONG %s"}`, strings.Repeat("x", 30000))
	c.Bye()
}

// A login whose message is too long ends as any other that is refused.
func TestMaxRequestSizeAtLogin(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithLeniency(), exatest.WithMaxRequestSize(1000))
	c := testclient.Dial(t, srv, srv.Addr(), false)
	_ = c.Frame(true, 1, true, make([]byte, 1001))
	c.Failed(c.Receive(), "00000", "longer than 1000 bytes")
	c.Gone()
}

func TestLoginViolations(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(c *testclient.Client)
		want string
	}{
		"no useCompression": {func(c *testclient.Client) {
			a := c.OK(`{"command":"login","protocolVersion":5}`)
			c.OK(`{"username":"sys","password":%s}`, testclient.Quote(c.Encrypt(a, "exasol")))
			c.Bye()
		}, "no useCompression"},
		"no user": {func(c *testclient.Client) {
			a := c.OK(`{"command":"login","protocolVersion":5}`)
			c.Fails("00000", "JSON value '/username' is required, but was not provided.", `{"password":%s,"useCompression":false}`, testclient.Quote(c.Encrypt(a, "exasol")))
			c.Gone()
		}, "no username"},
		"no password": {func(c *testclient.Client) {
			c.OK(`{"command":"login","protocolVersion":5}`)
			c.Fails("00000", "JSON value '/password' is required, but was not provided.", `{"username":"sys","useCompression":false}`)
			c.Gone()
		}, "no password"},
		"no access token": {func(c *testclient.Client) {
			c.OK(`{"command":"loginToken","protocolVersion":5}`)
			c.Fails("08004", "authentication failed", `{"useCompression":false}`)
			c.Gone()
		}, "neither accessToken nor refreshToken"},
		"no token of the group": {func(c *testclient.Client) {
			a := c.OK(`{"command":"subLogin","protocolVersion":3}`)
			c.Fails("00000", "JSON value '/token' is required, but was not provided.", `{"username":"sys","password":%s}`, testclient.Quote(c.Encrypt(a, "exasol")))
			c.Gone()
		}, "no token"},
		"no session of the group": {func(c *testclient.Client) {
			a := c.OK(`{"command":"subLogin","protocolVersion":5}`)
			c.Fails("08004", "authentication failed", `{"username":"sys","password":%s,"token":1}`, testclient.Quote(c.Encrypt(a, "exasol")))
			c.Gone()
		}, "no sessionId"},
		"attributes in the first message": {func(c *testclient.Client) {
			c.OK(`{"command":"login","protocolVersion":5,"attributes":{"autocommit":true}}`)
			c.Conn.Close()
		}, "first message of a login carries attributes"},
		"empty attributes in the first message": {func(c *testclient.Client) {
			c.OK(`{"command":"login","protocolVersion":5,"attributes":{}}`)
			c.Conn.Close()
		}, ""},
		"compressionEnabled": {func(c *testclient.Client) {
			c.Login(`,"attributes":{"compressionEnabled":true}`)
			c.Compressed = true
			c.Bye()
		}, "read-only attribute compressionEnabled"},
		"command instead of credentials": {func(c *testclient.Client) {
			c.OK(`{"command":"login","protocolVersion":5}`)
			c.Fails("08004", "not logged in", `{"command":"getAttributes"}`)
			c.Gone()
		}, "getAttributes was sent in the middle of a login"},
		"text while compressed": {func(c *testclient.Client) {
			c.Login(`,"useCompression":true`)
			c.Send(`{"command":"getAttributes"}`)
			c.Gone()
		}, "text message came while compression is on"},
		"bytes after the zlib stream": {func(c *testclient.Client) {
			c.Login(`,"useCompression":true`)
			var b bytes.Buffer
			z := zlib.NewWriter(&b)
			_, _ = z.Write([]byte(`{"command":"getAttributes"}`))
			_ = z.Close()
			b.WriteByte(0)
			_ = c.Frame(true, 2, true, b.Bytes())
			c.Gone()
		}, "1 bytes follow the compressed message"},
		"broken zlib": {func(c *testclient.Client) {
			c.Login(`,"useCompression":true`)
			_ = c.Frame(true, 2, true, []byte("{}"))
			c.Gone()
		}, "not zlib"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := exatest.NewServer(t, exatest.WithLeniency(), exatest.WithNetwork(exatest.NewVirtualNetwork()))
				tt.do(testclient.Dial(t, srv, srv.Addr(), false))
				synctest.Wait()
				got := srv.Violations()
				if tt.want == "" && len(got) != 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
					t.Errorf("violations %q, want %q", got, tt.want)
				}
			})
		})
	}
}
