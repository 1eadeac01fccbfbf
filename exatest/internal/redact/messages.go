// Package redact takes the secrets out of messages: passwords, tokens, names of users, and what is a secret by its name
// or its place in an SQL text.
package redact

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"github.com/exawire/exawire/exatest/internal/document"
)

// Messages takes the secrets out of messages. Tokens of subconnections become small numbers, the same token always the
// same number, so that a reader still sees which subconnection belongs to which grant.
type Messages struct {
	mu     sync.Mutex
	tokens map[string]int
}

// Request is what has to be known of a request when its answer comes.
type Request struct {
	Command string
	Handle  string // of the result set, for a fetch
	Secrets []string
}

// Columns are the columns of result sets that are named like a secret, by handle.
type Columns map[string][]secretColumn

// secretFields are the fields of requests whose values are not written down. The names of users are no secrets, but who
// recorded a session is nobody's business.
var secretFields = map[string]bool{
	"password": true, "accesstoken": true, "refreshtoken": true, "username": true, "clientosusername": true,
}

// Request returns the message without secrets and without white space between its parts, and the secrets that were in
// its SQL texts. Message has to be JSON.
func (r *Messages) Request(message []byte) (clean []byte, secrets []string, err error) {
	src, err := compact(message)
	if err != nil {
		return nil, nil, err
	}
	if mayHaveColumns(src) {
		src = columnHider{}.value(make([]byte, 0, len(src)), src)
	}
	dst := make([]byte, 0, len(src))
	var name string
	for i := 0; i < len(src); {
		if src[i] != '"' {
			dst = append(dst, src[i])
			i++
			continue
		}
		end := valueEnd(src, i)
		if end == len(src) || src[end] != ':' {
			text, found := redactString(src[i:end], name == "sqlText" || name == "sqlTexts")
			dst, secrets = append(dst, text...), append(secrets, found...)
			i = end
			continue
		}
		dst = append(dst, src[i:end+1]...)
		_ = json.Unmarshal(src[i:end], &name) // src is valid
		value := src[end+1 : valueEnd(src, end+1)]
		i = end + 1
		switch {
		case secretFields[strings.ToLower(name)] && string(value) != "null":
			dst = append(dst, `"`+Mark+`"`...)
			i += len(value)
		case name == "token":
			dst = r.token(dst, value)
			i += len(value)
		}
	}
	return dst, secrets, nil
}

// Answer is Request for what a server sends: only the text of an exception is looked at, for SQL and for the secrets of
// the request, and, if grants, the token of subconnections. Of rows, columns that are named like a secret are hidden;
// those of a fetch are known from the answer that had the result set's description.
func (r *Messages) Answer(message []byte, p *Request, seen Columns) ([]byte, error) {
	src, err := compact(message)
	if err != nil || src[0] != '{' {
		return src, err
	}
	secrets := p.Secrets
	grants := p.Command == "enterParallel" || p.Command == "requestParallelConnections"
	hider := columnHider{found: func(handle string, secret []secretColumn) { seen[handle] = secret }}
	if p.Command == "fetch" {
		hider.fetched = seen[p.Handle]
	}
	if len(hider.fetched) > 0 || mayHaveColumns(src) {
		src = hider.value(make([]byte, 0, len(src)), src)
	}
	dst := append(make([]byte, 0, len(src)+len(Mark)), '{')
	for i := 1; src[i] != '}'; {
		if src[i] == ',' {
			dst = append(dst, ',')
			i++
		}
		colon := valueEnd(src, i)
		end := valueEnd(src, colon+1)
		name, value := string(src[i:colon]), src[colon+1:end]
		dst = append(dst, src[i:colon+1]...)
		switch {
		case name == `"exception"`:
			dst = redactStrings(dst, value, secrets)
		case name == `"responseData"` && grants:
			clean, _, err := r.Request(value)
			if err != nil {
				return nil, err
			}
			dst = append(dst, clean...)
		default:
			dst = append(dst, value...)
		}
		i = end
	}
	return append(dst, '}'), nil
}

// token appends the number that stands for a token.
func (r *Messages) token(dst, token []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, ok := r.tokens[string(token)]
	if !ok {
		if r.tokens == nil {
			r.tokens = map[string]int{}
		}
		n = len(r.tokens) + 1
		r.tokens[string(token)] = n
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// redactStrings appends a value with all strings in it redacted, and with given secrets taken out of them.
func redactStrings(dst, src []byte, secrets []string) []byte {
	for i := 0; i < len(src); {
		if src[i] != '"' {
			dst = append(dst, src[i])
			i++
			continue
		}
		end := valueEnd(src, i)
		var text string
		if json.Unmarshal(src[i:end], &text) == nil {
			text, _ = SQL(text)
			for _, secret := range secrets {
				text = strings.ReplaceAll(text, secret, Mark)
			}
			dst = document.AppendString(dst, text)
		}
		i = end
	}
	return dst
}

// redactString redacts one string, most of which have nothing in them that could be a secret.
func redactString(src []byte, isSQL bool) (text []byte, secrets []string) {
	if upper := bytes.ToUpper(src); !bytes.ContainsAny(src, `\=:@`) && !bytes.Contains(upper, []byte("IDENTIFIED")) && !bytes.Contains(upper, []byte("BEARER")) {
		return src, nil
	}
	var plain string
	if json.Unmarshal(src, &plain) != nil {
		return src, nil
	}
	clean, secrets := redactText(plain, !isSQL)
	if clean == plain {
		return src, nil
	}
	return document.AppendString(nil, clean), secrets
}

func compact(message []byte) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(message))
	if err := json.Compact(&b, message); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// valueEnd returns where the value at i ends, in valid JSON without white space.
func valueEnd(src []byte, i int) int {
	depth := 0
	for ; i < len(src); i++ {
		switch src[i] {
		case '"':
			for i++; src[i] != '"'; i++ {
				if src[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				if depth < 0 {
					return i
				}
				return i + 1
			}
		case ',', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return i
}
