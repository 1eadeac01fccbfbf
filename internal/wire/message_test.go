package wire_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/exawire/exawire/compression"
	"github.com/exawire/exawire/internal/bufpool"
	"github.com/exawire/exawire/internal/socket"
	"github.com/exawire/exawire/internal/socket/sockettest"
	"github.com/exawire/exawire/internal/wire"
)

// deflate compresses with the standard library.
func deflate(tb testing.TB, text string) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// bomb returns the beginning of a zlib stream that stands for n MiB of spaces.
func bomb(tb testing.TB, n int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	piece := func() []byte {
		b.Reset()
		_, err := w.Write(bytes.Repeat([]byte(" "), 1<<20))
		if err := errors.Join(err, w.Flush()); err != nil {
			tb.Fatal(err)
		}
		return bytes.Clone(b.Bytes())
	}
	first, next := piece(), piece()
	return append(first, bytes.Repeat(next, n-1)...)
}

func inflate(tb testing.TB, b []byte) string {
	tb.Helper()
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// TestMessages gives one message as the answer, framed in many ways.
func TestMessages(t *testing.T) {
	const limit = 1 << 20
	large := bigDocument(limit - 14)
	damaged := deflate(t, large)
	damaged[len(damaged)-1] ^= 1
	tests := []struct {
		name string
		kind socket.Kind
		b    []byte
		want string // "": the connection is closed
		is   error
	}{
		{name: "text", kind: socket.Text, b: []byte(`{"a":1}`), want: `{"a":1}`},
		{name: "text with white space", kind: socket.Text, b: []byte(" \r\n\t{ } \n"), want: " \r\n\t{ } \n"},
		{name: "zlib", kind: socket.Binary, b: deflate(t, `{"a":1}`), want: `{"a":1}`},
		{name: "zlib at the limit", kind: socket.Binary, b: deflate(t, large), want: large},
		{name: "zlib above the limit", kind: socket.Binary, b: deflate(t, " "+large), is: wire.ErrTooLarge},
		{name: "zlib bomb", kind: socket.Binary, b: bomb(t, 200), is: wire.ErrTooLarge},
		{name: "zlib with a wrong checksum", kind: socket.Binary, b: damaged, is: compression.ErrCorrupt},
		{name: "zlib, cut off", kind: socket.Binary, b: damaged[:len(damaged)-1], is: compression.ErrCorrupt},
		{name: "zlib and more", kind: socket.Binary, b: append(deflate(t, "{}"), 'x'), is: compression.ErrCorrupt},
		{name: "zlib of a cut document", kind: socket.Binary, b: deflate(t, `{"a":`)},
		{name: "binary without compression", kind: socket.Binary, b: []byte(`{"a":1}`), want: `{"a":1}`},
		{name: "binary garbage", kind: socket.Binary, b: []byte("\x78\x00garbage")},
		{name: "empty binary", kind: socket.Binary},
		{name: "one byte", kind: socket.Binary, b: []byte{0x78}},
		{name: "cut document", kind: socket.Text, b: []byte(`{"a":1`)},
		{name: "brace alone", kind: socket.Text, b: []byte(`{`)},
		{name: "array", kind: socket.Text, b: []byte(`[1]`)},
		{name: "literal", kind: socket.Text, b: []byte(`null`)},
		{name: "number", kind: socket.Text, b: []byte(`1`)},
		{name: "long word", kind: socket.Text, b: bytes.Repeat([]byte("A"), 65)},
		{name: "tail of a document", kind: socket.Text, b: []byte(`"a":1}`)},
	}
	for _, compressed := range []bool{false, true} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, compression %v", tt.name, compressed), func(t *testing.T) {
				fake := newFake(func(socket.Kind, []byte) (socket.Kind, []byte) { return tt.kind, tt.b })
				c := wire.New(fake, wire.Options{MessageLimit: limit})
				defer c.Shutdown()
				if compressed {
					c.EnableCompression()
				}
				a, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})
				if tt.want != "" {
					if err != nil || string(a.Message) != tt.want {
						t.Fatalf("answer = %.50q, %v", a.Message, err)
					}
					if cap(a.Message)-len(a.Message) < bufpool.Padding {
						t.Error("no padding behind the message")
					}
					a.Release()
					return
				}
				switch {
				case err == nil:
					t.Fatalf("answer = %.50q", a.Message)
				case got.Sent != wire.Whole || !errors.Is(err, wire.ErrClosed):
					t.Errorf("error = %v", err)
				case tt.is != nil && !errors.Is(err, tt.is):
					t.Errorf("error = %v, want %v", err, tt.is)
				case !errors.Is(tt.is, wire.ErrTooLarge) && !isProtocolError(err):
					t.Errorf("error = %v, want a ProtocolError", err)
				}
				mustBeClosed(t, c, tt.is)
			})
		}
	}
}

