package redact

import (
	"bytes"
	"strings"
)

// secretNames end the names of what is kept secret, in lower case and without - and _.
var secretNames = []string{
	"password", "passwd", "passphrase", "passcode", "pass", "pwd", "pw", "secret", "secretkey", "token", "apikey", "accesskey",
	"accountkey", "privatekey", "signature", "sig", "credential", "credentials", "authorization", "auth",
}

// authSchemes come between the name and the secret: Authorization: Bearer secret.
var authSchemes = []string{"Bearer", "Basic", "Token", "Digest", "Negotiate"}

func isSecretName(word string) bool {
	// The end of the name, letter by letter from the last one.
	var buf [16]byte
	at := len(buf)
	for i := len(word) - 1; i >= 0 && at > 0; i-- {
		c := word[i]
		if c == '-' || c == '_' {
			continue
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		at--
		buf[at] = c
	}
	for _, secret := range secretNames {
		if bytes.HasSuffix(buf[at:], []byte(secret)) {
			return true
		}
	}
	return false
}

// assigned deals with what follows the name of a secret. Quotes and a bracket between the name and
// its sign belong to the name.
func (r *sqlRedactor) assigned(end int) int {
	i := end
	for i < len(r.src) && i < end+8 && strings.IndexByte("\"'\\] ", r.src[i]) >= 0 {
		i++
	}
	if i == len(r.src) || r.src[i] != '=' && r.src[i] != ':' || strings.HasPrefix(r.src[i:], "://") {
		return r.compared(end, i)
	}
	i++
	if i < len(r.src) && r.src[i] == '>' {
		i++
	}
	i = skipBlank(r.src, i)
	for _, scheme := range authSchemes {
		if word, at := r.nextWord(i); strings.EqualFold(word, scheme) && at < len(r.src) && r.src[at] == ' ' {
			i = skipBlank(r.src, at)
			break
		}
	}
	r.inside, r.counted = r.isInside(end), end
	if i < len(r.src) && (r.isInside(i) || isQuote(r.src, i)) {
		return r.value(i)
	}
	return end // an expression
}

// compared deals with a comparison at i, after the name of a secret that ends at end: a literal, or a list of them.
func (r *sqlRedactor) compared(end, i int) int {
	at := i
	for at < len(r.src) && strings.IndexByte("<>!^=", r.src[at]) >= 0 {
		at++
	}
	if at == i {
		word, behind := r.nextWord(i)
		if strings.EqualFold(word, "NOT") {
			word, behind = r.nextWord(behind)
		}
		switch strings.ToUpper(word) {
		case "IN", "LIKE", "REGEXP_LIKE":
			at = behind
		default:
			return end
		}
	}
	at = skipBlank(r.src, at)
	list := strings.HasPrefix(r.src[at:], "(")
	if list {
		at = skipBlank(r.src, at+1)
	}
	for at < len(r.src) && isQuote(r.src, at) {
		end = r.value(at)
		at = end
		for at < len(r.src) && isQuote(r.src, at) {
			at++
		}
		if at = skipBlank(r.src, at); !list || !strings.HasPrefix(r.src[at:], ",") {
			break
		}
		at = skipBlank(r.src, at+1)
	}
	return end
}
