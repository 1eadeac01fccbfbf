package fault_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/fault"
	"github.com/exawire/exawire/exatest/internal/testclient"
	"github.com/google/go-cmp/cmp"
)

// The answers of a client that keeps the connection open.
const (
	kept  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n1,a\n\r\n4\r\n2,b\n\r\n0\r\n\r\n"
	empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	gone  = "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nwho"
)

// transfers starts a server whose IMPORT counts lines, and whose EXPORT writes two.
func transfers(t *testing.T, fn func(t *testing.T, srv *exatest.Server, c *testclient.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := exatest.NewServer(t, exatest.WithNetwork(exatest.NewVirtualNetwork()))
		srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(_ string, content io.Reader) (int64, error) {
			text, err := io.ReadAll(content)
			return int64(strings.Count(string(text), "\n")), err
		}))
		srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(_ string, content io.Writer) (int64, error) {
			_, err := io.WriteString(content, "1,a\n2,b\n")
			return 2, err
		}))
		c := testclient.Connect(t, srv)
		fn(t, srv, c)
		c.Bye()
	})
}

func importFrom(tn *testclient.Tunnel) string {
	return "IMPORT INTO t FROM CSV AT 'http://" + tn.Key + "' FILE '1'"
}

func exportTo(tn *testclient.Tunnel) string {
	return "EXPORT t INTO CSV AT 'http://" + tn.Key + "' FILE '1'"
}