// TestFraming checks what the server receives.
func TestFraming(t *testing.T) {
	var kinds []socket.Kind
	var texts []string
	fake := newFake(func(kind socket.Kind, p []byte) (socket.Kind, []byte) {
		kinds = append(kinds, kind)
		if kind == socket.Binary {
			p = []byte(inflate(t, p))
		}
		texts = append(texts, string(p))
		return socket.Text, []byte("{}")
	})
	c := wire.New(fake, wire.Options{})
	defer c.Shutdown()
	want := []string{`{"n":1}`, `{"n":2}`, bigDocument(100_000)}
	for i, text := range want {
		if i == 1 {
			c.EnableCompression()
		}
		a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		a.Release()
	}
	if fmt.Sprint(kinds) != "[text binary binary]" {
		t.Errorf("kinds = %v", kinds)
	}
	if fmt.Sprint(texts) != fmt.Sprint(want) {
		t.Errorf("the texts differ")
	}
}

func TestStatusWords(t *testing.T) {
	words := []string{"EXECUTING", "FETCHING", " QUEUED \n", "", "Waiting for lock-1"}
	var packed [][]byte
	for _, word := range words {
		packed = append(packed, deflate(t, word))
	}
	for _, tt := range []struct {
		words int
		ok    bool
	}{{0, true}, {1, true}, {1000, true}, {1001, false}} {
		for _, compressed := range []bool{false, true} {
			c := loopback(t, socketOptions, wire.Options{}, func(s *server) {
				s.receive()
				var b []byte
				for i := range tt.words {
					if compressed {
						b = sockettest.AppendFrame(b, true, sockettest.OpBinary, packed[i%len(packed)])
					} else {
						b = sockettest.AppendFrame(b, true, sockettest.OpText, []byte(words[i%len(words)]))
					}
				}
				_, _ = s.Write(sockettest.AppendFrame(b, true, sockettest.OpText, []byte(`{"status":"ok"}`)))
				s.receive()
			})
			a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})
			switch {
			case tt.ok && (err != nil || string(a.Message) != `{"status":"ok"}`):
				t.Errorf("%d words: %q, %v", tt.words, a.Message, err)
			case !tt.ok && !isProtocolError(err):
				t.Errorf("%d words: %q, %v", tt.words, a.Message, err)
			}
			a.Release()
		}
	}
}

// TestStatusWordsForLong has a server send a status word a second for twenty minutes, and one that sends them ever faster.
func TestStatusWordsForLong(t *testing.T) {
	for _, tt := range []struct {
		every, lasts time.Duration
		ok           bool
	}{{time.Second, 20 * time.Minute, true}, {11 * time.Millisecond, time.Minute, true}, {9 * time.Millisecond, time.Minute, false}} {
		synctest.Test(t, func(t *testing.T) {
			c, done := pipe(t, wire.Options{}, func(s *server) {
				s.receive()
				for start := time.Now(); time.Since(start) < tt.lasts; time.Sleep(tt.every) {
					if s.SendText("EXECUTING") != nil {
						return
					}
				}
				_ = s.SendText("{}")
				s.receive()
			})
			a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}"), IdleTimeout: 5 * time.Second})
			if tt.ok && err != nil || !tt.ok && !isProtocolError(err) {
				t.Errorf("a word every %v: %v", tt.every, err)
			}
			a.Release()
			done()
		})
	}
}

