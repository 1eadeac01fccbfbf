package exatest

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// sqlPart is a word of a statement, or a string without its quotes.
type sqlPart struct {
	text     string
	isString bool
	at       int // where it begins
}

// sqlParts takes a statement apart as far as IMPORT and EXPORT need it: comments, quoted names and punctuation are left
// out.
func sqlParts(sql string) []sqlPart {
	var parts []sqlPart
	for i := 0; i < len(sql); {
		n, comment := sqltext.Token(sql[i:])
		switch {
		case comment || sql[i] == '"':
			i += n
		case n > 0:
			for end := i + n; end < len(sql) && sql[end] == '\''; end = i + n {
				m, _ := sqltext.Token(sql[end:]) // a doubled quote is a part of the string
				n += m
			}
			text := strings.TrimSuffix(strings.TrimPrefix(sql[i:i+n], "'"), "'")
			parts = append(parts, sqlPart{strings.ReplaceAll(text, "''", "'"), true, i})
			i += n
		default:
			n = strings.IndexFunc(sql[i:], func(c rune) bool { return c != '_' && (c < '0' || c > '9') && (c|' ' < 'a' || c|' ' > 'z') })
			if n < 0 {
				n = len(sql) - i
			}
			if n > 0 {
				parts = append(parts, sqlPart{strings.ToUpper(sql[i : i+n]), false, i})
			}
			i += max(n, 1)
		}
	}
	return parts
}

// checkTransfer looks at the addresses of an IMPORT or EXPORT, whatever answers the statement: whether the release has
// the clause PUBLIC KEY, and whether it asks for one. A statement that is only prepared does not connect to anything.
func (r release) checkTransfer(sql string, runs bool) error {
	switch sqltext.FirstWord(sql) {
	case "IMPORT", "EXPORT":
	default:
		return nil
	}
	parts := sqlParts(sql)
	word := func(i int, text string) bool { return i < len(parts) && !parts[i].isString && parts[i].text == text }
	for i := range parts {
		if !word(i, "AT") || i+1 >= len(parts) || !parts[i+1].isString {
			continue
		}
		clause := i + 2
		switch {
		case word(clause, "PUBLIC") && !r.hasPublicKey():
			line, column := position(sql, parts[clause].at)
			return &SQLError{"42000", fmt.Sprintf("syntax error, unexpected IDENTIFIER_PART_, expecting FILE_ [line %d, column %d]", line, column)}
		case !runs:
		case word(clause, "PUBLIC") && (clause+2 >= len(parts) || !isPin(parts[clause+2].text)):
			return failedTransfer(parts[i+1].text, "SSL: public key does not match pinned public key")
		case !word(clause, "PUBLIC") && !word(clause, "IGNORE") && r.checksCertificates() && ofClient(parts[i+1].text):
			return failedTransfer(parts[i+1].text, "SSL certificate problem: self-signed certificate")
		}
	}
	return nil
}

// ofClient reports whether an address is that of a client that serves a file itself: encrypted, and an IP address, for
// which nobody issues a certificate.
func ofClient(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return false
	}
	_, err = netip.ParseAddr(u.Hostname())
	return err == nil
}

// isPin reports whether a text has the form of a pinned key: the SHA-256 of a public key.
func isPin(text string) bool {
	text, ok := strings.CutPrefix(text, "sha256//")
	sum, err := base64.StdEncoding.DecodeString(text)
	return ok && err == nil && len(sum) == 32
}

func failedTransfer(address, reason string) error { return failedAfter(address, 0, reason) }

func failedAfter(address string, bytes int64, reason string) error {
	return &SQLError{"42636", fmt.Sprintf("ETL-5106: Following error occurred while using the external connection [%s failed after %d bytes. [%s]]",
		address, bytes, reason)}
}

// remoteFile is a file of an IMPORT or EXPORT that is at an address.
type remoteFile struct {
	address string
	pin     string // of its clause PUBLIC KEY, else ""
	name    string
}

// remoteFiles returns the files of a statement in their order. Those of named connections are left out.
func remoteFiles(sql string) (files []remoteFile) {
	var at remoteFile
	parts := sqlParts(sql)
	for i, p := range parts {
		switch {
		case !p.isString && p.text == "AT":
			at = remoteFile{}
		case !p.isString || i == 0 || parts[i-1].isString:
		case parts[i-1].text == "AT":
			at.address = p.text
		case parts[i-1].text == "KEY":
			at.pin = p.text
		case parts[i-1].text == "FILE" && at.address != "":
			at.name = p.text
			files = append(files, at)
		}
	}
	return files
}

// position turns an offset into the line and the column that databases name in their errors.
func position(sql string, offset int) (line, column int) {
	before := sql[:offset]
	return strings.Count(before, "\n") + 1, offset - strings.LastIndex(before, "\n")
}
