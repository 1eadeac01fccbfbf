package exatest

import (
	"context"
	"errors"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/frame"
)

// call is one command on its way through the server.
type call struct {
	*conn
	ex  *execution
	msg *message
	req *Request

	st       *statement // of executePreparedStatement
	paramErr error
}

// answer is what a command ends with.
type answer struct {
	data   any    // responseData, nil for none
	attrs  object // in front of those that changed
	err    error  // an exception
	raw    []byte // the whole message, if isRaw
	isRaw  bool
	drop   bool // cut the connection, answer nothing
	silent bool // the connection has ended
	end    bool // end the connection after the answer
	plain  bool // never compressed: the login
}

func ok() answer              { return answer{} }
func failed(err error) answer { return answer{err: err} }
func okWith(data any) answer  { return answer{data: data} }
func fatal(err error) answer  { return answer{err: err, end: true, plain: true} }
func protocol(s string) error { return &SQLError{"00000", s} }

// handlers has one function for each command that a session can send. Metadata commands are all the same one.
var handlers map[string]func(*call) answer

func init() {
	handlers = map[string]func(*call) answer{
		"disconnect":                 (*call).disconnect,
		"execute":                    (*call).execute,
		"executeBatch":               (*call).executeBatch,
		"createPreparedStatement":    (*call).createPrepared,
		"executePreparedStatement":   (*call).executePrepared,
		"closePreparedStatement":     (*call).closePrepared,
		"fetch":                      (*call).fetch,
		"closeResultSet":             (*call).closeResultSet,
		"getResultSetHeader":         (*call).resultSetHeader,
		"getOffset":                  (*call).offset,
		"getAttributes":              (*call).getAttributes,
		"setAttributes":              (*call).setAttributes,
		"getHosts":                   (*call).hosts,
		"enterParallel":              (*call).enterParallel,
		"requestParallelConnections": (*call).requestParallel,
	}
	for _, info := range commands.All() {
		if info.Family == commands.FamilyMetadata {
			handlers[info.Name] = (*call).metadata
		}
	}
}

// handle answers one command of a session. It reports whether the connection goes on.
func (c *conn) handle(m *message) bool {
	c.checkRequest(m)
	k := &call{conn: c, msg: m, req: c.request(m)}
	handler, known := c.lookup(m)
	if m.command == "executePreparedStatement" && known && c.play == nil {
		k.decodeParams()
	}
	c.log(k.req)
	k.ex = c.begin(m.name())
	k.req.ctx = k.ex.ctx
	if k.ex.cutsRequest() {
		c.cut(frame.ErrCut)
		k.ex.end()
		return false
	}
	var a answer
	switch {
	case m.tooLong != nil:
		a = failed(m.tooLong)
	case m.bad != nil:
		a = answer{err: protocol("JSON parse error: " + m.bad.Error()), end: true}
	case m.command == "":
		a = failed(missing("command"))
	case c.play != nil && m.command != "disconnect":
		a = k.scriptedOr(k.replayed)
	case !known:
		a = k.scriptedOr(func() answer { return failed(protocol("Unknown command: " + m.command)) })
	default:
		a = k.run(handler)
	}
	return c.finish(k.ex, a)
}

// lookup finds the handler of a command that the negotiated version has.
func (c *conn) lookup(m *message) (handler func(*call) answer, known bool) {
	info, ok := commands.Lookup(m.command)
	if !ok || info.Since > c.sess.version {
		return nil, false
	}
	handler, known = handlers[m.command]
	return handler, known
}

// run applies the attributes of the request, which come before the command itself, and runs the command.
func (k *call) run(handler func(*call) answer) answer {
	if k.ex.ctx.Err() != nil {
		return k.interrupted() // aborted before it began
	}
	if err := k.collective(); err != nil {
		return k.failed(err)
	}
	if raw, ok := k.msg.fields["attributes"]; ok {
		wanted, err := k.requestedAttributes(raw, k.sess.version, false)
		if err == nil {
			err = k.applyAttributes(k.ex, wanted)
		}
		if err != nil {
			return k.failed(err)
		}
	}
	k.conn.watch(k.ex, k.limit()) // the attributes may have set both interval and limit
	return k.scriptedOr(func() answer { return handler(k) })
}

// scriptedOr asks the handlers of the command, and if they pass, the server itself.
func (k *call) scriptedOr(builtIn func() answer) answer {
	r := k.srv.respond(&k.srv.byCommand, k.req)
	if r.kind == kindPass {
		return builtIn()
	}
	return k.answerOf(k.perform(k.req, r))
}

// failed turns an error into an answer. An error after the command was interrupted stands for the interruption.
func (k *call) failed(err error) answer {
	var exception *SQLError
	if k.ex.ctx.Err() != nil && !errors.As(err, &exception) {
		return k.interrupted()
	}
	return failed(err)
}

func (k *call) interrupted() answer {
	if err := k.interruption(k.ex); err != nil {
		return failed(err)
	}
	return answer{silent: true}
}

// finish sends the answer. It reports whether the connection goes on.
func (c *conn) finish(ex *execution, a answer) bool {
	ex.stop()
	ex.stop = func() {}
	defer ex.end()
	if a.drop {
		c.cut(frame.ErrCut)
		return false
	}
	if a.silent || !frame.Pause(c.ctx, ex.delay()) {
		return false
	}
	if ex.cutsAnswer() {
		c.cut(frame.ErrCut)
		return false
	}
	message := a.raw
	if !a.isRaw {
		message = ex.text(c.document(ex, a))
	}
	opcode, payload := byte(frame.OpText), message
	c.mu.Lock()
	compressed := c.compressed
	c.mu.Unlock()
	if compressed && !a.plain {
		opcode, payload = frame.OpBinary, frame.Deflate(message)
	}
	opcode, payload = ex.payload(opcode, payload, message)
	delivery := ex.delivery()
	if a.end {
		c.mu.Lock()
		c.bye = true
		c.mu.Unlock()
	}
	c.answered()
	// The context of the connection, not of the command: an abort does not stop an answer half way.
	if err := c.frame.WriteMessage(context.WithoutCancel(c.ctx), opcode, payload, delivery); err != nil {
		c.cut(err)
		return false
	}
	if ex.cutsAfter() {
		c.cut(frame.ErrCut)
		return false
	}
	if a.end {
		c.farewell(a.err != nil)
		return false
	}
	return true
}

// document is the envelope of an answer.
func (c *conn) document(ex *execution, a answer) object {
	doc := object{}
	if a.err != nil {
		doc.Set("status", "error")
	} else {
		doc.Set("status", "ok")
		if a.data != nil {
			doc.Set("responseData", a.data)
		}
	}
	attrs := a.attrs
	if c.sess != nil {
		for _, m := range c.sess.takeChanged() {
			attrs.Set(m.Key, m.Value)
		}
		if ex.allAttributes() {
			attrs = c.sess.attributes().document(c.sess.version)
		}
	}
	if attrs != nil {
		doc.Set("attributes", attrs)
	}
	if a.err != nil {
		doc.Set("exception", c.exception(a.err))
	}
	return ex.tree(doc)
}

func (c *conn) exception(err error) object {
	var exception *SQLError
	if !errors.As(err, &exception) {
		exception = &SQLError{"00000", err.Error()}
	}
	text := exception.Text
	if c.sess != nil {
		text += c.sess.suffix()
	}
	return object{field("text", text), field("sqlCode", exception.Code)}
}
