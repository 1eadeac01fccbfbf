package bulk

import (
	"context"
	"errors"
	"iter"

	"github.com/exawire/exawire"
)

// Query runs a query as an EXPORT and returns its rows.
func Query(ctx context.Context, s *exawire.Session, query string, opts ...Option) (*exawire.Rows, error) {
	return nil, errors.New("exawire: not there yet")
}

// ExportRows is Query with the rows as values of T, see [exawire.Each].
func ExportRows[T any](ctx context.Context, s *exawire.Session, query string, opts ...Option) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		o := newOptions(opts)
		rows, err := Query(ctx, s, query, opts...)
		if err != nil {
			yield(*new(T), err)
			return
		}
		exawire.Each[T](rows, o.mapping...)(yield)
	}
}
