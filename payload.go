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

// chunkCommand is a command whose values are in a batch already.
type chunkCommand struct {
	commands.ExecutePreparedStatement
	batch *chunk
}

// shown returns a command as ledger and tracers see it.
func shown(cmd commands.Command) commands.Command {
	if c, ok := cmd.(chunkCommand); ok {
		return c.ExecutePreparedStatement
	}
	return cmd
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
			c.batch.arena.drop()
		}
		return request{}, tooLarge(cmd, "", len(r.payload), most)
	}
	return r, nil
}

func tooLarge(cmd commands.Command, about string, size int, most int64) error {
	return fmt.Errorf("%w: %s has %s%d bytes, the server accepts %d", ErrMessageTooLarge, cmd.CommandName(), about, size, most)
}

// free gives the memory back. The values of a batch stay with it.
func (r *request) free() {
	bufpool.Put(r.pooled)
	r.payload, r.pooled = nil, nil
}

// message returns the text of the command. It is in the batch's memory, where it is until reset or free.
func (c chunkCommand) message(attrs []Attribute) ([]byte, error) {
	room := bufpool.Get(c.batch.arena.head)
	defer func() { bufpool.Put(room) }()
	head, err := c.AppendHead(room, attrs...)
	if err != nil {
		return nil, err
	}
	if cap(head) == cap(room) {
		room = head
	}
	return c.batch.arena.message(head), nil
}
