package exatest

import "time"

// FormatAndParse writes a time by an NLS format and reads it again.
func FormatAndParse(format string, t time.Time) (text string, back time.Time, err error) {
	f := parseFormat(format)
	text = string(f.append(nil, t))
	back, err = f.parse(text)
	return text, back, err
}