// failingCodec fails on demand and never appends in place.
type failingCodec struct{ err error }

func (c failingCodec) Compress(dst, src []byte) ([]byte, error) {
	if c.err != nil {
		return dst, c.err
	}
	return bytes.Clone(append(dst, src...)), nil
}

func (c failingCodec) Decompress(dst, src []byte, _ int64) ([]byte, error) {
	return bytes.Clone(append(dst, "{}"...)), nil
}

func TestCodec(t *testing.T) {
	zlibOfNothing := deflate(t, "")
	fake := newFake(func(socket.Kind, []byte) (socket.Kind, []byte) { return socket.Binary, zlibOfNothing })
	codec := &failingCodec{}
	c := wire.New(fake, wire.Options{Codec: codec})
	defer c.Shutdown()
	c.EnableCompression()
	a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})
	if err != nil || string(a.Message) != "{}" || cap(a.Message) < 2+bufpool.Padding {
		t.Fatalf("answer = %q (cap %d), %v", a.Message, cap(a.Message), err)
	}
	a.Release()

	codec.err = errors.New("no memory")
	if _, got, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")}); !errors.Is(err, codec.err) || got.Sent != wire.Nothing {
		t.Errorf("error = %v, %v sent", err, got.Sent)
	}
	if err := c.Err(); err != nil {
		t.Errorf("Err() = %v although nothing was sent", err)
	}
}

// FuzzReceive gives arbitrary messages as the answer and compares with the plainest reading of the rules.
func FuzzReceive(f *testing.F) {
	f.Add(true, []byte(`{"a":1}`))
	f.Add(true, []byte("EXECUTING"))
	f.Add(true, []byte(" {"))
	f.Add(false, deflate(f, `{"a":[1,2]} `))
	f.Add(false, append(deflate(f, "{}"), 0))
	f.Add(false, deflate(f, "QUEUED"))
	const limit = 1 << 16
	f.Fuzz(func(t *testing.T, text bool, b []byte) {
		kind := socket.Binary
		if text {
			kind = socket.Text
		}
		s := &onceSocket{fakeSocket: newFake(func(socket.Kind, []byte) (socket.Kind, []byte) { return kind, b })}
		c := wire.New(s, wire.Options{MessageLimit: limit})
		defer c.Shutdown()
		a, _, err := roundTrip(t.Context(), c, wire.Request{Payload: []byte("{}")})

		want, ok := b, true
		if !text && !bytes.HasPrefix(b, []byte("{")) {
			want, ok = nil, false
			src := bytes.NewReader(b)
			if r, err := zlib.NewReader(src); err == nil {
				doc, err := io.ReadAll(io.LimitReader(r, limit+1))
				if err == nil && len(doc) <= limit && src.Len() == 0 {
					want, ok = doc, true
				}
			}
		}
		body := bytes.Trim(want, " \t\r\n")
		ok = ok && bytes.HasPrefix(body, []byte("{")) && bytes.HasSuffix(body, []byte("}"))
		switch {
		case ok && err != nil:
			t.Errorf("%v message %q: %v", kind, b, err)
		case ok && !bytes.Equal(a.Message, want):
			t.Errorf("%v message %q: got %q, want %q", kind, b, a.Message, want)
		case !ok && err == nil:
			t.Errorf("%v message %q was taken for %q", kind, b, a.Message)
		}
		a.Release()
	})
}

// onceSocket ends after one message.
type onceSocket struct {
	*fakeSocket
	done bool
}

func (s *onceSocket) Read(dst []byte, grow func([]byte, int) []byte) (socket.Kind, []byte, error) {
	if s.done {
		return 0, dst, net.ErrClosed
	}
	s.done = true
	return s.fakeSocket.Read(dst, grow)
}
