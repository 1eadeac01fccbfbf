package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/exawire/exawire/exatest"
)

// trace writes what clients do, one line for each request.
type trace struct {
	mu  sync.Mutex
	out io.Writer
}

func (t *trace) request(r *exatest.Request) {
	const most = 2000
	text := r.Redacted()
	if len(text) > most {
		text = fmt.Sprintf("%s... (%d bytes)", text[:most], len(text))
	}
	t.line(r.Time, "session %d: %s: %s", r.SessionID, r.Command, text)
}

func (t *trace) violation(text string) {
	t.line(time.Now(), "protocol violation: %s", text)
}

func (t *trace) line(at time.Time, format string, args ...any) {
	text := fmt.Sprintf("%s "+format+"\n", append([]any{at.Format("15:04:05.000000")}, args...)...)
	t.mu.Lock()
	defer t.mu.Unlock()
	// Standard error that is gone is no reason to stop.
	_, _ = io.WriteString(t.out, text)
}
