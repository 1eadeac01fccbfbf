package commands_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// hashForms are the texts in which servers answer, by HASHTYPE_FORMAT.
var hashForms = map[string]func([]byte) string{
	"HEX":       hex.EncodeToString,
	"UUID":      uuidText,
	"BASE64":    base64.StdEncoding.EncodeToString,
	"BASE64URL": base64.RawURLEncoding.EncodeToString,
}

// uuidText has dashes for 16 bytes alone.
func uuidText(b []byte) string {
	s := hex.EncodeToString(b)
	if len(b) != 16 {
		return s
	}
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// What is read from a HASHTYPE, as text or as the bytes of the text, can be written, and so can the bytes of the value.
func TestHashtypeThereAndBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for form, text := range hashForms {
		for _, n := range []int{1, 2, 3, 4, 5, 15, 16, 17, 18, 20, 24, 27, 32, 64, 1023, 1024} {
			for range 20 {
				value := make([]byte, n)
				for i := range value {
					value[i] = byte(random.Uint32())
				}
				read := text(value)
				want := `"` + hex.EncodeToString(value) + `"`
				for name, v := range map[string]commands.ParamColumn{
					"string": commands.Values([]string{read}), "bytes of the text": commands.Values([][]byte{[]byte(read)}),
					"any": commands.Values([]any{read}), "named bytes of the text": commands.Values([]myBytes{myBytes(read)}),
					"bytes": commands.Values([][]byte{value}),
				} {
					if _, err := hex.DecodeString(strings.ReplaceAll(read, "-", "")); err == nil && name != "bytes" && strings.HasPrefix(form, "BASE64") {
						continue // few bytes in base64 can be hexadecimal digits as well
					}
					e, err := commands.NewParamEncoder(v, 0, commands.ColumnInfo{DataType: hashtype(len(read))}, commands.ParamFormats{})
					if err != nil {
						t.Fatal(err)
					}
					got, err := e.Append(nil, 0, 1)
					if err != nil {
						t.Fatalf("%s of %d bytes, as %s: %v", name, n, form, err)
					}
					if diff := cmp.Diff(want, string(got)); diff != "" {
						t.Fatalf("%s of %d bytes, as %s (-want +got):\n%s", name, n, form, diff)
					}
				}
			}
		}
	}
}

// Bytes are never taken for text where they fit, and text that is neither is refused.
func TestHashtypeText(t *testing.T) {
	for _, tt := range []struct {
		size int
		v    any
		want string // the error's text if it has no quotes
	}{
		{8, []byte("abcd"), `"61626364"`},
		{4, []byte("abcd"), `"abcd"`},
		{0, []byte("abcd"), `"61626364"`},
		{24, "AAAAAAAAAAAAAAAAAAAAAA==", `"00000000000000000000000000000000"`},
		{22, "AAAAAAAAAAAAAAAAAAAA-_", "not "},
		{22, "AAAAAAAAAAAAAAAAAAAA-w", `"000000000000000000000000000000fb"`},
		{22, "aaaaaaaaaaaaaaaaaaaaaa", `"aaaaaaaaaaaaaaaaaaaaaa"`},
		{24, "AAAAAAAAAAAAAAAAAAAA-_==", "not "},
		{24, "????????????????????????", "not "},
		{32, "AAAAAAAAAAAAAAAAAAAAAA==", "not "},
		{0, "AAAAAAAAAAAAAAAAAAAAAA==", "not "},
		{30, []byte("AAAAAAAAAAAAAAAAAAAAAA=="), "not "},
		{4096, strings.Repeat("?", 4096), "not "},
	} {
		e, err := commands.NewParamEncoder(commands.Values([]any{tt.v}), 0, commands.ColumnInfo{DataType: hashtype(tt.size)}, commands.ParamFormats{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Append(nil, 0, 1)
		if refused := errors.Is(err, commands.ErrParamText) || errors.Is(err, commands.ErrParamRange); refused != (tt.want == "not ") || !refused && string(got) != tt.want {
			t.Errorf("%v for size %d: %s, %v; want %s", tt.v, tt.size, got, err, tt.want)
		}
	}
}

// The sizes of text are counted in characters, up to the last.
func TestTextSizes(t *testing.T) {
	for _, typ := range []commands.TypeName{commands.Char, commands.Varchar} {
		for _, size := range []int{1, 7, 8, 9, 2000} {
			for _, letter := range []string{"a", "\u00e9", "\u20ac", "\U0001F600", "\""} {
				for _, more := range []int{0, 1} {
					col := commands.ColumnInfo{DataType: commands.DataType{Type: typ, Size: &size, CharacterSet: "UTF8"}}
					e, err := commands.NewParamEncoder(commands.Values([]string{strings.Repeat(letter, size+more)}), 0, col, commands.ParamFormats{})
					if err != nil {
						t.Fatal(err)
					}
					if _, err := e.Append(nil, 0, 1); (err == nil) != (more == 0) || err != nil && !errors.Is(err, commands.ErrParamRange) {
						t.Errorf("%d times %s for %s: %v", size+more, letter, col.DataType, err)
					}
				}
			}
		}
	}
}
