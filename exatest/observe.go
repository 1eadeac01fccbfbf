package exatest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/exatest/internal/redact"
)

// WithRequestObserver calls fn with each request before it is answered, on the goroutine of its connection. Several
// connections may call fn at the same time. [Request.Redacted] returns a text that is safe to show.
func WithRequestObserver(fn func(*Request)) Option { return func(c *config) { c.onRequest = fn } }

// WithViolationObserver calls fn with each violation of the protocol at the moment it happens; [Server.Violations] lists
// them afterwards. fn is called on the goroutines of the connections, and several may call it at the same time.
func WithViolationObserver(fn func(Violation)) Option { return func(c *config) { c.onViolation = fn } }

// Violation says how a client broke the protocol.
type Violation struct {
	// Client names the driver, the program and its version, as given in the login. Before the login it is the address that
	// the connection comes from. It is empty for a request that does not fit a replay.
	Client    string
	SessionID uint64 // 0 if there is no session
	Text      string // what the client did
}

// String returns the text, with the number of the session if there is one.
func (v Violation) String() string {
	if v.SessionID == 0 {
		return v.Text
	}
	return fmt.Sprintf("session %d: %s", v.SessionID, v.Text)
}

// introduce notes what the second message of a login says of the client.
func (k *call) introduce() {
	var words []string
	for _, field := range []string{"driverName", "clientName", "clientVersion"} {
		if word, err := k.msg.text(field); err == nil && word != "" {
			words = append(words, word)
		}
	}
	if len(words) > 0 {
		k.mu.Lock()
		k.client = strings.Join(words, " ")
		k.mu.Unlock()
	}
}

// WithoutRequestLog keeps [Server.Requests] empty, for a server that runs for days.
func WithoutRequestLog() Option { return func(c *config) { c.noRequestLog = true } }

// Redacted returns the message without the white space between its parts and without its secrets. The secrets are those
// that package record keeps out of transcripts.
func (r *Request) Redacted() string {
	clean, _, err := new(redact.Messages).Request(r.Raw)
	if err != nil {
		return "a message that is not JSON"
	}
	return string(clean)
}

// WithCertificate makes the server use this certificate in place of its own self-signed one.
func WithCertificate(cert tls.Certificate) Option { return func(c *config) { c.certificate = &cert } }

// ownCertificate returns the certificate of [WithCertificate] with its leaf parsed.
func (c *config) ownCertificate() (tls.Certificate, error) {
	cert := *c.certificate
	if len(cert.Certificate) == 0 || cert.PrivateKey == nil {
		return cert, errors.New("it is empty")
	}
	if cert.Leaf == nil {
		leaf, err := x509.ParseCertificate(cert.Certificate[0])
		if err != nil {
			return cert, err
		}
		cert.Leaf = leaf
	}
	return cert, nil
}
