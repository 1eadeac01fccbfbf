package tunnel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// hello asks for a tunnel. Neither it nor the answer is ever encrypted.
const hello = "\x02\x21\x21\x02\x01\x00\x00\x00\x01\x00\x00\x00"

// The answer has a number that nobody looks at, the port, and the host with zeros behind it.
const (
	answerSize = 24
	answerPort = 4
	answerHost = 8
)

// Open asks the other end of a connection, which is the port of a database, for a tunnel. It returns the address by which
// statements name the tunnel, as host:port. When ctx ends, reading and writing end by a deadline on the connection; the
// error is then that of ctx.
func Open(ctx context.Context, nc net.Conn) (addr string, err error) {
	stop := context.AfterFunc(ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
	addr, err = open(nc)
	if !stop() && ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return addr, err
}

func open(nc net.Conn) (addr string, err error) {
	if _, err := io.WriteString(nc, hello); err != nil {
		return "", err
	}
	answer := make([]byte, answerSize)
	switch _, err := io.ReadFull(nc, answer); {
	case errors.Is(err, io.EOF):
		return "", errors.New("the server hung up when it was asked for a tunnel")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "", errors.New("the server hung up in the middle of its answer")
	case err != nil:
		return "", err
	}
	return parseAnswer(answer)
}

// parseAnswer returns the address in an answer. It becomes a part of a statement, so it must be nothing but an address.
func parseAnswer(answer []byte) (addr string, err error) {
	port := binary.LittleEndian.Uint32(answer[answerPort:])
	host, _, _ := strings.Cut(string(answer[answerHost:answerSize]), "\x00")
	switch {
	case port < 1 || port > 65535:
		return "", fmt.Errorf("the server's answer has the port %d: is this the port of a database?", port)
	case !isHost(host):
		return "", fmt.Errorf("the server's answer has the host %q: is this the port of a database?", host)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port))), nil
}

func isHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == ""
	}
	return host != "" && strings.Trim(host, "-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}
