package resultset_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// TestFetchError lets every fetch fail: the rows before it arrive, the error comes once and last, all is closed.
func TestFetchError(t *testing.T) {
	cause := errors.New("cable cut")
	for _, prefetch := range prefetches {
		for at := range 4 {
			for _, way := range wayNames() {
				f := &fake{tb: t, table: numbered(35)}
				f.onFetch = func(_ context.Context, n int) error {
					if n == at {
						return cause
					}
					return nil
				}
				r := f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: prefetch})
				got, err := ways[way](r)
				if !errors.Is(err, cause) || !errors.Is(r.Err(), cause) {
					t.Errorf("%s: error %v, Err %v, want %v", way, err, r.Err(), cause)
				}
				if diff := cmp.Diff(records(0, 4+10*at), got); diff != "" {
					t.Errorf("%s, fetch %d: rows (-want +got):\n%s", way, at, diff)
				}
				if err := r.Close(); err != nil {
					t.Error(err)
				}
				f.checkClosed(1)
			}
		}
	}
}

func TestErrorIsYieldedOnce(t *testing.T) {
	f := &fake{tb: t, table: numbered(35)}
	f.onFetch = func(context.Context, int) error { return errors.New("cable cut") }
	pairs := 0
	for rec, err := range resultset.Each[record](f.rows(t.Context(), f.header(0, true), resultset.Options{})) {
		pairs++ // and no break
		if err == nil || rec != (record{}) {
			t.Errorf("got %v, %v", rec, err)
		}
	}
	if pairs != 1 {
		t.Errorf("%d pairs, want 1", pairs)
	}
	f.checkClosed(1)
}

// TestBrokenAnswers has the server break the protocol in the second fetch.
func TestBrokenAnswers(t *testing.T) {
	extra := errors.New("unexpected end of the message")
	tests := []struct {
		name string
		edit func(*resultset.Message)
		want string
	}{
		{"no rows but data", func(c *resultset.Message) { c.NumRows = 0 }, ""},
		{"no rows but half a document", func(c *resultset.Message) { c.NumRows, c.Data = 0, []byte("[[") }, ""},
		{"negative rows", func(c *resultset.Message) { c.NumRows = -1 }, "-1 rows fetched"},
		{"more rows than missing", func(c *resultset.Message) { c.NumRows = 22 }, "22 rows fetched from row 15 of 35 on"},
		{"all rows there can be", func(c *resultset.Message) { c.NumRows = 1<<63 - 1 }, "rows fetched from row 15"},
		{"no data", func(c *resultset.Message) { c.Data = nil }, "no data"},
		{"fewer rows than data", func(c *resultset.Message) { c.NumRows-- }, ""},
		{"more rows than data", func(c *resultset.Message) { c.NumRows++ }, ""},
		{"a column too few", func(c *resultset.Message) { c.Data = []byte("[[1,2,3,4,5,6,7,8,9,10]]") }, ""},
		{"no JSON", func(c *resultset.Message) { c.Data = []byte("EXECUTING") }, ""},
		{"cut short", func(c *resultset.Message) { c.Data = c.Data[:len(c.Data)/2] }, ""},
		{"something behind it", func(c *resultset.Message) { c.Finish = func(int) error { return extra } }, extra.Error()},
	}
	for _, tt := range tests {
		for _, prefetch := range prefetches {
			for _, way := range wayNames() {
				t.Run(fmt.Sprintf("%s/prefetch %d/%s", tt.name, prefetch, way), func(t *testing.T) {
					f := &fake{tb: t, table: numbered(35)}
					f.answer = func(n int, c resultset.Message) resultset.Message {
						if n == 1 {
							tt.edit(&c)
						}
						return c
					}
					closed := errors.New("session closed")
					f.onFail = func(err error) error { return errors.Join(closed, err) }
					r := f.rows(t.Context(), f.header(4, true), resultset.Options{Prefetch: prefetch})
					got, err := ways[way](r)
					if !errors.Is(err, closed) {
						t.Errorf("error %v is not the one that Fail returned", err)
					}
					contains(t, err, tt.want)
					if dataErr := (*resultset.DataError)(nil); !errors.As(err, &dataErr) && !errors.Is(err, extra) {
						t.Errorf("error %v is no DataError", err)
					}
					if len(f.failures) != 1 {
						t.Errorf("Fail called %d times, want 1: %v", len(f.failures), f.failures)
					}
					if diff := cmp.Diff(records(0, 14), got); diff != "" {
						t.Errorf("rows (-want +got):\n%s", diff)
					}
					_ = r.Close()
					if prefetch < 0 {
						f.checkClosed(0) // after Fail nothing is sent
					} else {
						f.checkClosed(atMostOne)
					}
				})
			}
		}
	}
}

