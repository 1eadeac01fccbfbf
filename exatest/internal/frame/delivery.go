package frame

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// Delivery says how one message is put on the wire: cut into which frames and writes, and what comes before, between and
// after them. The zero Delivery is one frame in one write.
type Delivery struct {
	Fragment     int           // payload bytes per frame, 0 for one frame
	PongsBefore  int           // unsolicited pongs before the message
	PongsBetween bool          // and one after each fragment but the last
	PongPayload  string        // of those pongs
	Texts        []string      // data messages that are not JSON, before the message
	Drip         int           // bytes per write, 0 for all at once
	DripEvery    time.Duration // pause between these writes
	Cut          bool          // cut the connection after this part of the message's bytes
	CutAfter     float64
	Unfinished   bool // the last frame is not marked as the last, and the connection is cut
	Copies       int  // further copies of the message after it
}

// plain reports whether the message itself is one undisturbed frame.
func (d *Delivery) plain() bool {
	return d.Fragment <= 0 && !d.PongsBetween && d.Drip <= 0 && !d.Cut && !d.Unfinished && d.Copies <= 0
}

// ErrCut says that a delivery ended with cutting the connection.
var ErrCut = errors.New("connection cut by a fault")

// WriteMessage writes one message. Control frames of others wait until it is through.
func (f *Conn) WriteMessage(ctx context.Context, opcode byte, payload []byte, d *Delivery) error {
	f.lock <- struct{}{}
	defer func() { <-f.lock }()
	var head []byte
	for range d.PongsBefore {
		head = appendFrame(head, true, OpPong, []byte(d.PongPayload))
	}
	for _, text := range d.Texts {
		head = appendFrame(head, true, OpText, []byte(text))
	}
	if d.plain() {
		return f.writePlain(appendFrameHeader(head, true, opcode, len(payload)), payload)
	}
	wire := appendFragments(nil, opcode, payload, d)
	wire = bytes.Repeat(wire, 1+d.Copies)
	if d.Cut {
		wire = wire[:int(float64(len(wire))*d.CutAfter)]
	}
	if err := f.writeSlowly(ctx, append(head, wire...), d); err != nil {
		return err
	}
	if d.Cut || d.Unfinished {
		return ErrCut
	}
	return nil
}

// writePlain avoids copying a large payload only to put a few bytes before it.
func (f *Conn) writePlain(head, payload []byte) error {
	const small = 16 << 10
	if len(payload) <= small {
		_, err := f.Write(append(head, payload...))
		return err
	}
	if _, err := f.Write(head); err != nil {
		return err
	}
	_, err := f.Write(payload)
	return err
}

func appendFragments(dst []byte, opcode byte, payload []byte, d *Delivery) []byte {
	size := d.Fragment
	if size <= 0 {
		size = max(len(payload), 1)
	}
	for first := true; first || len(payload) > 0; first = false {
		n := min(size, len(payload))
		last := n == len(payload)
		dst = appendFrame(dst, last && !d.Unfinished, opcode, payload[:n])
		opcode, payload = OpContinuation, payload[n:]
		if d.PongsBetween && !last {
			dst = appendFrame(dst, true, OpPong, []byte(d.PongPayload))
		}
		if last {
			break
		}
	}
	return dst
}

func (f *Conn) writeSlowly(ctx context.Context, wire []byte, d *Delivery) error {
	size := d.Drip
	if size <= 0 {
		size = max(len(wire), 1)
	}
	for len(wire) > 0 {
		n := min(size, len(wire))
		if _, err := f.Write(wire[:n]); err != nil {
			return err
		}
		if wire = wire[n:]; len(wire) > 0 && !Pause(ctx, d.DripEvery) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// Pause waits for d and reports whether it was not interrupted.
func Pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
