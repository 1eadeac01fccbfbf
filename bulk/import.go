package bulk

import (
	"context"
	"io"

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
	files, closers, sql, err := prepareImport(s, table, from, o)
	defer closeAll(closers)
	if err != nil {
		return Result{}, refused(opImport, err)
	}
	t := transfer{op: opImport, session: s, files: files, sql: sql, options: o}
	return t.runInTransaction(ctx)
}

// prepareImport checks what can be known before anything is sent.
func prepareImport(s *exawire.Session, table string, from Source, o *options) (files []file, closers []io.Closer, sql func([]place) string, err error) {
	if err := o.checkFiles(); err != nil {
		return nil, nil, nil, err
	}
	list, err := from.origins()
	if err != nil {
		return nil, nil, nil, err
	}
	parquet, err := onlyParquet(list)
	if err != nil {
		return nil, nil, nil, err
	}
	if parquet {
		if err := checkParquet(s, o); err != nil {
			return nil, nil, nil, err
		}
	}
	if sql, err = importSQL(table, o, parquet); err != nil {
		return nil, nil, nil, err
	}
	files, closers, err = filesOf(list, o, formatCSV)
	return files, closers, sql, err
}

// filesOf describes files to a transfer. Those in the format Parquet are opened. What is to be closed must be, also after an
// error.
func filesOf(list []origin, o *options, format string) (files []file, closers []io.Closer, err error) {
	for i := range list {
		f, c, err := list[i].describe(o, format)
		if c != nil {
			closers = append(closers, c)
		}
		if err != nil {
			return nil, closers, err
		}
		files = append(files, f)
	}
	return files, closers, nil
}

func (o *origin) describe(opts *options, format string) (file, io.Closer, error) {
	if o.parquet == nil {
		f, err := o.file(opts, format)
		return f, nil, err
	}
	r, c, err := o.parquet()
	if err != nil {
		return file{}, nil, &FileError{Name: o.name, Step: "open", Err: err}
	}
	return file{name: o.name, suffix: formatParquet, size: o.size, again: true, ranges: r}, c, nil
}

func closeAll(closers []io.Closer) {
	for _, c := range closers {
		_ = c.Close() // of what was read
	}
}
