package exatest_test

import (
	"testing"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestObserve(t *testing.T) {
	var seen, wrong []string
	srv := exatest.NewServer(&testclient.LooseTB{TB: t}, exatest.WithoutRequestLog(),
		exatest.WithRequestObserver(func(r *exatest.Request) { seen = append(seen, r.Redacted()) }),
		exatest.WithViolationObserver(func(v exatest.Violation) { wrong = append(wrong, v.String()) }))
	c := testclient.Connect(t, srv)
	c.Execute(`ALTER USER a IDENTIFIED BY "s3cret"`)
	c.Do(`{"command":"getHosts","hostIp":"h","autocommit":true}`)
	c.Bye()
	if len(seen) != 5 || seen[2] != `{"command":"execute","sqlText":"ALTER USER a IDENTIFIED BY \"<redacted>\""}` {
		t.Errorf("seen: %q", seen)
	}
	if len(wrong) != 1 {
		t.Errorf("violations: %q", wrong)
	}
	if n := len(srv.Requests("")); n != 0 {
		t.Errorf("%d requests are kept", n)
	}
}
