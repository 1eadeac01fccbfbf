package exawire

import (
	"context"

	"github.com/exawire/exawire/internal/wire"
)

// Host is what parseHosts makes of one host.
type Host struct {
	Name        string
	Zone        string
	Port        int
	Fingerprint string
}

const MaxHosts = maxHosts

// ParseHosts is parseHosts.
func ParseHosts(list string) ([]Host, error) {
	hosts, err := parseHosts(list)
	var exported []Host
	for _, h := range hosts {
		exported = append(exported, Host{Name: h.name, Zone: h.zone, Port: h.port, Fingerprint: h.fingerprint})
	}
	return exported, err
}

// Lookup is lookupFunc.
type Lookup = lookupFunc

// Target is an address to try, and the host that it is of.
type Target struct {
	Host Host
	Addr string
}

// Targets collects what targetsOf yields for the hosts of a list with all ports set; nothing is looked up if lookup is
// nil. Not more than most addresses and errors together are taken.
func Targets(ctx context.Context, list string, lookup Lookup, most int) (targets []Target, errs []error) {
	hosts, err := parseHosts(list)
	if err != nil {
		return nil, []error{err}
	}
	for t, err := range targetsOf(ctx, hosts, lookup) {
		if err != nil {
			errs = append(errs, err)
		} else {
			h := Host{Name: t.host.name, Zone: t.host.zone, Port: t.host.port, Fingerprint: t.host.fingerprint}
			targets = append(targets, Target{Host: h, Addr: t.addr})
		}
		if len(targets)+len(errs) == most {
			break
		}
	}
	return targets, errs
}

// DSNKeys returns all names of each key, the one that DSN writes first.
func DSNKeys() [][]string {
	var keys [][]string
	for _, k := range dsnKeys {
		keys = append(keys, append([]string{k.name}, k.aliases...))
	}
	return keys
}

// InitialAttributes returns what a session of the configuration sets at login, by name.
func (c *Config) InitialAttributes() map[string]string {
	values := map[string]string{}
	for _, a := range c.initialAttributes() {
		values[a.Name()] += a.JSON()
	}
	return values
}

// NotSent and WasSent are errors of commands of which nothing and all has left.
func NotSent(err error) error { return failed(wire.Nothing, err) }
func WasSent(err error) error { return failed(wire.Whole, err) }

// OSUserName is osUserName.
var OSUserName = osUserName

// Differences is differences.
var Differences = differences

// CutKeyword is cutKeyword.
var CutKeyword = cutKeyword
