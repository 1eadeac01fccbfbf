package exatest

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"time"
)

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

// RedactSQL is what a transcript does to SQL texts.
func RedactSQL(sql string) (text string, secrets []string) { return redactSQL(sql) }

// MakeCertificate makes a certificate as the first server of a process does.
func MakeCertificate() error {
	_, err := newCertificate([]string{"localhost"}, nil)
	return err
}

// MakeLoginKey makes a key as the first login of a process does.
func MakeLoginKey() error {
	_, err := rsa.GenerateKey(rand.Reader, 1024)
	return err
}

// FirstWord returns the first word of a statement, and what a slow look at the whole of it finds.
func FirstWord(sql string) (fast, slow string) {
	words := strings.Fields(strings.ToUpper(withoutComments(sql)))
	if len(words) > 0 {
		slow = strings.TrimRight(words[0], ";")
	}
	return firstWord(sql), slow
}

// NormalSQL is the text of a statement as handlers compare it.
func NormalSQL(sql string) string { return normalSQL(sql) }

// CheckTransfer looks at an IMPORT or EXPORT as a release does.
func CheckTransfer(release, sql string) error { return parseRelease(release).checkTransfer(sql, true) }

// HideColumns is what a transcript does to a message with rows.
func HideColumns(message []byte) []byte { return columnHider{}.value(nil, message) }
