package exasqlite

import (
	"context"
	"database/sql/driver"
)

// Rows on their way from a file or from parameters into SQLite. One goroutine converts them, while another one steps the INSERT
// that takes them: see rowTable.

const (
	batchRows  = 512
	batchBytes = 1 << 20
	batchAhead = 4 // that may wait for SQLite
)

// rowBatch has the stored values of some rows, one after the other.
type rowBatch struct {
	values  []driver.Value
	rows    int
	text    []byte // of all texts
	pieces  []textPiece
	scratch []byte
}

// textPiece is a value whose text is in the batch's.
type textPiece struct{ value, from, to int }

// put adds a value. Texts are kept with the others, whose length says when the batch is full.
func (b *rowBatch) put(v driver.Value) {
	if s, ok := v.(string); ok {
		b.pieces = append(b.pieces, textPiece{len(b.values), len(b.text), len(b.text) + len(s)})
		b.text = append(b.text, s...)
		v = nil
	}
	b.values = append(b.values, v)
}

// putText adds a text, with blanks behind it if it is padded.
func (b *rowBatch) putText(text []byte, blanks int, padded bool) {
	from := len(b.text)
	b.text = append(b.text, text...)
	if padded {
		for range blanks {
			b.text = append(b.text, ' ')
		}
	}
	b.pieces = append(b.pieces, textPiece{len(b.values), from, len(b.text)})
	b.values = append(b.values, nil)
}

// cut takes back the values of a row that is not going to be one.
func (b *rowBatch) cut(values int) {
	b.values = b.values[:values]
	for len(b.pieces) > 0 && b.pieces[len(b.pieces)-1].value >= values {
		b.text = b.text[:b.pieces[len(b.pieces)-1].from]
		b.pieces = b.pieces[:len(b.pieces)-1]
	}
}

// finish makes the texts of the batch values: all of them are pieces of one string.
func (b *rowBatch) finish() {
	text := string(b.text)
	for _, p := range b.pieces {
		b.values[p.value] = text[p.from:p.to]
	}
	b.text, b.pieces = b.text[:0], b.pieces[:0]
}

// reset makes the batch empty.
func (b *rowBatch) reset() {
	clear(b.values)
	b.values, b.rows = b.values[:0], 0
}

// full reports whether SQLite should get the batch.
func (b *rowBatch) full() bool { return b.rows >= batchRows || len(b.text) >= batchBytes }

// rowStream is a queue of batches, and what ended it.
type rowStream struct {
	width   int
	batches chan *rowBatch
	spare   chan *rowBatch
	err     error // why there are no more batches; to be read when batches is closed
	failed  bool  // whoever received has seen err
}

func newRowStream(width int) *rowStream {
	return &rowStream{width: width, batches: make(chan *rowBatch, batchAhead), spare: make(chan *rowBatch, batchAhead+2)}
}

// fresh is an empty batch.
func (q *rowStream) fresh() *rowBatch {
	select {
	case b := <-q.spare:
		b.reset()
		return b
	default:
		return &rowBatch{values: make([]driver.Value, 0, batchRows*q.width)}
	}
}

// send hands a batch over, unless nobody wants it any more.
func (q *rowStream) send(ctx context.Context, b *rowBatch) error {
	b.finish()
	select {
	case q.batches <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive waits for the next batch, nil at the end. A batch is given back when the next one is asked for.
func (q *rowStream) receive(ctx context.Context, last *rowBatch) (*rowBatch, error) {
	if last != nil {
		select {
		case q.spare <- last:
		default:
		}
	}
	select {
	case b, ok := <-q.batches:
		if !ok {
			q.failed = q.err != nil
			return nil, q.err
		}
		return b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
