package exawire

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"os"
	"strings"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/hostlist"
	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/wire"
	exatls "github.com/exawire/exawire/tls"
)

// Client opens sessions from one validated configuration. It holds no connection and needs no closing. It is safe for
// concurrent use.
type Client struct {
	cfg   *Config // with defaults; never changed
	hosts []hostlist.Host
}

// New validates a copy of the configuration. The error joins a [*ConfigError] for each thing that is wrong.
func New(cfg *Config) (*Client, error) {
	if cfg == nil {
		return nil, &ConfigError{Field: "Config", Reason: "is nil"}
	}
	full, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	hosts, err := hostlist.Parse(full.Host)
	if err != nil {
		return nil, &ConfigError{Field: "Host", Reason: err.Error()}
	}
	for i := range hosts {
		setDefault(&hosts[i].Port, full.Port)
		setDefault(&hosts[i].Fingerprint, full.CertificateFingerprint)
	}
	return &Client{cfg: full, hosts: hosts}, nil
}

// Connect opens a session described by a DSN: [ParseDSN], [New] and [Client.Connect] in one.
func Connect(ctx context.Context, dsn string) (*Session, error) {
	cfg, err := ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	client, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return client.Connect(ctx)
}

// String returns the DSN of the configuration without secrets.
func (c *Client) String() string { return c.config().String() }

// Format writes what String returns, for every verb of package fmt.
func (c *Client) Format(f fmt.State, verb rune) { c.config().Format(f, verb) }

// Config returns a copy of the client's configuration with the defaults filled in.
func (c *Client) Config() *Config { return c.config().Clone() }

// Hosts returns each host of Config.Host by itself, in the order of the list, with its port and its fingerprint or
// nocertcheck, in the form of Config.Host: a [Config] with one of them as its Host is for that host alone. Ranges are
// expanded. Names are not looked up, so a name may stand for several addresses. The slice is the caller's. It is nil for a
// nil Client.
func (c *Client) Hosts() []string {
	if c == nil {
		return nil
	}
	hosts := make([]string, len(c.hosts))
	for i, h := range c.hosts {
		hosts[i] = h.String()
	}
	return hosts
}

// Dial opens a connection to one of the hosts without logging in: the session that it returns accepts only Login,
// LoginToken, SubLogin, SubLoginToken and Close. Hosts and addresses are tried in random order until one answers. The error
// joins a [*ConnectError] for each that did not.
func (c *Client) Dial(ctx context.Context) (*Session, error) {
	if err := c.mayTry(ctx); err != nil {
		return nil, failed(wire.Nothing, err)
	}
	return c.try(ctx, func(context.Context, *Session) loginOutcome { return loginOutcome{} })
}

// Connect opens a connection to one of the hosts and logs in as the configuration says. Hosts and addresses are tried in
// random order until one accepts the connection. The credentials are sent once: if a server rejects them, or the connection
// is lost after they have left, Connect does not try another host, since each attempt may count as a wrong password. The
// error joins a [*ConnectError] for each failure. An [*Error] inside it is what the server said. [SafeToRetry] is true if no
// server has refused and no credentials have left. The caller must close the session.
func (c *Client) Connect(ctx context.Context) (*Session, error) {
	if err := c.mayTry(ctx); err != nil {
		return nil, failed(wire.Nothing, err)
	}
	if c.cfg.User == "" && c.cfg.TokenSource == nil && c.cfg.Token == (Token{}) {
		return nil, failed(wire.Nothing, &ConfigError{Field: "User", Reason: "is not set, and neither is a token"})
	}
	return c.try(ctx, func(ctx context.Context, s *Session) loginOutcome { return s.loginFromConfig(ctx) })
}

