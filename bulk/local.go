package bulk

import (
	"context"

	"github.com/exawire/exawire"
)

// Exec runs a statement, and moves the files of IMPORT ... FROM LOCAL and EXPORT ... INTO LOCAL.
func Exec(ctx context.Context, s *exawire.Session, sql string, opts ...Option) (Result, error) {
	panic("unfinished")
}

// IsLocal reports whether a statement is one of those.
func IsLocal(sql string) bool { panic("unfinished") }
