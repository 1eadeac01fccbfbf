package exatest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// exportChunk is how many bytes databases put into a chunk of an exported file.
const exportChunk = 65524

// chunkHead is the room for the head of a chunk.
const chunkHead = len("fff4\r\n")

// fileWriter is a file that is written with one PUT.
type fileWriter struct {
	*transfer
	begun  bool
	ended  bool           // by Close or Abort
	buf    []byte         // the chunk that is being filled, after room for its head; with a length, the whole file
	limit  int64          // bytes before a fault strikes; negative if none does
	broken bool           // a fault has spoilt the body
	answer *http.Response // that came before the body was sent
}

// Write sends the chunks that are full.
func (w *fileWriter) Write(b []byte) (n int, err error) {
	if w.ended && w.err == nil {
		return 0, os.ErrClosed
	}
	if err := w.begin(); err != nil {
		return 0, err
	}
	for len(b) > 0 {
		piece := b
		if w.limit >= 0 {
			if w.moved >= w.limit {
				if err := w.strikeContent(); err != nil {
					return n, err
				}
				continue
			}
			piece = b[:min(int64(len(b)), w.limit-w.moved)]
		}
		m, err := w.add(piece)
		n += m
		if err != nil {
			return n, err
		}
		b = b[m:]
	}
	return n, nil
}

// add puts bytes into the chunk, and sends it when it is full.
func (w *fileWriter) add(b []byte) (int, error) {
	if w.hasLength() {
		w.buf = append(w.buf, b...)
		w.moved += int64(len(b))
		return len(b), nil
	}
	n := min(len(b), chunkHead+exportChunk-len(w.buf))
	w.buf = append(w.buf, b[:n]...)
	w.moved += int64(n)
	if len(w.buf) < chunkHead+exportChunk {
		return n, nil
	}
	return n, w.flush()
}

func (w *fileWriter) hasLength() bool { return w.plan.style&effect.ContentLength != 0 }

// begin sends the head of the request.
func (w *fileWriter) begin() error {
	if w.begun || w.err != nil {
		return w.err
	}
	w.begun = true
	if err := w.open(); err != nil {
		return err
	}
	w.limit = w.plan.contentLimit()
	if w.plan.style&effect.ProbeFirst != 0 {
		if err := w.probe(); err != nil {
			return w.fail(err)
		}
	}
	if w.hasLength() {
		return nil
	}
	w.buf = make([]byte, chunkHead, chunkHead+exportChunk+2)
	return w.head("Transfer-Encoding: chunked\r\n")
}

// head sends the head of the PUT, and waits for permission if a fault asks for it.
func (w *fileWriter) head(header string) error {
	expects := w.plan.style&effect.ExpectContinue != 0
	if expects {
		header += "Expect: 100-continue\r\n"
	}
	if err := w.request(http.MethodPut, header); err != nil {
		return w.failedSending(err)
	}
	if !expects {
		return nil
	}
	if err := w.permission(); err != nil {
		return w.fail(err)
	}
	return nil
}

// permission waits for the answer 100, but not for long: not all servers know it.
func (w *fileWriter) permission() error {
	_ = w.nc.SetReadDeadline(time.Now().Add(time.Second))
	_, err := w.reader.Peek(1)
	_ = w.nc.SetReadDeadline(time.Time{})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	case err != nil:
		return replyFailure(err)
	}
	res, err := http.ReadResponse(w.reader, &http.Request{Method: http.MethodPut})
	switch {
	case err != nil:
		return replyFailure(err)
	case res.StatusCode > 299:
		return &curlError{curlStatus, fmt.Sprintf("The requested URL returned error: %d", res.StatusCode)}
	case res.StatusCode != http.StatusContinue:
		w.answer = res
	}
	return nil
}

// probe asks whether the file exists. Whatever the client says, the file is then written.
func (w *fileWriter) probe() error {
	res, err := w.ask(http.MethodGet, "Range: bytes=0-0\r\n")
	if res == nil {
		return err
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return contentFailure(err)
	}
	return nil
}

