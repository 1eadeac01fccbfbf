package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// What exasim prints at its start. To connect, a client has to know three things that change: the port, the password
// and the fingerprint.

// howTo is what a client has to know to connect.
type howTo struct {
	addr        string // that the server listens on
	host, port  string // to connect to
	fingerprint string
	user        string
	password    string
	plaintext   bool
	more        []string // further users
}

// howTo is what the flags say about connecting to this address.
func (f *flags) howTo(addr, fingerprint string) howTo {
	h := howTo{addr: addr, fingerprint: fingerprint, plaintext: f.plaintext, user: exatest.DefaultUser, password: exatest.DefaultPassword}
	h.host, h.port, _ = net.SplitHostPort(addr) // of a listener
	// An unspecified address is good for listening, but not for connecting.
	if ip := net.ParseIP(h.host); ip != nil && ip.IsUnspecified() {
		h.host = "127.0.0.1"
	}
	for i, u := range f.users {
		if i == 0 {
			h.user, h.password = u.name, "PASSWORD" // the output may end up anywhere
		} else {
			h.more = append(h.more, u.name)
		}
	}
	return h
}

// printHowTo writes DSNs in the forms that clients take.
func printHowTo(w io.Writer, h howTo) error {
	var b strings.Builder
	at := net.JoinHostPort(h.host, h.port)
	fmt.Fprintf(&b, "exasim is listening on %s\n\n", h.addr)
	fmt.Fprintf(&b, "user         %s\npassword     %s\nfingerprint  %s\n", h.user, h.password, h.fingerprint)
	if len(h.more) > 0 {
		fmt.Fprintf(&b, "more users   %s\n", strings.Join(h.more, ", "))
	}
	dsn := url.URL{Scheme: "exa", User: url.UserPassword(h.user, h.password), Host: at, RawQuery: "fingerprint=" + h.fingerprint}
	driver := fmt.Sprintf("exa:%s;user=%s;password=%s;certificatefingerprint=%s", at, escape(h.user), escape(h.password), h.fingerprint)
	python := fmt.Sprintf("pyexasol.connect(dsn=%q, user=%q, password=%q)", h.host+"/"+h.fingerprint+":"+h.port, h.user, h.password)
	jdbc := fmt.Sprintf("jdbc:exa:%s/%s:%s", h.host, h.fingerprint, h.port)
	fmt.Fprintf(&b, "\nexawire      %s\nGo driver    %s\npyexasol     %s\nJDBC form    %s   (only the form of the address: JDBC itself speaks another protocol)\nWebSocket    wss://%s\n",
		&dsn, driver, python, jdbc, at)
	if h.plaintext {
		dsn.RawQuery = "tls=0"
		fmt.Fprintf(&b, "\nwithout TLS  %s\n             ws://%s\n", &dsn, at)
	}
	b.WriteString("\nStop it with Ctrl-C.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// escape writes a value for the DSN of the Go driver.
func escape(s string) string { return strings.ReplaceAll(s, ";", `\;`) }
