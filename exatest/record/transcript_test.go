package record_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/exawire/exawire/exatest/record"
	"github.com/google/go-cmp/cmp"
)

const transcriptHeader = `{"exatestTranscript":1,"recorded":"2026-01-02T03:04:05Z","release":"8.32.0"}`

// loginLines are the lines of a login on connection 1.
var loginLines = []string{
	transcriptHeader,
	`{"conn":1,"micros":1,"from":"client","kind":"text","message":{"command":"login","protocolVersion":5}}`,
	`{"conn":1,"micros":2,"from":"server","kind":"text","message":{"status":"ok"}}`,
	`{"conn":1,"micros":3,"from":"client","kind":"text","message":{"username":"u","password":"p","useCompression":false}}`,
	`{"conn":1,"micros":4,"from":"server","kind":"text","message":{"status":"ok","responseData":{"sessionId":77,"protocolVersion":5}}}`,
}

// saved writes a transcript: a login and what follows it.
func saved(t testing.TB, lines ...string) string {
	t.Helper()
	return savedText(t, strings.Join(append(loginLines[:len(loginLines):len(loginLines)], lines...), "\n")+"\n")
}

func savedText(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// line is one message, micros after the recording began.
func line(micros int64, from, message string) string {
	return fmt.Sprintf(`{"conn":1,"micros":%d,"from":%q,"kind":"text","message":%s}`, micros, from, message)
}

func TestTranscriptCorrupt(t *testing.T) {
	whole := strings.Join(loginLines, "\n")
	for name, test := range map[string]struct{ text, want string }{
		"empty":         {"", "the transcript is empty"},
		"no header":     {loginLines[1] + "\n", "line 1: this is not the header of a transcript"},
		"other":         {"hello\n", "line 1: this is not the header"},
		"newer":         {strings.Replace(whole, `Transcript":1`, `Transcript":2`, 1) + "\n", "line 1: the format is 2"},
		"cut off":       {whole, "line 5: the line is cut off"},
		"not JSON":      {whole + "\n{]\n", "line 6: "},
		"no connection": {whole + "\n{}\n", "line 6: there is no connection 0"},
		"nobody":        {transcriptHeader + "\n", "nobody has logged in"},
		"from":          {whole + "\n" + `{"conn":1,"from":"x","kind":"text","message":{}}` + "\n", `line 6: from is "x"`},
		"kind":          {whole + "\n" + `{"conn":1,"from":"client","kind":"x","message":{}}` + "\n", `line 6: kind is "x"`},
		"time":          {whole + "\n" + `{"conn":1,"micros":-1,"from":"client","kind":"end"}` + "\n", "line 6: the time is negative"},
		"no message":    {whole + "\n" + `{"conn":1,"from":"client","kind":"text"}` + "\n", "line 6: the message is not an object"},
		"omitted":       {whole + "\n" + `{"conn":1,"from":"server","kind":"text","omitted":"too long"}` + "\n", "line 6: a message of the server was not recorded: too long"},
		"no question":   {whole + "\n" + line(9, "server", `{"status":"ok"}`) + "\n", "line 6: this answers no request"},
		"no version":    {strings.Replace(whole, `"protocolVersion":5}}`, `"x":5}}`, 2) + "\n", "no protocolVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, err := record.StartReplay(savedText(t, test.text))
			if err == nil {
				srv.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := record.StartReplay(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A server gives the handle 1 to one result set after the other.
func TestReplayHandleTwice(t *testing.T) {
	open := func(micros int64, rows int) []string {
		return []string{
			line(micros, "client", `{"command":"execute","sqlText":"Q"}`),
			line(micros, "server", fmt.Sprintf(`{"status":"ok","responseData":{"results":[{"resultSet":{"resultSetHandle":1,"numRows":%d}}]}}`, rows)),
			line(micros, "client", `{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":5}`),
			line(micros, "server", fmt.Sprintf(`{"status":"ok","responseData":{"numRows":%d}}`, rows)),
		}
	}
	srv := record.Replay(t, saved(t, append(open(10, 111), open(20, 222)...)...))
	c := replayClient(t, srv)
	c.Login("")
	c.Execute("Q") // whose rows nobody reads this time
	a := c.Execute("Q")
	b := c.OK(`{"command":"fetch","resultSetHandle":1,"startPosition":0,"numBytes":5}`)
	if !strings.Contains(a.Raw, "222") || !strings.Contains(b.Raw, "222") {
		t.Errorf("got %s and %s", a.Raw, b.Raw)
	}
	c.Bye()
}

func TestReplayDelays(t *testing.T) {
	path := saved(t,
		line(1_000_000, "client", `{"command":"execute","sqlText":"Q"}`),
		line(3_601_000_000, "server", `{"status":"ok"}`),
	)
	synctest.Test(t, func(t *testing.T) {
		srv := record.Replay(t, path, record.WithServer(exatest.WithNetwork(exatest.NewVirtualNetwork())), record.WithDelays(), record.WithRepetition())
		c := replayClient(t, srv)
		c.Login("")
		start := time.Now()
		c.OK(`{"command":"execute","sqlText":"Q"}`)
		if d := time.Since(start); d != time.Hour {
			t.Errorf("the answer came after %v", d)
		}
		c.Bye()
		// An abort ends the wait, as it would have ended the statement.
		c = replayClient(t, srv)
		c.Login("")
		c.Send(`{"command":"execute","sqlText":"Q"}`)
		time.Sleep(time.Minute)
		c.Send(`{"command":"abortQuery"}`)
		c.Failed(c.Receive(), "R0003", "(Session: 77)")
		c.Bye()
	})
}

// The recording stopped in the middle of a request.
func TestReplayUnanswered(t *testing.T) {
	tb := &testclient.LooseTB{TB: t}
	srv := record.Replay(tb, saved(t, line(9, "client", `{"command":"execute","sqlText":"Q"}`)))
	c := replayClient(t, srv)
	c.Login("")
	c.Fails("00000", "stopped before the request at line 6 was answered", `{"command":"execute","sqlText":"Q"}`)
	c.Bye()
	if failure := tb.Take(); !strings.Contains(failure, "line 6") {
		t.Errorf("failure %q", failure)
	}
}

// Handlers come first, for what a test changes in a recording.
func TestReplayHandler(t *testing.T) {
	srv := record.Replay(t, saved(t, line(9, "client", `{"command":"getHosts","hostIp":"h"}`), line(9, "server", `{"status":"ok"}`)))
	srv.Handle("getHosts", func(*exatest.Request) exatest.Response { return exatest.Exception("42500", "no") }).Once()
	c := replayClient(t, srv)
	c.Login("")
	c.Fails("42500", "no", `{"command":"getHosts","hostIp":"h"}`)
	c.OK(`{"command":"getHosts","hostIp":"h"}`)
	c.Bye()
}

// Messages of many megabytes go through in pieces, and are whole in the transcript.
func TestRecordLarge(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 1<<20/16)
	srv := exatest.NewServer(t)
	srv.HandleSQL("Q", exatest.Rows(exatest.Columns("A VARCHAR(2000000), B VARCHAR(2000000)"), exatest.ValuesOf([]string{text, text}), exatest.ValuesOf([]string{text, text})))
	srv.HandleSQL("INSERT...", exatest.RowCount(1))
	program := func(c *testclient.Client) string {
		c.Login("")
		c.OK(`{"command":"createPreparedStatement","sqlText":"INSERT ?"}`)
		c.OK(`{"command":"executePreparedStatement","statementHandle":1,"numColumns":1,"numRows":1,"data":[[%q]]}`, text+text[:900_001])
		c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
		// In frames of 70,001 bytes, which are no multiple of the mask.
		rest := []byte(`{"command":"execute","sqlText":"Q` + strings.Repeat(" ", 300_000) + `"}`)
		for opcode := byte(1); ; opcode = 0 {
			n := min(70_001, len(rest))
			_ = c.Frame(n == len(rest), opcode, true, rest[:n])
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		answer := c.Receive().Raw
		c.Bye()
		return answer
	}
	var want string
	path := recorded(t, srv, func(dial func() *testclient.Client) { want = program(dial()) })
	got := program(replayClient(t, record.Replay(t, path, record.WithAllRequests())))
	if got != want || len(want) < 4<<20 {
		t.Errorf("the answer has %d bytes, recorded were %d", len(got), len(want))
	}
}

func TestRecorderFails(t *testing.T) {
	srv := exatest.NewServer(t)
	dir := t.TempDir()
	start := func(path string, up record.Upstream) *record.Recorder {
		t.Helper()
		rec, err := record.Start(path, up)
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	if _, err := record.Start(dir, record.Upstream{Addr: srv.Addr()}); err == nil {
		t.Error("a directory was taken for a file")
	}
	if _, err := record.Start(dir+"/a", record.Upstream{Addr: "nowhere"}); err == nil {
		t.Error("an address without a port was taken")
	}
	for name, up := range map[string]record.Upstream{
		"x509":            {Addr: srv.Addr()},
		"the fingerprint": {Addr: srv.Addr(), Fingerprint: strings.Repeat("0", 64)},
		"connect":         {Addr: "127.0.0.1:1", Plaintext: true},
	} {
		rec := start(filepath.Join(dir, "x"), up)
		if resp := upgradeStatus(t, rec); resp != 502 {
			t.Errorf("%s: status %d", name, resp)
		}
		if err := rec.Close(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("close: %v, want %q", err, name)
		}
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		rec := start("/dev/full", record.Upstream{Addr: srv.Addr(), Fingerprint: srv.Fingerprint()})
		c := dialRecorder(t, srv, rec)
		a := c.OK(`{"command":"login","protocolVersion":5}`)
		c.Send(fmt.Sprintf(`{"username":"sys","password":%q,"useCompression":false}`, c.Encrypt(a, "exasol")))
		if _, err := c.Recv(); err == nil {
			t.Error("the session goes on although it cannot be recorded")
		}
		if err := rec.Close(); err == nil || !strings.Contains(err.Error(), "write the transcript") {
			t.Errorf("close: %v", err)
		}
	}
}

// A recorder that is closed in the middle leaves whole lines.
func TestRecorderClose(t *testing.T) {
	srv := exatest.NewServer(t)
	path := filepath.Join(t.TempDir(), "t.jsonl")
	rec := record.New(t, path, record.Upstream{Addr: srv.Addr(), Fingerprint: srv.Fingerprint()})
	c := dialRecorder(t, srv, rec)
	c.Login("")
	if err := rec.Close(); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	for _, l := range lines {
		if !json.Valid(l) {
			t.Errorf("not JSON: %s", l)
		}
	}
	if diff := cmp.Diff(6, len(lines)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// FuzzTranscript serves texts of the fuzzer. Whatever is accepted can be played.
func FuzzTranscript(f *testing.F) {
	whole := strings.Join(loginLines, "\n") + "\n"
	f.Add([]byte(whole))
	f.Add([]byte(whole + line(1, "client", `{"command":"execute","sqlText":"Q"}`) + "\n" + line(2, "server", `{"status":"ok"}`) + "\n"))
	f.Add([]byte(whole + line(1, "client", `{"command":"fetch","resultSetHandle":1}`) + "\n" + `{"conn":1,"from":"server","kind":"end"}` + "\n"))
	f.Add([]byte(whole + line(1, "client", `{"command":"abortQuery"}`) + "\n"))
	f.Add([]byte(strings.Replace(whole, "login", "subLogin", 1)))
	f.Add([]byte(whole[:len(whole)/2]))
	f.Fuzz(func(t *testing.T, text []byte) {
		srv, err := record.StartReplay(savedText(t, string(text)), record.WithServer(exatest.WithNetwork(exatest.NewVirtualNetwork())))
		if err != nil {
			return
		}
		defer srv.Close()
		c := replayClient(testclient.InExample(), srv)
		a := c.Do(`{"command":"login","protocolVersion":5}`)
		if a.Status != "ok" {
			return
		}
		c.Send(fmt.Sprintf(`{"username":"sys","password":%q,"useCompression":false}`, c.Encrypt(a, "exasol")))
		if text, err := c.Recv(); err != nil || !strings.Contains(text, `"ok"`) {
			return
		}
		for _, request := range []string{`{"command":"execute","sqlText":"Q"}`, `{"command":"fetch","resultSetHandle":1}`} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			context.AfterFunc(ctx, func() { c.Conn.Close() })
			if c.Frame(true, 1, true, []byte(request)) == nil {
				_, _ = c.Recv() // an answer, the end, or nothing for a client that gave up
			}
			cancel()
		}
	})
}

// The answer of a command that was aborted waits for the abort.
func TestReplayAbortIsAwaited(t *testing.T) {
	path := saved(t,
		line(10, "client", `{"command":"execute","sqlText":"Q"}`),
		line(20, "client", `{"command":"abortQuery"}`),
		line(30, "server", `{"status":"error","exception":{"text":"recorded","sqlCode":"R0003"}}`),
	)
	synctest.Test(t, func(t *testing.T) {
		c := replayClient(t, record.Replay(t, path, record.WithServer(exatest.WithNetwork(exatest.NewVirtualNetwork()))))
		c.Login("")
		start := time.Now()
		time.AfterFunc(time.Hour, func() { c.Send(`{"command":"abortQuery"}`) })
		c.Fails("R0003", "recorded", `{"command":"execute","sqlText":"Q"}`)
		if d := time.Since(start); d != time.Hour {
			t.Errorf("the answer came after %v, before the abort", d)
		}
		c.Bye()
	})
}
