package exatest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

func TestMetadata(t *testing.T) {
	srv := exatest.NewServer(t)
	c := testclient.Connect(t, srv)
	for _, tt := range []struct{ filter, want string }{
		{`"command":"getTables"`, `["DUAL","EXA_METADATA"]`},
		{`"command":"getTables","schema":"SYS","table":"EXA\\_%"`, `["EXA_METADATA"]`},
		{`"command":"getTables","schema":"S_S","table":null`, `["DUAL","EXA_METADATA"]`},
		{`"command":"getTables","schema":"S\\_S"`, ``},
		{`"command":"getTables","table":""`, ``},
		{`"command":"getTables","tableTypes":["VIEW"]`, ``},
		{`"command":"getTables","tableTypes":["VIEW","SYSTEM TABLE"],"table":"D%"`, `["DUAL"]`},
		{`"command":"getSchemas"`, `["EXA_STATISTICS","SYS"]`},
		{`"command":"getSchemas","schema":"%A%"`, `["EXA_STATISTICS"]`},
		{`"command":"getRoles","name":"DBA"`, `["DBA"]`},
		{`"command":"getRoles","name":"DB%"`, ``},
		{`"command":"getRoles","name":"dba"`, ``},
		{`"command":"getUsers"`, `["SYS"]`},
		{`"command":"getColumns","table":"EXA%","column":"PARAM%"`, `["PARAM_NAME","PARAM_VALUE"]`},
	} {
		a := c.OK("{%s}", tt.filter)
		set := a.Set(0)
		got := ""
		columns, _ := set["data"].([]any)
		for i, column := range set["columns"].([]any) {
			if column.(map[string]any)["name"] == "NAME" && columns != nil {
				got = strings.ReplaceAll(fmt.Sprintf("%q", columns[i]), " ", ",")
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.filter, got, tt.want)
		}
	}
	c.Fails("00000", "JSON value '/schema' is not a string", `{"command":"getTables","schema":1}`)
	c.Fails("00000", "JSON value '/tableTypes' is not an array", `{"command":"getTables","tableTypes":"VIEW"}`)
	c.Bye()
}

func TestMetadataCommandsAreComplete(t *testing.T) {
	srv := exatest.NewServer(t)
	c := testclient.Connect(t, srv)
	n := 0
	for _, info := range commands.All() {
		if info.Family != commands.FamilyMetadata {
			continue
		}
		n++
		a := c.OK(`{"command":%q}`, info.Name)
		if len(exatest.MetadataColumns(info.Name)) == 0 || len(a.Set(0)["columns"].([]any)) != len(exatest.MetadataColumns(info.Name)) {
			t.Errorf("%s: got %s", info.Name, a.Raw)
		}
	}
	if n != 15 {
		t.Errorf("%d metadata commands, want 15", n)
	}
	if exatest.MetadataColumns("execute") != nil {
		t.Error("execute is no metadata command")
	}
	c.Bye()
}

func TestScriptedMetadata(t *testing.T) {
	srv := exatest.NewServer(t)
	srv.Handle("getTableTypes", func(*exatest.Request) exatest.Response {
		return exatest.Rows(exatest.MetadataColumns("getTableTypes"), exatest.TextValues("TABLE"))
	})
	c := testclient.Connect(t, srv)
	if a := c.OK(`{"command":"getTableTypes"}`); testclient.Data(a.Set(0)) != `[["TABLE"]]` {
		t.Errorf("got %s", a.Raw)
	}
	c.Bye()
}
