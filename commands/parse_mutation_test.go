package commands_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// substitutes are put where a document has another value.
var substitutes = []string{
	`null`, `true`, `false`, `""`, `"0"`, `"1"`, `"-3"`, `"12"`, `"x"`, `"true"`, `"ok"`, `"error"`, `"rowCount"`, `"resultSet"`, `"DATE"`,
	`0`, `-0`, `1`, `2`, `-1`, `-3`, `1.5`, `1e3`, `9007199254740993`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775808`,
	`[]`, `[[]]`, `[null]`, `{}`, `{"type":"DATE"}`, `{"text":"no","sqlCode":"42000"}`,
}

// TestMutatedDocuments compares the parsers with the oracle on documents of answers in which values were replaced or
// left out and the keys come in any order. Unlike the documents of a fuzzer they stay JSON.
func TestMutatedDocuments(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	outcomes := map[bool]int{}
	for _, name := range documents(t, "responses") {
		original := document(t, "responses", name)
		for range 50 {
			msg := mutate(t, rng, original)
			outcomes[compareWithOracle(t, msg)]++
			if t.Failed() {
				return
			}
		}
	}
	if outcomes[true] < 500 || outcomes[false] < 500 {
		t.Errorf("too few documents on one side: %d were read, %d were refused", outcomes[true], outcomes[false])
	}
}

// compareWithOracle reads a message in every way. It returns whether it could be read.
func compareWithOracle(t *testing.T, msg []byte) bool {
	t.Helper()
	differ := func(doc []byte, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got, rawText); diff != "" {
			t.Errorf("%s (-want +got):\n%s", doc, diff)
		}
	}
	var o oracle
	response, err := commands.ParseResponse(msg)
	wantResponse := o.response(msg)
	if !o.agree(t, msg, err) {
		return false
	}
	differ(msg, wantResponse, response)
	compareWithTwoPasses(t, msg)

	o = oracle{}
	answer, err := fetch(msg)
	if wantAnswer := o.fetch(msg); err == nil || wantAnswer.Exception == nil {
		if o.agree(t, msg, err) {
			differ(msg, wantAnswer, answer)
		}
	}
	if response.Data != nil {
		o = oracle{}
		results, err := commands.ParseResults(response.Data)
		wantResults := o.results(o.object(response.Data))
		if o.agree(t, response.Data, err) {
			differ(response.Data, wantResults, results)
		}
		o = oracle{}
		prepared, err := commands.ParsePrepared(response.Data)
		wantPrepared := o.prepared(response.Data)
		if o.agree(t, response.Data, err) {
			differ(response.Data, wantPrepared, prepared)
		}
	}
	if response.RawAttributes != nil {
		o = oracle{}
		attributes, wantAttributes := marked(), marked()
		err := attributes.Merge(response.RawAttributes)
		o.merge(&wantAttributes, response.RawAttributes)
		if o.agree(t, response.RawAttributes, err) {
			differ(response.RawAttributes, wantAttributes, attributes)
		}
	}
	return true
}

// mutate changes up to three values of a document and shuffles its keys.
func mutate(t *testing.T, rng *rand.Rand, doc []byte) []byte {
	t.Helper()
	tree := parse(t, doc)
	for range rng.IntN(4) {
		tree = change(t, rng, tree)
	}
	var b strings.Builder
	write(t, rng, &b, tree)
	return []byte(b.String())
}

// parse reads a document into maps and slices, with numbers as they are.
func parse(t *testing.T, doc []byte) (tree any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// change replaces one value somewhere in the tree, or drops it from its object.
func change(t *testing.T, rng *rand.Rand, tree any) any {
	t.Helper()
	if rng.IntN(6) == 0 {
		return parse(t, []byte(substitutes[rng.IntN(len(substitutes))]))
	}
	switch node := tree.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(node))
		if len(keys) == 0 {
			break
		}
		key := keys[rng.IntN(len(keys))]
		if rng.IntN(8) == 0 {
			delete(node, key)
		} else {
			node[key] = change(t, rng, node[key])
		}
		return node
	case []any:
		if len(node) == 0 {
			break
		}
		i := rng.IntN(len(node))
		if rng.IntN(8) == 0 {
			return append(node[:i:i], node[i+1:]...)
		}
		node[i] = change(t, rng, node[i])
		return node
	}
	return parse(t, []byte(substitutes[rng.IntN(len(substitutes))]))
}

// write is an encoder that does not sort keys but shuffles them, and that spreads white space.
func write(t *testing.T, rng *rand.Rand, b *strings.Builder, tree any) {
	t.Helper()
	b.WriteString([]string{"", "", "", " ", "\n\t"}[rng.IntN(5)])
	switch node := tree.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(node))
		rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteByte('{')
		for i, key := range keys {
			if i > 0 {
				b.WriteByte(',')
			}
			write(t, rng, b, key)
			b.WriteByte(':')
			write(t, rng, b, node[key])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, e := range node {
			if i > 0 {
				b.WriteByte(',')
			}
			write(t, rng, b, e)
		}
		b.WriteByte(']')
	default:
		text, err := json.Marshal(node)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
}
