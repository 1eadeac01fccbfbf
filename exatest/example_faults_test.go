package exatest_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/exatest"
)

// Each byte of an answer is a frame of its own.
func ExampleFragmentFrames() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.FragmentFrames(1))
	a := c.execute("COMMIT")
	fmt.Println(len(a.raw) == c.frames, a.Status)
	// Output:
	// true ok
}

// An answer as long as 20 MiB, in one frame: more than many libraries take.
func ExamplePadTo() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.PadTo(20 << 20).Once())
	a := c.execute("COMMIT")
	fmt.Println(len(a.raw), "bytes in", c.frames, "frame:", a.Status)
	// Output:
	// 20971520 bytes in 1 frame: ok
}

// Pongs that nobody asked for, as servers send while a statement runs.
func ExamplePongs() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.Pongs(2, "EXECUTING"))
	a := c.execute("COMMIT")
	fmt.Println(a.Status, c.pongs)
	// Output:
	// ok [EXECUTING EXECUTING]
}

// Words in front of an answer, as data messages.
func ExampleStatusMessages() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.StatusMessages("EXECUTING"))
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	for range 2 {
		fmt.Println(c.recv())
	}
	// Output:
	// EXECUTING <nil>
	// {"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}} <nil>
}

// An answer that is late. In a bubble of testing/synctest it may be hours.
func ExampleDelay() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.Delay(time.Millisecond).On("execute"))
	began := time.Now()
	c.execute("COMMIT")
	fmt.Println(time.Since(began) >= time.Millisecond)
	// Output:
	// true
}

// An answer that comes in pieces of ten bytes. A pause between them would make it slow.
func ExampleDrip() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.Drip(10, 0))
	fmt.Println(c.execute("COMMIT").Status)
	// Output:
	// ok
}

// An answer that comes twice must not be taken for that of the next command.
func ExampleExtraAnswer() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.ExtraAnswer().Once())
	c.send(`{"command":"setAttributes","attributes":{"queryTimeout":5}}`)
	fmt.Println(c.recv())
	c.send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.recv())
	// Output:
	// {"status":"ok","attributes":{"queryTimeout":5}} <nil>
	// {"status":"ok","attributes":{"queryTimeout":5}} <nil>
}

// The connection is lost before the statement was run.
func ExampleCutRequest() {
	srv, c := exampleSession()
	defer srv.Close()
	update := srv.HandleSQL("UPDATE", exatest.RowCount(1))
	srv.Inject(exatest.CutRequest().On("execute").Once())
	c.send(`{"command":"execute","sqlText":"UPDATE"}`)
	_, err := c.recv()
	fmt.Println(err != nil, update.Calls())
	// Output:
	// true 0
}

// The connection is lost after the statement was run: the client cannot know.
func ExampleCutAnswer() {
	srv, c := exampleSession()
	defer srv.Close()
	update := srv.HandleSQL("UPDATE", exatest.RowCount(1))
	srv.Inject(exatest.CutAnswer().On("execute").Once())
	c.send(`{"command":"execute","sqlText":"UPDATE"}`)
	_, err := c.recv()
	fmt.Println(err != nil, update.Calls())
	// Output:
	// true 1
}

// The connection is lost in the middle of the answer.
func ExampleCutMiddle() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.CutMiddle())
	c.send(`{"command":"execute","sqlText":"Q"}`)
	fmt.Println(c.recv())
	// Output:
	//  unexpected EOF
}

// The connection is lost between two frames of an answer: what has come is not the message.
func ExampleCutFragment() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.CutFragment())
	c.send(`{"command":"execute","sqlText":"Q"}`)
	_, err := c.recv()
	fmt.Println(c.frames, "frame,", err != nil)
	// Output:
	// 1 frame, true
}

// The last message of a login, and then nothing more.
func ExampleCutAfter() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.CutAfter().On(exatest.Credentials))
	d := dial(exampleTB{}, srv, srv.Addr(), false)
	fmt.Println(d.tryLogin(5, "sys", "wrong", "").Exception.Text)
	_, err := d.recv()
	fmt.Println(err != nil)
	c.bye()
	// Output:
	// Connection exception - authentication failed.
	// true
}

// The checksum of a compressed answer is wrong.
func ExampleCorruptZlib() {
	srv, _ := exampleSession()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(exatest.CorruptZlib())
	c.send(`{"command":"execute","sqlText":"Q"}`)
	fmt.Println(c.recv())
	// Output:
	//  zlib: invalid checksum
}

// A compressed answer ends in the middle.
func ExampleTruncateZlib() {
	srv, _ := exampleSession()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(exatest.TruncateZlib())
	c.send(`{"command":"execute","sqlText":"Q"}`)
	fmt.Println(c.recv())
	// Output:
	//  unexpected EOF
}

// A small message that inflates to a large one.
func ExampleZlibBomb() {
	srv, _ := exampleSession()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(exatest.ZlibBomb(1 << 20))
	c.send(`{"command":"execute","sqlText":"Q"}`)
	text, err := c.recv()
	fmt.Println(len(text), err)
	// Output:
	// 1048576 <nil>
}

// A plain answer though compression is on.
func ExampleTextWhileCompressed() {
	srv, _ := exampleSession()
	defer srv.Close()
	c := compressedClient(srv)
	srv.Inject(exatest.TextWhileCompressed())
	fmt.Println(c.execute("COMMIT").Status, "with opcode", c.opcode)
	// Output:
	// ok with opcode 1
}

// A binary message though compression is off.
func ExampleBinaryFrames() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.BinaryFrames())
	fmt.Println(c.execute("COMMIT").Status, "with opcode", c.opcode)
	// Output:
	// ok with opcode 2
}

// compressedClient logs in a client that asks for compression.
func compressedClient(srv *exatest.Server) *client {
	c := dial(exampleTB{}, srv, srv.Addr(), false)
	c.login(`,"useCompression":true`)
	c.compressed = true
	return c
}
