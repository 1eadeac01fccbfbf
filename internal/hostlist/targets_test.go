package hostlist_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/hostlist"
)

// addressBook is a lookup without a name server.
type addressBook map[string][]string

var errNoSuchHost = errors.New("no such host")

func (b addressBook) lookup(_ context.Context, name string) ([]string, error) {
	addrs, ok := b[name]
	if !ok {
		return nil, errNoSuchHost
	}
	return addrs, nil
}

const everything = -1

// collect returns what Targets yields for the hosts of a list, not more than most addresses and errors together.
func collect(ctx context.Context, list string, lookup hostlist.Lookup, most int) (targets []hostlist.Target, errs []*hostlist.LookupError) {
	hosts, err := hostlist.Parse(list)
	if err != nil {
		panic(err)
	}
	for t, err := range hostlist.Targets(ctx, hosts, lookup) {
		if err != nil {
			errs = append(errs, err)
		} else {
			targets = append(targets, t)
		}
		if len(targets)+len(errs) == most {
			break
		}
	}
	return targets, errs
}

func addrsOf(targets []hostlist.Target) []string {
	var addrs []string
	for _, t := range targets {
		addrs = append(addrs, t.Addr)
	}
	return addrs
}

func TestTargetsAreAllAddresses(t *testing.T) {
	book := addressBook{"two": {"10.0.0.1", "10.0.0.2"}, "six": {"::6"}, "empty": {}, "alias": {"10.0.0.2"}}
	tests := []struct {
		name   string
		list   string
		lookup hostlist.Lookup
		want   []string // sorted
		errs   []string // Addr of each, sorted
	}{
		{"addresses of a name", "two:1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1"}, nil},
		{"addresses are not looked up", "10.0.0.9,[::9%eth0]:1", book.lookup, []string{"10.0.0.9:1", "[::9%eth0]:1"}, nil},
		{"address of IPv6", "six:1", book.lookup, []string{"[::6]:1"}, nil},
		{"no lookup at all", "two,six:1", nil, []string{"six:1", "two:1"}, nil},
		{"same host twice", "two,two:1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1"}, nil},
		{"same host with two ports", "10.0.0.1:1,10.0.0.1:2", book.lookup, []string{"10.0.0.1:1", "10.0.0.1:2"}, nil},
		{"two names of an address, as the certificate may be for one of them", "two,alias:1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1", "10.0.0.2:1"}, nil},
		{"two names of a pinned address", "two,alias/" + pinA + ":1", book.lookup, []string{"10.0.0.1:1", "10.0.0.2:1"}, nil},
		{"unknown names", "nope,six,nada:1", book.lookup, []string{"[::6]:1"}, []string{"nada:1", "nope:1"}},
		{"name without address", "empty:1", book.lookup, nil, []string{"empty:1"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			targets, errs := collect(t.Context(), test.list, test.lookup, everything)
			got := addrsOf(targets)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			var failed []string
			for _, err := range errs {
				if !errors.Is(err, errNoSuchHost) && err.Error() != "empty:1: the name has no address" {
					t.Errorf("error is %v", err)
				}
				failed = append(failed, err.Addr)
			}
			slices.Sort(failed)
			if diff := cmp.Diff(test.errs, failed); diff != "" {
				t.Errorf("hosts that failed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTargetsBeginWithOneAddressOfEachHost(t *testing.T) {
	book := addressBook{"a": {"10.0.1.1", "10.0.1.2", "10.0.1.3"}, "b": {"10.0.2.1", "10.0.2.2"}, "c": {"10.0.3.1"}}
	for range 50 {
		targets, _ := collect(t.Context(), "a,b,c", book.lookup, everything)
		if len(targets) != 6 {
			t.Fatalf("%d targets, want 6", len(targets))
		}
		names := map[string]bool{}
		for _, target := range targets[:3] {
			names[target.Host.Name] = true
		}
		if len(names) != 3 {
			t.Fatalf("the first three addresses are %v, want one of each host", addrsOf(targets[:3]))
		}
	}
}

func TestTargetsOrderIsRandom(t *testing.T) {
	book := addressBook{"a": {"10.0.1.1", "10.0.1.2"}, "b": {"10.0.2.1", "10.0.2.2"}}
	first, last := map[string]int{}, map[string]int{}
	const rounds = 400 // an address that is first with probability 1/4 is missing after 400 rounds with one of 10^-50
	for range rounds {
		targets, _ := collect(t.Context(), "a,b", book.lookup, everything)
		first[targets[0].Addr]++
		last[targets[3].Addr]++
	}
	if len(first) != 4 || len(last) != 4 {
		t.Errorf("addresses that came first: %v, last: %v; want each of the four in both", first, last)
	}
}

func TestTargetsAreLookedUpWhenTheirTurnComes(t *testing.T) {
	lookups := 0
	lookup := func(context.Context, string) ([]string, error) {
		lookups++
		return []string{fmt.Sprintf("10.0.0.%d", lookups)}, nil
	}
	if _, errs := collect(t.Context(), "a1..50", lookup, 2); errs != nil {
		t.Fatal(errs)
	}
	if lookups != 2 {
		t.Errorf("%d names were looked up for the first two addresses", lookups)
	}
}
