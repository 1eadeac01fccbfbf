package socket

import (
	"errors"
	"net"
	"testing"
)

// takingConn takes everything, and then says that it failed.
type takingConn struct {
	net.Conn
	err error
}

func (c takingConn) Write(p []byte) (int, error) { return len(p), c.err }

// TestGatherEnd checks when a message counts as sent.
func TestGatherEnd(t *testing.T) {
	broken := errors.New("broken")
	closing := []byte{finBit | opClose, maskedBit | 2, 0, 0, 0, 0, 3, 232}
	message := []byte{finBit | 1, maskedBit | 1, 0, 0, 0, 0, 'x'}
	for _, tt := range []struct {
		name   string
		writes [][]byte
		err    error
		whole  bool
	}{
		{"nothing", nil, nil, false},
		{"the message", [][]byte{message}, nil, true},
		{"part of it", [][]byte{message[:6]}, nil, false},
		{"in two pieces", [][]byte{message[:6], message[6:]}, nil, true},
		{"in two pieces, the second like a close frame", [][]byte{message[:1], append(closing[:1:1], message[2:]...)}, nil, true},
		{"a close frame instead", [][]byte{closing}, nil, false},
		{"a close frame before", [][]byte{closing, message}, nil, true},
		{"taken, but in doubt", [][]byte{message}, broken, false},
	} {
		c := &gatherConn{Conn: takingConn{err: tt.err}}
		c.begin(1)
		for _, p := range tt.writes {
			if _, err := c.Write(p); !errors.Is(err, tt.err) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if whole := c.end(); whole != tt.whole {
			t.Errorf("%s: end() = %v, want %v", tt.name, whole, tt.whole)
		}
	}
}

func TestFrameSize(t *testing.T) {
	for payload, want := range map[int]int{0: 6, 125: 131, 126: 134, 65535: 65543, 65536: 65550} {
		if got := frameSize(payload); got != want {
			t.Errorf("frameSize(%d) = %d, want %d", payload, got, want)
		}
	}
}
