package identity_test

import (
	"bytes"
	"fmt"

	"github.com/exawire/exawire/exatest/internal/identity"
)

// Two servers with the same names have the same certificate.
func ExampleCertificate() {
	one, err := identity.Certificate([]string{"exa1"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	two, err := identity.Certificate([]string{"exa1"}, nil)
	fmt.Println(len(identity.Fingerprint(one.Certificate[0])), bytes.Equal(one.Certificate[0], two.Certificate[0]), err)
	// Output:
	// 64 true <nil>
}
