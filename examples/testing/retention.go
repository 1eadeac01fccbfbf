// Package retention deletes old orders. It is an example of code that uses exawire and of its tests, which are in
// retention_test.go and need no database.
package retention

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/exawire/exawire"
)

// ErrUnknownOutcome means that the connection was lost while the server committed. The orders may be gone or not.
var ErrUnknownOutcome = errors.New("retention: connection lost during commit")

const (
	attempts = 3
	pause    = 10 * time.Second
)

// Purge deletes the orders that were placed before a day, notes their number in the table purges, and returns it. It does
// both or nothing. A transaction that the server rolled back because of another one is run again after a pause.
func Purge(ctx context.Context, client *exawire.Client, before time.Time) (deleted int64, err error) {
	for attempt := range attempts {
		if attempt > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return 0, errors.Join(ctx.Err(), err)
			}
		}
		deleted, err = purge(ctx, client, before)
		var exaErr *exawire.Error
		if !errors.As(err, &exaErr) || exaErr.Class() != exawire.ClassRetry {
			break
		}
	}
	return deleted, err
}

func purge(ctx context.Context, client *exawire.Client, before time.Time) (deleted int64, err error) {
	sess, err := client.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer sess.Close(ctx)
	tx, err := sess.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx)
	deleted, err = sess.Exec(ctx, "DELETE FROM orders WHERE placed < ?", before)
	if err != nil {
		return 0, fmt.Errorf("delete orders: %w", err)
	}
	if _, err := sess.Exec(ctx, "INSERT INTO purges VALUES (?, ?)", before, deleted); err != nil {
		return 0, fmt.Errorf("note purge: %w", err)
	}
	if err := tx.Commit(ctx); err != nil {
		if errors.Is(err, exawire.ErrSessionClosed) && !exawire.SafeToRetry(err) {
			return 0, fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
		}
		return 0, err
	}
	return deleted, nil
}
