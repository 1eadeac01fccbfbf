package exatest_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestNodesOnLoopback(t *testing.T) {
	if l, err := net.Listen("tcp", "127.0.0.2:0"); err != nil {
		t.Skip("this system has one loopback address only")
	} else {
		l.Close()
	}
	srv := exatest.NewServer(t, exatest.WithNodes("127.0.0.1", "127.0.0.2"))
	_, port, _ := net.SplitHostPort(srv.Addr())
	if got := fmt.Sprint(srv.Addrs()); got != "[127.0.0.1:"+port+" 127.0.0.2:"+port+"]" {
		t.Errorf("addresses %s", got)
	}
	c := testclient.Dial(t, srv, srv.Addrs()[1], false)
	c.Login("")
	if got := srv.Sessions()[0].Node; got != "127.0.0.2" {
		t.Errorf("node %s", got)
	}
	c.Bye()
}

func TestServerAddresses(t *testing.T) {
	srv := exatest.NewServer(t, exatest.WithUser("o'hara", "p@ss/word?"), exatest.WithCertificateNames("db.example.com", "10.1.2.3"))
	want := "exa://o%27hara:p%40ss%2Fword%3F@" + srv.Addr() + "?fingerprint=" + srv.Fingerprint() + "&compression=1"
	if got := srv.DSN("compression=1"); got != want {
		t.Errorf("DSN %s, want %s", got, want)
	}
	if err := srv.Certificate().VerifyHostname("db.example.com"); err != nil {
		t.Error(err)
	}
	if err := srv.Certificate().VerifyHostname("10.1.2.3"); err != nil {
		t.Error(err)
	}
	if got := exatest.NewServer(t, exatest.WithPlaintext()).DSN(); !strings.HasSuffix(got, "?tls=0") {
		t.Errorf("plain DSN %s", got)
	}
}

func TestNotWebSocket(t *testing.T) {
	srv := exatest.NewServer(t)
	nc, err := net.Dial("tcp", srv.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	fmt.Fprint(nc, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	text, _ := io.ReadAll(nc)
	if !strings.HasPrefix(string(text), "HTTP/1.1 426 ") {
		t.Errorf("got %q", text)
	}
}

// A client that speaks neither TLS nor HTTP, and opens no tunnel, is not left waiting.
func TestOtherProtocolsAreRefused(t *testing.T) {
	srv := exatest.NewServer(t)
	for _, hello := range []string{"\x03\x21\x21\x02\x01\x00\x00\x00\x01\x00\x00\x00", "\x02\x21\x21\x02\x02\x00\x00\x00\x01\x00\x00\x00"} {
		nc, err := srv.DialContext(t.Context(), "tcp", srv.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if _, err := nc.Write([]byte(hello)); err != nil {
			t.Fatal(err)
		}
		if n, err := nc.Read(make([]byte, 1)); err == nil {
			t.Errorf("the server answered %q with %d bytes", hello, n)
		}
	}
}
