package hostlist

import (
	"crypto/sha1" //nolint:gosec // only its size
	"crypto/sha256"
	"strings"

	exatls "github.com/exawire/exawire/tls"
)

// NoCertCheck in the place of a fingerprint switches the verification of the certificate off.
const NoCertCheck = "nocertcheck"

// pairedPin is the length of a fingerprint with colons between its bytes.
const pairedPin = 3*sha256.Size - 1

// CutFingerprint parts what stands after the slash of an entry into the fingerprint and what follows: nothing, or ":" and the port.
func CutFingerprint(s string) (fingerprint, rest string, ok bool) {
	end := strings.IndexByte(s, ':')
	switch {
	case end == 2 && len(s) >= pairedPin: // a colon after the first byte begins no port
		end = pairedPin
	case end < 0:
		end = len(s)
	}
	rest = s[end:]
	fingerprint, ok = parsePin(s[:end])
	return fingerprint, rest, ok && (rest == "" || rest[0] == ':')
}

// parsePin reads a fingerprint in one of the two forms that can be told from a port and from the next entry of a list: its
// digits alone, or with a colon after each byte.
func parsePin(pin string) (fingerprint string, ok bool) {
	if strings.EqualFold(pin, NoCertCheck) {
		return NoCertCheck, true
	}
	digits, err := exatls.ParseFingerprint(pin)
	if err != nil {
		return "", false
	}
	for i := 2; i < len(pin) && len(pin) == pairedPin; i += 3 {
		if pin[i] != ':' {
			return "", false
		}
	}
	return digits, len(pin) == len(digits) || len(pin) == pairedPin
}

// LooksLikeFingerprint reports whether text after a slash was meant as a fingerprint, though it is none: it has the digits of a hash in
// a row, with nothing but what tools put between them. The shortest hash is SHA-1.
func LooksLikeFingerprint(text string) bool {
	digits := 0
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'f':
			if digits++; digits == 2*sha1.Size {
				return true
			}
		case !strings.ContainsRune(":- ", r):
			digits = 0
		}
	}
	return false
}
