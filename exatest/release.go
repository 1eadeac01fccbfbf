package exatest

import (
	"crypto/tls"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// release is the release of the database that a server claims to be.
type release struct {
	text  string
	parts [3]int
}

// parseRelease is lenient: what is not a number counts as 0.
func parseRelease(text string) release {
	r := release{text: text}
	for i, part := range strings.SplitN(text, ".", 3) {
		digits := strings.IndexFunc(part, func(c rune) bool { return c < '0' || c > '9' })
		if digits >= 0 {
			part = part[:digits]
		}
		r.parts[i], _ = strconv.Atoi(part)
	}
	return r
}

// series are the series of releases that differ in what is known of them, by the first numbers of a version.
var series = []string{"6.0", "6.1", "6.2", "7.0", "7.1", "8", "2025.1", "2025.2", "2026.1"}

// CheckRelease returns an error if no series of releases has this version; the error lists the series that exist.
// [WithRelease] takes any version, for tests with releases of the future.
func CheckRelease(version string) error {
	for _, s := range series {
		if rest, ok := strings.CutPrefix(version, s); ok && releaseRest.MatchString(rest) {
			return nil
		}
	}
	return fmt.Errorf("there is no release %s: write a version of %s or %s, such as 8.32.0",
		version, strings.Join(series[:len(series)-1], ", "), series[len(series)-1])
}

var releaseRest = regexp.MustCompile(`^(\.[0-9]{1,4}){0,2}$`)

func (r release) atLeast(major, minor, patch int) bool {
	want := [3]int{major, minor, patch}
	for i, n := range r.parts {
		if n != want[i] {
			return n > want[i]
		}
	}
	return true
}

// protocol is the newest protocol version that the release speaks.
func (r release) protocol() int {
	switch {
	case r.atLeast(8, 32, 0):
		return 5
	case r.atLeast(7, 1, 0):
		return 3
	case r.atLeast(7, 0, 0):
		return 2
	}
	return 1
}

// refusesNewer reports whether the release answers a protocol version that it does not speak with an error, where later
// ones lower it.
func (r release) refusesNewer() bool {
	if r.atLeast(6, 2, 0) {
		return !r.atLeast(6, 2, 5)
	}
	return !r.atLeast(6, 1, 9)
}

func (r release) autocommit() bool { return r.atLeast(7, 1, 0) }
func (r release) tlsOnly() bool    { return r.atLeast(8, 0, 0) }

// newestTLS is the newest version of TLS that the release speaks.
func (r release) newestTLS() uint16 {
	if r.atLeast(8, 0, 0) {
		return tls.VersionTLS13
	}
	return tls.VersionTLS12
}

// maxQueryTimeout is the largest number of seconds that queryTimeout takes.
func (r release) maxQueryTimeout() int64 {
	if r.atLeast(7, 1, 0) {
		return 999_999
	}
	return 999_999_999
}

// hasPublicKey reports whether IMPORT and EXPORT have the clause PUBLIC KEY.
func (r release) hasPublicKey() bool { return r.atLeast(8, 32, 0) }

// parquet says how far the release can import Parquet files from a client: up to which error it comes.
func (r release) parquet() parquetSupport {
	switch {
	case !r.atLeast(2025, 1, 0):
		return parquetUnknown
	case !r.atLeast(2025, 1, 11):
		return parquetNowhere
	case r.parts == [3]int{2025, 2, 0}:
		return parquetFromS3
	}
	return parquetFromClients
}

type parquetSupport int

const (
	parquetUnknown     parquetSupport = iota // a syntax error
	parquetNowhere                           // it cannot read the file
	parquetFromS3                            // it takes addresses of S3 only
	parquetFromClients                       // all addresses
)

// checksCertificates reports whether IMPORT and EXPORT refuse certificates that nobody vouches for.
func (r release) checksCertificates() bool { return r.atLeast(2025, 1, 0) }

// timestampSize is the size property of TIMESTAMP up to V4.
func (r release) timestampSize() int {
	if r.atLeast(8, 0, 0) {
		return 16
	}
	return 8
}

// fractionDigits is how many fractional digits a TIMESTAMP keeps whose type says p; p < 0 means nothing.
func (r release) fractionDigits(p int) int {
	if p < 0 || !r.atLeast(8, 32, 0) {
		return 3
	}
	return min(p, 9)
}
