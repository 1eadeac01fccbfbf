package exatest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest/internal/redact"
)

// Replay starts a server that serves the transcript at path, which a [Recorder] wrote, and closes it when the test ends.
// No database is needed, and opts work as for [NewServer]; users, passwords and the network are the server's own.
//
// # Sessions
//
// Clients log in for real, at the server, and may use compression as they like. The n-th session gets what the n-th
// session of the transcript got, whose login has to have set the same attributes; subconnections are counted apart.
// Logins that were refused in the recording are not played. The protocol version is that of the recorded session; a
// client that asks for an older one is refused, as what it would read has another shape. [ReplayRepeated] begins again
// when all sessions of the transcript are taken.
//
// # Requests
//
// Two requests are the same if they have the same content, without regard to white space between its parts, to the order
// of keys, to blanks and a semicolon around the SQL text, and to secrets, which [Recorder] takes out.
//
// A session has to send the requests of the recorded session in their order. Free are:
//
//   - fetch: it is answered wherever it comes, and as often as it comes, from the recorded fetch of the same result set
//     at the same position. numBytes does not matter, the client gets the rows of the recording. Rows that were not
//     fetched then are an exception, but do not fail the test by themselves: a client may fetch ahead.
//   - closeResultSet and closePreparedStatement: what the session may close, it can close at any time.
//   - disconnect, at any time.
//   - abortQuery: it has no answer. Where the recorded answer was that of an aborted command, it waits for the abort.
//
// With [ReplayAnyOrder] all requests of a session may come in any order.
//
// Any other request gets an exception and fails the test with the nearest recorded request and the difference. Where
// the database cut the connection in place of an answer, so does the server.
//
// # Handlers
//
// Those of [Server.Handle] are asked before the transcript. Those of [Server.HandleSQL], backends, and options about
// how results are sent have no effect.
func Replay(tb testing.TB, path string, opts ...Option) *Server {
	tb.Helper()
	return NewServer(tb, append(opts, withTranscript(path))...)
}

// StartReplay is [Replay] without a test. The caller closes the server. What would have failed the test is in
// [Server.Violations].
func StartReplay(path string, opts ...Option) (*Server, error) {
	return Start(append(opts, withTranscript(path))...)
}

func withTranscript(path string) Option { return func(c *config) { c.replay.path = path } }

// replayConfig is what the options of a replay set.
type replayConfig struct {
	path     string
	anyOrder bool
	repeated bool
	delays   bool
	all      bool
}

// ReplayAnyOrder makes [Replay] answer requests in any order: each gets the answer of the first recorded request of its
// session that is the same and was not played yet. If all of them were, one that only reads (metadata, getAttributes,
// getHosts, getResultSetHeader, getOffset, and statements that begin with SELECT, WITH, VALUES, DESC or EXPLAIN) gets the
// last answer again. Login attributes do not have to be the same.
func ReplayAnyOrder() Option { return func(c *config) { c.replay.anyOrder = true } }

// ReplayRepeated makes [Replay] begin with the first session of the transcript again when all are taken, where it would
// refuse the login.
func ReplayRepeated() Option { return func(c *config) { c.replay.repeated = true } }

// ReplayDelays makes [Replay] take as long for an answer as the database did. Without it answers come at once.
func ReplayDelays() Option { return func(c *config) { c.replay.delays = true } }

// ReplayAll makes the server of [Replay] fail the test, when it is closed, for recorded requests that were not played.
// Those that may be sent at any time do not count.
func ReplayAll() Option { return func(c *config) { c.replay.all = true } }

// openTranscript reads what the server of a replay serves, and makes the server look like the one of the transcript.
func (c *config) openTranscript() (*transcript, error) {
	if c.replay.path == "" {
		return nil, nil
	}
	file, err := os.Open(c.replay.path)
	if err != nil {
		return nil, err
	}
	t := &transcript{file: file, path: c.replay.path, config: c.replay}
	if err := t.index(); err != nil {
		return nil, errors.Join(fmt.Errorf("transcript %s: %w", c.replay.path, err), file.Close())
	}
	c.release = parseRelease(t.header.Release)
	c.maxVersion = 0
	for _, s := range t.sessions {
		c.maxVersion = max(c.maxVersion, int(s.version))
		c.databaseName = s.greeting.Data.Database
		c.maxMessage = max(c.maxMessage, s.greeting.Data.MaxSize)
		c.maxRequest = max(c.maxRequest, c.maxMessage)
	}
	return t, nil
}

