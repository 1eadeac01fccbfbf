package commands

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/exawire/exawire/internal/jsonscan"
)

// PublicKey is the key that a server sends for the password of one login. Servers make new ones, so do not keep it for
// another connection.
type PublicKey struct{ key *rsa.PublicKey }

// maxKeyBits is far more than servers use: 1024.
const maxKeyBits = 16384

// ParsePublicKey reads the payload of the answer to login or subLogin: a PEM block (PKCS #1 or PKIX), or modulus and
// exponent in hexadecimal digits. Either is enough; the PEM block is preferred.
func ParsePublicKey(data []byte) (PublicKey, error) {
	var block, modulus, exponent string
	s := jsonscan.New(data)
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "publicKeyPem":
			return scanString(s, &block)
		case "publicKeyModulus":
			return scanString(s, &modulus)
		case "publicKeyExponent":
			return scanString(s, &exponent)
		}
		_, err = s.Skip()
		return err
	})
	if err == nil {
		err = s.End()
	}
	if err != nil {
		return PublicKey{}, fmt.Errorf("public key: %w", err)
	}
	switch {
	case block != "":
		return parsePEM(block)
	case modulus != "" && exponent != "":
		return parseModulus(modulus, exponent)
	}
	return PublicKey{}, errors.New("public key: the answer has neither publicKeyPem nor publicKeyModulus and publicKeyExponent")
}

func parsePEM(text string) (PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return PublicKey{}, errors.New("public key: publicKeyPem is not a PEM block")
	}
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err == nil {
		return newPublicKey(key)
	}
	if other, pkixErr := x509.ParsePKIXPublicKey(block.Bytes); pkixErr == nil {
		if key, ok := other.(*rsa.PublicKey); ok {
			return newPublicKey(key)
		}
		return PublicKey{}, errors.New("public key: not an RSA key")
	}
	return PublicKey{}, fmt.Errorf("public key: %w", err)
}

func parseModulus(modulus, exponent string) (PublicKey, error) {
	n, err := hex.DecodeString(evenDigits(modulus))
	if err != nil {
		return PublicKey{}, fmt.Errorf("public key: modulus: %w", err)
	}
	e, err := hex.DecodeString(evenDigits(exponent))
	if err != nil {
		return PublicKey{}, fmt.Errorf("public key: exponent: %w", err)
	}
	exp := new(big.Int).SetBytes(e)
	if !exp.IsInt64() || exp.Int64() < 3 || exp.Int64() > 1<<31-1 {
		return PublicKey{}, errors.New("public key: exponent out of range")
	}
	return newPublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exp.Int64())})
}

// newPublicKey refuses keys that would keep the client busy for minutes.
func newPublicKey(key *rsa.PublicKey) (PublicKey, error) {
	if bits := key.N.BitLen(); bits > maxKeyBits {
		return PublicKey{}, fmt.Errorf("public key: %d bits are more than %d", bits, maxKeyBits)
	}
	return PublicKey{key}, nil
}

func evenDigits(s string) string {
	s = strings.TrimSpace(s)
	if len(s)%2 != 0 {
		return "0" + s
	}
	return s
}

// Encrypt returns the password as login and subLogin send it: encrypted with PKCS #1 v1.5, in base64. A password can
// have 11 bytes fewer than the key: 117 bytes with the 1024-bit keys of current servers.
func (k PublicKey) Encrypt(password string) (string, error) {
	if k.key == nil {
		return "", errors.New("encrypt password: no public key")
	}
	if most := k.key.Size() - 11; len(password) > most {
		return "", fmt.Errorf("encrypt password: %d bytes are too long for the server's key, which takes %d", len(password), most)
	}
	//nolint:staticcheck // The protocol prescribes this padding; the key serves one login inside TLS.
	secret, err := rsa.EncryptPKCS1v15(rand.Reader, k.key, []byte(password))
	if err != nil {
		return "", fmt.Errorf("encrypt password: %w", err)
	}
	return base64.StdEncoding.EncodeToString(secret), nil
}
