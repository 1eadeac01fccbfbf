package bench

import (
	"context"
	"net"
	"time"
)

// Delayed returns a dial function for connections to a server that is far away: each request costs a round-trip time more,
// and the bytes of the answer come at the speed of the link.
func Delayed(rtt time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &delayedConn{Conn: c, rtt: rtt}, nil
	}
}

type delayedConn struct {
	net.Conn
	rtt time.Duration
}

func (c *delayedConn) Write(p []byte) (int, error) {
	time.Sleep(c.rtt)
	return c.Conn.Write(p)
}
