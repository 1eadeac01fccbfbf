package fault

import (
	"bytes"
	"time"

	"github.com/exawire/exawire/exatest/internal/effect"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// FragmentFrames splits answers into frames of size bytes. The smallest size, 1, is the hardest for a client.
func FragmentFrames(size int) Fault {
	return makeFault(effect.Effect{Name: "FragmentFrames", Delivery: func(d *frame.Delivery) { d.Fragment = max(size, 1) }})
}

// PadTo appends white space to answers that are shorter than size bytes, to test limits of frames and messages. With
// compression, size is the length before compressing.
func PadTo(size int) Fault {
	return makeFault(effect.Effect{Name: "PadTo", Text: func(b []byte) []byte {
		return append(b, bytes.Repeat([]byte(" "), max(0, size-len(b)))...)
	}})
}

// Pongs sends n unsolicited pongs before each answer and, if the answer is fragmented, one between its frames. They
// carry the first 125 bytes of payload, which is all that a pong can hold.
func Pongs(n int, payload string) Fault {
	return makeFault(effect.Effect{Name: "Pongs", Delivery: func(d *frame.Delivery) {
		d.PongsBefore, d.PongsBetween, d.PongPayload = n, true, payload[:min(len(payload), 125)]
	}})
}

// StatusMessages sends these words, such as EXECUTING, as text messages before each answer, although they are not JSON.
func StatusMessages(words ...string) Fault {
	return makeFault(effect.Effect{Name: "StatusMessages", Delivery: func(d *frame.Delivery) { d.Texts = append(d.Texts, words...) }})
}

// Delay holds each answer back for d after it is complete. The command cannot be aborted during the delay and no
// feedback is sent, unlike with Response.After of package exatest.
func Delay(d time.Duration) Fault { return makeFault(effect.Effect{Name: "Delay", Delay: d}) }

// Drip writes answers in pieces of size bytes, at least 1, with pauses between them.
func Drip(size int, pause time.Duration) Fault {
	return makeFault(effect.Effect{Name: "Drip", Delivery: func(d *frame.Delivery) { d.Drip, d.DripEvery = max(size, 1), pause }})
}

// ExtraAnswer sends each answer twice, although nobody has asked for the second one.
func ExtraAnswer() Fault {
	return makeFault(effect.Effect{Name: "ExtraAnswer", Delivery: func(d *frame.Delivery) { d.Copies++ }})
}

// CutRequest cuts the connection after a command has arrived, before it runs.
func CutRequest() Fault { return makeFault(effect.Effect{Name: "CutRequest", Cut: effect.CutRequest}) }

// CutAnswer cuts the connection after a command has run, before its answer is sent.
func CutAnswer() Fault { return makeFault(effect.Effect{Name: "CutAnswer", Cut: effect.CutAnswer}) }

// CutMiddle cuts the connection in the middle of the answer's frame.
func CutMiddle() Fault {
	return makeFault(effect.Effect{Name: "CutMiddle", Delivery: func(d *frame.Delivery) { d.Cut, d.CutAfter = true, 0.5 }})
}

// CutFragment sends the first half of the answer as a complete frame that is not the last one, and then cuts the
// connection. It finds clients that take what they have for the whole message.
func CutFragment() Fault {
	return makeFault(effect.Effect{Name: "CutFragment", Payload: func(opcode byte, payload, _ []byte) (byte, []byte) {
		return opcode, payload[:(len(payload)+1)/2]
	}, Delivery: func(d *frame.Delivery) { d.Unfinished = true }})
}

// CutAfter cuts the connection right after the answer, without a Close frame.
func CutAfter() Fault { return makeFault(effect.Effect{Name: "CutAfter", Cut: effect.CutAfter}) }
