package exawire

import (
	"context"
	"crypto/sha1" //nolint:gosec // only its size
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/exawire/exawire/internal/ctxerr"
	exatls "github.com/exawire/exawire/tls"
)

// host is one entry of Config.Host after ranges were expanded.
type host struct {
	name        string // without the brackets and the zone of an IPv6 address
	zone        string // of an IPv6 address
	port        int    // 0 for Config.Port
	fingerprint string // "" for Config.CertificateFingerprint, noCertCheck for none
}

// noCertCheck in the place of a fingerprint switches the verification of the certificate off.
const noCertCheck = "nocertcheck"

// What a host list can expand to is bounded by maxHosts names of maxName bytes; a name in the DNS has at most 253.
const (
	maxHosts = 4096
	maxName  = 255
)

// parseHosts expands a host list. A port or fingerprint holds for the hosts to its left too, up to the next one that has
// its own. Errors name entries by their number: a connection string with a stray separator brings pieces of a password
// here.
func parseHosts(list string) ([]host, error) {
	var hosts []host
	number := 0
	for entry := range strings.SplitSeq(list, ",") {
		number++
		expanded, err := parseHost(strings.TrimSpace(entry))
		if err != nil {
			return nil, fmt.Errorf("entry %d %w", number, err)
		}
		if hosts = append(hosts, expanded...); len(hosts) > maxHosts {
			return nil, fmt.Errorf("names more than %d hosts", maxHosts)
		}
	}
	port, fingerprint := 0, ""
	for i := len(hosts) - 1; i >= 0; i-- {
		h := &hosts[i]
		setDefault(&h.port, port)
		setDefault(&h.fingerprint, fingerprint)
		port, fingerprint = h.port, h.fingerprint
	}
	return hosts, nil
}

// parseHost reads one entry: name or range, then "/fingerprint" and ":port" if given.
func parseHost(entry string) ([]host, error) {
	h, rest, err := cutName(entry)
	if err != nil {
		return nil, err
	}
	if pin, ok := strings.CutPrefix(rest, "/"); ok {
		if h.fingerprint, rest, ok = cutPin(pin); !ok {
			return nil, fmt.Errorf("has neither a fingerprint of 64 hexadecimal digits nor %s behind its slash", noCertCheck)
		}
	}
	if text, ok := strings.CutPrefix(rest, ":"); ok {
		port, err := strconv.ParseUint(text, 10, 16)
		switch {
		case err == nil && port > 0:
			h.port, rest = int(port), ""
		case strings.Contains(text, "/"):
			return nil, errors.New("has its fingerprint behind the port: it belongs before, as in host/fingerprint:port")
		case strings.Contains(text, ":"):
			return nil, errors.New("has several colons: put an IPv6 address in brackets, as in [::1]:8563")
		default:
			return nil, errors.New("has a port that is not between 1 and 65535")
		}
	}
	if rest != "" {
		return nil, errors.New("has neither a port nor a fingerprint behind its brackets")
	}
	return expandRange(h)
}

// cutName parts an entry into its name and what follows.
func cutName(entry string) (h host, rest string, err error) {
	if inner, ok := strings.CutPrefix(entry, "["); ok {
		text, rest, closed := strings.Cut(inner, "]")
		addr, err := netip.ParseAddr(text)
		if !closed || err != nil || !addr.Is6() || !validName(addr.Zone()) {
			return host{}, "", errors.New("has something else than an IPv6 address in its brackets")
		}
		return host{name: addr.WithZone("").String(), zone: addr.Zone()}, rest, nil
	}
	end := strings.IndexAny(entry, "/:")
	if end < 0 {
		end = len(entry)
	}
	h.name, rest = entry[:end], entry[end:]
	switch {
	case h.name == "" && strings.HasPrefix(rest, ":") && strings.Count(rest, ":") > 1:
		return host{}, "", errors.New("has several colons: put an IPv6 address in brackets, as in [::1]:8563")
	case h.name == "":
		return host{}, "", errors.New("has no host name")
	case len(h.name) > maxName:
		return host{}, "", errors.New("has a name that is too long")
	case !validName(h.name):
		return host{}, "", errors.New("has a character that no host name has")
	}
	return h, rest, nil
}

// validName keeps what is no name from being sent to a name server: it may be part of a password.
func validName(name string) bool {
	for _, r := range name {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("-_.", r) {
			return false
		}
	}
	return true
}

// pairedPin is the length of a fingerprint with colons between its bytes.
const pairedPin = 3*sha256.Size - 1

// cutPin parts what stands behind the slash of an entry into the fingerprint and what follows: nothing, or ":" and the port.
func cutPin(s string) (fingerprint, rest string, ok bool) {
	end := strings.IndexByte(s, ':')
	switch {
	case end == 2 && len(s) >= pairedPin: // a colon behind the first byte begins no port
		end = pairedPin
	case end < 0:
		end = len(s)
	}
	rest = s[end:]
	fingerprint, ok = parsePin(s[:end])
	return fingerprint, rest, ok && (rest == "" || rest[0] == ':')
}

