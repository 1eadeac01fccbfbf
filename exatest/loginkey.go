package exatest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
)

// loginKey is the key that passwords are encrypted with, one for all servers of the process. 1024 bits are what real
// servers use, and the least that crypto/rsa accepts. It is made at the first login: that takes longer than all else that
// a server does to start.
var loginKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 1024) })

// publicKey is the answer to the first message of a login.
func publicKey(key *rsa.PublicKey, form KeyForm) object {
	var o object
	if form != ModulusOnly {
		block := pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)}
		o.Set("publicKeyPem", string(pem.EncodeToMemory(&block)))
	}
	if form != PEMOnly {
		o.Set("publicKeyModulus", strings.ToUpper(hex.EncodeToString(key.N.FillBytes(make([]byte, key.Size())))))
		o.Set("publicKeyExponent", fmt.Sprintf("%06X", key.E))
	}
	return o
}
