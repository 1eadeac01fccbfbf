package exatest_test

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/exawire/exawire/exatest"
)

// client is a WebSocket client as simple as it can be, so that the server is checked against something that shares no
// code with it.
type client struct {
	t          testing.TB
	srv        *exatest.Server
	nc         net.Conn
	reader     *bufio.Reader
	compressed bool
	sessionID  uint64
	version    int
	attributes map[string]any

	write sync.Mutex

	// What the last read has seen.
	frames int
	pongs  []string
	opcode byte
}

// dial connects to a node and upgrades; plain is for ws://.
func dial(t testing.TB, srv *exatest.Server, addr string, plain bool) *client {
	t.Helper()
	nc, err := srv.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	if !plain {
		host, _, _ := net.SplitHostPort(addr)
		nc = tls.Client(nc, &tls.Config{RootCAs: srv.CertPool(), ServerName: host})
	}
	return upgrade(t, srv, nc)
}

// upgrade makes a connection a WebSocket.
func upgrade(t testing.TB, srv *exatest.Server, nc net.Conn) *client {
	t.Helper()
	c := &client{t: t, srv: srv, nc: nc, reader: bufio.NewReader(nc)}
	t.Cleanup(func() { nc.Close() })
	fmt.Fprintf(nc, "GET /db?x=1 HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatalf("upgrade: %v", err)
	}
	if got := resp.Header.Get("Sec-WebSocket-Accept"); resp.StatusCode != 101 || got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("upgrade: status %d, accept %q", resp.StatusCode, got)
	}
	return c
}

// connect dials and logs in with defaults.
func connect(t testing.TB, srv *exatest.Server) *client {
	t.Helper()
	c := dial(t, srv, srv.Addr(), false)
	c.login("")
	return c
}

// frame sends one frame.
func (c *client) frame(fin bool, opcode byte, masked bool, payload []byte) error {
	first := opcode
	if fin {
		first |= 0x80
	}
	b := []byte{first}
	bit := byte(0)
	if masked {
		bit = 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, bit|byte(n))
	case n < 1<<16:
		b = append(b, bit|126, byte(n>>8), byte(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, bit|127), uint64(n))
	}
	if masked {
		mask := [4]byte{1, 2, 3, 4}
		b = append(b, mask[:]...)
		for i, p := range payload {
			b = append(b, p^mask[i%4])
		}
	} else {
		b = append(b, payload...)
	}
	c.write.Lock()
	defer c.write.Unlock()
	_, err := c.nc.Write(b)
	return err
}

func (c *client) send(message string) {
	c.t.Helper()
	opcode, payload := byte(1), []byte(message)
	if c.compressed {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = io.WriteString(z, message)
		_ = z.Close()
		opcode, payload = 2, b.Bytes()
	}
	if err := c.frame(true, opcode, true, payload); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// closeError is a Close frame of the server.
type closeError struct {
	code   int
	reason string
}

func (e *closeError) Error() string { return fmt.Sprintf("closed with %d %s", e.code, e.reason) }

// recv reads one message.
func (c *client) recv() (string, error) {
	c.frames, c.pongs = 0, nil
	var message []byte
	for {
		var h [2]byte
		if _, err := io.ReadFull(c.reader, h[:]); err != nil {
			return "", err
		}
		n := uint64(h[1])
		switch n {
		case 126:
			var b [2]byte
			if _, err := io.ReadFull(c.reader, b[:]); err != nil {
				return "", err
			}
			n = uint64(binary.BigEndian.Uint16(b[:]))
		case 127:
			var b [8]byte
			if _, err := io.ReadFull(c.reader, b[:]); err != nil {
				return "", err
			}
			n = binary.BigEndian.Uint64(b[:])
		}
		payload := make([]byte, n)
		if _, err := io.ReadFull(c.reader, payload); err != nil {
			return "", err
		}
		switch opcode := h[0] & 15; opcode {
		case 8:
			_ = c.frame(true, 8, true, payload)
			e := &closeError{}
			if len(payload) >= 2 {
				e.code, e.reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
			}
			return "", e
		case 10:
			c.pongs = append(c.pongs, string(payload))
			continue
		case 0, 1, 2:
			if opcode != 0 {
				c.opcode = opcode
			}
		}
		c.frames++
		message = append(message, payload...)
		if h[0]&0x80 != 0 {
			break
		}
	}
	if c.opcode == 2 && c.compressed {
		z, err := zlib.NewReader(bytes.NewReader(message))
		if err != nil {
			return "", err
		}
		if message, err = io.ReadAll(z); err != nil {
			return "", err
		}
	}
	return string(message), nil
}

// answer is an answer of the server, decoded.
type answer struct {
	Status    string
	Data      map[string]any `json:"responseData"`
	Attrs     map[string]any `json:"attributes"`
	Exception struct{ Text, SQLCode string }
	raw       string
}

func (c *client) receive() answer {
	c.t.Helper()
	text, err := c.recv()
	if err != nil {
		c.t.Fatalf("receive: %v", err)
	}
	return c.parse(text)
}

func (c *client) parse(text string) answer {
	c.t.Helper()
	a := answer{raw: text}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		c.t.Fatalf("answer %q: %v", text, err)
	}
	return a
}

