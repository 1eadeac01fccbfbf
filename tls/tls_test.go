package tls_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/internal/leakcheck"
	exatls "github.com/exawire/exawire/tls"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

const host = "exasol.example"

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(tb testing.TB) *authority {
	tb.Helper()
	a := &authority{key: newKey(tb)}
	a.cert = sign(tb, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, a.key, a.key)
	return a
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func sign(tb testing.TB, template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	tb.Helper()
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return cert
}

// issue makes a certificate for host that ends after life.
func (a *authority) issue(tb testing.TB, host string, life time.Duration) tls.Certificate {
	tb.Helper()
	key := newKey(tb)
	cert := sign(tb, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(life),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, key, a.key)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// connect makes a handshake and exchanges a byte, so that session tickets get through.
func connect(t *testing.T, client, server *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		secure := tls.Server(conn, server)
		_, _ = secure.Write([]byte("x"))
		_, _ = io.Copy(io.Discard, secure)
		_ = secure.Close()
	}()
	defer func() { <-served }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	secure := tls.Client(conn, client)
	defer secure.Close()
	if err := secure.Handshake(); err != nil {
		return tls.ConnectionState{}, exatls.Explain(err)
	}
	if _, err := secure.Read(make([]byte, 1)); err != nil {
		return tls.ConnectionState{}, err
	}
	return secure.ConnectionState(), nil
}

func TestClientConfig(t *testing.T) {
	ca, otherCA := newAuthority(t), newAuthority(t)
	cert, expired := ca.issue(t, host, time.Hour), ca.issue(t, host, -time.Hour)
	pin := exatls.Fingerprint(cert.Certificate[0])
	withColons := strings.ToUpper(pin[:2]) + ":" + pin[2:4] + " " + pin[4:]
	wrong := exatls.Fingerprint([]byte("another certificate"))
	clientCert := ca.issue(t, "user", time.Hour)
	callbackError := errors.New("the callback says no")

	var (
		verifyError      *exatls.VerifyError
		fingerprintError *exatls.FingerprintError
		hostnameError    x509.HostnameError
		unknownAuthority x509.UnknownAuthorityError
		invalid          x509.CertificateInvalidError
	)
	tests := []struct {
		name    string
		options exatls.Options
		cert    tls.Certificate // zero: cert
		server  func(*tls.Config)
		as      []any // targets of errors.As; nil: no error
		is      error
	}{
		{name: "trusted", options: exatls.Options{Base: &tls.Config{RootCAs: ca.pool()}, ServerName: host}},
		{name: "server name of the base", options: exatls.Options{Base: &tls.Config{RootCAs: ca.pool(), ServerName: host}}},
		{
			name:    "server name beats that of the base",
			options: exatls.Options{Base: &tls.Config{RootCAs: ca.pool(), ServerName: "other.example"}, ServerName: host},
		},
		{name: "roots of the system", options: exatls.Options{ServerName: host}, as: []any{&verifyError, &unknownAuthority}},
		{
			name:    "another authority",
			options: exatls.Options{Base: &tls.Config{RootCAs: otherCA.pool()}, ServerName: host},
			as:      []any{&verifyError, &unknownAuthority},
		},
		{
			name:    "another host",
			options: exatls.Options{Base: &tls.Config{RootCAs: ca.pool()}, ServerName: "other.example"},
			as:      []any{&verifyError, &hostnameError},
		},
		{
			name: "expired", cert: expired,
			options: exatls.Options{Base: &tls.Config{RootCAs: ca.pool()}, ServerName: host},
			as:      []any{&verifyError, &invalid},
		},
		{name: "not verified", options: exatls.Options{ServerName: "other.example", SkipVerify: true}},
		{name: "pinned", options: exatls.Options{ServerName: "other.example", Fingerprint: pin}},
		{name: "pinned, upper case", options: exatls.Options{ServerName: "other.example", Fingerprint: strings.ToUpper(pin)}},
		{name: "pinned, with colons and spaces", options: exatls.Options{ServerName: "other.example", Fingerprint: withColons}},
		{
			name: "pinned and expired", cert: expired,
			options: exatls.Options{ServerName: host, Fingerprint: exatls.Fingerprint(expired.Certificate[0])},
		},
		{name: "wrong pin", options: exatls.Options{ServerName: host, Fingerprint: wrong}, as: []any{&fingerprintError}},
		{
			name:    "wrong pin, certificate trusted otherwise",
			options: exatls.Options{Base: &tls.Config{RootCAs: ca.pool()}, ServerName: host, Fingerprint: wrong},
			as:      []any{&fingerprintError},
		},
		{
			name:    "wrong pin, checks turned off",
			options: exatls.Options{ServerName: host, Fingerprint: wrong, SkipVerify: true},
			as:      []any{&fingerprintError},
		},
		{
			name: "callback of the base after the pin", is: callbackError,
			options: exatls.Options{
				Base:       &tls.Config{VerifyConnection: func(tls.ConnectionState) error { return callbackError }},
				ServerName: host, Fingerprint: pin,
			},
		},
		{
			name: "pin before the callback of the base", as: []any{&fingerprintError},
			options: exatls.Options{
				Base:       &tls.Config{VerifyConnection: func(tls.ConnectionState) error { return callbackError }},
				ServerName: host, Fingerprint: wrong,
			},
		},
		{
			name:    "client certificate",
			options: exatls.Options{Base: &tls.Config{Certificates: []tls.Certificate{clientCert}}, ServerName: host, Fingerprint: pin},
			server: func(c *tls.Config) {
				c.ClientAuth = tls.RequireAndVerifyClientCert
				c.ClientCAs = ca.pool()
			},
		},
		{
			name: "server speaks TLS 1.2", options: exatls.Options{ServerName: host, Fingerprint: pin},
			server: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, err := exatls.ClientConfig(tt.options)
			if err != nil {
				t.Fatal(err)
			}
			server := &tls.Config{Certificates: []tls.Certificate{cert}}
			if tt.cert.Certificate != nil {
				server.Certificates = []tls.Certificate{tt.cert}
			}
			if tt.server != nil {
				tt.server(server)
			}
			_, err = connect(t, client, server)
			if tt.as == nil && !errors.Is(err, tt.is) {
				t.Fatalf("error = %v, want %v", err, tt.is)
			}
			for _, target := range tt.as {
				if !errors.As(err, target) {
					t.Errorf("error = %v, want one that is a %T", err, target)
				}
			}
			if tt.as != nil {
				seen := exatls.Fingerprint(server.Certificates[0].Certificate[0])
				if pin := errors.As(err, &unknownAuthority); pin != strings.Contains(err.Error(), "set fingerprint="+seen) {
					t.Errorf("error %q, which advises to pin: %t", err, !pin)
				}
			}
		})
	}
}

