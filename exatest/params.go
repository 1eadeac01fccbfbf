package exatest

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/exawire/exawire/commands"
)

// paramColumn decodes one column of parameters into canonical text.
func (k *call) paramColumn(f *formats, t *commands.DataType, column []json.RawMessage) (Values, error) {
	texts := &textColumn{ends: make([]int, 0, len(column)), nulls: make([]bool, 0, len(column))}
	for _, raw := range column {
		if string(raw) == "null" {
			texts.finish(true)
			continue
		}
		start := len(texts.buf)
		buf, err := k.appendParam(texts.buf, f, t, raw)
		if err != nil {
			return nil, err
		}
		texts.buf = buf
		// The empty string is NULL.
		texts.finish(len(buf) == start)
	}
	return texts, nil
}

// appendParam appends the canonical text of one parameter.
func (k *call) appendParam(dst []byte, f *formats, t *commands.DataType, raw json.RawMessage) ([]byte, error) {
	switch t.Type {
	case commands.Boolean:
		b, err := boolOf(raw)
		return strconv.AppendBool(dst, b), err
	case commands.Double:
		return k.appendDoubleParam(dst, raw)
	case commands.Decimal:
		return f.appendDecimalParam(dst, t, raw)
	}
	text, err := textOf(raw)
	if err != nil {
		return dst, err
	}
	switch t.Type {
	case commands.Char, commands.Varchar, commands.Hashtype:
		if utf8.RuneCountInString(text) > orElse(t.Size, maxVarchar) && t.Type != commands.Hashtype {
			return dst, &SQLError{"22001", "data exception - string data, right truncation."}
		}
		if t.CharacterSet == "ASCII" && strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
			return dst, &SQLError{"22001", "data exception - character set ASCII does not have all characters of the value"}
		}
		if text == "" {
			return dst, nil
		}
		start := len(dst)
		if t.Type == commands.Hashtype {
			return appendHash(dst, t, text)
		}
		if dst = append(dst, text...); t.Type == commands.Char {
			dst = padChar(dst, start, orElse(t.Size, 1))
		}
		return dst, nil
	case commands.Date:
		return f.appendDateParam(dst, text)
	case commands.Timestamp, commands.TimestampLTZ:
		return appendTimeParam(dst, &f.datetime, text, "2006-01-02 15:04:05.999999999")
	case commands.IntervalYearToMonth:
		if !intervalYM.MatchString(text) {
			return dst, badCast(text)
		}
		return append(dst, yearMonth(text, orElse(t.Precision, 2))...), nil
	case commands.IntervalDayToSecond:
		if !intervalDS.MatchString(text) {
			return dst, badCast(text)
		}
		return append(dst, daySecond(text, orElse(t.Precision, 2), orElse(t.Fraction, 3))...), nil
	}
	return append(dst, text...), nil
}

var (
	intervalYM = regexp.MustCompile(`^[+-]?[0-9]{1,9}-[0-9]{1,2}$`)
	intervalDS = regexp.MustCompile(`^[+-]?[0-9]{1,9} [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]{1,9})?$`)
)

func badCast(text string) error {
	return &SQLError{"22018", "data exception - invalid character value for cast; Value: '" + text + "'"}
}

func notSupported(what string) error {
	return &SQLError{"0A000", "Feature not supported: " + what}
}

var errOutOfRange = &SQLError{"22003", "data exception - numeric value out of range"}

// appendDoubleParam takes JSON numbers with a point or an exponent only, as real servers do.
func (k *call) appendDoubleParam(dst []byte, raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 || raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return dst, protocol("getDouble: JSON value is not a double.")
	}
	if !bytes.ContainsAny(raw, ".eE") {
		k.violation("the DOUBLE parameter %s has neither a point nor an exponent", raw)
		return dst, protocol("getDouble: JSON value is not a double.")
	}
	v, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || math.Abs(v) == math.MaxFloat64 {
		return dst, errOutOfRange
	}
	return append(dst, raw...), nil
}

const dayLayout = "2006-01-02"

// appendTimeParam reads a date or timestamp by the session's format. Without a format that the server knows the text stays
// as it is.
func appendTimeParam(dst []byte, format *timeFormat, text, layout string) ([]byte, error) {
	switch {
	case text == "":
		return dst, nil
	case format.unknown != "":
		return append(dst, text...), nil
	case format.silent != "":
		return dst, notSupported(format.silent)
	}
	t, err := format.parse(text)
	if err != nil {
		return dst, badCast(text)
	}
	return t.AppendFormat(dst, layout), nil
}

// appendDateParam reads a date by the session's format, and of a timestamp in the session's format the day.
func (f *formats) appendDateParam(dst []byte, text string) ([]byte, error) {
	dst, err := appendTimeParam(dst, &f.date, text, dayLayout)
	if err == nil || f.date.silent != "" || f.datetime.unknown != "" {
		return dst, err
	}
	if withDay, timeErr := appendTimeParam(dst, &f.datetime, text, dayLayout); timeErr == nil {
		return withDay, nil
	}
	return dst, err
}

// appendHash brings a HASHTYPE into its canonical form: dashes and braces do not matter, nor does case.
func appendHash(dst []byte, t *commands.DataType, text string) ([]byte, error) {
	hex := strings.ToLower(strings.NewReplacer("-", "", "{", "", "}", "").Replace(text))
	if len(hex) != orElse(t.Size, 32) || strings.Trim(hex, "0123456789abcdef") != "" {
		return dst, badCast(text)
	}
	return append(dst, hex...), nil
}
