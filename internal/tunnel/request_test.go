package tunnel_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/internal/tunnel"
)

// pair returns the two ends of a connection in memory.
func pair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	vn := exatest.NewVirtualNetwork()
	l, err := vn.Listen("exa1:1")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		nc, _ := l.Accept()
		accepted <- nc
	}()
	if client, err = vn.DialContext(t.Context(), "tcp", "exa1:1"); err != nil {
		t.Fatal(err)
	}
	return client, <-accepted
}

// database is the other end of a tunnel.
type database struct {
	net.Conn
	reader *bufio.Reader
	client net.Conn
	served <-chan *tunnel.Tunnel
}

func connect(t *testing.T, id *tunnel.Identity, file *tunnel.File) *database {
	t.Helper()
	client, server := pair(t)
	file.Name = "000.csv"
	db := &database{Conn: secured(server, id), client: client, served: serve(t, client, id, file)}
	db.reader = bufio.NewReader(db.Conn)
	return db
}

// ask sends a request and returns its answer: provisional ones, status, headers that matter, body, and what is wrong with it.
func (db *database) ask(request string) string {
	method, _, _ := strings.Cut(request, " ")
	go func() { _, _ = io.WriteString(db, request) }()
	text := ""
	for {
		res, err := http.ReadResponse(db.reader, &http.Request{Method: method})
		if err != nil {
			return text + "no answer"
		}
		text += fmt.Sprint(res.StatusCode)
		if res.StatusCode < 200 {
			text += " "
			continue
		}
		if res.ContentLength >= 0 {
			text += fmt.Sprint(" length ", res.ContentLength)
		}
		for _, te := range res.TransferEncoding {
			text += " " + te
		}
		for _, name := range []string{"Accept-Ranges", "Content-Range"} {
			if value := res.Header.Get(name); value != "" {
				text += " " + value
			}
		}
		body, err := io.ReadAll(res.Body)
		text += fmt.Sprintf(" %q", body)
		if err != nil {
			text += " " + err.Error()
		}
		if res.Close {
			text += " close"
		}
		return text
	}
}

// end hangs up and returns what became of the file.
func (db *database) end() string {
	db.Close()
	o := (<-db.served).Outcome()
	if o.Failure != nil && o.Failure.Err.Error() == "the database hung up" && o.Failure.Step == tunnel.StepRequest && o.Failure.Peer {
		o.Failure = nil // it has always hung up here
	}
	text := "not asked"
	switch {
	case o.Done:
		text = "done"
	case o.Asked:
		text = "asked"
	}
	if o.Failure != nil {
		text += fmt.Sprintf(", %s: %v", o.Failure.Step, o.Failure.Err)
		if o.Failure.Peer {
			text += " (peer)"
		}
	}
	return text
}

func request(method, head string) string {
	return method + " /000.csv HTTP/1.1\r\nHost: 10.0.0.11:20107\r\nUser-Agent: EXASolution\r\nAccept: */*\r\n" + head + "\r\n"
}

var errDisk = errors.New("the disk is full")

func sends(text string, err error) func(context.Context, io.Writer) error {
	return func(_ context.Context, to io.Writer) error {
		if _, err := io.WriteString(to, text); err != nil {
			return err
		}
		return err
	}
}

// receives keeps what it gets, and then fails.
func receives(got *string, err error) func(context.Context, io.Reader) error {
	return func(_ context.Context, from io.Reader) error {
		b, end := io.ReadAll(from)
		*got += string(b)
		return errors.Join(end, err)
	}
}

