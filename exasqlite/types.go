package exasqlite

import (
	"math"
	"strconv"

	"github.com/exawire/exawire/commands"
)

// The types of the database. A typ is small and comparable: it is part of keys, and compared for every expression.

// kind is a family of SQL types.
type kind uint8

const (
	kindNull kind = iota // the type of NULL, and of a parameter, as long as nothing around it tells another
	kindBoolean
	kindChar
	kindVarchar
	kindDate
	kindDecimal
	kindDouble
	kindGeometry
	kindHash
	kindDaySecond
	kindYearMonth
	kindTimestamp
	kindTimestampLTZ
)

const (
	maxDecimal  = commands.MaxPrecision
	maxNarrow   = 18 // digits of a DECIMAL that is stored as an integer
	maxChar     = 2000
	maxVarchar  = 2000000
	maxHash     = 1024 // bytes
	maxFraction = 9
)

// typ is an SQL type. It is comparable.
type typ struct {
	kind  kind
	p     int  // digits; characters of CHAR, VARCHAR; text length of HASHTYPE; fraction of TIMESTAMP; SRID
	s     int  // scale of DECIMAL; fraction of INTERVAL DAY TO SECOND
	ascii bool // character set of CHAR and VARCHAR
}

var (
	typeNull      = typ{}
	typeBoolean   = typ{kind: kindBoolean}
	typeDate      = typ{kind: kindDate}
	typeDouble    = typ{kind: kindDouble}
	typeText      = typ{kind: kindVarchar, p: maxVarchar}
	typeInt       = typ{kind: kindDecimal, p: 18}
	typeTimestamp = typ{kind: kindTimestamp, p: 3}
)

// decimalType is DECIMAL(p,s).
func decimalType(p, s int) typ { return typ{kind: kindDecimal, p: p, s: s} }

// varcharType is a VARCHAR of n characters, or of as many as there can be.
func varcharType(n int, ascii bool) typ {
	return typ{kind: kindVarchar, p: max(1, min(n, maxVarchar)), ascii: ascii}
}

// Families of types, by which the rules for conversions and operators go.
func (t typ) text() bool     { return t.kind == kindChar || t.kind == kindVarchar }
func (t typ) number() bool   { return t.kind == kindDecimal || t.kind == kindDouble }
func (t typ) wide() bool     { return t.kind == kindDecimal && t.p > maxNarrow }
func (t typ) temporal() bool { return t.kind == kindDate || t.stamp() }
func (t typ) stamp() bool    { return t.kind == kindTimestamp || t.kind == kindTimestampLTZ }

// dataType is how the protocol describes the type to a client of version v.
func (t typ) dataType(v commands.Version) commands.DataType {
	n := func(i int) *int { return &i }
	d := commands.DataType{}
	switch t.kind {
	case kindBoolean, kindNull:
		d.Type = commands.Boolean
	case kindChar, kindVarchar:
		d.Type, d.Size, d.CharacterSet = commands.Char, n(t.p), "UTF8"
		if t.kind == kindVarchar {
			d.Type = commands.Varchar
		}
		if t.ascii {
			d.CharacterSet = "ASCII"
		}
	case kindDate:
		d.Type = commands.Date
		if v < commands.V5 {
			d.Size = n(4)
		}
	case kindDecimal:
		d.Type, d.Precision, d.Scale = commands.Decimal, n(t.p), n(t.s)
	case kindDouble:
		d.Type = commands.Double
	case kindGeometry:
		d.Type, d.SRID = commands.Geometry, n(t.p)
	case kindHash:
		d.Type, d.Size = commands.Hashtype, n(t.p)
		if v < commands.V2 {
			d.Type, d.CharacterSet = commands.Char, "ASCII"
		}
	case kindDaySecond:
		d.Type, d.Precision, d.Fraction = commands.IntervalDayToSecond, n(t.p), n(t.s)
		if v < commands.V5 {
			d.Size = n(8)
		}
	case kindYearMonth:
		d.Type, d.Precision = commands.IntervalYearToMonth, n(t.p)
		if v < commands.V5 {
			d.Size = n(4)
		}
	case kindTimestamp, kindTimestampLTZ:
		ltz := t.kind == kindTimestampLTZ
		d.Type, d.WithLocalTimeZone = commands.Timestamp, &ltz
		if ltz {
			d.Type = commands.TimestampLTZ
		}
		if v < commands.V5 {
			d.Size = n(16)
		} else {
			d.Precision = n(t.p)
		}
	}
	return d
}

// String returns the type as the catalog of the database spells it.
func (t typ) String() string {
	switch t.kind {
	case kindDouble:
		return "DOUBLE"
	case kindTimestamp:
		return "TIMESTAMP(" + strconv.Itoa(t.p) + ")"
	case kindTimestampLTZ:
		return "TIMESTAMP(" + strconv.Itoa(t.p) + ") WITH LOCAL TIME ZONE"
	}
	return t.dataType(commands.Latest).String()
}

// commonType is the type that values of both types can be brought to: the type of a UNION's column, of a CASE, and
// the one in which two values are compared. ok is false if there is none.
func commonType(a, b typ) (t typ, ok bool) {
	switch {
	case a == b || b.kind == kindNull:
		return a, true
	case a.kind == kindNull:
		return b, true
	// Room for the digits before the point of one and after the point of the other. If both do not fit, those in front
	// are lost, and a value that needs them is an error when it is converted.
	case a.kind == kindDecimal && b.kind == kindDecimal:
		s := max(a.s, b.s)
		return decimalType(min(maxDecimal, max(a.p-a.s, b.p-b.s)+s), s), true
	case a.number() && b.number():
		return typeDouble, true
	case a.text() && b.text():
		t := typ{kind: kindVarchar, p: max(a.p, b.p), ascii: a.ascii && b.ascii}
		// Only two CHARs of one length make a CHAR: padding would change a value otherwise.
		if a.kind == kindChar && b.kind == kindChar && a.p == b.p {
			t.kind = kindChar
		}
		return t, true
	case a.temporal() && b.temporal():
		t := typ{kind: kindTimestamp, p: max(a.p, b.p)}
		if a.kind == kindTimestampLTZ || b.kind == kindTimestampLTZ {
			t.kind = kindTimestampLTZ
		}
		return t, true
	case a.kind == b.kind:
		return typ{kind: a.kind, p: max(a.p, b.p), s: max(a.s, b.s)}, true
	}
	return typ{}, false
}

// comparisonType is commonType, and text gives way to the other side's type as it does in the database.
func comparisonType(a, b typ) (t typ, ok bool) {
	switch {
	case a.kind == kindChar && b.kind == kindChar:
		return typ{kind: kindChar, p: max(a.p, b.p), ascii: a.ascii && b.ascii}, true
	case a.text() && b.kind != kindNull && !b.text():
		return b, true
	case b.text() && a.kind != kindNull && !a.text():
		return a, true
	}
	return commonType(a, b)
}

// sumType is the type of a+b and a-b for DECIMAL operands. The digit more before the point is there for a carry.
func sumType(a, b typ) typ {
	s := max(a.s, b.s)
	return decimalType(min(maxDecimal, max(a.p-a.s, b.p-b.s)+s+1), s)
}

// timesType is the type of a*b, see sumType.
func timesType(a, b typ) typ {
	return decimalType(min(maxDecimal, a.p+b.p), min(maxDecimal, a.s+b.s))
}

// pow10i64 is a power of ten that an int64 holds.
func pow10i64(n int) int64 { return int64(math.Pow10(n)) } // exact up to 10^18
