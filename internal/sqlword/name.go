package sqlword

import (
	"strings"
	"unicode"
)

// IsName reports whether text is an identifier, quoted or not, or several with points between them: what it lets pass can
// become part of a statement and stays a name there.
func IsName(text string) bool {
	for {
		rest, ok := cutIdentifier(text)
		switch {
		case !ok:
			return false
		case rest == "":
			return true
		case rest[0] != '.':
			return false
		}
		text = rest[1:]
	}
}

// cutIdentifier returns what comes after the identifier at the beginning of text.
func cutIdentifier(text string) (rest string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		return cutQuoted(text)
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.In(r, identifierStart...) && !unicode.In(r, identifierRest...) })
	if end < 0 {
		end = len(text)
	}
	for _, r := range text[:end] {
		return text[end:], unicode.In(r, identifierStart...)
	}
	return text, false
}

func cutQuoted(text string) (rest string, ok bool) {
	rest = text[1:]
	for {
		end := strings.IndexByte(rest, '"')
		if end < 0 {
			return text, false
		}
		if after := rest[end+1:]; !strings.HasPrefix(after, `"`) {
			return after, len(text)-len(after) > len(`""`)
		}
		rest = rest[end+2:]
	}
}

// identifierStart and identifierRest are what regular identifiers consist of.
var (
	identifierStart = []*unicode.RangeTable{unicode.L, unicode.Nl}
	identifierRest  = []*unicode.RangeTable{unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc}
)
