package fault_test

import (
	"fmt"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// Each byte of an answer is a frame of its own.
func ExampleFragmentFrames() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.FragmentFrames(1))
	a := c.Execute("COMMIT")
	fmt.Println(len(a.Raw) == c.Frames, a.Status)
	// Output:
	// true ok
}

// An answer as long as 20 MiB, in one frame: more than many libraries take.
func ExamplePadTo() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.PadTo(20 << 20).Once())
	a := c.Execute("COMMIT")
	fmt.Println(len(a.Raw), "bytes in", c.Frames, "frame:", a.Status)
	// Output:
	// 20971520 bytes in 1 frame: ok
}

// Pongs that nobody asked for, as servers send while a statement runs.
func ExamplePongs() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.Pongs(2, "EXECUTING"))
	a := c.Execute("COMMIT")
	fmt.Println(a.Status, c.Pongs)
	// Output:
	// ok [EXECUTING EXECUTING]
}

// Words in front of an answer, as data messages.
func ExampleStatusMessages() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.StatusMessages("EXECUTING"))
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	for range 2 {
		fmt.Println(c.Recv())
	}
	// Output:
	// EXECUTING <nil>
	// {"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"rowCount","rowCount":0}]}} <nil>
}

// An answer that is late. In a bubble of testing/synctest it may be hours.
func ExampleDelay() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.Delay(time.Millisecond).On("execute"))
	began := time.Now()
	c.Execute("COMMIT")
	fmt.Println(time.Since(began) >= time.Millisecond)
	// Output:
	// true
}

// An answer that comes in pieces of ten bytes. A pause between them would make it slow.
func ExampleDrip() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.Drip(10, 0))
	fmt.Println(c.Execute("COMMIT").Status)
	// Output:
	// ok
}

// An answer that comes twice must not be taken for that of the next command.
func ExampleExtraAnswer() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.ExtraAnswer().Once())
	c.Send(`{"command":"setAttributes","attributes":{"queryTimeout":5}}`)
	fmt.Println(c.Recv())
	c.Send(`{"command":"execute","sqlText":"COMMIT"}`)
	fmt.Println(c.Recv())
	// Output:
	// {"status":"ok","attributes":{"queryTimeout":5}} <nil>
	// {"status":"ok","attributes":{"queryTimeout":5}} <nil>
}

// The connection is lost before the statement was run.
func ExampleCutRequest() {
	srv, c := testclient.Session()
	defer srv.Close()
	update := srv.HandleSQL("UPDATE", exatest.RowCount(1))
	srv.Inject(fault.CutRequest().On("execute").Once())
	c.Send(`{"command":"execute","sqlText":"UPDATE"}`)
	_, err := c.Recv()
	fmt.Println(err != nil, update.Calls())
	// Output:
	// true 0
}

// The connection is lost after the statement was run: the client cannot know.
func ExampleCutAnswer() {
	srv, c := testclient.Session()
	defer srv.Close()
	update := srv.HandleSQL("UPDATE", exatest.RowCount(1))
	srv.Inject(fault.CutAnswer().On("execute").Once())
	c.Send(`{"command":"execute","sqlText":"UPDATE"}`)
	_, err := c.Recv()
	fmt.Println(err != nil, update.Calls())
	// Output:
	// true 1
}

// The connection is lost in the middle of the answer.
func ExampleCutMiddle() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.CutMiddle())
	c.Send(`{"command":"execute","sqlText":"Q"}`)
	fmt.Println(c.Recv())
	// Output:
	//  unexpected EOF
}

// The connection is lost between two frames of an answer: what has come is not the message.
func ExampleCutFragment() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.CutFragment())
	c.Send(`{"command":"execute","sqlText":"Q"}`)
	_, err := c.Recv()
	fmt.Println(c.Frames, "frame,", err != nil)
	// Output:
	// 1 frame, true
}

// The last message of a login, and then nothing more.
func ExampleCutAfter() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.CutAfter().On(exatest.Credentials))
	d := testclient.Dial(testclient.InExample(), srv, srv.Addr(), false)
	fmt.Println(d.TryLogin(5, "sys", "wrong", "").Exception.Text)
	_, err := d.Recv()
	fmt.Println(err != nil)
	c.Bye()
	// Output:
	// Connection exception - authentication failed.
	// true
}
