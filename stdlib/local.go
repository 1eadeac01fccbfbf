package stdlib

import (
	"context"
	"errors"

	"github.com/exawire/exawire/bulk"
)

// localFiles is what the statements may do that read or write files of the client.
type localFiles struct{ opts []bulk.Option }

// LocalFiles lets Exec run IMPORT ... FROM LOCAL CSV FILE and EXPORT ... INTO LOCAL CSV FILE as [bulk.Exec] does, in the
// transaction if there is one. The options are those that bulk.Exec takes. Queries, prepared statements and scripts cannot
// have such statements.
//
// Without this option they are refused. With it, whoever can choose the text of a statement can read and overwrite files
// with the rights of the program: do not use it for a DB whose statements come from somewhere else.
func LocalFiles(opts ...bulk.Option) Option {
	return func(c *connector) { c.local = &localFiles{opts} }
}

var (
	errLocalOff  = errors.New("stdlib: the statement is about files of this program: allow that with LocalFiles as an option of OpenDB or NewConnector")
	errLocalExec = errors.New("stdlib: the statement is about files of this program: run it by Exec, since it returns no rows and cannot be prepared")
	errLocalArgs = errors.New("stdlib: a statement with LOCAL takes no arguments")
)

// execLocal runs a statement that reads or writes files of the client.
func (c *conn) execLocal(ctx context.Context, query string, args int) (int64, error) {
	switch {
	case c.local == nil:
		return 0, errLocalOff
	case args > 0:
		return 0, errLocalArgs
	}
	result, err := bulk.Exec(ctx, c.sess, query, c.local.opts...)
	return result.Rows, err
}
