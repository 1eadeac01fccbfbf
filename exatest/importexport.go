package exatest

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
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
	d := readingError
	if sqltext.FirstWord(sql) == "EXPORT" {
		d = writingError
	}
	parts := sqlParts(sql)
	files := remoteFiles(sql)
	failed := func(address string, cause *curlError) error {
		f := RemoteFile{Address: address}
		if i := slices.IndexFunc(files, func(f RemoteFile) bool { return f.Address == address }); i >= 0 {
			f = files[i]
		}
		return d.failed(f, 0, cause)
	}
	word := func(i int, text string) bool { return i < len(parts) && !parts[i].isString && parts[i].text == text }
	if i := fromParquet(parts); i >= 0 && len(files) > 0 {
		if err := r.checkParquet(sql, parts[i].at, files[0], runs); err != nil {
			return err
		}
	}
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
			return failed(parts[i+1].text, errPin)
		case !word(clause, "PUBLIC") && !word(clause, "IGNORE") && r.checksCertificates() && ofClient(parts[i+1].text):
			return failed(parts[i+1].text, errSelfSigned)
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

// remoteFiles returns the files of a statement in their order. Those of named connections are left out.
func remoteFiles(sql string) (files []RemoteFile) {
	var at RemoteFile
	parts := sqlParts(sql)
	for i, p := range parts {
		switch {
		case !p.isString && p.text == "AT":
			at = RemoteFile{}
		case !p.isString || i == 0 || parts[i-1].isString:
		case parts[i-1].text == "AT":
			at.Address = p.text
		case parts[i-1].text == "KEY":
			at.PublicKey = p.text
		case parts[i-1].text == "FILE" && at.Address != "":
			at.Name = p.text
			files = append(files, at)
		}
	}
	return files
}

// fromParquet returns the place of the word PARQUET in an IMPORT FROM PARQUET, -1 in all other statements.
func fromParquet(parts []sqlPart) int {
	for i, p := range parts {
		if i > 0 && !p.isString && p.text == "PARQUET" && !parts[i-1].isString && parts[i-1].text == "FROM" {
			return i
		}
	}
	return -1
}

// checkParquet is the error of a release that does not import Parquet files from a client.
func (r release) checkParquet(sql string, at int, f RemoteFile, runs bool) error {
	switch support := r.parquet(); {
	case support == parquetUnknown:
		line, column := position(sql, at)
		return &SQLError{"42000", fmt.Sprintf("syntax error, unexpected IDENTIFIER_PART_ [line %d, column %d]", line, column)}
	case support == parquetNowhere && runs:
		return rangesError.failed(f, 0, errUnreachable)
	case support == parquetFromS3 && runs:
		return &SQLError{"42636", "ETL-2210: AWS URL is invalid: Provided URL is not a valid AWS S3 URL (" + f.url() + ")"}
	}
	return nil
}

// position turns an offset into the line and the column that databases name in their errors.
func position(sql string, offset int) (line, column int) {
	before := sql[:offset]
	return strings.Count(before, "\n") + 1, offset - strings.LastIndex(before, "\n")
}
