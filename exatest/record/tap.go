package record

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/exawire/exawire/exatest/internal/frame"
)

// tap forwards the frames of one direction of a connection, byte for byte, and gives out the messages in them. It does
// not judge: what breaks RFC 6455 is for the other end to refuse.
type tap struct {
	from *bufio.Reader
	to   io.Writer

	// message gets each data message before its last bytes are forwarded, so before it can be answered. payload is nil
	// if the message was longer than maxRecorded.
	message func(opcode byte, payload []byte) error
	closing func() // a Close frame passes

	opcode  byte // of the message that is under way, 0 for none
	payload []byte
	tooLong bool
}

// run forwards until the connection ends.
func (t *tap) run() error {
	piece := make([]byte, 64<<10)
	for {
		if err := t.frame(piece); err != nil {
			return err
		}
	}
}

func (t *tap) frame(piece []byte) error {
	head, length, mask, err := t.header()
	if err != nil {
		return err
	}
	opcode, last := head[0]&0x0f, head[0]&0x80 != 0
	isData := opcode < frame.OpClose
	if isData && opcode != frame.OpContinuation {
		t.opcode, t.payload, t.tooLong = opcode, nil, false
	}
	if opcode == frame.OpClose {
		t.closing()
	}
	for {
		n := int(min(length, uint64(len(piece))))
		if _, err := io.ReadFull(t.from, piece[:n]); err != nil {
			return err
		}
		length -= uint64(n)
		if isData {
			t.keep(piece[:n], mask)
			if last && length == 0 {
				if err := t.message(t.opcode, t.payload); err != nil {
					return err
				}
				t.opcode, t.payload, t.tooLong = 0, nil, false
			}
		}
		// One write for a short frame: a header alone would be a packet of its own.
		if head != nil && n <= 16<<10 {
			head = append(head, piece[:n]...)
			n = 0
		}
		for _, b := range [][]byte{head, piece[:n]} {
			if len(b) > 0 {
				if _, err := t.to.Write(b); err != nil {
					return err
				}
			}
		}
		head = nil
		if length == 0 {
			return nil
		}
	}
}

// keep adds a piece to the message. Pieces are multiples of four bytes long, but for the last of a frame, so each begins
// where the mask begins.
func (t *tap) keep(piece []byte, mask [4]byte) {
	if t.tooLong || len(t.payload)+len(piece) > maxRecorded {
		t.payload, t.tooLong = nil, true
		return
	}
	start := len(t.payload)
	t.payload = append(t.payload, piece...)
	if t.payload == nil {
		t.payload = []byte{}
	}
	frame.Unmask(t.payload[start:], mask)
}

// header reads the header of a frame as it stands.
func (t *tap) header() (raw []byte, length uint64, mask [4]byte, err error) {
	raw = make([]byte, 2, 16)
	if _, err := io.ReadFull(t.from, raw); err != nil {
		return nil, 0, mask, err
	}
	more, masked := 0, raw[1]&0x80 != 0
	length = uint64(raw[1] & 0x7f)
	switch length {
	case 126:
		more = 2
	case 127:
		more = 8
	}
	if masked {
		more += 4
	}
	raw = raw[:2+more]
	if _, err := io.ReadFull(t.from, raw[2:]); err != nil {
		return nil, 0, mask, err
	}
	switch length {
	case 126:
		length = uint64(binary.BigEndian.Uint16(raw[2:]))
	case 127:
		length = binary.BigEndian.Uint64(raw[2:])
	}
	if masked {
		copy(mask[:], raw[len(raw)-4:])
	}
	return raw, length, mask, nil
}
