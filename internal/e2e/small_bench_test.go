package e2e_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/resultset"
)

const smallAnswer = `{"status":"ok","responseData":{"numResults":1,"results":[{"resultType":"resultSet","resultSet":{` +
	`"numColumns":1,"numRows":1,"numRowsInMessage":1,"columns":[{"name":"1","dataType":{"type":"DECIMAL","precision":1,"scale":0}}],"data":[[1]]}}]}}`

// parrot is a connection that answers every message with the same one as soon as it is told to, without a network. So what
// a benchmark measures is the client.
type parrot struct {
	net.Conn
	frame   []byte
	talking atomic.Bool
	once    sync.Once
	heard   chan []byte
	rest    []byte
}

// listen copies what the server says, until that ends.
func (p *parrot) listen() {
	for buf := make([]byte, 1<<16); ; {
		n, err := p.Conn.Read(buf)
		if n > 0 {
			p.heard <- bytes.Clone(buf[:n])
		}
		if err != nil {
			close(p.heard)
			return
		}
	}
}

func (p *parrot) Read(b []byte) (int, error) {
	p.once.Do(func() { go p.listen() })
	for len(p.rest) == 0 {
		more, ok := <-p.heard
		if !ok {
			return 0, io.EOF
		}
		p.rest = more
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

func (p *parrot) Write(b []byte) (int, error) {
	if !p.talking.Load() {
		return p.Conn.Write(b)
	}
	p.heard <- p.frame
	return len(b), nil
}

// BenchmarkSmallQueryApart takes SELECT 1 apart: reading its answer alone, and all that a session does for it without a network.
func BenchmarkSmallQueryApart(b *testing.B) {
	b.Run("read-answer", func(b *testing.B) {
		msg := []byte(smallAnswer)
		msg = append(msg, make([]byte, 64)...)[:len(msg)]
		b.ReportAllocs()
		for b.Loop() {
			answer, err := commands.ParseResultsAnswer(msg, 100)
			if err != nil || answer.Invalid != nil {
				b.Fatal(err, answer.Invalid)
			}
			rows := resultset.Open(b.Context(), nil, answer.Results[0].ResultSet, resultset.Options{})
			if n, err := resultset.One[int64](rows); err != nil || n != 1 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("session-without-network", func(b *testing.B) {
		query, stop := smallQueries(b)
		b.ReportAllocs()
		for b.Loop() {
			query()
		}
		b.StopTimer()
		stop()
	})
}

// TestSmallQueryAllocates bounds what a small query allocates: nothing of it may be for an error that does not come.
func TestSmallQueryAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("race builds allocate more")
	}
	query, stop := smallQueries(t)
	defer stop()
	if n := testing.AllocsPerRun(2000, query); n > 19 {
		t.Errorf("%v allocations, it should be 18", n)
	}
}

// smallQueries opens a session with a parrot. query runs one query on it; stop must be called before the test ends.
func smallQueries(tb testing.TB) (query, stop func()) {
	bird := &parrot{heard: make(chan []byte, 10), frame: slices.Concat([]byte{0x81, 126, byte(len(smallAnswer) >> 8), byte(len(smallAnswer) & 0xff)}, []byte(smallAnswer))}
	client := newClient(tb, exatest.NewServer(tb, exatest.WithPlaintext(), exatest.WithLeniency(), exatest.WithRelease("7.1.30")), func(c *exawire.Config) {
		c.Plaintext = true
		c.DialContext = func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
			bird.Conn, err = new(net.Dialer).DialContext(ctx, network, addr)
			return bird, err
		}
	})
	sess := connect(tb, client)
	bird.talking.Store(true)
	query = func() {
		rows, err := sess.Query(tb.Context(), "SELECT 1")
		if err != nil {
			tb.Fatal(err)
		}
		if n, err := resultset.One[int64](rows); err != nil || n != 1 {
			tb.Fatal(n, err)
		}
	}
	return query, func() { bird.talking.Store(false) } // the server ends the session
}
