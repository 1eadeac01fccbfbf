package exatest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// transfer is one file on its way through a tunnel. Nothing happens before it is opened.
type transfer struct {
	srv       *Server
	ctx       context.Context
	file      RemoteFile
	direction transferDirection

	opened bool
	plan   transferPlan
	u      *url.URL
	tunnel *tunnel
	stop   func() bool // of the end of the context
	nc     net.Conn
	reader *bufio.Reader
	last   bool  // the client has said that it answers no further request
	moved  int64 // bytes of the file
	err    error // the first one
}

func (s *Server) newTransfer(ctx context.Context, f RemoteFile, d transferDirection) *transfer {
	return &transfer{srv: s, ctx: ctx, file: f, direction: d, stop: func() bool { return true }}
}

// earlyAnswer is how long the database waits for a client that answers before it is asked, see [transfer.early].
const earlyAnswer = 10 * time.Millisecond

// open connects to the client by its tunnel.
func (t *transfer) open() error {
	if t.opened || t.err != nil {
		return t.err
	}
	t.opened = true
	if err := t.connect(); err != nil {
		return t.fail(err)
	}
	return nil
}

func (t *transfer) connect() (err error) {
	if t.u, err = t.file.target(); err != nil {
		return errBadURL
	}
	secure := t.u.Scheme == "https"
	t.plan = t.srv.planTransfer(secure, t.direction == writingError)
	if t.tunnel = t.srv.takeTunnel(t.u.Host); t.tunnel == nil {
		return errRefused
	}
	// What reads or writes does not look at the context: its connection ends with the command.
	t.stop = context.AfterFunc(t.ctx, func() { t.tunnel.cut(errTunnel) })
	if err := t.tunnel.seize(); err != nil {
		return errRefused
	}
	t.nc = t.tunnel
	if secure {
		if err := t.strikeTLS(); err != nil {
			return err
		}
		client := tls.Client(t.tunnel, t.srv.tunnelTLS(t.file.PublicKey))
		if err := client.HandshakeContext(t.ctx); err != nil {
			return handshakeFailure(err)
		}
		t.nc = client
	}
	t.reader = bufio.NewReaderSize(t.nc, 64<<10)
	return nil
}

// early reports whether the client has answered before it was asked, as some do that never read a request. Asking them
// is dangerous: they close the connection when they are done, and with a request that nobody has read the rest of the
// file is lost. Their first bytes come at about the same time as the statement, so they get a moment.
func (t *transfer) early() bool {
	if t.u.Scheme == "https" {
		return false // the database speaks first
	}
	_ = t.nc.SetReadDeadline(time.Now().Add(earlyAnswer))
	_, err := t.reader.Peek(1)
	_ = t.nc.SetReadDeadline(time.Time{})
	return err == nil
}

// fail ends the transfer. It returns the first error, as the statement reports it.
func (t *transfer) fail(err error) error {
	if t.err != nil {
		return t.err
	}
	var cause *curlError
	switch {
	case t.ctx.Err() != nil:
		t.err = context.Cause(t.ctx)
	case errors.As(err, &cause):
		t.err = t.direction.failed(t.file, t.moved, cause)
	default:
		t.err = err
	}
	t.release(err)
	return t.err
}

// release cuts the tunnel, unless a fault leaves it silent.
func (t *transfer) release(err error) {
	t.stop()
	if t.tunnel != nil && !errors.Is(err, errSilent) {
		t.tunnel.cut(errTunnel)
	}
}

// finish ends a transfer that is complete.
func (t *transfer) finish() {
	if secure, ok := t.nc.(*tls.Conn); ok {
		_ = secure.Close()
	}
	t.release(nil)
}

// tunnelTLS is how the database looks at the certificate of a client: by its key, if the statement has one, and not at
// all otherwise; releases that ask for more have refused the statement already.
func (s *Server) tunnelTLS(pin string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: s.cfg.release.newestTLS(),
		InsecureSkipVerify: true, // the pin is the check
		VerifyConnection: func(state tls.ConnectionState) error {
			sum := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
			if pin != "" && pin != "sha256//"+base64.StdEncoding.EncodeToString(sum[:]) {
				return errPin
			}
			return nil
		},
	}
}

// ask sends a request without a body and reads the head of the answer.
func (t *transfer) ask(method, header string) (*http.Response, error) {
	sent := t.request(method, header)
	if sent != nil && !hungUp(sent) {
		return nil, sent
	}
	res, err := t.reply(method)
	if err != nil && sent != nil {
		return nil, sendFailure(sent)
	}
	return res, err
}

// request sends the head of a request. It does not turn errors of the connection into those of a database.
func (t *transfer) request(method, header string) error {
	if t.last {
		// A database connects again, but the tunnel is used up.
		return errRefused
	}
	path := t.u.EscapedPath()
	action, err := t.strike(effect.StepRequest)
	switch {
	case err != nil:
		return err
	case action == effect.Nonsense:
		_, err := io.WriteString(t.nc, nonsense)
		return err
	case action == effect.WrongPath:
		path += ".unknown"
	case action == effect.WrongMethod:
		method = "TRACE"
	}
	_, err = fmt.Fprintf(t.nc, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: exatest\r\nAccept: */*\r\n%s\r\n", method, path, t.u.Host, header)
	return err
}

// reply reads the head of the client's answer. Provisional answers are skipped, whether they were asked for or not.
func (t *transfer) reply(method string) (*http.Response, error) {
	if err := t.strikeReply(); err != nil {
		return nil, err
	}
	for {
		if _, err := t.reader.Peek(1); err != nil {
			return nil, replyFailure(err)
		}
		res, err := http.ReadResponse(t.reader, &http.Request{Method: method})
		if err != nil {
			return nil, replyFailure(err)
		}
		if res.StatusCode >= 100 && res.StatusCode < 200 {
			continue
		}
		t.last = res.Close
		if res.StatusCode < 200 || res.StatusCode > 299 {
			return res, &curlError{curlStatus, fmt.Sprintf("The requested URL returned error: %d", res.StatusCode)}
		}
		return res, nil
	}
}
