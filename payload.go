package exawire

import (
	"fmt"
	"math"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/bufpool"
)

// request is the text of a command. Whoever made it must free it.
type request struct {
	payload []byte
	pooled  []byte // what payload is in, nil if that is not the request's
}

// newRequest writes a command. One with more than most bytes is refused with ErrMessageTooLarge, and its memory is not
// kept for others; most is 0 before the login, when nothing is known.
func newRequest(cmd commands.Command, attrs []Attribute, most int64) (r request, err error) {
	if most <= 0 {
		most = math.MaxInt64
	}
	switch c := cmd.(type) {
	case chunkCommand:
		r.payload, err = c.message(attrs)
	default:
		size := commands.Size(cmd, attrs...)
		if least := int64(size) - 4096; least > most {
			return r, tooLarge(cmd, "about ", size, most)
		}
		room := bufpool.Get(size)
		r.payload, err = commands.Append(room, cmd, attrs...)
		r.pooled = r.payload
		if cap(r.payload) != cap(room) {
			bufpool.Put(room)
		}
	}
	if err != nil {
		r.free()
		return request{}, fmt.Errorf("exawire: %w", err)
	}
	if int64(len(r.payload)) > most {
		if c, ok := cmd.(chunkCommand); ok {
			c.chunk.data.Drop()
		}
		return request{}, tooLarge(cmd, "", len(r.payload), most)
	}
	return r, nil
}

func tooLarge(cmd commands.Command, about string, size int, most int64) error {
	return fmt.Errorf("%w: %s has %s%d bytes, the server accepts %d", ErrMessageTooLarge, cmd.CommandName(), about, size, most)
}

// free gives the memory back. The values of a chunk stay with it.
func (r *request) free() {
	bufpool.Put(r.pooled)
	r.payload, r.pooled = nil, nil
}
