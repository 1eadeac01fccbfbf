package exawire

import (
	"context"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Query runs a statement and returns its rows. Without arguments it is one round trip (the command execute); with
// arguments, one for each "?", the statement is prepared, run and closed with the rows. The context governs the
// statement and the rows, until they are closed. The caller must close the rows, or read them to the end through an
// iterator or one of resultset.Each, Collect and One. A statement that gives a row count yields rows without columns.
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
