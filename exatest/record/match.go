package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/document"
	"github.com/exawire/exawire/exatest/internal/redact"
	"github.com/exawire/exawire/exatest/internal/replay"
	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// content is what makes two requests the same.
type content struct {
	key  string // equal for equal requests only
	text string // the request in its normal form, cut if it is long
}

// longestContent is how much of a request is kept for reports.
const longestContent = 4096

// contentOf brings a request into its normal form: keys in order, no white space, SQL texts without blanks and semicolon
// around them. A fetch is known by its result set and its position alone; generations says which result set a handle
// stands for if the server gives it out again.
func contentOf(command string, message []byte, generations map[int]int) (content, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(message, &fields); err != nil {
		return content{}, err
	}
	if command == "fetch" {
		handle, err := strconv.Atoi(string(fields["resultSetHandle"]))
		if err == nil {
			text := fmt.Sprintf(`{"command":"fetch","resultSetHandle":%d,"startPosition":%s}`, handle, fields["startPosition"])
			return content{key: text + strconv.Itoa(generations[handle]), text: text}, nil
		}
	}
	text := []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = document.AppendString(text, name)
		text = append(text, ':')
		var err error
		if text, err = appendNormal(text, name, fields[name]); err != nil {
			return content{}, err
		}
	}
	text = append(text, '}')
	c := content{text: string(text)}
	if c.key = c.text; len(text) > longestContent {
		sum := sha256.Sum256(text)
		c.key, c.text = string(sum[:]), string(text[:longestContent])
	}
	return c, nil
}

