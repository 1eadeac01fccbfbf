package ctxerr_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/exawire/exawire/internal/ctxerr"
)

// The error says both that the context has ended and why.
func ExampleOf() {
	ctx, cancel := context.WithCancelCause(context.Background())
	fmt.Println(ctxerr.Of(ctx))
	cancel(errors.New("shutting down"))
	fmt.Println(ctxerr.Of(ctx))
	// Output:
	// <nil>
	// context canceled: shutting down
}