// do sends a command and returns the answer.
func (c *client) do(format string, args ...any) answer {
	c.t.Helper()
	c.send(fmt.Sprintf(format, args...))
	return c.receive()
}

// ok is do for a command that has to succeed.
func (c *client) ok(format string, args ...any) answer {
	c.t.Helper()
	a := c.do(format, args...)
	if a.Status != "ok" {
		c.t.Fatalf("%s: got %s", fmt.Sprintf(format, args...), a.raw)
	}
	return a
}

// fails is do for a command that has to fail with this code and a text that has this part.
func (c *client) fails(code, text, format string, args ...any) {
	c.t.Helper()
	c.failed(c.do(format, args...), code, text)
}

func (c *client) failed(a answer, code, text string) {
	c.t.Helper()
	if a.Status != "error" || a.Exception.SQLCode != code || !strings.Contains(a.Exception.Text, text) {
		c.t.Errorf("got %s, want an exception %s with %q", a.raw, code, text)
	}
}

func (c *client) execute(sql string) answer {
	c.t.Helper()
	return c.do(`{"command":"execute","sqlText":%s}`, quote(sql))
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// login takes the connection through a login by password. extra goes into the second message.
func (c *client) login(extra string) answer {
	c.t.Helper()
	a := c.tryLogin(5, "sys", "exasol", extra)
	if a.Status != "ok" {
		c.t.Fatalf("login: %s", a.raw)
	}
	return a
}

func (c *client) tryLogin(version int, user, password, extra string) answer {
	c.t.Helper()
	a := c.do(`{"command":"login","protocolVersion":%d}`, version)
	if a.Status != "ok" {
		return a
	}
	if !strings.Contains(extra, "useCompression") {
		extra += `,"useCompression":false`
	}
	return c.finishLogin(c.do(`{"username":%s,"password":%s%s}`, quote(user), quote(c.encrypt(a, password)), extra))
}

func (c *client) finishLogin(a answer) answer {
	if a.Status == "ok" {
		id, _ := a.Data["sessionId"].(json.Number)
		_, _ = fmt.Sscan(string(id), &c.sessionID)
		version, _ := a.Data["protocolVersion"].(json.Number)
		_, _ = fmt.Sscan(string(version), &c.version)
		c.attributes = a.Attrs
	}
	return a
}

func (c *client) encrypt(a answer, password string) string {
	c.t.Helper()
	text, _ := a.Data["publicKeyPem"].(string)
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "RSA PUBLIC KEY" {
		c.t.Fatalf("no PEM key in %s", a.raw)
	}
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		c.t.Fatalf("key: %v", err)
	}
	//nolint:staticcheck // what the protocol asks for
	secret, err := rsa.EncryptPKCS1v15(rand.Reader, key, []byte(password))
	if err != nil {
		c.t.Fatalf("encrypt: %v", err)
	}
	return base64.StdEncoding.EncodeToString(secret)
}

// bye disconnects as a good client does.
func (c *client) bye() {
	c.t.Helper()
	c.ok(`{"command":"disconnect"}`)
	_ = c.frame(true, 8, true, []byte{3, 0xe8})
	c.gone()
}

// gone checks that the server ends the connection.
func (c *client) gone() {
	c.t.Helper()
	for {
		_, err := c.recv()
		var closed *closeError
		switch {
		case errors.As(err, &closed):
			continue
		case err == nil:
			c.t.Errorf("the server sent something more")
			continue
		}
		return
	}
}

// result digs out results[i].
func (a answer) result(i int) map[string]any {
	results, _ := a.Data["results"].([]any)
	if i >= len(results) {
		return nil
	}
	r, _ := results[i].(map[string]any)
	return r
}

func (a answer) set(i int) map[string]any {
	set, _ := a.result(i)["resultSet"].(map[string]any)
	return set
}

// data is the JSON of the rows, column by column.
func data(o map[string]any) string {
	v, ok := o["data"]
	if !ok {
		return ""
	}
	b, _ := json.Marshal(v)
	return string(b)
}