// try opens a connection to each target in turn until one is set up.
func (c *Client) try(ctx context.Context, setUp func(context.Context, *Session) loginOutcome) (*Session, error) {
	if ctx.Err() != nil {
		return nil, failed(wire.Nothing, errtext.Errorf("connect: %w", ctxerr.Of(ctx)))
	}
	var errs []error
	sent := wire.Nothing
	start := ConnectStart{Attempt: 1, Time: time.Now()}
	for t, unresolved := range c.targets(ctx) {
		var s *Session
		var out loginOutcome
		var err error
		if unresolved != nil {
			start.Addr = unresolved.Addr
			err = c.notResolved(ctx, start, unresolved)
		} else {
			start.Addr, start.Time = t.Addr, time.Now()
			s, out, err = c.attempt(ctx, t, start, c.cfg.ProtocolVersion, setUp)
		}
		if out.versioned && !c.cfg.usesToken() {
			start.Attempt, start.Time = start.Attempt+1, time.Now()
			s, out, err = c.attempt(ctx, t, start, commands.V1, setUp)
		}
		if err == nil {
			return s, nil
		}
		errs = append(errs, err)
		if sent = out.Sent; ctx.Err() != nil || out.final || sent != wire.Nothing {
			break
		}
		start.Attempt, start.Time = start.Attempt+1, time.Now()
	}
	return nil, failed(sent, errtext.Join(errs...))
}

// targets yields the addresses to try: see hostlist.Targets. With DialContext names are not looked up: a proxy may know names
// that this machine does not.
func (c *Client) targets(ctx context.Context) iter.Seq2[hostlist.Target, *hostlist.LookupError] {
	if c.cfg.DialContext != nil {
		return hostlist.Targets(ctx, c.hosts, nil)
	}
	return hostlist.Targets(ctx, c.hosts, c.lookup)
}