// replayFailed fails the test for a client that does not do what was recorded, also if the server is [WithLeniency]: that is
// about the protocol.
func (s *Server) replayFailed(text string) {
	s.mu.Lock()
	s.violations = append(s.violations, text)
	s.mu.Unlock()
	if fn := s.cfg.onViolation; fn != nil {
		fn(Violation{Text: text})
	}
	if s.tb != nil {
		s.tb.Errorf("exatest: replay: %s", text)
	}
}

// close gives the file back.
func (t *transcript) close() {
	if t != nil {
		_ = t.file.Close()
	}
}

// closeTranscript reports what was not played, and closes the file.
func (s *Server) closeTranscript() error {
	t := s.transcript
	if t == nil {
		return nil
	}
	if t.config.all {
		if left := t.unplayed(); len(left) > 0 {
			s.replayFailed(fmt.Sprintf("of the transcript %s were not played:\n%s", t.path, strings.Join(left, "\n")))
		}
	}
	return t.file.Close()
}

// beginReplay lets a client that has shown its credentials have the next session of the transcript.
func (k *call) beginReplay(t *transcript, user string, asked int, sub bool) answer {
	compress := false
	if k.msg.has("useCompression") {
		var err error
		if compress, err = boolAt("/useCompression", k.msg.fields["useCompression"]); err != nil {
			return fatal(err)
		}
	}
	clean, _, err := new(redact.Messages).Request(k.msg.raw)
	if err != nil {
		return fatal(err)
	}
	credentials := credentialsOf(clean)
	// Real servers turn compression on for either of the two.
	compress = compress || string(credentials.Attributes["compressionEnabled"]) == "true"
	p, err := t.take(sub, asked, credentials)
	if err != nil {
		k.srv.replayFailed(err.Error())
		return fatal(protocol("exatest: replay: " + err.Error()))
	}
	sess := newSession(k.srv.cfg, p.rec.greeting.Data.SessionID, user, p.rec.version)
	for name, raw := range p.rec.greeting.Attributes {
		if info, ok := attributeTable[name]; ok {
			if v, err := k.srv.cfg.readAttribute(info, raw); err == nil {
				sess.attrs[name] = v
			}
		}
	}
	sess.attrs["compressionEnabled"] = compress
	message, err := p.rec.welcome.message(t.file)
	if err != nil {
		return fatal(err)
	}
	k.establish(sess, nil, compress)
	k.play = p
	return answer{raw: withCompression(message, compress), isRaw: true}
}

// replayed answers a command from the transcript.
func (k *call) replayed() answer {
	t := k.srv.transcript
	k.conn.watch(k.ex, 0)
	st, err := k.play.find(k.msg)
	if err == nil && st != nil && st.outcome == unknown {
		err = fmt.Errorf("the recording of %s stopped before the request at line %d was answered", t.path, st.line)
	}
	switch {
	case err != nil:
		if rows := (*missingRows)(nil); !errors.As(err, &rows) {
			k.srv.replayFailed(err.Error())
		}
		return failed(protocol("exatest: replay: " + err.Error()))
	case st == nil:
		return ok()
	}
	switch {
	case st.aborted || st.outcome == abandoned:
		<-k.ex.ctx.Done()
	case t.config.delays && !sleep(k.ex.ctx, st.took):
		return k.interrupted()
	}
	switch {
	case k.conn.ctx.Err() != nil:
		return answer{silent: true}
	case st.outcome == dropped:
		return answer{drop: true}
	case st.outcome == abandoned:
		return k.interrupted()
	}
	message, err := st.answer.message(t.file)
	if err != nil {
		return failed(fmt.Errorf("exatest: replay: %w", err))
	}
	if st.command == "getAttributes" || st.command == "setAttributes" {
		message = withCompression(message, k.sess.attributes().bool("compressionEnabled"))
	}
	return answer{raw: message, isRaw: true}
}

// recordedTime keeps a recorded duration from being negative.
func recordedTime(from, to int64) time.Duration {
	return time.Duration(max(to-from, 0)) * time.Microsecond
}

// withCompression makes an answer that lists compressionEnabled tell the truth about this session.
func withCompression(message []byte, on bool) []byte {
	const name = `"compressionEnabled":`
	for _, old := range []bool{true, false} {
		was := name + strconv.FormatBool(old)
		if i := bytes.Index(message, []byte(was)); i >= 0 {
			return slices.Concat(message[:i], strconv.AppendBool([]byte(name), on), message[i+len(was):])
		}
	}
	return message
}
