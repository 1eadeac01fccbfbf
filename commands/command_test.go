package commands_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/google/go-cmp/cmp"
)

// protocol is the protocol's list of commands by the version that brought them, in the order of its documents.
var protocol = []struct {
	since commands.Version
	names string
}{
	{commands.V1, "login"},
	{commands.V3, "loginToken"},
	{commands.V1, "subLogin"},
	{commands.V3, "subLoginToken"},
	{commands.V1, "disconnect execute executeBatch createPreparedStatement executePreparedStatement closePreparedStatement fetch " +
		"closeResultSet getResultSetHeader getOffset getAttributes setAttributes getHosts enterParallel"},
	{commands.V4, "requestParallelConnections"},
	{commands.V1, "abortQuery"},
	{commands.V2, "getColumnPrivileges getColumns getConnections getFunctions getKeywords getPrimaryKeys getProperties getRoles " +
		"getSchemas getScripts getTablePrivileges getTables getTableTypes getTypeInfo getUsers"},
}

func TestAll(t *testing.T) {
	var want, got []string
	for _, group := range protocol {
		for name := range strings.FieldsSeq(group.names) {
			want = append(want, fmt.Sprint(name, " ", group.since))
		}
	}
	for _, info := range commands.All() {
		got = append(got, fmt.Sprint(info.Name, " ", info.Since))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if len(got) != 35 {
		t.Errorf("there are %d commands", len(got))
	}
}

func TestInfo(t *testing.T) {
	methods := map[string]bool{}
	for _, info := range commands.All() {
		if found, ok := commands.Lookup(info.Name); !ok || found != info {
			t.Errorf("Lookup(%q) gives %+v, %t", info.Name, found, ok)
		}
		if info.Response == (info.Name == "abortQuery") {
			t.Errorf("%s: response is %t", info.Name, info.Response)
		}
		if (info.Deprecated != 0) != (info.Name == "enterParallel") || (info.ReplacedBy != "") != (info.Deprecated != 0) {
			t.Errorf("%s: deprecated since %d for %q", info.Name, info.Deprecated, info.ReplacedBy)
		}
		if info.ReplacedBy != "" {
			if other, ok := commands.Lookup(info.ReplacedBy); !ok || other.Since != info.Deprecated {
				t.Errorf("%s is replaced by %s of %s, deprecated in %s", info.Name, info.ReplacedBy, other.Since, info.Deprecated)
			}
		}
		if !strings.EqualFold(info.Method, info.Name) || info.Method[0] == info.Name[0] || methods[info.Method] {
			t.Errorf("%s: method %s", info.Name, info.Method)
		}
		methods[info.Method] = true
		if info.Doc == "" || info.Family == "" {
			t.Errorf("%s lacks its doc or its family: %+v", info.Name, info)
		}
		if info.Abortable && (info.Family == commands.FamilyLogin || info.Family == commands.FamilySession || info.Family == commands.FamilyCluster) {
			t.Errorf("%s runs no statement but is abortable", info.Name)
		}
	}
	for _, name := range []string{"", "Execute", "execute ", "getNews"} {
		if info, ok := commands.Lookup(name); ok {
			t.Errorf("Lookup(%q) gives %+v", name, info)
		}
	}
	commands.All()[0].Name = "changed"
	if commands.All()[0].Name != "login" {
		t.Error("the table can be changed from outside")
	}
}

func TestVersion(t *testing.T) {
	for v, want := range map[commands.Version]string{commands.V1: "V1", commands.Latest: "V5", 0: "V0", 12: "V12"} {
		if got := v.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
