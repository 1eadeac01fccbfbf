package exatest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// loginKey is the key that passwords are encrypted with, one for all servers of the process. 1024 bits are what real
// servers use, and the least that crypto/rsa accepts. It is made at the first login: that takes longer than all else that
// a server does to start.
var loginKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 1024) })

// certificates keeps the certificates of this process, by the names in them: making one takes longer than starting the
// rest of a server.
var certificates struct {
	sync.Mutex
	byNames map[string]tls.Certificate
}

// certificate returns a certificate for these names and addresses and for the loopback interface. It signs itself.
func certificate(names []string, ips []netip.Addr) (tls.Certificate, error) {
	names = append([]string{"localhost", "exatest"}, names...)
	ips = append([]netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}, ips...)
	slices.Sort(names)
	slices.SortFunc(ips, netip.Addr.Compare)
	names, ips = slices.Compact(names), slices.Compact(ips)
	key := strings.Join(names, ",") + fmt.Sprint(ips)

	certificates.Lock()
	defer certificates.Unlock()
	if cert, ok := certificates.byNames[key]; ok {
		return cert, nil
	}
	cert, err := newCertificate(names, ips)
	if err != nil {
		return cert, err
	}
	if certificates.byNames == nil {
		certificates.byNames = map[string]tls.Certificate{}
	}
	certificates.byNames[key] = cert
	return cert, nil
}

func newCertificate(names []string, ips []netip.Addr) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "exatest"},
		// The clock of a synctest bubble starts in the year 2000.
		NotBefore:             time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              names,
	}
	for _, ip := range ips {
		template.IPAddresses = append(template.IPAddresses, net.IP(ip.AsSlice()))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// publicKey is the answer to the first message of a login.
func publicKey(key *rsa.PublicKey, form KeyForm) object {
	var o object
	if form != ModulusOnly {
		block := pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(key)}
		o.set("publicKeyPem", string(pem.EncodeToMemory(&block)))
	}
	if form != PEMOnly {
		o.set("publicKeyModulus", strings.ToUpper(hex.EncodeToString(key.N.FillBytes(make([]byte, key.Size())))))
		o.set("publicKeyExponent", fmt.Sprintf("%06X", key.E))
	}
	return o
}
