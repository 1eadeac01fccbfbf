package exatest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
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
			c := testclient.Connect(t, srv)
			addrs := srv.Addrs()
			first, second := testclient.OpenTunnel(t, srv, addrs[0]), testclient.OpenTunnel(t, srv, addrs[len(addrs)-1])
			if first.Key == second.Key {
				t.Fatalf("two tunnels have the key %s", first.Key)
			}
			one := first.Serve(first, testclient.TwoRows)
			two := second.Serve(second, "HTTP/1.1 200 OK\r\n\r\n3,c\n") // to the end of the connection
			a := c.Execute("IMPORT INTO t FROM CSV AT 'http://" + first.Key + "' FILE '000.csv' AT 'http://" + second.Key + "' FILE 'it''s\r\n1.csv'")
			if fmt.Sprint(a.Result(0)["rowCount"]) != "3" {
				t.Errorf("got %s", a.Raw)
			}
			if diff := cmp.Diff([]string{"000.csv=1,a\n2,b\n", "it's\r\n1.csv=3,c\n"}, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([][]string{{"GET /000.csv " + first.Key}, {"GET /it%27s%0D%0A1.csv " + second.Key}}, [][]string{<-one, <-two}); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			c.Failed(c.Execute("IMPORT INTO t FROM CSV AT 'http://"+first.Key+"' FILE '000.csv'"), "42636", "Connection refused")
			c.Bye()
		})
	}
}

// What a client may do wrong ends the statement, and never counts as a file.
func TestImportFilesFails(t *testing.T) {
	srv := exatest.NewServer(t)
	var got []string
	srv.HandleSQL("IMPORT ...", lines(&got))
	srv.HandleSQL("IMPORT INTO bad ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		_, _ = content.Read(make([]byte, 1))
		return 0, &exatest.SQLError{Code: "22001", Text: "too long"}
	}))
	srv.HandleSQL("IMPORT INTO part ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		_, err := content.Read(make([]byte, 1))
		return 1, err
	}))
	c := testclient.Connect(t, srv)
	for _, tt := range []struct{ table, answer, code, text string }{
		{"t", "", "42636", "/1 failed after 0 bytes. [Empty reply from server],[52],[Server returned nothing (no headers, no data)]]"},
		{"t", testclient.Answered + "4\r\n1,a\n\r\n", "42636", "failed after 4 bytes. [transfer closed"},
		{"part", testclient.Answered + "4\r\n1,a\n\r\n", "42636", "failed after 4 bytes. [transfer closed with outstanding read data remaining],[18],[Transferred a partial file]]"},
		{"t", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1,a\n", "42636", "failed after 4 bytes. [transfer closed"},
		{"t", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "42636", "[The requested URL returned error: 500],[22],[HTTP response code said error]"},
		{"t", "hello\r\n\r\n", "42636", "[Received HTTP/0.9 when not allowed],[1],[Unsupported protocol]"},
		{"bad", testclient.TwoRows, "22001", "too long"},
	} {
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		seen := tn.Serve(tn, tt.answer)
		c.Failed(c.Execute("IMPORT INTO "+tt.table+" FROM CSV AT 'http://"+tn.Key+"' FILE '1'"), tt.code, tt.text)
		<-seen
	}
	c.Failed(c.Execute("IMPORT INTO t FROM LOCAL CSV FILE '1'"), "0A000", "AT 'address'")
	c.Failed(c.Execute("IMPORT INTO t FROM CSV AT 'ftp://10.0.0.11:20107' FILE '1'"), "42636", "bad/illegal")
	srv.HandleSQL("IMPORT INTO computed ...", exatest.Func(func(*exatest.Request) exatest.Response { return lines(&got) }))
	for _, table := range []string{"t", "computed"} {
		// The statement is only prepared: nothing is moved.
		a := c.OK(`{"command":"createPreparedStatement","sqlText":"IMPORT INTO %s FROM CSV AT 'http://1.2.3.4:5' FILE '1'"}`, table)
		c.Fails("42636", "Connection refused", `{"command":"executePreparedStatement","statementHandle":%v,"numColumns":0,"numRows":0}`, a.Data["statementHandle"])
		c.OK(`{"command":"closePreparedStatement","statementHandle":%v}`, a.Data["statementHandle"])
	}
	c.Fails("42636", "Connection refused", `{"command":"executeBatch","sqlTexts":["COMMIT","IMPORT INTO t FROM CSV AT 'http://1.2.3.4:5' FILE '1'"]}`)
	c.Bye()
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
	c := testclient.Connect(t, srv)
	tn := testclient.OpenTunnel(t, srv, srv.Addr())
	seen := tn.Serve(tn, "HTTP/1.1 100 Continue\r\n\r\n"+testclient.Answered+"0\r\n\r\n")
	a := c.Execute("EXPORT t INTO CSV AT 'http://" + tn.Key + "' FILE '000.csv' REPLACE")
	if fmt.Sprint(a.Result(0)["rowCount"]) != "30000" {
		t.Errorf("got %s", a.Raw)
	}
	if diff := cmp.Diff([]string{"PUT /000.csv " + tn.Key, long}, <-seen); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		table, answer, code, text string
		body                      []string
	}{
		{"t", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "42636", "after 300000 bytes. [The requested URL returned error: 500]", []string{long}},
		{"t", "", "42636", "after 300000 bytes. [Empty reply from server],[52]", []string{long}},
		{"bad", testclient.Answered + "0\r\n\r\n", "00000", "the disk is full", []string{"1,a\n", "unexpected EOF"}},
	} {
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		seen := tn.Serve(tn, tt.answer)
		a := c.Execute("EXPORT " + tt.table + " INTO CSV AT 'http://" + tn.Key + "' FILE '1'")
		c.Failed(a, tt.code, tt.text)
		if diff := cmp.Diff(tt.body, (<-seen)[1:]); diff != "" {
			t.Errorf("%s: body (-want +got):\n%s", tt.text, diff)
		}
	}
	c.Failed(c.Execute("EXPORT t INTO EXA AT c TABLE u"), "0A000", "an EXPORT")
	c.Bye()
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
	c := testclient.Connect(t, srv)
	for _, tt := range []struct{ clause, fails string }{
		{pin, ""},
		{"IGNORE CERTIFICATE", ""},
		{"PUBLIC KEY 'sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", "SSL: public key does not match pinned public key"},
	} {
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		seen := tn.Serve(tls.Server(tn, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}), testclient.TwoRows)
		a := c.Execute("IMPORT INTO t FROM CSV AT 'https://" + tn.Key + "' " + tt.clause + " FILE '000.csv'")
		<-seen
		switch {
		case tt.fails != "":
			c.Failed(a, "42636", tt.fails)
		case fmt.Sprint(a.Result(0)["rowCount"]) != "2":
			t.Errorf("%s: got %s", tt.clause, a.Raw)
		}
	}
	tn := testclient.OpenTunnel(t, srv, srv.Addr())
	seen := tn.Serve(tn, testclient.TwoRows) // speaks no TLS
	c.Failed(c.Execute("IMPORT INTO t FROM CSV AT 'https://"+tn.Key+"' "+pin+" FILE '000.csv'"), "42636", "failed after 0 bytes")
	<-seen
	c.Bye()
}
