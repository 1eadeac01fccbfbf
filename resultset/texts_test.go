package resultset_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/resultset"
)

// once is a source of one message.
type once struct {
	message resultset.Message
	came    bool
}

func (s *once) FetchMessage(context.Context, int, int64, int64) (resultset.Message, error) {
	if s.came {
		return resultset.Message{}, io.EOF
	}
	s.came = true
	return s.message, nil
}

func (s *once) CloseHandle(context.Context, int) error { return nil }
func (s *once) Fail(err error) error                   { return err }

// textColumns are of all types that are written as texts.
var textColumns = []commands.ColumnInfo{
	textCol("T", 100), typedCol("C", commands.Timestamp), typedCol("D", commands.Date), typedCol("Y", commands.IntervalYearToMonth),
	typedCol("W", commands.IntervalDayToSecond), typedCol("X", "NEW TYPE"),
}

// textMessages writes a column of numbers, a column of texts, and the texts again, once as JSON and once with places.
func textMessages(texts [][]byte) (json, places resultset.Message) {
	array, blob, ends, numbers := []string{}, []byte{}, []uint32{}, []string{}
	for i, text := range texts {
		numbers = append(numbers, fmt.Sprint(i))
		blob = append(blob, text...)
		ends = append(ends, uint32(len(blob)))
		array = append(array, textLiteral(text))
	}
	number, column, n := "["+strings.Join(numbers, ",")+"]", "["+strings.Join(array, ",")+"]", int64(len(texts))
	json = resultset.Message{NumRows: n, Data: []byte("[" + column + "," + number + "," + column + "]")}
	data := bytes.Join([][]byte{[]byte("["), blob, []byte("," + number + ","), blob, []byte("]")}, nil)
	return json, resultset.Message{NumRows: n, Data: data, Texts: [][]uint32{ends, nil, ends}}
}

// textLiteral returns a text as JSON, NULL if it is empty. Bytes that are no Unicode stay as they are.
func textLiteral(text []byte) string {
	if len(text) == 0 {
		return "null"
	}
	value := `"`
	for _, c := range text {
		switch {
		case c < ' ':
			value += fmt.Sprintf(`\u%04x`, c)
		case c == '"', c == '\\':
			value += `\` + string(rune(c))
		default:
			value += string([]byte{c})
		}
	}
	return value + `"`
}

// textValues reads a message in all ways that texts can be read. Errors are values, too.
func textValues(ctx context.Context, col commands.ColumnInfo, m resultset.Message) (all []string) {
	open := func() *resultset.Rows {
		copied := m
		copied.Data = bytes.Clone(m.Data)
		header := &commands.ResultSet{Handle: commands.NoHandle, NumRows: -1, Columns: []commands.ColumnInfo{col, decimalCol("N", 9, 0), col}}
		return resultset.Open(ctx, &once{message: copied}, header, resultset.Options{UntilEOF: true, Prefetch: -1})
	}
	for batch, err := range open().Batches() {
		if err != nil {
			return append(all, fmt.Sprint(err))
		}
		for row := range batch.Len() {
			for column := range batch.NumColumns() {
				v, err := batch.Value(column, row)
				all = append(all, fmt.Sprintf("%T %v %v", v, v, err))
			}
		}
		copied := batch.Clone()
		text, err := copied.Text(2)
		all = append(all, fmt.Sprint(err))
		for row := range text.Len() {
			all = append(all, fmt.Sprint(text.IsNull(row), text.String(row)))
		}
	}
	type row struct {
		A *string
		N int
		B []byte
	}
	for r, err := range resultset.Each[row](open(), resultset.ByPosition()) {
		all = append(all, fmt.Sprintf("%v %d %q %v", r.A == nil, r.N, r.B, err))
		if r.A != nil {
			all = append(all, *r.A)
		}
	}
	return all
}

func checkTexts(t *testing.T, col commands.ColumnInfo, texts [][]byte) {
	t.Helper()
	json, places := textMessages(texts)
	if diff := cmp.Diff(textValues(t.Context(), col, json), textValues(t.Context(), col, places)); diff != "" {
		t.Fatalf("%s, %q (-JSON +places):\n%s", col.DataType.Type, texts, diff)
	}
}

// FuzzTexts compares texts with places to the same texts as JSON.
func FuzzTexts(f *testing.F) {
	f.Add([]byte("plain and größe and \"quotes\" \\ \n \x00"), []byte{5, 0, 4, 2, 1, 1, 7}, byte(0))
	f.Add([]byte("2001-02-03 04:05:06.000000x+05-032001-02-03"), []byte{26, 1, 0, 6}, byte(1))
	f.Add([]byte("ä\xff\xc3ä\xed\xa0\x80"), []byte{1, 1, 1, 1, 1, 3}, byte(5))
	f.Fuzz(func(t *testing.T, data, sizes []byte, kind byte) {
		var texts [][]byte
		for _, size := range sizes {
			n := min(int(size), len(data))
			texts, data = append(texts, data[:n]), data[n:]
		}
		if texts = append(texts, data); len(texts) > 200 {
			return
		}
		checkTexts(t, textColumns[int(kind)%len(textColumns)], texts)
	})
}

func TestTextsAgainstJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pieces := []string{"", "", "a", "some words", "ä", "\xff", "\xc3", "\xa4", "😀", "\"", "\\", "\n", "2001-02-03", "+05-03", "+01 02:03:04.5", strings.Repeat("long ", 300)}
	for _, col := range textColumns {
		for range 25 {
			texts := make([][]byte, 1+r.IntN(40))
			for i := range texts {
				for range r.IntN(3) {
					texts[i] = append(texts[i], pieces[r.IntN(len(pieces))]...)
				}
			}
			checkTexts(t, col, texts)
		}
	}
}

// TestTextsBroken: places that cannot be are an error.
func TestTextsBroken(t *testing.T) {
	for name, change := range map[string]func(m *resultset.Message){
		"too few columns":    func(m *resultset.Message) { m.Texts = m.Texts[:2] },
		"too many columns":   func(m *resultset.Message) { m.Texts = append(m.Texts, nil) },
		"too few places":     func(m *resultset.Message) { m.Texts[0] = m.Texts[0][:2] },
		"too many places":    func(m *resultset.Message) { m.Texts[2] = append(m.Texts[2], 6) },
		"backwards":          func(m *resultset.Message) { m.Texts[0] = []uint32{3, 2, 6} },
		"beyond the column":  func(m *resultset.Message) { m.Texts[0] = []uint32{3, 7, 6} },
		"beyond the message": func(m *resultset.Message) { m.Texts[2] = []uint32{3, 6, 1000} },
		"beyond everything":  func(m *resultset.Message) { m.Texts[0] = []uint32{3, 1<<32 - 1, 6} },
		"of a number":        func(m *resultset.Message) { m.Texts[1] = []uint32{1, 2, 3} },
		"another size":       func(m *resultset.Message) { m.Texts[0] = []uint32{3, 5, 5} },
	} {
		_, m := textMessages([][]byte{[]byte("abc"), nil, []byte("def")})
		m.Texts[0] = slices.Clone(m.Texts[0])
		change(&m)
		all := textValues(t.Context(), textColumns[0], m)
		if len(all) == 0 || !strings.Contains(all[0], "result data") {
			t.Errorf("%s: %q", name, all)
		}
	}
}
