package exatest_test

import (
	"fmt"
	"io"

	"github.com/exawire/exawire/exatest"
)

// The client serves a file with two rows, which the IMPORT reads.
func ExampleImportFiles() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(file string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		fmt.Printf("%s: %q\n", file, text)
		return 2, err
	}))
	tn := openTunnel(exampleTB{}, srv, srv.Addr())
	served := tn.serve(tn, twoRows)
	a := c.execute("IMPORT INTO t FROM CSV AT 'http://" + tn.key + "' FILE '000.csv'")
	<-served
	fmt.Println(a.result(0)["rowCount"])
	// Output:
	// 000.csv: "1,a\n2,b\n"
	// 2
}

// The EXPORT writes a file to the client.
func ExampleExportFiles() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "1,a\n")
		return 1, err
	}))
	tn := openTunnel(exampleTB{}, srv, srv.Addr())
	served := tn.serve(tn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	a := c.execute("EXPORT t INTO CSV AT 'http://" + tn.key + "' FILE '000.csv'")
	fmt.Printf("%s %q\n", a.result(0)["rowCount"], (<-served)[1])
	// Output:
	// 1 "1,a\n"
}

// A client that reads once has a part of the answer; one that reads all has the address.
func ExampleTunnelAnswerInPieces() {
	srv, _ := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.TunnelAnswerInPieces())
	fmt.Println(openTunnel(exampleTB{}, srv, srv.Addr()).key)
	// Output:
	// 10.0.0.11:20107
}

// The statement fails, and its tunnel stays silent.
func ExampleTunnelIgnored() {
	srv, c := exampleSession()
	defer srv.Close()
	srv.Inject(exatest.TunnelIgnored())
	tn := openTunnel(exampleTB{}, srv, srv.Addr())
	fmt.Println(c.execute("IMPORT INTO t FROM CSV AT 'http://" + tn.key + "' FILE '000.csv'").Exception.SQLCode)
	// Output:
	// 42636
}
