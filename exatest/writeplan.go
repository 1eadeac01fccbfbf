package exatest

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// writePlan says how one message is put on the wire. The zero plan is one frame.
type writePlan struct {
	fragment     int           // payload bytes per frame, 0 for one frame
	pongsBefore  int           // unsolicited pongs before the message
	pongsBetween bool          // and one after each fragment but the last
	pongPayload  string        // of those pongs
	texts        []string      // data messages that are not JSON, before the message
	drip         int           // bytes per write, 0 for all at once
	dripEvery    time.Duration // pause between these writes
	cut          bool          // cut the connection after this part of the message's bytes
	cutAfter     float64
	unfinished   bool // the last frame is not marked as the last, and the connection is cut
	copies       int  // further copies of the message after it
}

// plain reports whether the message itself is one undisturbed frame.
func (p *writePlan) plain() bool {
	return p.fragment <= 0 && !p.pongsBetween && p.drip <= 0 && !p.cut && !p.unfinished && p.copies <= 0
}

// errCut says that the plan ended with cutting the connection.
var errCut = errors.New("connection cut by a fault")

// writeMessage writes one message by a plan. Control frames of others wait until it is through.
func (f *frameConn) writeMessage(ctx context.Context, opcode byte, payload []byte, plan *writePlan) error {
	f.lock <- struct{}{}
	defer func() { <-f.lock }()
	var head []byte
	for range plan.pongsBefore {
		head = appendFrame(head, true, opPong, []byte(plan.pongPayload))
	}
	for _, text := range plan.texts {
		head = appendFrame(head, true, opText, []byte(text))
	}
	if plan.plain() {
		return f.writePlain(appendFrameHeader(head, true, opcode, len(payload)), payload)
	}
	wire := appendFragments(nil, opcode, payload, plan)
	wire = bytes.Repeat(wire, 1+plan.copies)
	if plan.cut {
		wire = wire[:int(float64(len(wire))*plan.cutAfter)]
	}
	if err := f.writeSlowly(ctx, append(head, wire...), plan); err != nil {
		return err
	}
	if plan.cut || plan.unfinished {
		return errCut
	}
	return nil
}

// writePlain avoids copying a large payload only to put a few bytes before it.
func (f *frameConn) writePlain(head, payload []byte) error {
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

func appendFragments(dst []byte, opcode byte, payload []byte, plan *writePlan) []byte {
	size := plan.fragment
	if size <= 0 {
		size = max(len(payload), 1)
	}
	for first := true; first || len(payload) > 0; first = false {
		n := min(size, len(payload))
		last := n == len(payload)
		dst = appendFrame(dst, last && !plan.unfinished, opcode, payload[:n])
		opcode, payload = opContinuation, payload[n:]
		if plan.pongsBetween && !last {
			dst = appendFrame(dst, true, opPong, []byte(plan.pongPayload))
		}
		if last {
			break
		}
	}
	return dst
}

func (f *frameConn) writeSlowly(ctx context.Context, wire []byte, plan *writePlan) error {
	size := plan.drip
	if size <= 0 {
		size = max(len(wire), 1)
	}
	for len(wire) > 0 {
		n := min(size, len(wire))
		if _, err := f.Write(wire[:n]); err != nil {
			return err
		}
		if wire = wire[n:]; len(wire) > 0 && !sleep(ctx, plan.dripEvery) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// sleep waits for d and reports whether it was not interrupted.
func sleep(ctx context.Context, d time.Duration) bool {
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
