// Package identity has the certificates that servers and recorders make for themselves.
package identity

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// certificates keeps the certificates of this process, by the names in them: making one takes longer than starting the
// rest of a server.
var certificates struct {
	sync.Mutex
	byNames map[string]tls.Certificate
}

// Certificate returns a certificate for these names and addresses and for the loopback interface. It signs itself.
func Certificate(names []string, ips []netip.Addr) (tls.Certificate, error) {
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
	cert, err := NewCertificate(names, ips)
	if err != nil {
		return cert, err
	}
	if certificates.byNames == nil {
		certificates.byNames = map[string]tls.Certificate{}
	}
	certificates.byNames[key] = cert
	return cert, nil
}

// NewCertificate makes a certificate, as [Certificate] does for names that it has not seen.
func NewCertificate(names []string, ips []netip.Addr) (tls.Certificate, error) {
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

// Fingerprint is the SHA-256 of a certificate as 64 upper-case hexadecimal digits.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// ServeTLS is the server's end of TLS on a connection of which reader has read the first bytes.
func ServeTLS(nc net.Conn, reader *bufio.Reader, config *tls.Config) net.Conn {
	return tls.Server(&peekedConn{nc, reader}, config)
}

// peekedConn gives back the bytes that were looked at to find out what the client speaks.
type peekedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (p *peekedConn) Read(b []byte) (int, error) { return p.reader.Read(b) }
