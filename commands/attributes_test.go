package commands_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// attributeForms lists each attribute, the values that it is accepted in and what it becomes. The sample of a value is
// never the default, so that a value that is not read shows.
var attributeForms = []struct {
	name  string
	forms map[string]func(*commands.Attributes)
	wrong []string
}{
	{"autocommit", boolForms(func(a *commands.Attributes) *bool { return &a.Autocommit }), wrongBools},
	{"compressionEnabled", boolForms(func(a *commands.Attributes) *bool { return &a.CompressionEnabled }), wrongBools},
	{"currentSchema", textForms(func(a *commands.Attributes) *string { return &a.CurrentSchema }), wrongTexts},
	{"dateFormat", textForms(func(a *commands.Attributes) *string { return &a.DateFormat }), wrongTexts},
	{"dateLanguage", textForms(func(a *commands.Attributes) *string { return &a.DateLanguage }), wrongTexts},
	{"datetimeFormat", textForms(func(a *commands.Attributes) *string { return &a.DatetimeFormat }), wrongTexts},
	{"defaultLikeEscapeCharacter", textForms(func(a *commands.Attributes) *string { return &a.DefaultLikeEscapeCharacter }), wrongTexts},
	{"feedbackInterval", secondsForms(func(a *commands.Attributes) *time.Duration { return &a.FeedbackInterval }), wrongSeconds},
	{"numericCharacters", textForms(func(a *commands.Attributes) *string { return &a.NumericCharacters }), wrongTexts},
	{"openTransaction", boolForms(func(a *commands.Attributes) *bool { return &a.OpenTransaction }), wrongBools},
	{"queryTimeout", secondsForms(func(a *commands.Attributes) *time.Duration { return &a.QueryTimeout }), wrongSeconds},
	{"resultSetMaxRows", map[string]func(*commands.Attributes){
		`1000`:   func(a *commands.Attributes) { a.ResultSetMaxRows = 1000 },
		`"1000"`: func(a *commands.Attributes) { a.ResultSetMaxRows = 1000 },
		`null`:   func(a *commands.Attributes) { a.ResultSetMaxRows = 0 },
	}, []string{`true`, `"x"`, `""`, `1.5`, `1e3`, `[]`, `{}`, `9223372036854775808`}},
	{"snapshotTransactionsEnabled", boolForms(func(a *commands.Attributes) *bool { return &a.SnapshotTransactions }), wrongBools},
	{"timestampUtcEnabled", boolForms(func(a *commands.Attributes) *bool { return &a.TimestampUTC }), wrongBools},
	{"timezone", textForms(func(a *commands.Attributes) *string { return &a.Timezone }), wrongTexts},
	{"timeZoneBehavior", textForms(func(a *commands.Attributes) *string { return &a.TimeZoneBehavior }), wrongTexts},
}

func boolForms(field func(*commands.Attributes) *bool) map[string]func(*commands.Attributes) {
	set := func(on bool) func(*commands.Attributes) {
		return func(a *commands.Attributes) { *field(a) = on }
	}
	return map[string]func(*commands.Attributes){
		`true`: set(true), `false`: set(false), `1`: set(true), `0`: set(false), `"true"`: set(true), `"false"`: set(false), `null`: set(false),
	}
}

func textForms(field func(*commands.Attributes) *string) map[string]func(*commands.Attributes) {
	set := func(s string) func(*commands.Attributes) {
		return func(a *commands.Attributes) { *field(a) = s }
	}
	return map[string]func(*commands.Attributes){`"X"`: set("X"), `""`: set(""), `"\u00fc\\\""`: set("\u00fc\\\""), `null`: set("")}
}

