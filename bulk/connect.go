package bulk

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/hostlist"
	"github.com/exawire/exawire/internal/together"
	"github.com/exawire/exawire/internal/tunnel"
)

// open opens a tunnel for each file of a group, all at the same time. If one cannot be opened, none is left.
func (f *flow) open(ctx context.Context, group []int, failed func()) ([]*tunnel.Tunnel, []place, *Error) {
	if len(group) > 1 && f.nodes == nil {
		f.nodes = f.otherNodes(ctx)
	}
	conns, places := make([]net.Conn, len(group)), make([]place, len(group))
	errs := make([]*FileError, len(group))
	opened := false
	defer func() {
		for _, nc := range conns {
			if nc != nil && !opened { // also if the user's DialContext panics
				_ = nc.Close()
			}
		}
	}()
	// The last call makes the key, which takes as long as dialling does.
	var id *tunnel.Identity
	var idErr error
	_ = together.Call(ctx, len(group)+1, func(ctx context.Context, n int) error {
		if n == len(group) {
			if f.guard.encrypted {
				id, idErr = f.identity()
			}
			return idErr
		}
		nc, addr, err := f.dial(ctx, n)
		if err == nil {
			conns[n], places[n] = nc, f.place(addr, group[n])
			return nil
		}
		if ctx.Err() == nil { // or else another one has failed before
			err.Name = f.files[group[n]].label
			errs[n] = err
		}
		return err
	})
	switch failure := f.failed(idErr, errs...); {
	case ctx.Err() != nil:
		return nil, nil, f.failed(ctxerr.Of(ctx))
	case failure.SQL != nil || len(failure.Files) > 0:
		return nil, nil, failure
	}
	opened = true
	var tunnels []*tunnel.Tunnel
	for n, i := range group {
		if f.guard.pinned {
			places[n].pin = id.Pin()
		}
		m := f.files[i]
		tn := tunnel.New(ctx, conns[n], id, f.body(m, places[n].name, failed))
		m.tunnel.Store(tn)
		tunnels = append(tunnels, tn)
	}
	return tunnels, places, nil
}

// place says where the file at an index is. Statements on the same session use the names again, one after the other.
func (f *flow) place(addr string, i int) place {
	scheme := "http://"
	if f.guard.encrypted {
		scheme = "https://"
	}
	return place{address: scheme + addr, name: fmt.Sprintf("%03d%s", i, f.files[i].suffix)}
}

// dial opens the n-th tunnel of a statement: the first to the node of the session, the others to all nodes in turn.
func (f *flow) dial(ctx context.Context, n int) (nc net.Conn, addr string, err *FileError) {
	if n %= len(f.nodes) + 1; n > 0 {
		node := f.nodes[n-1]
		if _, silent := f.silent.Load(node); !silent {
			// It may be an address behind which nobody answers, so the node of the session gets most of the time.
			if nc, addr, err = f.dialWithin(ctx, node, f.cfg.ConnectTimeout/hintShare); err == nil || ctx.Err() != nil {
				return nc, addr, err
			}
			f.silent.Store(node, true)
		}
	}
	return f.dialWithin(ctx, f.t.session.Addr(), f.cfg.ConnectTimeout)
}

// hintShare is which part of Config.ConnectTimeout an attempt gets to reach a node other than that of the session.
const hintShare = 4

// dialWithin is dialNode within some time.
func (f *flow) dialWithin(ctx context.Context, node string, limit time.Duration) (net.Conn, string, *FileError) {
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	nc, addr, err := f.dialNode(within, node)
	if err != nil && within.Err() != nil && ctx.Err() == nil {
		// It must not look as if the caller's context had ended.
		err.Err = errtext.Errorf("%s: no answer within %v, see Config.ConnectTimeout", node, limit)
	}
	return nc, addr, err
}

var errNoConn = errors.New("Config.DialContext returned neither a connection nor an error")

// dialNode opens a tunnel to a node.
func (f *flow) dialNode(ctx context.Context, node string) (net.Conn, string, *FileError) {
	connect := f.cfg.DialContext
	if connect == nil {
		connect = (&net.Dialer{}).DialContext
	}
	nc, err := connect(ctx, "tcp", node)
	if err == nil && nc == nil {
		err = errNoConn
	}
	if err != nil {
		return nil, "", &FileError{Step: "connect", Err: errtext.Errorf("%s: %w", node, err)}
	}
	addr, err := tunnel.Open(ctx, nc)
	if err != nil {
		_ = nc.Close()
		return nil, "", &FileError{Step: "tunnel", Err: errtext.Errorf("%s: %w", node, err)}
	}
	return nc, addr, nil
}

// otherNodes returns the nodes beside that of the session: the hosts of the configuration, or if that has only one, what the
// database says. That is a hint: the client may see other addresses, and the tunnel is opened at the session's then.
func (f *flow) otherNodes(ctx context.Context) []string {
	own := f.t.session.Addr()
	nodes := []string{}
	add := func(addr string) {
		if addr != own {
			nodes = append(nodes, addr)
		}
	}
	hosts, err := hostlist.Parse(f.cfg.Host)
	if err == nil && len(hosts) > 1 {
		for _, h := range hosts {
			port := h.Port
			if port == 0 {
				port = f.cfg.Port
			}
			name := h.Name
			if h.Zone != "" {
				name += "%" + h.Zone
			}
			add(net.JoinHostPort(name, strconv.Itoa(port)))
		}
		rand.Shuffle(len(nodes), func(i, j int) { nodes[i], nodes[j] = nodes[j], nodes[i] })
		return nodes
	}
	_, port, err := net.SplitHostPort(own)
	if err != nil {
		return nodes
	}
	// Without an answer there is one node; if the session is broken, the statement will say so.
	known, _ := f.t.session.GetHosts(ctx)
	for _, name := range known.Nodes {
		if hostlist.IsName(name) || net.ParseIP(name) != nil {
			add(net.JoinHostPort(name, port))
		}
	}
	return nodes
}
