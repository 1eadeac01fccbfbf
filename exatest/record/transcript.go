package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/exawire/exawire/exatest/internal/document"
)

// A transcript is a file of JSON documents, one on each line: a header, and then what was said, in the order in which it
// was said. A line is written whole, so a recording that was killed has lost nothing but what it had not heard yet.

// transcriptFormat is the version of the format. Readers refuse others.
const transcriptFormat = 1

// transcriptHeader is the first line.
type transcriptHeader struct {
	Format   int       `json:"exatestTranscript"`
	Recorded time.Time `json:"recorded"`
	Release  string    `json:"release"` // of the first server that let somebody in, "" if none did
}

// transcriptLine is each further line: one message, or the end of a connection.
type transcriptLine struct {
	Conn    int             `json:"conn"`   // from 1, in the order in which connections were made
	Micros  int64           `json:"micros"` // since the recording began
	From    string          `json:"from"`   // who sent the message, or who ended the connection
	Kind    string          `json:"kind"`   // text, binary (it was compressed) or end
	Message json.RawMessage `json:"message"`
	Omitted string          `json:"omitted"` // why there is no message
}

const (
	fromClient = "client"
	fromServer = "server"

	kindOfText   = "text"
	kindOfBinary = "binary"
	kindOfEnd    = "end"
)

const (
	// maxRecorded is the size of the largest message that is recorded, inflated or not. Servers send at most 64 MiB of
	// rows in one message.
	maxRecorded = 128 << 20
	// maxLine leaves room for the rest of a line, and for a message that grew by what stands in place of secrets.
	maxLine = 2*maxRecorded + 4096
)

// transcriptWriter writes lines. Those that come before the first login was answered wait for the header, which has the
// server's release.
type transcriptWriter struct {
	mu      sync.Mutex
	out     io.Writer
	began   time.Time
	held    []byte
	started bool
	err     error
}

func newTranscriptWriter(out io.Writer) *transcriptWriter {
	return &transcriptWriter{out: out, began: time.Now()}
}

// write appends a line. release is not empty if the message is the answer to a login. After an error nothing is written
// any more, as a gap would go unnoticed.
func (w *transcriptWriter) write(l *transcriptLine, release string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	var b bytes.Buffer
	b.Grow(len(l.Message) + 128)
	fmt.Fprintf(&b, `{"conn":%d,"micros":%d,"from":%q,"kind":%q`, l.Conn, time.Since(w.began).Microseconds(), l.From, l.Kind)
	switch {
	case l.Omitted != "":
		b.WriteString(`,"omitted":`)
		b.Write(document.AppendString(nil, l.Omitted))
	case l.Kind != kindOfEnd:
		b.WriteString(`,"message":`)
		b.Write(l.Message)
	}
	b.WriteString("}\n")
	const patience = 1 << 20
	if !w.started {
		w.held = append(w.held, b.Bytes()...)
		if release != "" || len(w.held) > patience {
			w.start(release)
		}
		return w.err
	}
	_, w.err = w.out.Write(b.Bytes())
	return w.err
}

// start writes the header and what waited for it.
func (w *transcriptWriter) start(release string) {
	header, err := json.Marshal(transcriptHeader{Format: transcriptFormat, Recorded: w.began.UTC().Truncate(time.Second), Release: release})
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	w.started = true
	_, w.err = w.out.Write(append(append(header, '\n'), w.held...))
	w.held = nil
}

// finish writes the header if nothing else did.
func (w *transcriptWriter) finish() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.started {
		w.start("")
	}
	return w.err
}

// transcriptError says where a transcript is broken.
type transcriptError struct {
	line int
	err  error
}

func (e *transcriptError) Error() string {
	return "line " + strconv.Itoa(e.line) + ": " + e.err.Error()
}
func (e *transcriptError) Unwrap() error { return e.err }

var errCutOff = errors.New("the line is cut off; delete it, with what belongs to it, or record again")

// readTranscript reads all lines and gives visit each of them, with its number in the file and the place of its bytes.
// A line is valid during the call only.
func readTranscript(in io.Reader, visit func(l *transcriptLine, number int, place span) error) (header transcriptHeader, err error) {
	r := bufio.NewReaderSize(in, 64<<10)
	var at int64
	var buf []byte
	for number := 1; ; number++ {
		buf, err = readLine(r, buf[:0])
		switch {
		case errors.Is(err, io.EOF) && number == 1:
			return header, errors.New("the transcript is empty")
		case errors.Is(err, io.EOF):
			return header, nil
		case err != nil:
			return header, &transcriptError{number, err}
		}
		place := span{at, len(buf)}
		at += int64(len(buf)) + 1
		if number == 1 {
			if err := json.Unmarshal(buf, &header); err != nil || header.Format == 0 {
				return header, &transcriptError{1, errors.New("this is not the header of a transcript")}
			}
			if header.Format != transcriptFormat {
				return header, &transcriptError{1, fmt.Errorf("the format is %d, and this version reads %d only", header.Format, transcriptFormat)}
			}
			continue
		}
		line, err := parseLine(buf)
		if err == nil {
			err = visit(line, number, place)
		}
		if err != nil {
			return header, &transcriptError{number, err}
		}
	}
}

// readLine reads up to the next line feed, which it leaves out.
func readLine(r *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		buf = append(buf, part...)
		switch {
		case err == nil:
			return buf[:len(buf)-1], nil
		case err == io.EOF && len(buf) > 0:
			return nil, errCutOff
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(buf) > maxLine:
			return nil, fmt.Errorf("the line is longer than %d bytes", maxLine)
		}
	}
}

func parseLine(b []byte) (*transcriptLine, error) {
	l := &transcriptLine{}
	if err := json.Unmarshal(b, l); err != nil {
		return nil, err
	}
	switch {
	case l.Conn < 1:
		return nil, fmt.Errorf("there is no connection %d", l.Conn)
	case l.Micros < 0:
		return nil, errors.New("the time is negative")
	case l.From != fromClient && l.From != fromServer:
		return nil, fmt.Errorf("from is %q, neither client nor server", l.From)
	case l.Kind == kindOfEnd:
		return l, nil
	case l.Kind != kindOfText && l.Kind != kindOfBinary:
		return nil, fmt.Errorf("kind is %q, which is none of text, binary and end", l.Kind)
	case l.Omitted != "":
		return l, nil
	case len(l.Message) == 0 || l.Message[0] != '{':
		return nil, errors.New("the message is not an object")
	}
	return l, nil
}

// span is a place in a transcript.
type span struct {
	offset int64
	length int
}

// message reads the message of a line again.
func (s span) message(file io.ReaderAt) (json.RawMessage, error) {
	b := make([]byte, s.length)
	if _, err := file.ReadAt(b, s.offset); err != nil {
		return nil, err
	}
	l, err := parseLine(b)
	if err != nil {
		return nil, err
	}
	return l.Message, nil
}
