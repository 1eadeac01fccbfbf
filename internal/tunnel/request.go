package tunnel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

var (
	errSecondGet = errors.New("the database asked for it a second time, and a reader can be read once only: use FromOpen")
	errSecondPut = errors.New("the database sent it a second time, and a writer can be written once only")
	errUnread    = errors.New("it was not read to its end")
	errHungUp    = errors.New("the database hung up")
	errNoRequest = errors.New("what the database sent is no request of HTTP")
	errOldHTTP   = errors.New("the database asked for it by a version of HTTP that is too old")
)

// ServeHTTP answers a request of the database.
func (t *Tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.begun.Store(false)
	head := w.Header()
	head["Date"] = nil
	put := r.Method == http.MethodPut || r.Method == http.MethodPost
	get := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch {
	case !r.ProtoAtLeast(1, 1):
		// Without chunks nobody could tell a body that was cut from a whole one.
		t.fail(StepRequest, false, errOldHTTP)
		t.refuse(w, http.StatusHTTPVersionNotSupported)
	case r.URL.Path != "/"+t.file.Name:
		t.refuse(w, http.StatusNotFound)
	case t.file.Receive != nil && get:
		t.refuse(w, http.StatusNotFound) // databases look whether there is such a file already
	case t.file.Receive != nil && put:
		t.receive(w, r)
	case t.file.Send != nil && get:
		t.send(w, r)
	case t.file.Ranges != nil && get:
		t.ranges(w, r)
	default:
		t.fail(StepRequest, false, fmt.Errorf("the database asked for it by %.20s", r.Method))
		t.refuse(w, http.StatusMethodNotAllowed)
	}
}

// refuse answers without a body. The request may have one that nobody reads, so nothing can follow it.
func (t *Tunnel) refuse(w http.ResponseWriter, status int) {
	if status >= http.StatusMethodNotAllowed {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// abort ends the connection in the middle of an answer.
func abort() { panic(http.ErrAbortHandler) }

// during returns the context of a function that works on a request.
func (t *Tunnel) during(r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.ctx)
	stop := context.AfterFunc(r.Context(), cancel)
	return ctx, func() { stop(); cancel() }
}

// send answers a GET. A body that fails gets no end.
func (t *Tunnel) send(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	if r.Method == http.MethodHead {
		return
	}
	if t.Outcome().Asked && !t.file.Again && t.file.Moved.Load() > 0 {
		t.fail(StepRequest, false, errSecondGet)
		t.refuse(w, http.StatusInternalServerError)
		return
	}
	t.asked()
	t.file.Moved.Store(0) // it may be again
	ctx, cancel := t.during(r)
	defer cancel()
	// The head goes at once: the first bytes of the file may be long in coming.
	flusher := http.NewResponseController(w)
	if err := flusher.Flush(); err != nil {
		t.fail(StepWrite, true, err)
		abort()
	}
	to := newSender(w, &t.file.Moved)
	defer to.free()
	err := t.file.Send(ctx, to)
	if err == nil {
		err = to.flush()
	}
	switch {
	case to.err != nil:
		t.fail(StepWrite, true, to.err)
	case err != nil && r.Context().Err() != nil:
		t.fail(StepWrite, true, errHungUp)
	case err != nil:
		t.fail(StepRead, false, err)
	default:
		t.done()
		return
	}
	abort()
}

// receive answers a PUT.
func (t *Tunnel) receive(w http.ResponseWriter, r *http.Request) {
	err := errSecondPut
	if t.Outcome().Asked {
		t.fail(StepRequest, false, err)
	} else {
		t.asked()
		err = t.take(r)
	}
	if err != nil {
		if t.ctx.Err() != nil {
			abort() // nobody waits for an answer, and to give one would take net/http half a second
		}
		// The rest of the body is not waited for.
		_ = http.NewResponseController(w).EnableFullDuplex()
		t.refuse(w, http.StatusInternalServerError)
		return
	}
	t.done()
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

// take hands the body of a request to the file.
func (t *Tunnel) take(r *http.Request) error {
	ctx, cancel := t.during(r)
	defer cancel()
	from := &receiver{from: r.Body, moved: &t.file.Moved}
	err := t.file.Receive(ctx, from)
	if err == nil && from.err == nil {
		var more [1]byte
		if n, end := from.Read(more[:]); n > 0 || end == nil {
			err = errUnread
		}
	}
	switch {
	case from.err != nil && from.err != io.EOF: //nolint:errorlint // what the body of a request returns
		t.fail(StepRead, hungUp(from.err), from.err) // or else what came is no HTTP
		return from.err
	case err != nil && r.Context().Err() != nil:
		t.fail(StepRead, true, errHungUp) // which is why the function was ended
	case err != nil:
		t.fail(StepWrite, false, err)
	}
	return err
}

// hungUp reports whether an error of a connection is its end.
func hungUp(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Op != "local error" && op.Op != "remote error" // what is wrong by the rules of TLS
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed)
}

// ranges answers a request for a part of the file, or for all of it.
func (t *Tunnel) ranges(w http.ResponseWriter, r *http.Request) {
	get := r.Method == http.MethodGet
	if get {
		t.mu.Lock()
		t.outcome.Asked = true
		t.mu.Unlock()
	}
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // several ranges would be read by a goroutine that nobody waits for
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	at := &readerAt{from: t.file.Ranges}
	to := &counter{ResponseWriter: w, moved: &t.file.Moved}
	if get {
		to.begins = t.done // the statement can succeed as soon as the last byte is out
	}
	http.ServeContent(to, r, "", time.Time{}, io.NewSectionReader(at, 0, t.file.Size))
	switch {
	case at.err != nil:
		t.fail(StepRead, false, at.err)
	case to.err != nil:
		t.fail(StepWrite, true, to.err)
	default:
		return
	}
	abort()
}
