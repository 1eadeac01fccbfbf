package exaotel_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exatest"
)

// TestOnADatabase exports what a query and a mistake leave behind, on the database of EXAWIRE_TEST_DSN or else on the test
// server.
func TestOnADatabase(t *testing.T) {
	dsn := os.Getenv("EXAWIRE_TEST_DSN")
	if dsn == "" {
		srv := exatest.NewServer(t)
		srv.HandleSQL("SELECT 1", exatest.RowsOf([]struct{ A int64 }{{1}}))
		srv.HandleSQL("SELECT FROM", exatest.Exception("42000", "syntax error"))
		dsn = srv.DSN()
	}
	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	o := observe(t, exaotel.Options{})
	cfg.Tracer = o.tracer
	sess := connect(t, t.Context(), cfg)
	if got, err := exawire.Collect[int64](mustQuery(t, sess, "SELECT 1")); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := sess.Query(t.Context(), "SELECT FROM"); err == nil {
		t.Error("no error")
	}
	if err := sess.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	var got []string
	for _, s := range o.take(t) {
		failed := ""
		if strings.Contains(s.attrs, "error.type=42000") && s.status == "statement (42000)" {
			failed = " fails"
		} else if s.status != "" {
			t.Errorf("%+v", s)
		}
		if s.name != "connect" && !strings.HasPrefix(s.name, "login") { // there may be several
			got = append(got, s.name+failed)
		}
	}
	if diff := cmp.Diff([]string{"SELECT", "SELECT fails", "disconnect"}, got); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func mustQuery(t *testing.T, sess *exawire.Session, sql string) *exawire.Rows {
	t.Helper()
	rows, err := sess.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}