func appendNormal(dst []byte, name string, value json.RawMessage) ([]byte, error) {
	switch name {
	case "sqlText":
		var sql string
		if json.Unmarshal(value, &sql) == nil {
			return document.AppendString(dst, sqltext.Trim(sql)), nil
		}
	case "data":
		return append(dst, value...), nil // rows, in no need of order
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if texts, ok := tree.([]any); ok && name == "sqlTexts" {
		for i := range texts {
			if sql, ok := texts[i].(string); ok {
				texts[i] = sqltext.Trim(sql)
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(tree); err != nil {
		return nil, err
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), nil
}

// free reports whether a step may be played at any time, or not at all.
func (st *step) free() bool {
	switch st.command {
	case "fetch", "closeResultSet", "closePreparedStatement", "disconnect":
		return true
	}
	return false
}

// reads reports whether the step changes nothing, so that it can be answered again.
func (st *step) reads() bool {
	switch st.command {
	case "fetch", "getAttributes", "getHosts", "getResultSetHeader", "getOffset":
		return true
	case "execute":
		var m struct {
			SQL string `json:"sqlText"`
		}
		// A text that was cut has no end, but firstWord does not look for it.
		if json.Unmarshal([]byte(st.content.text), &m) != nil {
			return false
		}
		switch sqltext.FirstWord(m.SQL) {
		case "SELECT", "WITH", "VALUES", "DESC", "DESCRIBE", "EXPLAIN":
			return true
		}
	}
	info, _ := commands.Lookup(st.command)
	return info.Family == commands.FamilyMetadata
}

// play is a session of a client that plays one of the recording. It belongs to the goroutine of its connection.
type play struct {
	transcript  *transcript
	rec         *recordedSession
	next        int // the step that is due, if the order matters
	used        []bool
	generations map[int]int
}

// take gives out the next session of the transcript.
func (t *transcript) take(sub bool, asked commands.Version, has credentials) (*play, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []*recordedSession
	for _, s := range t.sessions {
		if s.sub == sub {
			list = append(list, s)
		}
	}
	taken, what := &t.taken, "sessions"
	if sub {
		taken, what = &t.takenSubs, "subconnections"
	}
	if len(list) == 1 {
		what = strings.TrimSuffix(what, "s")
	}
	if len(list) == 0 || *taken >= len(list) && !t.config.repeated {
		return nil, fmt.Errorf("the transcript %s has %d %s, and all of them are taken; record.WithRepetition begins again", t.path, len(list), what)
	}
	s := list[*taken%len(list)]
	if asked < s.version {
		return nil, fmt.Errorf("the session at line %d of %s was recorded with protocol version %d; a client that asks for %d would read answers in the wrong shape", s.line, t.path, s.version, asked)
	}
	if was, is := s.credentials.normal(), has.normal(); !t.config.anyOrder && was != is {
		return nil, fmt.Errorf("the login of the session at line %d of %s set other attributes: %s", s.line, t.path, difference(was, is))
	}
	*taken++
	return &play{transcript: t, rec: s, used: make([]bool, len(s.steps)), generations: map[int]int{}}, nil
}

// normal is the text of the attributes without the one that replay leaves to the client.
func (c credentials) normal() string {
	attributes := maps.Clone(c.Attributes)
	delete(attributes, "compressionEnabled")
	text, err := json.Marshal(attributes) // of a map, so in order
	if err != nil || len(attributes) == 0 {
		return "{}"
	}
	return string(text)
}

// find returns the step that answers a request; nil means that the server can answer it itself.
func (p *play) find(command string, message []byte) (*step, error) {
	clean, _, err := new(redact.Messages).Request(message)
	if err != nil {
		return nil, err
	}
	c, err := contentOf(command, clean, p.generations)
	if err != nil {
		return nil, err
	}
	request := &step{command: command, content: c}
	if i, ok := p.choose(request); ok {
		st := p.rec.steps[i]
		p.used[i] = true
		st.played.Store(true)
		for _, h := range st.opens {
			p.generations[h]++
		}
		return st, nil
	}
	h := handlesOf(command, message)
	if h.closing && h.known(p.rec) {
		return nil, nil
	}
	if command == "fetch" && h.known(p.rec) {
		return nil, &replay.MissingRows{Handle: int64(h.results[0]), Position: h.position}
	}
	return nil, p.mismatch(request)
}

// choose picks the step for a request.
func (p *play) choose(request *step) (int, bool) {
	same := p.rec.byKey[request.content.key]
	if !request.free() && !p.transcript.config.anyOrder {
		i, ok := p.due()
		if !ok || p.rec.steps[i].content.key != request.content.key {
			return 0, false
		}
		p.next = i + 1
		return i, true
	}
	for _, i := range same {
		if !p.used[i] {
			return i, true
		}
	}
	if len(same) > 0 && request.reads() {
		return same[len(same)-1], true
	}
	return 0, false
}

// due is the next step whose turn matters.
func (p *play) due() (int, bool) {
	for i := p.next; i < len(p.rec.steps); i++ {
		if !p.rec.steps[i].free() {
			return i, true
		}
	}
	return 0, false
}

// handles are what a fetch or a close is about. A client may collect handles and close them together.
type handles struct {
	results    []int
	statements []int
	position   string // of a fetch, as it was sent
	closing    bool
}

// handlesOf returns none for a message that is about none, or does not say it right.
func handlesOf(command string, message []byte) (h handles) {
	var m struct {
		Result    *int            `json:"resultSetHandle"`
		Position  json.RawMessage `json:"startPosition"`
		Results   []int           `json:"resultSetHandles"`
		Statement *int            `json:"statementHandle"`
	}
	if json.Unmarshal(message, &m) != nil {
		return h
	}
	switch {
	case command == "fetch" && m.Result != nil:
		h.results, h.position = []int{*m.Result}, string(m.Position)
	case command == "closeResultSet" && m.Results != nil:
		h.results, h.closing = m.Results, true
	case command == "closePreparedStatement" && m.Statement != nil:
		h.statements, h.closing = []int{*m.Statement}, true
	}
	return h
}

// known reports whether the recorded session had all of them open at some time. None at all are known of a close only.
func (h handles) known(rec *recordedSession) bool {
	return (h.closing || len(h.results) > 0) &&
		!slices.ContainsFunc(h.results, func(n int) bool { return !rec.opened[n] }) &&
		!slices.ContainsFunc(h.statements, func(n int) bool { return !rec.statements[n] })
}