func TestRequests(t *testing.T) {
	const (
		get, head = "GET", "HEAD"
		chunked   = "Transfer-Encoding: chunked\r\n"
	)
	again := "asked, request: the database asked for it a second time, and a reader can be read once only: use FromOpen"
	var got string
	tests := []struct {
		name     string
		file     func() *tunnel.File
		requests []string
		want     []string // answers, and at the end what became of the file, and what was received
	}{
		{
			"a file", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{request(get, "")},
			[]string{`200 chunked "1,a\n"`, "done", ""},
		},
		{
			"a file after a look at it", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{request(head, ""), request(get, "Range: bytes=2-\r\n")},
			[]string{`200 ""`, `200 chunked "1,a\n"`, "done", ""},
		},
		{
			"another file", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{strings.Replace(request(get, ""), "000", "001", 1), request(get, "")},
			[]string{`404 length 0 ""`, `200 chunked "1,a\n"`, "done", ""},
		},
		{
			"no request", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			nil,
			[]string{"not asked", ""},
		},
		{
			"nothing but a look", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{request(head, "")},
			[]string{`200 ""`, "not asked", ""},
		},
		{
			"a second time", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{request(get, ""), request(get, "")},
			[]string{`200 chunked "1,a\n"`, `500 length 0 "" close`, again, ""},
		},
		{
			"a second time, which is fine", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil), Again: true} },
			[]string{request(get, ""), request(get, "")},
			[]string{`200 chunked "1,a\n"`, `200 chunked "1,a\n"`, "done", ""},
		},
		{
			"an empty file twice", func() *tunnel.File { return &tunnel.File{Send: sends("", nil)} },
			[]string{request(get, ""), request(get, "")},
			[]string{`200 chunked ""`, `200 chunked ""`, "done", ""},
		},
		{
			"a file that fails", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", errDisk)} },
			[]string{request(get, ""), request(get, "")},
			[]string{`200 chunked "" unexpected EOF`, "no answer", "asked, read: the disk is full", ""},
		},
		{
			"HTTP/1.0, which has no chunks", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{"GET /000.csv HTTP/1.0\r\n\r\n"},
			[]string{`505 length 0 "" close`, "not asked, request: the database asked for it by a version of HTTP that is too old", ""},
		},
		{
			"PUT of a file to send", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{request("PUT", "Content-Length: 0\r\n")},
			[]string{`405 length 0 "" close`, "not asked, request: the database asked for it by PUT", ""},
		},
		{
			"nonsense", func() *tunnel.File { return &tunnel.File{Send: sends("1,a\n", nil)} },
			[]string{"what?\r\n\r\n"},
			[]string{`400 "400 Bad Request" close`, "not asked, request: what the database sent is no request of HTTP", ""},
		},

		{
			"chunks", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request("PUT", chunked) + "3\r\n1,a\r\n1\r\n\n\r\n0\r\n\r\n"},
			[]string{`200 length 0 ""`, "done", "1,a\n"},
		},
		{
			"POST with a length", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request("POST", "Content-Length: 4\r\n") + "1,a\n"},
			[]string{`200 length 0 ""`, "done", "1,a\n"},
		},
		{
			"nothing to write", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request("PUT", chunked) + "0\r\n\r\n"},
			[]string{`200 length 0 ""`, "done", ""},
		},
		{
			"a body that waits", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request("PUT", "Expect: 100-continue\r\nContent-Length: 4\r\n") + "1,a\n"},
			[]string{`100 200 length 0 ""`, "done", "1,a\n"},
		},
		{
			"looks before", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request(get, "Range: bytes=0-1\r\n"), request(head, ""), request("PUT", "Content-Length: 4\r\n") + "1,a\n"},
			[]string{`404 length 0 ""`, `404 length 0 ""`, `200 length 0 ""`, "done", "1,a\n"},
		},
		{
			"looks alone", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request(get, "Range: bytes=0-1\r\n")},
			[]string{`404 length 0 ""`, "not asked", ""},
		},
		{
			"a writer that fails", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, errDisk)} },
			[]string{request("PUT", "Content-Length: 4\r\n") + "1,a\n"},
			[]string{`500 length 0 "" close`, "asked, write: the disk is full", "1,a\n"},
		},
		{
			"a writer that has enough", func() *tunnel.File {
				return &tunnel.File{Receive: func(_ context.Context, from io.Reader) error {
					_, err := from.Read(make([]byte, 2))
					return err
				}}
			},
			[]string{request("PUT", "Content-Length: 4\r\n") + "1,a\n"},
			[]string{`500 length 0 "" close`, "asked, write: it was not read to its end", ""},
		},
		{
			"a second file", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request("PUT", "Content-Length: 4\r\n") + "1,a\n", request("PUT", "Content-Length: 4\r\n") + "2,b\n"},
			[]string{
				`200 length 0 ""`, `500 length 0 "" close`,
				"asked, request: the database sent it a second time, and a writer can be written once only", "1,a\n",
			},
		},
		{
			"chunks that are none", func() *tunnel.File { return &tunnel.File{Receive: receives(&got, nil)} },
			[]string{request("PUT", chunked) + "3\r\n1,a\r\nxyz\r\n"},
			[]string{`500 length 0 "" close`, "asked, read: invalid byte in chunk length", "1,a"},
		},

		{
			"parts", func() *tunnel.File { return &tunnel.File{Ranges: strings.NewReader("0123456789"), Size: 10} },
			[]string{
				request(head, ""), request(get, "Range: bytes=-4\r\n"), request(get, "Range: bytes=2-3\r\n"), request(get, "Range: bytes=20-\r\n"),
				request(get, ""),
			},
			[]string{
				`200 length 10 bytes ""`, `206 length 4 bytes bytes 6-9/10 "6789"`, `206 length 2 bytes bytes 2-3/10 "23"`,
				`416 length 33 bytes */10 "invalid range: failed to overlap\n"`, `200 length 10 bytes "0123456789"`, "done", "",
			},
		},
		{
			"several parts at once", func() *tunnel.File { return &tunnel.File{Ranges: strings.NewReader("0123456789"), Size: 10} },
			[]string{request(get, "Range: bytes=0-1,4-5\r\n")},
			[]string{`200 length 10 bytes "0123456789"`, "done", ""},
		},
		{
			"parts that nobody wants", func() *tunnel.File { return &tunnel.File{Ranges: strings.NewReader("0123456789"), Size: 10} },
			[]string{request(head, "")},
			[]string{`200 length 10 bytes ""`, "not asked", ""},
		},
		{
			"parts that are not there", func() *tunnel.File { return &tunnel.File{Ranges: strings.NewReader("0123"), Size: 10} },
			[]string{request(get, "Range: bytes=2-9\r\n")},
			[]string{"no answer", "asked, read: unexpected EOF", ""},
		},
	}
	id := newIdentity(t)
	for _, secure := range []bool{false, true} {
		for _, test := range tests {
			got = ""
			synctest.Test(t, func(t *testing.T) {
				var with *tunnel.Identity
				if secure {
					with = id
				}
				db := connect(t, with, test.file())
				var answers []string
				for _, r := range test.requests {
					answers = append(answers, db.ask(r))
				}
				answers = append(answers, db.end(), got)
				if diff := cmp.Diff(test.want, answers); diff != "" {
					t.Errorf("%s, encrypted: %t (-want +got):\n%s", test.name, secure, diff)
				}
			})
		}
	}
}

// A database that hangs up in the middle of a body has not got it, or has not sent it.
// Close ends everything, and nothing that fails after it counts.
// What is sent again is counted once.
func TestMoved(t *testing.T) {
	file := &tunnel.File{Send: sends("1,a\n", nil), Again: true}
	db := connect(t, nil, file)
	for range 3 {
		db.ask(request("GET", ""))
	}
	if diff := cmp.Diff("done", db.end()); diff != "" || file.Moved.Load() != 4 {
		t.Errorf("%d bytes (-want +got):\n%s", file.Moved.Load(), diff)
	}
}

// A database that has got the last byte may be quicker with its next step than the tunnel.
// lateConn is a connection whose Write returns long after the other end has got everything.
// A database that hangs up before it has asked for anything cannot ask any more.
// runtime.Goexit in a function ends the tunnel, without an end of the body.
