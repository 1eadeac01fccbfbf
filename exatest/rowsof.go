package exatest

import (
	"database/sql"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
)

// RowsOf answers with a result set that has one row for each element of rows. T is a struct or a pointer to a struct.
// Each exported field is a column, those of embedded structs included. The name of the column is the field's tag exa,
// as written, or else the field's name in upper case; a field tagged exa:"-" is left out. A test can thus write rows
// with the same struct that its client scans them into.
//
// The SQL type is that of the tag exatype, in the words of [ParseType], or else follows from the Go type:
//
//	bool                      BOOLEAN
//	int, int64                DECIMAL(18,0); what has more digits needs the tag
//	int32, int16, int8        DECIMAL with 10, 5 and 3 digits, the same for unsigned ones
//	uint, uint64              DECIMAL(20,0)
//	big.Int                   DECIMAL(36,0)
//	float32, float64          DOUBLE
//	string, []byte            VARCHAR(2000000)
//	time.Time                 TIMESTAMP(9)
//	time.Duration             INTERVAL DAY(9) TO SECOND(9)
//	*T, sql.Null[T]           that of T; nil, or a value that is not valid, is NULL; likewise sql.NullString and its kind
//
// A field may have any value that [ValuesOf] takes, but types with a text form of their own, such as decimals, need the
// tag. RowsOf panics if a field has no SQL type, or if a value has more digits or characters than its type allows. The
// slice is not copied.
func RowsOf[T any](rows []T) Response {
	columns, err := structColumns(reflect.TypeFor[T]())
	if err != nil {
		panic(fmt.Sprintf("exatest: RowsOf: %T: %v", *new(T), err))
	}
	list := reflect.ValueOf(rows)
	cols, data := make([]commands.ColumnInfo, len(columns)), make([]Values, len(columns))
	for i, c := range columns {
		cols[i], data[i] = c.ColumnInfo, &fieldValues{list, c.index, &c.DataType}
		for row := range rows {
			if text, null := data[i].AppendText(nil, row); !null && !fits(&c.DataType, string(text)) {
				panic(fmt.Sprintf("exatest: RowsOf: row %d: %s does not fit column %s, a %s; the tag exatype sets another type",
					row, text, c.Name, c.DataType))
			}
		}
	}
	return Rows(cols, data...)
}

// structColumn is a field of a struct that is a column.
type structColumn struct {
	commands.ColumnInfo
	field string
	index []int
}

// structColumns lists the columns of a struct. As in Go itself, a field hides those of the same name that are embedded
// more deeply.
func structColumns(t reflect.Type) ([]structColumn, error) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("not a struct; Rows and ValuesOf make results of single values")
	}
	all, err := appendColumns(nil, t, nil)
	if err != nil {
		return nil, err
	}
	var columns []structColumn
	for _, c := range all {
		hidden := false
		for _, other := range all {
			if other.Name != c.Name || other.field == c.field {
				continue
			}
			if len(other.index) == len(c.index) {
				return nil, fmt.Errorf("the fields %s and %s are both column %q", c.field, other.field, c.Name)
			}
			hidden = hidden || len(other.index) < len(c.index)
		}
		if !hidden {
			columns = append(columns, c)
		}
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("the struct has no exported fields")
	}
	return columns, nil
}

func appendColumns(columns []structColumn, t reflect.Type, index []int) ([]structColumn, error) {
	for f := range t.Fields() {
		name, named := f.Tag.Lookup("exa")
		at := slices.Concat(index, f.Index)
		typ, known := sqlType(f.Type)
		spelled, hasType := f.Tag.Lookup("exatype")
		switch {
		case name == "-":
			continue
		case f.Anonymous && !named && !hasType && !known && f.Type.Kind() == reflect.Struct:
			var err error
			if columns, err = appendColumns(columns, f.Type, at); err != nil {
				return nil, err
			}
			continue
		case !f.IsExported():
			continue
		case hasType:
			var err error
			if typ, err = ParseType(spelled); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
		case !known:
			return nil, fmt.Errorf("field %s: no SQL type follows from %s; add a tag such as exatype:%q", f.Name, f.Type, "DECIMAL(18,2)")
		}
		if name == "" {
			name = strings.ToUpper(f.Name)
		}
		columns = append(columns, structColumn{commands.ColumnInfo{Name: name, DataType: typ}, t.Name() + "." + f.Name, at})
	}
	return columns, nil
}

