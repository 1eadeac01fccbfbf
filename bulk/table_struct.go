package bulk

import (
	"database/sql"
	"database/sql/driver"
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/fields"
)

// TableFor returns the table that fits a struct, so that [ImportRows], [exawire.Insert] and [exawire.Collect] find a column
// for each of its fields and a field for each column. table is a name as in SQL.
//
// The fields are those of Insert: exported ones, with those of embedded structs, without those tagged `exa:"-"`. A column
// has the name in the tag exa as it is written, or else the field's name in upper case with underscores between the words:
// ProductID is PRODUCT_ID. The tag exatype states a column's SQL type, as in `exatype:"DECIMAL(12,2)"`, and so does
// [ColumnTypes]. Otherwise it follows from the Go type, and holds each value of it, but for durations:
//
//	bool                      BOOLEAN
//	int8, int16, int32        DECIMAL(3,0), DECIMAL(5,0), DECIMAL(10,0), and the same for unsigned ones
//	int, int64                DECIMAL(19,0); state DECIMAL(18,0) for numbers of up to 18 digits, which take half the space
//	uint, uint64              DECIMAL(20,0)
//	float32, float64          DOUBLE PRECISION; NaN and infinities cannot be stored
//	string, JSON[T]           VARCHAR(2000000) UTF8
//	time.Time                 TIMESTAMP(9), which is what a clock shows, without a zone; state TIMESTAMP for releases before
//	                          8.32, which keep milliseconds
//	time.Duration, DaySecond  INTERVAL DAY(9) TO SECOND(9), of which Exasol keeps milliseconds
//	YearMonth                 INTERVAL YEAR(9) TO MONTH
//	[n]byte                   HASHTYPE(n BYTE), n up to 1024; results have it as text
//	types defined from these  the same, unless they have methods that say how they are written
//
// Decimal, big.Int, big.Rat, []byte, any and types with methods of their own have no SQL type that holds each of their
// values. They need a stated one, and the error says so.
//
// Columns are NOT NULL except those of pointers, sql.Null and its older kin, any, types with methods of their own, and
// those of text and bytes, because Exasol stores the empty string as NULL. A stated type that says NULL or NOT NULL itself
// decides alone.
func TableFor[T any](table string, opts ...TableOption) (*TableDef, error) {
	t := reflect.TypeFor[T]()
	d, err := tableFor(table, t, opts)
	if err != nil {
		return nil, fmt.Errorf(prefix+"table for %s: %w", errtext.TypeName(t), err)
	}
	return d, nil
}

func tableFor(table string, t reflect.Type, opts []TableOption) (*TableDef, error) {
	o, err := newTableOptions(opts)
	if err != nil {
		return nil, err
	}
	if t.Kind() != reflect.Struct || fields.IsScalar(t) {
		return nil, fmt.Errorf("columns need names: give a struct with a field for each of them")
	}
	list, err := fields.List(t)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, f := range list {
		if names[i] = f.Name; !f.Tagged {
			names[i] = columnName(f.Name)
		}
	}
	if names, err = o.named(names); err != nil {
		return nil, err
	}
	stated, err := o.statedTypes(names)
	if err != nil {
		return nil, err
	}
	d := &TableDef{Table: table}
	for i, f := range list {
		field := t.FieldByIndex(f.Index)
		typ, null := sqlType(field.Type)
		if tag, ok := field.Tag.Lookup("exatype"); ok {
			typ = tag
		}
		if stated[i] != "" {
			typ = stated[i]
		}
		if typ == "" {
			return nil, fmt.Errorf("field %s: no SQL type follows from %s: state one by a tag such as `exatype:%q` or by ColumnTypes", f.Path, errtext.TypeName(field.Type), exampleType(field.Type))
		}
		d.Columns = append(d.Columns, ColumnDef{names[i], typ, !null && !saysNull(typ)})
	}
	return d, o.finish(d)
}

