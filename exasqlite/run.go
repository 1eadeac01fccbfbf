package exasqlite

import (
	"context"
	"database/sql/driver"
	"errors"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// Running statements. A statement goes through three steps: it is bound with the catalog of its transaction, it is run
// as SQLite's SQL, and the changes of the session are told to the client.

// sqlCode is the code of an exception, empty for other errors.
func sqlCode(err error) string {
	var e *exatest.SQLError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// compiled is a query or a statement that changes rows, in SQLite's SQL.
type compiled struct {
	sql    string
	params []typ
	cols   []outCol // nil for a row count
	merge  *merge   // instead of sql
	table  *table   // that changes
	single bool     // inserts the rows of VALUES: quick, so that the context need not be watched for each row of parameters
	stream bool     // inserts all rows of parameters at once
}

// run runs a statement, with rows of parameters for a prepared one; described are the types that its client knows.
func (s *session) run(ctx context.Context, st *parsed, described []typ, params []exatest.Values) (*exatest.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// Another session may kill the statement: its reason is found in the context then.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.ctx = ctx
	s.statements++
	s.note(st.sql, cancel)
	res, err := s.dispatch(ctx, st, described, params)
	s.note("", nil)
	if err != nil {
		return nil, ofKilled(ctx, err)
	}
	// Attributes that have changed go with the answer, whatever changed them.
	now := s.set
	now.open = s.open
	res.Attributes = now.changes(s.reported)
	s.reported = now
	return res, nil
}

// dispatch runs a statement by its kind: those of the session alone, those that work on rows, those that change the
// catalog.
func (s *session) dispatch(ctx context.Context, st *parsed, described []typ, params []exatest.Values) (*exatest.Result, error) {
	res := &exatest.Result{}
	switch x := st.st.(type) {
	case stNothing:
		return res, nil
	case stCommit:
		return res, s.commit()
	case stRollback:
		s.rollback()
		return res, nil
	case *stKill:
		return res, s.kill(ctx, x)
	case stImpersonate:
		return res, s.impersonate(x)
	case *stAlterSession:
		set := s.set
		if err := set.alter(x); err != nil {
			return nil, err
		}
		s.set = set
		if x.name.name == "QUERY_TIMEOUT" {
			s.reported.queryTimeout = -1 // the client may have set the attribute, of which the server tells nobody
		}
		return res, nil
	case *query, *stInsert, *stUpdate, *stDelete, *stMerge:
		_, reads := x.(*query)
		err := s.within(ctx, !reads, func() error {
			c, err := s.compile(st, len(params) > 0 && params[0].Len() > 1)
			if err != nil {
				return err
			}
			// A table may have been altered since the client was told the types of its parameters. Values of the old
			// types would be converted to something else than it expects.
			if described != nil && !sameTypes(described, c.params) {
				return errorf(codeSyntax, "prepared statement is no longer valid: an object has changed")
			}
			res, err = s.rows(ctx, c, params)
			return err
		})
		return res, err
	}
	if x, ok := st.st.(*stImport); ok {
		err := s.within(ctx, true, func() (err error) {
			res.RowCount, err = s.importRows(ctx, st, x)
			return err
		})
		return res, err
	}
	if x, ok := st.st.(*stExport); ok {
		err := s.within(ctx, false, func() (err error) {
			res.RowCount, err = s.exportRows(ctx, st, x)
			return err
		})
		return res, err
	}
	// OPEN SCHEMA changes nothing that others see, so it does not wait for whoever writes.
	writes := true
	switch st.st.(type) {
	case stOpenSchema, stExecuteScript:
		writes = false
	}
	err := s.within(ctx, writes, func() error {
		cat, err := s.loadCatalog()
		if err != nil {
			return err
		}
		res.RowCount, err = s.define(ctx, cat, st)
		return err
	})
	return res, err
}

// sameTypes reports whether the parameters are what they were.
func sameTypes(a, b []typ) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// compile binds a statement with the catalog of the open transaction, to run with many rows of parameters or with one.
func (s *session) compile(st *parsed, many bool) (*compiled, error) {
	cat, err := s.loadCatalog()
	if err != nil {
		return nil, err
	}
	b := s.binder(cat, st)
	c := &compiled{}
	switch x := st.st.(type) {
	case *query:
		rel, err := b.query(x, nil)
		if err != nil {
			return nil, err
		}
		c.sql, c.cols = rel.sql, rel.settled().cols
	case *stInsert:
		c.single = x.query == nil
		if c.stream = many && x.fromRows(); c.stream {
			b.rows = b.alias("f")
		}
		c.sql, c.table, err = b.insert(x)
	case *stUpdate:
		c.sql, c.table, err = b.update(x)
	case *stDelete:
		c.sql, c.table, err = b.delete(x)
	case *stMerge:
		c.merge, c.table, err = b.merge(x)
	}
	// A placeholder of which nothing was known is text, as it is for the database.
	for i, t := range b.params {
		if t.kind == kindNull {
			b.params[i] = typeText
		}
	}
	c.params = b.params
	return c, err
}

// binder starts to bind a statement with the session's formats and schema as they are now.
func (s *session) binder(cat *catalog, st *parsed) *binder {
	return &binder{s: s, cat: cat, env: s.set.env(), src: st.sql, schema: s.set.schema, params: make([]typ, len(st.params))}
}

// rows runs a compiled statement: a query once, another one for each row of parameters.
func (s *session) rows(ctx context.Context, c *compiled, params []exatest.Values) (*exatest.Result, error) {
	args := newParameters(c.params, params, s.set.env())
	n, err := args.rows()
	if err != nil {
		return nil, err
	}
	if c.cols == nil {
		count, err := s.change(ctx, c, args, n)
		// Most databases of tests have no foreign keys, and then nothing is asked for each statement.
		if err == nil && s.cat.foreign {
			err = s.checkReferences(ctx, c.table)
		}
		return &exatest.Result{RowCount: count}, err
	}
	// A query with many rows of parameters would have many results.
	if n != 1 {
		return nil, errorf(codeUnsupported, "Feature not supported: a query with %d rows of parameters", n)
	}
	values, err := args.row(0)
	if err != nil {
		return nil, err
	}
	res := &exatest.Result{Columns: s.columns(c.cols), Data: make([]exatest.Values, len(c.cols))}
	vectors := make([]*vector, len(c.cols))
	for i, col := range c.cols {
		vectors[i] = &vector{t: col.t, env: args.env}
		res.Data[i] = vectors[i]
	}
	// All rows are read now. What a client fetches later comes from memory, whatever happens to the tables.
	err = s.interruptible(ctx, func() error {
		return s.query(context.Background(), c.sql, values, func(row []driver.Value) error {
			for i, v := range row {
				vectors[i].add(v)
			}
			return nil
		})
	})
	return res, err
}

// columns describes a result for the version of the protocol that the client speaks.
func (s *session) columns(cols []outCol) []commands.ColumnInfo {
	out := make([]commands.ColumnInfo, len(cols))
	for i, c := range cols {
		out[i] = commands.ColumnInfo{Name: c.name, DataType: c.t.dataType(s.info.Version)}
	}
	return out
}

// change runs INSERT, UPDATE, DELETE or MERGE for each row of parameters.
func (s *session) change(ctx context.Context, c *compiled, args *parameters, n int) (count int64, err error) {
	if c.merge != nil {
		for i := range n {
			values, err := args.row(i)
			if err != nil {
				return 0, err
			}
			changed, err := c.merge.run(ctx, s, values)
			if err != nil {
				return 0, err
			}
			count += changed
		}
		return count, nil
	}
	if c.stream {
		stream := newRowStream(len(c.params))
		return s.insertRows(ctx, c.sql, stream, func(ctx context.Context) error { return args.send(ctx, n, stream) })
	}
	stmt, err := s.conn.(driver.ConnPrepareContext).PrepareContext(context.Background(), c.sql)
	if err != nil {
		return 0, err
	}
	defer func() { _ = stmt.Close() }()
	exec := stmt.(driver.StmtExecContext)
	named := make([]driver.NamedValue, len(c.params))
	for i := range named {
		named[i].Ordinal = i + 1
	}
	// SQLite's driver starts a goroutine for each call that has a context to watch. For rows that are inserted one by
	// one this would be most of the work; the loop looks at the context itself.
	each := ctx
	if c.single && n > 1 {
		each = context.Background()
	}
	for i := range n {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		values, err := args.row(i)
		if err != nil {
			return 0, err
		}
		for j, v := range values {
			named[j].Value = v
		}
		res, err := exec.ExecContext(each, named)
		if err != nil {
			return 0, err
		}
		changed, err := res.RowsAffected()
		if err != nil {
			return 0, err
		}
		count += changed
	}
	return count, nil
}
