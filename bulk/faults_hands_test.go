package bulk_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// hand is the end of a tunnel that a test plays by hand, while the statement waits.
type hand struct {
	net.Conn
	in *bufio.Reader
	w  *world
}

// tunnelAnswer is what a database says when a tunnel is opened.
const tunnelAnswer = "\x00\x00\x00\x00\x8b\x4e\x00\x00" + "10.0.0.11\x00\x00\x00\x00\x00\x00\x00"

// byHand has a function play the database's end of the tunnel. It comes when the client has asked for a tunnel; with begun it
// waits for the statement, which ends when it returns: with an error if it returns one.
func byHand(play func(h *hand, begun func()) error) func(*world) {
	return func(w *world) {
		l, err := w.vn.Listen("hand:1")
		if err != nil {
			w.t.Fatal(err)
		}
		w.dial = dialTo(w, "hand:1")
		begun, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			defer l.Close()
			nc, err := l.Accept()
			if err != nil {
				return
			}
			defer nc.Close()
			if _, err := io.ReadFull(nc, make([]byte, 12)); err != nil {
				return
			}
			ended <- play(&hand{nc, bufio.NewReader(nc), w}, func() {
				select {
				case <-begun:
				case <-w.release:
				}
			})
		}()
		answer := exatest.Func(func(r *exatest.Request) exatest.Response {
			close(begun)
			select {
			case err := <-ended:
				if err != nil {
					return exatest.Exception("42636", err.Error())
				}
				return exatest.RowCount(exportRows)
			case <-r.Context().Done():
				return exatest.Hang()
			}
		})
		w.srv.HandleSQL("IMPORT ...", answer)
		w.srv.HandleSQL("EXPORT ...", answer)
	}
}

// handles is byHand for a database that opens the tunnel as it should, and then says something and looks at the answer.
func handles(play func(h *hand) error) func(*world) {
	return byHand(func(h *hand, begun func()) error {
		h.say(tunnelAnswer)
		begun()
		return play(h)
	})
}

// say reports whether the client can hear it.
func (h *hand) say(text string) bool {
	_, err := io.WriteString(h.Conn, text)
	return err == nil
}

// slowly says a text byte by byte.
func (h *hand) slowly(text string, pause time.Duration) {
	for i := 0; i < len(text) && h.say(text[i:i+1]); i++ {
		time.Sleep(pause)
	}
}

// answer reads the client's answer to a request. The error is what the statement says.
func (h *hand) answer(method string) (body string, err error) {
	res, err := http.ReadResponse(h.in, &http.Request{Method: method})
	if err != nil {
		return "", errors.New("the client hung up")
	}
	text, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return "", errors.New("the client hung up in the middle")
	case res.StatusCode != http.StatusOK:
		return "", fmt.Errorf("status %d", res.StatusCode)
	}
	h.w.enter("000.csv", text)
	return string(text), nil
}

// got says a request, and checks the answer.
func (h *hand) got(request, method, want string) error {
	h.say(request)
	text, err := h.answer(method)
	if err == nil && text != want {
		return errors.New("the content is another")
	}
	return err
}

// leave hangs up, before the statement ends.
func (h *hand) leave() error {
	_ = h.Close()
	time.Sleep(time.Second)
	return nil
}

// silent is a database that does nothing any more.
func (h *hand) silent() error {
	_, _ = io.Copy(io.Discard, h.in)
	h.w.hang()
	return nil
}

const (
	get = "GET /000.csv HTTP/1.1\r\nHost: 10.0.0.11:20107\r\n\r\n"
	put = "PUT /000.csv HTTP/1.1\r\nHost: 10.0.0.11:20107\r\nTransfer-Encoding: chunked\r\n\r\n"
)