// Each fault at its step: what the client sees of it, and how the statement ends. A statement that does not end is
// aborted after an hour.
func TestTransferFaults(t *testing.T) {
	const (
		aborted = "R0003: Client requested execution abort."
		lost    = "[Recv failure: Connection timed out],[56],[Failure when receiving data from the peer]"
		status  = "[The requested URL returned error: 404],[22],[HTTP response code said error]"
	)
	get, put := "GET /1", "PUT /1"
	for _, tt := range []struct {
		fault    fault.Fault
		sql      func(*testclient.Tunnel) string
		answers  []string
		want     string // the row count, or code and text
		requests []string
	}{
		{fault.TunnelRequest(fault.Silence), importFrom, []string{kept}, aborted, []string{"EOF"}},
		{fault.TunnelRequest(fault.HangUp), importFrom, []string{kept}, lost, []string{"EOF"}},
		{fault.TunnelRequest(fault.Nonsense), importFrom, []string{kept}, "[Empty reply from server],[52]", []string{`malformed HTTP request "\x7fnonsense \x00\xff"`}},
		{fault.TunnelRequest(fault.WrongPath), importFrom, []string{gone}, status, []string{"GET /1.unknown", "EOF"}},
		{fault.TunnelRequest(fault.WrongMethod), importFrom, []string{gone}, status, []string{"TRACE /1", "EOF"}},
		{fault.TunnelReply(fault.Silence), importFrom, []string{kept}, aborted, []string{get, "EOF"}},
		{fault.TunnelReply(fault.HangUp), importFrom, []string{kept}, lost, []string{get, "EOF"}},
		{fault.TunnelReply(fault.Nonsense), importFrom, []string{kept}, "2", []string{get, `malformed HTTP request "\x7fnonsense \x00\xff"`}},
		{fault.TunnelReply(fault.Silence), exportTo, []string{empty}, aborted, []string{put, "1,a\n2,b\n", "EOF"}},
		{fault.TunnelReply(fault.HangUp), exportTo, []string{empty}, "after 8 bytes. " + lost, []string{put, "1,a\n2,b\n", "EOF"}},
		{fault.TunnelContent(5, fault.Silence), importFrom, []string{kept}, aborted, []string{get, "EOF"}},
		{fault.TunnelContent(5, fault.HangUp), importFrom, []string{kept}, "/1 failed after 5 bytes. " + lost, []string{get, "EOF"}},
		{fault.TunnelContent(0, fault.HangUp), importFrom, []string{kept}, "/1 failed after 0 bytes. " + lost, []string{get, "EOF"}},
		{fault.TunnelContent(9, fault.HangUp), importFrom, []string{kept}, "2", []string{get, "EOF"}},
		{fault.TunnelContent(5, fault.Nonsense), importFrom, []string{kept}, "2", []string{get, `malformed HTTP request "\x7fnonsense \x00\xff"`}},
		{fault.TunnelContent(5, fault.Silence), exportTo, []string{empty}, aborted, []string{put, "1,a\n2", "unexpected EOF"}},
		{fault.TunnelContent(5, fault.HangUp), exportTo, []string{empty}, "/1 failed after 5 bytes. " + lost, []string{put, "1,a\n2", "unexpected EOF"}},
		{fault.TunnelContent(5, fault.Nonsense), exportTo, []string{empty}, "[Empty reply from server],[52]", []string{put, "1,a\n2", "invalid byte in chunk length"}},
		{fault.TunnelContent(8, fault.HangUp), exportTo, []string{empty}, "/1 failed after 8 bytes. " + lost, []string{put, "1,a\n2,b\n", "unexpected EOF"}},
		{fault.TunnelEnd(fault.Silence), importFrom, []string{kept}, aborted, []string{get, "EOF"}},
		{fault.TunnelEnd(fault.HangUp), importFrom, []string{kept}, "/1 failed after 8 bytes. " + lost, []string{get, "EOF"}},
		{fault.TunnelEnd(fault.Silence), exportTo, []string{empty}, aborted, []string{put, "1,a\n2,b\n", "unexpected EOF"}},
		{fault.TunnelEnd(fault.HangUp), exportTo, []string{empty}, lost, []string{put, "1,a\n2,b\n", "unexpected EOF"}},
		{fault.TunnelEnd(fault.Nonsense), exportTo, []string{empty}, "[Empty reply from server],[52]", []string{put, "1,a\n2,b\n", "invalid byte in chunk length"}},
		{fault.TransferFails(), importFrom, []string{kept}, "40001: GlobalTransactionRollback", []string{get, "EOF"}},
		{fault.TransferFails(), exportTo, []string{empty}, "40001: GlobalTransactionRollback", []string{put, "1,a\n2,b\n", "EOF"}},
		{fault.TunnelContentLength(), exportTo, []string{empty}, "2", []string{put, "Content-Length: 8", "1,a\n2,b\n", "EOF"}},
		{fault.TunnelContentLength(), importFrom, []string{kept}, "2", []string{get, "EOF"}},
		{fault.TunnelExpectContinue(), exportTo, []string{empty}, "2", []string{put, "Expect: 100-continue", "1,a\n2,b\n", "EOF"}},
		{fault.TunnelProbe(), exportTo, []string{gone, empty}, "2", []string{get + " bytes=0-0", put, "1,a\n2,b\n", "EOF"}},
		{fault.TunnelProbe(), exportTo, []string{testclient.TwoRows, empty}, "[Connection refused],[7],[Couldn't connect to server]", []string{get + " bytes=0-0", "EOF"}},
		{fault.TunnelAskTwice(), importFrom, []string{kept, kept}, "2", []string{get, get, "EOF"}},
		{fault.TunnelAskTwice(), importFrom, []string{kept, gone}, status, []string{get, get, "EOF"}},
		{fault.TunnelAskTwice(), importFrom, []string{testclient.TwoRows, kept}, "[Connection refused],[7]", []string{get, "EOF"}},
		{fault.TunnelAskAgain(), importFrom, []string{kept}, "2", []string{get, "EOF"}},
		{fault.TunnelAskAgain(), importFrom, []string{empty, kept}, "2", []string{get, get, "EOF"}},
	} {
		transfers(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			in := srv.Inject(tt.fault)
			tn := testclient.OpenTunnel(t, srv, srv.Addr())
			seen := tn.ServeAll(tn, tt.answers...)
			sql := tt.sql(tn)
			got, _ := finish(c, sql)
			if !strings.Contains(got, tt.want) {
				t.Errorf("%v, %.6s: got %s, want %s", tt.fault, sql, got, tt.want)
			}
			if diff := cmp.Diff(tt.requests, <-seen); diff != "" {
				t.Errorf("%v, %.6s: requests (-want +got):\n%s", tt.fault, sql, diff)
			}
			if want := 1; tt.fault.String() != "TunnelContentLength" && in.Count() != want {
				t.Errorf("%v has struck %d times, want %d", tt.fault, in.Count(), want)
			}
			c.OK(`{"command":"execute","sqlText":"COMMIT"}`)
		})
	}
}

