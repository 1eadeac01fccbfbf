package bulk

import (
	"context"

	"github.com/exawire/exawire"
)

// Export moves a table, or the rows of a query, out by EXPORT.
func Export(ctx context.Context, s *exawire.Session, from string, to Target, opts ...Option) (Result, error) {
	panic("unfinished")
}
