package exatest

import (
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// reply is what came of a [Response], or of a statement that nothing was scripted for.
type reply struct {
	kind        responseKind
	outcomes    []outcome
	raw         []byte
	err         error
	interrupted bool
	params      []commands.ColumnInfo
	hasParams   bool
}

// perform carries out what a response says of a request, waiting included.
func (k *call) perform(req *Request, r Response) reply {
	if r.delay > 0 && !frame.Pause(k.ex.ctx, r.delay) {
		return reply{interrupted: true}
	}
	if r.kind == kindHang {
		<-k.ex.ctx.Done()
		return reply{interrupted: true}
	}
	if k.sess != nil {
		for _, m := range r.attrs {
			k.sess.set(m.Key, m.Value)
		}
	}
	out := reply{kind: r.kind, outcomes: r.results, raw: r.raw, params: r.params, hasParams: r.hasArgs}
	switch {
	case r.kind == kindException:
		out.err = &SQLError{r.code, r.text}
	case r.kind == kindTransfer && req.Command == "createPreparedStatement":
		out.kind = kindOK // nothing is moved before it runs
	case r.kind == kindTransfer:
		return k.transfer(req.SQL, r)
	}
	return out
}

// answerOf turns a reply to a whole command into its answer.
func (k *call) answerOf(r reply) answer {
	switch {
	case r.interrupted:
		return k.interrupted()
	case r.err != nil:
		return k.failed(r.err)
	}
	switch r.kind {
	case kindDrop:
		return answer{drop: true}
	case kindRaw:
		return answer{raw: r.raw, isRaw: true}
	case kindData:
		return okWith(rawJSON(r.raw))
	case kindOK:
		if !k.runsStatement() {
			return ok()
		}
		r.outcomes = []outcome{{}}
	}
	switch k.req.Command {
	case "fetch":
		return k.fetchedOf(r)
	case "createPreparedStatement":
		return k.prepare(&statement{sql: k.req.SQL}, r)
	}
	return k.results(r.outcomes)
}

func (k *call) runsStatement() bool {
	switch k.req.Command {
	case "execute", "executeBatch", "executePreparedStatement", "createPreparedStatement":
		return true
	}
	return false
}

// limit is how long the command may run.
func (k *call) limit() time.Duration {
	switch k.req.Command {
	case "execute", "executeBatch", "executePreparedStatement":
		return k.sess.attributes().seconds("queryTimeout")
	}
	return 0
}

// request is the entry of the request log for a message.
func (c *conn) request(m *message) *Request {
	r := &Request{Command: m.name(), Raw: m.raw, Time: m.at, Node: c.node}
	// abortQuery is seen by the goroutine that reads, so the session is taken from where all may look.
	if sess := c.currentSession(); sess != nil {
		r.SessionID, r.User, r.Version = sess.id, sess.user, sess.version
	}
	// What is not a text is refused when the command runs.
	r.SQL, _ = m.text("sqlText")
	if m.command == "executeBatch" {
		r.SQLs, _ = m.texts("sqlTexts")
	}
	return r
}

func (c *conn) log(r *Request) {
	if !c.srv.cfg.noRequestLog {
		c.srv.mu.Lock()
		c.srv.log = append(c.srv.log, r)
		c.srv.mu.Unlock()
	}
	if fn := c.srv.cfg.onRequest; fn != nil {
		fn(r)
	}
}