// handOpening are the faults before the statement.
func handOpening() (table []faulty) {
	for _, n := range []int{0, 1, 4, 7, 8, 17, 23} {
		want := "tunnel: hand:1: the server hung up in the middle of its answer"
		if n == 0 {
			want = "tunnel: hand:1: the server hung up when it was asked for a tunnel"
		}
		table = append(table, faulty{
			step: "tunnel", side: database, what: fmt.Sprintf("hangs up after %d bytes", n), only: "plain", want: strings.Replace(want, "hand:1", "exatest:8563", 1),
			set: byHand(func(h *hand, _ func()) error { h.say(tunnelAnswer[:n]); return nil }),
		})
	}
	return append(table, []faulty{
		{step: "tunnel", side: database, what: "answers too slowly", want: "tunnel: exatest:8563: no answer within 10s, see Config.ConnectTimeout", took: connect, only: "plain", set: byHand(func(h *hand, _ func()) error {
			h.slowly(tunnelAnswer, time.Second)
			return nil
		})},
		{step: "tunnel", side: database, what: "is a web server", want: "tunnel: exatest:8563: the server's answer has the port 825110831: is this the port of a database?", only: "plain", set: byHand(func(h *hand, _ func()) error {
			h.say("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
			return nil
		})},
		{step: "address", side: database, what: "is SQL", want: "tunnel: exatest:8563: the server's answer has the host \"x' FILE 'y'; --\": is this the port of a database?", only: "plain", set: byHand(func(h *hand, _ func()) error {
			h.say(tunnelAnswer[:8] + "x' FILE 'y'; --\x00")
			return nil
		})},
		{step: "address", side: database, what: "has no host", want: "tunnel: exatest:8563: the server's answer has the host \"\": is this the port of a database?", only: "plain", set: byHand(func(h *hand, _ func()) error {
			h.say(tunnelAnswer[:8] + strings.Repeat("\x00", 16))
			return nil
		})},
		{step: "address", side: database, what: "has no port", want: "tunnel: exatest:8563: the server's answer has the port 0: is this the port of a database?", only: "plain", set: byHand(func(h *hand, _ func()) error {
			h.say(strings.Repeat("\x00", 8) + tunnelAnswer[8:])
			return nil
		})},
		{step: "address", side: database, what: "is followed by nonsense", want: "request: what the database sent is no request of HTTP", took: grace, only: "plain", set: byHand(func(h *hand, begun func()) error {
			h.say(tunnelAnswer + "\x15\x03\x01\x00\x02\x02\x28\r\n\r\n")
			begun()
			return h.silent()
		})},
	}...)
}

// handRequests are faults of the database when it asks for a file to import.
func handRequests() []faulty {
	return append(handOpening(), []faulty{
		{step: "request", side: database, what: "comes slowly", only: "plain", took: time.Duration(len(get)) * time.Second, set: handles(func(h *hand) error {
			h.slowly(get, time.Second)
			return h.got("", "GET", exportedText)
		})},
		{step: "request", side: database, what: "is nonsense, and nothing follows", want: "request: what the database sent is no request of HTTP", only: "plain", took: grace, set: handles(func(h *hand) error {
			h.say("\x16\x03\x01\x00\xa5\x01\r\n\r\n")
			return h.silent()
		})},
		{step: "request", side: database, what: "is by TRACE, and nothing follows", want: "request: the database asked for it by TRACE", only: "plain", took: grace, set: handles(func(h *hand) error {
			h.say(strings.Replace(get, "GET", "TRACE", 1))
			return h.silent()
		})},
		{step: "request", side: database, what: "is one of HTTP/1.0", want: "execute: status 505 (42636); request: the database asked for it by a version of HTTP that is too old", only: "plain", set: handles(func(h *hand) error {
			return h.got(strings.Replace(get, "1.1", "1.0", 1), "GET", "")
		})},
		{step: "request", side: database, what: "is of HTTP/2", want: "request: the database hung up", only: "plain", took: grace, set: handles(func(h *hand) error {
			h.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
			return h.silent()
		})},
		{step: "request", side: database, what: "is a PUT", want: "execute: status 405 (42636); request: the database asked for it by PUT", only: "plain", set: handles(func(h *hand) error {
			return h.got(put+"0\r\n\r\n", "PUT", "")
		})},
		{step: "headers", side: database, what: "stop in the middle", only: "plain", hangs: true, set: handles(func(h *hand) error {
			h.say(get[:len(get)-10])
			<-h.w.release
			return nil
		})},
		{step: "headers", side: database, what: "are cut", want: "request: what the database sent is no request of HTTP", only: "plain", took: grace, set: handles(func(h *hand) error {
			h.say(get[:len(get)-10])
			_ = h.Close()
			<-h.w.release
			return nil
		})},
		{step: "headers", side: database, what: "have no end", want: "request: what the database sent is no request of HTTP", only: "plain", took: grace + time.Second/2, set: handles(func(h *hand) error {
			h.say(get[:len(get)-2])
			for range 2000 {
				h.say("X-Header: " + strings.Repeat("x", 1000) + "\r\n")
			}
			return h.silent()
		})},
		{step: "headers", side: database, what: "ask for a part", only: "plain", set: handles(func(h *hand) error {
			return h.got(strings.Replace(get, "\r\n\r\n", "\r\nRange: bytes=5-6\r\n\r\n", 1), "GET", exportedText)
		})},
		{step: "headers", side: database, what: "come with a body", only: "plain", set: handles(func(h *hand) error {
			return h.got(strings.Replace(get, "\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n1,a", 1), "GET", exportedText)
		})},
		{step: "request", side: database, what: "comes after one by HEAD", only: "plain", set: handles(func(h *hand) error {
			if err := h.got(strings.Replace(get, "GET", "HEAD", 1), "HEAD", ""); err != nil {
				return err
			}
			return h.got(get, "GET", exportedText)
		})},
		{step: "request", side: database, what: "comes twice at once", want: "execute: status 500 (42636); request: the database asked for it a second time, and a reader can be read once only: use FromOpen", only: "plain", set: handles(func(h *hand) error {
			if err := h.got(get+get, "GET", exportedText); err != nil {
				return err
			}
			return h.got("", "GET", exportedText)
		})},
		{step: "body", side: database, what: "is read slowly", only: "plain", took: 101 * time.Minute, set: handles(func(h *hand) error {
			h.say(get)
			slow := readFunc(func(b []byte) (int, error) {
				time.Sleep(time.Minute)
				return h.Read(b[:min(len(b), 3000)])
			})
			h.in = bufio.NewReader(slow)
			return h.got("", "GET", exportedText)
		})},
	}...)
}

// dialTo has tunnels lead to another address.
func dialTo(w *world, addr string) func(ctx context.Context, network, _ string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return w.vn.DialContext(ctx, network, addr)
	}
}

