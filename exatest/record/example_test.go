package record_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/exawire/exawire/exatest/record"
)

// Record a session with a database once, and serve it for ever. A real one is reached by its address and the fingerprint
// of its certificate.
func Example() {
	database, err := exatest.Start()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer database.Close()
	database.HandleSQL("SELECT COUNT(*) FROM users", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf([]int64{42})))

	transcript := filepath.Join(os.TempDir(), fmt.Sprintf("exatest-%d.jsonl", os.Getpid()))
	defer os.Remove(transcript)
	rec, err := record.Start(transcript, record.Upstream{Addr: database.Addr(), Fingerprint: database.Fingerprint()})
	if err != nil {
		fmt.Println(err)
		return
	}
	// Give rec.DSN(user, password) to the program.
	c := dialRecorder(testclient.InExample(), database, rec)
	c.Login("")
	fmt.Println("recorded", testclient.Data(c.Execute("SELECT COUNT(*) FROM users").Set(0)))
	c.Bye()
	if err := rec.Close(); err != nil {
		fmt.Println(err)
		return
	}

	// In a test, record.Replay(t, "testdata/users.jsonl") closes the server and fails for what was not recorded.
	srv, err := record.StartReplay(transcript)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	c = testclient.Connected(srv)
	fmt.Println("replayed", testclient.Data(c.Execute("SELECT COUNT(*) FROM users").Set(0)))
	c.Bye()
	// Output:
	// recorded [[42]]
	// replayed [[42]]
}