func secondsForms(field func(*commands.Attributes) *time.Duration) map[string]func(*commands.Attributes) {
	set := func(d time.Duration) func(*commands.Attributes) {
		return func(a *commands.Attributes) { *field(a) = d }
	}
	return map[string]func(*commands.Attributes){
		`30`: set(30 * time.Second), `"30"`: set(30 * time.Second), `0`: set(0), `null`: set(0), `9223372036`: set(9223372036 * time.Second),
	}
}

var (
	wrongBools   = []string{`"x"`, `""`, `[]`, `{}`, `0.5`, `tru`}
	wrongTexts   = []string{`1`, `true`, `[]`, `{}`, `"`, `"\ud80g"`}
	wrongSeconds = []string{`-1`, `1.5`, `"x"`, `""`, `true`, `[]`, `{}`, `9223372037`, `-9223372037`}
)

// marked returns attributes of which none has its default or its zero value.
func marked() commands.Attributes {
	return commands.Attributes{
		Autocommit: true, CompressionEnabled: true, CurrentSchema: "a", DateFormat: "b", DateLanguage: "c", DatetimeFormat: "d",
		DefaultLikeEscapeCharacter: "e", FeedbackInterval: 7 * time.Second, NumericCharacters: "f", OpenTransaction: true,
		QueryTimeout: 8 * time.Second, ResultSetMaxRows: 9, SnapshotTransactions: true, TimestampUTC: true, Timezone: "g", TimeZoneBehavior: "h",
	}
}

func TestMerge(t *testing.T) {
	tested := map[string]bool{}
	for _, attr := range attributeForms {
		tested[attr.name] = true
		for value, apply := range attr.forms {
			for start, before := range map[string]commands.Attributes{"zero": {}, "marked": marked()} {
				want := before
				apply(&want)
				got := before
				if err := got.Merge([]byte(`{"` + attr.name + `":` + value + `}`)); err != nil {
					t.Errorf("%s %s: %v", attr.name, value, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s %s into %s attributes (-want +got):\n%s", attr.name, value, start, diff)
				}
			}
		}
		for _, value := range attr.wrong {
			got := marked()
			err := got.Merge([]byte(`{"openTransaction":0,"` + attr.name + `":` + value + `}`))
			if err == nil || !strings.Contains(err.Error(), `attribute "`+attr.name+`": `) {
				t.Errorf("%s %s: error %v does not name the attribute", attr.name, value, err)
			}
			want := marked()
			want.OpenTransaction = false
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s: the wrong value left a trace (-want +got):\n%s", attr.name, value, diff)
			}
		}
	}
	for _, info := range commands.AllAttributes() {
		if !tested[info.Name] {
			t.Errorf("attribute %s is not in this test", info.Name)
		}
	}
}

func TestMergeSeveral(t *testing.T) {
	got := marked()
	err := got.Merge([]byte(` { "new" : {"autocommit":[false]} , "Autocommit":false, "autocommit" : false, "currentSchema":"S", "currentSchema":"T", "queryTimeout":1 } `))
	if err != nil {
		t.Fatal(err)
	}
	want := marked()
	want.Autocommit, want.CurrentSchema, want.QueryTimeout = false, "T", time.Second
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	for _, raw := range []string{``, `null`, `[]`, `{"autocommit":true`, `{"autocommit":true}}`, `{"new":[}`, `{autocommit:true}`} {
		if err := got.Merge([]byte(raw)); err == nil {
			t.Errorf("no error for %q", raw)
		}
	}
	for _, raw := range [][]byte{nil, []byte(`{}`)} {
		got := marked()
		if err := got.Merge(raw); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(marked(), got); diff != "" {
			t.Errorf("no attributes changed some (-want +got):\n%s", diff)
		}
	}
}

