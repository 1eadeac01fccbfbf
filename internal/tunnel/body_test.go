package tunnel_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/tunnel"
)

// Whatever the pieces are in which a body is written, it arrives as it is, in chunks that are not small.
func TestSentBodies(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	body := make([]byte, 3<<20)
	for i := range body {
		body[i] = byte(random.Uint32())
	}
	for name, write := range map[string]func(to io.Writer) error{
		"at once": func(to io.Writer) error { _, err := to.Write(body); return err },
		"in pieces": func(to io.Writer) error {
			for rest := body; len(rest) > 0; {
				n := min(len(rest), 1+random.IntN(150_000))
				if m, err := to.Write(rest[:n]); err != nil || m != n {
					return errors.Join(err, io.ErrShortWrite)
				}
				rest = rest[n:]
			}
			return nil
		},
		"by a reader": func(to io.Writer) error {
			_, err := io.Copy(to, struct{ io.Reader }{bytes.NewReader(body)})
			return err
		},
		"by a slow reader": func(to io.Writer) error {
			_, err := io.Copy(to, iotest.OneByteReader(bytes.NewReader(body)))
			return err
		},
		"by a reader that ends with data": func(to io.Writer) error {
			_, err := io.Copy(to, iotest.DataErrReader(bytes.NewReader(body)))
			return err
		},
	} {
		file := &tunnel.File{Send: func(_ context.Context, to io.Writer) error { return write(to) }}
		db := connect(t, nil, file)
		_, _ = io.WriteString(db, request("GET", ""))
		res, err := http.ReadResponse(db.reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("%s: %d bytes of %d: %v", name, len(got), len(body), err)
		}
		if diff := cmp.Diff("done", db.end()); diff != "" || file.Moved.Load() != int64(len(body)) {
			t.Errorf("%s: %d bytes (-want +got):\n%s", name, file.Moved.Load(), diff)
		}
	}
}

// A reader that fails keeps its error.
func TestSentBodiesFail(t *testing.T) {
	db := connect(t, nil, &tunnel.File{Send: func(_ context.Context, to io.Writer) error {
		_, err := io.Copy(to, iotest.ErrReader(errDisk))
		return err
	}})
	if diff := cmp.Diff(`200 chunked "" unexpected EOF`, db.ask(request("GET", ""))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("asked, read: the disk is full", db.end()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReceivedBodies(t *testing.T) {
	body := bytes.Repeat([]byte("1,a\n"), 300_000)
	for name, read := range map[string]func(to *bytes.Buffer, from io.Reader) error{
		"copied": func(to *bytes.Buffer, from io.Reader) error {
			_, err := io.Copy(struct{ io.Writer }{to}, from)
			return err
		},
		"read": func(to *bytes.Buffer, from io.Reader) error {
			_, err := to.ReadFrom(struct{ io.Reader }{from})
			return err
		},
		"bytes": func(to *bytes.Buffer, from io.Reader) error {
			_, err := to.ReadFrom(iotest.OneByteReader(struct{ io.Reader }{from}))
			return err
		},
	} {
		var got bytes.Buffer
		file := &tunnel.File{Receive: func(_ context.Context, from io.Reader) error { return read(&got, from) }}
		db := connect(t, nil, file)
		go func() {
			req, _ := http.NewRequest(http.MethodPut, "http://10.0.0.11/000.csv", struct{ io.Reader }{bytes.NewReader(body)})
			_ = req.Write(db)
		}()
		if res, err := http.ReadResponse(db.reader, nil); err != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res, err)
		}
		if diff := cmp.Diff("done", db.end()); diff != "" || file.Moved.Load() != int64(len(body)) || !bytes.Equal(got.Bytes(), body) {
			t.Errorf("%s: %d bytes of %d (-want +got):\n%s", name, got.Len(), len(body), diff)
		}
	}
}

func TestPin(t *testing.T) {
	id := newIdentity(t)
	db := connect(t, id, &tunnel.File{Send: sends("", nil)})
	secure, _ := db.Conn.(*tls.Conn)
	if err := secure.Handshake(); err != nil {
		t.Fatal(err)
	}
	certificate := secure.ConnectionState().PeerCertificates[0]
	sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	if diff := cmp.Diff("sha256//"+base64.StdEncoding.EncodeToString(sum[:]), id.Pin()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if other := newIdentity(t); other.Pin() == id.Pin() {
		t.Error("two identities have the same key")
	}
	db.end()
}
