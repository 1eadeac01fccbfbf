package resultset

import "database/sql"

// stringTexts reads a column of text as strings. One allocation per string would be most of the cost of a row. Since the
// texts of a column stand one after the other in the message, a piece of the message is copied at a time and cut into
// strings. The price is that one string keeps the whole piece alive, so pieces are small at first, and never large.
type stringTexts struct {
	col   int
	text  TextColumn
	end   uint32 // of the last text in the message
	piece piece
	size  uint32     // of the next piece
	bad   *badValues // nil if there are none
}

// piece is a copy of a part of a message.
type piece struct {
	text  string
	start uint32 // in the message
}

const (
	minPieceSize = 1 << 10
	maxPieceSize = 16 << 10
	longText     = 512 // longer ones get memory of their own
)

func (r *stringTexts) bind(b *Batch) error {
	c, err := b.texts(r.col)
	if err != nil {
		return err
	}
	r.text, r.end, r.piece, r.size, r.bad = c.TextColumn, 0, piece{}, minPieceSize, c.bad.any()
	for i := len(c.spans) - 1; i >= 0 && r.end == 0; i-- {
		r.end = c.spans[i].end // of the last that is not NULL
	}
	return nil
}

func (r *stringTexts) null(row int) bool { return r.text.nulls.Any() && r.text.nulls.Get(row) }

func (r *stringTexts) read(dst *string, row int) error {
	if r.null(row) {
		return ErrNull
	}
	if r.bad != nil {
		if err := r.bad.at(row); err != nil {
			return err
		}
	}
	s := r.text.spans[row]
	var ok bool
	if *dst, ok = r.piece.cut(s); !ok {
		*dst = r.copy(s)
	}
	return nil
}

func (r *stringTexts) fill(dst []*string, row int) (int, error) {
	n := good(row, len(dst), r.text.nulls, r.bad)
	spans := r.text.spans[row:][:n]
	p := r.piece
	for i, d := range dst[:n] {
		s, ok := p.cut(spans[i])
		if !ok {
			s = r.copy(spans[i])
			p = r.piece
		}
		*d = s
	}
	return n, failedAt(row, n, len(dst), r.bad)
}

func (r *stringTexts) fillNullable(dst []*sql.Null[string], row int) (int, error) {
	if r.bad != nil {
		return fillEach(r, dst, row)
	}
	spans := r.text.spans[row:][:len(dst)] // those of NULL are empty
	p := r.piece
	for i, d := range dst {
		s, ok := p.cut(spans[i])
		if !ok {
			s = r.copy(spans[i])
			p = r.piece
		}
		d.V, d.Valid = s, true
	}
	markNulls(dst, r.text.nulls, row)
	return len(dst), nil
}

func (r *stringTexts) fillPointers(dst []**string, row int) (int, error) {
	if r.bad != nil {
		return pointEach(r, dst, row)
	}
	spans, nulls := r.text.spans[row:][:len(dst)], r.text.nulls.Any()
	p := r.piece
	var values shared[string]
	for i, d := range dst {
		if nulls && r.text.nulls.Get(row+i) {
			*d = nil
			continue
		}
		s, ok := p.cut(spans[i])
		if !ok {
			s = r.copy(spans[i])
			p = r.piece
		}
		v := values.next(len(dst) - i)
		*v = s
		*d = apart(v)
	}
	return len(dst), nil
}

// long reports whether a text gets memory of its own.
func (s span) long() bool { return s.end-s.start > longText }

// cut returns the text at a place of the message if the piece has it.
func (p piece) cut(s span) (text string, ok bool) {
	from, to := uint(s.start-p.start), uint(s.end-p.start) // wrap around for texts before the piece
	if from <= to && to <= uint(len(p.text)) {
		return p.text[from:to], true
	}
	return "", false
}

// copy returns a text that the piece does not have. If it is short, it comes with the next piece.
func (r *stringTexts) copy(s span) string {
	end := min(uint64(s.start)+uint64(r.size), uint64(r.end))
	if s.long() || s.start == s.end || uint64(s.end) > end {
		return string(r.text.buf[s.start:s.end])
	}
	r.size = min(2*r.size, maxPieceSize)
	r.piece = piece{string(r.text.buf[s.start:end]), s.start}
	return r.piece.text[:s.end-s.start]
}
