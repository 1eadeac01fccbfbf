package fault

import (
	"bytes"

	"github.com/exawire/exawire/exatest/internal/effect"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// CorruptZlib damages the checksum of compressed answers.
func CorruptZlib() Fault {
	return compressed("CorruptZlib", func(payload, _ []byte) (byte, []byte) {
		payload[len(payload)-1] ^= 0xff
		return frame.OpBinary, payload
	})
}

// TruncateZlib cuts compressed answers off in the middle.
func TruncateZlib() Fault {
	return compressed("TruncateZlib", func(payload, _ []byte) (byte, []byte) { return frame.OpBinary, payload[:len(payload)/2] })
}

// ZlibBomb replaces compressed answers with one that inflates to size bytes.
func ZlibBomb(size int) Fault {
	return compressed("ZlibBomb", func(_, _ []byte) (byte, []byte) {
		return frame.OpBinary, frame.Deflate(bytes.Repeat([]byte(" "), size))
	})
}

// TextWhileCompressed sends answers as plain text although compression is on.
func TextWhileCompressed() Fault {
	return compressed("TextWhileCompressed", func(_, message []byte) (byte, []byte) { return frame.OpText, message })
}

// BinaryFrames sends answers as binary messages although compression is off.
func BinaryFrames() Fault {
	return makeFault(effect.Effect{Name: "BinaryFrames", Payload: func(_ byte, payload, _ []byte) (byte, []byte) { return frame.OpBinary, payload }})
}

func compressed(name string, change func(payload, message []byte) (byte, []byte)) Fault {
	return makeFault(effect.Effect{Name: name, Payload: func(opcode byte, payload, message []byte) (byte, []byte) {
		if opcode != frame.OpBinary || len(payload) == 0 {
			return opcode, payload
		}
		return change(payload, message)
	}})
}
