package socket

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// pongPatience is how long the server may take to take a pong if it was never said how long it may take for a message.
const pongPatience = 10 * time.Minute

// pongs answers pings. The reader must not do it: behind a large message that the server takes slowly, or not at all,
// it would be deaf. So a goroutine that lives only for that waits for its turn. Who has several pings to answer owes
// one pong, for the last.
type pongs struct {
	mu      sync.Mutex
	payload []byte // of the last ping
	due     bool
	busy    bool // the goroutine exists
}

// answer sees to it that a ping is answered.
func (c *Conn) answer(payload []byte) {
	p := &c.pongs
	p.mu.Lock()
	defer p.mu.Unlock()
	p.payload = append(p.payload[:0], payload...)
	p.due = true
	if !p.busy {
		p.busy = true
		go c.sendPongs()
	}
}

// sendPongs writes pongs until there are none to write.
func (c *Conn) sendPongs() {
	for {
		c.writing <- struct{}{}
		frame := c.pongs.next()
		if frame == nil {
			<-c.writing
			return
		}
		patience := c.patience
		if patience <= 0 {
			patience = pongPatience
		}
		c.raw.expectWrite(patience, nil)
		_, err := c.top.Write(frame)
		<-c.writing
		if err != nil {
			if stall := c.raw.stallError(); stall != nil {
				err = stall
			}
			// Nothing can follow half a frame, and the reader is the one who is asked why.
			c.raw.fail(fmt.Errorf("write pong: %w", err))
		}
	}
}

// next returns the frame to write, or nil if the goroutine shall end.
func (p *pongs) next() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.due {
		p.busy = false
		return nil
	}
	p.due = false
	var key [4]byte
	_, _ = rand.Read(key[:]) // never fails
	frame := append([]byte{finBit | opPong, maskedBit | byte(len(p.payload))}, key[:]...)
	frame = append(frame, p.payload...)
	mask(frame[len(frame)-len(p.payload):], key)
	return frame
}
