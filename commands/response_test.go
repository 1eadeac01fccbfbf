package commands_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

func TestParseResponse(t *testing.T) {
	failed := &commands.Exception{Text: "no", SQLCode: "42000"}
	tests := []struct {
		name string
		msg  string
		want commands.Response
	}{
		{"status alone", `{"status":"ok"}`, commands.Response{}},
		{"payload", `{"status":"ok","responseData":{"a":1}}`, commands.Response{Data: []byte(`{"a":1}`)}},
		{
			"keys in another order", `{"attributes":{"autocommit":true},"responseData":{"a":[1]},"status":"ok"}`,
			commands.Response{Data: []byte(`{"a":[1]}`), RawAttributes: []byte(`{"autocommit":true}`)},
		},
		{
			"white space", "\t{ \"status\" :\r\n\"ok\" , \"responseData\" : { \"a\" : 1 } } \n",
			commands.Response{Data: []byte(`{ "a" : 1 }`)},
		},
		{
			"unknown keys", `{"new":{"status":"error","x":[1,{"y":null}]},"status":"ok","Status":"error","":0,"responseData":[]}`,
			commands.Response{Data: []byte(`[]`)},
		},
		{"escapes in a key", `{"st\u0061tus":"\u006fk"}`, commands.Response{}},
		{"nulls", `{"status":"ok","responseData":null,"attributes":null,"exception":null}`, commands.Response{}},
		{"null exception with an error", `{"status":"error","exception":null}`, commands.Response{Exception: &commands.Exception{
			Text: "the server reported an error without saying which", SQLCode: "00000",
		}}},
		{"error without exception", `{"status":"error"}`, commands.Response{Exception: &commands.Exception{
			Text: "the server reported an error without saying which", SQLCode: "00000",
		}}},
		{"exception", `{"status":"error","exception":{"text":"no","sqlCode":"42000"}}`, commands.Response{Exception: failed}},
		{
			"exception with more to say", `{"exception":{"line":1,"sqlCode":"42000","hint":{"text":"x"},"text":"no"},"status":"error"}`,
			commands.Response{Exception: failed},
		},
		{"exception although the status is ok", `{"status":"ok","exception":{"text":"no","sqlCode":"42000"},"responseData":{}}`, commands.Response{
			Exception: failed, Data: []byte(`{}`),
		}},
		{
			"exception with attributes", `{"status":"error","attributes":{"openTransaction":1},"exception":{"text":"no","sqlCode":"42000"}}`,
			commands.Response{Exception: failed, RawAttributes: []byte(`{"openTransaction":1}`)},
		},
		{"exception without code", `{"status":"error","exception":{"text":"no"}}`, commands.Response{
			Exception: &commands.Exception{Text: "no", SQLCode: "00000"},
		}},
		{"exception with an empty code", `{"status":"error","exception":{"text":"no","sqlCode":""}}`, commands.Response{
			Exception: &commands.Exception{Text: "no", SQLCode: "00000"},
		}},
		{"exception with nulls", `{"status":"error","exception":{"text":null,"sqlCode":null}}`, commands.Response{
			Exception: &commands.Exception{SQLCode: "00000"},
		}},
		{"text beyond ASCII", `{"status":"error","exception":{"text":"Z\u00fcrich \"\ud83d\ude00\"","sqlCode":"22002"}}`, commands.Response{
			Exception: &commands.Exception{Text: "Z\u00fcrich \"\U0001f600\"", SQLCode: "22002"},
		}},
		{"text that is no Unicode", "{\"status\":\"error\",\"exception\":{\"text\":\"a\\ud83d\xff\",\"sqlCode\":\"22002\"},\"x\":\"\xff\"}", commands.Response{
			Exception: &commands.Exception{Text: "a\ufffd\ufffd", SQLCode: "22002"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.ParseResponse([]byte(test.msg))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, rawText); diff != "" {
				t.Errorf("response (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseResponseErrors(t *testing.T) {
	tests := []struct{ name, msg, want string }{
		{"nothing", ``, "unexpected end"},
		{"blank", ` `, "unexpected end"},
		{"no object", `"EXECUTING"`, "expected an object"},
		{"list", `[{"status":"ok"}]`, "expected an object"},
		{"null", `null`, "expected an object"},
		{"no status", `{}`, "no status"},
		{"no status but a payload", `{"responseData":{}}`, "no status"},
		{"empty status", `{"status":""}`, "no status"},
		{"unknown status", `{"status":"OK"}`, "neither ok nor error"},
		{"long status", `{"status":"` + strings.Repeat("x", 1000) + `"}`, `"xxxxxxxxxxxxxxxxxxxx" is neither ok nor error`},
		{"null status", `{"status":null}`, "expected a string"},
		{"numeric status", `{"status":0}`, "expected a string"},
		{"textual exception", `{"status":"error","exception":"no"}`, "expected an object"},
		{"numeric text", `{"status":"error","exception":{"text":1}}`, "expected a string"},
		{"numeric code", `{"status":"error","exception":{"sqlCode":42000}}`, "expected a string"},
		{"second value", `{"status":"ok"}{}`, "unexpected data after the document"},
		{"second value behind a blank", `{"status":"ok"} 0`, "unexpected data after the document"},
		{"zero byte", "{\"status\":\"ok\"}\x00", "unexpected data after the document"},
		{"not closed", `{"status":"ok"`, "unexpected end"},
		{"comma too many", `{"status":"ok",}`, "expected a key"},
		{"malformed payload", `{"status":"ok","responseData":{"a":01}}`, "expected ','"},
		{"malformed unknown value", `{"status":"ok","new":[1,]}`, "expected a value"},
		{"control character", "{\"status\":\"ok\",\"new\":\"\x01\"}", "control character"},
		{"half an escape", `{"status":"error","exception":{"text":"\ud83"}}`, "malformed escape"},
		{"too deep", `{"status":"ok","new":` + strings.Repeat("[", 100000), "nested too deeply"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.ParseResponse([]byte(test.msg))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
			if diff := cmp.Diff(commands.Response{}, got); diff != "" {
				t.Errorf("an error and a response (-want +got):\n%s", diff)
			}
		})
	}
}
