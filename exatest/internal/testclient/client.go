// Package testclient has the WebSocket client that the tests and examples of exatest and of the packages below it use.
package testclient

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

// Client is a WebSocket client as simple as it can be, so that the server is checked against something that shares no
// code with it.
type Client struct {
	TB         testing.TB
	Server     *exatest.Server
	Conn       net.Conn
	reader     *bufio.Reader
	Compressed bool
	SessionID  uint64
	Version    int
	Attributes map[string]any

	write sync.Mutex

	// What the last read has seen.
	Frames int
	Pongs  []string
	Opcode byte
}

// Dial connects to a node and upgrades; plain is for ws://.
func Dial(t testing.TB, srv *exatest.Server, addr string, plain bool) *Client {
	t.Helper()
	nc, err := srv.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	if !plain {
		host, _, _ := net.SplitHostPort(addr)
		nc = tls.Client(nc, &tls.Config{RootCAs: srv.CertPool(), ServerName: host})
	}
	return Upgrade(t, srv, nc)
}

// Upgrade makes a connection a WebSocket.
func Upgrade(t testing.TB, srv *exatest.Server, nc net.Conn) *Client {
	t.Helper()
	c := &Client{TB: t, Server: srv, Conn: nc, reader: bufio.NewReader(nc)}
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

// Connect dials and logs in with defaults.
func Connect(t testing.TB, srv *exatest.Server) *Client {
	t.Helper()
	c := Dial(t, srv, srv.Addr(), false)
	c.Login("")
	return c
}

// Frame sends one frame.
func (c *Client) Frame(fin bool, opcode byte, masked bool, payload []byte) error {
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
	_, err := c.Conn.Write(b)
	return err
}

// Send sends a message, compressed if the session is.
func (c *Client) Send(message string) {
	c.TB.Helper()
	opcode, payload := byte(1), []byte(message)
	if c.Compressed {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, _ = io.WriteString(z, message)
		_ = z.Close()
		opcode, payload = 2, b.Bytes()
	}
	if err := c.Frame(true, opcode, true, payload); err != nil {
		c.TB.Fatalf("send: %v", err)
	}
}

// Closed is a Close frame of the server.
type Closed struct {
	Code   int
	Reason string
}

func (e *Closed) Error() string { return fmt.Sprintf("closed with %d %s", e.Code, e.Reason) }

// Recv reads one message.
func (c *Client) Recv() (string, error) {
	c.Frames, c.Pongs = 0, nil
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
			_ = c.Frame(true, 8, true, payload)
			e := &Closed{}
			if len(payload) >= 2 {
				e.Code, e.Reason = int(binary.BigEndian.Uint16(payload)), string(payload[2:])
			}
			return "", e
		case 10:
			c.Pongs = append(c.Pongs, string(payload))
			continue
		case 0, 1, 2:
			if opcode != 0 {
				c.Opcode = opcode
			}
		}
		c.Frames++
		message = append(message, payload...)
		if h[0]&0x80 != 0 {
			break
		}
	}
	if c.Opcode == 2 && c.Compressed {
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

// Answer is an answer of the server, decoded.
type Answer struct {
	Status    string
	Data      map[string]any `json:"responseData"`
	Attrs     map[string]any `json:"attributes"`
	Exception struct{ Text, SQLCode string }
	Raw       string // as it came
}

// Receive reads one answer.
func (c *Client) Receive() Answer {
	c.TB.Helper()
	text, err := c.Recv()
	if err != nil {
		c.TB.Fatalf("receive: %v", err)
	}
	return c.Parse(text)
}

// Parse decodes an answer.
func (c *Client) Parse(text string) Answer {
	c.TB.Helper()
	a := Answer{Raw: text}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		c.TB.Fatalf("answer %q: %v", text, err)
	}
	return a
}

// Do sends a command and returns the answer.
func (c *Client) Do(format string, args ...any) Answer {
	c.TB.Helper()
	c.Send(fmt.Sprintf(format, args...))
	return c.Receive()
}

// OK is Do for a command that has to succeed.
func (c *Client) OK(format string, args ...any) Answer {
	c.TB.Helper()
	a := c.Do(format, args...)
	if a.Status != "ok" {
		c.TB.Fatalf("%s: got %s", fmt.Sprintf(format, args...), a.Raw)
	}
	return a
}

// Fails is Do for a command that has to fail with this code and a text that has this part.
func (c *Client) Fails(code, text, format string, args ...any) {
	c.TB.Helper()
	c.Failed(c.Do(format, args...), code, text)
}

