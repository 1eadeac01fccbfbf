package bulk

import (
	"context"

	"github.com/exawire/exawire"
)

// Import moves data into a table by IMPORT.
func Import(ctx context.Context, s *exawire.Session, table string, from Source, opts ...Option) (Result, error) {
	panic("unfinished")
}
