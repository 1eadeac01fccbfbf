package tls_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"

	exatls "github.com/exawire/exawire/tls"
)

// hello is the SHA-256 hash of "hello".
const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func TestFingerprint(t *testing.T) {
	if got := exatls.Fingerprint([]byte("hello")); got != hello {
		t.Errorf("Fingerprint() = %s, want %s", got, hello)
	}
}

func TestParseFingerprint(t *testing.T) {
	colons := ""
	for i := 0; i < len(hello); i += 2 {
		colons += ":" + hello[i:i+2]
	}
	for _, tt := range []struct {
		in string
		ok bool
	}{
		{hello, true},
		{strings.ToUpper(hello), true},
		{colons[1:], true},
		{strings.ToUpper(strings.ReplaceAll(colons[1:], ":", " ")), true},
		{" " + hello + " ", true},
		{"", false},
		{hello[1:], false},
		{hello + "0", false},
		{hello[:40], false}, // SHA-1
		{"g" + hello[1:], false},
		{"-" + hello[1:], false},
		{"nocertcheck", false},
	} {
		got, err := exatls.ParseFingerprint(tt.in)
		if tt.ok != (err == nil) || tt.ok && got != hello {
			t.Errorf("ParseFingerprint(%q) = %q, %v", tt.in, got, err)
		}
		if _, err := exatls.ClientConfig(exatls.Options{Fingerprint: tt.in}); tt.in != "" && tt.ok != (err == nil) {
			t.Errorf("ClientConfig with the fingerprint %q: %v", tt.in, err)
		}
	}
}

func FuzzParseFingerprint(f *testing.F) {
	f.Add(hello)
	f.Add("2C:F2 4d")
	f.Fuzz(func(t *testing.T, s string) {
		digits := ""
		valid := true
		for _, r := range strings.ToLower(s) {
			switch {
			case r == ':' || r == ' ':
			case r < 128 && strings.ContainsRune("0123456789abcdef", r):
				digits += string(r)
			default:
				valid = false
			}
		}
		valid = valid && len(digits) == 64
		got, err := exatls.ParseFingerprint(s)
		if valid != (err == nil) || valid && got != digits {
			t.Errorf("ParseFingerprint(%q) = %q, %v; want %q, valid %v", s, got, err, digits, valid)
		}
	})
}

func ExampleParseFingerprint() {
	got, err := exatls.ParseFingerprint("2C:F2:4D:BA:5F:B0:A3:0E:26:E8:3B:2A:C5:B9:E2:9E:1B:16:1E:5C:1F:A7:42:5E:73:04:33:62:93:8B:98:24")
	fmt.Println(got, err)
	// Output: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 <nil>
}

func ExampleClientConfig() {
	cfg, err := exatls.ClientConfig(exatls.Options{
		ServerName:  "exasol.example.com",
		Fingerprint: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.ServerName)

	// A handshake with another certificate fails and names it.
	var wrong *exatls.FingerprintError
	fmt.Println(errors.As(cfg.VerifyConnection(peer("impostor")), &wrong), wrong.Got[:8])
	// Output:
	// exasol.example.com
	// true aa77a43d
}

// peer is the state of a connection to somebody with this certificate.
func peer(certificate string) tls.ConnectionState {
	return tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Raw: []byte(certificate)}}}
}
