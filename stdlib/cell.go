package stdlib

import (
	"database/sql/driver"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
)

// cell returns the values of one column of a batch, each as database/sql takes it. They may be kept. An interface value
// costs an allocation, so a value that equals the one before it is handed out again.
type cell func(row int) (driver.Value, error)

// newCell returns the cell of a column.
func newCell(b *exawire.Batch, col int, room *textRoom) cell {
	switch formOf(b.Columns()[col].DataType) {
	case formInt:
		if c, err := b.Int64(col); err == nil {
			return equal(c)
		}
	case formDecimal:
		if c, err := b.Decimal(col); err == nil {
			return decimals(c, room)
		}
	case formFloat:
		if c, err := b.Float64(col); err == nil {
			return floats(c)
		}
	case formBool:
		if c, err := b.Bool(col); err == nil {
			return equal(c)
		}
	case formTime:
		if c, err := b.Time(col); err == nil {
			return equal(c)
		}
	case formText:
		if c, err := b.Text(col); err == nil {
			return texts(c, room)
		}
	}
	return func(row int) (driver.Value, error) { return oneByOne(b, col, row) }
}

// oneByOne reads a column with a value that cannot be read: the others can.
func oneByOne(b *exawire.Batch, col, row int) (driver.Value, error) {
	v, err := b.Value(col, row)
	if err != nil {
		return nil, err
	}
	if v, ok := v.(driver.Valuer); ok { // a decimal or an interval
		return v.Value()
	}
	return v, nil
}

// equal is for types whose equal values cannot be told apart.
func equal[T comparable](c exawire.Column[T]) cell {
	var last T
	var value driver.Value
	nulls := c.Nulls.Any()
	return func(row int) (driver.Value, error) {
		if nulls && c.Nulls.Get(row) {
			return nil, nil
		}
		if v := c.Values[row]; value == nil || v != last {
			last, value = v, v
		}
		return value, nil
	}
}

// floats is for numbers, of which 0 and -0 are equal and NaN is not.
func floats(c exawire.Column[float64]) cell {
	nulls := c.Nulls.Any()
	return func(row int) (driver.Value, error) {
		if nulls && c.Nulls.Get(row) {
			return nil, nil
		}
		return c.Values[row], nil
	}
}

// decimals is for numbers that are handed on as text with all their digits.
func decimals(c exawire.Column[exawire.Decimal], room *textRoom) cell {
	var last exawire.Decimal
	var value driver.Value
	var scratch []byte
	nulls := c.Nulls.Any()
	return func(row int) (driver.Value, error) {
		if nulls && c.Nulls.Get(row) {
			return nil, nil
		}
		if v := c.Values[row]; value == nil || v != last {
			text, err := v.AppendText(scratch[:0])
			if err != nil {
				return nil, err
			}
			last, value, scratch = v, room.keep(text), text
		}
		return value, nil
	}
}

// texts is for text. Columns such as states and names of countries have few different values.
func texts(c exawire.TextColumn, room *textRoom) cell {
	var known *[knownTexts]knownText
	if c.Len() >= manyRows {
		known = new([knownTexts]knownText)
	}
	nulls := c.Nulls()
	some := nulls.Any()
	return func(row int) (driver.Value, error) {
		if some && nulls.Get(row) {
			return nil, nil
		}
		text := c.Bytes(row)
		if known == nil || uint(len(text)-1) >= shortText {
			return room.keep(text), nil
		}
		k := &known[(len(text)+7*int(text[0])+3*int(text[len(text)-1]))%knownTexts]
		if k.text != string(text) {
			k.text = room.keep(text)
			k.value = k.text
		}
		return k.value, nil
	}
}

// knownText is a text that was handed out before.
type knownText struct {
	text  string
	value driver.Value
}

const (
	knownTexts = 32
	shortText  = 24 // of those that are looked up
	manyRows   = 64 // below this it does not pay
)

// textRoom makes strings of texts. Short ones share pieces of memory, which live as long as any of their strings: pieces
// are small at first, and never large.
type textRoom struct {
	piece strings.Builder
	size  int // of the piece
}

const (
	minPiece = 256
	maxPiece = 16 << 10
	longText = 512 // longer ones get memory of their own
)

// keep returns a string with the text.
func (r *textRoom) keep(text []byte) string {
	if len(text) > longText {
		return string(text)
	}
	if r.piece.Cap()-r.piece.Len() < len(text) {
		r.size = max(min(2*r.size, maxPiece), minPiece, len(text))
		r.piece.Reset()
		r.piece.Grow(r.size)
	}
	from := r.piece.Len()
	r.piece.Write(text)
	return r.piece.String()[from:]
}

// form is what a type of column is handed on as.
type form uint8

const (
	formText form = iota // also types that this module does not know
	formInt
	formDecimal // text with all digits
	formFloat
	formBool
	formTime
)

// maxIntDigits is how many digits a DECIMAL without fraction may have to be an int64.
const maxIntDigits = 18

func formOf(t exawire.DataType) form {
	switch t.Type {
	case commands.Decimal:
		if t.Precision != nil && 1 <= *t.Precision && *t.Precision <= maxIntDigits && t.Scale != nil && *t.Scale == 0 {
			return formInt
		}
		return formDecimal
	case commands.Double:
		return formFloat
	case commands.Boolean:
		return formBool
	case commands.Date, commands.Timestamp, commands.TimestampLTZ:
		return formTime
	}
	return formText
}
