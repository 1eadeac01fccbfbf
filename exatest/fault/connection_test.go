package fault_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestConnectionFaults(t *testing.T) {
	faulty(t, fault.FragmentFrames(1), func(t *testing.T, c *testclient.Client) {
		if a := c.Execute("Q"); a.Raw != plainAnswer || c.Frames != len(plainAnswer) {
			t.Errorf("%d frames, %s", c.Frames, a.Raw)
		}
	})
	faulty(t, fault.PadTo(1<<20), func(t *testing.T, c *testclient.Client) {
		if a := c.Execute("Q"); len(a.Raw) != 1<<20 || strings.TrimRight(a.Raw, " ") != plainAnswer || c.Frames != 1 {
			t.Errorf("%d frames, %d bytes", c.Frames, len(a.Raw))
		}
	})
	faulty(t, fault.Pongs(2, "FETCHING"), func(t *testing.T, c *testclient.Client) {
		if a := c.Execute("Q"); a.Raw != plainAnswer || strings.Join(c.Pongs, " ") != "FETCHING FETCHING" {
			t.Errorf("pongs %q, %s", c.Pongs, a.Raw)
		}
		c.Server.Inject(fault.FragmentFrames(100))
		if c.Execute("Q"); len(c.Pongs) != 2+(len(plainAnswer)-1)/100 {
			t.Errorf("%d pongs between %d frames", len(c.Pongs), c.Frames)
		}
	})
	faulty(t, fault.StatusMessages("EXECUTING", "FETCHING"), func(t *testing.T, c *testclient.Client) {
		c.Send(query)
		for _, want := range []string{"EXECUTING", "FETCHING", plainAnswer} {
			if got, err := c.Recv(); got != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		}
	})
	faulty(t, fault.Delay(time.Minute), func(t *testing.T, c *testclient.Client) {
		began := time.Now()
		if c.Execute("Q"); time.Since(began) != time.Minute {
			t.Errorf("after %v", time.Since(began))
		}
	})
	faulty(t, fault.Drip(10, time.Second), func(t *testing.T, c *testclient.Client) {
		began := time.Now()
		want := time.Duration((len(plainAnswer)+4-1)/10) * time.Second
		if a := c.Execute("Q"); time.Since(began) != want || a.Raw != plainAnswer {
			t.Errorf("after %v, want %v", time.Since(began), want)
		}
	})
	faulty(t, fault.ExtraAnswer(), func(t *testing.T, c *testclient.Client) {
		if a, b := c.Execute("Q"), c.Receive(); a.Raw != plainAnswer || b.Raw != plainAnswer {
			t.Errorf("got %s and %s", a.Raw, b.Raw)
		}
	})
	faulty(t, fault.CutRequest(), func(t *testing.T, c *testclient.Client) {
		c.Send(query)
		if text, err := c.Recv(); text != "" || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", text, err)
		}
	})
	faulty(t, fault.CutAnswer().On("execute").Skip(1), func(t *testing.T, c *testclient.Client) {
		c.Execute("Q")
		c.Send(query)
		if text, err := c.Recv(); err == nil {
			t.Errorf("got %q", text)
		}
		if n := len(c.Server.Requests("execute")); n != 2 {
			t.Errorf("%d requests logged", n)
		}
	})
	faulty(t, fault.CutMiddle(), func(t *testing.T, c *testclient.Client) {
		c.Send(query)
		if text, err := c.Recv(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %q, %v", text, err)
		}
	})
	faulty(t, fault.CutFragment(), func(t *testing.T, c *testclient.Client) {
		c.Send(query)
		if text, err := c.Recv(); err == nil || c.Frames != 1 {
			t.Errorf("got %q, %v after %d frames", text, err, c.Frames)
		}
	})
	faulty(t, fault.CutAfter(), func(t *testing.T, c *testclient.Client) {
		if a := c.Execute("Q"); a.Raw != plainAnswer {
			t.Errorf("got %s", a.Raw)
		}
		var closed *testclient.Closed
		if _, err := c.Recv(); err == nil || errors.As(err, &closed) {
			t.Errorf("got %v, want the end without a Close frame", err)
		}
	})
}

func TestCutAtLogin(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.Inject(fault.CutAfter().On(exatest.Credentials).Times(2))
	c := testclient.Dial(t, srv, srv.Addr(), false)
	if a := c.TryLogin(5, "sys", "wrong", ""); a.Exception.SQLCode != "08004" {
		t.Errorf("got %s", a.Raw)
	}
	var closed *testclient.Closed
	if _, err := c.Recv(); err == nil || errors.As(err, &closed) {
		t.Errorf("got %v, want the end without a Close frame", err)
	}
	c = testclient.Connect(t, srv)
	c.Gone()
	testclient.Connect(t, srv).Bye()
}
