package testclient

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
)

// Tunnel is a client's end of a tunnel.
type Tunnel struct {
	net.Conn
	Key string // the address that statements name it by
}

// OpenTunnel opens a tunnel to a node as clients do.
func OpenTunnel(t testing.TB, srv *exatest.Server, addr string) *Tunnel {
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
	return &Tunnel{nc, fmt.Sprintf("%s:%d", host, binary.LittleEndian.Uint32(answer[4:]))}
}

// Serve answers the one request of a tunnel: with content, which is the whole answer, if it is a GET. What a PUT brings
// is sent to the channel, and so is the first line of the request.
func (tn *Tunnel) Serve(nc net.Conn, content string) <-chan []string {
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

// ServeAll answers the requests of a tunnel one after the other, each with the next of the contents and then with nothing.
// It sends what it has seen: the first line of each request, the body of a PUT, and in the end the error by which the
// tunnel ended.
func (tn *Tunnel) ServeAll(nc net.Conn, contents ...string) <-chan []string {
	seen := make(chan []string, 1)
	go func() {
		defer close(seen)
		defer tn.Close()
		defer nc.Close()
		var lines []string
		reader := bufio.NewReader(nc)
		for {
			req, err := http.ReadRequest(reader)
			if err != nil {
				seen <- append(lines, err.Error())
				return
			}
			line := req.Method + " " + req.RequestURI
			if r := req.Header.Get("Range"); r != "" {
				line += " " + r
			}
			lines = append(lines, line)
			if req.Header.Get("Expect") != "" {
				_, _ = io.WriteString(nc, "HTTP/1.1 100 Continue\r\n\r\n")
				lines = append(lines, "Expect: "+req.Header.Get("Expect"))
			}
			if req.Method == http.MethodPut {
				body, err := io.ReadAll(req.Body)
				if req.ContentLength >= 0 {
					lines = append(lines, fmt.Sprintf("Content-Length: %d", req.ContentLength))
				}
				lines = append(lines, string(body))
				if err != nil {
					seen <- append(lines, err.Error())
					return
				}
			}
			if len(contents) == 0 {
				seen <- append(lines, "no answer")
				return
			}
			_, _ = io.WriteString(nc, contents[0])
			contents = contents[1:]
		}
	}()
	return seen
}

// What a client answers to the GET of a tunnel: Answered is the head, TwoRows a whole answer.
const (
	Answered = "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
	TwoRows  = Answered + "4\r\n1,a\n\r\n4\r\n2,b\n\r\n0\r\n\r\n"
)