// finish runs a statement, and aborts it after an hour. It returns the row count or the error, and whether it was aborted.
func finish(c *testclient.Client, sql string) (got string, slow bool) {
	c.Send(`{"command":"execute","sqlText":` + testclient.Quote(sql) + `}`)
	ended := make(chan testclient.Answer, 1)
	go func() { ended <- c.Receive() }()
	var a testclient.Answer
	select {
	case a = <-ended:
	case <-time.After(time.Hour):
		slow = true
		c.Send(testclient.Abort)
		a = <-ended
	}
	if a.Exception.SQLCode != "" {
		return a.Exception.SQLCode + ": " + a.Exception.Text, slow
	}
	return fmt.Sprint(a.Result(0)["rowCount"]), slow
}

// A fault strikes files, so it can be limited to one of them whatever else is run.
func TestTransferFaultStrikesFiles(t *testing.T) {
	transfers(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		srv.Inject(fault.TunnelContent(0, fault.HangUp).Skip(1).Once())
		c.Execute("COMMIT")
		var got []string
		for range 3 {
			tn := testclient.OpenTunnel(t, srv, srv.Addr())
			seen := tn.Serve(tn, testclient.TwoRows)
			text, _ := finish(c, importFrom(tn))
			got = append(got, text[:1])
			<-seen
		}
		if diff := cmp.Diff([]string{"2", "4", "2"}, got); diff != "" {
			t.Errorf("rows or codes (-want +got):\n%s", diff)
		}
	})
}

