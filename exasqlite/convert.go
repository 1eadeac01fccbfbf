package exasqlite

import (
	"database/sql/driver"
	"math"
	"strconv"
	"strings"
)

// Conversions from one type to another, and how values are read and written as text.

// Values are stored in SQLite so that its comparison sorts them as the database does:
//
//	BOOLEAN                  INTEGER 0, 1
//	DECIMAL, p <= 18         INTEGER, the unscaled value
//	DECIMAL, p > 18          BLOB of 16 bytes, see int128
//	DOUBLE                   REAL
//	CHAR, VARCHAR, HASHTYPE  TEXT, never empty; CHAR padded
//	DATE                     TEXT 2024-06-18
//	TIMESTAMP                TEXT 2024-06-18 17:22:13.123456789; WITH LOCAL TIME ZONE in UTC
//	INTERVAL                 INTEGER, months or milliseconds
//
// Numbers of different scale or width never meet in an expression: the binder converts them first.

// convert brings v, a stored value of type from, into the form of type to. e has the session's formats.
func convert(v driver.Value, from, to typ, e env) (driver.Value, error) {
	if v == nil || from.kind == kindNull {
		return nil, nil
	}
	if from.text() {
		text := v.(string)
		// A CHAR is padded, and the blanks are no part of a number.
		if from.kind == kindChar && !to.text() {
			text = strings.TrimRight(text, " ")
		}
		return parseValue(text, to, e, false)
	}
	if to.text() {
		text, err := appendValue(nil, v, from, e)
		if err != nil {
			return nil, err
		}
		return fitText(string(text), to)
	}
	switch to.kind {
	case kindDecimal:
		return toDecimal(v, from, to)
	case kindDouble:
		return toDouble(v, from)
	case kindBoolean:
		return toBoolean(v, from)
	}
	return convertWithin(v, from, to, e)
}

// errConversion is the error for types that have nothing to do with each other. The binder should have found it before.
func errConversion(from, to typ) error {
	return errorf(codeUnsupported, "Feature not supported: conversion of %s to %s", from, to)
}

// toDouble converts a number or a truth value.
func toDouble(v driver.Value, from typ) (driver.Value, error) {
	switch from.kind {
	case kindDouble:
		return v, nil
	case kindDecimal:
		return decimalToDouble(decimalOf(v), from.s), nil
	case kindBoolean:
		return float64(v.(int64)), nil
	}
	return nil, errConversion(from, typeDouble)
}

// toBoolean converts a DECIMAL, which has to be 0 or 1: the database takes no other number for a truth value.
func toBoolean(v driver.Value, from typ) (driver.Value, error) {
	switch from.kind {
	case kindBoolean:
		return v, nil
	case kindDecimal:
		switch text := string(decimalOf(v).appendDecimal(nil, from.s)); text {
		case "0":
			return int64(0), nil
		case "1":
			return int64(1), nil
		default:
			return nil, errCast(text)
		}
	}
	return nil, errConversion(from, typeBoolean)
}

// convertWithin converts between types of one family: times, intervals of one kind, hashes, geometries.
func convertWithin(v driver.Value, from, to typ, e env) (driver.Value, error) {
	switch {
	case from.temporal() && to.temporal():
		return convertTime(v.(string), from, to, e)
	case from.kind != to.kind:
		return nil, errConversion(from, to)
	}
	switch to.kind {
	case kindDaySecond:
		return fitDaySecond(v.(int64), to)
	case kindYearMonth:
		return fitYearMonth(v.(int64), to)
	case kindHash:
		if len(v.(string)) == to.p {
			return v, nil
		}
	case kindGeometry:
		return v, nil
	}
	return nil, errConversion(from, to)
}

// parseValue reads a value of type t from text: in the session's formats, or in the canonical form of exatest.Values.
func parseValue(text string, t typ, e env, canonical bool) (driver.Value, error) {
	if text == "" {
		return nil, nil
	}
	switch t.kind {
	case kindChar, kindVarchar:
		return fitText(text, t)
	case kindDecimal:
		if !canonical {
			text = e.plainNumber(text)
		}
		x, err := parseDecimalText(text, t)
		if err != nil {
			return nil, err
		}
		return decimalValue(x, t), nil
	case kindDouble:
		if !canonical {
			text = e.plainNumber(text)
		}
		return parseDouble(text)
	case kindBoolean:
		return parseBoolean(text)
	case kindDate, kindTimestamp, kindTimestampLTZ:
		return parseTime(text, t, e, canonical)
	case kindDaySecond, kindYearMonth:
		return parseInterval(text, t)
	case kindHash:
		return parseHash(text, t)
	case kindGeometry:
		return normalizeWKT(text)
	}
	return nil, errorf(codeUnsupported, "Feature not supported: conversion of text to %s", t)
}

// parseDouble reads a DOUBLE. Go reads more than the database does: hexadecimal digits, underscores and the word Inf.
func parseDouble(text string) (driver.Value, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil && math.IsInf(f, 0) {
		return nil, errRange()
	}
	if err != nil || math.IsInf(f, 0) || strings.ContainsAny(text, "xXpP_") {
		return nil, errCast(text)
	}
	if math.IsNaN(f) {
		return nil, nil
	}
	return f, nil
}

// appendValue appends the text of a stored value, as a conversion to VARCHAR gives it.
func appendValue(dst []byte, v driver.Value, t typ, e env) ([]byte, error) {
	switch t.kind {
	case kindBoolean:
		if v.(int64) != 0 {
			return append(dst, "TRUE"...), nil
		}
		return append(dst, "FALSE"...), nil
	case kindDecimal:
		start := len(dst)
		dst = decimalOf(v).appendDecimal(dst, t.s)
		// The separator of groups is never written.
		if e.decimal != '.' {
			for i := start; i < len(dst); i++ {
				if dst[i] == '.' {
					dst[i] = e.decimal
				}
			}
		}
		return dst, nil
	case kindDouble:
		return strconv.AppendFloat(dst, v.(float64), 'g', -1, 64), nil
	case kindDate:
		return e.appendTime(dst, v.(string), e.dateFormat)
	case kindTimestamp, kindTimestampLTZ:
		text := v.(string)
		if t.kind == kindTimestampLTZ {
			text = e.toLocal(text)
		}
		return e.appendTime(dst, text, e.datetimeFormat)
	}
	return appendCanonical(dst, v, t, e), nil
}

// appendCanonical appends the form that exatest.Values asks for.
func appendCanonical(dst []byte, v driver.Value, t typ, e env) []byte {
	switch t.kind {
	case kindBoolean:
		return strconv.AppendBool(dst, v.(int64) != 0)
	case kindDecimal:
		// The short way for most whole numbers of a result.
		if n, ok := v.(int64); ok && t.s == 0 {
			return strconv.AppendInt(dst, n, 10)
		}
		return decimalOf(v).appendDecimal(dst, t.s)
	case kindDouble:
		return strconv.AppendFloat(dst, v.(float64), 'g', -1, 64)
	case kindTimestamp, kindTimestampLTZ:
		text := v.(string)
		if t.kind == kindTimestampLTZ {
			text = e.toLocal(text)
		}
		if t.p == 0 {
			return append(dst, text[:len(stampZero)-10]...)
		}
		return append(dst, text[:len(stampZero)-maxFraction+t.p]...)
	case kindDaySecond:
		return appendDaySecond(dst, v.(int64), t)
	case kindYearMonth:
		return appendYearMonth(dst, v.(int64), t)
	}
	return append(dst, v.(string)...)
}
