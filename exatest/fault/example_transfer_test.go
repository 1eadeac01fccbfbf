package fault_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// struck runs an IMPORT of a file with two rows, or an EXPORT to one, on a server with this fault. It prints the row count
// or the error of the statement, and what the client has seen of the request.
func struck(statement string, f fault.Fault, answers ...string) {
	srv, c := testclient.Session(exatest.WithNetwork(exatest.NewVirtualNetwork()))
	defer srv.Close()
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		return int64(bytes.Count(text, []byte("\n"))), err
	}))
	srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "1,a\n2,b\n")
		return 2, err
	}))
	srv.Inject(f)
	tn := testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr())
	seen := tn.ServeAll(tn, answers...)
	a := c.Execute(statement + " CSV AT 'http://" + tn.Key + "' FILE '000.csv'")
	if code := a.Exception.SQLCode; code != "" {
		fmt.Println(code)
	} else {
		fmt.Println(a.Result(0)["rowCount"], "rows")
	}
	fmt.Printf("%q\n", <-seen)
}

// The client gets an address that nobody can have.
func ExampleTunnelOpening() {
	srv, _ := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.TunnelOpening(fault.WrongAddress))
	fmt.Printf("%q\n", testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr()).Key)
	// Output:
	// "\xffno IPv4 address:1048576"
}

// The database hangs up in the middle of the first message of TLS, which a plain client takes for nonsense.
func ExampleTunnelTLS() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
		_, err := io.ReadAll(content)
		return 0, err
	}))
	srv.Inject(fault.TunnelTLS(fault.HangUp))
	tn := testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr())
	a := c.Execute("IMPORT INTO t FROM CSV AT 'https://" + tn.Key + "' FILE '000.csv'")
	text, _ := io.ReadAll(tn)
	fmt.Println(a.Exception.SQLCode, len(text), "bytes")
	// Output:
	// 42636 9 bytes
}

// The database asks for a file that the statement does not name.
func ExampleTunnelRequest() {
	struck("IMPORT INTO t FROM", fault.TunnelRequest(fault.WrongPath), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
	// Output:
	// 42636
	// ["GET /000.csv.unknown" "EOF"]
}

// The database hangs up when five bytes of the file have come.
func ExampleTunnelContent() {
	struck("EXPORT t INTO", fault.TunnelContent(5, fault.HangUp), empty)
	// Output:
	// 42636
	// ["PUT /000.csv" "1,a\n2" "unexpected EOF"]
}

// The file comes, but not its last chunk.
func ExampleTunnelEnd() {
	struck("EXPORT t INTO", fault.TunnelEnd(fault.HangUp), empty)
	// Output:
	// 42636
	// ["PUT /000.csv" "1,a\n2,b\n" "unexpected EOF"]
}

// The database does not wait for the answer to the file.
func ExampleTunnelReply() {
	struck("EXPORT t INTO", fault.TunnelReply(fault.HangUp), empty)
	// Output:
	// 42636
	// ["PUT /000.csv" "1,a\n2,b\n" "EOF"]
}

// The file has its length in front, and no chunks.
func ExampleTunnelContentLength() {
	struck("EXPORT t INTO", fault.TunnelContentLength(), empty)
	// Output:
	// 2 rows
	// ["PUT /000.csv" "Content-Length: 8" "1,a\n2,b\n" "EOF"]
}

// The database asks before it writes.
func ExampleTunnelExpectContinue() {
	struck("EXPORT t INTO", fault.TunnelExpectContinue(), empty)
	// Output:
	// 2 rows
	// ["PUT /000.csv" "Expect: 100-continue" "1,a\n2,b\n" "EOF"]
}

// The database looks whether the file exists.
func ExampleTunnelProbe() {
	struck("EXPORT t INTO", fault.TunnelProbe(), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", empty)
	// Output:
	// 2 rows
	// ["GET /000.csv bytes=0-0" "PUT /000.csv" "1,a\n2,b\n" "EOF"]
}

// The second answer counts, and this client cannot give one.
func ExampleTunnelAskTwice() {
	struck("IMPORT INTO t FROM", fault.TunnelAskTwice(), kept, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
	// Output:
	// 42636
	// ["GET /000.csv" "GET /000.csv" "EOF"]
}

// The database does not believe that the file is empty.
func ExampleTunnelAskAgain() {
	struck("IMPORT INTO t FROM", fault.TunnelAskAgain(), empty, empty)
	// Output:
	// 0 rows
	// ["GET /000.csv" "GET /000.csv" "EOF"]
}

// The statement reports what has not happened.
func ExampleTransferSucceeds() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.TunnelIgnored())
	srv.Inject(fault.TransferSucceeds(42))
	tn := testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr())
	fmt.Println(c.Execute("IMPORT INTO t FROM CSV AT 'http://" + tn.Key + "' FILE '000.csv'").Result(0)["rowCount"])
	// Output:
	// 42
}

// The whole file has come, and then the transaction collides with another.
func ExampleTransferFails() {
	struck("IMPORT INTO t FROM", fault.TransferFails(), kept)
	// Output:
	// 40001
	// ["GET /000.csv" "EOF"]
}
