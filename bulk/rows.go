package bulk

import (
	"context"
	"errors"
	"iter"

	"github.com/exawire/exawire"
)

// Mapping changes how the fields of a struct find the columns of the table, for [ImportRows], or those of the query, for
// [ExportRows]: by [exawire.ByPosition] and [exawire.Lax].
func Mapping(opts ...exawire.MapOption) Option {
	return func(o *options) { o.mapping = append(o.mapping, opts...) }
}

// Truncate has [ImportRows] drop what a column cannot hold instead of refusing the value, like [exawire.Truncate].
func Truncate() Option { return func(o *options) { o.truncate = true } }

// ImportRows writes structs as rows of a table, by an IMPORT.
func ImportRows[T any](ctx context.Context, s *exawire.Session, table string, rows iter.Seq2[T, error], opts ...Option) (Result, error) {
	return Result{}, errors.New("exawire: not there yet")
}
