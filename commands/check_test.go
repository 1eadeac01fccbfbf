package commands_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
)

// TestRefusedFields sends what no server takes. Nothing of it may leave the client, and what is next to it may.
func TestRefusedFields(t *testing.T) {
	good := []commands.Command{
		commands.Fetch{NumBytes: 1},
		commands.Fetch{NumBytes: commands.MaxFetchBytes, StartPosition: math.MaxInt64, Handle: math.MaxInt},
		commands.CloseResultSet{},
		commands.CloseResultSet{Handles: []int{0, 1}},
		commands.GetResultSetHeader{Handles: []int{0}},
		commands.GetOffset{},
		commands.ClosePreparedStatement{},
		commands.ExecutePreparedStatement{},
		commands.EnterParallel{},
		commands.RequestParallelConnections{},
		commands.Raw{Name: "x"},
		commands.Raw{Name: "fetch", Fields: map[string]any{"numBytes": 0}}, // whoever sends it raw means it
	}
	for _, cmd := range good {
		if _, err := commands.Append(nil, cmd); err != nil {
			t.Errorf("%#v: %v", cmd, err)
		}
	}
	tests := []struct {
		cmd  commands.Command
		want string
	}{
		{commands.Fetch{}, "fetch: numBytes is 0, not between 1 and 67108864"},
		{commands.Fetch{NumBytes: -1}, "fetch: numBytes is -1"},
		{commands.Fetch{NumBytes: commands.MaxFetchBytes + 1}, "fetch: numBytes is 67108865"},
		{commands.Fetch{NumBytes: math.MaxInt64}, "fetch: numBytes is"},
		{commands.Fetch{NumBytes: math.MinInt64}, "fetch: numBytes is"},
		{commands.Fetch{NumBytes: 1, StartPosition: -1}, "fetch: startPosition is -1"},
		{commands.Fetch{NumBytes: 1, Handle: commands.NoHandle}, "fetch: resultSetHandle is -1"},
		{commands.CloseResultSet{Handles: []int{0, -1}}, "closeResultSet: resultSetHandles is -1"},
		{commands.GetResultSetHeader{Handles: []int{math.MinInt, 0}}, "getResultSetHeader: resultSetHandles is -"},
		{commands.GetOffset{Handle: -1}, "getOffset: resultSetHandle is -1"},
		{commands.ClosePreparedStatement{Handle: -1}, "closePreparedStatement: statementHandle is -1"},
		{commands.ExecutePreparedStatement{Handle: -1}, "executePreparedStatement: statementHandle is -1"},
		{commands.ExecutePreparedStatement{NumRows: -1}, "executePreparedStatement: numRows is -1"},
		{commands.EnterParallel{NumRequestedConnections: -1}, "enterParallel: numRequestedConnections is -1"},
		{commands.RequestParallelConnections{NumRequestedConnections: -1}, "requestParallelConnections: numRequestedConnections is -1"},
		{commands.Raw{}, "a command without a name"},
	}
	for _, test := range tests {
		msg, err := commands.Append(nil, test.cmd)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%#v: %s, error %v, want %q", test.cmd, msg, err, test.want)
		}
	}
}

func TestCheckAttribute(t *testing.T) {
	tests := []struct {
		attr commands.Attribute
		want string // "" for a value that is fine
	}{
		{commands.Attribute{}, "an attribute is empty: use a constructor such as Autocommit"},
		{commands.Autocommit(false), ""},
		{commands.SnapshotTransactions(true), ""},
		{commands.CurrentSchema(""), ""},
		{commands.CurrentSchema("a\xff"), "attribute currentSchema is not valid UTF-8"},
		{commands.QueryTimeout(0), ""},
		{commands.QueryTimeout(math.MaxInt64 / time.Second * time.Second), ""},
		{commands.QueryTimeout(1500 * time.Millisecond), "attribute queryTimeout is not a whole number of seconds"},
		{commands.FeedbackInterval(1), "attribute feedbackInterval is not a whole number of seconds"},
		{commands.QueryTimeout(-1), "attribute queryTimeout is negative"},
		{commands.QueryTimeout(math.MinInt64), "attribute queryTimeout is negative"},
		{commands.FeedbackInterval(0), ""},
		{commands.FeedbackInterval(-time.Hour), "attribute feedbackInterval is negative"},
		{commands.ResultSetMaxRows(0), ""},
		{commands.ResultSetMaxRows(math.MaxInt), ""},
		{commands.ResultSetMaxRows(-1), "attribute resultSetMaxRows is negative"},
		{commands.NumericCharacters(",."), ""},
		{commands.NumericCharacters(".\u00a0"), ""},
		{commands.NumericCharacters(`"\`), ""},
		{commands.NumericCharacters(".\t"), ""},
		{commands.NumericCharacters(""), "attribute numericCharacters is not two characters"},
		{commands.NumericCharacters("."), "attribute numericCharacters is not two characters"},
		{commands.NumericCharacters(".,-"), "attribute numericCharacters is not two characters"},
		{commands.NumericCharacters("\u00a0"), "attribute numericCharacters is not two characters"},
		{commands.NumericCharacters("\xff."), "attribute numericCharacters is not valid UTF-8"},
	}
	for _, test := range tests {
		got := ""
		if err := test.attr.Check(); err != nil {
			got = err.Error()
			var invalid *commands.AttributeError
			if !errors.As(err, &invalid) || invalid.Name != test.attr.Name() {
				t.Errorf("%s: the error is %#v", test.attr, err)
			}
		}
		if got != test.want {
			t.Errorf("%s: error %q, want %q", test.attr, got, test.want)
		}
		for name, err := range sendings(test.attr) {
			if (err == nil) != (test.want == "") {
				t.Errorf("%s with %s: error %v", name, test.attr, err)
			}
		}
	}
}

// sendings sends an attribute in every way there is.
func sendings(attr commands.Attribute) map[string]error {
	_, set := commands.Append(nil, commands.SetAttributes{}, commands.Autocommit(true), attr)
	_, execute := commands.Append(nil, commands.Execute{SQLText: "SELECT 1"}, attr)
	_, shadowed := commands.Append(nil, commands.SetAttributes{}, attr, attr)
	_, token := commands.LoginToken{AccessToken: "t", Attributes: []commands.Attribute{attr}}.AppendCredentials(nil)
	return map[string]error{"setAttributes": set, "execute": execute, "twice": shadowed, "loginToken": token}
}
