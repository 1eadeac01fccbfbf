package exasqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// Faulty rows: REJECT LIMIT says how many an IMPORT may have, ERRORS INTO where they go.

// rejectedRow is a row that was not imported.
type rejectedRow struct {
	number  int64
	message string
	data    string
}

// rejectable reports whether an error is about one row and not about the statement.
func rejectable(err error) bool {
	var e *exatest.SQLError
	return errors.As(err, &e) && e.Code != codeUnsupported
}

// reject counts a faulty row. Beyond the limit its error is that of the statement.
func (m *importing) reject(row *csvRow, err error) error {
	limit := m.st.reject.limit
	if !rejectable(err) || limit >= 0 && m.refused >= limit {
		return err
	}
	m.refused++
	if m.st.reject.into != nil {
		var e *exatest.SQLError
		errors.As(err, &e)
		m.rejected = append(m.rejected, rejectedRow{row.number, e.Text, strings.ToValidUTF8(string(row.raw), "\ufffd")})
	}
	return nil
}

// errorTable is where faulty rows go.
type errorTable struct {
	table *table
	tag   driver.Value
}

// errorColumns are the columns of an error table. The documentation tells what they hold; their names and types are this
// package's own.
func errorColumns(tag *bound) []column {
	columns := []column{{Name: "ROW_NUMBER", Type: typeInt}, {Name: "ERROR_MESSAGE", Type: typeText}}
	if tag != nil {
		columns = append(columns, column{Name: "TAG", Type: tag.t})
	}
	return append(columns, column{Name: "TRUNCATED", Type: typeBoolean}, column{Name: "DATA", Type: typeText})
}

// prepareErrors makes the error table, or finds it. It is nil if the statement has none.
func (m *importing) prepareErrors(ctx context.Context, st *parsed) (*errorTable, error) {
	c := &m.st.reject
	if c.into == nil {
		return nil, nil
	}
	b := m.s.binder(m.s.cat, st)
	var tag *bound
	if c.tag != nil {
		x, err := b.expr(c.tag, &scope{})
		if err != nil {
			return nil, err
		}
		// The next tag may be a longer text.
		if x.t.kind == kindNull || x.t.text() {
			if x, err = b.coerce(x, typeText, ""); err != nil {
				return nil, err
			}
		}
		tag = &x
	}
	want := errorColumns(tag)
	found, err := b.find(c.into)
	if err == nil && c.replace && !found.IsView {
		if err := m.s.dropTable(ctx, found); err != nil {
			return nil, err
		}
		found = nil
	}
	if err != nil || found == nil {
		if err := m.createErrors(ctx, st, want); err != nil {
			return nil, err
		}
	}
	cat, err := m.s.loadCatalog()
	if err != nil {
		return nil, err
	}
	b = m.s.binder(cat, st)
	to := &errorTable{}
	if to.table, err = b.target(c.into); err != nil {
		return nil, err
	}
	if !fitsErrors(to.table, want) {
		return nil, errorAt(codeSyntax, c.pos, "table %s is no error table", to.table.Name)
	}
	if c.empty {
		if _, err := m.s.exec(ctx, "DELETE FROM "+to.table.sqlName()); err != nil {
			return nil, err
		}
	}
	if tag == nil {
		return to, nil
	}
	// The expression is one of the statement, not of each row.
	x, err := b.assign(*tag, to.table, &to.table.Columns[2])
	if err != nil {
		return nil, err
	}
	return to, m.s.query(ctx, "SELECT "+x.sql, nil, func(row []driver.Value) error { to.tag = row[0]; return nil })
}

// fitsErrors reports whether a table that exists has the columns of an error table.
func fitsErrors(t *table, want []column) bool {
	if len(t.Columns) != len(want) {
		return false
	}
	for i, c := range want {
		if t.Columns[i].Type.kind != c.Type.kind {
			return false
		}
	}
	return true
}

// createErrors makes an error table.
func (m *importing) createErrors(ctx context.Context, st *parsed, columns []column) error {
	cat, err := m.s.loadCatalog()
	if err != nil {
		return err
	}
	create := &stCreateTable{table: m.st.reject.into}
	for _, c := range columns {
		create.columns = append(create.columns, columnDef{name: ident{name: c.Name}, t: c.Type})
	}
	return m.s.createTable(ctx, m.s.binder(cat, st), create)
}

// saveErrors writes the faulty rows.
func (m *importing) saveErrors(ctx context.Context, to *errorTable) error {
	var names []string
	for i := range to.table.Columns {
		names = append(names, to.table.Columns[i].sqlName())
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
	sql := "INSERT INTO " + to.table.sqlName() + "(" + strings.Join(names, ", ") + ") VALUES (" + marks + ")"
	for _, r := range m.rejected {
		data, cut := pad(r.data, int64(maxVarchar), "", false), int64(0)
		if len(data) < len(r.data) {
			cut = 1
		}
		values := []driver.Value{r.number, r.message}
		if m.st.reject.tag != nil {
			values = append(values, to.tag)
		}
		if _, err := m.s.exec(ctx, sql, append(values, cut, orNull(data))...); err != nil {
			return err
		}
	}
	return nil
}
