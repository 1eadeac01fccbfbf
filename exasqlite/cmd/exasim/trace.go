package main

import (
	"fmt"
	"io"
	"regexp"
	"sync"
	"time"

	"github.com/exawire/exawire/exatest"
)

// trace writes what clients do, one line for each request.
type trace struct {
	mu   sync.Mutex
	out  io.Writer
	said map[string]bool // violations by client and text
}

func (t *trace) request(r *exatest.Request) {
	const most = 2000
	text := r.Redacted()
	if len(text) > most {
		text = fmt.Sprintf("%s... (%d bytes)", text[:most], len(text))
	}
	t.line(r.Time, "session %d: %s: %s", r.SessionID, r.Command, text)
}

var numbers = regexp.MustCompile(`[0-9]+`)

// violation writes each kind of violation once for each client, because what a client does at every login is nothing
// new. Two violations that differ only in numbers are of one kind.
func (t *trace) violation(v exatest.Violation) {
	if v.Client == "" {
		t.line(time.Now(), "%s", v)
		return
	}
	const most = 10_000 // clients can make texts up
	kind := v.Client + "\x00" + numbers.ReplaceAllString(v.Text, "0")
	t.mu.Lock()
	again := t.said[kind]
	if t.said == nil || len(t.said) >= most {
		t.said = map[string]bool{}
	}
	t.said[kind] = true
	t.mu.Unlock()
	if !again {
		t.line(time.Now(), "protocol violation: %s (by %q; said once)", v, v.Client)
	}
}

func (t *trace) line(at time.Time, format string, args ...any) {
	text := fmt.Sprintf("%s "+format+"\n", append([]any{at.Format("15:04:05.000000")}, args...)...)
	t.mu.Lock()
	defer t.mu.Unlock()
	// The loss of standard error is no reason to stop.
	_, _ = io.WriteString(t.out, text)
}
