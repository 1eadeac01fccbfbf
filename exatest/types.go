package exatest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/exawire/exawire/commands"
)

// Columns parses a description of columns as it stands in a CREATE TABLE:
//
//	exatest.Columns(`ID DECIMAL(18,0), "Name" VARCHAR(100) UTF8, AT TIMESTAMP(6)`)
//
// Names without quotes are turned into upper case, as in Exasol. Two quotes side by side in a quoted name stand for
// one, and "" is the empty name. Columns panics if it cannot parse the text.
func Columns(text string) []commands.ColumnInfo {
	cols := []commands.ColumnInfo{}
	for _, part := range splitColumns(text) {
		part = strings.TrimSpace(part)
		name, rest, err := cutName(part)
		if err != nil {
			panic(fmt.Sprintf("exatest: Columns: %q: %v", part, err))
		}
		dt, err := ParseType(rest)
		if err != nil {
			panic(fmt.Sprintf("exatest: Columns: %q: %v", part, err))
		}
		cols = append(cols, commands.ColumnInfo{Name: name, DataType: dt})
	}
	return cols
}

// splitColumns splits at commas outside parentheses and quotes.
func splitColumns(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	var parts []string
	depth, start, quoted := 0, 0, false
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

func cutName(part string) (name, rest string, err error) {
	if !strings.HasPrefix(part, `"`) {
		name, rest, found := strings.Cut(part, " ")
		if !found {
			return "", "", fmt.Errorf("a column needs a name and a type")
		}
		return strings.ToUpper(name), rest, nil
	}
	var b strings.Builder
	for i := 1; i < len(part); i++ {
		if part[i] == '"' {
			if i+1 < len(part) && part[i+1] == '"' {
				i++
			} else {
				return b.String(), part[i+1:], nil
			}
		}
		b.WriteByte(part[i])
	}
	return "", "", fmt.Errorf("quote without end")
}

// ParseType parses a data type as SQL spells it, aliases such as INT, BIGINT or CLOB included, and fills in the
// defaults of SQL: VARCHAR is UTF8, TIMESTAMP has 3 fractional digits, INTERVAL DAY TO SECOND has 2 digits of days and
// 3 of a second's fraction. A name that is not a known type becomes a DataType of that name without properties, for
// tests with types of the future.
func ParseType(sql string) (commands.DataType, error) {
	words, args, err := typeWords(sql)
	if err != nil {
		return commands.DataType{}, err
	}
	arg := func(i, otherwise int) *int {
		if i < len(args) {
			return &args[i]
		}
		return &otherwise
	}
	no, yes := false, true
	switch strings.Join(words, " ") {
	case "":
		return commands.DataType{}, fmt.Errorf("no type")
	case "BOOLEAN", "BOOL":
		return commands.DataType{Type: commands.Boolean}, nil
	case "DECIMAL", "DEC", "NUMERIC":
		return commands.DataType{Type: commands.Decimal, Precision: arg(0, 18), Scale: arg(1, 0)}, nil
	case "TINYINT":
		return decimal(3), nil
	case "SMALLINT":
		return decimal(9), nil
	case "INT", "INTEGER":
		return decimal(18), nil
	case "BIGINT":
		return decimal(36), nil
	case "DOUBLE", "DOUBLE PRECISION", "FLOAT", "REAL", "NUMBER":
		return commands.DataType{Type: commands.Double}, nil
	case "CHAR", "CHAR UTF8":
		return commands.DataType{Type: commands.Char, Size: arg(0, 1), CharacterSet: "UTF8"}, nil
	case "CHAR ASCII":
		return commands.DataType{Type: commands.Char, Size: arg(0, 1), CharacterSet: "ASCII"}, nil
	case "VARCHAR", "VARCHAR UTF8", "CLOB", "LONG VARCHAR":
		return commands.DataType{Type: commands.Varchar, Size: arg(0, maxVarchar), CharacterSet: "UTF8"}, nil
	case "VARCHAR ASCII":
		return commands.DataType{Type: commands.Varchar, Size: arg(0, maxVarchar), CharacterSet: "ASCII"}, nil
	case "DATE":
		return commands.DataType{Type: commands.Date}, nil
	case "TIMESTAMP":
		return commands.DataType{Type: commands.Timestamp, Precision: arg(0, 3), WithLocalTimeZone: &no}, nil
	case "TIMESTAMP WITH LOCAL TIME ZONE":
		return commands.DataType{Type: commands.TimestampLTZ, Precision: arg(0, 3), WithLocalTimeZone: &yes}, nil
	case "INTERVAL YEAR TO MONTH":
		return commands.DataType{Type: commands.IntervalYearToMonth, Precision: arg(0, 2)}, nil
	case "INTERVAL DAY TO SECOND":
		precision, fraction := intervalArgs(sql, args)
		return commands.DataType{Type: commands.IntervalDayToSecond, Precision: &precision, Fraction: &fraction}, nil
	case "GEOMETRY":
		return commands.DataType{Type: commands.Geometry, SRID: arg(0, 0)}, nil
	case "HASHTYPE", "HASHTYPE BYTE":
		size := *arg(0, 16) * 2
		return commands.DataType{Type: commands.Hashtype, Size: &size}, nil
	case "HASHTYPE BIT":
		size := *arg(0, 128) / 4
		return commands.DataType{Type: commands.Hashtype, Size: &size}, nil
	}
	return commands.DataType{Type: commands.TypeName(strings.Join(words, " "))}, nil
}

const maxVarchar = 2_000_000

func decimal(precision int) commands.DataType {
	scale := 0
	return commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &scale}
}

