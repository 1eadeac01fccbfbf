package exawire_test

import (
	"context"
	"fmt"
	"os"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A program that opens several sessions parses its DSN once and keeps the client.
func ExampleClient_Connect() {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		if err := os.Setenv("EXASOL_DSN", srv.DSN()); err != nil {
			return err
		}

		cfg, err := exawire.ParseDSN(os.Getenv("EXASOL_DSN"))
		if err != nil {
			return err
		}
		cfg.ClientName = "invoices"
		client, err := exawire.New(cfg)
		if err != nil {
			return err
		}
		sess, err := client.Connect(ctx)
		if err != nil {
			return err
		}
		defer sess.Close(ctx)
		fmt.Println(len(srv.Sessions()), "session, name of the client", client.Config().ClientName)
		return nil
	})
	// Output:
	// 1 session, name of the client invoices
}
