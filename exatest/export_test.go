package exatest

import (
	"crypto/rand"
	"crypto/rsa"
	"time"
)

// FormatAndParse writes a time by an NLS format and reads it again.
func FormatAndParse(format string, t time.Time) (text string, back time.Time, err error) {
	f := parseFormat(format)
	text = string(f.append(nil, t))
	back, err = f.parse(text)
	return text, back, err
}

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
