package commands_test

import (
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

func TestParseSessionInfo(t *testing.T) {
	const most = commands.DefaultMaxDataMessageSize
	tests := []struct {
		name string
		data string
		want commands.SessionInfo
	}{
		{"version alone", `{"protocolVersion":1}`, commands.SessionInfo{ProtocolVersion: commands.V1, MaxDataMessageSize: most}},
		{
			"largest session id", `{"protocolVersion":5,"sessionId":18446744073709551615}`,
			commands.SessionInfo{SessionID: 1<<64 - 1, ProtocolVersion: commands.V5, MaxDataMessageSize: most},
		},
		{
			"odd session id above 2^53", `{"sessionId":9007199254740993,"protocolVersion":5}`,
			commands.SessionInfo{SessionID: 1<<53 + 1, ProtocolVersion: commands.V5, MaxDataMessageSize: most},
		},
		{
			"session id as text", `{"sessionId":"1825312482065121281","protocolVersion":5}`,
			commands.SessionInfo{SessionID: sessionID, ProtocolVersion: commands.V5, MaxDataMessageSize: most},
		},
		{
			"limits as text", `{"protocolVersion":"3","maxIdentifierLength":"128","maxVarcharLength":"2000000"}`,
			commands.SessionInfo{ProtocolVersion: commands.V3, MaxIdentifierLength: 128, MaxVarcharLength: 2000000, MaxDataMessageSize: most},
		},
		{
			"newer than this module", `{"protocolVersion":6,"maxDataMessageSize":1,"new":{}}`,
			commands.SessionInfo{ProtocolVersion: 6, MaxDataMessageSize: 1},
		},
		{
			"nulls", `{"protocolVersion":5,"releaseVersion":null,"databaseName":null,"timeZone":null,"timeZoneBehavior":null,"identifierQuoteString":null}`,
			commands.SessionInfo{ProtocolVersion: commands.V5, MaxDataMessageSize: most},
		},
		{
			"the attributes' spelling is another key", `{"protocolVersion":5,"timezone":"UTC","timezoneBehavior":"x"}`,
			commands.SessionInfo{ProtocolVersion: commands.V5, MaxDataMessageSize: most},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := commands.ParseSessionInfo([]byte(test.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("session info (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseHostsAndParallel(t *testing.T) {
	tests := []struct {
		name string
		call func() (any, error)
		want any
	}{
		{"hosts", func() (any, error) { return hosts([]byte(`{"nodes":["10.0.0.11"],"numNodes":1,"new":1}`)) }, commands.Hosts{
			NumNodes: 1, Nodes: []string{"10.0.0.11"},
		}},
		{"hosts without count", func() (any, error) { return hosts([]byte(`{"nodes":["a","b"]}`)) }, commands.Hosts{
			NumNodes: 2, Nodes: []string{"a", "b"},
		}},
		{"no hosts", func() (any, error) { return hosts([]byte(`{"nodes":null}`)) }, commands.Hosts{}},
		{
			"nothing opened", func() (any, error) { return parallel([]byte(`{"numOpenConnections":0}`)) },
			commands.ParallelInfo{},
		},
		{
			"token as text", func() (any, error) {
				return parallel([]byte(`{"new":1,"nodes":null,"token":"18446744073709551615","numOpenConnections":"2"}`))
			},
			commands.ParallelInfo{NumOpenConnections: 2, Token: 1<<64 - 1},
		},
		{"offset", func() (any, error) { return offset([]byte(`{"new":[],"rowOffset":0}`)) }, int64(0)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.call()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSessionAnswerErrors(t *testing.T) {
	tests := []struct {
		name  string
		parse func([]byte) (any, error)
		data  string
		want  string
	}{
		{"no version", sessionInfo, `{}`, "session info: protocolVersion is 0"},
		{"version 0", sessionInfo, `{"protocolVersion":0}`, "protocolVersion is 0"},
		{"null version", sessionInfo, `{"protocolVersion":null}`, "protocolVersion is 0"},
		{"version of another kind", sessionInfo, `{"protocolVersion":[5]}`, "protocolVersion: json: expected an integer"},
		{"version as other text", sessionInfo, `{"protocolVersion":"V5"}`, "protocolVersion: "},
		{"negative message size", sessionInfo, `{"protocolVersion":5,"maxDataMessageSize":-1}`, "maxDataMessageSize is -1"},
		{"session id in another notation", sessionInfo, `{"protocolVersion":5,"sessionId":1.8e18}`, "sessionId: "},
		{"session id too large", sessionInfo, `{"protocolVersion":5,"sessionId":18446744073709551616}`, "sessionId: "},
		{"session id as text too large", sessionInfo, `{"protocolVersion":5,"sessionId":"18446744073709551616"}`, "sessionId: "},
		{"negative session id", sessionInfo, `{"protocolVersion":5,"sessionId":-1}`, "sessionId: "},
		{"session id as other text", sessionInfo, `{"protocolVersion":5,"sessionId":"12 "}`, "sessionId: "},
		{"release of another kind", sessionInfo, `{"protocolVersion":5,"releaseVersion":8.32}`, "releaseVersion: json: expected a string"},
		{"no session info", sessionInfo, ``, "session info: json: unexpected end"},
		{"host of another kind", hosts, `{"nodes":[1]}`, "hosts: json: expected a string"},
		{"null host", hosts, `{"nodes":["a",null]}`, "hosts: json: expected a string"},
		{"hosts of another kind", hosts, `{"nodes":"a"}`, "hosts: json: expected an array"},
		{"negative number of hosts", hosts, `{"numNodes":-1}`, "numNodes is -1"},
		{"no hosts", hosts, `null`, "hosts: json: expected an object"},
		{"negative number of connections", parallel, `{"numOpenConnections":-1,"token":1}`, "numOpenConnections is -1"},
		{"token of another kind", parallel, `{"numOpenConnections":1,"token":{}}`, "parallel connections: json"},
		{"negative token", parallel, `{"numOpenConnections":1,"token":-1}`, "parallel connections: json"},
		{"no offset", offset, `{}`, "no rowOffset"},
		{"negative offset", offset, `{"rowOffset":-1}`, "rowOffset is -1"},
		{"offset as text", offset, `{"rowOffset":"1"}`, "rowOffset: json: expected an integer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.parse([]byte(test.data))
			if err == nil {
				t.Fatalf("no error, but %+v", got)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}
