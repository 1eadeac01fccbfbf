package exatest_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/google/go-cmp/cmp"
)

// tunnel is a client's end of a tunnel.
type tunnel struct {
	net.Conn
	key string
}

// openTunnel opens a tunnel to a node as clients do.
func openTunnel(t testing.TB, srv *exatest.Server, addr string) *tunnel {
	t.Helper()
	nc, err := srv.DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { nc.Close() })
	if _, err := nc.Write([]byte{2, 0x21, 0x21, 2, 1, 0, 0, 0, 1, 0, 0, 0}); err != nil {
		t.Fatalf("%v", err)
	}
	answer := make([]byte, 24)
	if _, err := io.ReadFull(nc, answer); err != nil {
		t.Fatalf("the answer to a tunnel: %v", err)
	}
	host, _, _ := strings.Cut(string(answer[8:]), "\x00")
	return &tunnel{nc, fmt.Sprintf("%s:%d", host, binary.LittleEndian.Uint32(answer[4:]))}
}

// serve answers the one request of a tunnel: with content, which is the whole answer, if it is a GET. What a PUT brings
// is sent to the channel, and so is the first line of the request.
func (tn *tunnel) serve(nc net.Conn, content string) <-chan []string {
	seen := make(chan []string, 1)
	go func() {
		defer close(seen)
		defer tn.Close()
		defer nc.Close()
		req, err := http.ReadRequest(bufio.NewReader(nc))
		if err != nil {
			seen <- []string{err.Error()}
			return
		}
		lines := []string{req.Method + " " + req.RequestURI + " " + req.Host}
		if req.Method == http.MethodPut {
			body, err := io.ReadAll(req.Body)
			lines = append(lines, string(body))
			if err != nil {
				lines = append(lines, err.Error())
			}
		}
		_, _ = io.WriteString(nc, content)
		seen <- lines
	}()
	return seen
}

const (
	answered = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
	twoRows  = answered + "4\r\n1,a\n\r\n4\r\n2,b\n\r\n0\r\n\r\n"
)

// lines counts rows, and keeps what it has read.
func lines(into *[]string) exatest.Response {
	return exatest.ImportFiles(func(file string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		*into = append(*into, file+"="+string(text))
		return int64(strings.Count(string(text), "\n")), err
	})
}

