package exawire

import (
	"context"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Query runs a statement and returns its rows. The context governs the statement and the rows, until they are closed. The
// caller must close the rows, or read them to the end through an iterator or one of [Each], [Collect] and [One]. A
// statement that gives a row count yields rows without columns, and [Rows.RowCount] has the count. [Session.Exec] returns
// the count alone, and [Session.Run] tells rows and counts apart.
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
	return s.query(ctx, sql, args, nil)
}

// query is Query for a statement that is a part of something, unless that is nil.
func (s *Session) query(ctx context.Context, sql string, args []any, of condition) (*Rows, error) {
	result, out := s.run(ctx, sql, args, of)
	return s.rowsOf(ctx, result, &out)
}

// rowsOf returns the rows of a result, none if it has a count.
func (s *Session) rowsOf(ctx context.Context, result *Result, out *outcome) (*Rows, error) {
	if !out.ok() {
		return nil, out.err()
	}
	if rows, ok := result.Rows(); ok {
		return rows, nil
	}
	none := &commands.ResultSet{Handle: commands.NoHandle}
	return resultset.Open(ctx, source{s}, none, resultset.Options{RowCount: result.RowCount()}), nil
}

// Run runs a statement, of which nothing need be known, and returns its rows or its row count, whichever it gives. See
// [Session.Query] for arguments and for what the context governs. The caller must close the Result, or read its rows to
// the end. Query and [Session.Exec] are for statements of which it is known what they give.
func (s *Session) Run(ctx context.Context, sql string, args ...any) (*Result, error) {
	result, out := s.run(ctx, sql, args, nil)
	return resultOf(result, &out)
}

// resultOf returns the result of a statement as it is.
func resultOf(result *Result, out *outcome) (*Result, error) {
	if !out.ok() {
		return nil, out.err()
	}
	return result, nil
}

// Exec runs a statement and returns the number of rows that it changed. See [Session.Query] for arguments. Rows that the
// statement returns are closed unread and count as 0: Query and [Session.Run] return them.
func (s *Session) Exec(ctx context.Context, sql string, args ...any) (rowCount int64, err error) {
	return s.exec(ctx, sql, args, nil)
}

// exec is Exec for a statement that is a part of something, unless that is nil.
func (s *Session) exec(ctx context.Context, sql string, args []any, of condition) (rowCount int64, err error) {
	result, out := s.run(ctx, sql, args, of)
	return countOf(result, &out)
}

// countOf returns the row count of a result and closes the rows that it has instead.
func countOf(result *Result, out *outcome) (rowCount int64, err error) {
	if !out.ok() {
		return 0, out.err()
	}
	return result.RowCount(), failed(out.Sent, result.Close())
}

// run runs a statement, by a prepared one if there are arguments.
func (s *Session) run(ctx context.Context, sql string, args []any, of condition) (*Result, outcome) {
	if len(args) > 0 {
		return s.runPrepared(ctx, sql, args, of)
	}
	c := newCall(commands.Execute{SQLText: sql}, nil)
	c.intent.need(of)
	return s.one(ctx, c, nil)
}
