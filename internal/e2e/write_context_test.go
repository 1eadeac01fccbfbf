package e2e_test

import (
	"context"
	"errors"
	"testing"

	"github.com/exawire/exawire"
)

// A source that just ends when the context does is not taken for complete, wherever in a chunk it ends.
func TestSourceEndsWithContext(t *testing.T) {
	for _, rows := range []int{0, 9, 10, 11, 20} {
		for name, write := range map[string]func(context.Context, context.CancelFunc, *exawire.Session) error{
			"Insert": func(ctx context.Context, cancel context.CancelFunc, sess *exawire.Session) error {
				_, err := exawire.Insert(ctx, sess, "t", func(yield func(item) bool) {
					items(rows)(yield)
					cancel()
				}, exawire.ChunkRows(10))
				return err
			},
			"ExecRows": func(ctx context.Context, cancel context.CancelFunc, sess *exawire.Session) error {
				return onStmt(t, sess, []exawire.WriteOption{exawire.ChunkRows(10)}, func(stmt *exawire.Stmt) error {
					_, err := stmt.ExecRows(ctx, func(yield func([]any, error) bool) {
						for i := range rows {
							if !yield([]any{i, "x"}, nil) {
								return
							}
						}
						cancel()
					})
					return err
				})
			},
		} {
			_, sess := tableServer(t, itemColumns)
			ctx, cancel := context.WithCancel(t.Context())
			err := write(ctx, cancel, sess)
			var failure *exawire.WriteError
			if !errors.Is(err, context.Canceled) || !errors.As(err, &failure) || failure.First != int64(rows/10*10) {
				t.Errorf("%s of %d rows: %v", name, rows, err)
			}
			checkUsable(t, sess)
		}
	}
}
