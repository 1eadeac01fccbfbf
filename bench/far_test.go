package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/benchdata"
)

// BenchmarkReadResultFar reads a result as columns over a link with a round trip of 30 ms: as exawire does by itself, and in
// fetches of one size. What counts is the clock, since most of the time is waiting.
func BenchmarkReadResultFar(b *testing.B) {
	shape := benchdata.All()[0]
	rows := rowsFor(shape, 96<<20)
	s := start(b, shape, Options{Rows: rows})
	far := func(c *exawire.Config) { c.DialContext = Delayed(30 * time.Millisecond) }
	b.Run("default-sizes", func(b *testing.B) {
		sess := connect(b, s, far)
		measure(b, rows, s.table.perRow, func() (int64, error) {
			r, err := sess.Query(b.Context(), query)
			if err != nil {
				return 0, err
			}
			return readColumns(shape, r)
		})
	})
	for _, size := range []int64{2 << 20, 4 << 20, 16 << 20, 64 << 20} {
		b.Run(fmt.Sprintf("fixed-%dMiB", size>>20), func(b *testing.B) {
			sess := connect(b, s, far)
			measure(b, rows, s.table.perRow, func() (int64, error) { return readFixed(b, sess, s, size) })
		})
	}
}

// readFixed fetches chunks of one size by hand, one after the other. Unlike the default path it neither runs the statement
// nor closes the handle.
func readFixed(b *testing.B, sess *exawire.Session, s *Server, size int64) (pos int64, err error) {
	rs := &commands.ResultSet{Handle: 1, NumRows: int64(s.rows), Columns: benchdata.Header[commands.ColumnInfo](s.shape)}
	for pos < rs.NumRows {
		batch, err := sess.Fetch(b.Context(), rs, pos, size)
		if err != nil {
			return pos, err
		}
		for i, column := range rs.Columns {
			if _, err := touch(batch, i, column.DataType); err != nil {
				return pos, err
			}
		}
		pos += int64(batch.Len())
	}
	return pos, nil
}