// Failed checks that an answer is an exception with this code and a text that has this part.
func (c *Client) Failed(a Answer, code, text string) {
	c.TB.Helper()
	if a.Status != "error" || a.Exception.SQLCode != code || !strings.Contains(a.Exception.Text, text) {
		c.TB.Errorf("got %s, want an exception %s with %q", a.Raw, code, text)
	}
}

// Execute runs a statement.
func (c *Client) Execute(sql string) Answer {
	c.TB.Helper()
	return c.Do(`{"command":"execute","sqlText":%s}`, Quote(sql))
}

// Quote is a string in JSON.
func Quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// Prepare returns the handle of a statement.
func (c *Client) Prepare(sql string) string {
	c.TB.Helper()
	return fmt.Sprint(c.OK(`{"command":"createPreparedStatement","sqlText":%s}`, Quote(sql)).Data["statementHandle"])
}

// Run executes a prepared statement with columns of parameters, given as JSON.
func (c *Client) Run(handle string, rows int, columns ...string) Answer {
	c.TB.Helper()
	return c.Do(`{"command":"executePreparedStatement","statementHandle":%s,"numColumns":%d,"numRows":%d,"data":[%s]}`,
		handle, len(columns), rows, strings.Join(columns, ","))
}

// Login takes the connection through a login by password. extra goes into the second message.
func (c *Client) Login(extra string) Answer {
	c.TB.Helper()
	a := c.TryLogin(5, "sys", "exasol", extra)
	if a.Status != "ok" {
		c.TB.Fatalf("login: %s", a.Raw)
	}
	return a
}

// TryLogin is Login that may be refused.
func (c *Client) TryLogin(version int, user, password, extra string) Answer {
	c.TB.Helper()
	a := c.Do(`{"command":"login","protocolVersion":%d}`, version)
	if a.Status != "ok" {
		return a
	}
	if !strings.Contains(extra, "useCompression") {
		extra += `,"useCompression":false`
	}
	return c.FinishLogin(c.Do(`{"username":%s,"password":%s%s}`, Quote(user), Quote(c.Encrypt(a, password)), extra))
}

// FinishLogin takes in the last answer of a login.
func (c *Client) FinishLogin(a Answer) Answer {
	if a.Status == "ok" {
		id, _ := a.Data["sessionId"].(json.Number)
		_, _ = fmt.Sscan(string(id), &c.SessionID)
		version, _ := a.Data["protocolVersion"].(json.Number)
		_, _ = fmt.Sscan(string(version), &c.Version)
		c.Attributes = a.Attrs
	}
	return a
}

// Encrypt encrypts a password with the key of the first answer of a login.
func (c *Client) Encrypt(a Answer, password string) string {
	c.TB.Helper()
	text, _ := a.Data["publicKeyPem"].(string)
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "RSA PUBLIC KEY" {
		c.TB.Fatalf("no PEM key in %s", a.Raw)
	}
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		c.TB.Fatalf("key: %v", err)
	}
	//nolint:staticcheck // what the protocol asks for
	secret, err := rsa.EncryptPKCS1v15(rand.Reader, key, []byte(password))
	if err != nil {
		c.TB.Fatalf("encrypt: %v", err)
	}
	return base64.StdEncoding.EncodeToString(secret)
}

// Bye disconnects as a good client does.
func (c *Client) Bye() {
	c.TB.Helper()
	c.OK(`{"command":"disconnect"}`)
	_ = c.Frame(true, 8, true, []byte{3, 0xe8})
	c.Gone()
}

// Gone checks that the server ends the connection.
func (c *Client) Gone() {
	c.TB.Helper()
	for {
		_, err := c.Recv()
		var closed *Closed
		switch {
		case errors.As(err, &closed):
			continue
		case err == nil:
			c.TB.Errorf("the server sent something more")
			continue
		}
		return
	}
}

// Result digs out results[i].
func (a Answer) Result(i int) map[string]any {
	results, _ := a.Data["results"].([]any)
	if i >= len(results) {
		return nil
	}
	r, _ := results[i].(map[string]any)
	return r
}

// Set digs out the result set of results[i].
func (a Answer) Set(i int) map[string]any {
	set, _ := a.Result(i)["resultSet"].(map[string]any)
	return set
}

// Data is the JSON of the rows, column by column.
func Data(o map[string]any) string {
	v, ok := o["data"]
	if !ok {
		return ""
	}
	b, _ := json.Marshal(v)
	return string(b)
}
