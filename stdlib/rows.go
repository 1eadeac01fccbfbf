package stdlib

import (
	"database/sql/driver"
	"errors"
	"io"

	"github.com/exawire/exawire"
)

// rows are the rows of one result, or of the results of a script one after the other.
type rows struct {
	*exawire.Rows
	more []*exawire.Rows
}

var (
	_ driver.RowsNextResultSet              = (*rows)(nil)
	_ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)
)

// newRows returns rows that begin with the first of several results.
func newRows(all ...*exawire.Rows) *rows {
	if len(all) == 0 {
		return &rows{}
	}
	return &rows{Rows: all[0], more: all[1:]}
}

// Columns returns the names.
func (r *rows) Columns() []string {
	if r.Rows == nil {
		return nil
	}
	cols := r.Rows.Columns()
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name
	}
	return names
}

// ColumnTypeDatabaseTypeName returns the name of the type without its size.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	return string(r.Rows.Columns()[i].DataType.Type)
}

// Close closes all results.
func (r *rows) Close() error {
	var errs []error
	for _, one := range append([]*exawire.Rows{r.Rows}, r.more...) {
		if one != nil {
			errs = append(errs, one.Close())
		}
	}
	r.more = nil
	return harmless(errors.Join(errs...))
}

// HasNextResultSet reports whether there are further results.
func (r *rows) HasNextResultSet() bool { return len(r.more) > 0 }

// NextResultSet moves on.
func (r *rows) NextResultSet() error {
	if len(r.more) == 0 {
		return io.EOF
	}
	err := r.Rows.Close()
	r.Rows, r.more = r.more[0], r.more[1:]
	return harmless(err)
}

// Next reads one row.
func (r *rows) Next(dest []driver.Value) error {
	if r.Rows == nil || !r.Rows.Next() {
		if r.Rows != nil && r.Err() != nil {
			return harmless(r.Err())
		}
		return io.EOF
	}
	row, err := r.Values()
	if err != nil {
		return harmless(err)
	}
	for i, v := range row {
		if valuer, ok := v.(driver.Valuer); ok {
			if v, err = valuer.Value(); err != nil {
				return harmless(err)
			}
		}
		dest[i] = v
	}
	return nil
}
