package wire_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/internal/wire"
)

// TestWaited has answers that begin after different times; the shortest is the round trip time.
func TestWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := []time.Duration{30 * time.Millisecond, 5 * time.Millisecond, time.Second}
		c, done := pipe(t, wire.Options{}, func(s *server) {
			for _, d := range waits {
				text := s.receive()
				time.Sleep(d)
				if s.SendText(text) != nil {
					return
				}
			}
			s.receive()
		})
		defer done()
		if got := c.RoundTripTime(); got != 0 {
			t.Errorf("before any answer RoundTripTime() = %v", got)
		}
		for i, want := range waits {
			a, _, err := roundTrip(context.Background(), c, wire.Request{Payload: []byte(`{"echo":1}`)})
			if err != nil {
				t.Fatal(err)
			}
			if a.Waited != want {
				t.Errorf("answer %d: Waited = %v, want %v", i, a.Waited, want)
			}
			a.Release()
		}
		if got := c.RoundTripTime(); got != waits[1] {
			t.Errorf("RoundTripTime() = %v, want %v", got, waits[1])
		}
	})
}
