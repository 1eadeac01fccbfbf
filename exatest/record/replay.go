package record

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/redact"
	"github.com/exawire/exawire/exatest/internal/replay"
)

// Replay starts a server that serves the transcript at path, which a [Recorder] has written, and closes it when the
// test ends. The test fails if the server cannot start, for each request that does not fit the transcript, and for
// everything else that fails the test of an [exatest.Server].
//
// # Sessions
//
// Clients really log in to the server, and may use compression as they like. The n-th session gets the answers of the
// n-th session of the transcript, and its login has to set the same attributes; subconnections are counted separately.
// Logins that were refused in the recording are not played. The protocol version is that of the recorded session. A
// client that asks for an older version is refused, since it would expect answers of another shape. [WithRepetition]
// starts again when all sessions of the transcript are taken.
//
// # Requests
//
// Two requests are the same if they have the same content. White space between its parts, the order of keys, blanks and
// a semicolon around the SQL text do not matter, nor do the secrets that a [Recorder] keeps out.
//
// A session has to send the requests of the recorded session in the same order, with these exceptions:
//
//   - fetch may come at any time and any number of times. It is answered from the recorded fetch of the same result set
//     at the same position. numBytes does not matter: the client gets the rows of the recording. A fetch of rows that
//     were not fetched in the recording gets an exception but does not fail the test, because a client may fetch ahead.
//   - closeResultSet, closePreparedStatement and disconnect may come at any time.
//   - abortQuery has no answer. If the recorded answer is that of an aborted command, the server waits for the abort.
//
// With [WithAnyOrder] all requests of a session may come in any order.
//
// Any other request gets an exception and fails the test with the nearest recorded request and the difference. If the
// database cut the connection instead of answering, the server does the same.
//
// # Handlers
//
// Handlers of [exatest.Server.Handle] are asked before the transcript. Those of [exatest.Server.HandleSQL] have no
// effect.
func Replay(tb testing.TB, path string, opts ...Option) *exatest.Server {
	tb.Helper()
	serverOpts, err := open(path, opts)
	if err != nil {
		tb.Fatalf("exatest: replay: %v", err)
	}
	return exatest.NewServer(tb, serverOpts...)
}

// StartReplay starts a replay without a test, otherwise like [Replay]. The caller closes the server. Everything that
// would have failed the test is in [exatest.Server.Violations].
func StartReplay(path string, opts ...Option) (*exatest.Server, error) {
	serverOpts, err := open(path, opts)
	if err != nil {
		return nil, err
	}
	return exatest.Start(serverOpts...)
}

// open reads a transcript and returns the options of the server that serves it and closes it, also if it cannot start.
func open(path string, opts []Option) ([]exatest.Option, error) {
	var c config
	for _, opt := range opts {
		opt(&c)
	}
	t, err := openTranscript(path, c)
	if err != nil {
		return nil, err
	}
	return append(c.server, replay.Option(t).(exatest.Option)), nil
}

func openTranscript(path string, c config) (*transcript, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	t := &transcript{file: file, path: path, config: c}
	if err := t.index(); err != nil {
		return nil, errors.Join(fmt.Errorf("transcript %s: %w", path, err), file.Close())
	}
	return t, nil
}

// Identity implements [replay.Recording].
func (t *transcript) Identity() replay.Identity {
	id := replay.Identity{Release: t.header.Release}
	for _, s := range t.sessions {
		id.Version = max(id.Version, s.version)
		id.DatabaseName = s.greeting.Data.Database
		id.MaxMessageSize = max(id.MaxMessageSize, s.greeting.Data.MaxSize)
	}
	return id
}

// Close implements [replay.Recording].
func (t *transcript) Close() (unplayed string, err error) {
	if t.config.all {
		if left := t.unplayed(); len(left) > 0 {
			unplayed = fmt.Sprintf("of the transcript %s were not played:\n%s", t.path, strings.Join(left, "\n"))
		}
	}
	return unplayed, t.file.Close()
}

// Begin implements [replay.Recording].
func (t *transcript) Begin(l replay.Login) (*replay.Session, error) {
	clean, _, err := new(redact.Messages).Request(l.Message)
	if err != nil {
		return nil, err
	}
	p, err := t.take(l.Subconnection, l.Version, credentialsOf(clean))
	if err != nil {
		return nil, err
	}
	welcome, err := p.rec.welcome.message(t.file)
	if err != nil {
		return nil, err
	}
	return &replay.Session{
		ID: p.rec.greeting.Data.SessionID, Version: p.rec.version, Attributes: p.rec.greeting.Attributes, Welcome: welcome,
		Answer: p.answer,
	}, nil
}

// answer is the recorded answer to a message.
func (p *play) answer(command string, message []byte) (replay.Answer, error) {
	st, err := p.find(command, message)
	switch {
	case err != nil:
		return replay.Answer{}, err
	case st == nil:
		return replay.Answer{Kind: replay.Own}, nil
	case st.outcome == unknown:
		return replay.Answer{}, fmt.Errorf("the recording of %s stopped before the request at line %d was answered", p.transcript.path, st.line)
	}
	a := replay.Answer{AwaitAbort: st.aborted || st.outcome == abandoned}
	if p.transcript.config.delays {
		a.Took = st.took
	}
	switch st.outcome {
	case dropped:
		a.Kind = replay.Dropped
	case abandoned:
		a.Kind = replay.Abandoned
	default:
		a.Kind = replay.Recorded
		a.Message, err = st.answer.message(p.transcript.file)
	}
	return a, err
}

// recordedTime keeps a recorded duration from being negative.
func recordedTime(from, to int64) time.Duration {
	return time.Duration(max(to-from, 0)) * time.Microsecond
}
