package wire_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// messageLimit is more than any message here.
const messageLimit = 65 << 20

var socketOptions = socket.Options{MessageLimit: messageLimit}

const abortText = `{"command":"abortQuery"}`

// server is a scripted server that keeps a log of what it received.
type server struct {
	*sockettest.Server
	log []string
}

// receive waits for a message and logs it; long ones by their length. It returns "" when the client has gone.
func (s *server) receive() string {
	op, payload, err := s.Receive()
	if err != nil {
		return ""
	}
	text := string(payload)
	switch {
	case op == sockettest.OpClose:
		text = "close"
		s.log = append(s.log, text)
	case len(text) > 100:
		s.log = append(s.log, fmt.Sprintf("%d bytes", len(text)))
	default:
		s.log = append(s.log, text)
	}
	return text
}

// echo answers every request with itself.
func (s *server) echo() {
	for {
		text := s.receive()
		if text == "" || text == "close" || s.SendText(text) != nil {
			return
		}
	}
}

// pipe connects to a scripted server in memory. done closes the connection and returns the server's log.
func pipe(t *testing.T, o wire.Options, script func(*server)) (c *wire.Conn, done func() []string) {
	t.Helper()
	var srv server
	dial, wait := sockettest.Pipe(sockettest.Serve(t, func(s *sockettest.Server) {
		srv.Server = s
		script(&srv)
	}))
	s, err := socket.Dial(t.Context(), "exasol:8563", "", socket.Options{DialContext: dial, MessageLimit: messageLimit})
	if err != nil {
		t.Fatal(err)
	}
	c = wire.New(s, o)
	done = sync.OnceValue(func() []string {
		c.Shutdown()
		wait()
		return srv.log
	})
	t.Cleanup(func() { done() })
	return c, done
}

// loopback connects to a scripted server on the loopback network.
func loopback(tb testing.TB, so socket.Options, o wire.Options, script func(*server)) *wire.Conn {
	tb.Helper()
	addr := sockettest.Listen(tb, sockettest.Serve(tb, func(s *sockettest.Server) { script(&server{Server: s}) }))
	s, err := socket.Dial(tb.Context(), addr, "", so)
	if err != nil {
		tb.Fatal(err)
	}
	c := wire.New(s, o)
	tb.Cleanup(func() { c.Shutdown() })
	return c
}

func roundTrip(ctx context.Context, c *wire.Conn, r wire.Request) (wire.Answer, wire.Outcome, error) {
	if err := c.Lock(ctx); err != nil {
		return wire.Answer{}, wire.Outcome{}, err
	}
	defer c.Unlock()
	return c.RoundTrip(ctx, r)
}

// mustEcho checks that the connection is in step with its server.
func mustEcho(t *testing.T, c *wire.Conn) {
	t.Helper()
	const text = `{"echo":1}`
	a, got, err := roundTrip(context.Background(), c, wire.Request{Payload: []byte(text)})
	if err != nil {
		t.Fatalf("round trip: %v", err)
	}
	defer a.Release()
	if string(a.Message) != text {
		t.Fatalf("answer = %q, want %q", a.Message, text)
	}
	checkOutcome(t, got, wire.Outcome{Sent: wire.Whole})
}

// checkOutcome compares outcomes. When the end of the context was noticed is tested by itself.
func checkOutcome(t *testing.T, got, want wire.Outcome) {
	t.Helper()
	if got.GaveUp == got.Ended.IsZero() {
		t.Errorf("gave up is %t, ended at %v", got.GaveUp, got.Ended)
	}
	got.Ended = want.Ended
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

// mustBeClosed checks that the connection is closed because of cause.
func mustBeClosed(t *testing.T, c *wire.Conn, cause error) {
	t.Helper()
	a, got, err := roundTrip(context.Background(), c, wire.Request{Payload: []byte("{}")})
	checkOutcome(t, got, wire.Outcome{})
	switch {
	case err == nil:
		t.Fatalf("answer = %q, want an error", a.Message)
	case !errors.Is(err, wire.ErrClosed):
		t.Errorf("error = %v, want ErrClosed", err)
	case cause != nil && !errors.Is(err, cause):
		t.Errorf("error = %v, want the cause %v", err, cause)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		t.Errorf("error = %v matches a context's, and it is not this caller's that ended", err)
	}
	if !errors.Is(c.Err(), wire.ErrClosed) {
		t.Errorf("Err() = %v", c.Err())
	}
}

func isProtocolError(err error) bool {
	var pe *wire.ProtocolError
	return errors.As(err, &pe)
}

// fakeSocket answers each message by a function and blocks otherwise.
type fakeSocket struct {
	answer func(kind socket.Kind, p []byte) (socket.Kind, []byte)
	out    chan fakeMessage
	end    chan struct{} // closed when the connection ends
	ended  sync.Once
}

type fakeMessage struct {
	kind socket.Kind
	b    []byte
}

func newFake(answer func(socket.Kind, []byte) (socket.Kind, []byte)) *fakeSocket {
	return &fakeSocket{answer: answer, out: make(chan fakeMessage, 1), end: make(chan struct{})}
}

func (s *fakeSocket) Read(dst []byte, grow func([]byte, int) []byte) (socket.Kind, []byte, error) {
	select {
	case m := <-s.out:
		return m.kind, append(grow(dst, len(m.b)), m.b...), nil
	case <-s.end:
		return 0, dst, net.ErrClosed
	}
}

func (s *fakeSocket) Write(kind socket.Kind, p []byte, _ time.Duration, _ func()) (bool, error) {
	kind, b := s.answer(kind, p)
	s.out <- fakeMessage{kind, b}
	return true, nil
}

func (s *fakeSocket) Settle() bool                 { return true }
func (s *fakeSocket) SetIdleTimeout(time.Duration) {}
func (s *fakeSocket) Close(int, string) error      { return s.CloseNow() }

func (s *fakeSocket) CloseNow() error {
	s.ended.Do(func() { close(s.end) })
	return nil
}

func bigDocument(n int) string { return `{"sqlText":"` + strings.Repeat("x", n) + `"}` }
