package hostlist

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
)

// Target is one address to try.
type Target struct {
	Host Host
	Addr string // "address:port" to dial
}

// Lookup returns the addresses of a name.
type Lookup func(ctx context.Context, name string) ([]string, error)

// LookupError says why a host has no address.
type LookupError struct {
	Addr string // name:port
	Err  error
}

// Error names the host and the cause.
func (e *LookupError) Error() string { return e.Addr + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *LookupError) Unwrap() error { return e.Err }

// Targets yields all addresses of all hosts in random order: first one address of each host, then the others. Names are
// looked up when it is their turn, so that one that cannot be resolved does not delay the hosts before it. That is
// reported and does not keep the others from being tried. No address comes twice, unless it has several names and the
// server's certificate has to be for one of them.
func Targets(ctx context.Context, hosts []Host, lookup Lookup) iter.Seq2[Target, *LookupError] {
	return func(yield func(Target, *LookupError) bool) {
		seen := map[Target]bool{}
		var more []Target
		for _, i := range rand.Perm(len(hosts)) {
			h := hosts[i]
			addrs, err := addresses(ctx, h, lookup)
			if err != nil {
				if !yield(Target{}, &LookupError{Addr: net.JoinHostPort(h.Name, strconv.Itoa(h.Port)), Err: err}) {
					return
				}
				continue
			}
			fresh := 0
			for _, j := range rand.Perm(len(addrs)) {
				t := Target{Host: h, Addr: net.JoinHostPort(addrs[j], strconv.Itoa(h.Port))}
				key := t
				if h.Fingerprint != "" {
					key.Host.Name = "" // the certificate is not compared with the name
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

// addresses returns what to dial for a host. Addresses stand for themselves, and so do names if lookup is nil.
func addresses(ctx context.Context, h Host, lookup Lookup) ([]string, error) {
	if h.Zone != "" {
		return []string{h.Name + "%" + h.Zone}, nil
	}
	if _, err := netip.ParseAddr(h.Name); err == nil || lookup == nil {
		return []string{h.Name}, nil
	}
	addrs, err := lookup(ctx, h.Name)
	switch {
	case err != nil:
		return nil, err
	case len(addrs) == 0:
		return nil, errors.New("the name has no address")
	}
	return addrs, nil
}