func TestImportFiles(t *testing.T) {
	vn := exatest.NewVirtualNetwork()
	for name, opts := range map[string][]exatest.Option{"loopback": nil, "virtual": {exatest.WithNetwork(vn), exatest.WithNodes("exa1", "exa2")}} {
		t.Run(name, func(t *testing.T) {
			srv := exatest.NewServer(t, opts...)
			var got []string
			srv.HandleSQL("IMPORT ...", lines(&got))
			c := connect(t, srv)
			addrs := srv.Addrs()
			first, second := openTunnel(t, srv, addrs[0]), openTunnel(t, srv, addrs[len(addrs)-1])
			if first.key == second.key {
				t.Fatalf("two tunnels have the key %s", first.key)
			}
			one := first.serve(first, twoRows)
			two := second.serve(second, "HTTP/1.1 200 OK\r\n\r\n3,c\n") // to the end of the connection
			a := c.execute("IMPORT INTO t FROM CSV AT 'http://" + first.key + "' FILE '000.csv' AT 'http://" + second.key + "' FILE 'it''s\r\n1.csv'")
			if fmt.Sprint(a.result(0)["rowCount"]) != "3" {
				t.Errorf("got %s", a.raw)
			}
			if diff := cmp.Diff([]string{"000.csv=1,a\n2,b\n", "it's\r\n1.csv=3,c\n"}, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([][]string{{"GET /000.csv " + first.key}, {"GET /it%27s%0D%0A1.csv " + second.key}}, [][]string{<-one, <-two}); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			c.failed(c.execute("IMPORT INTO t FROM CSV AT 'http://"+first.key+"' FILE '000.csv'"), "42636", "Connection refused")
			c.bye()
		})
	}
}

// What a client may do wrong ends the statement, and never counts as a file.
func TestImportFilesFails(t *testing.T) {
	srv := exatest.NewServer(t)
	var got []string
	srv.HandleSQL("IMPORT ...", lines(&got))
	srv.HandleSQL("IMPORT INTO bad ...", exatest.ImportFiles(func(string, io.Reader) (int64, error) { return 0, &exatest.SQLError{Code: "22001", Text: "too long"} }))
	srv.HandleSQL("IMPORT INTO lazy ...", exatest.ImportFiles(func(string, io.Reader) (int64, error) { return 1, nil }))
	c := connect(t, srv)
	for _, tt := range []struct{ table, answer, code, text string }{
		{"t", "", "42636", "failed after 0 bytes. [transfer closed with outstanding read data remaining]"},
		{"t", answered + "4\r\n1,a\n\r\n", "42636", "failed after 4 bytes. [transfer closed"},
		{"lazy", answered + "4\r\n1,a\n\r\n", "42636", "failed after 4 bytes. [transfer closed"},
		{"t", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1,a\n", "42636", "failed after 4 bytes. [transfer closed"},
		{"t", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "42636", "returned error: 500"},
		{"t", "hello\r\n\r\n", "42636", "malformed HTTP"},
		{"bad", twoRows, "22001", "too long"},
	} {
		tn := openTunnel(t, srv, srv.Addr())
		seen := tn.serve(tn, tt.answer)
		c.failed(c.execute("IMPORT INTO "+tt.table+" FROM CSV AT 'http://"+tn.key+"' FILE '1'"), tt.code, tt.text)
		<-seen
	}
	c.failed(c.execute("IMPORT INTO t FROM LOCAL CSV FILE '1'"), "0A000", "AT 'address'")
	c.failed(c.execute("IMPORT INTO t FROM CSV AT 'ftp://10.0.0.11:20107' FILE '1'"), "42636", "bad/illegal")
	srv.HandleSQL("IMPORT INTO computed ...", exatest.Func(func(*exatest.Request) exatest.Response { return lines(&got) }))
	for _, table := range []string{"t", "computed"} {
		// The statement is only prepared: nothing is moved.
		a := c.ok(`{"command":"createPreparedStatement","sqlText":"IMPORT INTO %s FROM CSV AT 'http://1.2.3.4:5' FILE '1'"}`, table)
		c.fails("42636", "Connection refused", `{"command":"executePreparedStatement","statementHandle":%v,"numColumns":0,"numRows":0}`, a.Data["statementHandle"])
		c.ok(`{"command":"closePreparedStatement","statementHandle":%v}`, a.Data["statementHandle"])
	}
	c.fails("42636", "Connection refused", `{"command":"executeBatch","sqlTexts":["COMMIT","IMPORT INTO t FROM CSV AT 'http://1.2.3.4:5' FILE '1'"]}`)
	c.bye()
}

func TestExportFiles(t *testing.T) {
	srv := exatest.NewServer(t)
	long := strings.Repeat("0123456,x\n", 30_000)
	srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, long)
		return 30_000, err
	}))
	srv.HandleSQL("EXPORT bad ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, _ = io.WriteString(content, "1,a\n")
		return 1, errors.New("the disk is full")
	}))
	c := connect(t, srv)
	tn := openTunnel(t, srv, srv.Addr())
	seen := tn.serve(tn, "HTTP/1.1 100 Continue\r\n\r\n"+answered+"0\r\n\r\n")
	a := c.execute("EXPORT t INTO CSV AT 'http://" + tn.key + "' FILE '000.csv' REPLACE")
	if fmt.Sprint(a.result(0)["rowCount"]) != "30000" {
		t.Errorf("got %s", a.raw)
	}
	if diff := cmp.Diff([]string{"PUT /000.csv " + tn.key, long}, <-seen); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		table, answer, code, text string
		body                      []string
	}{
		{"t", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "42636", "after 300000 bytes. [The requested URL returned error: 500]", []string{long}},
		{"t", "", "42636", "after 300000 bytes. [transfer closed", []string{long}},
		{"bad", answered + "0\r\n\r\n", "00000", "the disk is full", []string{"1,a\n", "unexpected EOF"}},
	} {
		tn := openTunnel(t, srv, srv.Addr())
		seen := tn.serve(tn, tt.answer)
		a := c.execute("EXPORT " + tt.table + " INTO CSV AT 'http://" + tn.key + "' FILE '1'")
		c.failed(a, tt.code, tt.text)
		if diff := cmp.Diff(tt.body, (<-seen)[1:]); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", tt.text, diff)
		}
	}
	c.failed(c.execute("EXPORT t INTO EXA AT c TABLE u"), "0A000", "an EXPORT")
	c.bye()
}

// With https the client is the server of TLS, and the clause PUBLIC KEY names its key.
func TestTunnelTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	pin := "PUBLIC KEY 'sha256//" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	srv := exatest.NewServer(t)
	var got []string
	srv.HandleSQL("IMPORT ...", lines(&got))
	c := connect(t, srv)
	for _, tt := range []struct{ clause, fails string }{
		{pin, ""},
		{"IGNORE CERTIFICATE", ""},
		{"PUBLIC KEY 'sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", "SSL: public key does not match pinned public key"},
	} {
		tn := openTunnel(t, srv, srv.Addr())
		seen := tn.serve(tls.Server(tn, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}), twoRows)
		a := c.execute("IMPORT INTO t FROM CSV AT 'https://" + tn.key + "' " + tt.clause + " FILE '000.csv'")
		<-seen
		switch {
		case tt.fails != "":
			c.failed(a, "42636", tt.fails)
		case fmt.Sprint(a.result(0)["rowCount"]) != "2":
			t.Errorf("%s: got %s", tt.clause, a.raw)
		}
	}
	tn := openTunnel(t, srv, srv.Addr())
	seen := tn.serve(tn, twoRows) // speaks no TLS
	c.failed(c.execute("IMPORT INTO t FROM CSV AT 'https://"+tn.key+"' "+pin+" FILE '000.csv'"), "42636", "failed after 0 bytes")
	<-seen
	c.bye()
}
