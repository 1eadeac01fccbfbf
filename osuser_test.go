package exawire_test

import (
	"errors"
	"os/user"
	"testing"

	"github.com/exawire/exawire"
)

// The client needs the name of the operating system's user and panics without one, as in a container without a user
// database.
func TestG13WithoutUserDatabase(t *testing.T) {
	if got := exawire.OSUserName(func() (*user.User, error) { return nil, errors.New("no such user") }); got != "" {
		t.Errorf("a user that cannot be found is called %q", got)
	}
	if got := exawire.OSUserName(func() (*user.User, error) { return &user.User{Username: "j\xffne"}, nil }); got != "j?ne" {
		t.Errorf("a name that is not UTF-8 became %q", got)
	}
}
