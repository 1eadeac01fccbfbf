package tls_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/google/go-cmp/cmp"

	exatls "github.com/exawire/exawire/tls"
)

// TestTexts is about the words. Nothing but a certificate of an unknown authority is to be pinned, and that only after
// somebody was asked who knows it.
func TestTexts(t *testing.T) {
	named := &x509.Certificate{Raw: []byte("hello"), DNSNames: []string{"exa.example"}}
	nameless := &x509.Certificate{Raw: []byte("hello")}
	failed := func(cert *x509.Certificate, err error) error {
		return exatls.Explain(&tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{cert}, Err: err})
	}
	_, short := exatls.ParseFingerprint("2cf2")
	_, letters := exatls.ParseFingerprint("g" + hello[1:])
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{
			"another host", failed(named, x509.HostnameError{Certificate: named, Host: "10.0.0.11.example"}),
			"tls: failed to verify certificate: x509: certificate is valid for exa.example, not 10.0.0.11.example: " +
				"connect by a name that the certificate has, or give that name as ServerName of Config.TLS",
		},
		{
			"no host", failed(nameless, x509.HostnameError{Certificate: nameless, Host: "a.example"}),
			"tls: failed to verify certificate: x509: certificate is not valid for any names, but wanted to match a.example: " +
				"ask the administrator of the database about the certificate, whose fingerprint is " + hello,
		},
		{
			"unknown authority", failed(named, x509.UnknownAuthorityError{}),
			"tls: failed to verify certificate: x509: certificate signed by unknown authority: " +
				"trust the authority that signed it (Config.TLS with RootCAs), or, for a self-signed certificate, " +
				"ask the administrator of the database for its fingerprint and, if it is this one, set fingerprint=" + hello,
		},
		{
			"expired", failed(named, x509.CertificateInvalidError{Cert: named, Reason: x509.Expired, Detail: "it is late"}),
			"tls: failed to verify certificate: x509: certificate has expired or is not yet valid: it is late: " +
				"the certificate must be renewed, or the clock of this machine be set",
		},
		{
			"another pin", &exatls.FingerprintError{Want: "aa", Got: "bb"},
			"server certificate has the fingerprint bb, but aa is pinned: " +
				"ask the administrator of the database whether it was renewed, and for the new fingerprint, before pinning another",
		},
		{"too short a pin", short, "certificate fingerprint has 4 hexadecimal digits, want 64 (SHA-256)"},
		{"no pin", letters, `certificate fingerprint is not hexadecimal`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.err.Error()); diff != "" {
				t.Errorf("text differs (-want +got):\n%s", diff)
			}
		})
	}
}
