package bulk

import (
	"strconv"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/errtext"
)

// protection is how the database reaches a file.
type protection struct {
	encrypted bool
	pinned    bool // the statement has the key
}

// release is the beginning of the version of a database.
type release struct{ major, minor int }

// The releases in which what databases think of certificates has changed.
var (
	firstWithPublicKey = release{8, 32}
	firstThatVerifies  = release{2025, 1}
)

// before reports whether a release is older than another. One that cannot be read is taken for a new one.
func (r release) before(other release) bool {
	if r == (release{}) {
		return false
	}
	return r.major < other.major || r.major == other.major && r.minor < other.minor
}

// releaseOf reads the version that a database gives at login, such as 8.32.0. It is the zero value if that is none.
func releaseOf(version string) release {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	var r release
	var errMajor, errMinor error
	if r.major, errMajor = strconv.Atoi(major); errMajor != nil || r.major <= 0 {
		return release{}
	}
	if r.minor, errMinor = strconv.Atoi(minor); errMinor != nil || r.minor < 0 {
		return release{}
	}
	return r
}

// protectionFor decides how a session's files are protected. An error says which choices there are.
func protectionFor(s *exawire.Session, wanted Encryption) (protection, error) {
	version := s.Info().ReleaseVersion
	known := releaseOf(version)
	switch wanted {
	case EncryptionAuto:
		if s.Config().Plaintext {
			return protection{}, nil
		}
	case EncryptionPinned:
	case EncryptionOff:
		return protection{}, nil
	case EncryptionUnverified:
		if !known.before(firstThatVerifies) {
			return protection{}, errtext.Errorf(
				"release %s of the database refuses EncryptionUnverified, since it verifies whom it talks to: choose Encrypt(EncryptionPinned)", version)
		}
		return protection{encrypted: true}, nil
	default:
		return protection{}, errtext.Errorf("there is no Encryption(%d)", int(wanted))
	}
	if known.before(firstWithPublicKey) {
		return protection{}, errtext.Errorf(
			"release %s of the database has no clause PUBLIC KEY, which came with 8.32, and so it cannot verify whom it talks to: "+
				"choose Encrypt(EncryptionUnverified) to encrypt the data all the same, or Encrypt(EncryptionOff) to send it as it is", version)
	}
	return protection{encrypted: true, pinned: true}, nil
}
