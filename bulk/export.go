package bulk

import (
	"context"

	"github.com/exawire/exawire"
)

// Export moves a table, or the rows of a query, out by EXPORT. from is the name of a table as in SQL, or a query that begins
// with SELECT, WITH or VALUES. A query with parameters is refused, since EXPORT has none. The rows come in no order, unless
// the query ends with ORDER BY and there is one file.
//
// The data comes over connections of its own, which the client opens to the nodes of the database: one for each file, all at
// the same time, whatever [Parallel] says. The database needs about a second for an EXPORT, however small: fetch small
// results by [exawire.Session.Query].
//
// An error is an [*Error], which has what the database and what each file says. Writers have a part of the data then. What is
// wrong with the query, the files or the options is found before anything is sent, and the error says what to change.
func Export(ctx context.Context, s *exawire.Session, from string, to Target, opts ...Option) (Result, error) {
	o := newOptions(opts)
	err := o.checkFiles()
	if err != nil {
		return Result{}, refused(opExport, err)
	}
	sql, err := exportSQL(from, o)
	if err != nil {
		return Result{}, refused(opExport, err)
	}
	sinks, err := to.sinks()
	if err != nil {
		return Result{}, refused(opExport, err)
	}
	return exportFiles(ctx, s, sinks, formatCSV, sql, o)
}

// exportFiles runs a statement that writes to all sinks. Files get their names when it has succeeded.
func exportFiles(ctx context.Context, s *exawire.Session, sinks []*sink, format string, sql func([]place) string, o *options) (Result, error) {
	files := make([]file, len(sinks))
	for i, k := range sinks {
		f, err := k.file(o, format)
		if err != nil {
			return Result{}, refused(opExport, err)
		}
		files[i] = f
	}
	defer discardAll(sinks)
	for _, k := range sinks {
		if k.replaces == nil {
			continue
		}
		if err := k.replaces.prepare(); err != nil {
			return Result{}, refused(opExport, &FileError{Name: k.name, Step: "open", Err: err})
		}
	}
	exec := func(ctx context.Context, sql string) (int64, error) { return s.Exec(ctx, sql) }
	t := transfer{op: opExport, session: s, exec: exec, files: files, sql: sql, options: o}
	result, err := t.run(ctx)
	if err != nil {
		return Result{}, err
	}
	return result, commitAll(sinks)
}

// discardAll removes the temporary files that have not got their names.
func discardAll(sinks []*sink) {
	for _, k := range sinks {
		if k.replaces != nil {
			k.replaces.discard()
		}
	}
}

// commitAll gives the temporary files their names. The first error ends it: some files are new then, and others are old.
func commitAll(sinks []*sink) error {
	for _, k := range sinks {
		if k.replaces == nil {
			continue
		}
		if err := k.replaces.commit(); err != nil {
			return &Error{Op: opExport, Files: []*FileError{{Name: k.name, Step: "close", Err: err}}, sent: true}
		}
	}
	return nil
}
