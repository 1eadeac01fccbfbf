package exawire

import (
	"context"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Query runs a statement and returns its rows. The context governs the statement and the rows, until they are closed. The
// caller must close the rows, or read them to the end through an iterator or one of resultset.Each, Collect and One. A
// statement that gives a row count yields rows without columns.
//
// Without arguments it is one round trip (the command execute). With arguments, one for each "?", the statement is
// prepared: one round trip to prepare it, one to run it and, when the rows are closed, one to close it or an older one. The
// session keeps the statements it has prepared, up to Config.StatementCache of them, so that from its second run on a
// statement takes one round trip as well.
//
// What is kept is used only for the same text under the same schema, formats, time zone and other attributes that its
// meaning may depend on. Statements of this session other than queries, changes of data and COMMIT empty the cache, and
// so does an error by which the server rolls the transaction back. What other sessions do to a table is not noticed: an
// argument is then encoded for the type that the column had, and the server converts or refuses it. After a failure the
// statement is prepared anew the next time. An argument that does not fit a kept statement, and a handle that the server
// has forgotten, make the call prepare the statement once more before it fails; it is never run twice.
func (s *Session) Query(ctx context.Context, sql string, args ...any) (*Rows, error) {
	result, err := s.run(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	if rows, ok := result.Rows(); ok {
		return rows, nil
	}
	return s.noRows(ctx), nil
}

// noRows stands for the rows of a statement that has none.
func (s *Session) noRows(ctx context.Context) *Rows {
	return resultset.Open(ctx, source{s}, &commands.ResultSet{Handle: commands.NoHandle}, resultset.Options{})
}

// Exec runs a statement and returns the number of rows that it changed. See Query for arguments. Rows that the statement
// returns are closed unread and count as 0.
func (s *Session) Exec(ctx context.Context, sql string, args ...any) (rowCount int64, err error) {
	result, err := s.run(ctx, sql, args)
	if err != nil {
		return 0, err
	}
	return result.RowCount(), wasSent(result.Close())
}

func (s *Session) run(ctx context.Context, sql string, args []any) (*Result, error) {
	if len(args) == 0 {
		return s.Execute(ctx, sql)
	}
	if s.caches(sql) {
		return s.runCached(ctx, sql, args)
	}
	stmt, err := s.Prepare(ctx, sql)
	if err != nil {
		return nil, err
	}
	result, err := stmt.runRow(ctx, args, stmt.Close)
	if err == nil && result.rows != nil {
		return result, nil // its Close closes the statement
	}
	// The outcome counts, not whether the server could forget the statement: that dies with the session anyway.
	_ = stmt.closeDetached(ctx)
	return result, err
}
