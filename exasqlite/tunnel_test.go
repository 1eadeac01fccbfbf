package exasqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// servedFile is a file that a client serves through a tunnel of its own.
type servedFile struct {
	place string // AT and FILE of the statement
	done  chan error
	body  bytes.Buffer // that a PUT brought
}

// serveFile opens a tunnel and answers the one request that comes through it.
func serveFile(t *testing.T, srv *exatest.Server, name, content string, secret *tls.Certificate) *servedFile {
	t.Helper()
	nc, err := net.Dial("tcp", srv.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if _, err := nc.Write([]byte{2, 0x21, 0x21, 2, 1, 0, 0, 0, 1, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 24)
	if _, err := io.ReadFull(nc, answer); err != nil {
		t.Fatal(err)
	}
	host, _, _ := strings.Cut(string(answer[8:]), "\x00")
	f := &servedFile{done: make(chan error, 1)}
	scheme, pin := "http", ""
	if secret != nil {
		sum := sha256.Sum256(secret.Leaf.RawSubjectPublicKeyInfo)
		scheme, pin = "https", " PUBLIC KEY 'sha256//"+base64.StdEncoding.EncodeToString(sum[:])+"'"
	}
	f.place = fmt.Sprintf("AT '%s://%s:%d'%s FILE '%s'", scheme, host, binary.LittleEndian.Uint32(answer[4:]), pin, name)
	go func() {
		defer nc.Close()
		if secret != nil {
			nc = tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{*secret}})
		}
		f.done <- f.answer(nc, content)
	}()
	return f
}

// answer answers a GET with the content, and takes what a PUT brings.
func (f *servedFile) answer(nc net.Conn, content string) error {
	req, err := http.ReadRequest(bufio.NewReader(nc))
	if err != nil {
		return err
	}
	head := "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	if req.Method == http.MethodPut {
		if _, err := f.body.ReadFrom(req.Body); err != nil {
			return err
		}
		_, err = io.WriteString(nc, head+"Content-Length: 0\r\n\r\n")
		return err
	}
	if _, err := io.WriteString(nc, head+"Transfer-Encoding: chunked\r\n\r\n"); err != nil {
		return err
	}
	for len(content) > 0 {
		chunk := content[:min(len(content), 1000)]
		if _, err := fmt.Fprintf(nc, "%x\r\n%s\r\n", len(chunk), chunk); err != nil {
			return err
		}
		content = content[len(chunk):]
	}
	_, err = io.WriteString(nc, "0\r\n\r\n")
	return err
}

// newSecret is a certificate for the tunnels of a test.
func newSecret(t *testing.T) *tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestTransferThroughTunnels writes and reads a table by statements of a client, through tunnels to a real server.
func TestTransferThroughTunnels(t *testing.T) {
	for _, release := range []string{"7.1.30", "8.29.13", "8.32.0", "2025.1.11"} {
		for _, encrypted := range []bool{false, true} {
			if encrypted && release < "8.32" && !strings.HasPrefix(release, "2025") {
				continue // these know no PUBLIC KEY
			}
			t.Run(fmt.Sprintf("%s/encrypted=%v", release, encrypted), func(t *testing.T) {
				t.Parallel()
				backend, err := exasqlite.New()
				if err != nil {
					t.Fatal(err)
				}
				srv := exatest.NewServer(t, exatest.WithBackend(backend), exatest.WithRelease(release))
				sess := connectTo(t, srv)
				mustExec(t, sess, "CREATE SCHEMA r")
				mustExec(t, sess, "CREATE TABLE a "+transferColumns)
				mustExec(t, sess, transferRows)
				mustExec(t, sess, "CREATE TABLE b "+transferColumns)
				var secret *tls.Certificate
				if encrypted {
					secret = newSecret(t)
				}
				for _, tunnels := range []int{1, 4} {
					for _, ext := range []string{".csv", ".csv.gz"} {
						transferBack(t, srv, sess, tunnels, ext, secret)
					}
				}
			})
		}
	}
}

// connectTo opens a session with a server.
func connectTo(t *testing.T, srv *exatest.Server) *exawire.Session {
	t.Helper()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sess, err := client.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sess.Close(context.Background()) })
	return sess
}

// transferBack exports table a, imports table b from what came, and compares the two.
func transferBack(t *testing.T, srv *exatest.Server, sess *exawire.Session, tunnels int, ext string, secret *tls.Certificate) {
	t.Helper()
	serve := func(contents []string) (files []*servedFile, places string) {
		for i, content := range contents {
			f := serveFile(t, srv, fmt.Sprintf("%03d%s", i, ext), content, secret)
			files = append(files, f)
			places += " " + f.place + " (1..9, 10 FORMAT = 'YYYY-MM-DD HH24:MI:SS.FF9', 11..15)"
		}
		return files, places
	}
	files, places := serve(make([]string, tunnels))
	if n := mustExec(t, sess, "EXPORT a INTO CSV"+places); n != 5 {
		t.Errorf("%d rows were exported", n)
	}
	var contents []string
	for _, f := range files {
		if err := <-f.done; err != nil {
			t.Fatal(err)
		}
		contents = append(contents, f.body.String())
	}
	files, places = serve(contents)
	if n := mustExec(t, sess, "IMPORT INTO b FROM CSV"+places); n != 5 {
		t.Errorf("%d rows were imported", n)
	}
	for _, f := range files {
		if err := <-f.done; err != nil {
			t.Error(err)
		}
	}
	for _, q := range []string{"SELECT * FROM a EXCEPT SELECT * FROM b", "SELECT * FROM b EXCEPT SELECT * FROM a"} {
		rows, err := sess.Query(t.Context(), "SELECT COUNT(*) FROM ("+q+")")
		if err != nil {
			t.Fatal(err)
		}
		got, err := exawire.One[int64](rows)
		if diff := cmp.Diff(int64(0), got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", q, err, diff)
		}
	}
	mustExec(t, sess, "TRUNCATE TABLE b")
}
