package resultset_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// Chunks that do not say how their values are written have the formats of the result set.
func TestChunksWithoutFormats(t *testing.T) {
	tab := table{cols: []commands.ColumnInfo{column("D", typed(commands.Date))}, rows: [][]string{{`"02.01.2024"`}, {`"03.01.2024"`}, {`"04.01.2024"`}}}
	for _, inline := range []int{0, 1} {
		f := &fake{tb: t, table: tab, step: 1}
		got, err := resultset.Collect[time.Time](f.rows(t.Context(), f.header(inline, true), resultset.Options{Formats: resultset.Formats{Date: "DD.MM.YYYY"}}))
		if err != nil {
			t.Fatal(err)
		}
		day := func(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }
		if diff := cmp.Diff([]time.Time{day(2), day(3), day(4)}, got); diff != "" {
			t.Errorf("%d inline (-want +got):\n%s", inline, diff)
		}
	}
}

func TestFormatsOfChunks(t *testing.T) {
	f := &fake{tb: t, table: table{
		cols: []commands.ColumnInfo{column("D", typed(commands.Date))},
		rows: [][]string{{`"2024-06-18"`}, {`"18.06.2024"`}, {`"2024-06-18"`}},
	}, step: 1}
	f.answer = func(n int, c resultset.Message) resultset.Message {
		if n == 0 {
			c.Formats.Date = "DD.MM.YYYY"
		}
		return c
	}
	for _, prefetch := range prefetches {
		f.fetches, f.closes, f.onCloses = 0, 0, 0
		o := resultset.Options{Prefetch: prefetch, Formats: resultset.Formats{Date: "YYYY-MM-DD"}}
		got, err := resultset.Collect[time.Time](f.rows(t.Context(), f.header(1, true), o))
		day := time.Date(2024, 6, 18, 0, 0, 0, 0, time.UTC)
		if diff := cmp.Diff([]time.Time{day, day, day}, got); diff != "" || err != nil {
			t.Errorf("prefetch %d: %v, dates (-want +got):\n%s", prefetch, err, diff)
		}
		f.checkClosed(1)
	}
}