// parsePin reads a fingerprint in one of the two forms that can be told from a port and from the next entry of a list: its
// digits alone, or with a colon behind each byte.
func parsePin(pin string) (fingerprint string, ok bool) {
	if strings.EqualFold(pin, noCertCheck) {
		return noCertCheck, true
	}
	digits, err := exatls.ParseFingerprint(pin)
	if err != nil {
		return "", false
	}
	for i := 2; i < len(pin) && len(pin) == pairedPin; i += 3 {
		if pin[i] != ':' {
			return "", false
		}
	}
	return digits, len(pin) == len(digits) || len(pin) == pairedPin
}

// likePin reports whether text behind a slash was meant as a fingerprint, though it is none: it has the digits of a hash in
// a row, with nothing but what tools put between them. The shortest hash is SHA-1.
func likePin(text string) bool {
	digits := 0
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'f':
			if digits++; digits == 2*sha1.Size {
				return true
			}
		case !strings.ContainsRune(":- ", r):
			digits = 0
		}
	}
	return false
}

// expandRange turns "exa01..12.corp" into twelve hosts. The width of the first number is kept, zeros included.
func expandRange(h host) ([]host, error) {
	left, right, ok := strings.Cut(h.name, "..")
	if !ok {
		return []host{h}, nil
	}
	prefix := strings.TrimRight(left, "0123456789")
	first := left[len(prefix):]
	suffix := strings.TrimLeft(right, "0123456789")
	last := right[:len(right)-len(suffix)]
	lo, errLo := strconv.ParseUint(first, 10, 32)
	hi, errHi := strconv.ParseUint(last, 10, 32)
	switch {
	case errLo != nil || errHi != nil || strings.Contains(suffix, ".."):
		return nil, errors.New("is not a range such as exa1..4 or 10.0.0.11..14")
	case hi < lo:
		return nil, errors.New("is a range that goes down")
	case hi-lo >= maxHosts:
		return nil, fmt.Errorf("is a range of more than %d hosts", maxHosts)
	}
	hosts := make([]host, 0, hi-lo+1)
	for n := lo; n <= hi; n++ {
		one := h
		one.name = fmt.Sprintf("%s%0*d%s", prefix, len(first), n, suffix)
		hosts = append(hosts, one)
	}
	return hosts, nil
}

// target is one address to try.
type target struct {
	host host
	addr string // "address:port" to dial
}

// lookupFunc returns the addresses of a name.
type lookupFunc func(ctx context.Context, name string) ([]string, error)

// targets yields the addresses to try: see targetsOf. With DialContext names are not looked up: a proxy may know names
// that this machine does not.
func (c *Client) targets(ctx context.Context) iter.Seq2[target, error] {
	if c.cfg.DialContext != nil {
		return targetsOf(ctx, c.hosts, nil)
	}
	return targetsOf(ctx, c.hosts, c.lookup)
}

// targetsOf yields all addresses of all hosts in random order: first one address of each host, then the others. Names are
// looked up when it is their turn, so that one that cannot be resolved does not delay the hosts before it. It is reported
// as a *ConnectError and does not keep the others from being tried. No address comes twice, unless it has several names
// and the server's certificate has to be for one of them.
func targetsOf(ctx context.Context, hosts []host, lookup lookupFunc) iter.Seq2[target, error] {
	return func(yield func(target, error) bool) {
		seen := map[target]bool{}
		var more []target
		for _, i := range rand.Perm(len(hosts)) {
			h := hosts[i]
			addrs, err := addressesOf(ctx, h, lookup)
			if err != nil {
				if !yield(target{}, &ConnectError{Addr: net.JoinHostPort(h.name, strconv.Itoa(h.port)), Op: "resolve", Err: err}) {
					return
				}
				continue
			}
			fresh := 0
			for _, j := range rand.Perm(len(addrs)) {
				t := target{host: h, addr: net.JoinHostPort(addrs[j], strconv.Itoa(h.port))}
				key := t
				if h.fingerprint != "" {
					key.host.name = "" // the certificate is not compared with the name
				}
				if seen[key] {
					continue
				}
				seen[key] = true
				if fresh++; fresh > 1 {
					more = append(more, t)
				} else if !yield(t, nil) {
					return
				}
			}
		}
		for _, i := range rand.Perm(len(more)) {
			if !yield(more[i], nil) {
				return
			}
		}
	}
}

// addressesOf returns what to dial for a host. Addresses stand for themselves, and so do names if lookup is nil.
func addressesOf(ctx context.Context, h host, lookup lookupFunc) ([]string, error) {
	if h.zone != "" {
		return []string{h.name + "%" + h.zone}, nil
	}
	if _, err := netip.ParseAddr(h.name); err == nil || lookup == nil {
		return []string{h.name}, nil
	}
	addrs, err := lookup(ctx, h.name)
	switch {
	case err != nil:
		return nil, err
	case len(addrs) == 0:
		return nil, errors.New("the name has no address")
	}
	return addrs, nil
}

// lookup asks the system, for as long as one attempt to connect may take.
func (c *Client) lookup(ctx context.Context, name string) ([]string, error) {
	bounded, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupHost(bounded, name)
	if ended := ctxerr.Of(ctx); err != nil && ended != nil {
		return nil, fmt.Errorf("%w: %w", ended, err)
	}
	return addrs, err
}
