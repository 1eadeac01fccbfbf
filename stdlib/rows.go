package stdlib

import (
	"database/sql/driver"
	"io"

	"github.com/exawire/exawire"
)

// rows are the rows of one result, or of the results of a script one after the other.
type rows struct {
	c    *conn
	rows *exawire.Rows // never nil
	more []*exawire.Rows
}

var _ driver.RowsNextResultSet = (*rows)(nil)

// newRows returns rows that begin with the first of several results.
func newRows(c *conn, first *exawire.Rows, more ...*exawire.Rows) *rows {
	return &rows{c: c, rows: first, more: more}
}

// Columns returns the names of the columns. database/sql hands the slice on to its user, who may change it.
func (r *rows) Columns() []string {
	cols := r.rows.Columns()
	names := make([]string, len(cols))
	for i := range cols {
		names[i] = cols[i].Name
	}
	return names
}

// Next reads one row. What it stores may be kept.
func (r *rows) Next(dest []driver.Value) (err error) {
	defer r.c.caught(&err)
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return harmless(err)
		}
		return io.EOF
	}
	return harmless(r.rows.DriverValues(dest))
}

// HasNextResultSet reports whether there are further results.
func (r *rows) HasNextResultSet() bool { return len(r.more) > 0 }

// NextResultSet moves on to the next result. The rest of this one is dropped.
func (r *rows) NextResultSet() (err error) {
	defer r.c.caught(&err)
	if len(r.more) == 0 {
		return io.EOF
	}
	_ = r.rows.Close() // the session tells the next result if it is over
	*r = rows{c: r.c, rows: r.more[0], more: r.more[1:]}
	return nil
}

// Close closes what was not read.
func (r *rows) Close() (err error) {
	defer r.c.caught(&err)
	err = r.rows.Close()
	for _, more := range r.more {
		if e := more.Close(); err == nil {
			err = e
		}
	}
	r.more = nil
	return harmless(err)
}
