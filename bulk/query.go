package bulk

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/settings"
	"github.com/exawire/exawire/resultset"
)

// Query runs a query as an EXPORT and returns its rows, which work like those of [exawire.Session.Query]. It is the faster way
// for large results: the database needs about a second for an EXPORT, however small, so fetch results of less than some
// hundred thousand rows by Session.Query. query is a query that begins with SELECT, WITH or VALUES, without parameters, or the
// name of a table as in SQL.
//
// The rows come in the order of the query's ORDER BY, unless [Parallel] asks for several tunnels: then blocks of rows come in
// any order. Memory is bounded: some blocks of a quarter of a megabyte wait for each tunnel, and the database waits while
// nobody reads. A row has at most Config.MessageLimit bytes.
//
// The session is busy until the rows are read to the end or closed: any other statement on it waits, for ever if it is the
// one who reads the rows that runs it. Use a second session for that. Close in the middle aborts the statement, closes the
// tunnels and waits for both. A failure of the statement, even of the last moment, is the error of the rows: if there is
// none, they are complete. It is an [*Error], or a [*exawire.DataError] if what came is not what the columns promise, whose
// rows are counted in each tunnel.
//
// Dates and timestamps read as text are written as YYYY-MM-DD and YYYY-MM-DD HH24:MI:SS.FF6 (FF9 if a column has more than
// six digits, or may have, since protocols before version 5 do not say), whatever the formats of the session are. [exawire.Rows.NumRows] is -1 until the last row has come.
//
// The options [Format] and [Compressed] are for files.
func Query(ctx context.Context, s *exawire.Session, query string, opts ...Option) (*exawire.Rows, error) {
	o := newOptions(opts)
	if o.mapping != nil {
		return nil, refused(opExport, errors.New("mapping: it is for ExportRows; give it to exawire.Each or exawire.Collect"))
	}
	return runQuery(ctx, s, query, o)
}

// runQuery is Query with its options.
func runQuery(ctx context.Context, s *exawire.Session, query string, o *options) (*exawire.Rows, error) {
	columns, sql, err := prepareQuery(ctx, s, query, o)
	if err != nil {
		return nil, refused(opExport, err)
	}
	formats := settings.FormatsOf(s.Attributes(), s.Config().RepeatedHour)
	formats.Date, formats.Timestamp = dateFormat, timestampFormat(precisionOfAll(columns, releaseOf(s.Info().ReleaseVersion)))
	source := newRowSource(s, columns, o)
	source.start(ctx, sql)
	header := &commands.ResultSet{Handle: commands.NoHandle, NumRows: -1, Columns: columns}
	return resultset.Open(ctx, source, header, resultset.Options{
		Formats: formats, UntilEOF: true, Prefetch: s.Config().Prefetch, CloseTimeout: s.Config().CancelGrace,
		OnClose: func(context.Context) error { return source.close() },
	}), nil
}

// ExportRows is [Query] with the rows as values of T, as [exawire.Each] has them; see [Mapping] for how columns find the
// fields. An error is yielded as the last pair, with a zero T. Leaving the loop aborts the statement and waits for its end.
// Each loop runs the query anew.
func ExportRows[T any](ctx context.Context, s *exawire.Session, query string, opts ...Option) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		o := newOptions(opts)
		rows, err := runQuery(ctx, s, query, o)
		if err != nil {
			yield(*new(T), err)
			return
		}
		exawire.Each[T](rows, o.mapping...)(yield)
	}
}

// prepareQuery checks the query and asks for its columns.
func prepareQuery(ctx context.Context, s *exawire.Session, query string, o *options) ([]exawire.ColumnInfo, func([]place) string, error) {
	if err := o.checkRows(); err != nil {
		return nil, nil, err
	}
	if o.truncate {
		return nil, nil, fmt.Errorf("truncate: it is for ImportRows")
	}
	if _, err := exportSQL(query, o); err != nil {
		return nil, nil, err
	}
	selected, isTable := query, false
	if table, ok := tableName(query); ok {
		selected, isTable = "SELECT * FROM "+table, true
	}
	columns, err := describe(ctx, s, selected, !isTable)
	if err != nil {
		return nil, nil, errtext.Errorf("columns: %w", err)
	}
	if columns, err = pick(columns, o.columns); err != nil {
		return nil, nil, err
	}
	statement := *o
	digits := precisionOfAll(columns, releaseOf(s.Info().ReleaseVersion))
	statement.csv.Fields = formatted(columns, func(exawire.DataType) string { return timestampFormat(digits) })
	sql, err := exportSQL(query, &statement)
	return columns, sql, err
}

// precisionOfAll returns how many digits of a second the timestamps of a result have, at least as many as usual.
func precisionOfAll(columns []exawire.ColumnInfo, of release) int {
	for _, c := range columns {
		switch c.DataType.Type {
		case commands.Timestamp, commands.TimestampLTZ:
			if precisionOf(c.DataType, of) > defaultPrecision {
				return 9
			}
		}
	}
	return defaultPrecision
}
