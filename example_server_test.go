package exawire_test

import (
	"context"
	"fmt"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// onServer runs an example against a test server and prints its error, which no example expects, and what the server
// saw of violations of the protocol.
func onServer(example func(ctx context.Context, srv *exatest.Server) error, opts ...exatest.Option) {
	srv, err := exatest.Start(opts...)
	if err != nil {
		fmt.Println("start:", err)
		return
	}
	defer srv.Close()
	if err := example(context.Background(), srv); err != nil {
		fmt.Println("error:", err)
	}
	for _, v := range srv.Violations() {
		fmt.Println("violation:", v)
	}
}

// onSession runs an example on a session of a test server.
func onSession(example func(ctx context.Context, srv *exatest.Server, sess *exawire.Session) error, opts ...exatest.Option) {
	onServer(func(ctx context.Context, srv *exatest.Server) error {
		sess, err := exawire.Connect(ctx, srv.DSN())
		if err != nil {
			return err
		}
		defer sess.Close(ctx)
		return example(ctx, srv, sess)
	}, opts...)
}
