package bulk

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/resultset"
)

// The end of the caller's context has one error, also if the transfer, which ends with it, is faster than the one who fetches,
// or if that one's context has not ended yet.
func TestFetchAfterTheEndOfTheContext(t *testing.T) {
	enough := errors.New("enough")
	caller, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	source := &rowSource{ctx: caller, err: errors.New("execute: aborted"), messages: make(chan resultset.Message)}
	close(source.messages)
	for name, ctx := range map[string]context.Context{"ended": caller, "not yet": t.Context()} {
		for range 50 {
			_, err := source.FetchMessage(ctx, 0, 0, 0)
			if !errors.Is(err, context.Canceled) || !errors.Is(err, enough) {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff("exawire: read rows: context canceled: enough", err.Error()); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}
