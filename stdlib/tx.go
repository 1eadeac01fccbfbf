package stdlib

import (
	"context"

	"github.com/exawire/exawire"
)

// tx is a transaction. database/sql ends it without a context, so it keeps the one that it was begun with.
type tx struct {
	c   *conn
	tx  *exawire.Tx
	ctx context.Context //nolint:containedctx // see above
}

// Commit commits. After an error database/sql does not call Rollback, so the transaction must be over either way.
func (t *tx) Commit() (err error) {
	defer t.over()
	defer t.c.caught(&err)
	err = t.tx.Commit(t.ctx)
	if err != nil {
		_ = t.tx.Rollback(t.ctx) // closes the session if it cannot roll back
	}
	return harmless(err)
}

// Rollback rolls back.
func (t *tx) Rollback() (err error) {
	defer t.over()
	defer t.c.caught(&err)
	return harmless(t.tx.Rollback(t.ctx))
}

func (t *tx) over() { t.c.tx = nil }