// columnName returns the name of a field in the words of SQL: HTTPServerID is HTTP_SERVER_ID.
func columnName(field string) string {
	runes := []rune(field)
	var b strings.Builder
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && runes[i-1] != '_' {
			rest := runes[i+1:]
			plural := len(rest) == 1 && rest[0] == 's' // as in UserIDs
			if !unicode.IsUpper(runes[i-1]) || len(rest) > 0 && unicode.IsLower(rest[0]) && !plural {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

const anyText = "VARCHAR(2000000) UTF8"

var kindTypes = map[reflect.Kind]string{
	reflect.Bool: "BOOLEAN", reflect.Float32: "DOUBLE PRECISION", reflect.Float64: "DOUBLE PRECISION",
	reflect.Int: "DECIMAL(19,0)", reflect.Int64: "DECIMAL(19,0)", reflect.Int32: "DECIMAL(10,0)", reflect.Int16: "DECIMAL(5,0)", reflect.Int8: "DECIMAL(3,0)",
	reflect.Uint: "DECIMAL(20,0)", reflect.Uint64: "DECIMAL(20,0)", reflect.Uint32: "DECIMAL(10,0)", reflect.Uint16: "DECIMAL(5,0)", reflect.Uint8: "DECIMAL(3,0)",
}

var goTypes = map[reflect.Type]string{
	reflect.TypeFor[time.Time]():         "TIMESTAMP(9)",
	reflect.TypeFor[time.Duration]():     "INTERVAL DAY(9) TO SECOND(9)",
	reflect.TypeFor[exawire.DaySecond](): "INTERVAL DAY(9) TO SECOND(9)",
	reflect.TypeFor[exawire.YearMonth](): "INTERVAL YEAR(9) TO MONTH",
}

// sqlType returns the SQL type that holds each value of a Go type, "" if there is none, and whether values may be NULL.
func sqlType(t reflect.Type) (typ string, null bool) {
	for range fields.MaxDepth {
		switch {
		case t.Kind() == reflect.Pointer:
			t, null = t.Elem(), true
			continue
		case isNull(t):
			t, null = t.Field(0).Type, true
			continue
		}
		if typ, ok := goTypes[t]; ok {
			return typ, null
		}
		switch {
		case isJSON(t):
			return anyText, true
		case hasOwnText(t) || t.Kind() == reflect.Interface:
			return "", null || !isNumber(t)
		case t.Kind() == reflect.String:
			return anyText, true
		case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
			return "", true
		case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8 && 1 <= t.Len() && t.Len() <= 1024:
			return "HASHTYPE(" + strconv.Itoa(t.Len()) + " BYTE)", null
		}
		return kindTypes[t.Kind()], null
	}
	return "", true
}

// isNull tells sql.Null of any type, sql.NullString and its kin.
func isNull(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == "database/sql" && strings.HasPrefix(t.Name(), "Null") &&
		t.NumField() == 2 && t.Field(1).Name == "Valid"
}

var jsonType = reflect.TypeFor[exawire.JSON[any]]()

func isJSON(t reflect.Type) bool {
	name, _, _ := strings.Cut(jsonType.Name(), "[")
	return t.PkgPath() == jsonType.PkgPath() && strings.HasPrefix(t.Name(), name+"[")
}

// hasOwnText reports whether values of t say by methods what is written, so that it may be anything.
func hasOwnText(t reflect.Type) bool {
	for _, by := range []reflect.Type{reflect.TypeFor[driver.Valuer](), reflect.TypeFor[encoding.TextAppender](), reflect.TypeFor[encoding.TextMarshaler]()} {
		if t.Implements(by) || reflect.PointerTo(t).Implements(by) {
			return true
		}
	}
	return false
}

// isNumber tells the types of numbers that have no SQL type of their own, and no NULL.
func isNumber(t reflect.Type) bool {
	return t == reflect.TypeFor[exawire.Decimal]() || t.PkgPath() == "math/big"
}

// exampleType is a type that could be stated for a Go type.
func exampleType(t reflect.Type) string {
	for t.Kind() == reflect.Pointer || isNull(t) {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		} else {
			t = t.Field(0).Type
		}
	}
	switch {
	case t == reflect.TypeFor[sql.RawBytes](), t.Kind() == reflect.Slice, t.Kind() == reflect.Interface:
		return "VARCHAR(1000)"
	case t.Kind() == reflect.Array:
		return "HASHTYPE(16 BYTE)"
	}
	return "DECIMAL(18,2)"
}

// saysNull reports whether a stated type speaks of NULL itself.
func saysNull(typ string) bool {
	for word := range strings.FieldsSeq(strings.ToUpper(typ)) {
		if word == "NULL" {
			return true
		}
	}
	return false
}