// flush sends the bytes of the buffer as a chunk, in one write.
func (w *fileWriter) flush() error {
	n := len(w.buf) - chunkHead
	if n == 0 || w.broken {
		w.buf = w.buf[:chunkHead]
		return nil
	}
	head := strconv.AppendInt(nil, int64(n), 16)
	head = append(head, "\r\n"...)
	from := chunkHead - len(head)
	copy(w.buf[from:], head)
	_, err := w.nc.Write(append(w.buf, "\r\n"...)[from:])
	w.buf = w.buf[:chunkHead]
	if err != nil {
		return w.failedSending(err)
	}
	return nil
}

// failedSending is a request that could not be sent: what the client says about it counts more.
func (w *fileWriter) failedSending(err error) error {
	var known *curlError
	if errors.As(err, &known) || errors.Is(err, errSilent) || w.ctx.Err() != nil {
		return w.fail(err)
	}
	_ = w.nc.SetReadDeadline(time.Now().Add(time.Second))
	if _, replied := w.reply(http.MethodPut); errors.As(replied, &known) && known.code == curlStatus {
		return w.fail(replied)
	}
	return w.fail(sendFailure(err))
}

// strikeContent strikes in the middle of the file. After nonsense nothing of the file is sent any more.
func (w *fileWriter) strikeContent() error {
	w.limit = -1
	if !w.hasLength() {
		if err := w.flush(); err != nil {
			return err
		}
	}
	action, err := w.strike(effect.StepContent)
	if action == effect.Nonsense {
		w.broken = true
		_, err = io.WriteString(w.nc, nonsense)
	}
	if err != nil {
		return w.fail(err)
	}
	return nil
}

// Close sends the rest of the file, and its end.
func (w *fileWriter) Close() error {
	if w.ended {
		return w.err
	}
	w.ended = true
	if err := w.begin(); err != nil {
		return err
	}
	if w.limit >= 0 && w.moved >= w.limit {
		if err := w.strikeContent(); err != nil {
			return err
		}
	}
	if err := w.sendEnd(); err != nil {
		return err
	}
	res, err := w.answer, error(nil)
	if res == nil {
		res, err = w.reply(http.MethodPut)
	}
	if err != nil {
		return w.fail(err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return w.fail(contentFailure(err))
	}
	if err := w.plan.late(); err != nil {
		return w.fail(err)
	}
	w.finish()
	return nil
}

// sendEnd sends what is still in the buffer, and the last chunk.
func (w *fileWriter) sendEnd() error {
	if w.hasLength() {
		return w.sendWhole()
	}
	if err := w.flush(); err != nil {
		return err
	}
	last := "0\r\n\r\n"
	action, err := w.strike(effect.StepEnd)
	switch {
	case err != nil:
		return w.fail(err)
	case action == effect.Nonsense:
		last = nonsense
	}
	if w.broken {
		return nil
	}
	if _, err := io.WriteString(w.nc, last); err != nil {
		return w.failedSending(err)
	}
	return nil
}

// sendWhole sends the file with its length in front. A strike at the end keeps the last byte back.
func (w *fileWriter) sendWhole() error {
	if err := w.head("Content-Length: " + strconv.Itoa(len(w.buf)) + "\r\n"); err != nil {
		return err
	}
	keep := 0
	if w.plan.find(effect.StepEnd) != nil {
		keep = min(1, len(w.buf))
	}
	out := bufio.NewWriterSize(w.nc, exportChunk)
	_, _ = out.Write(w.buf[:len(w.buf)-keep])
	if err := out.Flush(); err != nil {
		return w.failedSending(err)
	}
	if _, err := w.strike(effect.StepEnd); err != nil {
		return w.fail(err)
	}
	return nil
}

// Abort leaves the file incomplete.
func (w *fileWriter) Abort() {
	if w.ended {
		return
	}
	w.ended = true
	if w.opened && w.err == nil {
		if !w.hasLength() {
			_ = w.flush() // what was written still arrives
		}
		w.err = os.ErrClosed
		w.release(nil)
	}
}
