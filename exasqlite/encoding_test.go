package exasqlite

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// All bytes of an encoding that mean something come back as they were, and ASCII is the same in all of them.
func TestEncodingsBackAndForth(t *testing.T) {
	for key, e := range encodings {
		if e.runes == nil {
			continue
		}
		meant := 0
		for i, r := range e.runes {
			if r < 0 {
				continue
			}
			meant++
			text := e.decode(nil, []byte{byte(i)})
			if !utf8.Valid(text) || i < utf8.RuneSelf && string(text) != string(rune(i)) {
				t.Errorf("%s: byte %#x is %q", key, i, text)
			}
			if b, _, ok := e.encode(nil, text); !ok || len(b) != 1 || b[0] != byte(i) {
				t.Errorf("%s: byte %#x is %q, which is %x", key, i, text, b)
			}
		}
		if meant != len(e.bytes) {
			t.Errorf("%s: %d bytes mean something, but there are %d characters", key, meant, len(e.bytes))
		}
	}
}

func TestEncodings(t *testing.T) {
	type sample struct{ name, text, bytes string }
	for _, s := range []sample{
		{"utf-8", "Grüße", "Gr\xc3\xbc\xc3\x9fe"},
		{"iso-8859-1", "Grüße", "Gr\xfc\xdfe"},
		{"Latin9", "12 €", "12 \xa4"},
		{"ISO_8859-2", "Łódź", "\xa3\xf3d\xbc"},
		{"ISO-8859-5", "Мир", "\xbc\xd8\xe0"},
		{"ISO-8859-7", "Ώρα", "\xbf\xf1\xe1"},
		{"LATIN5", "Ağrı", "A\xf0r\xfd"},
		{"ISO-8859-13", "Žąsis", "\xde\xe0sis"},
		{"WINDOWS-1250", "Łódź", "\xa3\xf3d\x9f"},
		{"WINDOWS-1251", "Привет", "\xcf\xf0\xe8\xe2\xe5\xf2"},
		{"cp1252", "12 €", "12 \x80"},
		{"WINDOWS-1253", "Ώρα", "\xbf\xf1\xe1"},
		{"WINDOWS-1254", "Ağrı", "A\xf0r\xfd"},
		{"WINDOWS-1257", "Žąsis", "\xde\xe0sis"},
	} {
		e := encodingNamed(s.name)
		if e == nil {
			t.Errorf("%s: not found", s.name)
			continue
		}
		b, _, ok := e.encode(nil, []byte(s.text))
		got := sample{s.name, string(e.decode(nil, []byte(s.bytes))), string(b)}
		if diff := cmp.Diff(s, got, cmp.AllowUnexported(sample{})); diff != "" || !ok {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// What an encoding lacks is found in both directions.
func TestEncodingsLack(t *testing.T) {
	if _, missing, ok := encodingNamed("WINDOWS-1251").encode(nil, []byte("aü")); ok || missing != 'ü' {
		t.Errorf("got %q, %v", missing, ok)
	}
	if text := encodingNamed("ASCII").decode(nil, []byte("a\xfc")); utf8.Valid(text) {
		t.Errorf("got %q", text)
	}
	if e := encodingNamed("WINDOWS-1255"); e != nil {
		t.Errorf("got %s", e.name)
	}
}
