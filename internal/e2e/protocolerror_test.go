package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
)

// checkProtocolError fails the test unless err says that the answer made no sense, and the session, too.
func checkProtocolError(t *testing.T, sess *exawire.Session, err error) {
	t.Helper()
	var protocol *exawire.ProtocolError
	if !errors.As(err, &protocol) || !errors.Is(err, exawire.ErrSessionClosed) || exawire.SafeToRetry(err) {
		t.Errorf("error is %v", err)
	}
	for what, later := range map[string]error{"the session's error": sess.Err(), "the next command": sess.Ping(context.Background())} {
		protocol = nil
		if !errors.As(later, &protocol) || !errors.Is(later, exawire.ErrSessionClosed) {
			t.Errorf("%s: %v", what, later)
		}
	}
	if err := sess.Ping(context.Background()); !exawire.SafeToRetry(err) {
		t.Errorf("the next command was sent: %v", err)
	}
}

// senseless are faults of a document or its message, and of the frames that it travels in.
var senseless = []struct {
	name     string
	fault    fault.Fault
	compress bool
}{
	{"garbage", fault.Garbage(), false},
	{"truncated", fault.TruncateJSON(), false},
	{"no status", fault.OmitKeys("status"), false},
	{"a status that is no text", fault.SetKey("status", []int{1}), false},
	{"an unknown status", fault.SetKey("status", "maybe"), false},
	{"a status of null", fault.SetKey("status", nil), false},
	{"compressed garbage", fault.Garbage(), true},
	{"compressed and truncated JSON", fault.TruncateJSON(), true},
	{"corrupt zlib", fault.CorruptZlib(), true},
	{"truncated zlib", fault.TruncateZlib(), true},
}

// An answer that cannot be read ends the session, whatever command it is for, and the errors of all later calls say why.
func TestSenselessAnswers(t *testing.T) {
	for name, call := range calls() {
		for _, bad := range senseless {
			t.Run(name+" "+bad.name, func(t *testing.T) {
				t.Parallel()
				bubble(t, func(c *exawire.Config) { c.Compression = bad.compress }, []exatest.Option{exatest.WithLeniency()},
					func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
						sess := connect(t, client)
						injected := srv.Inject(bad.fault.On(name).Once())
						err := call(t.Context(), sess)
						if injected.Count() != 1 {
							t.Fatalf("the fault struck %d times", injected.Count())
						}
						checkProtocolError(t, sess, err)
					})
			})
		}
	}
}

// Answers that are JSON, and no answers.
func TestAnswersOfAnotherKind(t *testing.T) {
	for _, answer := range []string{
		`null`, `true`, `7`, `"ok"`, `[]`, `{}`, `{"status":"ok"`,
		`{"status":"error","exception":[]}`, `{"status":"ok","attributes":[]}`, `{"status":"ok","attributes":{"autocommit":"x"}}`,
		`{"status":"ok"}{"status":"ok"}`, `{"status":"ok","responseData":[1]}`, `{"status":"ok","responseData":7}`,
	} {
		for name, call := range calls() {
			t.Run(name+" "+answer, func(t *testing.T) {
				t.Parallel()
				bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					srv.Handle(name, func(*exatest.Request) exatest.Response { return exatest.Raw(answer) }).Once()
					err := call(t.Context(), sess)
					if err == nil && (answer == `{"status":"ok","responseData":[1]}` || answer == `{"status":"ok","responseData":7}`) {
						t.Skip("its payload is of no interest")
					}
					checkProtocolError(t, sess, err)
				})
			})
		}
	}
}

// Commands whose answer must have a payload do not take one without, or with another, for success.
func TestAnswersWithoutPayload(t *testing.T) {
	void := map[string]bool{
		"disconnect": true, "closePreparedStatement": true, "closeResultSet": true, "getAttributes": true, "setAttributes": true,
		"fetch": true, // a chunk without rows
	}
	optional := map[string]bool{"getHosts": true, "enterParallel": true, "requestParallelConnections": true} // what they list
	for _, answer := range []string{`{"status":"ok"}`, `{"status":"ok","responseData":null}`, `{"status":"ok","responseData":{}}`} {
		for name, call := range calls() {
			if void[name] || optional[name] && answer == `{"status":"ok","responseData":{}}` {
				continue
			}
			t.Run(name+" "+answer, func(t *testing.T) {
				t.Parallel()
				bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					srv.Handle(name, func(*exatest.Request) exatest.Response { return exatest.Raw(answer) }).Once()
					checkProtocolError(t, sess, call(t.Context(), sess))
				})
			})
		}
	}
}

// A message that nobody asked for ends the session. Which call notices it depends on when it comes.
func TestUnsolicitedMessage(t *testing.T) {
	for range 20 { // it comes while the next command is about to be sent
		bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
			sess := connect(t, client)
			srv.Inject(fault.ExtraAnswer().Once())
			err := sess.Ping(t.Context())
			if err == nil {
				err = sess.Ping(t.Context())
			}
			if err == nil {
				err = sess.Ping(t.Context()) // the second one took the first one's for its own
			}
			var protocol *exawire.ProtocolError
			if !errors.As(err, &protocol) || !errors.Is(err, exawire.ErrSessionClosed) {
				t.Errorf("error is %v", err)
			}
		})
	}

	for _, compress := range []bool{false, true} {
		t.Run(fmt.Sprint(compress), func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.Compression = compress }, []exatest.Option{exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					srv.Inject(fault.ExtraAnswer().Once())
					_ = sess.Ping(t.Context())
					time.Sleep(time.Second)
					var protocol *exawire.ProtocolError
					if err := sess.Err(); !errors.As(err, &protocol) || !errors.Is(err, exawire.ErrSessionClosed) {
						t.Errorf("the session's error is %v", err)
					}
					err := sess.Ping(t.Context())
					if !errors.As(err, &protocol) || !errors.Is(err, exawire.ErrSessionClosed) || !exawire.SafeToRetry(err) {
						t.Errorf("the next command: %v", err)
					}
				})
		})
	}
}

// A connection that is lost is no fault of the protocol: neither in the middle of an answer nor while attributes that are
// set are read back.
func TestLostConnectionIsNoProtocolError(t *testing.T) {
	for name, f := range map[string]fault.Fault{
		"before the request": fault.CutRequest(), "before the answer": fault.CutAnswer(), "in the middle": fault.CutMiddle(),
		"between fragments": fault.CutFragment(), "behind the answer": fault.CutAfter(),
	} {
		for command, call := range map[string]func(context.Context, *exawire.Session) error{
			"execute": calls()["execute"], "fetch": calls()["fetch"], "setAttributes": calls()["setAttributes"],
			"getAttributes": calls()["setAttributes"], // which reads back
		} {
			if name == "behind the answer" && command != "setAttributes" {
				continue // the command was done
			}
			t.Run(command+" "+name, func(t *testing.T) {
				bubble(t, nil, []exatest.Option{exatest.WithLeniency()}, func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					srv.Inject(f.On(command).Once())
					err := call(t.Context(), sess)
					var protocol *exawire.ProtocolError
					if !errors.Is(err, exawire.ErrSessionClosed) || errors.As(err, &protocol) || exawire.SafeToRetry(err) {
						t.Errorf("error is %v", err)
					}
					if err := sess.Err(); !errors.Is(err, exawire.ErrSessionClosed) || errors.As(err, &protocol) {
						t.Errorf("the session's error is %v", err)
					}
				})
			})
		}
	}
}
