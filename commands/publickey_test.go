package commands_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
)

// pemText returns a PEM block as JSON text.
func pemText(t *testing.T, label string, der []byte) string {
	t.Helper()
	text, err := json.Marshal(string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func pkix(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestParsePublicKey(t *testing.T) {
	key := &loginKey(t).PublicKey
	modulus := fmt.Sprintf("%X", key.N)
	pkcs1 := pemText(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(key))
	tests := []struct{ name, data string }{
		{"PKCS #1", `{"publicKeyPem":` + pkcs1 + `}`},
		{"PKIX", `{"publicKeyPem":` + pemText(t, "PUBLIC KEY", pkix(t, key)) + `}`},
		{"PKIX under the other label", `{"publicKeyPem":` + pemText(t, "RSA PUBLIC KEY", pkix(t, key)) + `}`},
		{"PKCS #1 without its last line end", `{"publicKeyPem":` + strings.ReplaceAll(pkcs1, `\n"`, `"`) + `}`},
		{"PKCS #1 with other line ends", `{"publicKeyPem":` + strings.ReplaceAll(pkcs1, `\n`, `\r\n`) + `}`},
		{"modulus and exponent", `{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"010001"}`},
		{"lower case", `{"publicKeyExponent":"010001","publicKeyModulus":"` + strings.ToLower(modulus) + `"}`},
		{"odd number of digits", `{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"10001"}`},
		{"blanks around digits", `{"publicKeyModulus":" ` + modulus + `\n","publicKeyExponent":" 10001"}`},
		{"leading zeros", `{"publicKeyModulus":"0000` + modulus + `","publicKeyExponent":"0000010001"}`},
		{"all three", `{"publicKeyPem":` + pkcs1 + `,"publicKeyModulus":"` + modulus + `","publicKeyExponent":"010001","new":1}`},
		{"PEM alone is not null", `{"publicKeyPem":` + pkcs1 + `,"publicKeyModulus":null,"publicKeyExponent":null}`},
		{"PEM is null", `{"publicKeyPem":null,"publicKeyModulus":"` + modulus + `","publicKeyExponent":"010001"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			public, err := commands.ParsePublicKey([]byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			secret, err := public.Encrypt(password)
			if err != nil {
				t.Fatal(err)
			}
			if got := decrypt(t, secret); got != password {
				t.Errorf("the server would read the password %q, want %q", got, password)
			}
		})
	}
}

func TestParsePublicKeyErrors(t *testing.T) {
	key := &loginKey(t).PublicKey
	modulus := fmt.Sprintf("%X", key.N)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	huge := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(3), 16384), E: 65537}
	tests := []struct{ name, data, want string }{
		{"nothing", ``, "unexpected end"},
		{"no key", `{}`, "neither publicKeyPem nor"},
		{"exponent alone", `{"publicKeyExponent":"010001"}`, "neither publicKeyPem nor"},
		{"modulus alone", `{"publicKeyModulus":"` + modulus + `"}`, "neither publicKeyPem nor"},
		{"PEM of another kind", `{"publicKeyPem":1}`, "expected a string"},
		{"no PEM", `{"publicKeyPem":"AAAA"}`, "not a PEM block"},
		{"empty block", `{"publicKeyPem":` + pemText(t, "RSA PUBLIC KEY", nil) + `}`, "public key: "},
		{"truncated block", `{"publicKeyPem":` + pemText(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(key)[:40]) + `}`, "public key: "},
		{"elliptic curve", `{"publicKeyPem":` + pemText(t, "PUBLIC KEY", pkix(t, &curve.PublicKey)) + `}`, "not an RSA key"},
		{"modulus of other digits", `{"publicKeyModulus":"XYZ0","publicKeyExponent":"010001"}`, "modulus: "},
		{"exponent of other digits", `{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"0x10"}`, "exponent: "},
		{"exponent 1", `{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"01"}`, "exponent out of range"},
		{"exponent too large", `{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"80000000"}`, "exponent out of range"},
		{"exponent far too large", `{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"` + modulus + `"}`, "exponent out of range"},
		{"huge modulus", `{"publicKeyModulus":"` + fmt.Sprintf("%X", huge.N) + `","publicKeyExponent":"010001"}`, "16386 bits are more than"},
		{"huge PEM", `{"publicKeyPem":` + pemText(t, "RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(huge)) + `}`, "16386 bits are more than"},
		{"huge PKIX", `{"publicKeyPem":` + pemText(t, "PUBLIC KEY", pkix(t, huge)) + `}`, "16386 bits are more than"},
		{"second value", `{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"010001"}{}`, "unexpected data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := commands.ParsePublicKey([]byte(test.data))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "public key: ") {
				t.Errorf("error %q does not say %q", err, "public key: ... "+test.want)
			}
		})
	}
}

// TestWeakKeys: moduli that are no RSA keys are errors of Encrypt.
func TestWeakKeys(t *testing.T) {
	for _, modulus := range []string{"00", "01", "02", "0F", "FFFF", strings.Repeat("FE", 128), strings.Repeat("FF", 64)} {
		key, err := commands.ParsePublicKey([]byte(`{"publicKeyModulus":"` + modulus + `","publicKeyExponent":"010001"}`))
		if err != nil {
			continue
		}
		for _, password := range []string{"", "secret"} {
			if got, err := key.Encrypt(password); err == nil {
				t.Errorf("modulus %s: the password was encrypted as %s", modulus, got)
			} else if strings.Contains(err.Error(), "secret") {
				t.Errorf("error %q tells the password", err)
			}
		}
	}
}

func TestEncrypt(t *testing.T) {
	key := documentKey(t)
	for _, plain := range []string{"", "x", "exasol", "p\u00e4ssw\u00f6rd \u20ac \U0001f600", "\x00\x01\xff", strings.Repeat("x", 117)} {
		secret, err := key.Encrypt(plain)
		if err != nil {
			t.Errorf("password of %d bytes: %v", len(plain), err)
			continue
		}
		if got := decrypt(t, secret); got != plain {
			t.Errorf("the server would read the password %q, want %q", got, plain)
		}
		if again, _ := key.Encrypt(plain); again == secret {
			t.Error("the same password is the same text twice: the padding is not random")
		}
	}
	for _, plain := range []string{strings.Repeat("x", 118), strings.Repeat("\u00e4", 59), strings.Repeat("x", 1<<20)} {
		_, err := key.Encrypt(plain)
		if want := fmt.Sprintf("%d bytes are too long for the server's key, which takes 117", len(plain)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("password of %d bytes: error %v does not say %q", len(plain), err, want)
		}
		if err != nil && bytes.Contains([]byte(err.Error()), []byte(plain[:10])) {
			t.Error("the error tells the password")
		}
	}
	if _, err := (commands.PublicKey{}).Encrypt("x"); err == nil {
		t.Error("no error without a key")
	}
}
