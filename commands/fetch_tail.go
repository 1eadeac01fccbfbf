package commands

import (
	"bytes"

	"github.com/exawire/exawire/internal/jsonscan"
)

// tailLength is how many bytes of an answer are looked at from behind: far more than all attributes take.
const tailLength = 4 << 10

var attributesKey = []byte(`"attributes"`)

// attributesBehind returns the attributes that stand behind the data of a fetch answer, nil if there are none. msg begins
// at the data, which is not read: rows are decoded by the formats of their own answer, so these have to be known before.
// certain is false if the end of the answer does not tell; then the whole of it has to be read. Whether it was right,
// Finish checks.
func attributesBehind(msg []byte) (raw []byte, certain bool) {
	tail := msg[max(0, len(msg)-tailLength):]
	if raw, ok := lastMember(tail); ok {
		return raw, true
	}
	return nil, endsInData(tail)
}

// lastMember returns the value of the attributes if they are the last member of the outermost object. In a document that
// is JSON a quoted word between a separator and a colon is a key, and an object that the document ends with is the
// outermost one.
func lastMember(tail []byte) (raw []byte, ok bool) {
	at := bytes.LastIndex(tail, attributesKey)
	if at < 0 {
		return nil, false
	}
	before := bytes.TrimRight(tail[:at], " \t\r\n")
	if len(before) == 0 || before[len(before)-1] != ',' {
		return nil, false
	}
	s := jsonscan.NewAt(tail, jsonscan.SkipSpace(tail, at+len(attributesKey)))
	if s.Left() == 0 || tail[s.Pos()] != ':' {
		return nil, false
	}
	s.SetPos(s.Pos() + 1)
	raw, err := skipNull(s)
	if err != nil {
		return nil, false
	}
	s.SetPos(jsonscan.SkipSpace(tail, s.Pos()))
	if s.Left() == 0 || tail[s.Pos()] != '}' {
		return nil, false
	}
	s.SetPos(s.Pos() + 1)
	return raw, s.End() == nil
}

// endsInData reports whether the answer looks as if nothing stood behind the data: the end of a column, of the data, of the
// payload and of the answer. One array alone would not tell: attributes that end with a list look like that too.
func endsInData(tail []byte) bool {
	for _, want := range []byte("}}]]") {
		tail = bytes.TrimRight(tail, " \t\r\n")
		if len(tail) == 0 || tail[len(tail)-1] != want {
			return false
		}
		tail = tail[:len(tail)-1]
	}
	return true
}
