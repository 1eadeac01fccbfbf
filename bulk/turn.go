package bulk

import (
	"context"
	"sync"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/ctxerr"
	"github.com/exawire/exawire/internal/errtext"
)

// turns has the sessions that import at the moment. Two imports on one session would be in one transaction, and what one of
// them has reported as done would be undone with the other.
var turns = struct {
	mu sync.Mutex
	of map[*exawire.Session]*turn
}{of: map[*exawire.Session]*turn{}}

// turn is what imports of a session wait for.
type turn struct {
	taken chan struct{} // has something in it while it is taken
	users int           // who has it or waits for it
}

// takeTurn waits until no other import uses the session. What it returns must be called.
func takeTurn(ctx context.Context, s *exawire.Session) (leave func(), err error) {
	turns.mu.Lock()
	t := turns.of[s]
	if t == nil {
		t = &turn{taken: make(chan struct{}, 1)}
		turns.of[s] = t
	}
	t.users++
	turns.mu.Unlock()
	forget := func() {
		turns.mu.Lock()
		defer turns.mu.Unlock()
		if t.users--; t.users == 0 {
			delete(turns.of, s)
		}
	}
	left := func() { <-t.taken; forget() }
	select {
	case t.taken <- struct{}{}:
		return left, nil
	default:
	}
	select {
	case t.taken <- struct{}{}:
		return left, nil
	case <-ctx.Done():
		forget()
		return nil, errtext.Errorf("waiting for another import of the session: %w", ctxerr.Of(ctx))
	}
}
