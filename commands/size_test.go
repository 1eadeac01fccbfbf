package commands_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
)

// TestSize compares the size that is foretold with that of the message.
func TestSize(t *testing.T) {
	all := requests
	for _, text := range []string{"", strings.Repeat("x", 100_000), strings.Repeat("\"\\\n\x00", 10_000), strings.Repeat("ä€", 10_000)} {
		for _, cmd := range []commands.Command{
			commands.Execute{SQLText: text},
			commands.CreatePreparedStatement{SQLText: text},
			commands.ExecuteBatch{SQLTexts: []string{text, text}},
			commands.GetHosts{HostIP: text},
			commands.EnterParallel{HostIP: text},
			commands.TablesFilter{Table: &text, TableTypes: []string{text}},
			commands.Raw{Name: "new", Fields: map[string]any{"text": text}},
			commands.ExecutePreparedStatement{Columns: params(decimal(18, 0)), NumRows: 1, Data: [][]byte{[]byte(text)}},
			commands.CloseResultSet{Handles: make([]int, len(text))},
		} {
			all = append(all, request{"", cmd, attributes(commands.CurrentSchema(text))})
		}
	}
	for _, r := range all {
		msg, err := commands.Append(nil, r.cmd, r.attrs...)
		if err != nil {
			t.Errorf("%T: %v", r.cmd, err)
		}
		size := commands.Size(r.cmd, r.attrs...)
		_, raw := r.cmd.(commands.Raw)
		if size < len(msg) && (!raw || r.document != "") {
			t.Errorf("%T %s: size %d, but it has %d", r.cmd, r.document, size, len(msg))
		}
		handles, _ := r.cmd.(commands.CloseResultSet)
		params, _ := r.cmd.(commands.ExecutePreparedStatement)
		if spare := size - len(msg); spare > 400+20*len(handles.Handles)+260*len(params.Columns) {
			t.Errorf("%T %s: size %d is far from %d", r.cmd, r.document, size, len(msg))
		}
	}
}

// TestAppendHead puts messages together from their heads and their values.
func TestAppendHead(t *testing.T) {
	tested := 0
	for _, r := range requests {
		cmd, ok := r.cmd.(commands.ExecutePreparedStatement)
		if !ok {
			continue
		}
		tested++
		want, err := commands.Append(nil, cmd, r.attrs...)
		if err != nil {
			t.Fatal(err)
		}
		var columns []string
		for _, values := range cmd.Data {
			columns = append(columns, "["+string(values)+"]")
		}
		cmd.Data = nil
		got, err := cmd.AppendHead([]byte("x"), r.attrs...)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(got) + strings.Join(columns, ",") + "]}"; got != "x"+string(want) {
			t.Errorf("%s: %s, want %s", r.document, got, want)
		}
	}
	if tested < 5 {
		t.Errorf("%d requests were tested", tested)
	}
	if _, err := (commands.ExecutePreparedStatement{Handle: -1}).AppendHead(nil); err == nil {
		t.Error("a handle of -1 was accepted")
	}
	if _, err := (commands.ExecutePreparedStatement{}).AppendHead(nil, commands.Attribute{}); err == nil {
		t.Error("an empty attribute was accepted")
	}
}
