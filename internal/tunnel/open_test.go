package tunnel_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/tunnel"
)

const hello = "\x02\x21\x21\x02\x01\x00\x00\x00\x01\x00\x00\x00"

// answer is that of a database.
func answer(port uint16, host string) string {
	b := make([]byte, 24)
	b[4], b[5] = byte(port), byte(port>>8)
	copy(b[8:], host)
	return string(b)
}

func TestOpen(t *testing.T) {
	tests := []struct {
		name   string
		answer string
		want   string
	}{
		{"address", answer(20107, "10.0.0.11"), "10.0.0.11:20107"},
		{"longest address", answer(65535, "123.123.123.123"), "123.123.123.123:65535"},
		{"without a zero at the end", answer(1, "exasol-node-0001"), "exasol-node-0001:1"},
		{"junk behind the zero", answer(7, "exa1\x00';DROP"), "exa1:7"},
		{"IPv6", answer(7, "::1"), "[::1]:7"},
		{"port 0", answer(0, "10.0.0.11"), "the server's answer has the port 0: is this the port of a database?"},
		{"port too large", "\x00\x00\x00\x00\x00\x00\x01\x00" + answer(0, "10.0.0.11")[8:], "the server's answer has the port 65536: is this the port of a database?"},
		{"no host", answer(7, ""), `the server's answer has the host "": is this the port of a database?`},
		{"quote", answer(7, "a'b"), `the server's answer has the host "a'b": is this the port of a database?`},
		{"zone", answer(7, "fe80::1%'"), `the server's answer has the host "fe80::1%'": is this the port of a database?`},
		{"web server", "HTTP/1.1 400 Bad Request\r\n", "the server's answer has the port 825110831: is this the port of a database?"},
		{"nothing", "", "the server hung up when it was asked for a tunnel"},
		{"half", answer(7, "10.0.0.11")[:23], "the server hung up in the middle of its answer"},
	}
	for _, pieces := range []int{1, 5, 24} {
		for _, test := range tests {
			client, server := net.Pipe()
			asked := make(chan string, 1)
			go func() {
				defer server.Close()
				got := make([]byte, len(hello))
				_, _ = io.ReadFull(server, got)
				asked <- string(got)
				for rest := []byte(test.answer); len(rest) > 0; {
					n := min(len(rest), (len(test.answer)+pieces-1)/pieces)
					if _, err := server.Write(rest[:n]); err != nil {
						return
					}
					rest = rest[n:]
				}
			}()
			got, err := tunnel.Open(t.Context(), client)
			if err != nil {
				got += err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s, in %d pieces (-want +got):\n%s", test.name, pieces, diff)
			}
			if got := <-asked; got != hello {
				t.Errorf("%s: sent %q", test.name, got)
			}
			client.Close()
		}
	}
}

// What comes behind the answer belongs to HTTP, and nobody else may read it.
func TestOpenReadsNoMore(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	go func() {
		defer server.Close()
		_, _ = io.ReadFull(server, make([]byte, len(hello)))
		_, _ = io.WriteString(server, answer(7, "10.0.0.11")+"GET")
	}()
	if _, err := tunnel.Open(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(client); err != nil || !bytes.Equal(rest, []byte("GET")) {
		t.Errorf("left: %q, %v", rest, err)
	}
}

func TestOpenEnds(t *testing.T) {
	cause := errors.New("the user has left")
	for name, read := range map[string]int{"while it asks": 0, "while it waits": len(hello)} {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			defer client.Close()
			defer server.Close()
			go func() { _, _ = io.ReadFull(server, make([]byte, read)) }()
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, cause)
			defer cancel()
			start := time.Now()
			_, err := tunnel.Open(ctx, client)
			if !errors.Is(err, cause) || time.Since(start) != time.Minute {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
		})
	}
}

// FuzzOpen checks that nothing of an answer can get out of the string in a statement that the address becomes a part of.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(answer(20107, "10.0.0.11")))
	f.Add([]byte(answer(1, "::1")))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		client, server := net.Pipe()
		defer client.Close()
		go func() {
			defer server.Close()
			_, _ = io.ReadFull(server, make([]byte, len(hello)))
			_, _ = server.Write(data)
		}()
		addr, err := tunnel.Open(t.Context(), client)
		if err != nil {
			return
		}
		host, port, err := net.SplitHostPort(addr)
		if err != nil || host == "" || port == "0" || len(data) < 24 {
			t.Fatalf("%q of %q", addr, data)
		}
		for _, c := range []byte(addr) {
			if c <= ' ' || c > '~' || bytes.IndexByte([]byte(`'"\/;%?#`), c) >= 0 {
				t.Fatalf("%q of %q", addr, data)
			}
		}
	})
}