// intervalArgs tells INTERVAL DAY(p) TO SECOND from INTERVAL DAY TO SECOND(f).
func intervalArgs(sql string, args []int) (precision, fraction int) {
	precision, fraction = 2, 3
	switch {
	case len(args) >= 2:
		return args[0], args[1]
	case len(args) == 1 && strings.HasSuffix(strings.TrimSpace(sql), ")"):
		return precision, args[0]
	case len(args) == 1:
		return args[0], fraction
	}
	return precision, fraction
}

// typeWords splits "DECIMAL(18, 0)" into the words outside and the numbers inside parentheses. HASHTYPE(16 BYTE) gives
// the word BYTE too.
func typeWords(sql string) (words []string, args []int, err error) {
	depth := 0
	for _, field := range strings.FieldsFunc(parentheses.Replace(sql), func(c rune) bool { return c == ' ' || c == ',' || c == '\t' || c == '\n' }) {
		switch field {
		case "(":
			depth++
			continue
		case ")":
			depth--
			continue
		}
		n, numErr := strconv.Atoi(field)
		switch {
		case numErr == nil && depth == 1:
			args = append(args, n)
		case numErr == nil || depth < 0 || depth > 1:
			return nil, nil, fmt.Errorf("bad type %q", sql)
		default:
			words = append(words, strings.ToUpper(field))
		}
	}
	if depth != 0 {
		return nil, nil, fmt.Errorf("bad type %q", sql)
	}
	return words, args, nil
}

var parentheses = strings.NewReplacer("(", " ( ", ")", " ) ")

// wireType is the dataType object of a column as the negotiated version and the release describe it.
func wireType(t commands.DataType, version commands.Version, rel release) object {
	o := object{field("type", string(t.Type))}
	number := func(key string, n *int) {
		if n != nil {
			o.Set(key, *n)
		}
	}
	old := version < commands.V5
	switch t.Type {
	case commands.Boolean, commands.Double:
	case commands.Date:
		if old {
			o.Set("size", 4)
		}
	case commands.Timestamp, commands.TimestampLTZ:
		if old {
			o.Set("size", rel.timestampSize())
		} else {
			o.Set("precision", rel.fractionDigits(orElse(t.Precision, 3)))
		}
		o.Set("withLocalTimeZone", t.Type == commands.TimestampLTZ)
	case commands.IntervalYearToMonth:
		if old {
			o.Set("size", 6)
		}
		o.Set("precision", orElse(t.Precision, 2))
	case commands.IntervalDayToSecond:
		if old {
			o.Set("size", 16)
		}
		o.Set("precision", orElse(t.Precision, 2))
		o.Set("fraction", orElse(t.Fraction, 3))
	case commands.Hashtype:
		if version < commands.V2 {
			o.Set("type", string(commands.Char))
			o.Set("size", orElse(t.Size, 32))
			o.Set("characterSet", "ASCII")
		} else {
			o.Set("size", orElse(t.Size, 32))
		}
	case commands.Char, commands.Varchar:
		number("size", t.Size)
		set := t.CharacterSet
		if set == "" {
			set = "UTF8"
		}
		o.Set("characterSet", set)
	case commands.Geometry:
		o.Set("size", orElse(t.Size, maxVarchar))
		o.Set("srid", orElse(t.SRID, 0))
	default:
		number("precision", t.Precision)
		number("scale", t.Scale)
		number("size", t.Size)
	}
	return o
}

func orElse(n *int, otherwise int) int {
	if n != nil {
		return *n
	}
	return otherwise
}

// wireColumns is the columns array of a result set or of parameters.
func wireColumns(cols []commands.ColumnInfo, version commands.Version, rel release) array {
	list := make(array, len(cols))
	for i, c := range cols {
		list[i] = object{field("name", c.Name), field("dataType", wireType(c.DataType, version, rel))}
	}
	return list
}