// TestMergeDocument reads what getAttributes answers.
func TestMergeDocument(t *testing.T) {
	r, err := commands.ParseResponse(document(t, "responses", "getAttributes"))
	if err != nil {
		t.Fatal(err)
	}
	got := marked()
	if err := got.Merge(r.RawAttributes); err != nil {
		t.Fatal(err)
	}
	want := commands.DefaultAttributes()
	want.Autocommit, want.CurrentSchema, want.Timezone, want.ResultSetMaxRows = false, "MART", "EUROPE/BERLIN", 1000
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// TestMergeReadsWhatIsSent: a server that echoes an assignment is understood.
func TestMergeReadsWhatIsSent(t *testing.T) {
	sent := map[string]commands.Attribute{}
	for _, attr := range attributes(
		commands.Autocommit(false), commands.CurrentSchema("\u00fc\"\\\n<"), commands.FeedbackInterval(3*time.Second), commands.NumericCharacters(",."),
		commands.QueryTimeout(time.Hour), commands.ResultSetMaxRows(math.MaxInt32), commands.SnapshotTransactions(true), commands.TimestampUTC(true),
	) {
		sent[attr.Name()] = attr
	}
	want := commands.DefaultAttributes()
	want.Autocommit, want.CurrentSchema, want.FeedbackInterval, want.NumericCharacters = false, "\u00fc\"\\\n<", 3*time.Second, ",."
	want.QueryTimeout, want.ResultSetMaxRows, want.SnapshotTransactions, want.TimestampUTC = time.Hour, math.MaxInt32, true, true
	got := commands.DefaultAttributes()
	for _, info := range commands.AllAttributes() {
		attr, ok := sent[info.Name]
		if ok != info.Writable {
			t.Errorf("%s: writable is %t in the table", info.Name, info.Writable)
		}
		if !ok {
			continue
		}
		if attr.Since() != info.Since {
			t.Errorf("%s: since %s, in the table %s", info.Name, attr.Since(), info.Since)
		}
		if !json.Valid([]byte(attr.JSON())) {
			t.Errorf("%s is not JSON", attr)
		}
		if err := got.Merge([]byte(`{"` + attr.Name() + `":` + attr.JSON() + `}`)); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// TestAttributeTable compares the table with the protocol's.
func TestAttributeTable(t *testing.T) {
	want := []commands.AttributeInfo{
		{Name: "autocommit", Kind: "bool", Writable: true, Since: 1},
		{Name: "compressionEnabled", Kind: "bool", Since: 1},
		{Name: "currentSchema", Kind: "string", Writable: true, Since: 1},
		{Name: "dateFormat", Kind: "string", Since: 1},
		{Name: "dateLanguage", Kind: "string", Since: 1},
		{Name: "datetimeFormat", Kind: "string", Since: 1},
		{Name: "defaultLikeEscapeCharacter", Kind: "string", Since: 1},
		{Name: "feedbackInterval", Kind: "seconds", Writable: true, Since: 1},
		{Name: "numericCharacters", Kind: "string", Writable: true, Since: 1},
		{Name: "openTransaction", Kind: "bool", Since: 1},
		{Name: "queryTimeout", Kind: "seconds", Writable: true, Since: 1},
		{Name: "resultSetMaxRows", Kind: "int", Writable: true, Since: 2},
		{Name: "snapshotTransactionsEnabled", Kind: "bool", Writable: true, Since: 1},
		{Name: "timestampUtcEnabled", Kind: "bool", Writable: true, Since: 1},
		{Name: "timezone", Kind: "string", Since: 1},
		{Name: "timeZoneBehavior", Kind: "string", Since: 1},
	}
	got := commands.AllAttributes()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
	got[0].Name = "changed"
	if commands.AllAttributes()[0].Name != "autocommit" {
		t.Error("the table can be changed from outside")
	}
}

func TestEscapeLike(t *testing.T) {
	a := commands.DefaultAttributes()
	for name, want := range map[string]string{"SALES": "SALES", "A_B%C": `A\_B\%C`, `X\Y`: `X\\Y`} {
		if got := a.EscapeLike(name); got != want {
			t.Errorf("EscapeLike(%q) = %q, want %q", name, got, want)
		}
	}
}