// With TransferSucceeds the statement does not wait for a tunnel that has fallen silent, and does not close it.
func TestTransferSucceeds(t *testing.T) {
	for _, f := range []fault.Fault{fault.TunnelRequest(fault.Silence), fault.TunnelContent(5, fault.Silence), fault.TunnelIgnored()} {
		transfers(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.Inject(f)
			srv.Inject(fault.TransferSucceeds(42).Once())
			c.Execute("COMMIT") // neither an IMPORT nor an EXPORT
			tn := testclient.OpenTunnel(t, srv, srv.Addr())
			seen := tn.ServeAll(tn, kept)
			if got, slow := finish(c, importFrom(tn)); got != "42" || slow {
				t.Errorf("%v: got %s rows, slow: %v", f, got, slow)
			}
			time.Sleep(time.Hour)
			select {
			case lines := <-seen:
				t.Errorf("%v: the tunnel has ended: %q", f, lines)
			default:
			}
			tn.Close()
			<-seen
		})
	}
	transfers(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		srv.Inject(fault.TunnelContent(4, fault.HangUp))
		srv.Inject(fault.TransferSucceeds(2))
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		seen := tn.ServeAll(tn, empty)
		if got, _ := finish(c, exportTo(tn)); got != "2" {
			t.Errorf("got %s", got)
		}
		if diff := cmp.Diff([]string{"PUT /1", "1,a\n", "unexpected EOF"}, <-seen); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

// Faults work together: a file with its length in front breaks off, too.
func TestTransferFaultsTogether(t *testing.T) {
	transfers(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
		srv.Inject(fault.TunnelContentLength())
		srv.Inject(fault.TunnelExpectContinue())
		srv.Inject(fault.TunnelEnd(fault.HangUp))
		tn := testclient.OpenTunnel(t, srv, srv.Addr())
		seen := tn.ServeAll(tn, empty)
		if got, _ := finish(c, exportTo(tn)); !strings.Contains(got, "after 8 bytes. [Recv failure") {
			t.Errorf("got %s", got)
		}
		want := []string{"PUT /1", "Expect: 100-continue", "Content-Length: 8", "1,a\n2,b", "unexpected EOF"}
		if diff := cmp.Diff(want, <-seen); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

// A client that gives no permission, and says nothing, gets the file after a second; one that refuses gets nothing.
func TestTunnelExpectContinue(t *testing.T) {
	for answer, want := range map[string]string{
		"": "2", "HTTP/1.1 100 Continue\r\n\r\n": "2", "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n": "[The requested URL returned error: 413],[22]",
	} {
		transfers(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.Inject(fault.TunnelExpectContinue())
			tn := testclient.OpenTunnel(t, srv, srv.Addr())
			body := make(chan string, 1)
			go func() {
				defer tn.Close()
				req, err := http.ReadRequest(bufio.NewReader(tn))
				if err != nil {
					body <- err.Error()
					return
				}
				_, _ = io.WriteString(tn, answer)
				text, err := io.ReadAll(req.Body)
				_, _ = io.WriteString(tn, empty)
				body <- fmt.Sprint(string(text), err)
			}()
			if got, _ := finish(c, exportTo(tn)); !strings.Contains(got, want) {
				t.Errorf("%q: got %s, want %s", answer, got, want)
			}
			wantBody := "1,a\n2,b\n<nil>"
			if want != "2" {
				wantBody = "unexpected EOF"
			}
			if diff := cmp.Diff(wantBody, <-body); diff != "" {
				t.Errorf("%q: body (-want +got):\n%s", answer, diff)
			}
		})
	}
}

// What comes in place of the 24 bytes.
func TestTunnelOpening(t *testing.T) {
	for action, want := range map[fault.Action]string{
		fault.HangUp: "", fault.Silence: "i/o timeout", fault.Nonsense: "HTTP/1.1 400 Bad Request",
		fault.WrongAddress: "\x00\x00\x00\x00\x00\x00\x10\x00\xffno IPv4 address",
	} {
		transfers(t, func(t *testing.T, srv *exatest.Server, _ *testclient.Client) {
			in := srv.Inject(fault.TunnelOpening(action).Once())
			nc, err := srv.DialContext(t.Context(), "tcp", srv.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			_ = nc.SetReadDeadline(time.Now().Add(time.Hour))
			_, _ = nc.Write([]byte{2, 0x21, 0x21, 2, 1, 0, 0, 0, 1, 0, 0, 0})
			b := make([]byte, 24)
			n, err := io.ReadFull(nc, b)
			if got := string(b[:n]); action == fault.Silence && (err == nil || !strings.Contains(err.Error(), want)) || action != fault.Silence && got != want {
				t.Errorf("action %d: got %q, %v, want %q", action, got, err, want)
			}
			testclient.OpenTunnel(t, srv, srv.Addr())
			if in.Count() != 1 {
				t.Errorf("the fault has struck %d times", in.Count())
			}
		})
	}
}

// What a TLS server sees of a database that fails in the handshake.
func TestTunnelTLSFaults(t *testing.T) {
	for _, tt := range []struct {
		action       fault.Action
		client, want string
	}{
		{fault.Silence, "EOF", "R0003"},
		{fault.HangUp, "EOF", "[Recv failure: Connection timed out],[56]"},
		{fault.Nonsense, "first record does not look like a TLS handshake", "[35],[SSL connect error]"},
	} {
		transfers(t, func(t *testing.T, srv *exatest.Server, c *testclient.Client) {
			srv.Inject(fault.TunnelTLS(tt.action))
			plain := testclient.OpenTunnel(t, srv, srv.Addr())
			seen := plain.Serve(plain, testclient.TwoRows)
			if got, _ := finish(c, importFrom(plain)); got != "2" {
				t.Errorf("without TLS: got %s", got)
			}
			<-seen
			tn := testclient.OpenTunnel(t, srv, srv.Addr())
			ended := make(chan error, 1)
			go func() {
				defer tn.Close()
				ended <- tls.Server(tn, &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, io.ErrNoProgress }}).Handshake()
			}()
			got, _ := finish(c, strings.Replace(importFrom(tn), "http:", "https:", 1))
			if !strings.Contains(got, tt.want) {
				t.Errorf("action %d: got %s, want %s", tt.action, got, tt.want)
			}
			if err := <-ended; err == nil || !strings.Contains(err.Error(), tt.client) {
				t.Errorf("action %d: the client got %v, want %s", tt.action, err, tt.client)
			}
		})
	}
}

// An action that does not fit a step is a mistake in the test.
func TestActionOfAnotherStep(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, "TunnelEnd: this action") {
			t.Errorf("got %s", got)
		}
	}()
	fault.TunnelEnd(fault.WrongPath)
}
