// Package hostlist reads lists of hosts, with ranges, ports and fingerprints, and says which addresses to try in which
// order.
package hostlist

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// Host is one entry of a list after ranges were expanded.
type Host struct {
	Name        string // without the brackets and the zone of an IPv6 address
	Zone        string // of an IPv6 address
	Port        int    // 0 if it has none of its own
	Fingerprint string // "" if it has none of its own, NoCertCheck for none
}

// String returns the entry for this host alone, in the form that Parse reads.
func (h Host) String() string {
	text := h.Name
	if strings.Contains(text, ":") {
		if h.Zone != "" {
			text += "%" + h.Zone
		}
		text = "[" + text + "]"
	}
	if h.Fingerprint != "" {
		text += "/" + strings.ToLower(strings.ReplaceAll(h.Fingerprint, ":", ""))
	}
	if h.Port != 0 {
		text += ":" + strconv.Itoa(h.Port)
	}
	return text
}

// What a host list can expand to is bounded by MaxHosts names of maxName bytes; a name in the DNS has at most 253.
const (
	MaxHosts = 4096
	maxName  = 255
)

// Parse expands a host list. A port or fingerprint holds for the hosts to its left too, up to the next one that has
// its own. Errors name entries by their number: a DSN with a stray separator brings pieces of a password
// here.
func Parse(list string) ([]Host, error) {
	var hosts []Host
	number := 0
	for entry := range strings.SplitSeq(list, ",") {
		number++
		expanded, err := parseHost(strings.TrimSpace(entry))
		if err != nil {
			return nil, fmt.Errorf("entry %d %w", number, err)
		}
		if hosts = append(hosts, expanded...); len(hosts) > MaxHosts {
			return nil, fmt.Errorf("names more than %d hosts", MaxHosts)
		}
	}
	port, fingerprint := 0, ""
	for i := len(hosts) - 1; i >= 0; i-- {
		h := &hosts[i]
		if h.Port == 0 {
			h.Port = port
		}
		if h.Fingerprint == "" {
			h.Fingerprint = fingerprint
		}
		port, fingerprint = h.Port, h.Fingerprint
	}
	return hosts, nil
}

// parseHost reads one entry: name or range, then "/fingerprint" and ":port" if given.
func parseHost(entry string) ([]Host, error) {
	h, rest, err := cutName(entry)
	if err != nil {
		return nil, err
	}
	if pin, ok := strings.CutPrefix(rest, "/"); ok {
		if h.Fingerprint, rest, ok = CutFingerprint(pin); !ok {
			return nil, fmt.Errorf("has neither a fingerprint of 64 hexadecimal digits nor %s behind its slash", NoCertCheck)
		}
	}
	if text, ok := strings.CutPrefix(rest, ":"); ok {
		port, err := strconv.ParseUint(text, 10, 16)
		switch {
		case err == nil && port > 0:
			h.Port, rest = int(port), ""
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
func cutName(entry string) (h Host, rest string, err error) {
	if inner, ok := strings.CutPrefix(entry, "["); ok {
		text, rest, closed := strings.Cut(inner, "]")
		addr, err := netip.ParseAddr(text)
		if !closed || err != nil || !addr.Is6() || !validName(addr.Zone()) {
			return Host{}, "", errors.New("has something else than an IPv6 address in its brackets")
		}
		return Host{Name: addr.WithZone("").String(), Zone: addr.Zone()}, rest, nil
	}
	end := strings.IndexAny(entry, "/:")
	if end < 0 {
		end = len(entry)
	}
	h.Name, rest = entry[:end], entry[end:]
	switch {
	case h.Name == "" && strings.HasPrefix(rest, ":") && strings.Count(rest, ":") > 1:
		return Host{}, "", errors.New("has several colons: put an IPv6 address in brackets, as in [::1]:8563")
	case h.Name == "":
		return Host{}, "", errors.New("has no host name")
	case len(h.Name) > maxName:
		return Host{}, "", errors.New("has a name that is too long")
	case !validName(h.Name):
		return Host{}, "", errors.New("has a character that no host name has")
	}
	return h, rest, nil
}

// IsName reports whether text can be the name of a host.
func IsName(text string) bool { return text != "" && len(text) <= maxName && validName(text) }

// validName keeps what is no name from being sent to a name server: it may be part of a password.
func validName(name string) bool {
	for _, r := range name {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("-_.", r) {
			return false
		}
	}
	return true
}

// expandRange turns "exa01..12.corp" into twelve hosts. The width of the first number is kept, zeros included.
func expandRange(h Host) ([]Host, error) {
	left, right, ok := strings.Cut(h.Name, "..")
	if !ok {
		return []Host{h}, nil
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
	case hi-lo >= MaxHosts:
		return nil, fmt.Errorf("is a range of more than %d hosts", MaxHosts)
	}
	hosts := make([]Host, 0, hi-lo+1)
	for n := lo; n <= hi; n++ {
		one := h
		one.Name = fmt.Sprintf("%s%0*d%s", prefix, len(first), n, suffix)
		hosts = append(hosts, one)
	}
	return hosts, nil
}
