package exawire_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/record"
)

// orderDatabase is the server of a test that is recorded once: with RECORD_FROM in the environment it is a database.
func orderDatabase(t *testing.T, transcript string) (dsn string) {
	if addr := os.Getenv("RECORD_FROM"); addr != "" { // host:port of the database
		rec := record.New(t, transcript, record.Upstream{Addr: addr, Fingerprint: os.Getenv("RECORD_FINGERPRINT")})
		return rec.DSN(os.Getenv("RECORD_USER"), os.Getenv("RECORD_PASSWORD"))
	}
	return record.Replay(t, transcript, record.WithAllRequests()).DSN()
}

// The server of docs/testing.md that records or replays.
func TestRecordOnce(t *testing.T) {
	transcript := filepath.Join(t.TempDir(), "orders.jsonl")
	count := func(t *testing.T) {
		sess, err := exawire.Connect(t.Context(), orderDatabase(t, transcript))
		if err != nil {
			t.Fatal(err)
		}
		defer sess.Close(t.Context())
		rows, err := sess.Query(t.Context(), "SELECT COUNT(*) FROM orders")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := exawire.One[int64](rows); n != 42 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
	}
	t.Run("record", func(t *testing.T) {
		srv := exatest.NewServer(t)
		srv.HandleSQL("SELECT COUNT(*) FROM orders", exatest.Rows(exatest.Columns("N DECIMAL(18,0)"), exatest.ValuesOf([]int64{42})))
		t.Setenv("RECORD_FROM", srv.Addr())
		t.Setenv("RECORD_FINGERPRINT", srv.Fingerprint())
		t.Setenv("RECORD_USER", exatest.DefaultUser)
		t.Setenv("RECORD_PASSWORD", exatest.DefaultPassword)
		count(t)
	})
	t.Run("replay", count)
}
