package fault_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestCompressionFaults(t *testing.T) {
	const on = `,"useCompression":true`
	raw := func(c *testclient.Client) (byte, int) {
		c.Send(query)
		c.Compressed = false // read what is on the wire
		text, err := c.Recv()
		if err != nil {
			c.TB.Fatal(err)
		}
		return c.Opcode, len(text)
	}
	faulty(t, fault.CorruptZlib(), func(t *testing.T, c *testclient.Client) {
		c.Send(query)
		if _, err := c.Recv(); err == nil || !strings.Contains(err.Error(), "checksum") {
			t.Errorf("got %v", err)
		}
	}, on)
	faulty(t, fault.TruncateZlib(), func(t *testing.T, c *testclient.Client) {
		c.Send(query)
		if _, err := c.Recv(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("got %v", err)
		}
	}, on)
	faulty(t, fault.ZlibBomb(8<<20), func(t *testing.T, c *testclient.Client) {
		if opcode, n := raw(c); opcode != 2 || n > 100<<10 {
			t.Errorf("%d bytes with opcode %d", n, opcode)
		}
		c.Compressed = true
		c.Send(query)
		if text, err := c.Recv(); len(text) != 8<<20 || err != nil {
			t.Errorf("%d bytes inflated, %v", len(text), err)
		}
	}, on)
	faulty(t, fault.TextWhileCompressed(), func(t *testing.T, c *testclient.Client) {
		if opcode, n := raw(c); opcode != 1 || n != len(plainAnswer) {
			t.Errorf("%d bytes with opcode %d", n, opcode)
		}
	}, on)
	faulty(t, fault.BinaryFrames(), func(t *testing.T, c *testclient.Client) {
		if opcode, n := raw(c); opcode != 2 || n != len(plainAnswer) {
			t.Errorf("%d bytes with opcode %d", n, opcode)
		}
	})
	faulty(t, fault.ZlibBomb(10), func(t *testing.T, c *testclient.Client) {
		if a := c.Execute("Q"); a.Raw != plainAnswer {
			t.Errorf("a message that is not compressed was changed: %s", a.Raw)
		}
	})
}
