package tunnel

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"time"
)

// Identity is a key with a certificate that nobody has signed but itself. Databases know it by its [Identity.Pin]. It is
// made for one transfer, and all tunnels of the transfer may use it, at the same time.
type Identity struct {
	config *tls.Config
	pin    string
}

// NewIdentity makes a key, which takes a tenth of a second or more.
func NewIdentity() (*Identity, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "exawire"},
		// Clocks differ, and the statement may be queued for long before the database connects.
		NotBefore: now.AddDate(0, 0, -1), NotAfter: now.AddDate(0, 1, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(public)
	return &Identity{
		config: &tls.Config{
			MinVersion:   tls.VersionTLS12,
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
			NextProtos:   []string{"http/1.1"},
		},
		pin: "sha256//" + base64.StdEncoding.EncodeToString(sum[:]),
	}, nil
}

// Pin returns the hash of the public key in the form of the clause PUBLIC KEY.
func (id *Identity) Pin() string { return id.pin }
