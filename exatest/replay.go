package exatest

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/frame"
	"github.com/exawire/exawire/exatest/internal/replay"
)

// A server that serves a recording is made by package record alone.
func init() {
	replay.Option = func(r replay.Recording) any { return Option(func(c *config) { c.recording = r }) }
}

// impersonate makes the server look like the one that was recorded.
func (c *config) impersonate(id replay.Identity) {
	c.release = parseRelease(id.Release)
	c.maxVersion = int(id.Version)
	c.databaseName = id.DatabaseName
	c.maxMessage = max(c.maxMessage, id.MaxMessageSize)
	c.maxRequest = max(c.maxRequest, c.maxMessage)
}

// replayFailed fails the test for a client that does not do what was recorded, whether [WithLeniency] was given or not:
// that is about the protocol.
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

// closeRecording reports what was not played, and closes the file.
func (s *Server) closeRecording() error {
	if s.cfg.recording == nil {
		return nil
	}
	unplayed, err := s.cfg.recording.Close()
	if unplayed != "" {
		s.replayFailed(unplayed)
	}
	return err
}

// beginReplay lets a client that has shown its credentials have the next session of the recording.
func (k *call) beginReplay(user string, version commands.Version, sub bool) answer {
	compress, err := k.asksForCompression()
	if err != nil {
		return fatal(err)
	}
	p, err := k.srv.cfg.recording.Begin(replay.Login{Message: k.msg.raw, Version: version, Subconnection: sub})
	if err != nil {
		k.srv.replayFailed(err.Error())
		return fatal(protocol("exatest: replay: " + err.Error()))
	}
	sess := newSession(k.srv.cfg, p.ID, user, p.Version)
	for name, raw := range p.Attributes {
		if info, ok := attributeTable[name]; ok {
			if v, err := k.srv.cfg.readAttribute(info, raw); err == nil {
				sess.attrs[name] = v
			}
		}
	}
	sess.attrs["compressionEnabled"] = compress
	k.establish(sess, nil, compress)
	k.play = p
	return answer{raw: withCompression(p.Welcome, compress), isRaw: true}
}

// asksForCompression reports whether a login asks for compression, by its field or by an attribute: real servers turn it
// on for either of the two.
func (k *call) asksForCompression() (asks bool, err error) {
	if k.msg.has("useCompression") {
		if asks, err = boolAt("/useCompression", k.msg.fields["useCompression"]); err != nil {
			return false, err
		}
	}
	var attributes struct {
		CompressionEnabled json.RawMessage `json:"compressionEnabled"`
	}
	_ = json.Unmarshal(k.msg.fields["attributes"], &attributes) // what it does not say is no
	return asks || string(attributes.CompressionEnabled) == "true", nil
}

// replayed answers a command from the recording.
func (k *call) replayed() answer {
	k.conn.watch(k.ex, 0)
	a, err := k.play.Answer(k.msg.command, k.msg.raw)
	switch {
	case err != nil:
		if rows := (*replay.MissingRows)(nil); !errors.As(err, &rows) {
			k.srv.replayFailed(err.Error())
		}
		return failed(protocol("exatest: replay: " + err.Error()))
	case a.Kind == replay.Own:
		return ok()
	}
	switch {
	case a.AwaitAbort:
		<-k.ex.ctx.Done()
	case a.Took > 0 && !frame.Pause(k.ex.ctx, a.Took):
		return k.interrupted()
	}
	switch {
	case k.conn.ctx.Err() != nil:
		return answer{silent: true}
	case a.Kind == replay.Dropped:
		return answer{drop: true}
	case a.Kind == replay.Abandoned:
		return k.interrupted()
	}
	message := a.Message
	if k.msg.command == "getAttributes" || k.msg.command == "setAttributes" {
		message = withCompression(message, k.sess.attributes().bool("compressionEnabled"))
	}
	return answer{raw: message, isRaw: true}
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
