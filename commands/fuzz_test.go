package commands_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// seed adds the documents of answers: whole, or what part gives of them.
func seed(f *testing.F, part func(commands.Response) []byte) {
	for _, name := range documents(f, "responses") {
		msg := document(f, "responses", name)
		if part == nil {
			f.Add(msg)
			continue
		}
		r, err := commands.ParseResponse(msg)
		if err != nil {
			f.Fatal(err)
		}
		if doc := part(r); doc != nil {
			f.Add(doc)
		}
	}
}

func payload(r commands.Response) []byte { return r.Data }

func FuzzParseResponse(f *testing.F) {
	seed(f, nil)
	for _, doc := range []string{
		`{"status":"ok","exception":{"text":"no"}}`, `{"status":"error"}`, `{"status":"ok","status":"error"}`, `{"status":null}`,
		`{"status":"ok","responseData":null,"attributes":null,"exception":null}`, "{\"status\":\"ok\",\"x\":\"\xff\"}", `{"status":"ok"}x`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		got, err := commands.ParseResponse(msg)
		var o oracle
		want := o.response(msg)
		if o.agree(t, msg, err) {
			if diff := cmp.Diff(want, got, rawText); diff != "" {
				t.Errorf("%s (-want +got):\n%s", msg, diff)
			}
		}
	})
}

func FuzzParseResults(f *testing.F) {
	seed(f, payload)
	for _, doc := range []string{
		`{"results":[{"resultType":"resultSet","resultSet":{"resultSetHandle":"-3","numRows":0,"columns":[{"dataType":{"type":"X"}}],"data":[]}}]}`,
		`{"numResults":1,"results":[{"resultType":"rowCount","rowCount":-1}]}`, `{"numResults":-0,"results":null}`,
		`{"results":[{"resultType":"resultSet","resultSet":{"columns":[{"name":null,"dataType":{"type":"DECIMAL","precision":1e1,"SCALE":2}}]}}]}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := commands.ParseResults(data)
		var o oracle
		want := o.results(o.object(data))
		if o.agree(t, data, err) {
			if diff := cmp.Diff(want, got, rawText); diff != "" {
				t.Errorf("%s (-want +got):\n%s", data, diff)
			}
		}
	})
}

func FuzzParsePrepared(f *testing.F) {
	seed(f, payload)
	for _, doc := range []string{
		`{"statementHandle":0,"parameterData":null,"results":null}`, `{"statementHandle":"3","parameterData":{"columns":[]}}`,
		`{"statementHandle":3,"parameterData":{"numColumns":1}}`, `{"statementHandle":-1}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := commands.ParsePrepared(data)
		var o oracle
		want := o.prepared(data)
		if o.agree(t, data, err) {
			if diff := cmp.Diff(want, got, rawText); diff != "" {
				t.Errorf("%s (-want +got):\n%s", data, diff)
			}
		}
	})
}

func FuzzParseFetch(f *testing.F) {
	seed(f, nil)
	for _, doc := range []string{
		`{"status":"ok","responseData":{"numRows":1,"data":[["]"]],"x":1},"attributes":{},"y":{}}`,
		`{"responseData":{"data":[[1]],"numRows":1},"status":"ok"}`, `{"status":"ok","responseData":{"numRows":1,"data":[[1]]},"exception":{}}`,
		`{"status":"ok","responseData":{"numRows":0,"data":"x"}}`, `{"status":"ok","responseData":null}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, msg []byte) {
		got, err := fetch(msg)
		var o oracle
		want := o.fetch(msg)
		if err != nil && (want.Exception != nil || strings.HasSuffix(err.Error(), "unseen")) {
			return // what stands behind the data and ends like data is an error
		}
		if o.agree(t, msg, err) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", msg, diff)
			}
		}
	})
}

// FuzzFinish tells Finish any place.
func FuzzFinish(f *testing.F) {
	f.Add([]byte(`{"status":"ok","responseData":{"numRows":1,"data":[[1]],"x":1},"attributes":{}}`), 5)
	f.Add([]byte(`{"status":"ok","responseData":{"data":[[1]],"numRows":1}}`), -1)
	f.Fuzz(func(_ *testing.T, msg []byte, consumed int) {
		if answer, err := commands.ParseFetch(msg); err == nil {
			_ = answer.Finish(consumed)
			_ = answer.Finish(consumed)
		}
	})
}

func FuzzMerge(f *testing.F) {
	seed(f, func(r commands.Response) []byte { return r.RawAttributes })
	for _, attr := range attributeForms {
		for value := range attr.forms {
			f.Add([]byte(`{"` + attr.name + `":` + value + `}`))
		}
		for _, value := range attr.wrong {
			f.Add([]byte(`{"` + attr.name + `":` + value + `}`))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, want := marked(), marked()
		err := got.Merge(raw)
		if raw == nil {
			return
		}
		var o oracle
		o.merge(&want, raw)
		if o.agree(t, raw, err) {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", raw, diff)
			}
		}
	})
}

// FuzzParseSession reads the small answers: none of them panics, and what is accepted is JSON.
func FuzzParseSession(f *testing.F) {
	seed(f, payload)
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, parse := range map[string]func([]byte) (any, error){
			"ParseSessionInfo": sessionInfo, "ParseHosts": hosts, "ParseParallel": parallel, "ParseOffset": offset, "ParsePublicKey": publicKey,
		} {
			if got, err := parse(data); err == nil && jsonError(data) != nil {
				t.Errorf("%s read %q as %+v", name, data, got)
			}
		}
	})
}
