package e2e_test

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// The protocol table has 35 commands. Each has a method on Session, documents of its requests and answers, a handler in the
// test server, and is refused before anything is sent by a session whose version lacks it (TestVersionGate).
func TestProtocolTable(t *testing.T) {
	all := commands.All()
	if len(all) != 35 {
		t.Errorf("the table has %d commands", len(all))
	}
	srv := exatest.NewServer(t, exatest.WithLeniency(), exatest.WithAccessToken("sys", "token"))
	sess := connect(t, newClient(t, srv, nil))
	for _, info := range all {
		if _, ok := reflect.TypeFor[*exawire.Session]().MethodByName(info.Method); !ok {
			t.Errorf("%s: Session has no method %s", info.Name, info.Method)
		}
		for _, kind := range []string{"requests", "responses"} {
			documents, err := filepath.Glob(filepath.Join("..", "..", "commands", "testdata", kind, info.Name+".*json"))
			if err != nil {
				t.Fatal(err)
			}
			if want := kind == "requests" || info.Response; want && len(documents) == 0 {
				t.Errorf("%s: no %s in commands/testdata", info.Name, kind)
			}
		}
		if info.Name == "disconnect" {
			continue // last of all
		}
		checkAnswered(t, srv, sess, info)
	}
	info, _ := commands.Lookup("disconnect")
	checkAnswered(t, srv, sess, info)
}

// checkAnswered sends a command and fails the test if the server does not know it. What else the server says about
// handles that do not exist is of no interest here.
func checkAnswered(t *testing.T, srv *exatest.Server, sess *exawire.Session, info commands.Info) {
	t.Helper()
	before := len(srv.Requests(info.Name))
	var err error
	switch info.Family {
	case commands.FamilyLogin:
		err = loginAlone(t, newClient(t, srv, nil), info.Name)
	default:
		if info.Name == "abortQuery" {
			if err = sess.AbortQuery(t.Context()); !errors.Is(err, exawire.ErrNothingToAbort) {
				t.Errorf("abortQuery: %v", err)
			}
			return // that it arrives is tested with cancellation
		}
		err = calls()[info.Name](t.Context(), sess)
	}
	if sent := len(srv.Requests(info.Name)) - before; sent == 0 {
		t.Errorf("%s was not sent: %v", info.Name, err)
	}
	if err != nil && strings.Contains(err.Error(), "nknown command") {
		t.Errorf("the test server does not know %s: %v", info.Name, err)
	}
	if sess.Err() != nil && info.Name != "disconnect" {
		t.Fatalf("%s ended the session: %v", info.Name, sess.Err())
	}
}

// loginAlone sends one of the logins on a connection of its own.
func loginAlone(t *testing.T, client *exawire.Client, name string) error {
	t.Helper()
	sess, err := client.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sess.Close(context.Background())
	switch name {
	case "login":
		_, err = sess.Login(t.Context(), commands.Login{Username: exatest.DefaultUser, Password: exatest.DefaultPassword})
	case "loginToken":
		_, err = sess.LoginToken(t.Context(), commands.LoginToken{AccessToken: "token"})
	case "subLogin":
		_, err = sess.SubLogin(t.Context(), commands.SubLogin{Username: exatest.DefaultUser, Password: exatest.DefaultPassword, Token: 1})
	case "subLoginToken":
		_, err = sess.SubLoginToken(t.Context(), commands.SubLoginToken{AccessToken: "token", Token: 1})
	}
	return err
}
