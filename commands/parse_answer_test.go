package commands_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/jsonscan"
	"github.com/google/go-cmp/cmp"
)

const mostResults = 3

// compareWithTwoPasses reads an answer at once and in turn, which must not make a difference.
func compareWithTwoPasses(t *testing.T, msg []byte) {
	t.Helper()
	var want commands.ResultsAnswer
	var wantErr error
	if want.Response, wantErr = commands.ParseResponse(msg); wantErr == nil && want.Exception == nil && want.Data != nil {
		want.Results, want.Invalid = commands.ParseResultsOf(want.Data, mostResults)
	}
	got, err := commands.ParseResultsAnswer(msg, mostResults)
	if diff := cmp.Diff([]string{textOf(wantErr), textOf(want.Invalid)}, []string{textOf(err), textOf(got.Invalid)}); diff != "" {
		t.Errorf("errors of %.1000s (-in turn +at once):\n%s", msg, diff)
	}
	want.Invalid, got.Invalid = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%.1000s (-in turn +at once):\n%s", msg, diff)
	}
}

// textOf returns the text of an error, "" for nil.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// strangeAnswers are answers in which something is wrong, or only unusual.
func strangeAnswers() (messages []string) {
	const result = `{"resultType":"rowCount","rowCount":1}`
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, payload := range []string{
		`null`, `{}`, `[]`, `7`, `?`, `{"results":null}`, `{"numResults":2,"results":[` + result + `]}`, `{"results":[` + list(result, mostResults+1) + `]}`,
		`{"results":[{"resultType":"other"}]}`, `{"results":[{"resultType":?`, `{"results":[` + result + `]} `, `{"results":[` + result + `]}}`,
		`{"results":[],"results":[` + result + `]}`, "{\"\xff\":1}", `{"x":` + deep(jsonscan.MaxDepth-2) + `}`, `{"x":` + deep(jsonscan.MaxDepth-1) + `}`,
		`{"results":[{"resultType":"resultSet","resultSet":{"numRows":1,"columns":[{"name":"A","dataType":{"type":"X","y":` + deep(jsonscan.MaxDepth-9) + `}}]}}]}`,
		`{"results":[{"resultType":"resultSet","resultSet":{"numRows":1,"columns":[{"name":"A","dataType":{"type":"X","y":` + deep(jsonscan.MaxDepth-8) + `}}]}}]}`,
	} {
		for _, form := range []string{
			`{"status":"ok","responseData":%}`, `{"responseData":%,"status":"ok","attributes":{"autocommit":true}}`, `{"status":"error","responseData":%}`,
			`{"responseData":%,"exception":{"text":"no","sqlCode":"42000"},"status":"error"}`, `{"status":"odd","responseData":%}`, `{"status":"ok","responseData":%`,
			`{"status":"ok","responseData":%,"responseData":{"results":[` + result + `]}}`, `{"status":"ok","responseData":{"results":[` + result + `]},"responseData":%}`,
			`{"status":"ok","responseData":% , "x":?}`, ` {"status":"ok" , "responseData" : % } `, `{"responseData":%}`,
		} {
			messages = append(messages, strings.Replace(form, "%", payload, 1))
		}
	}
	return append(messages, `{"status":"ok"}`, `{"status":"error"}`, `{}`, ``, `[]`)
}

func TestParseResultsAnswer(t *testing.T) {
	for _, msg := range strangeAnswers() {
		compareWithTwoPasses(t, []byte(msg))
	}
}

func FuzzParseResultsAnswer(f *testing.F) {
	seed(f, nil)
	for _, msg := range strangeAnswers() {
		f.Add([]byte(msg))
	}
	f.Fuzz(compareWithTwoPasses)
}
