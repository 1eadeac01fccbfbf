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
	c := connect(t, srv)
	if err := c.frame(true, 8, true, nil); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("exatest: protocol violation: session %d: the client closed the WebSocket without sending disconnect", c.sessionID)
	if got := <-r.errors; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	c.gone()
}

func TestViolations(t *testing.T) {
	execute := `{"command":"execute","sqlText":"FAST"}`
	for name, tt := range map[string]struct {
		do    func(c *client)
		want  []string
		close int // code of the Close frame
	}{
		"two commands": {do: func(c *client) {
			c.send(`{"command":"execute","sqlText":"SLOW"}`)
			c.send(execute)
			c.receive()
			c.receive()
			c.bye()
		}, want: []string{"execute was sent before the answer to execute"}},
		"command after abort": {do: func(c *client) {
			c.send(`{"command":"execute","sqlText":"HANG"}`)
			synctest.Wait()
			// The server cannot answer while the client does not read: the answer is on its way, but delayed.
			c.send(abort)
			c.send(execute)
			c.receive()
			c.receive()
			c.bye()
		}, want: []string{"execute was sent before the answer to the aborted execute"}},
		"two aborts": {do: func(c *client) {
			c.send(`{"command":"execute","sqlText":"HANG"}`)
			synctest.Wait()
			c.send(abort)
			c.send(abort)
			c.receive()
			c.bye()
		}, want: []string{"abortQuery was sent twice for one command"}},
		"abort with attributes": {do: func(c *client) {
			c.send(`{"command":"abortQuery","attributes":{"autocommit":true}}`)
			c.bye()
		}, want: []string{"abortQuery carries attributes"}},
		"leaked handles": {do: func(c *client) {
			c.execute("BIG")
			c.ok(`{"command":"createPreparedStatement","sqlText":"FAST"}`)
			c.bye()
		}, want: []string{"disconnect while the result sets [1] are open", "disconnect while the prepared statements [1] are open"}},
		"kept statements": {do: func(c *client) {
			run := `{"command":"executePreparedStatement","statementHandle":%d,"numColumns":0,"numRows":0}`
			for handle, sql := range []string{"FAST", "SLOW"} {
				c.ok(`{"command":"createPreparedStatement","sqlText":%q}`, sql)
				if handle == 0 {
					c.ok(run, handle+1)
				}
			}
			c.ok(`{"command":"setAttributes","attributes":{"currentSchema":"S"}}`)
			c.ok(`{"command":"createPreparedStatement","sqlText":"FAST"}`)
			c.ok(run, 3)
			c.bye()
		}, want: []string{"disconnect while the prepared statements [2] are open"}},
		"statement prepared again": {do: func(c *client) {
			for handle := 1; handle <= 3; handle++ {
				c.ok(`{"command":"createPreparedStatement","sqlText":"FAST"}`)
				c.ok(`{"command":"executePreparedStatement","statementHandle":%d,"numColumns":0,"numRows":0}`, handle)
			}
			c.bye()
		}, want: []string{"disconnect while the prepared statements [1 2] are open"}},
		"close without disconnect": {do: func(c *client) {
			_ = c.frame(true, 8, true, []byte{3, 0xe8})
			c.gone()
		}, want: []string{"without sending disconnect"}},
		"close because of an error": {do: func(c *client) {
			_ = c.frame(true, 8, true, []byte{3, 0xea})
			c.gone()
		}},
		"close instead of waiting": {do: func(c *client) {
			c.send(`{"command":"execute","sqlText":"HANG"}`)
			_ = c.frame(true, 8, true, []byte{3, 0xe8})
			c.gone()
		}},
		"integer for a DOUBLE": {do: func(c *client) {
			c.srv.HandleSQL("P", exatest.OK().Params(exatest.Columns(`"" DOUBLE`)...))
			c.failed(c.run(c.prepare("P"), 1, "[2]"), "00000", "getDouble")
			c.ok(`{"command":"closePreparedStatement","statementHandle":1}`)
			c.bye()
		}, want: []string{"DOUBLE parameter 2 has neither a point nor an exponent"}},
		"attribute as field": {do: func(c *client) {
			c.ok(`{"command":"execute","sqlText":"FAST","resultSetMaxRows":10}`)
			c.bye()
		}, want: []string{"execute has the attribute resultSetMaxRows as a field of its own"}},
		"read-only attribute": {do: func(c *client) {
			c.fails("00000", "read-only", `{"command":"execute","sqlText":"FAST","attributes":{"openTransaction":true}}`)
			c.bye()
		}, want: []string{"read-only attribute openTransaction"}},
		"not masked": {do: func(c *client) {
			_ = c.frame(true, 1, false, []byte(execute))
		}, want: []string{"not masked"}, close: 1002},
		"not UTF-8": {do: func(c *client) {
			_ = c.frame(true, 1, true, []byte("{\"command\":\"\xff\"}"))
		}, want: []string{"not UTF-8"}, close: 1007},
		"binary": {do: func(c *client) {
			_ = c.frame(true, 2, true, []byte(execute))
		}, want: []string{"binary message came while compression is off"}, close: 1003},
		"stray continuation": {do: func(c *client) {
			_ = c.frame(true, 0, true, []byte(execute))
		}, want: []string{"nothing to continue"}, close: 1002},
		"broken fragmentation": {do: func(c *client) {
			_ = c.frame(false, 1, true, []byte(execute))
			_ = c.frame(true, 1, true, []byte(execute))
		}, want: []string{"before the last one has ended"}, close: 1002},
		"fragmented ping": {do: func(c *client) {
			_ = c.frame(false, 9, true, nil)
		}, want: []string{"control frame is fragmented"}, close: 1002},
		"long ping": {do: func(c *client) {
			_ = c.frame(true, 9, true, make([]byte, 126))
		}, want: []string{"longer than 125"}, close: 1002},
		"unknown opcode": {do: func(c *client) {
			_ = c.frame(true, 3, true, nil)
		}, want: []string{"unknown opcode 3"}, close: 1002},
		"unknown control opcode": {do: func(c *client) {
			_ = c.frame(true, 11, true, nil)
		}, want: []string{"unknown opcode 11"}, close: 1002},
		"reserved bits": {do: func(c *client) {
			_ = c.frame(true, 0x41, true, nil)
		}, want: []string{"reserved bits"}, close: 1002},
		"too long": {do: func(c *client) {
			_ = c.frame(true, 1, true, make([]byte, 10001))
		}, want: []string{"longer than 10000 bytes"}, close: 1009},
		"long form of a short length": {do: func(c *client) {
			_, _ = c.nc.Write([]byte("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff"))
		}, want: []string{"not in its shortest form"}, close: 1002},
		"long form of a tiny length": {do: func(c *client) {
			_, _ = c.nc.Write([]byte("\x81\xfe\x00\x7d"))
		}, want: []string{"not in its shortest form"}, close: 1002},
		"good fragmentation": {do: func(c *client) {
			_ = c.frame(false, 1, true, []byte(execute[:5]))
			_ = c.frame(true, 9, true, nil)
			_ = c.frame(false, 0, true, nil)
			_ = c.frame(true, 0, true, []byte(execute[5:]))
			c.receive()
			c.bye()
		}},
		"connection cut": {do: func(c *client) {
			c.nc.Close()
			synctest.Wait()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
				srv.HandleSQL("BIG", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf(numbers(1000))))
				srv.Inject(exatest.AbortDelayed(time.Second))
				tt.do(c)
				if tt.close != 0 {
					_, err := c.recv()
					var closed *closeError
					if !errors.As(err, &closed) || closed.code != tt.close {
						t.Errorf("got %v, want a Close frame with %d", err, tt.close)
					}
					c.gone()
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

// TestMaxRequestSize checks that the limit of requests can be another than the one that is announced.
func TestMaxRequestSize(t *testing.T) {
	bubble(t, func(t *testing.T, srv *exatest.Server, c *client) {
		srv.HandleSQL("LONG...", exatest.RowCount(1))
		c.ok(`{"command":"execute","sqlText":"LONG %s"}`, strings.Repeat("x", 15000))
		_ = c.frame(true, 1, true, make([]byte, 20001))
		_, err := c.recv()
		var closed *closeError
		if !errors.As(err, &closed) || closed.code != 1009 {
			t.Errorf("got %v, want a Close frame with 1009", err)
		}
		c.gone()
	}, exatest.WithLeniency(), exatest.WithMaxMessageSize(10000), exatest.WithMaxRequestSize(20000))

	srv := exatest.NewServer(t, exatest.WithCompression(true), exatest.WithMaxMessageSize(10000), exatest.WithMaxRequestSize(20000))
	srv.HandleSQL("LONG...", exatest.RowCount(1))
	c := dial(t, srv, srv.Addr(), false)
	c.login(`,"useCompression":true`)
	c.compressed = true
	c.ok(`{"command":"execute","sqlText":"LONG %s"}`, strings.Repeat("x", 15000))
	c.bye()
}

func TestLoginViolations(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(c *client)
		want string
	}{
		"no useCompression": {func(c *client) {
			a := c.ok(`{"command":"login","protocolVersion":5}`)
			c.ok(`{"username":"sys","password":%s}`, quote(c.encrypt(a, "exasol")))
			c.bye()
		}, "no useCompression"},
		"no user": {func(c *client) {
			a := c.ok(`{"command":"login","protocolVersion":5}`)
			c.fails("00000", "JSON value '/username' is required, but was not provided.", `{"password":%s,"useCompression":false}`, quote(c.encrypt(a, "exasol")))
			c.gone()
		}, "no username"},
		"no password": {func(c *client) {
			c.ok(`{"command":"login","protocolVersion":5}`)
			c.fails("00000", "JSON value '/password' is required, but was not provided.", `{"username":"sys","useCompression":false}`)
			c.gone()
		}, "no password"},
		"no access token": {func(c *client) {
			c.ok(`{"command":"loginToken","protocolVersion":5}`)
			c.fails("08004", "authentication failed", `{"useCompression":false}`)
			c.gone()
		}, "neither accessToken nor refreshToken"},
		"no token of the group": {func(c *client) {
			a := c.ok(`{"command":"subLogin","protocolVersion":3}`)
			c.fails("00000", "JSON value '/token' is required, but was not provided.", `{"username":"sys","password":%s}`, quote(c.encrypt(a, "exasol")))
			c.gone()
		}, "no token"},
		"no session of the group": {func(c *client) {
			a := c.ok(`{"command":"subLogin","protocolVersion":5}`)
			c.fails("08004", "authentication failed", `{"username":"sys","password":%s,"token":1}`, quote(c.encrypt(a, "exasol")))
			c.gone()
		}, "no sessionId"},
		"attributes in the first message": {func(c *client) {
			c.ok(`{"command":"login","protocolVersion":5,"attributes":{"autocommit":true}}`)
			c.nc.Close()
		}, "first message of a login carries attributes"},
		"empty attributes in the first message": {func(c *client) {
			c.ok(`{"command":"login","protocolVersion":5,"attributes":{}}`)
			c.nc.Close()
		}, ""},
		"compressionEnabled": {func(c *client) {
			c.login(`,"attributes":{"compressionEnabled":true}`)
			c.compressed = true
			c.bye()
		}, "read-only attribute compressionEnabled"},
		"command instead of credentials": {func(c *client) {
			c.ok(`{"command":"login","protocolVersion":5}`)
			c.fails("08004", "not logged in", `{"command":"getAttributes"}`)
			c.gone()
		}, "getAttributes was sent in the middle of a login"},
		"text while compressed": {func(c *client) {
			c.login(`,"useCompression":true`)
			c.send(`{"command":"getAttributes"}`)
			c.gone()
		}, "text message came while compression is on"},
		"bytes after the zlib stream": {func(c *client) {
			c.login(`,"useCompression":true`)
			var b bytes.Buffer
			z := zlib.NewWriter(&b)
			_, _ = z.Write([]byte(`{"command":"getAttributes"}`))
			_ = z.Close()
			b.WriteByte(0)
			_ = c.frame(true, 2, true, b.Bytes())
			c.gone()
		}, "1 bytes follow the compressed message"},
		"broken zlib": {func(c *client) {
			c.login(`,"useCompression":true`)
			_ = c.frame(true, 2, true, []byte("{}"))
			c.gone()
		}, "not zlib"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := exatest.NewServer(t, exatest.WithLeniency(), exatest.WithNetwork(exatest.NewVirtualNetwork()))
				tt.do(dial(t, srv, srv.Addr(), false))
				synctest.Wait()
				got := srv.Violations()
				if tt.want == "" && len(got) != 0 || tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)) {
					t.Errorf("violations %q, want %q", got, tt.want)
				}
			})
		})
	}
}
