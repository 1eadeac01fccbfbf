package exasqlite

import (
	"cmp"
	"context"
	"database/sql/driver"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// Prepared statements. The text is parsed once, and bound once to describe it. Each execution binds it again, since
// tables, views and formats may have changed; that it still has the same parameters is checked there.

// prepared is a statement that was parsed and described once. It is bound again for each execution, since objects and
// settings may have changed.
type prepared struct {
	s      *session
	st     *parsed
	types  []typ
	params []commands.ColumnInfo
	cols   []commands.ColumnInfo
}

var _ exatest.BackendStatement = (*prepared)(nil)

// Prepare describes the placeholders and the result of a statement.
func (s *session) Prepare(ctx context.Context, sql string) (exatest.BackendStatement, error) {
	st, err := parse(sql, s.reserved)
	if err != nil {
		return nil, err
	}
	p := &prepared{s: s, st: st}
	// Other statements can be prepared as well, but have no placeholders.
	switch st.st.(type) {
	case *query, *stInsert, *stUpdate, *stDelete, *stMerge:
	default:
		if len(st.params) > 0 {
			return nil, errorAt(codeSyntax, st.params[0], "syntax error, unexpected '?'")
		}
		return p, nil
	}
	// The catalog is read as one statement, so that no transaction stays open for a client with autocommit.
	s.ctx = ctx
	err = s.within(ctx, false, func() error {
		c, err := s.compile(st, false)
		if err != nil {
			return err
		}
		p.types = c.params
		for _, t := range c.params {
			p.params = append(p.params, commands.ColumnInfo{DataType: t.dataType(s.info.Version)})
		}
		if c.cols != nil {
			p.cols = s.columns(c.cols)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Params describes the placeholders.
func (p *prepared) Params() []commands.ColumnInfo { return p.params }

// Columns describes the result set, nil for a row count.
func (p *prepared) Columns() []commands.ColumnInfo { return p.cols }

// Execute runs the statement for each row of parameters: all of them or none.
func (p *prepared) Execute(ctx context.Context, params []exatest.Values) (*exatest.Result, error) {
	if len(params) != len(p.types) {
		return nil, errorf(codeSyntax, "number of parameters is %d instead of %d", len(params), len(p.types))
	}
	return p.s.run(ctx, p.st, append([]typ{}, p.types...), params)
}

// Close forgets the statement.
func (p *prepared) Close() error { return nil }

// parameters turns the columns of parameters into stored values, row by row.
type parameters struct {
	types   []typ
	columns []exatest.Values
	env     env
	forms   []plainForm
	buf     []byte
	one     rowBatch // for row
}

// newParameters prepares to read the columns of a statement whose placeholders have these types. The server has read the values
// by the session's formats, and gives them in the canonical form.
func newParameters(types []typ, columns []exatest.Values, e env) *parameters {
	p := &parameters{types: types, columns: columns, env: e}
	for _, t := range types {
		p.forms = append(p.forms, newPlainForm(t, canonicalFormat(t), e))
	}
	return p
}

// rows returns how often a statement runs.
func (p *parameters) rows() (int, error) {
	if len(p.columns) == 0 {
		return 1, nil
	}
	n := p.columns[0].Len()
	for _, c := range p.columns {
		if c.Len() != n {
			return 0, errorf(codeSyntax, "columns of parameters have different numbers of rows")
		}
	}
	return n, nil
}

// row returns the values of one row, valid until the next call.
func (p *parameters) row(i int) ([]driver.Value, error) {
	p.one.reset()
	if err := p.add(&p.one, i); err != nil {
		return nil, err
	}
	p.one.finish()
	return p.one.values, nil
}

// add adds the values of one row to a batch.
func (p *parameters) add(b *rowBatch, i int) error {
	for j, c := range p.columns {
		text, null := c.AppendText(p.buf[:0], i)
		p.buf = text
		switch {
		case null || len(text) == 0:
			b.put(nil)
		case p.forms[j].put(b, text):
		default:
			v, err := parseValue(string(text), p.types[j], p.env, true)
			if err != nil {
				return err
			}
			b.put(v)
		}
	}
	b.rows++
	return nil
}

// send sends all rows to a stream.
func (p *parameters) send(ctx context.Context, n int, to *rowStream) error {
	batch := to.fresh()
	for i := range n {
		before := len(batch.values)
		if err := p.add(batch, i); err != nil {
			// SQLite may refuse a row before this one, and that error is the first.
			batch.cut(before)
			return cmp.Or(to.send(ctx, batch), err)
		}
		if batch.full() {
			if err := to.send(ctx, batch); err != nil {
				return err
			}
			batch = to.fresh()
		}
	}
	return to.send(ctx, batch)
}
