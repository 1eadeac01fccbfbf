// Package tls makes the TLS configuration of a connection: which certificates to trust, and what to say when none is.
//
// There are three ways to check a server. The default is what browsers do: a chain to a trusted root, and a matching
// host name. A fingerprint pins one certificate and replaces both; it suits the self-signed certificates that the
// database comes with. Checks can also be turned off; then anybody on the network path can pose as the server.
//
// Users of package exawire do not need this package: exawire.Config has the fields TLS and CertificateFingerprint. If
// you import it, call it exatls, because crypto/tls has the same name.
package tls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// Options say how to check the server.
type Options struct {
	// Base is where to start: roots, client certificates, cipher suites. It is cloned, never changed. Nil means the
	// defaults of crypto/tls with the roots of the system. Its callbacks run after the checks of this package.
	Base *tls.Config

	// ServerName is the host name that the certificate must be for; it is also sent to the server as SNI. Unless it is
	// empty, it replaces that of Base. If both are empty, whoever dials fills it in.
	ServerName string

	// Fingerprint, if not empty, is the SHA-256 hash of the only certificate to accept, in hexadecimal digits, see
	// [ParseFingerprint]. Roots, host name and validity dates do not count then.
	Fingerprint string

	// SkipVerify turns all checks of the certificate off, except that of a Fingerprint.
	SkipVerify bool
}

// ClientConfig returns the configuration for the options, ready for crypto/tls. The oldest version that it allows is
// TLS 1.2, unless Base asks for a newer one. The only error is a malformed fingerprint.
//
// Pass errors of the handshake to [Explain], which tells users what they can do about them.
func ClientConfig(o Options) (*tls.Config, error) {
	cfg := o.Base.Clone()
	if cfg == nil {
		cfg = new(tls.Config)
	}
	cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
	if o.ServerName != "" {
		cfg.ServerName = o.ServerName
	}
	if o.SkipVerify {
		cfg.InsecureSkipVerify = true
	}
	if o.Fingerprint != "" {
		want, err := ParseFingerprint(o.Fingerprint)
		if err != nil {
			return nil, err
		}
		pin(cfg, want)
	}
	return cfg, nil
}

// pin makes cfg accept exactly the certificate with the fingerprint want.
func pin(cfg *tls.Config, want string) {
	next := cfg.VerifyConnection
	cfg.InsecureSkipVerify = true
	// Not VerifyPeerCertificate: that one is not called for resumed sessions.
	cfg.VerifyConnection = func(cs tls.ConnectionState) error {
		if len(cs.PeerCertificates) == 0 {
			return errors.New("server presented no certificate to compare with the fingerprint")
		}
		if got := Fingerprint(cs.PeerCertificates[0].Raw); got != want {
			return &FingerprintError{Want: want, Got: got}
		}
		if next != nil {
			return next(cs)
		}
		return nil
	}
}

// VerifyError says that the certificate of the server was not trusted, and which one it was.
type VerifyError struct {
	Fingerprint string // of the certificate, as Options.Fingerprint takes it
	Err         error  // the reason, from crypto/tls and crypto/x509
}

// Error gives the reason and what to do about it, the safest first. The fingerprint is named where pinning it is a way at
// all: for a certificate of another host, and for one that is out of date, it is not.
func (e *VerifyError) Error() string {
	var host x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(e.Err, &host) && host.Certificate != nil && len(host.Certificate.DNSNames)+len(host.Certificate.IPAddresses) > 0:
		return fmt.Sprintf("%v: connect by a name that the certificate has, or give that name as ServerName of Config.TLS", e.Err)
	case errors.As(e.Err, &authority):
		return fmt.Sprintf("%v: trust the authority that signed it (Config.TLS with RootCAs), or, for a self-signed certificate, "+
			"ask the administrator of the database for its fingerprint and, if it is this one, set fingerprint=%s", e.Err, e.Fingerprint)
	case errors.As(e.Err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("%v: the certificate must be renewed, or the clock of this machine be set", e.Err)
	}
	return fmt.Sprintf("%v: ask the administrator of the database about the certificate, whose fingerprint is %s", e.Err, e.Fingerprint)
}

// Unwrap returns the reason.
func (e *VerifyError) Unwrap() error { return e.Err }

// Explain returns an error of a TLS handshake in a form that helps: if the certificate of the server was not trusted,
// the result is a [*VerifyError] around err that names the fingerprint. Any other error is returned as it is, and so is
// nil.
func Explain(err error) error {
	var known *VerifyError
	if errors.As(err, &known) {
		return err
	}
	if leaf := untrusted(err); leaf != nil {
		return &VerifyError{Fingerprint: Fingerprint(leaf.Raw), Err: err}
	}
	return err
}

// untrusted returns the certificate that a handshake failed for, nil if that was not the reason.
func untrusted(err error) *x509.Certificate {
	var ve *tls.CertificateVerificationError
	if errors.As(err, &ve) && len(ve.UnverifiedCertificates) > 0 {
		return ve.UnverifiedCertificates[0]
	}
	return nil
}
