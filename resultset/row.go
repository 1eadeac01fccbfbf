package resultset

import "github.com/exawire/exawire/commands"

// Row is one row of [Rows.All]. It is valid until the end of the loop turn and must not be used from another goroutine.
type Row struct {
	rows  *Rows
	index int // within the batch
	turn  int // of the Rows, by which the batch is known
}

// valid reports whether the batch of the row is still the current one.
func (r Row) valid() bool { return r.rows != nil && r.rows.batch != nil && r.rows.turn == r.turn }

// Number returns the number of the row within the result set, from 0, or -1 if the Row is no longer valid.
func (r Row) Number() int64 {
	if !r.valid() {
		return -1
	}
	return r.rows.batch.Start() + int64(r.index)
}

// Columns returns the descriptions of the columns, nil for a zero Row. The slice is shared and must not be changed.
func (r Row) Columns() []commands.ColumnInfo {
	if r.rows == nil {
		return nil
	}
	return r.rows.feed.cols
}

// Scan copies the values of the row into the variables that dest points to, like [Rows.Scan].
func (r Row) Scan(dest ...any) error {
	if !r.valid() {
		return errRowOver
	}
	return r.rows.scan(r.index, dest)
}

// Value returns the value of one column in its natural Go type, nil for NULL; see [Batch.Value].
func (r Row) Value(col int) (any, error) {
	if !r.valid() {
		return nil, errRowOver
	}
	return r.rows.value(col, r.index)
}

// Values returns the values of the row in their natural Go types, like [Rows.Values].
func (r Row) Values() ([]any, error) {
	if !r.valid() {
		return nil, errRowOver
	}
	return r.rows.values(r.index)
}
