package resultset

import (
	"database/sql/driver"

	"github.com/exawire/exawire/internal/errtext"
)

// DriverValues stores the values of the current row in dest, one per column, as a driver for database/sql hands them on.
// They are those of [Rows.Values], except that numbers that are neither int64 nor float64 are text with all their digits,
// and that intervals are the text that the server sent. The values may be kept; neighbouring rows share memory as they do
// with Values. An error is a [*ValueError] or a [*TypeError] and leaves the rows as they are.
func (r *Rows) DriverValues(dest []driver.Value) error {
	if r == nil || r.batch == nil || !r.cursorRun {
		return errNoRow
	}
	boxes, err := r.boxed(boxDriver, r.row)
	if err != nil {
		return err
	}
	if len(dest) != len(boxes.cols) {
		return &ScanError{Index: -1, Row: -1, Err: errtext.Errorf("%s for %s", errtext.Count(len(dest), "destination"), errtext.Count(len(boxes.cols), "column"))}
	}
	for i := range boxes.cols {
		if dest[i], err = boxes.cols[i].value(r.row); err != nil {
			return err
		}
	}
	return nil
}
