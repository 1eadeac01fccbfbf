package exatest

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// exportChunk is how many bytes databases put into a chunk of an exported file.
const exportChunk = 65524

// ignoredTunnel is how an IMPORT or EXPORT ends that a [TunnelIgnored] strikes, nil for all other statements.
func (k *call) ignoredTunnel(sql string) error {
	switch sqltext.FirstWord(sql) {
	case "IMPORT", "EXPORT":
	default:
		return nil
	}
	files := remoteFiles(sql)
	if len(files) == 0 || !k.ex.ignoresTunnels() {
		return nil
	}
	return failedTransfer(files[0].address, "Couldn't connect to server")
}

// transfer carries out an IMPORT or EXPORT, one file after the other.
func (k *call) transfer(sql string, r Response) reply {
	want := "IMPORT"
	if r.exportFile != nil {
		want = "EXPORT"
	}
	files := remoteFiles(sql)
	if sqltext.FirstWord(sql) != want || len(files) == 0 {
		return reply{err: &SQLError{"0A000", "exatest: the answer moves the files of an " + want + " with AT 'address' FILE 'name', which this is not"}}
	}
	var total int64
	for _, f := range files {
		rows, err := k.move(f, r)
		if k.ex.ctx.Err() != nil {
			return reply{interrupted: true}
		}
		if err != nil {
			return reply{err: err}
		}
		total += rows
	}
	return reply{kind: kindResults, outcomes: []outcome{{rowCount: total}}}
}

// move connects to the client by its tunnel, moves one file, and closes the tunnel.
func (k *call) move(f remoteFile, r Response) (rows int64, err error) {
	address, _, _ := strings.Cut(f.address, ";") // MaxConcurrentReads=1, of Parquet
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return 0, failedTransfer(f.address, "URL using bad/illegal format or missing URL")
	}
	t := k.srv.takeTunnel(u.Host)
	if t == nil {
		return 0, failedTransfer(f.address, "Connection refused")
	}
	defer t.cut(errTunnel)
	// What reads or writes does not look at the context: its connection ends with the command.
	stop := context.AfterFunc(k.ex.ctx, func() { t.cut(errTunnel) })
	defer stop()
	var nc net.Conn = t
	if u.Scheme == "https" {
		secure := tls.Client(t, k.srv.tunnelTLS(f.pin))
		if err := secure.HandshakeContext(k.ex.ctx); err != nil {
			return 0, failedTransfer(f.address, reasonOf(err))
		}
		defer secure.Close()
		nc = secure
	}
	e := &exchange{nc: nc, reader: bufio.NewReader(nc), host: u.Host, path: (&url.URL{Path: "/" + f.name}).EscapedPath()}
	move := e.get
	if r.exportFile != nil {
		move = e.put
	}
	rows, err = move(f.name, r)
	var own *fileError
	switch {
	case errors.As(err, &own):
		return 0, own.err
	case err != nil:
		return 0, failedAfter(f.address, e.moved, reasonOf(err))
	}
	return rows, nil
}

// tunnelTLS is how the database looks at the certificate of a client: by its key, if the statement has one, and not at
// all otherwise; releases that ask for more have refused the statement already.
func (s *Server) tunnelTLS(pin string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, MaxVersion: s.cfg.release.newestTLS(),
		InsecureSkipVerify: true, // the pin is the check
		VerifyConnection: func(state tls.ConnectionState) error {
			sum := sha256.Sum256(state.PeerCertificates[0].RawSubjectPublicKeyInfo)
			if pin != "" && pin != "sha256//"+base64.StdEncoding.EncodeToString(sum[:]) {
				return errors.New("SSL: public key does not match pinned public key")
			}
			return nil
		},
	}
}

// exchange is the HTTP request for one file, and its answer.
type exchange struct {
	nc     net.Conn
	reader *bufio.Reader
	host   string
	path   string
	moved  int64 // bytes of the file
	failed error // of reading or writing it
}

// fileError is an error of the function that reads or writes the file.
type fileError struct{ err error }

func (e *fileError) Error() string { return e.err.Error() }

// get reads a file of the client.
func (e *exchange) get(file string, r Response) (rows int64, err error) {
	if err := e.request(e.nc, http.MethodGet, ""); err != nil {
		return 0, err
	}
	body, err := e.response(http.MethodGet)
	if err != nil {
		return 0, err
	}
	content := &imported{e, body}
	rows, err = r.importFile(file, content)
	if err == nil {
		_, _ = io.Copy(io.Discard, content)
	}
	switch {
	case e.failed != nil:
		return 0, e.failed
	case err != nil:
		return 0, &fileError{err}
	}
	return rows, nil
}

// put writes a file to the client.
func (e *exchange) put(file string, r Response) (rows int64, err error) {
	out := bufio.NewWriterSize(e.nc, 64<<10)
	if err := e.request(out, http.MethodPut, "Transfer-Encoding: chunked\r\n"); err != nil {
		return 0, err
	}
	chunks := httputil.NewChunkedWriter(out)
	content := &exported{e, bufio.NewWriterSize(chunks, exportChunk)}
	rows, err = r.exportFile(file, content)
	// An error of the buffers stays until the last Flush.
	_ = content.to.Flush()
	if err == nil {
		_ = chunks.Close()
		_, _ = out.WriteString("\r\n")
	}
	end := out.Flush()
	switch {
	case e.failed != nil:
		return 0, e.failed
	case end != nil:
		return 0, end
	case err != nil:
		return 0, &fileError{err}
	}
	body, err := e.response(http.MethodPut)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, body)
	return rows, err
}

func (e *exchange) request(to io.Writer, method, header string) error {
	_, err := fmt.Fprintf(to, "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: exatest\r\nAccept: */*\r\n%s\r\n", method, e.path, e.host, header)
	return err
}

// response reads the head of the client's answer. Provisional answers are skipped, whether they were asked for or not.
func (e *exchange) response(method string) (io.Reader, error) {
	for {
		res, err := http.ReadResponse(e.reader, &http.Request{Method: method})
		switch {
		case err != nil:
			return nil, err
		case res.StatusCode == http.StatusOK:
			return res.Body, nil
		case res.StatusCode != http.StatusContinue:
			return nil, statusError(res.StatusCode)
		}
	}
}

// statusError is a status by which the client refuses a file.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("The requested URL returned error: %d", int(e))
}

// imported is the content of a file that comes from the client.
type imported struct {
	*exchange
	from io.Reader
}

func (f *imported) Read(b []byte) (int, error) {
	n, err := f.from.Read(b)
	f.moved += int64(n)
	if err != nil && !isEOF(err) {
		f.failed = err
	}
	return n, err
}

// exported is the content of a file that goes to the client.
type exported struct {
	*exchange
	to *bufio.Writer
}

func (f *exported) Write(b []byte) (n int, err error) {
	for len(b) > n && err == nil {
		var m int
		m, err = f.to.Write(b[n:min(len(b), n+exportChunk)]) // more at once would be one long chunk
		n += m
	}
	f.moved += int64(n)
	if err != nil {
		f.failed = err
	}
	return n, err
}

// reasonOf is how databases put into words that a client has hung up. Addresses of this machine are left out.
func reasonOf(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "transfer closed with outstanding read data remaining"
	case errors.As(err, &op):
		return op.Err.Error()
	}
	return err.Error()
}
