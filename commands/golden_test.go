package commands_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The documents in testdata were written by hand after the protocol documents. They are the reference: the code never
// writes them. Their names are those of the command, then for logins the number of the message, then the variant.

// document returns a document of testdata without the line end of the file.
func document(t testing.TB, kind, name string) []byte {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("testdata", kind, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, ok := bytes.CutSuffix(doc, []byte("\n"))
	if !ok {
		t.Fatalf("%s/%s.json does not end in a line end", kind, name)
	}
	return doc
}

// documents returns the names of all documents of one kind.
func documents(t testing.TB, kind string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", kind, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		names = append(names, strings.TrimSuffix(filepath.Base(path), ".json"))
	}
	if len(names) == 0 {
		t.Fatalf("there are no documents in testdata/%s", kind)
	}
	return names
}

// commandOf returns the command that a document belongs to.
func commandOf(name string) string {
	command, _, _ := strings.Cut(name, ".")
	return command
}

func TestRequestsMatchDocuments(t *testing.T) {
	tested := map[string]bool{}
	for _, r := range slices.Concat(requests, sourceRequests(t)) {
		t.Run(r.document, func(t *testing.T) {
			if tested[r.document] {
				t.Fatalf("two rows for %s", r.document)
			}
			tested[r.document] = true
			want := document(t, "requests", r.document)
			if got := r.cmd.CommandName(); got != commandOf(r.document) {
				t.Errorf("the command of %s is %q", r.document, got)
			}

			got, err := commands.Append([]byte("kept"), r.cmd, r.attrs...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff("kept"+string(want), string(got)); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			if !json.Valid(want) {
				t.Error("the document is not JSON")
			}

			if back, ok := decodeRequest(t, want, r.cmd); ok {
				if diff := cmp.Diff(r.cmd, back, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("request after encoding and decoding (-want +got):\n%s", diff)
				}
			}
		})
	}
	for _, name := range documents(t, "requests") {
		if !tested[name] && !slices.ContainsFunc(credentials, func(c credential) bool { return c.document == name }) {
			t.Errorf("no test reads requests/%s.json", name)
		}
	}
}

// decodeRequest reads a request into the type of cmd. ok is false for the types that write their fields themselves.
func decodeRequest(t *testing.T, doc []byte, cmd commands.Command) (back commands.Command, ok bool) {
	t.Helper()
	switch cmd.(type) {
	case commands.Login, commands.LoginToken, commands.SubLogin, commands.SubLoginToken, commands.ExecutePreparedStatement, commands.Raw:
		return nil, false
	}
	v := reflect.New(reflect.TypeOf(cmd))
	if err := json.Unmarshal(doc, v.Interface()); err != nil {
		t.Fatal(err)
	}
	return v.Elem().Interface().(commands.Command), true
}

// TestEachCommandHasDocuments walks the protocol table: a command without documents is a command without tests.
func TestEachCommandHasDocuments(t *testing.T) {
	requests, responses := documents(t, "requests"), documents(t, "responses")
	has := func(names []string, prefix string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return name == prefix || strings.HasPrefix(name, prefix+".") })
	}
	for _, info := range commands.All() {
		messages := []string{info.Name}
		if info.Family == commands.FamilyLogin {
			messages = []string{info.Name + ".1", info.Name + ".2"}
		}
		for _, message := range messages {
			if !has(requests, message) {
				t.Errorf("there is no request document for %s", message)
			}
			if info.Response != has(responses, message) {
				t.Errorf("%s: response is %t in the table, but is there a response document: %t", message, info.Response, has(responses, message))
			}
		}
	}
	for _, name := range append(requests, responses...) {
		if _, ok := commands.Lookup(commandOf(name)); !ok {
			t.Errorf("document %s belongs to no command of the table", name)
		}
	}
}

func TestResponsesMatchDocuments(t *testing.T) {
	tested := map[string]bool{}
	for _, r := range slices.Concat(responses, metadataResponses(t)) {
		t.Run(r.document, func(t *testing.T) {
			if tested[r.document] {
				t.Fatalf("two rows for %s", r.document)
			}
			tested[r.document] = true
			msg := document(t, "responses", r.document)
			got, err := commands.ParseResponse(msg)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.exception, got.Exception); diff != "" {
				t.Errorf("exception (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(r.attributes, string(got.RawAttributes)); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if r.parse == nil {
				if got.Data != nil {
					t.Errorf("payload %s of an answer that has none", got.Data)
				}
				return
			}
			payload, err := r.parse(got.Data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.payload, payload, rawText); diff != "" {
				t.Errorf("payload (-want +got):\n%s", diff)
			}
		})
	}
	for _, name := range documents(t, "responses") {
		if !tested[name] {
			t.Errorf("no test reads responses/%s.json", name)
		}
	}
}

// rawText shows raw JSON as text where tests compare.
var rawText = cmp.FilterPath(func(p cmp.Path) bool {
	return p.Last().Type() == reflect.TypeFor[[]byte]()
}, cmp.Transformer("text", func(b []byte) string { return string(b) }))

// TestTruncatedResponses cuts each answer behind each of its bytes.
func TestTruncatedResponses(t *testing.T) {
	for _, name := range documents(t, "responses") {
		msg := document(t, "responses", name)
		for n := range msg {
			if r, err := commands.ParseResponse(msg[:n:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes were read as %+v", name, n, len(msg), r)
			}
		}
	}
}

// TestTruncatedPayloads cuts the payload of each answer behind each of its bytes.
func TestTruncatedPayloads(t *testing.T) {
	for _, r := range slices.Concat(responses, metadataResponses(t)) {
		if r.parse == nil {
			continue
		}
		answer, err := commands.ParseResponse(document(t, "responses", r.document))
		if err != nil {
			t.Fatal(err)
		}
		for n := range answer.Data {
			if got, err := r.parse(answer.Data[:n:n]); err == nil {
				t.Errorf("%s: the first %d of %d bytes were read as %+v", r.document, n, len(answer.Data), got)
			}
		}
		if got, err := r.parse(append(slices.Clip(answer.Data), " {}"...)); err == nil {
			t.Errorf("%s: a second value behind the payload was overlooked in %+v", r.document, got)
		}
	}
}
