package resultset

import (
	"database/sql"
	"encoding"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/fields"
)

func read[D any](c column, get func(*Batch, int) (values[D], error)) reader[D] {
	return &exact[D]{col: c.index, get: get}
}

func convert[S, D any](c column, get func(*Batch, int) (values[S], error), f func(S) (D, error)) reader[D] {
	return &converted[S, D]{exact[S]{col: c.index, get: get}, f}
}

func readInt[D integer](c column) reader[D] {
	switch c.kind {
	case kindInt:
		if r, ok := read(c, (*Batch).ints).(reader[D]); ok {
			return r
		}
		return convert(c, (*Batch).ints, intFromInt[D])
	case kindDecimal:
		return convert(c, (*Batch).decimals, intFromDecimal[D])
	case kindFloat:
		return convert(c, (*Batch).floats, intFromFloat[D])
	}
	return nil
}

func readFloat64(c column) reader[float64] {
	switch c.kind {
	case kindInt:
		return convert(c, (*Batch).ints, float64FromInt)
	case kindDecimal:
		return convert(c, (*Batch).decimals, float64FromDecimal)
	case kindFloat:
		return read(c, (*Batch).floats)
	}
	return nil
}

func readFloat32(c column) reader[float32] {
	switch c.kind {
	case kindInt:
		return convert(c, (*Batch).ints, float32FromInt)
	case kindDecimal:
		return convert(c, (*Batch).decimals, float32FromDecimal)
	case kindFloat:
		return convert(c, (*Batch).floats, float32FromFloat)
	}
	return nil
}

func readBigInt(c column) reader[big.Int] {
	switch c.kind {
	case kindInt:
		return convert(c, (*Batch).ints, bigIntFromInt)
	case kindDecimal:
		return convert(c, (*Batch).decimals, bigIntFromDecimal)
	case kindFloat:
		return convert(c, (*Batch).floats, bigIntFromFloat)
	}
	return nil
}

func readBigRat(c column) reader[big.Rat] {
	switch c.kind {
	case kindInt:
		return convert(c, (*Batch).ints, bigRatFromInt)
	case kindDecimal:
		return convert(c, (*Batch).decimals, bigRatFromDecimal)
	case kindFloat:
		return convert(c, (*Batch).floats, bigRatFromFloat)
	}
	return nil
}

func readDecimal(c column) reader[Decimal] {
	switch c.kind {
	case kindInt:
		return convert(c, (*Batch).ints, decimalFromInt)
	case kindDecimal:
		return read(c, (*Batch).decimals)
	}
	return nil
}

func readBool(c column) reader[bool] {
	if c.kind == kindBool {
		return read(c, (*Batch).bools)
	}
	return nil
}

// readText is for types that hold the text of every value.
func readText[D any](c column, copy func([]byte) D) reader[D] {
	switch c.kind {
	case kindInt:
		return convert(c, (*Batch).ints, textOf(appendInt, copy))
	case kindDecimal:
		return convert(c, (*Batch).decimals, textOf(appendDecimal, copy))
	case kindFloat:
		return convert(c, (*Batch).floats, textOf(appendFloat, copy))
	case kindBool:
		return convert(c, (*Batch).bools, textOf(appendBool, copy))
	}
	return &texts[D]{col: c.index, copy: copy}
}

func readString(c column) reader[string] {
	if hasText(c.kind) {
		return &stringTexts{col: c.index}
	}
	return readText(c, func(text []byte) string { return string(text) })
}

func readBytes(c column) reader[[]byte] {
	return readText(c, func(text []byte) []byte { return append([]byte{}, text...) })
}

// readBorrowed is for text that is used before the next value is read.
func readBorrowed(c column) reader[[]byte] {
	return readText(c, func(text []byte) []byte { return text })
}

// cellMaker makes the cell of a Go type for a column, nil if the column's type does not go into the Go type.
type cellMaker func(c column) cell

