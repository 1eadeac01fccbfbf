package fault_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// A client that reads once has a part of the answer; one that reads all has the address.
func ExampleTunnelAnswerInPieces() {
	srv, _ := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.TunnelAnswerInPieces())
	fmt.Println(testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr()).Key)
	// Output:
	// 10.0.0.11:20107
}

// The statement fails, and its tunnel stays silent.
func ExampleTunnelIgnored() {
	srv, c := testclient.Session()
	defer srv.Close()
	srv.Inject(fault.TunnelIgnored())
	tn := testclient.OpenTunnel(testclient.InExample(), srv, srv.Addr())
	fmt.Println(c.Execute("IMPORT INTO t FROM CSV AT 'http://" + tn.Key + "' FILE '000.csv'").Exception.SQLCode)
	// Output:
	// 42636
}
