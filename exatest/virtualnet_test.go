package exatest_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestVirtualNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(vn), exatest.WithNodes("exa1", "exa2", "exa2"))
		if got := fmt.Sprint(srv.Addrs()); got != "[exa1:8563 exa2:8563 exa2:8563]" {
			t.Errorf("addresses %s", got)
		}
		for _, addr := range srv.Addrs()[:2] {
			c := testclient.Dial(t, srv, addr, false)
			c.Login("")
			if s := srv.Sessions(); len(s) != 1 || s[0].Node+":8563" != addr {
				t.Errorf("sessions %+v", s)
			}
			a := c.OK(`{"command":"getHosts","hostIp":"9.9.9.9"}`)
			if got := fmt.Sprint(a.Data["numNodes"]); got != "3" || !strings.Contains(a.Raw, `"exa1"`) {
				t.Errorf("hosts %s", a.Raw)
			}
			c.Bye()
		}
		if _, err := vn.DialContext(t.Context(), "tcp", "exa3:8563"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("unknown host: %v", err)
		}
		vn.SetDown("exa1", true)
		if _, err := vn.DialContext(t.Context(), "tcp", "exa1:8563"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("host that is down: %v", err)
		}
		vn.SetDown("exa1", false)
		other := exatest.NewServer(t, exatest.WithNetwork(vn), exatest.WithNodes("exa9"), exatest.WithPort(9000))
		d := testclient.Dial(t, other, "exa9:9000", false)
		d.Login("")
		d.Bye()
		if _, err := exatest.Start(exatest.WithNetwork(vn), exatest.WithNodes("exa1")); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("the same host twice: %v", err)
		}
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		if _, err := vn.DialContext(t.Context(), "tcp", "exa1:8563"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("closed server: %v", err)
		}
	})
}

func TestVirtualConn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		l, err := vn.Listen("h:1")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		accepted := make(chan net.Conn, 1)
		go func() {
			nc, err := l.Accept()
			if err != nil {
				t.Error(err)
			}
			accepted <- nc
		}()
		a, err := vn.DialContext(t.Context(), "tcp", "h:1")
		if err != nil {
			t.Fatal(err)
		}
		b := <-accepted
		var timeout net.Error
		_ = a.SetReadDeadline(time.Now().Add(time.Minute))
		began := time.Now()
		if _, err := a.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(began) != time.Minute {
			t.Errorf("read: %v after %v", err, time.Since(began))
		}
		_ = a.SetDeadline(time.Time{})
		_ = a.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := a.Write(make([]byte, 1<<20))
		if !errors.As(err, &timeout) || n != 256<<10 {
			t.Errorf("write: %d, %v", n, err)
		}
		_ = a.SetWriteDeadline(time.Time{})
		go func() { _, _ = a.Write([]byte("end")); a.Close() }()
		all, err := io.ReadAll(b)
		if err != nil || len(all) != 256<<10+3 {
			t.Errorf("read %d bytes, %v", len(all), err)
		}
		if _, err := b.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write to a closed end: %v", err)
		}
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read from a closed end: %v", err)
		}
		b.Close()
	})
}
