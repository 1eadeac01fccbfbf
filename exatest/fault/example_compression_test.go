package fault_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// The checksum of a compressed answer is wrong.
func ExampleCorruptZlib() {
	srv, _ := testclient.Session()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(fault.CorruptZlib())
	c.Send(`{"command":"execute","sqlText":"Q"}`)
	fmt.Println(c.Recv())
	// Output:
	//  zlib: invalid checksum
}

// A compressed answer ends in the middle.
func ExampleTruncateZlib() {
	srv, _ := testclient.Session()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(fault.TruncateZlib())
	c.Send(`{"command":"execute","sqlText":"Q"}`)
	fmt.Println(c.Recv())
	// Output:
	//  unexpected EOF
}

// A small message that inflates to a large one.
func ExampleZlibBomb() {
	srv, _ := testclient.Session()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(fault.ZlibBomb(1 << 20))
	c.Send(`{"command":"execute","sqlText":"Q"}`)
	text, err := c.Recv()
	fmt.Println(len(text), err)
	// Output:
	// 1048576 <nil>
}

// A plain answer though compression is on.
func ExampleTextWhileCompressed() {
	srv, _ := testclient.Session()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(fault.TextWhileCompressed())
	fmt.Println(c.Execute("COMMIT").Status, "with opcode", c.Opcode)
	// Output:
	// ok with opcode 1
}

// A binary message though compression is off.
func ExampleBinaryFrames() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.BinaryFrames())
	fmt.Println(c.Execute("COMMIT").Status, "with opcode", c.Opcode)
	// Output:
	// ok with opcode 2
}

// compressedClient logs in a client that asks for compression.
func compressedClient(srv *exatest.Server) *testclient.Client {
	c := testclient.Dial(testclient.InExample(), srv, srv.Addr(), false)
	c.Login(`,"useCompression":true`)
	c.Compressed = true
	return c
}
