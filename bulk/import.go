package bulk

import (
	"context"

	"github.com/exawire/exawire"
)

// Import moves data into a table by IMPORT INTO. The table is a name as in SQL; for names that are data use
// [exawire.QuoteIdentifier].
//
// The data comes over connections of its own, which the client opens to the nodes of the database: one for each file, as
// many at a time as [Parallel] says. Each group of files is one statement. All of them are one transaction, which is
// committed when everything has succeeded and rolled back otherwise. If the session's autocommit is off or a Tx is open, the
// statements run in that transaction, and the caller ends it.
//
// An error is an [*Error], which has what the database and what each file says; no row was committed then, unless the session
// was lost during the COMMIT, see Error.Uncertain. What is wrong with the table, the files or the options is found before
// anything is sent, and the error says what to change.
func Import(ctx context.Context, s *exawire.Session, table string, from Source, opts ...Option) (Result, error) {
	o := newOptions(opts)
	files, sql, err := prepareImport(s, table, from, o)
	if err != nil {
		return Result{}, refused(opImport, err)
	}
	t := transfer{op: opImport, session: s, files: files, sql: sql, options: o}
	return t.runInTransaction(ctx)
}

// prepareImport checks what can be known before anything is sent.
func prepareImport(s *exawire.Session, table string, from Source, o *options) (files []file, sql func([]place) string, err error) {
	if err := o.checkFiles(); err != nil {
		return nil, nil, err
	}
	list, err := from.origins()
	if err != nil {
		return nil, nil, err
	}
	parquet, err := onlyParquet(list)
	if err != nil {
		return nil, nil, err
	}
	if parquet {
		if err := checkParquet(s, o); err != nil {
			return nil, nil, err
		}
	}
	if sql, err = importSQL(table, o, parquet); err != nil {
		return nil, nil, err
	}
	files, err = filesOf(list, o, formatCSV)
	return files, sql, err
}

// filesOf describes files to a transfer.
func filesOf(list []origin, o *options, format string) ([]file, error) {
	files := make([]file, len(list))
	for i := range list {
		f, err := list[i].describe(o, format)
		if err != nil {
			return nil, err
		}
		files[i] = f
	}
	return files, nil
}

func (o *origin) describe(opts *options, format string) (file, error) {
	if o.parquet == nil {
		return o.file(opts, format)
	}
	return file{name: o.name, suffix: formatParquet, size: o.size, again: true, ranges: o.parquet}, nil
}