// chunks is a PUT with this body.
func chunks(body string) func(*world) {
	return handles(func(h *hand) error { return h.got(put+body, "PUT", "") })
}

// chunked is a text as one chunk, without the last.
func chunked(text string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(text), text) }

// handBodies are faults of the database when it sends a file.
func handBodies() []faulty {
	length := func(n string) string {
		return strings.Replace(put, "Transfer-Encoding: chunked", "Content-Length: "+n, 1)
	}
	return append(handOpening(), []faulty{
		{step: "request", side: database, what: "is a GET", want: "execute: status 404 (42636)", only: "plain", set: handles(func(h *hand) error { return h.got(get, "GET", "") })},
		{step: "request", side: database, what: "comes twice", want: "execute: status 500 (42636); request: the database sent it a second time, and a writer can be written once only", only: "plain", set: handles(func(h *hand) error {
			if err := h.got(put+chunked(exportedText)+"0\r\n\r\n", "PUT", ""); err != nil {
				return err
			}
			return h.got(put+chunked(exportedText)+"0\r\n\r\n", "PUT", "")
		})},
		{step: "headers", side: database, what: "have no length", only: "plain", to: func(*world) bulk.Target { return bulk.ToWriter(&strings.Builder{}) }, set: handles(func(h *hand) error { return h.got(length("0"), "PUT", "") })},
		{step: "headers", side: database, what: "have a negative length", want: "execute: status 400 (42636); request: what the database sent is no request of HTTP", or: []string{"execute: status 400 (42636)"}, only: "plain", set: handles(func(h *hand) error { return h.got(length("-1"), "PUT", "") })},
		{step: "headers", side: database, what: "have two lengths", only: "plain", set: handles(func(h *hand) error {
			return h.got(strings.Replace(put, "\r\n\r\n", "\r\nContent-Length: 3\r\n\r\n", 1)+chunked(exportedText)+"0\r\n\r\n", "PUT", "")
		})},
		{step: "headers", side: database, what: "have too great a length", want: "read: unexpected EOF", only: "plain", set: handles(func(h *hand) error {
			h.say(length("300001") + exportedText)
			return h.leave()
		}), took: time.Second},
		{step: "chunk", side: database, what: "comes slowly", only: "plain", took: 20 * time.Minute, within: 10 * time.Minute, set: handles(func(h *hand) error {
			h.say(put)
			for i := range 10 {
				h.slowly(chunked(exportedText[i*30_000 : (i+1)*30_000])[:10], time.Minute/10)
				h.say(chunked(exportedText[i*30_000 : (i+1)*30_000])[10:])
				time.Sleep(time.Minute)
			}
			return h.got("0\r\n\r\n", "PUT", "")
		})},
		{step: "chunk", side: database, what: "has no number", want: "execute: status 500 (42636); read: invalid byte in chunk length", only: "plain", set: chunks("abc,def\r\n")},
		{step: "chunk", side: database, what: "has a negative number", want: "execute: status 500 (42636); read: invalid byte in chunk length", only: "plain", set: chunks("-5\r\nx")},
		{step: "chunk", side: database, what: "has too large a number", want: "execute: status 500 (42636); read: http chunk length too large", only: "plain", set: chunks("fffffffffffffffff\r\nx")},
		{step: "chunk", side: database, what: "is longer than its number", want: "execute: status 500 (42636); read: malformed chunked encoding", only: "plain", set: chunks("3\r\nxxxx\r\n0\r\n\r\n")},
		{step: "chunk", side: database, what: "has an extension", only: "plain", set: chunks(strings.Replace(chunked(exportedText), "\r\n", ";a=b\r\n", 1) + "0\r\n\r\n")},
		{step: "chunk", side: database, what: "of the largest number is cut", want: "read: unexpected EOF", only: "plain", set: handles(func(h *hand) error {
			h.say(put + "7fffffffffffffff\r\nxxxx")
			return h.leave()
		}), took: time.Second},
		{step: "end", side: database, what: "has a trailer", only: "plain", set: chunks(chunked(exportedText) + "0\r\nX-Sum: 1\r\n\r\n")},
		{step: "end", side: database, what: "is missing", want: "read: unexpected EOF", only: "plain", set: handles(func(h *hand) error {
			h.say(put + chunked(exportedText))
			return h.leave()
		}), took: time.Second},
		{step: "end", side: database, what: "is not complete", want: "read: http: unexpected EOF reading trailer", only: "plain", set: handles(func(h *hand) error {
			h.say(put + chunked(exportedText) + "0\r\n")
			return h.leave()
		}), took: time.Second},
		{step: "reply", side: database, what: "is not waited for", only: "plain", set: handles(func(h *hand) error {
			h.say(put + chunked(exportedText) + "0\r\n\r\n")
			time.Sleep(time.Second)
			return h.Close()
		}), took: time.Second},
	}...)
}
