package exatest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/exatest/internal/redact"
)

// WithRequestObserver lets fn see each request before it is answered, on the goroutine of its connection. Requests of different
// connections arrive at the same time. [Request.Redacted] has the text to show.
func WithRequestObserver(fn func(*Request)) Option { return func(c *config) { c.onRequest = fn } }

// WithViolationObserver lets fn see what clients do against the protocol at the moment they do it, as [Server.Violations] has it
// later. It is called from the goroutines of connections.
func WithViolationObserver(fn func(Violation)) Option { return func(c *config) { c.onViolation = fn } }

// Violation is one breach of the protocol by a client.
type Violation struct {
	// Client is driver, name and version of the program, as its login said, and the address that it comes from before.
	// It is empty for what does not fit a replay.
	Client    string
	SessionID uint64 // 0 if there is no session
	Text      string // what the client did
}

// String is the text, with the number of the session if there is one.
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

// Redacted returns the message without white space between its parts and without what is secret in it: the same that
// package record keeps out of transcripts.
func (r *Request) Redacted() string {
	clean, _, err := new(redact.Messages).Request(r.Raw)
	if err != nil {
		return "a message that is not JSON"
	}
	return string(clean)
}

// WithCertificate gives the server a certificate in place of the one that it makes for itself.
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
