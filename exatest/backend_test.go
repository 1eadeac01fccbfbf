package exatest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// informed is a backend that keeps what it is told of sessions.
type informed struct {
	*backend
	infos chan exatest.SessionInfo
}

func (b *informed) Connect(ctx context.Context, s exatest.SessionInfo) (exatest.BackendSession, error) {
	b.infos <- s
	return b.backend.Connect(ctx, s)
}

// TestBackendLearnsOfTheClient checks what a backend is told of a login, and that it can end a session of its server.
func TestBackendLearnsOfTheClient(t *testing.T) {
	b := &informed{&backend{ended: make(chan struct{}, 2)}, make(chan exatest.SessionInfo, 1)}
	srv := exatest.NewServer(t, exatest.WithBackend(b), exatest.WithRelease("7.1.30"))
	login := func(plain bool, extra string) (*testclient.Client, exatest.SessionInfo) {
		c := testclient.Dial(t, srv, srv.Addr(), plain)
		c.Login(extra)
		return c, <-b.infos
	}
	cutOff := func(c *testclient.Client) {
		t.Helper()
		var closed *testclient.Closed
		if _, err := c.Recv(); err == nil || errors.As(err, &closed) {
			t.Errorf("instead of an end without a Close frame: %v", err)
		}
	}
	one, first := login(false, `,"clientName":"n","clientVersion":"v","driverName":"d","clientOs":"o","clientOsUsername":"u","clientRuntime":"r","clientLanguage":"l"`)
	two, second := login(true, `,"clientName":7`)
	type told struct {
		Client    commands.ClientInfo
		Host      string
		Encrypted bool
	}
	want := []told{
		{commands.ClientInfo{
			ClientName: "n", ClientVersion: "v", DriverName: "d", ClientOs: "o", ClientOsUsername: "u", ClientRuntime: "r", ClientLanguage: "l",
		}, "127.0.0.1", true},
		{commands.ClientInfo{}, "127.0.0.1", false},
	}
	got := []told{{first.Client, first.Host, first.Encrypted}, {second.Client, second.Host, second.Encrypted}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if second.Kill(1) {
		t.Error("a session that does not exist was killed")
	}
	if !second.Kill(first.SessionID) {
		t.Error("the other session was not found")
	}
	cutOff(one)
	if !second.Kill(second.SessionID) {
		t.Error("the session itself was not found")
	}
	cutOff(two)
}

// TestKeywords checks the words that not every release has, and the order.
func TestKeywords(t *testing.T) {
	for release, want := range map[string][]string{
		"6.2.15": nil, "7.1.30": nil, "8.0.0": {"CURRENT_CLUSTER", "CURRENT_CLUSTER_UID"},
		"2025.1.11": {"CURRENT_CLUSTER", "CURRENT_CLUSTER_UID", "PARQUET"},
	} {
		var got []string
		last := ""
		for _, k := range exatest.Keywords(release) {
			if k.Word <= last {
				t.Errorf("%s: %s after %s", release, k.Word, last)
			}
			last = k.Word
			switch {
			case k.Word == "CROSS" && k.Reserved, k.Word == "TEXT" && !k.Reserved:
				t.Errorf("%s: %+v", release, k)
			case k.Word == "PARQUET", k.Word == "CURRENT_CLUSTER", k.Word == "CURRENT_CLUSTER_UID":
				got = append(got, k.Word)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", release, diff)
		}
	}
}
