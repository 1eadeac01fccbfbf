package exatest_test

import (
	"fmt"
	"io"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// The client serves a file with two rows, which the IMPORT reads.
func ExampleImportFiles() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(file string, content io.Reader) (int64, error) {
		text, err := io.ReadAll(content)
		fmt.Printf("%s: %q\n", file, text)
		return 2, err
	}))
	tn := testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr())
	served := tn.Serve(tn, testclient.TwoRows)
	a := c.Execute("IMPORT INTO t FROM CSV AT 'http://" + tn.Key + "' FILE '000.csv'")
	<-served
	fmt.Println(a.Result(0)["rowCount"])
	// Output:
	// 000.csv: "1,a\n2,b\n"
	// 2
}

// The EXPORT writes a file to the client.
func ExampleExportFiles() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
		_, err := io.WriteString(content, "1,a\n")
		return 1, err
	}))
	tn := testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr())
	served := tn.Serve(tn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	a := c.Execute("EXPORT t INTO CSV AT 'http://" + tn.Key + "' FILE '000.csv'")
	fmt.Printf("%s %q\n", a.Result(0)["rowCount"], (<-served)[1])
	// Output:
	// 1 "1,a\n"
}