// cellMakers has the Go types that need no reflection per value.
var cellMakers = func() map[reflect.Type]cellMaker {
	m := make(map[reflect.Type]cellMaker)
	register(m, false, readBool)
	register(m, false, readInt[int])
	register(m, false, readInt[int8])
	register(m, false, readInt[int16])
	register(m, false, readInt[int32])
	register(m, false, readInt[int64])
	register(m, false, readInt[uint])
	register(m, false, readInt[uint8])
	register(m, false, readInt[uint16])
	register(m, false, readInt[uint32])
	register(m, false, readInt[uint64])
	register(m, false, readFloat32)
	register(m, false, readFloat64)
	register(m, false, readString)
	register(m, true, readBytes)
	register(m, false, readAny)
	m[reflect.TypeFor[any]()] = func(c column) cell { return &anyCell{natural: natural{newBoxes(c, boxNatural)}} }
	register(m, false, readParsed(kindTime, (*Batch).times))
	register(m, false, readParsed(kindDaySecond, (*Batch).durations))
	register(m, false, readDecimal)
	register(m, false, readParsed(kindYearMonth, (*Batch).yearMonths))
	register(m, false, readParsed(kindDaySecond, (*Batch).daySeconds))
	register(m, false, readBigInt)
	register(m, false, readBigRat)
	return m
}()

// register adds the makers for D, *D and sql.Null[D]. null says that D itself has a value for NULL.
func register[D any](m map[reflect.Type]cellMaker, null bool, read func(column) reader[D]) {
	m[reflect.TypeFor[D]()] = func(c column) cell {
		switch r := read(c); {
		case r == nil:
			return nil
		case null:
			return &plain[D]{reader: nilable[D]{r}}
		default:
			return &plain[D]{reader: r}
		}
	}
	m[reflect.TypeFor[*D]()] = func(c column) cell {
		if r := read(c); r != nil {
			return &pointer[D]{reader: r}
		}
		return nil
	}
	m[reflect.TypeFor[sql.Null[D]]()] = func(c column) cell {
		if r := read(c); r != nil {
			return &nullable[D]{reader: r}
		}
		return nil
	}
}

var (
	errNotPointer = errors.New("destination is not a pointer")
	errNoWay      = errors.New("the Go type does not fit the column")
	errTooDeep    = fmt.Errorf("pointers to pointers, more than %d deep", fields.MaxDepth)
)

var (
	scannerType     = reflect.TypeFor[sql.Scanner]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// newCell returns the cell that stores values of a column where a pointer of type dst points to.
func newCell(c column, dst reflect.Type) (cell, error) {
	return newCellWithin(c, dst, 0)
}

// newCellWithin is newCell for the destination in which depth others end.
func newCellWithin(c column, dst reflect.Type, depth int) (cell, error) {
	if depth > fields.MaxDepth {
		return nil, errTooDeep
	}
	if dst == nil || dst.Kind() != reflect.Pointer {
		return nil, errNotPointer
	}
	t := dst.Elem()
	var chosen cell
	if make, ok := cellMakers[t]; ok {
		chosen = make(c)
	} else if isNull(t) {
		value, err := newCellWithin(c, reflect.PointerTo(t.Field(0).Type), depth+1)
		if err != nil {
			return nil, err
		}
		return newOptional(c, dst, value), nil
	} else if dst.Implements(scannerType) && !isJSON(t) {
		return newScanner(c, dst), nil
	} else if dst.Implements(unmarshalerType) {
		return newUnmarshaler(c, dst, readBorrowed(c)), nil
	} else if base, ok := fields.Base(t); ok {
		if chosen = cellMakers[base](c); chosen != nil {
			return &named{chosen, dst, reflect.PointerTo(base)}, nil
		}
	} else if t.Kind() == reflect.Pointer {
		value, err := newCellWithin(c, plainPointer(t), depth+1)
		if err != nil {
			return nil, err
		}
		return newIndirect(c, dst, value), nil
	}
	if chosen == nil {
		return nil, errNoWay
	}
	return chosen, nil
}

// plainPointer returns the pointer type that has no name of its own beside t, a pointer type. Cells are for such alone:
// named ones have no methods, and are other types than those that the cells ask for.
func plainPointer(t reflect.Type) reflect.Type {
	if t.Name() == "" {
		return t
	}
	return reflect.PointerTo(t.Elem())
}

// isNull reports whether t is an sql.Null of something.
func isNull(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == scannerType.PkgPath() && strings.HasPrefix(t.Name(), "Null[")
}

// isJSON reports whether t is a commands.JSON, whose method Scan is for others: here a NULL is told by [ErrNull].
func isJSON(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == jsonPackage && strings.HasPrefix(t.Name(), "JSON[")
}

var jsonPackage = reflect.TypeFor[commands.ColumnInfo]().PkgPath()