// goTypes are the SQL types of Go types that are not told by their kind.
var goTypes = map[reflect.Type]string{
	reflect.TypeFor[time.Time]():       "TIMESTAMP(9)",
	reflect.TypeFor[time.Duration]():   "INTERVAL DAY(9) TO SECOND(9)",
	reflect.TypeFor[[]byte]():          "VARCHAR(2000000)",
	reflect.TypeFor[big.Int]():         "DECIMAL(36,0)",
	reflect.TypeFor[sql.NullString]():  "VARCHAR(2000000)",
	reflect.TypeFor[sql.NullInt64]():   "DECIMAL(18,0)",
	reflect.TypeFor[sql.NullInt32]():   "DECIMAL(10,0)",
	reflect.TypeFor[sql.NullInt16]():   "DECIMAL(5,0)",
	reflect.TypeFor[sql.NullByte]():    "DECIMAL(3,0)",
	reflect.TypeFor[sql.NullFloat64](): "DOUBLE",
	reflect.TypeFor[sql.NullBool]():    "BOOLEAN",
	reflect.TypeFor[sql.NullTime]():    "TIMESTAMP(9)",
}

var goKinds = map[reflect.Kind]string{
	reflect.Bool: "BOOLEAN", reflect.String: "VARCHAR(2000000)", reflect.Float32: "DOUBLE", reflect.Float64: "DOUBLE",
	reflect.Int: "DECIMAL(18,0)", reflect.Int64: "DECIMAL(18,0)", reflect.Int32: "DECIMAL(10,0)", reflect.Int16: "DECIMAL(5,0)",
	reflect.Int8: "DECIMAL(3,0)", reflect.Uint: "DECIMAL(20,0)", reflect.Uint64: "DECIMAL(20,0)", reflect.Uint32: "DECIMAL(10,0)",
	reflect.Uint16: "DECIMAL(5,0)", reflect.Uint8: "DECIMAL(3,0)",
}

// sqlType is the SQL type that a Go type is written as, if there is one that holds each of its values or at least most.
func sqlType(t reflect.Type) (commands.DataType, bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	spelled, ok := goTypes[t]
	switch {
	case ok:
	case t.PkgPath() == "database/sql" && strings.HasPrefix(t.Name(), "Null["):
		return sqlType(t.Field(0).Type)
	case hasText(reflect.New(t).Interface()):
		return commands.DataType{}, false // its text may be anything
	default:
		if spelled, ok = goKinds[t.Kind()]; !ok {
			return commands.DataType{}, false
		}
	}
	dt, err := ParseType(spelled)
	return dt, err == nil
}

// fits reports whether a text is a value of the type, as far as digits and characters can be counted.
func fits(t *commands.DataType, text string) bool {
	switch t.Type {
	case commands.Decimal:
		whole, frac, _ := strings.Cut(strings.TrimPrefix(trimDecimal(text), "-"), ".")
		precision, scale := orElse(t.Precision, 18), orElse(t.Scale, 0)
		return plainNumber(whole+frac) && len(frac) <= scale && len(strings.TrimLeft(whole, "0")) <= precision-scale
	case commands.Char, commands.Varchar:
		return utf8.RuneCountInString(text) <= orElse(t.Size, maxVarchar)
	}
	return true
}

// fieldValues is one field of a slice of structs.
type fieldValues struct {
	rows  reflect.Value
	index []int
	typ   *commands.DataType
}

func (v *fieldValues) Len() int { return v.rows.Len() }

func (v *fieldValues) AppendText(dst []byte, i int) (text []byte, null bool) {
	start := len(dst)
	text, null = appendGo(dst, reflect.Indirect(v.rows.Index(i)).FieldByIndex(v.index).Interface())
	if v.typ.Type == commands.Char && !null && len(text) > start {
		text = padChar(text, start, orElse(v.typ.Size, 1))
	}
	return text, null
}
