package tunnel_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/tunnel"
)

func TestHangUp(t *testing.T) {
	t.Run("reads", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ended := false
			db := connect(t, nil, &tunnel.File{Send: func(ctx context.Context, to io.Writer) error {
				_, _ = to.Write(make([]byte, 1<<20))
				<-ctx.Done() // as a reader that nothing but Close ends
				ended = true
				return ctx.Err()
			}})
			go func() { _, _ = io.WriteString(db, request("GET", "")) }()
			_, _ = db.reader.ReadByte()
			synctest.Wait()
			got := db.end()
			if want := "asked, write: "; !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "(peer)") || !ended {
				t.Errorf("%s, ended: %t", got, ended)
			}
		})
	})
	t.Run("reads, while the file is slow", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			db := connect(t, nil, &tunnel.File{Send: func(ctx context.Context, _ io.Writer) error {
				<-ctx.Done()
				return ctx.Err()
			}})
			go func() { _, _ = io.WriteString(db, request("GET", "")) }()
			_, _ = db.reader.ReadByte()
			synctest.Wait()
			if diff := cmp.Diff("asked, write: the database hung up (peer)", db.end()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	})
	t.Run("writes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var got string
			db := connect(t, nil, &tunnel.File{Receive: receives(&got, nil)})
			_, _ = io.WriteString(db, request("PUT", "Transfer-Encoding: chunked\r\n")+"4\r\n1,a\n\r\n")
			synctest.Wait()
			if diff := cmp.Diff("asked, read: unexpected EOF (peer)", db.end()); diff != "" || got != "1,a\n" {
				t.Errorf("%q (-want +got):\n%s", got, diff)
			}
		})
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		defer server.Close()
		tn := tunnel.New(t.Context(), client, nil, &tunnel.File{Name: "000.csv", Send: func(ctx context.Context, to io.Writer) error {
			<-ctx.Done()
			_, err := to.Write([]byte("1,a\n"))
			return errors.Join(ctx.Err(), err)
		}})
		served := make(chan struct{})
		go func() {
			defer close(served)
			tn.Serve()
		}()
		go func() { _, _ = io.WriteString(server, request("GET", "")) }()
		synctest.Wait()
		tn.Close()
		<-served
		tn.Close()
		if diff := cmp.Diff(tunnel.Outcome{Asked: true}, tn.Outcome()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		rest, _ := io.ReadAll(server)
		if _, body, _ := strings.Cut(string(rest), "\r\n\r\n"); body != "" {
			t.Errorf("a body: %q", body)
		}
	})
}

func TestDoneBeforeTheLastByte(t *testing.T) {
	body := strings.Repeat("0123456789abcdef", 64<<10/16) // so much at once that nothing of it waits for the end
	for name, file := range map[string]*tunnel.File{
		"parts": {Name: "000.csv", Ranges: strings.NewReader(body), Size: int64(len(body))},
		"send":  {Name: "000.csv", Send: sends(body, nil)},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, server := pair(t)
			slow := &lateConn{client, make(chan struct{})}
			tn := tunnel.New(t.Context(), slow, nil, file)
			served := make(chan struct{})
			go func() {
				defer close(served)
				tn.Serve()
			}()
			db := &database{Conn: server, reader: bufio.NewReader(server)}
			answer := make(chan string, 1)
			go func() { answer <- db.ask(request("GET", "")) }()
			synctest.Wait()
			for len(answer) == 0 {
				slow.goOn <- struct{}{}
				synctest.Wait()
			}
			if text := <-answer; !strings.Contains(text, body) || !tn.Outcome().Done {
				t.Errorf("%s: %d bytes of text: %+v", name, len(text), tn.Outcome())
			}
			close(slow.goOn)
			server.Close()
			<-served
		})
	}
}

type lateConn struct {
	net.Conn
	goOn chan struct{}
}

func (c *lateConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	<-c.goOn
	return n, err
}

func TestHangUpBefore(t *testing.T) {
	for _, id := range []*tunnel.Identity{nil, newIdentity(t)} {
		synctest.Test(t, func(t *testing.T) {
			told := 0
			db := connect(t, id, &tunnel.File{Send: sends("1,a\n", nil), Failed: func() { told++ }})
			db.Close()
			got := (<-db.served).Outcome()
			if got.Failure == nil || !got.Failure.Peer || got.Failure.Step != tunnel.StepRequest || got.Failure.Err.Error() != "the database hung up" || told != 1 {
				t.Errorf("encrypted: %t: %+v, told %d times", id != nil, got, told)
			}
		})
	}
}

func TestGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := connect(t, nil, &tunnel.File{Send: func(_ context.Context, to io.Writer) error {
			_, _ = io.WriteString(to, "1,a\n")
			t.SkipNow()
			return nil
		}})
		if diff := cmp.Diff(`200 chunked "" unexpected EOF`, db.ask(request("GET", ""))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff("asked", db.end()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTLSFails(t *testing.T) {
	id := newIdentity(t)
	for name, test := range map[string]struct {
		say  func(db net.Conn)
		want string
	}{
		"no TLS":       {func(db net.Conn) { _, _ = io.WriteString(db, request("GET", "")) }, "not asked, tls: tls: first record does not look like a TLS handshake"},
		"hangs up":     {func(net.Conn) {}, "not asked"},
		"distrusts it": {func(db net.Conn) { _ = tls.Client(db, &tls.Config{ServerName: "exa1"}).Handshake() }, "not asked, tls: remote error: tls: bad certificate"},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, server := pair(t)
			file := &tunnel.File{Name: "000.csv", Send: sends("1,a\n", nil)}
			db := &database{Conn: server, client: client, served: serve(t, client, id, file)}
			test.say(db)
			synctest.Wait()
			if diff := cmp.Diff(test.want, db.end()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}
