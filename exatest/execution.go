package exatest

import (
	"context"
	"errors"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/effect"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// execution is a command that is running.
type execution struct {
	command   string
	abortable bool
	ctx       context.Context
	cancel    context.CancelCauseFunc
	effects   []effect.Effect // of the faults that strike this command
	stop      func()          // ends feedback and the time limit
	forced    *int64          // the row count of the IMPORT or EXPORT that is running, whatever comes of it
}

// The causes that end an execution early.
var (
	errAborted  = errors.New("aborted by the client")
	errTimedOut = errors.New("timed out")
)

// begin starts a command. An abort that came while it was waiting in the inbox hits it at once.
func (c *conn) begin(command string) *execution {
	ex := &execution{command: command, abortable: abortable(command), effects: c.srv.takeEffects(command), stop: func() {}}
	if ex.abortsFetch() {
		ex.abortable = true
	}
	ex.ctx, ex.cancel = context.WithCancelCause(context.WithValue(c.ctx, executionKey{}, ex))
	c.mu.Lock()
	c.running = ex
	late := c.lateAbort
	c.lateAbort = false
	early := c.aborts > 0
	c.mu.Unlock()
	if late && ex.abortable {
		ex.cancel(errAborted)
	}
	if early {
		c.abortRunning(ex)
	}
	return ex
}

// abortable reports whether the command runs long enough on a database to be aborted. Nothing is known of fetch: it ends
// by itself, see [AbortFetch].
func abortable(command string) bool {
	switch command {
	case "execute", "executeBatch", "createPreparedStatement", "executePreparedStatement":
		return true
	}
	info, _ := commands.Lookup(command)
	return info.Family == commands.FamilyMetadata
}

// abort deals with an abortQuery, on the goroutine that reads.
func (c *conn) abort(m *message) {
	c.log(c.request(m))
	c.checkRequest(m)
	late := c.srv.abortEffect(effect.AbortLate, "") != nil
	c.mu.Lock()
	waiting := len(c.pending) > 0
	ex := c.running
	if waiting {
		c.aborts++
	}
	again := c.aborts > 1
	if late {
		c.lateAbort = true
	}
	c.mu.Unlock()
	if again {
		c.violation("abortQuery was sent twice for one command")
	}
	if waiting && !late && !again && ex != nil {
		c.abortRunning(ex)
	}
}

// abortRunning aborts a command, if it can be aborted and no fault says otherwise.
func (c *conn) abortRunning(ex *execution) {
	switch {
	case !ex.abortable || c.srv.abortEffect(effect.AbortIgnored, ex.command) != nil:
	case c.srv.abortEffect(effect.AbortDrops, ex.command) != nil:
		c.cut(errAborted)
	default:
		ex.cancel(errAborted)
	}
}

// watch sends feedback while the command runs, and ends it when it takes longer than limit, if limit is not 0.
func (c *conn) watch(ex *execution, limit time.Duration) {
	var every time.Duration
	if c.sess != nil && !c.srv.cfg.noFeedback && ex.command != "fetch" {
		every = c.sess.attributes().seconds("feedbackInterval")
	}
	if every <= 0 && limit <= 0 {
		return
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		var tick, late <-chan time.Time
		if every > 0 {
			ticker := time.NewTicker(every)
			defer ticker.Stop()
			tick = ticker.C
		}
		if limit > 0 {
			timer := time.NewTimer(limit)
			defer timer.Stop()
			late = timer.C
		}
		for {
			select {
			case <-tick:
				if c.frame.WriteFrame(frame.OpPong, []byte(c.srv.cfg.feedbackPayload)) != nil {
					return
				}
			case <-late:
				ex.cancel(errTimedOut)
			case <-quit:
				return
			}
		}
	}()
	ex.stop = func() {
		close(quit)
		<-done
	}
}

// end stops what begin and watch started.
func (ex *execution) end() {
	ex.stop()
	ex.cancel(nil)
}

// interruption is the exception that the client reads when its command ended early, nil if the connection has ended.
func (c *conn) interruption(ex *execution) error {
	switch cause := context.Cause(ex.ctx); {
	case errors.Is(cause, errAborted):
		if f := c.srv.abortEffect(effect.AbortDelayed, ex.command); f != nil && !frame.Pause(c.ctx, f.AbortDelay) {
			return nil
		}
		if c.srv.abortEffect(effect.AbortRollsBack, ex.command) != nil {
			return &SQLError{"40007", "Client requested execution abort."}
		}
		return &SQLError{"R0003", "Client requested execution abort."}
	case errors.Is(cause, errTimedOut):
		return &SQLError{"R0001", "Query terminated because timeout has been reached."}
	}
	return nil
}
