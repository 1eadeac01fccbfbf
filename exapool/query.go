package exapool

import (
	"context"

	"github.com/exawire/exawire"
)

// Do acquires a session, calls fn with it and releases it.
func (p *Pool) Do(ctx context.Context, fn func(ctx context.Context, sess *exawire.Session) error) error {
	sess, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer sess.Release()
	return fn(ctx, sess.Session)
}

// Query is [exawire.Session.Query] on a session of the pool, which is released when the rows are closed.
func (p *Pool) Query(ctx context.Context, sql string, args ...any) (*exawire.Rows, error) {
	sess, err := p.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := sess.Query(ctx, sql, args...)
	if err != nil {
		sess.Release()
		return nil, err
	}
	rows.OnClose(sess.Release)
	return rows, nil
}

// Exec is [exawire.Session.Exec] on a session of the pool.
func (p *Pool) Exec(ctx context.Context, sql string, args ...any) (rowCount int64, err error) {
	err = p.Do(ctx, func(ctx context.Context, sess *exawire.Session) error {
		rowCount, err = sess.Exec(ctx, sql, args...)
		return err
	})
	return rowCount, err
}

// RunTx is [exawire.Session.RunTx] on a session of the pool.
func (p *Pool) RunTx(ctx context.Context, fn func(tx *exawire.Tx) error, opts ...exawire.TxOption) error {
	return p.Do(ctx, func(ctx context.Context, sess *exawire.Session) error { return sess.RunTx(ctx, fn, opts...) })
}

// Ping makes a round trip on a session of the pool.
func (p *Pool) Ping(ctx context.Context) error {
	return p.Do(ctx, func(ctx context.Context, sess *exawire.Session) error { return sess.Ping(ctx) })
}

// Collect runs a query on a session of the pool and reads all its rows as values of T: see [exawire.Collect].
func Collect[T any](ctx context.Context, p *Pool, sql string, args ...any) ([]T, error) {
	rows, err := p.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return exawire.Collect[T](rows)
}

// One runs a query on a session of the pool and reads its only row as a value of T: see [exawire.One].
func One[T any](ctx context.Context, p *Pool, sql string, args ...any) (T, error) {
	rows, err := p.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	return exawire.One[T](rows)
}