// lookup asks the system, for as long as one attempt to connect may take.
func (c *Client) lookup(ctx context.Context, name string) ([]string, error) {
	bounded, cancel := context.WithTimeout(ctx, c.cfg.ConnectTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupHost(bounded, name)
	if ended := ctxerr.Of(ctx); err != nil && ended != nil {
		return nil, errtext.Errorf("%w: %w", ended, err)
	}
	return addrs, err
}

// notResolved tells of a name that has no address. The lookup is over by then, and began at the start's Time.
func (c *Client) notResolved(ctx context.Context, start ConnectStart, unresolved *hostlist.LookupError) error {
	_, err := tracedOpen(ctx, c.cfg.Tracer, start, func(ctx context.Context) (*Session, ConnectEnd) {
		return nil, notConnected(start.Addr, "resolve", ClassConnection, unresolved.Err)
	})
	return err
}

// attempt opens a connection to one address and sets the session up. Nothing is left open if that fails.
func (c *Client) attempt(
	ctx context.Context, t hostlist.Target, start ConnectStart, v commands.Version, setUp func(context.Context, *Session) loginOutcome,
) (s *Session, out loginOutcome, err error) {
	s, err = tracedOpen(ctx, c.cfg.Tracer, start, func(ctx context.Context) (*Session, ConnectEnd) {
		return dial(ctx, c.cfg, t, func(s *Session) ConnectEnd {
			s.askVersion = v
			out = setUp(ctx, s)
			return s.loggedIn(ctx, &out.outcome)
		})
	})
	return s, out, err
}

// notConnected is the end of an attempt to connect. class is that of the error as long as the caller is there.
func notConnected(addr, op string, class ErrorClass, err error) ConnectEnd {
	return ConnectEnd{Op: op, Class: class, Err: &ConnectError{Addr: addr, Op: op, Err: err}}
}

// loggedIn is the end of an attempt whose login has come to this outcome.
func (s *Session) loggedIn(ctx context.Context, out *outcome) ConnectEnd {
	if out.ok() {
		return ConnectEnd{}
	}
	end := notConnected(s.Addr(), "login", s.classOf(ctx, out), out.text())
	if refusal := out.refusal(); refusal != nil {
		end.Class, end.SQLCode = refusal.Class(), refusal.SQLCode
	}
	return end
}

// dial opens a WebSocket connection to one address within the ConnectTimeout, and lets setUp make a session of it. Nothing is
// left open if that fails.
func dial(ctx context.Context, cfg *Config, t hostlist.Target, setUp func(*Session) ConnectEnd) (*Session, ConnectEnd) {
	s, end := dialOnly(ctx, cfg, t)
	if s == nil {
		return nil, end
	}
	ready := false
	defer func() {
		if !ready { // a source of credentials may panic
			s.abandon(ClassUnknown, errors.New("the login failed"))
		}
	}()
	if end = setUp(s); end.Err != nil {
		return nil, end
	}
	ready = true
	return s, end
}

// dialOnly is dial without more than the connection.
func dialOnly(ctx context.Context, cfg *Config, t hostlist.Target) (*Session, ConnectEnd) {
	ctx, cancel := context.WithTimeout(ctx, cfg.ConnectTimeout)
	defer cancel()
	o := socket.Options{
		DialContext:  cfg.DialContext,
		Path:         cfg.Path,
		MessageLimit: cfg.MessageLimit,
	}
	if !cfg.Plaintext {
		pin := t.Host.Fingerprint
		base := cfg.TLS
		name := t.Host.Name
		if base != nil && base.ServerName != "" {
			name = "" // the user's choice stands
		}
		tlsConfig, err := exatls.ClientConfig(exatls.Options{
			Base: base, ServerName: name, Fingerprint: pinOf(pin), SkipVerify: pin == hostlist.NoCertCheck,
		})
		if err != nil {
			return nil, notConnected(t.Addr, "tls", ClassArgument, err)
		}
		o.TLS = tlsConfig
	}
	conn, err := socket.Dial(ctx, t.Addr, t.Host.Name, o)
	if err != nil {
		op := "dial"
		var stage *socket.DialError
		if errors.As(err, &stage) {
			op, err = stage.Op, stage.Err
		}
		return nil, notConnected(t.Addr, op, ClassConnection, exatls.Explain(err)) // says what to do about it
	}
	s := newSession(cfg, t)
	s.conn = wire.New(conn, wire.Options{
		Codec: cfg.Codec, MessageLimit: cfg.MessageLimit, CancelGrace: cfg.CancelGrace, OnClose: s.closed,
	})
	return s, ConnectEnd{}
}

func pinOf(fingerprint string) string {
	if fingerprint == hostlist.NoCertCheck {
		return ""
	}
	return fingerprint
}

// ConnectError names the step at which a session could not be opened.
type ConnectError struct {
	Addr string // host:port
	Op   string // "resolve", "dial", "tls", "upgrade" or "login"
	Err  error  // the cause; an *Error if the server rejected the login
}

// Error names address, step and cause, each once: what the cause says of the address and the step is left out.
func (e *ConnectError) Error() string {
	cause := strings.TrimPrefix(errtext.Bare(reasonOf(e.Err)), e.Op+": ")
	return errtext.Sprintf("connect to %s: %s: %s", e.Addr, e.Op, cause)
}

// reasonOf returns the error of the operating system inside one of the network, and any other as it is. It is for texts.
func reasonOf(err error) error {
	switch e := err.(type) { //nolint:errorlint // only what is outermost repeats what has been said
	case *net.OpError:
		return reasonOf(e.Err)
	case *os.SyscallError:
		return e.Err
	}
	return err
}

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

var errNoClient = errors.New("exawire: the client was not made by New")

// config returns the configuration of the client.
func (c *Client) config() *Config {
	if c == nil || c.cfg == nil {
		return absentSession.cfg
	}
	return c.cfg
}

// mayTry says why a client cannot open a session.
func (c *Client) mayTry(ctx context.Context) error {
	switch {
	case c == nil || c.cfg == nil:
		return errNoClient
	case ctx == nil:
		return errNoContext
	}
	return nil
}
