package stdlib

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"

	"github.com/exawire/exawire"
)

// split returns the statements of a script.
func split(script string) ([]string, error) {
	var sqls []string
	for st, err := range exawire.SplitSQL(strings.NewReader(script)) {
		if err != nil {
			return nil, err
		}
		sqls = append(sqls, st.SQL)
	}
	if len(sqls) == 0 {
		return nil, errors.New("stdlib: the script has no statements")
	}
	return sqls, nil
}

// runScript runs the statements of a script.
func (c *conn) runScript(ctx context.Context, script string) ([]*exawire.Result, error) {
	sqls, err := split(script)
	if err != nil {
		return nil, harmless(err)
	}
	execute := c.sess.ExecuteBatch
	if c.tx != nil {
		execute = c.tx.tx.ExecuteBatch
	}
	results, err := execute(ctx, sqls)
	return results, c.failed(ctx, err)
}

// execScript returns the sum of the row counts.
func (c *conn) execScript(ctx context.Context, script string) (driver.Result, error) {
	results, err := c.runScript(ctx, script)
	if err != nil {
		return nil, err
	}
	n := int64(0)
	for _, r := range results {
		n += r.RowCount()
		if closed := r.Close(); err == nil {
			err = closed
		}
	}
	return result(n), harmless(err)
}

// queryScript returns the rows of the statements that have rows.
func (c *conn) queryScript(ctx context.Context, script string) (driver.Rows, error) {
	results, err := c.runScript(ctx, script)
	if err != nil {
		return nil, err
	}
	var all []*exawire.Rows
	for _, r := range results {
		if rows, ok := r.Rows(); ok {
			all = append(all, rows)
		}
	}
	if len(all) == 0 {
		return nothing{}, nil
	}
	return newRows(c, all[0], all[1:]...), nil
}

// nothing is what a script returns that has no rows.
type nothing struct{}

func (nothing) Columns() []string         { return nil }
func (nothing) Next([]driver.Value) error { return io.EOF }
func (nothing) Close() error              { return nil }
