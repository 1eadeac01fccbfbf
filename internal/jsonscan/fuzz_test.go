package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/exawire/exawire/internal/jsonscan"
)

var seeds = []string{
	"null", "true", "[1,2.5e-3,-0]", `{"a":{"b":[[],{}]},"c":"d"}`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", `"\u0000\n"`, " [ ] ", "01", `{"a":1,}`,
	"\"" + "0123456789abcdef0123456789abcdef0123456789" + "\u00e9\u20ac\U0001F600" + `\"\\` + "\"", "\"\xed\xa0\x80\"", "\"\xe2\x82\"", "[[[[[[[[1]]]]]]]]",
}

// depth returns how deeply brackets are nested, those in strings included.
func depth(doc []byte) int {
	deepest, now := 0, 0
	for _, c := range doc {
		switch c {
		case '[', '{':
			now++
		case ']', '}':
			now--
		}
		deepest = max(deepest, now)
	}
	return deepest
}

// FuzzValid compares with encoding/json.
func FuzzValid(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if depth(doc) > jsonscan.MaxDepth {
			return
		}
		want := json.Valid(doc)
		if got := jsonscan.Valid(doc); got != want {
			t.Errorf("Valid(%q) = %v, want %v", doc, got, want)
		}
	})
}

// FuzzText compares the three ways to read a string with encoding/json.
func FuzzText(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed), 0)
	}
	f.Add([]byte("\"a\\n\u00e9\\u0041\\\\\""), 40)
	f.Fuzz(func(t *testing.T, doc []byte, room int) {
		// Room behind the string lets the wide loads reach its end.
		doc = append(bytes.TrimSpace(doc), bytes.Repeat([]byte{' '}, room&63)...)
		var want string
		wantOK := json.Unmarshal(doc, &want) == nil && doc[0] == '"'

		s := jsonscan.New(bytes.Clone(doc))
		got, err := s.Text()
		if err == nil {
			err = s.End()
		}
		if (err == nil) != wantOK || err == nil && got != want {
			t.Fatalf("Text of %q = %q, %v; want %q, %v", doc, got, err, want, wantOK)
		}
		if len(doc) == 0 || doc[0] != '"' {
			return
		}
		at := jsonscan.Special(doc, 1)
		if at == len(doc) || doc[at] == '"' {
			return
		}
		buf := bytes.Clone(doc)
		end, quote, unicode, err := jsonscan.UnescapeUntilQuote(buf, at)
		if err == nil && quote+1+len(bytes.TrimLeft(buf[quote+1:], " \t\r\n")) != quote+1 {
			return // there is more behind the string; Text has seen that too
		}
		text := string([]rune(string(buf[1:max(end, 1)]))) // replaces what is not UTF-8
		if (err == nil) != wantOK || err == nil && text != want {
			t.Fatalf("UnescapeUntilQuote of %q = %q, %v; want %q, %v", doc, text, err, want, wantOK)
		}
		if err == nil && unicode != (utf8.Valid(doc[:quote]) && !hasHalfPair(doc[:quote])) {
			t.Errorf("UnescapeUntilQuote of %q says %v", doc, unicode)
		}
	})
}

var surrogateEscape = regexp.MustCompile(`(?i)\\u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|d[89a-f][0-9a-f]{2})`)

// hasHalfPair is a slow and obvious check of a string whose escapes are well formed.
func hasHalfPair(doc []byte) bool {
	doc = bytes.ReplaceAll(doc, []byte(`\\`), []byte(" "))
	for _, escape := range surrogateEscape.FindAll(doc, -1) {
		if len(escape) == 6 {
			return true
		}
	}
	return false
}

// FuzzInt64 compares with strconv.
func FuzzInt64(f *testing.F) {
	for _, seed := range []string{"0", "-0", "1", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "00", "1.5", "1e1", "+1", "99999999999999999999999"} {
		f.Add(seed)
	}
	canonical := regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	f.Fuzz(func(t *testing.T, text string) {
		s := jsonscan.New([]byte(text))
		got, err := s.Int64()
		if err == nil {
			err = s.End()
		}
		want, wantErr := strconv.ParseInt(string(bytes.Trim([]byte(text), " \t\r\n")), 10, 64)
		wantOK := wantErr == nil && canonical.MatchString(string(bytes.Trim([]byte(text), " \t\r\n")))
		if (err == nil) != wantOK || err == nil && got != want {
			t.Errorf("Int64 of %q = %d, %v; want %d, %v", text, got, err, want, wantOK)
		}
	})
}

// TestSpecial puts every kind of special byte at every place of a step.
// TestPlain puts every byte at every place.
func TestPlain(t *testing.T) {
	for n := 8; n < 50; n++ {
		text := []byte(strings.Repeat("2", n))
		if !jsonscan.Plain(text) {
			t.Errorf("%q is not plain", text)
		}
		for at := range n {
			for c := range 256 {
				text[at] = byte(c)
				want := c >= ' ' && c < 0x80 && c != '"' && c != '\\'
				if got := jsonscan.Plain(text); got != want {
					t.Fatalf("Plain(%q) = %t", text, got)
				}
			}
			text[at] = '2'
		}
	}
}

func TestSpecial(t *testing.T) {
	for _, special := range []string{`"`, `\`, "\x00", "\x1f", "\n", "\x80", "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"} {
		for _, filler := range []string{"a", " ", "!", "#", "[", "]", "\x7f", "\u00fc", "\u20ac", "\U0001F600", "\ud7ff", "\ue000", "\U0010FFFF", "\u0080", "\u0800"} {
			for n := range 80 {
				text := []byte{}
				for len(text) < n {
					text = append(text, filler...)
				}
				want := len(text)
				for _, behind := range []string{"", `"`, "tail of the message, long enough for wide loads"} {
					buf := append(append(bytes.Clone(text), special...), behind...)
					if got := jsonscan.Special(buf, 0); got != want {
						t.Fatalf("Special(%q) = %d, want %d", buf, got, want)
					}
				}
				if got := jsonscan.Special(text, 0); got != want {
					t.Fatalf("Special(%q) = %d, want %d", text, got, want)
				}
			}
		}
	}
}
