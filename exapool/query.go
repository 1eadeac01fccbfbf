package exapool

import (
	"context"
	"iter"

	"github.com/exawire/exawire"
)

// Do acquires a session, calls fn with it and releases it. It returns the error of fn as it is. fn gets ctx. If fn panics,
// the session is closed and the panic goes on. If there is no session, fn is not called, and the error is an
// [*AcquireError]. fn must not keep the session, and has to close what it opens on it. If fn takes another session of the
// same pool, two such functions may wait for each other until a context ends.
func (p *Pool) Do(ctx context.Context, fn func(ctx context.Context, sess *exawire.Session) error) error {
	if fn == nil {
		return refusal(errNoFunction)
	}
	_, err := p.use(ctx, func(sess *exawire.Session) (neverSent bool, err error) { return false, fn(ctx, sess) })
	return err
}

// use acquires a session, calls fn with it and releases it. again is true if fn says that nothing was sent and the session
// was broken, so that another one may do better.
func (p *Pool) use(ctx context.Context, fn func(sess *exawire.Session) (neverSent bool, err error)) (again bool, err error) {
	s, err := p.Acquire(ctx)
	if err != nil {
		return false, err
	}
	returned := false
	defer func() {
		if returned {
			s.Release()
		} else {
			s.end(ClosedPanic) // or fn has ended its goroutine
		}
	}()
	again, err = fn(s.Session)
	again = again && s.Err() != nil && ctx.Err() == nil
	returned = true
	return again, err
}

// useTwice is use, once more on another session if that makes sense.
func (p *Pool) useTwice(ctx context.Context, fn func(sess *exawire.Session) (neverSent bool, err error)) error {
	again, err := p.use(ctx, fn)
	if again {
		_, err = p.use(ctx, fn)
	}
	return err
}

// Query is [exawire.Session.Query] on a session of the pool, which is released when the rows are closed. So the rows have
// to be closed or read to the end. If there is no session, the error is an [*AcquireError].
//
// If the session turns out to be broken before anything of the statement was sent, the statement is sent on another
// session, once. A statement is never sent twice. The same goes for Exec and everything else that takes a statement.
func (p *Pool) Query(ctx context.Context, sql string, args ...any) (*exawire.Rows, error) {
	rows, again, err := p.query(ctx, sql, args)
	if again {
		rows, _, err = p.query(ctx, sql, args)
	}
	return rows, err
}

func (p *Pool) query(ctx context.Context, sql string, args []any) (rows *exawire.Rows, again bool, err error) {
	s, err := p.Acquire(ctx)
	if err != nil {
		return nil, false, err
	}
	returned := false
	defer func() {
		switch {
		case !returned:
			s.end(ClosedPanic) // an argument panics
		case err != nil:
			s.Release()
		}
	}()
	if rows, err = s.Query(ctx, sql, args...); err == nil {
		rows.OnClose(s.Release)
	} else {
		again = exawire.SafeToRetry(err) && s.Err() != nil && ctx.Err() == nil
	}
	returned = true
	return rows, again, err
}

// Exec is [exawire.Session.Exec] on a session of the pool; see [Pool.Query].
func (p *Pool) Exec(ctx context.Context, sql string, args ...any) (rowCount int64, err error) {
	err = p.useTwice(ctx, func(sess *exawire.Session) (bool, error) {
		n, err := sess.Exec(ctx, sql, args...)
		rowCount = n
		return exawire.SafeToRetry(err), err
	})
	return rowCount, err
}

// RunTx is [exawire.Session.RunTx] on a session of the pool. If the session turns out to be broken before the transaction
// begins, the transaction is begun on another session, once. If there is no session, the error is an [*AcquireError].
func (p *Pool) RunTx(ctx context.Context, fn func(tx *exawire.Tx) error, opts ...exawire.TxOption) error {
	if fn == nil {
		return refusal(errNoFunction)
	}
	called := false
	return p.useTwice(ctx, func(sess *exawire.Session) (bool, error) {
		err := sess.RunTx(ctx, func(tx *exawire.Tx) error {
			called = true
			return fn(tx)
		}, opts...)
		return !called && exawire.SafeToRetry(err), err // what fn returns decides nothing
	})
}

// Ping makes a round trip on a session of the pool, so that it returns nil only if the database answers.
func (p *Pool) Ping(ctx context.Context) error {
	return p.useTwice(ctx, func(sess *exawire.Session) (bool, error) {
		err := sess.Ping(ctx)
		return exawire.SafeToRetry(err), err
	})
}

// Collect runs a query on a session of the pool and reads all its rows as values of T: see [exawire.Collect] and
// [Pool.Query].
func Collect[T any](ctx context.Context, p *Pool, sql string, args ...any) ([]T, error) {
	rows, err := p.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return exawire.Collect[T](rows)
}

// One runs a query on a session of the pool and reads its only row as a value of T: see [exawire.One] and [Pool.Query].
func One[T any](ctx context.Context, p *Pool, sql string, args ...any) (T, error) {
	rows, err := p.Query(ctx, sql, args...)
	if err != nil {
		var zero T
		return zero, err
	}
	return exawire.One[T](rows)
}

// Each returns an iterator over the rows of a query as values of T: see [exawire.Each] and [Pool.Query]. Each loop runs the
// query, on a session that is released when the loop ends.
func Each[T any](ctx context.Context, p *Pool, sql string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		rows, err := p.Query(ctx, sql, args...)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		exawire.Each[T](rows)(yield)
	}
}
