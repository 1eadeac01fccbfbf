package main

import (
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
)

// startServer starts the test server: TLS with a certificate of its own, whose fingerprint is in the server's DSN, and
// SQL on SQLite. Tests use exatest.NewServer(t, ...) instead, which needs no Close.
func startServer() (*exatest.Server, error) {
	backend, err := exasqlite.New()
	if err != nil {
		return nil, err
	}
	return exatest.Start(exatest.WithBackend(backend))
}
