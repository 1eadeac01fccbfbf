package resultset_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// stream is a fake whose number of rows nobody knows before end comes.
type stream struct {
	*fake
	end  error
	ends int
}

func (s *stream) FetchMessage(ctx context.Context, handle int, start, numBytes int64) (resultset.Message, error) {
	if start < int64(len(s.table.rows)) {
		return s.fake.FetchMessage(ctx, fakeHandle, start, numBytes)
	}
	if s.ends++; s.ends > 1 {
		s.tb.Errorf("fetched %d times behind the end", s.ends-1)
	}
	return resultset.Message{}, s.end
}

// openStream opens rows of which the first inline come with the header.
func openStream(ctx context.Context, s *stream, inline int, handle bool, o resultset.Options) *resultset.Rows {
	header := s.header(inline, handle)
	header.NumRows = -1
	o.UntilEOF = true
	o.Release = s.message(header.Data)
	o.OnClose = func(context.Context) error {
		s.onCloses++
		return nil
	}
	return resultset.Open(ctx, s, header, o)
}

func newStream(tb testing.TB, rows, step int, end error) *stream {
	return &stream{fake: &fake{tb: tb, table: numbered(rows), step: step}, end: end}
}

// TestUntilEOF reads rows in all ways, in chunks of all sizes, with all that can come with the header.
func TestUntilEOF(t *testing.T) {
	for _, name := range wayNames() {
		for _, n := range []int{0, 1, 9, 30} {
			for _, step := range []int{1, 3, 100} {
				for _, prefetch := range []int{-1, 0, 3} {
					for _, inline := range []int{0, 4} {
						for _, handle := range []bool{true, false} {
							s := newStream(t, n, step, io.EOF)
							inline := min(inline, n)
							r := openStream(t.Context(), s, inline, handle, resultset.Options{Prefetch: prefetch})
							if got := r.NumRows(); got != -1 {
								t.Errorf("%d rows are known before the first", got)
							}
							got, err := ways[name](r)
							if diff := cmp.Diff(records(0, n), got); err != nil || diff != "" {
								t.Fatalf("%s, %d rows in steps of %d, prefetch %d, %d inline: %v (-want +got):\n%s", name, n, step, prefetch, inline, err, diff)
							}
							if r.NumRows() != int64(n) || s.ends != 1 {
								t.Errorf("%s: %d rows of %d, the end was asked for %d times", name, r.NumRows(), n, s.ends)
							}
							closes := 0
							if handle {
								closes = 1
							}
							s.checkClosed(closes)
						}
					}
				}
			}
		}
	}
}

// TestUntilErrorAtTheEnd: the rows that came are delivered, and the error behind them.
func TestUntilErrorAtTheEnd(t *testing.T) {
	broken := errors.New("truncated")
	for _, name := range wayNames() {
		for _, end := range []error{broken, fmt.Errorf("not %w", io.EOF), io.ErrUnexpectedEOF} {
			for _, prefetch := range []int{-1, 0} {
				s := newStream(t, 9, 4, end)
				r := openStream(t.Context(), s, 0, false, resultset.Options{Prefetch: prefetch})
				got, err := ways[name](r)
				if !errors.Is(err, end) || len(got) > 9 || r.NumRows() != -1 {
					t.Errorf("%s, %v: %d rows, %d known, %v", name, end, len(got), r.NumRows(), err)
				}
				if errors.Is(end, broken) {
					if diff := cmp.Diff("truncated", fmt.Sprint(err)); diff != "" {
						t.Errorf("%s (-want +got):\n%s", name, diff)
					}
				}
				s.checkClosed(0)
			}
		}
	}
}

// TestOneUntilEOF: the only row is one when the end has come.
func TestOneUntilEOF(t *testing.T) {
	broken := errors.New("truncated")
	for _, c := range []struct {
		rows, step int
		end, want  error
	}{
		{0, 1, io.EOF, resultset.ErrNoRows},
		{1, 1, io.EOF, nil},
		{2, 1, io.EOF, resultset.ErrTooManyRows},
		{2, 2, io.EOF, resultset.ErrTooManyRows},
		{0, 1, broken, broken},
		{1, 1, broken, broken},
	} {
		for _, prefetch := range []int{-1, 0} {
			s := newStream(t, c.rows, c.step, c.end)
			got, err := resultset.One[record](openStream(t.Context(), s, 0, true, resultset.Options{Prefetch: prefetch}))
			want := record{}
			if c.want == nil {
				want.S = "row 0"
			}
			if !errors.Is(err, c.want) || got != want {
				t.Errorf("%d rows by %d and %v: %v, %v", c.rows, c.step, c.end, got, err)
			}
			s.checkClosed(1)
		}
	}
}

func TestUntilEOFIsAsked(t *testing.T) {
	f := &fake{tb: t, table: numbered(9), step: 4, onFetch: func(_ context.Context, n int) error {
		if n == 1 {
			return io.EOF
		}
		return nil
	}}
	_, err := ways["each"](f.rows(t.Context(), f.header(0, true), resultset.Options{}))
	if diff := cmp.Diff("exawire: fetch rows from 5 on: EOF", fmt.Sprint(err)); diff != "" {
		t.Errorf("the end of a result set of known length (-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		header   commands.ResultSet
		untilEOF bool
		want     string
	}{
		{commands.ResultSet{NumRows: -1, Handle: 1, Columns: numbered(0).cols}, false, "exawire: result data: -1 rows, of which 0 in the message"},
		{commands.ResultSet{NumRows: 5, Handle: 1, Columns: numbered(0).cols}, true, "exawire: result data: 5 rows announced, but the source is to say when they end"},
		{commands.ResultSet{NumRows: -1, Handle: 1}, true, "exawire: result data: rows without columns"},
		{commands.ResultSet{NumRows: -1, Handle: 1, NumRowsInMessage: 1, Columns: numbered(0).cols}, true, "exawire: result data: 1 rows in the message, but no data"},
	} {
		r := resultset.Open(t.Context(), &fake{tb: t}, &c.header, resultset.Options{UntilEOF: c.untilEOF})
		if diff := cmp.Diff(c.want, fmt.Sprint(r.Err())); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_ = r.Close()
	}
}