func TestBrokenHeaders(t *testing.T) {
	tests := []struct {
		name string
		edit func(*commands.ResultSet)
		want string
	}{
		{"negative rows", func(rs *commands.ResultSet) { rs.NumRows = -1 }, "-1 rows"},
		{"negative rows in the message", func(rs *commands.ResultSet) { rs.NumRowsInMessage = -4 }, "-4 in the message"},
		{"more in the message than in all", func(rs *commands.ResultSet) { rs.NumRows = 3 }, "4 rows in the message, but only 3 in all"},
		{"no data", func(rs *commands.ResultSet) { rs.Data = nil }, "no data"},
		{"data but no rows", func(rs *commands.ResultSet) { rs.NumRowsInMessage = 0 }, ""},
		{"rows missing but no handle", func(rs *commands.ResultSet) { rs.Handle = commands.NoHandle }, "no handle"},
		{"no columns", func(rs *commands.ResultSet) { rs.Columns, rs.Data = nil, []byte("[]") }, "35 rows without columns"},
		{"fewer rows than data", func(rs *commands.ResultSet) { rs.NumRowsInMessage = 3 }, ""},
		{"more rows than data", func(rs *commands.ResultSet) { rs.NumRowsInMessage = 5 }, ""},
		{"as many rows as can be", func(rs *commands.ResultSet) { rs.NumRows, rs.NumRowsInMessage = 1<<63-1, 1<<63-1 }, ""},
	}
	for _, tt := range tests {
		for _, way := range wayNames() {
			t.Run(tt.name+"/"+way, func(t *testing.T) {
				f := &fake{tb: t, table: numbered(35)}
				rs := f.header(4, true)
				tt.edit(rs)
				r := f.rows(t.Context(), rs, resultset.Options{Prefetch: -1})
				got, err := ways[way](r)
				if dataErr := (*resultset.DataError)(nil); !errors.As(err, &dataErr) {
					t.Errorf("error %v is no DataError", err)
				}
				contains(t, err, tt.want)
				if len(got) != 0 || len(f.failures) != 1 || f.fetches != 0 {
					t.Errorf("%d rows, %d failures, %d fetches; want none, 1, none", len(got), len(f.failures), f.fetches)
				}
				f.checkClosed(0)
			})
		}
	}
}

func TestNoSource(t *testing.T) {
	f := &fake{tb: t, table: numbered(3)}
	got, err := resultset.Collect[record](resultset.Open(t.Context(), nil, f.header(3, false), resultset.Options{}))
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(records(0, 3), got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	r := resultset.Open(t.Context(), nil, f.header(0, true), resultset.Options{})
	if r.Next() {
		t.Error("rows from nowhere")
	}
	contains(t, r.Err(), "needs a source")
	rs := f.header(3, false)
	rs.NumRows = 4
	r = resultset.Open(t.Context(), nil, rs, resultset.Options{})
	if r.Next() {
		t.Error("rows from a broken header")
	}
	contains(t, r.Err(), "no handle")
}

func TestCloseError(t *testing.T) {
	cause := errors.New("no such handle")
	f := &fake{tb: t, table: numbered(35), onClose: func(context.Context) error { return cause }}
	r := f.rows(t.Context(), f.header(4, true), resultset.Options{})
	got, err := resultset.Collect[record](r)
	if err != nil || len(got) != 35 {
		t.Errorf("%d rows, %v: rows that all arrived are complete", len(got), err)
	}
	for range 2 {
		if err := r.Close(); !errors.Is(err, cause) {
			t.Errorf("close: %v, want %v", err, cause)
		}
	}
	f.checkClosed(1)
}
