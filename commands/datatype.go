package commands

import (
	"fmt"
	"strconv"
)

// TypeName is the name of a data type on the wire. It is the SQL name, except for [Double], which SQL calls DOUBLE
// PRECISION.
type TypeName string

// The data types of the protocol.
const (
	Boolean             TypeName = "BOOLEAN"
	Char                TypeName = "CHAR"
	Varchar             TypeName = "VARCHAR"
	Date                TypeName = "DATE"
	Decimal             TypeName = "DECIMAL"
	Double              TypeName = "DOUBLE"
	Geometry            TypeName = "GEOMETRY"
	Hashtype            TypeName = "HASHTYPE" // V2; a V1 session sees CHAR
	IntervalDayToSecond TypeName = "INTERVAL DAY TO SECOND"
	IntervalYearToMonth TypeName = "INTERVAL YEAR TO MONTH"
	Timestamp           TypeName = "TIMESTAMP"
	TimestampLTZ        TypeName = "TIMESTAMP WITH LOCAL TIME ZONE"
)

// DataType is the type of a column or of a parameter. Which properties are present depends on the type and on the
// protocol version; an absent one is nil, because 0 is a meaningful scale, fraction and srid. DataTypes that come from
// a server are sent back unchanged with the parameters of a prepared statement.
type DataType struct {
	Type              TypeName `json:"type"`                        // decides which of the others are present
	Precision         *int     `json:"precision,omitempty"`         // digits; V5: fractional digits of a timestamp
	Scale             *int     `json:"scale,omitempty"`             // digits after the point of a DECIMAL
	Size              *int     `json:"size,omitempty"`              // characters for CHAR and VARCHAR, text length for HASHTYPE
	CharacterSet      string   `json:"characterSet,omitempty"`      // "UTF8" or "ASCII"
	WithLocalTimeZone *bool    `json:"withLocalTimeZone,omitempty"` // informational: the type's name decides
	Fraction          *int     `json:"fraction,omitempty"`          // fractional digits of INTERVAL DAY TO SECOND
	SRID              *int     `json:"srid,omitempty"`              // spatial reference of a GEOMETRY
}

// ColumnInfo describes one column of a result or one parameter of a prepared statement. Names need not be unique and are
// empty for parameters.
type ColumnInfo struct {
	Name     string   `json:"name"`     // upper case unless it was quoted; may be empty
	DataType DataType `json:"dataType"` // as the server described it
}

// ExtraColumn is the value of a column that this module does not know, in a row of a metadata command.
type ExtraColumn struct {
	Column ColumnInfo // as the server described it
	Value  any        // nil for NULL, else the natural Go type of the column, as resultset.Batch.Value has it
}

// MaxPrecision is the largest number of digits of a DECIMAL.
const MaxPrecision = 36

// String returns the type as SQL spells it, such as "DECIMAL(18,2)" or "VARCHAR(100) UTF8". Properties that the server
// did not send are left out.
func (t DataType) String() string {
	switch t.Type {
	case Decimal:
		if t.Precision != nil && t.Scale != nil {
			return fmt.Sprintf("DECIMAL(%d,%d)", *t.Precision, *t.Scale)
		}
	case Double:
		return "DOUBLE PRECISION"
	case Char, Varchar:
		s := string(t.Type) + optional(t.Size)
		if t.CharacterSet != "" {
			s += " " + t.CharacterSet
		}
		return s
	case Timestamp:
		return "TIMESTAMP" + optional(t.Precision)
	case TimestampLTZ:
		return "TIMESTAMP" + optional(t.Precision) + " WITH LOCAL TIME ZONE"
	case IntervalYearToMonth:
		return "INTERVAL YEAR" + optional(t.Precision) + " TO MONTH"
	case IntervalDayToSecond:
		return "INTERVAL DAY" + optional(t.Precision) + " TO SECOND" + optional(t.Fraction)
	case Geometry:
		return "GEOMETRY" + optional(t.SRID)
	case Hashtype:
		if t.Size != nil && *t.Size > 0 && *t.Size%2 == 0 {
			return "HASHTYPE(" + strconv.Itoa(*t.Size/2) + " BYTE)"
		}
	}
	return string(t.Type)
}

func optional(n *int) string {
	if n == nil {
		return ""
	}
	return "(" + strconv.Itoa(*n) + ")"
}
