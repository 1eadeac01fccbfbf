package exasqlite

import (
	"database/sql/driver"
	"encoding/hex"
	"strconv"
	"strings"
)

// Literals: what type they have, and how values are written for SQLite.

// typed binds a literal with its type in front. The parser has read intervals already, since it needed their units.
func (b *binder) typed(x *exTyped) (bound, error) {
	if x.value != nil {
		return b.literal(x.value, x.t), nil
	}
	v, err := parseValue(x.text, x.t, b.env, false)
	return b.literal(v, x.t), err
}

// number binds a number: a DECIMAL with the digits that count, or a DOUBLE if it has an exponent or too many digits.
// The database's type of 1.0 is DECIMAL(1,0), and so it is here.
func (b *binder) number(x *exNumber) (bound, error) {
	if strings.ContainsAny(x.text, "eE") {
		v, err := parseValue(x.text, typeDouble, env{decimal: '.'}, true)
		return b.literal(v, typeDouble), err
	}
	whole, fraction, _ := strings.Cut(x.text, ".")
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	t := decimalType(max(1, len(whole)+len(fraction)), len(fraction))
	if t.p > maxDecimal {
		v, err := parseValue(x.text, typeDouble, env{decimal: '.'}, true)
		return b.literal(v, typeDouble), err
	}
	v, err := parseDecimalText(x.text, t)
	return b.literal(decimalValue(v, t), t), err
}

// text is a literal: CHAR of its length, VARCHAR above that type's limit. The empty text is NULL.
func (b *binder) text(s string) bound {
	if s == "" {
		return b.literal(nil, typ{kind: kindChar, p: 1, ascii: true})
	}
	n, ascii := 0, true
	for _, r := range s {
		n++
		ascii = ascii && r < 0x80
	}
	t := typ{kind: kindChar, p: n, ascii: ascii}
	if n > maxChar {
		t.kind = kindVarchar
	}
	return b.literal(s, t)
}

// literal is a value that is known now.
func (b *binder) literal(v driver.Value, t typ) bound {
	return bound{sql: quoteValue(v), t: t, lit: true, val: v}
}

// quoteValue writes a stored value as an SQLite literal.
func quoteValue(v driver.Value) string {
	switch v := v.(type) {
	case int64:
		// Without parentheses a minus in front would make a comment of both.
		if v < 0 {
			return "(" + strconv.FormatInt(v, 10) + ")"
		}
		return strconv.FormatInt(v, 10)
	case float64:
		return "(" + strconv.FormatFloat(v, 'e', -1, 64) + ")"
	case []byte:
		return "x'" + hex.EncodeToString(v) + "'"
	case subselect:
		return "(" + string(v) + ")"
	case string:
		// SQLite ends a text of SQL at U+0000.
		if strings.IndexByte(v, 0) >= 0 {
			return "CAST(x'" + hex.EncodeToString([]byte(v)) + "' AS TEXT)"
		}
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return "NULL"
}