// TestResumed pins on a connection that resumes the session of another: the pin must count there as well.
func TestResumed(t *testing.T) {
	cert := newAuthority(t).issue(t, host, time.Hour)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: version}
		cache := tls.NewLRUClientSessionCache(1)
		config := func(fingerprint string) *tls.Config {
			c, err := exatls.ClientConfig(exatls.Options{
				Base:       &tls.Config{ClientSessionCache: cache},
				ServerName: host, Fingerprint: fingerprint,
			})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		good := config(exatls.Fingerprint(cert.Certificate[0]))
		for i := range 2 {
			state, err := connect(t, good, server)
			if err != nil {
				t.Fatal(err)
			}
			if state.DidResume != (i == 1) {
				t.Fatalf("%s, connection %d: resumed %v", tls.VersionName(version), i, state.DidResume)
			}
		}
		var fe *exatls.FingerprintError
		if _, err := connect(t, config(exatls.Fingerprint([]byte("x"))), server); !errors.As(err, &fe) {
			t.Errorf("%s: wrong pin on a resumed session: %v", tls.VersionName(version), err)
		}
	}
}

func TestMinVersion(t *testing.T) {
	for _, tt := range []struct{ base, want uint16 }{
		{0, tls.VersionTLS12}, {tls.VersionTLS10, tls.VersionTLS12}, {tls.VersionTLS12, tls.VersionTLS12}, {tls.VersionTLS13, tls.VersionTLS13},
	} {
		c, err := exatls.ClientConfig(exatls.Options{Base: &tls.Config{MinVersion: tt.base}})
		if err != nil {
			t.Fatal(err)
		}
		if c.MinVersion != tt.want {
			t.Errorf("base %#x: MinVersion = %#x, want %#x", tt.base, c.MinVersion, tt.want)
		}
	}
	cert := newAuthority(t).issue(t, host, time.Hour)
	c, err := exatls.ClientConfig(exatls.Options{SkipVerify: true, ServerName: host})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connect(t, c, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}

func TestBaseIsNotChanged(t *testing.T) {
	base := &tls.Config{ServerName: "base"}
	if _, err := exatls.ClientConfig(exatls.Options{Base: base, ServerName: host, Fingerprint: exatls.Fingerprint(nil), SkipVerify: true}); err != nil {
		t.Fatal(err)
	}
	if base.ServerName != "base" || base.InsecureSkipVerify || base.VerifyConnection != nil || base.MinVersion != 0 {
		t.Error("the base was changed")
	}
}

// TestDefaultVerifies makes sure that nothing turns the checks off by accident.
func TestDefaultVerifies(t *testing.T) {
	for _, o := range []exatls.Options{{}, {ServerName: host}, {Base: &tls.Config{}}} {
		c, err := exatls.ClientConfig(o)
		if err != nil {
			t.Fatal(err)
		}
		if c.InsecureSkipVerify || c.VerifyConnection != nil {
			t.Errorf("%+v: checks are off", o)
		}
	}
}

func TestExplain(t *testing.T) {
	if err := exatls.Explain(nil); err != nil {
		t.Errorf("Explain(nil) = %v", err)
	}
	if err := exatls.Explain(io.EOF); !errors.Is(err, io.EOF) {
		t.Errorf("Explain(io.EOF) = %v", err)
	}
	leaf := newAuthority(t).cert
	err := fmt.Errorf("tls: %w", &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{leaf}, Err: x509.UnknownAuthorityError{}})
	once := exatls.Explain(err)
	var ve *exatls.VerifyError
	if !errors.As(once, &ve) || ve.Fingerprint != exatls.Fingerprint(leaf.Raw) || !errors.Is(once, err) {
		t.Errorf("Explain() = %v", once)
	}
	if twice := exatls.Explain(fmt.Errorf("again: %w", once)); strings.Count(twice.Error(), ve.Fingerprint) != 1 {
		t.Errorf("Explain() of what was explained = %v", twice)
	}
}
