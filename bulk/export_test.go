package bulk

import (
	"sync"

	"github.com/exawire/exawire/internal/tunnel"
)

// Making a key takes longer than most tests do.
func init() { newIdentity = sync.OnceValues(tunnel.NewIdentity) }
