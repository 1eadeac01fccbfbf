package tls

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Fingerprint returns the SHA-256 hash of a certificate in DER form, as 64 lower-case hexadecimal digits. The database
// and its other clients print the same digits, some of them in upper case.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// ParseFingerprint brings a fingerprint into the form that [Fingerprint] returns. Case does not matter; colons and
// spaces between the digits are ignored. The error says what is wrong with it.
func ParseFingerprint(s string) (string, error) {
	digits := strings.NewReplacer(":", "", " ", "").Replace(s)
	if len(digits) != 2*sha256.Size {
		return "", fmt.Errorf("certificate fingerprint has %d hexadecimal digits, want %d (SHA-256)", len(digits), 2*sha256.Size)
	}
	digits = strings.ToLower(digits)
	if _, err := hex.DecodeString(digits); err != nil {
		return "", errors.New("certificate fingerprint is not hexadecimal")
	}
	return digits, nil
}

// FingerprintError means that the server has another certificate than the pinned one: either it was renewed, or
// somebody is in between.
type FingerprintError struct {
	Want string // the pinned fingerprint
	Got  string // that of the certificate the server presented
}

// Error names both fingerprints. It does not advise pinning the new one: that is what somebody in between would want.
func (e *FingerprintError) Error() string {
	return fmt.Sprintf("server certificate has the fingerprint %s, but %s is pinned: "+
		"ask the administrator of the database whether it was renewed, and for the new fingerprint, before pinning another", e.Got, e.Want)
}
