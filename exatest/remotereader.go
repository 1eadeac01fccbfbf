package exatest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/exawire/exawire/exatest/internal/effect"
)

// fileReader is a file that is read from its beginning to its end, with one GET.
type fileReader struct {
	*transfer
	body  io.Reader
	limit int64 // bytes before a fault strikes; negative if none does
	end   bool
}

// Read returns what the client sends. It ends with io.EOF only when the answer is complete.
func (r *fileReader) Read(b []byte) (int, error) {
	switch {
	case r.err != nil:
		return 0, r.err
	case r.end:
		return 0, io.EOF
	case len(b) == 0:
		return 0, nil
	}
	if r.body == nil {
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	if r.limit >= 0 {
		if r.moved >= r.limit {
			if err := r.strikeContent(); err != nil {
				return 0, err
			}
		} else {
			b = b[:min(int64(len(b)), r.limit-r.moved)]
		}
	}
	n, err := r.body.Read(b)
	r.moved += int64(n)
	switch {
	case err == nil:
		return n, nil
	case !isEOF(err):
		return n, r.fail(contentFailure(err))
	}
	return n, r.complete()
}

// begin asks for the file, or takes the answer that is already there.
func (r *fileReader) begin() error {
	if err := r.open(); err != nil {
		return err
	}
	var res *http.Response
	var err error
	if r.early() {
		res, err = r.reply(http.MethodGet)
	} else if res, err = r.ask(http.MethodGet, ""); err == nil {
		res, err = r.again(res)
	}
	if err != nil {
		return r.fail(err)
	}
	r.body, r.limit = res.Body, r.plan.contentLimit()
	return nil
}

// again asks for the file once more if a fault says so: whatever has come, or if nothing has come.
func (r *fileReader) again(res *http.Response) (*http.Response, error) {
	var first [512]byte
	switch {
	case r.plan.style&effect.AskTwice != 0:
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			return nil, contentFailure(err)
		}
	case r.plan.style&effect.AskAgainIfEmpty != 0:
		n, err := io.ReadAtLeast(res.Body, first[:], 1)
		if n > 0 {
			res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(first[:n]), res.Body))
			return res, nil
		}
		if !isEOF(err) {
			return nil, contentFailure(err)
		}
	default:
		return res, nil
	}
	return r.ask(http.MethodGet, "")
}

// strikeContent strikes in the middle of the file. Reading goes on after nonsense.
func (r *fileReader) strikeContent() error {
	r.limit = -1
	action, err := r.strike(effect.StepContent)
	if action == effect.Nonsense {
		_, _ = io.WriteString(r.nc, nonsense)
	}
	if err != nil {
		return r.fail(err)
	}
	return nil
}

// complete is the end of the file.
func (r *fileReader) complete() error {
	action, err := r.strike(effect.StepEnd)
	if action == effect.Nonsense {
		_, _ = io.WriteString(r.nc, nonsense)
	}
	if err == nil {
		err = r.plan.late()
	}
	if err != nil {
		return r.fail(err)
	}
	r.end = true
	r.finish()
	return io.EOF
}

// Close ends the transfer. A file that was not read to its end is given up.
func (r *fileReader) Close() error {
	if r.opened && !r.end && r.err == nil {
		_ = r.fail(errPartial)
	}
	return nil
}

// drain reads the rest of a file that was begun.
func (r *fileReader) drain() {
	if r.opened {
		_, _ = io.Copy(io.Discard, r)
	}
}

// rangedReader is a file that is read by ranges.
type rangedReader struct {
	*transfer
	mu     sync.Mutex
	known  bool
	size   int64
	offset int64 // of Read
}

// Size asks for the length of the file.
func (r *rangedReader) Size() (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.measure()
	return r.size, err
}

func (r *rangedReader) measure() error {
	if r.known || r.err != nil {
		return r.err
	}
	if err := r.open(); err != nil {
		return err
	}
	res, err := r.ask(http.MethodHead, "")
	switch {
	case err != nil:
		return r.fail(err)
	case res.ContentLength < 0:
		return r.fail(&curlError{curlRange, "the answer to HEAD has no Content-Length"})
	}
	r.size, r.known = res.ContentLength, true
	return nil
}

// ReadAt reads a part of the file with a request of its own.
func (r *rangedReader) ReadAt(b []byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readAt(b, off)
}

func (r *rangedReader) readAt(b []byte, off int64) (int, error) {
	if err := r.measure(); err != nil {
		return 0, err
	}
	want := b[:max(0, min(int64(len(b)), r.size-off))]
	if len(want) > 0 {
		if err := r.fetch(want, off); err != nil {
			return 0, r.fail(err)
		}
	}
	if len(want) < len(b) {
		return len(want), io.EOF
	}
	return len(want), nil
}

func (r *rangedReader) fetch(b []byte, off int64) error {
	res, err := r.ask(http.MethodGet, fmt.Sprintf("Range: bytes=%d-%d\r\n", off, off+int64(len(b))-1))
	switch {
	case err != nil:
		return err
	case res.StatusCode != http.StatusPartialContent:
		return &curlError{curlRange, "HTTP server doesn't seem to support byte ranges. Cannot resume."}
	case res.ContentLength >= 0 && res.ContentLength != int64(len(b)):
		return &curlError{curlRange, fmt.Sprintf("the answer has %d bytes of a range of %d", res.ContentLength, len(b))}
	}
	n, err := io.ReadFull(res.Body, b)
	r.moved += int64(n)
	if err != nil {
		return contentFailure(err)
	}
	_, err = io.Copy(io.Discard, res.Body) // the last chunk
	return err
}

// Read reads on from where it has stopped.
func (r *rangedReader) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.readAt(b, r.offset)
	r.offset += int64(n)
	if n > 0 {
		err = nil
	}
	return n, err
}

// close ends the transfer.
func (r *rangedReader) close() {
	switch late := r.plan.late(); {
	case !r.opened || r.err != nil:
	case late != nil:
		_ = r.fail(late)
	default:
		r.finish()
	}
}
