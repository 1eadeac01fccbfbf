package exatest

import (
	"encoding/json"
	"time"

	"github.com/exawire/exawire/commands"
)

// ReadDecimal reads a DECIMAL parameter in the ways for plain ones, if it is one, and for any.
func ReadDecimal(raw, separator string, doubles bool, precision, scale int) (plain string, ok bool, anyway string, err error) {
	f := &formats{paramSeparator: separator}
	f.numbers.paramDoubles = doubles
	t := &commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &scale}
	fast, ok := f.appendPlainDecimal(nil, t, json.RawMessage(raw))
	slow, err := f.appendAnyDecimal(nil, t, json.RawMessage(raw))
	return string(fast), ok, string(slow), err
}

// WriteTime writes a time by an NLS format.
func WriteTime(format, language string, firstDay int, t time.Time) (string, error) {
	f := parseFormat(format, language, firstDay)
	if f.unknown != "" {
		return "", notSupported(f.unknown)
	}
	return string(f.append(nil, t)), nil
}

// ReadTime reads a time by an NLS format.
func ReadTime(format, language, text string) (time.Time, error) {
	f := parseFormat(format, language, 7)
	if reason := f.unknown + f.silent; reason != "" {
		return time.Time{}, notSupported(reason)
	}
	return f.parse(text)
}

// CheckTransfer looks at an IMPORT or EXPORT as a release does.
func CheckTransfer(release, sql string) error { return parseRelease(release).checkTransfer(sql, true) }

// ColumnsOf takes parameters apart.
func ColumnsOf(data json.RawMessage) ([][]json.RawMessage, bool) { return columnsOf(data) }

// TextOf reads a text of a valid message.
func TextOf(raw json.RawMessage) (string, error) { return textOf(raw) }
